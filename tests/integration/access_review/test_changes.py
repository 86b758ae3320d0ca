"""Changes of a project: one at a time, compared with what stands, decided on record; and beginning anew."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from access_review import services
from access_review.models import Application, Condition, Decision, Project
from access_review.visas import granted_datasets
from accounts.gates import facts_of
from accounts.models import RoleGrant, User
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.refusals import PermissionRefused, TransitionRefused
from tests.factories import reviews
from tests.factories.accounts import long_ago, make_person
from tests.factories.reviews import Case, decide, fresh
from tests.integration.access_review.test_the_clock import after

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.fixture
def project(case: Case) -> Project:
    application = reviews.voted(case)
    decide(case, application)
    return Project.objects.get(application=application)


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def change_of(case: Case, project: Project, **changes: dict[str, str]) -> Application:
    """A change that was written and sent."""
    made = services.start_amendment(actor=case.lead, project=project)
    reviews.fill(case, made, **changes)
    return services.submit_application(actor=case.lead, application=fresh(made))


def decided_change(case: Case, project: Project, outcome: str) -> Application:
    """A change that the committee decided so."""
    sent = change_of(case, project, outputs={"outputs": "Two papers."})
    given = reviews.voted(
        case, "defer" if outcome == "defer" else "decline" if outcome == "decline" else "approve", sent
    )
    drafts = [services.ConditionDraft("Show the letter.", clock.today())] if outcome == "conditions" else []
    decide(case, given, outcome, conditions=drafts)
    return fresh(given)


@pytest.mark.parametrize("outcome", ["defer", "conditions"])
def test_second_change__waits_until_the_first_is_over(case: Case, project: Project, outcome: str) -> None:
    """So that no change comes into force over a newer one that it was not compared with."""
    first = decided_change(case, project, outcome)
    with pytest.raises(TransitionRefused, match="Another change of this project is under way"):
        services.start_amendment(actor=case.lead, project=project)
    services.withdraw_application(actor=case.lead, application=first)
    services.start_amendment(actor=case.lead, project=project)


def test_appeal_for_a_declined_change__waits_while_another_is_under_way(case: Case, project: Project) -> None:
    declined = decided_change(case, project, "decline")
    other = services.start_amendment(actor=case.lead, project=project)
    with pytest.raises(TransitionRefused, match="Another change of this project is under way"):
        services.lodge_appeal(actor=case.lead, application=declined, grounds="You misread us.")
    services.withdraw_application(actor=case.lead, application=other)
    services.lodge_appeal(actor=case.lead, application=declined, grounds="You misread us.")


def test_database__has_one_change_under_way_too(case: Case, project: Project) -> None:
    services.start_amendment(actor=case.lead, project=project)
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.create(reference="ARC-1", lead=case.lead, amends=project)


def test_change__is_shown_beside_what_stands_to_the_team_and_to_the_committee(case: Case, project: Project) -> None:
    made = services.start_amendment(actor=case.lead, project=project)
    reviews.fill(case, made, outputs={"outputs": "Two papers."})
    page = browser_of(case.lead).get(reverse("access_review:application-submit", args=[made.reference]))
    assert "<del>A paper.</del>" in page.content.decode()
    assert "<ins>Two papers.</ins>" in page.content.decode()
    sent = services.submit_application(actor=case.lead, application=fresh(made))
    whole = browser_of(case.secretary).get(reverse("access_review:case", args=[sent.reference])).content.decode()
    assert "What would change in the project" in whole
    assert "<ins>Two papers.</ins>" in whole


def test_minor_change__is_on_record_with_a_letter_that_the_team_can_read(case: Case, project: Project) -> None:
    taken = reviews.in_triage(case, change_of(case, project, summary={"title": "A clearer title"}))
    done = services.accept_minor(actor=case.secretary, application=taken)
    decision = Decision.objects.get(version__application=done)
    assert (decision.outcome, decision.decided_by, decision.votes_for) == ("approve", case.secretary, 0)
    browser = browser_of(case.lead)
    page = browser.get(reverse("access_review:application-decision", args=[done.reference])).content.decode()
    assert "touches nothing of what the committee approved" in page
    letter = browser.get(reverse("access_review:application-letter", args=[done.reference]))
    assert letter.content.startswith(b"%PDF")


def test_substantive_change__is_refused_as_minor_and_leaves_no_decision(case: Case, project: Project) -> None:
    taken = reviews.in_triage(case, change_of(case, project, outputs={"outputs": "Two papers."}))
    with pytest.raises(TransitionRefused, match="so the committee decides"):
        services.accept_minor(actor=case.secretary, application=taken)
    assert not Decision.objects.filter(version__application=taken).exists()


def test_conditions_that_nobody_will_meet__are_left_by_withdrawing(case: Case) -> None:
    application = reviews.decided(case, "conditions")
    services.withdraw_application(actor=case.lead, application=application)
    assert fresh(application).status == "withdrawn"
    with pytest.raises(TransitionRefused):
        services.open_conditional(actor=case.secretary, application=application)
    assert Condition.objects.filter(verified_at=None).count() == 1


# Beginning anew


@pytest.mark.parametrize("state", ["declined", "withdrawn"])
def test_what_came_to_nothing__is_copied_as_a_new_draft(case: Case, state: str) -> None:
    old = reviews.declined(case) if state == "declined" else reviews.submitted(case)
    if state == "withdrawn":
        services.withdraw_application(actor=case.lead, application=old)
    url = reverse("access_review:application-copy", args=[old.reference])
    answer = browser_of(case.lead).post(url)
    made = Application.objects.exclude(pk=old.pk).get(lead=case.lead)
    assert answer["Location"] == made.get_absolute_url()
    assert (made.status, made.title) == ("draft", old.title)
    assert services.answers_of(made) == services.answers_of(old)
    assert services.still_missing(made) == []
    assert fresh(old).status == state


def test_what_is_under_way_or_anothers__is_not_copied(case: Case) -> None:
    application = reviews.submitted(case)
    with pytest.raises(TransitionRefused, match="Only an application that was declined"):
        services.copy_application(actor=case.lead, application=application)
    with pytest.raises(PermissionRefused):
        services.copy_application(actor=case.secretary, application=reviews.declined(case))


# Visas end with the door


def test_visas__stop_at_the_instant_at_which_a_project_shuts_for_want_of_a_lead(case: Case, project: Project) -> None:
    """Before any job has written it down."""
    member = make_person("Mel Member", role=Role.RESEARCHER)
    services.add_member(actor=case.lead, project=project, person=member)
    long_ago()
    RoleGrant.objects.filter(person=case.lead, role=Role.RESEARCHER).update(until=clock.now())

    def visas() -> int:
        at = clock.now()
        return len(list(granted_datasets(User.objects.get(pk=member.pk), facts_of(member), at)))

    assert visas() == 1
    with after(16):
        assert visas() == 0
