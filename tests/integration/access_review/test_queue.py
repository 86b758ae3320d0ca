"""The committee's queue says what waits for whom, and what they do with it; and who is told of what."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from access_review import services
from access_review.models import Application, Condition, Project, VoteCast
from access_review.selectors import SHELVES, on_shelf, readiness
from accounts.models import Affiliation, Institution, RoleGrant, User
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.models import OutboxMessage
from portal.kernel.refusals import PermissionRefused, TransitionRefused
from portal.kernel.working_days import add_working_days
from tests.factories import reviews
from tests.factories.accounts import make_person
from tests.factories.reviews import Case, decide, fresh, vote

pytestmark = pytest.mark.django_db

SESSION_QUERIES = 4  # who is asking: session, person, roles and what the header counts


@pytest.fixture
def case() -> Case:
    return Case()


def next_steps(person: User, application: Application) -> list[str]:
    """What the queue tells this person to do with the application; empty when it does not wait for them."""
    rows = on_shelf(User.objects.get(pk=person.pk), "mine").filter(pk=application.pk)
    return [row.next_step for row in rows]


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def test_secretariat__is_led_from_triage_to_the_opening(case: Case) -> None:
    application = reviews.submitted(case)
    assert next_steps(case.secretary, application) == ["Take into triage"]
    reviews.in_triage(case, application)
    assert next_steps(case.secretary, application) == ["Check, and find reviewers"]
    conditional = reviews.decided(case, "conditions")
    condition = Condition.objects.get(decision__version__application=conditional)
    assert next_steps(case.secretary, conditional) == []
    services.give_evidence(actor=case.lead, condition=condition, evidence="The letter.")
    assert next_steps(case.secretary, conditional) == ["Verify the evidence"]
    services.verify_condition(actor=case.secretary, condition=condition)
    assert next_steps(case.secretary, conditional) == ["Open the project"]


def test_member__is_asked_for_a_view_and_the_chair_to_decide_once_their_own_is_cast(case: Case) -> None:
    application = reviews.in_review(case)
    assert next_steps(case.first, application) == ["Record your view"]
    for person in case.bench[1:]:
        vote(person, application)
    assert next_steps(case.first, application) == []
    assert next_steps(case.chair, application) == ["Record your view"]
    vote(case.chair, application)
    assert next_steps(case.chair, application) == ["Decide"]
    page = browser_of(case.chair).get(reverse("access_review:queue")).content.decode()
    assert "Decide" in page


def test_appeal__waits_for_who_had_no_part_in_the_decision(case: Case) -> None:
    application = reviews.appealed(case)
    assert next_steps(case.deputy, application) == ["Hear the appeal"]
    assert next_steps(case.chair, application) == []
    assert next_steps(case.first, application) == []


def test_one_who_only_watches__has_nothing_waiting(case: Case) -> None:
    auditor = make_person(role=Role.AUDITOR)
    assert next_steps(auditor, reviews.submitted(case)) == []
    assert browser_of(auditor).get(reverse("access_review:queue")).status_code == 200


# Who is told


def told(subject: str) -> set[str]:
    return set(OutboxMessage.objects.filter(subject__contains=subject).values_list("recipient", flat=True))


def test_chair__is_told_once_that_there_is_a_quorum(case: Case) -> None:
    application = reviews.in_review(case)
    for person in case.bench[:-1]:
        vote(person, application)
    assert told("can be decided") == set()
    vote(case.bench[-1], application)
    assert {case.chair.email, case.deputy.email} <= told("can be decided")
    count = OutboxMessage.objects.filter(subject__contains="can be decided").count()
    vote(case.bench[-1], application, "conditions", "On second thoughts.")
    assert OutboxMessage.objects.filter(subject__contains="can be decided").count() == count


def test_quorum__is_no_news_to_who_has_not_voted_nor_to_the_team(case: Case) -> None:
    """Case 8: that there are four votes would be a look at the others' votes."""
    application = reviews.in_review(case)
    extra = reviews.seat("Una Unvoted")
    services.assign_reviewer(actor=case.secretary, application=application, person=extra)
    reviews.declare(extra, application)
    for person in case.bench:
        vote(person, application)
    sentence = "the votes to be a quorum"
    url = reverse("access_review:case", args=[application.reference])
    assert sentence not in browser_of(extra).get(url).content.decode()
    assert sentence in browser_of(case.chair).get(url).content.decode()
    assert sentence not in browser_of(case.lead).get(application.get_absolute_url()).content.decode()


def test_withdrawal_evidence_late_seats_and_places__are_told_to_whom_they_concern(case: Case) -> None:
    conditional = reviews.decided(case, "conditions")
    condition = Condition.objects.get(decision__version__application=conditional)
    services.give_evidence(actor=case.lead, condition=condition, evidence="The letter.")
    assert case.secretary.email in told("Evidence for a condition")
    application = reviews.in_review(case)
    late = reviews.seat("Una Late")
    services.assign_reviewer(actor=case.secretary, application=application, person=late)
    assert OutboxMessage.objects.filter(recipient=late.email, subject__contains=application.reference).exists()
    services.withdraw_application(actor=case.lead, application=application)
    assert {late.email, case.first.email, case.secretary.email} <= told("was withdrawn")


# A vote that would not count today: case 5


def _moves_to_the_leads_institution(case: Case, person: User) -> None:
    home = Institution.objects.get(affiliations__person=case.lead)
    at = clock.now()
    Affiliation.objects.create(
        reference="AFF-TEST-1",
        person=person,
        institution=home,
        status="confirmed",
        confirmed_at=at,
        valid_until=at + timedelta(days=300),
    )


