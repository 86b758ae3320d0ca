"""The committee as a specification: who may judge, whose votes count, when there is a decision, and what it opens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from access_review import services
from access_review.committee import REPRESENTATIVE, bench_of
from access_review.models import Application, Decision, Declaration, Meeting, Project, VoteCast
from access_review.selectors import granted_datasets, votes_shown
from access_review.services import ConditionDraft
from access_review.workflows import APPLICATION
from accounts.models import Affiliation, Institution, RoleGrant, User
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from tests.factories import reviews
from tests.factories.reviews import Case, decide, fresh, number_of, seat, vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return Case()


def works_at(person: User, institution: Institution, *, ended_days_ago: int | None = None) -> Affiliation:
    """A confirmed stay; ended so many days ago, or going on."""
    at = clock.now()
    ended = at - timedelta(days=ended_days_ago) if ended_days_ago is not None else None
    began = (ended or at) - timedelta(days=100)
    return Affiliation.objects.create(
        reference=f"AFF-T-{Affiliation.objects.count()}",
        person=person,
        institution=institution,
        email=person.email,
        position="Researcher",
        status="ended" if ended else "confirmed",
        confirmed_at=began,
        confirmed_by_address=True,
        valid_until=at + timedelta(days=300),
        recheck_due_at=at + timedelta(days=30),
        lapses_at=at + timedelta(days=60),
        ended_at=ended,
    )


def an_institution(name: str = "University of Testing") -> Institution:
    reference = f"INS-T-{Institution.objects.count()}"
    return Institution.objects.create(reference=reference, name=name, country="GB", kind="academic", status="active")


# Conflicts of interest: cases 3, 4, 5


def test_member_at_the_leads_institution__can_have_no_seat(case: Case) -> None:
    home = an_institution()
    works_at(case.lead, home)
    works_at(case.first, home)
    application = reviews.in_triage(case)
    with pytest.raises(InvalidInput, match="nobody can clear"):
        services.assign_reviewer(actor=case.secretary, application=application, person=case.first)


def test_member_of_the_same_institution_two_years_ago__cannot_say_none__and_the_chair_may_clear(case: Case) -> None:
    home = an_institution()
    works_at(case.lead, home, ended_days_ago=30)
    works_at(case.second, home, ended_days_ago=700)
    application = reviews.in_triage(case)
    others = [person for person in case.bench if person != case.second]
    extra = seat("Eli Extra")
    for check, _ in reviews.TRIAGE_CHECKS:
        services.record_check(actor=case.secretary, application=application, check=check, is_passed=True)
    for person in (*others, extra, case.second):
        services.assign_reviewer(actor=case.secretary, application=application, person=person)
    given = services.begin_review(actor=case.secretary, application=application)
    with pytest.raises(InvalidInput, match="within three years"):
        reviews.declare(case.second, given)
    said = services.declare_interest(
        actor=case.second, application=given, version=1, has_interest=True, explanation="We shared an office."
    )
    with pytest.raises(PermissionRefused):
        vote(case.second, given)
    with pytest.raises(PermissionRefused):
        services.clear_interest(actor=case.secretary, declaration=said, reason="Small.")
    services.clear_interest(actor=case.chair, declaration=said, reason="Long ago and far away.")
    vote(case.second, given)
    assert len(bench_of(given).tally.counted) == 1


def test_member_who_shared_an_institution_four_years_ago__judges(case: Case) -> None:
    home = an_institution()
    works_at(case.lead, home)
    works_at(case.first, home, ended_days_ago=4 * 365)
    assert bench_of(reviews.in_triage(case)).conflict_of(case.first.pk) is None


def test_member_who_joins_the_institution_after_voting__counts_no_longer(case: Case) -> None:
    application = reviews.voted(case)
    home = an_institution()
    works_at(case.lead, home)
    works_at(case.first, home)
    tally = bench_of(application).tally
    assert [each.person for each in tally.excluded] == [case.first]
    with pytest.raises(TransitionRefused, match="no quorum: 3 of 4"):
        decide(case, application)


def test_interest_declared_after_voting__counts_no_longer(case: Case) -> None:
    application = reviews.voted(case)
    services.declare_interest(
        actor=case.second, application=application, version=1, has_interest=True, explanation="My cousin."
    )
    assert len(bench_of(application).tally.counted) == 3


def test_member_of_the_team__is_never_cleared(case: Case) -> None:
    application = reviews.draft(case)
    place = services.invite_to_team(actor=case.lead, application=application, email=case.first.email)
    services.accept_place(actor=case.first, place=place)
    sent = services.submit_application(actor=case.lead, application=application)
    found = bench_of(sent).conflict_of(case.first.pk)
    assert found is not None
    assert not found.is_clearable
    assert not Application.objects.reviewable_by(case.first).filter(pk=sent.pk).exists()


def test_chair_who_leads_the_application__neither_sees_nor_decides_it() -> None:
    case = Case()
    chair_is_lead = Case(lead=case.chair, chair=seat("Other Chair", Role.ARC_CHAIR))
    RoleGrant.objects.create(person=case.chair, role=Role.RESEARCHER, reason="Test.", starts_at=clock.now())
    application = reviews.voted(chair_is_lead)
    with pytest.raises(PermissionRefused):
        decide(chair_is_lead, application, actor=User.objects.get(pk=case.chair.pk))


def test_deputy__decides_if_and_only_if_the_chair_has_a_conflict(case: Case) -> None:
    application = reviews.voted(case)
    with pytest.raises(PermissionRefused):
        decide(case, application, actor=case.deputy)
    home = an_institution()
    works_at(case.lead, home)
    works_at(case.chair, home)
    deputy_votes(case, application)
    assert decide(case, application, actor=case.deputy).decided_by == case.deputy


def deputy_votes(case: Case, application: Application) -> None:
    services.assign_reviewer(actor=case.secretary, application=application, person=case.deputy)
    reviews.declare(case.deputy, application)
    vote(case.deputy, application)


def test_chair_and_deputy_both_in_conflict__nobody_decides(case: Case) -> None:
    application = reviews.voted(case)
    home = an_institution()
    for person in (case.lead, case.chair, case.deputy):
        works_at(person, home)
    for person in (case.chair, case.deputy):
        with pytest.raises(PermissionRefused):
            decide(case, application, actor=person)


# Votes: cases 6, 7, 8, 9


def test_second_vote__revises_the_first_and_keeps_it(case: Case) -> None:
    application = reviews.in_review(case)
    vote(case.first, application)
    vote(case.first, application, "decline", "On second thoughts.")
    votes = VoteCast.objects.filter(person=case.first)
    assert votes.count() == 2
    assert votes.get(ended_at=None).value == "decline"


def test_second_live_vote__is_refused_by_the_database(case: Case) -> None:
    application = reviews.in_review(case)
    vote(case.first, application)
    held = VoteCast.objects.get(person=case.first)
    with pytest.raises(DatabaseError), transaction.atomic():
        VoteCast.objects.create(version=held.version, person=case.first, value="approve", cast_at=clock.now())


def test_vote_of_somebody_without_a_seat__is_refused(case: Case) -> None:
    application = reviews.in_review(case)
    for person in (seat("Una Unassigned"), case.secretary, case.lead):
        with pytest.raises(PermissionRefused):
            vote(person, application)
    assert not VoteCast.objects.exists()


def test_votes_of_others__are_hidden_until_ones_own_is_cast(case: Case) -> None:
    application = reviews.in_review(case)
    vote(case.first, application)
    for person in (case.second, case.chair, case.secretary):
        assert votes_shown(person, application, bench_of(application)) is None
    vote(case.second, application)
    shown = votes_shown(case.second, application, bench_of(application))
    assert shown is not None
    assert len(shown) == 2


def test_vote_and_decision_on_an_older_version__are_refused_and_old_votes_are_history(case: Case) -> None:
    application = reviews.voted(case)
    back = services.return_application(actor=case.secretary, application=application, questions=["How many people?"])
    question = back.versions.get().questions.get()
    services.answer_questions(actor=case.lead, application=back, answers={question.pk: "Forty."})
    services.submit_application(actor=case.lead, application=fresh(back))
    given = reviews.in_review(case, fresh(back))
    with pytest.raises(TransitionRefused, match="newer version"):
        services.cast_vote(actor=case.first, application=given, version=1, value="approve")
    with pytest.raises(TransitionRefused, match="newer version"):
        decide(case, given, version=1)
    assert bench_of(given).tally.counted == []
    vote(case.chair, given)
    with pytest.raises(TransitionRefused, match="no quorum: 1 of 4"):
        decide(case, given)


def test_vote_without_reasons__wants_them_unless_it_approves(case: Case) -> None:
    application = reviews.in_review(case)
    with pytest.raises(InvalidInput):
        vote(case.first, application, "decline", " ")


# The decision: cases 12 to 16


def test_without_the_participant_representative__there_is_no_quorum(case: Case) -> None:
    application = reviews.voted(case)
    extra = seat("Eli Extra")
    services.assign_reviewer(actor=case.secretary, application=application, person=extra)
    reviews.declare(extra, application)
    vote(extra, application)
    RoleGrant.objects.filter(person=case.representative, scope=REPRESENTATIVE).update(
        starts_at=clock.now() - timedelta(days=2), until=clock.now() - timedelta(days=1)
    )
    with pytest.raises(TransitionRefused, match="participant representative"):
        decide(case, application)


def test_approval__opens_the_project_with_team_datasets_and_letter(case: Case) -> None:
    application = reviews.voted(case)
    decision = decide(case, application)
    project = Project.objects.get(application=application)
    assert project.lead == case.lead
    assert [each.slug for each in granted_datasets(project)] == ["rare-disease"]
    decision.refresh_from_db()
    assert decision.letter_sha256
    assert fresh(application).status == "approved"


def test_conditions__open_nothing_until_each_is_verified(case: Case) -> None:
    application = reviews.voted(case)
    drafts = [ConditionDraft("Show the ethics letter.", clock.today() + timedelta(days=30))]
    decision = decide(case, application, "conditions", conditions=drafts)
    condition = decision.conditions.get()
    assert not Project.objects.filter(application=application).exists()
    with pytest.raises(TransitionRefused, match="no evidence"):
        services.verify_condition(actor=case.secretary, condition=condition)
    with pytest.raises(TransitionRefused, match="Verify every condition"):
        services.open_conditional(actor=case.secretary, application=fresh(application))
    with pytest.raises(PermissionRefused):
        services.verify_condition(actor=case.lead, condition=condition)
    services.give_evidence(actor=case.lead, condition=condition, evidence="The letter of 3 May.")
    services.verify_condition(actor=case.secretary, condition=condition)
    services.open_conditional(actor=case.secretary, application=fresh(application))
    assert Project.objects.get(application=application).status == "active"


def test_refusal_of_a_representative__forces_a_discussion_and_is_no_veto(case: Case) -> None:
    application = reviews.in_review(case)
    for person in (case.chair, case.first, case.second):
        vote(person, application)
    vote(case.representative, application, "decline")
    with pytest.raises(TransitionRefused, match="discuss it at a meeting"):
        decide(case, application)
    item = services.put_on_agenda(actor=case.secretary, application=application, held_on=clock.today())
    with pytest.raises(TransitionRefused, match="discuss it at a meeting"):
        decide(case, application)
    services.minute_item(actor=case.secretary, item=item, minutes="Heard and answered.")
    assert decide(case, application).outcome == "approve"
    assert Meeting.objects.get().items.count() == 1


def test_departure_from_the_majority__needs_a_minuted_discussion(case: Case) -> None:
    application = reviews.voted(case)
    with pytest.raises(TransitionRefused, match="departs from the majority"):
        decide(case, application, "decline")


@pytest.mark.parametrize("status", ["approved", "in_review", "conditional", "triage", "dismissed"])
def test_status_that_jumps__is_refused_by_the_database(case: Case, status: str) -> None:
    application = reviews.draft(case)
    with pytest.raises(DatabaseError), transaction.atomic():
        Application.objects.filter(pk=application.pk).update(status=status, submitted_at=clock.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        Application.objects.create(reference="APP-X", lead=case.lead, status=status, submitted_at=clock.now())


def test_approval_without_a_decision__is_refused_by_the_database(case: Case) -> None:
    application = reviews.voted(case)
    with pytest.raises(DatabaseError), transaction.atomic():
        Application.objects.filter(pk=application.pk).update(status="approved")


def test_decision_without_four_votes__is_refused_by_the_database(case: Case) -> None:
    version = reviews.in_review(case).versions.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.create(
            version=version, outcome="approve", reason="So.", decided_by=case.chair, decided_at=clock.now()
        )


def test_what_was_sent_voted_and_decided__cannot_be_changed(case: Case) -> None:
    application = reviews.voted(case)
    decide(case, application)
    version = application.versions.get()
    for rows, change in (
        (application.versions.all(), {"canonical_json": "{}"}),
        (VoteCast.objects.all(), {"value": "abstain", "reason": "x"}),
        (Decision.objects.all(), {"outcome": "decline"}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)  # type: ignore[attr-defined]
    with pytest.raises(DatabaseError), transaction.atomic():
        VoteCast.objects.filter(version=version).delete()


def test_pairs_of_the_database__are_those_of_the_workflow() -> None:
    from importlib import import_module

    pairs = import_module("access_review.migrations.0007_members_and_terms").PAIRS
    table = {f"{source}>{row.target}" for row in APPLICATION.transitions for source in row.sources}
    assert set(pairs.split()) == table


# Appeals: case 54


def test_appeal__is_heard_by_others_and_leads_to_another_bench(case: Case) -> None:
    application = reviews.declined(case)
    appealed = services.lodge_appeal(actor=case.lead, application=application, grounds="You misread our methods.")
    for person in (case.chair, case.first, case.secretary):
        with pytest.raises(PermissionRefused):
            services.hear_appeal(actor=person, application=appealed, is_upheld=True, reason="Right.")
    heard = services.hear_appeal(actor=case.deputy, application=appealed, is_upheld=True, reason="Read again.")
    assert heard.status == "in_review"
    with pytest.raises(InvalidInput, match="nobody can clear"):
        services.assign_reviewer(actor=case.secretary, application=heard, person=case.first)


def test_dismissed_appeal__is_final(case: Case) -> None:
    appealed = services.lodge_appeal(actor=case.lead, application=reviews.declined(case), grounds="No.")
    heard = services.hear_appeal(actor=case.deputy, application=appealed, is_upheld=False, reason="Nothing new.")
    assert heard.status == "dismissed"
    with pytest.raises(TransitionRefused):
        services.lodge_appeal(actor=case.lead, application=heard, grounds="Again.")


def test_every_move__has_one_audit_event_and_folding_them_gives_the_row(case: Case) -> None:
    application = reviews.voted(case)
    decide(case, application)
    rows = AuditEvent.objects.filter(subject_ref=application.reference).exclude(after="").order_by("id")
    state = "draft"
    for row in rows:
        assert row.before == state
        state = row.after
    assert state == fresh(application).status


def test_declaration__comes_before_a_vote(case: Case) -> None:
    application = reviews.in_review(case)
    Declaration.objects.filter(person=case.first).delete()
    with pytest.raises(PermissionRefused, match="Declare first"):
        vote(case.first, application)
    assert number_of(application) == 1
