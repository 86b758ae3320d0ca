"""What surrounds a review: the checklist, the contract of a company, advice on data use, comments, figures, appeals."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from access_review import services
from access_review.committee import bench_of
from access_review.models import Application, DataUseAdvice
from access_review.selectors import comments_shown, service_figures
from access_review.workflows import TRIAGE_CHECKS
from accounts.models import Domain
from accounts.roles import Role
from accounts.services import create_domain
from ngrl.models import Dataset
from portal.demo_people import SETUP
from portal.kernel import clock
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from portal.kernel.working_days import add_working_days
from tests.factories import reviews
from tests.factories.reviews import Case, decide, fresh, number_of, seat, vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return Case()


def seated_and_checked(case: Case, taken: Application) -> Application:
    for check, _ in TRIAGE_CHECKS:
        services.record_check(actor=case.secretary, application=taken, check=check, is_passed=True)
    for person in case.bench:
        services.assign_reviewer(actor=case.secretary, application=taken, person=person)
    return taken


# The checklist


def test_review__begins_when_each_check_has_passed_on_this_version(case: Case) -> None:
    taken = seated_and_checked(case, reviews.in_triage(case))
    services.record_check(
        actor=case.secretary, application=taken, check="ethics", is_passed=False, remark="No letter yet."
    )
    with pytest.raises(TransitionRefused, match="every triage check"):
        services.begin_review(actor=case.secretary, application=taken)
    services.record_check(actor=case.secretary, application=taken, check="ethics", is_passed=True)
    assert services.begin_review(actor=case.secretary, application=taken).status == "in_review"


def test_checks_of_an_older_version__count_for_nothing(case: Case) -> None:
    taken = seated_and_checked(case, reviews.in_triage(case))
    back = services.return_application(actor=case.secretary, application=taken, questions=["How many?"])
    question = back.versions.get().questions.get()
    services.answer_questions(actor=case.lead, application=back, answers={question.pk: "Forty."})
    sent = services.submit_application(actor=case.lead, application=fresh(back))
    again = services.claim_application(actor=case.secretary, application=sent)
    with pytest.raises(TransitionRefused, match="every triage check"):
        services.begin_review(actor=case.secretary, application=again)


def test_check_that_fails__wants_a_note(case: Case) -> None:
    taken = reviews.in_triage(case)
    with pytest.raises(InvalidInput, match="Say what is wrong"):
        services.record_check(actor=case.secretary, application=taken, check="lay", is_passed=False, remark=" ")
    with pytest.raises(InvalidInput, match="no such check"):
        services.record_check(actor=case.secretary, application=taken, check="weather", is_passed=True)


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [("a reviewer", "at least 4 reviewers without a conflict"), ("the representative", "a participant representative")],
)
def test_review__begins_with_four_free_reviewers_one_of_them_a_representative(
    case: Case, missing: str, sentence: str
) -> None:
    taken = reviews.in_triage(case)
    for check, _ in TRIAGE_CHECKS:
        services.record_check(actor=case.secretary, application=taken, check=check, is_passed=True)
    without = {"a reviewer": [case.second], "the representative": [case.representative]}[missing]
    seats = [person for person in (*case.bench, seat("Eli Extra")) if person not in without]
    for person in seats[:3] if missing == "a reviewer" else seats:
        services.assign_reviewer(actor=case.secretary, application=taken, person=person)
    with pytest.raises(TransitionRefused, match=sentence):
        services.begin_review(actor=case.secretary, application=taken)


def test_fast_track__is_due_in_ten_working_days_and_the_standard_in_twenty(case: Case) -> None:
    with time_machine.travel(clock.now(), tick=False):
        quick = services.begin_review(
            actor=case.secretary, application=seated_and_checked(case, reviews.in_triage(case)), fast_track=True
        )
        normal, at = reviews.in_review(case), clock.now()
    assert (quick.due_at, normal.due_at) == (add_working_days(at, 10), add_working_days(at, 20))


# A company


def test_company__waits_for_its_contract_before_the_committee_sees_it(case: Case) -> None:
    application = reviews.draft(case)
    forum = Domain.objects.filter(kind=Domain.Kind.FORUM).first() or create_domain(
        actor=SETUP, name="Discovery Forum of tests", kind=Domain.Kind.FORUM, aims="For companies."
    )
    Application.objects.filter(pk=application.pk).update(domain=forum)
    sent = services.submit_application(actor=case.lead, application=fresh(application))
    taken = seated_and_checked(case, services.claim_application(actor=case.secretary, application=sent))
    with pytest.raises(TransitionRefused, match="signed contract first"):
        services.begin_review(actor=case.secretary, application=taken)
    with pytest.raises(PermissionRefused):
        services.record_contract(actor=case.lead, application=taken, contract="C-1")
    with pytest.raises(InvalidInput):
        services.record_contract(actor=case.secretary, application=taken, contract=" ")
    services.record_contract(actor=case.secretary, application=taken, contract="C-1")
    assert services.begin_review(actor=case.secretary, application=fresh(taken)).status == "in_review"


# Advice on data use


def advised(case: Case, permission: str, **changes: dict[str, str]) -> DataUseAdvice:
    application = reviews.submitted(case, **changes)
    dataset = Dataset.objects.get(slug="rare-disease")
    terms = services.propose_data_use(
        actor=seat("Dan Manager", Role.DATA_MANAGER),
        dataset=dataset,
        permission=permission,
        modifiers=["0000046"],
        diseases=["MONDO:0009061"] if permission == "0000007" else [],
        reason="The consent form of 2024.",
    )
    services.approve_data_use(actor=seat("Dora Manager", Role.DATA_MANAGER), terms=terms)
    given = reviews.in_review(case, application)
    return DataUseAdvice.objects.get(version__application=given)


@pytest.mark.parametrize(
    ("permission", "changes", "result"),
    [
        ("0000042", {}, "compatible"),
        ("0000011", {}, "incompatible"),
        ("0000042", {"commercial": {"is_commercial": "yes", "interest": "A test kit."}}, "incompatible"),
        ("0000007", {"purpose": {"purpose": "0000007", "disease": "MONDO:0009061"}}, "compatible"),
        ("0000007", {"purpose": {"purpose": "0000007", "disease": "MONDO:0005002"}}, "needs_person"),
    ],
    ids=["covered", "not-covered", "commercial", "disease-of-the-consent", "another-disease"],
)
def test_advice__is_stored_with_its_reason_when_the_review_begins(
    case: Case, permission: str, changes: dict[str, dict[str, str]], result: str
) -> None:
    advice = advised(case, permission, **changes)
    assert advice.result == result
    assert advice.reason.endswith(".")
    assert advice.is_agreed is None


def test_advice_against__decides_nothing_and_the_committees_word_is_recorded(case: Case) -> None:
    advice = advised(case, "0000011")
    application = advice.version.application
    for person in (case.first, case.secretary, case.lead):
        with pytest.raises(PermissionRefused):
            services.judge_advice(actor=person, advice=advice, is_agreed=True)
    services.judge_advice(actor=case.chair, advice=advice, is_agreed=False)
    advice.refresh_from_db()
    assert (advice.is_agreed, advice.agreed_by) == (False, case.chair)
    recorded = AuditEvent.objects.get(event="access_review.advice.judged")
    assert recorded.detail == {"dataset": "rare-disease", "agreed": False}
    for person in case.bench:
        vote(person, application)
    decide(case, application)
    assert fresh(application).status == "approved"


def test_terms_of_a_dataset__are_recorded_by_data_managers_alone(case: Case) -> None:
    dataset, _ = Dataset.objects.get_or_create(slug="rare-disease", defaults={"name": "Rare disease"})
    for person in (case.lead, case.secretary, case.chair):
        with pytest.raises(PermissionRefused):
            services.propose_data_use(actor=person, dataset=dataset, permission="0000042", reason="A form.")


# Comments


def test_private_comment__is_its_authors_and_a_shared_one_is_everybodys_on_the_case(case: Case) -> None:
    application = reviews.in_review(case)
    version = application.versions.get()
    for text, is_private in (("To myself.", True), ("To all.", False)):
        services.add_comment(actor=case.first, application=application, version=1, text=text, is_private=is_private)
    assert [each.text for each in comments_shown(case.first, version)] == ["To myself.", "To all."]
    for person in (case.second, case.chair, case.secretary):
        assert [each.text for each in comments_shown(person, version)] == ["To all."]
    assert AuditEvent.objects.filter(event="access_review.comment.added").count() == 1


def test_comment__is_not_for_who_has_not_declared_or_has_no_seat_or_is_in_the_team(case: Case) -> None:
    taken = seated_and_checked(case, reviews.in_triage(case))
    given = services.begin_review(actor=case.secretary, application=taken)
    for person in (case.first, case.deputy, case.lead):
        with pytest.raises(PermissionRefused):
            services.add_comment(actor=person, application=given, version=1, text="Well.", is_private=False)


def test_comments__never_reach_the_team(case: Case) -> None:
    application = reviews.in_review(case)
    services.add_comment(actor=case.first, application=application, version=1, text="Between us.", is_private=False)
    browser = Client()
    browser.force_login(case.lead)
    page = browser.get(application.get_absolute_url()).content.decode()
    assert "Between us." not in page
    assert case.first.display_name not in page
    assert browser.get(reverse("access_review:case", args=[application.reference])).status_code == 404


# Figures


def test_figures__are_counted_from_the_audit_events(case: Case) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        before = service_figures()
        quick, slow = reviews.voted(case), reviews.voted(case, "decline")
        now.shift(timedelta(days=10))
        decide(case, quick)
        now.shift(timedelta(days=50))  # more working days than a review may take, whatever holidays lie between
        late = {str(label): count for label, count in service_figures().overdue}
        decide(case, slow, "decline")
        found = service_figures()
    assert before.decided == 0
    assert found.decided == 2
    assert (found.median_days, found.ninetieth_days) == (35.0, 55.0)
    assert dict(found.outcomes) == {
        "Approved": 1, "Approved with conditions": 0, "Deferred": 0, "Declined": 1, "Declined in triage": 0,
        "Minor change approved": 0,
    }  # fmt: skip
    assert late["Review"] == 1
    Application.objects.filter(pk=quick.pk).update(decided_at=clock.now(), title="Whatever the row says now")
    assert service_figures().median_days == 35.0


def test_figures_page__is_public_and_names_nobody(case: Case) -> None:
    decide(case, reviews.voted(case))
    page = Client().get(reverse("access_review:figures")).content.decode()
    for name in (case.chair.display_name, case.lead.display_name, "Rare changes of the ear", "ARC-"):
        assert name not in page


# After an appeal


def test_judges_of_the_first_decision__stay_off_the_bench_however_often_it_is_sent_again(case: Case) -> None:
    """Case 54, and what follows: an upheld appeal is returned with questions and sent again."""
    appealed = services.lodge_appeal(actor=case.lead, application=reviews.declined(case), grounds="You misread us.")
    heard = services.hear_appeal(actor=case.deputy, application=appealed, is_upheld=True, reason="Read again.")
    back = services.return_application(actor=case.secretary, application=heard, questions=["How many?"])
    question = back.versions.order_by("-number")[0].questions.get()
    services.answer_questions(actor=case.lead, application=back, answers={question.pk: "Forty."})
    sent = services.submit_application(actor=case.lead, application=fresh(back))
    again = services.claim_application(actor=case.secretary, application=sent)
    for person in (case.first, case.representative):
        with pytest.raises(InvalidInput, match="nobody can clear"):
            services.assign_reviewer(actor=case.secretary, application=again, person=person)
    assert bench_of(again).conflict_of(case.deputy.pk) is None


def test_upheld_appeal__has_its_advice_and_a_version_of_its_own(case: Case) -> None:
    appealed = services.lodge_appeal(actor=case.lead, application=reviews.declined(case), grounds="You misread us.")
    heard = services.hear_appeal(actor=case.deputy, application=appealed, is_upheld=True, reason="Read again.")
    assert number_of(heard) == 2
    assert heard.versions.get(number=2).advice.count() == 1
    assert not hasattr(heard.versions.get(number=2), "decision")


def test_appeal__is_lodged_in_time_and_with_grounds(case: Case) -> None:
    application = reviews.declined(case)
    with pytest.raises(InvalidInput, match="what you object to"):
        services.lodge_appeal(actor=case.lead, application=application, grounds=" ")
    later = time_machine.travel(clock.now() + timedelta(days=40), tick=False)
    with later, pytest.raises(TransitionRefused, match="within 20 working days"):
        services.lodge_appeal(actor=case.lead, application=application, grounds="Late.")


def test_deferred_application__is_sent_again_when_its_points_are_answered(case: Case) -> None:
    application = reviews.decided(case, "defer")
    with pytest.raises(InvalidInput, match="answer each of them"):
        services.submit_application(actor=case.lead, application=application)
    question = application.versions.get().questions.get()
    services.answer_questions(actor=case.lead, application=application, answers={question.pk: "Here."})
    assert services.submit_application(actor=case.lead, application=fresh(application)).status == "submitted"