def test_past_decision__is_shown_and_told_to_the_chair_when_its_quorum_rests_on_a_conflict_of_today(case: Case) -> None:
    application = reviews.voted(case)
    decide(case, application)
    url = reverse("access_review:case", args=[application.reference])
    assert "A vote would not count today" not in browser_of(case.chair).get(url).content.decode()
    RoleGrant.objects.filter(person=case.representative).update(until=clock.now())
    assert "A vote would not count today" in browser_of(case.chair).get(url).content.decode()
    services.run_clock()
    services.run_clock()
    mails = OutboxMessage.objects.filter(subject__contains="would not count today", recipient=case.chair.email)
    assert mails.count() == 1
    assert fresh(application).status == "approved", "the decision stands"
    assert VoteCast.objects.filter(version__application=application, ended_at=None).count() == 4


# Starting


def test_work_that_cannot_be_approved__is_told_so_before_anything_is_written(case: Case) -> None:
    url = reverse("access_review:application-start")
    answer = browser_of(case.lead).post(url, {"domain": "", "inside_only": "no", "acceptable": "yes"})
    assert answer.status_code == 200
    assert "This work is not approved" in answer.content.decode()
    assert not Application.objects.filter(lead=case.lead).exists()
    answer = browser_of(case.lead).post(url, {"domain": "", "inside_only": "yes", "acceptable": "yes"})
    made = Application.objects.get(lead=case.lead)
    assert made.answers.get().values == {"inside_only": "yes", "acceptable": "yes"}


def test_draft_that_lies_for_long__is_flagged_with_the_day_until_which_it_is_kept(case: Case) -> None:
    reviews.draft(case)
    url = reverse("access_review:application-list")
    assert "Begun more than" not in browser_of(case.lead).get(url).content.decode()
    with time_machine.travel(clock.now() + timedelta(days=91), tick=False):
        assert "Begun more than 90 days ago; kept until" in browser_of(case.lead).get(url).content.decode()


def test_answers_to_the_committee__stand_beside_what_was_changed(case: Case) -> None:
    application = reviews.returned(case)
    url = reverse("access_review:application-respond", args=[application.reference])
    assert "You changed no section so far." in browser_of(case.lead).get(url).content.decode()
    reviews.fill(case, application, outputs={"outputs": "Two papers."})
    page = browser_of(case.lead).get(url).content.decode()
    assert "<del>A paper.</del>" in page
    assert "<ins>Two papers.</ins>" in page


def test_letter__can_be_read_before_it_is_sent_and_the_preview_decides_nothing(case: Case) -> None:
    application = reviews.voted(case)
    url = reverse("access_review:case-decide", args=[application.reference])
    body = {"outcome": "approve", "reason": "Good work.", "version": "1", "preview": "1"}
    answer = browser_of(case.chair).post(url, body)
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert fresh(application).status == "in_review"
    late = browser_of(case.chair).post(url, {**body, "outcome": "conditions", "conditions": "Show it."})
    assert "Enter the day by which" in late.content.decode()


def test_register__is_narrowed_to_what_is_completed_active_and_closed(case: Case) -> None:
    application = reviews.voted(case)
    decide(case, application)
    project = Project.objects.get(application=application)

    def listed(status: str) -> bool:
        page = Client().get(reverse("access_review:register"), {"status": status}).content.decode()
        rows = Client().get(reverse("api-v1:register-list"), {"status": status}).json()["results"]
        found = project.reference in page
        assert found == any(row["reference"] == project.reference for row in rows)
        return found

    assert [listed("active"), listed("completed"), listed("closed")] == [True, False, False]
    Project.objects.filter(pk=project.pk).update(starts_at=clock.now() - timedelta(days=9), ends_at=clock.now())
    assert [listed("active"), listed("completed"), listed("closed")] == [False, True, False]


def test_readiness__names_steps_and_never_a_suspension(case: Case) -> None:
    assert readiness([case.lead]) == {case.lead.pk: []}
    outsider = make_person()
    assert set(readiness([outsider])[outsider.pk]) <= {"community", "institution", "training", "rules of conduct"}


def test_review_without_a_quorum__has_more_time_once_and_by_the_chair(case: Case) -> None:
    application = reviews.in_review(case)
    assert application.due_at is not None
    with time_machine.travel(application.due_at + timedelta(days=1), tick=False):
        with pytest.raises(PermissionRefused):
            services.extend_review(actor=case.secretary, application=application, reason="Two are ill.")
        longer = services.extend_review(actor=case.chair, application=application, reason="Two are ill.")
        assert longer.due_at == add_working_days(clock.now(), 10)
        assert {case.lead.email, case.first.email} <= told("takes longer")
        with pytest.raises(TransitionRefused, match="more time already"):
            services.extend_review(actor=case.chair, application=application, reason="Again.")


def test_review_with_a_quorum__is_decided_and_not_drawn_out(case: Case) -> None:
    with pytest.raises(TransitionRefused, match="can be decided"):
        services.extend_review(actor=case.chair, application=reviews.voted(case), reason="Let us wait.")


def test_lists__take_at_most_eight_queries_for_every_role(
    case: Case, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Case 53; that they stay constant with ten times as much: tests/architecture/test_query_budgets.py."""
    reviews.decided(case, "approve")
    reviews.in_review(case)
    queue, mine = reverse("access_review:queue"), reverse("access_review:application-list")
    shelves = [f"{queue}?show={shelf}" for shelf in SHELVES]
    pages = dict.fromkeys((case.secretary, case.chair, case.first, make_person(role=Role.AUDITOR)), shelves)
    for person, addresses in {**pages, case.lead: [mine]}.items():
        browser = browser_of(person)
        for address in addresses:
            with django_assert_max_num_queries(8 + SESSION_QUERIES):
                assert browser.get(address).status_code == 200, (person, address)
