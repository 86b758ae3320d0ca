"""Writes of the secretariat: triage, the bench, questions to the lead, the start of a review, meetings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction

from access_review.committee import EXTENSION_DAYS, FAST_TRACK_DAYS, REVIEW_DAYS, bench_of, current_version
from access_review.events import Event
from access_review.models import (
    Application,
    ApplicationVersion,
    Assignment,
    Decision,
    Meeting,
    MeetingItem,
    Question,
    TriageCheck,
)
from access_review.policies import (
    can_decide_application,
    can_keep_meetings,
    can_return_application,
    can_triage_application,
)
from access_review.services.data_use import store_advice
from access_review.services.letters import record_decision
from access_review.services.projects import amend_project
from access_review.services.writing import locked
from access_review.workflows import APPLICATION, TRIAGE_CHECKS, is_minor
from accounts.models import User
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.access import require
from portal.kernel.refusals import InvalidInput, TransitionRefused
from portal.kernel.telling import tell
from portal.kernel.working_days import add_working_days

S = Application.Status
IS_MINOR = "The change touches nothing of what the committee approved."
ANSWERS_LAST = timedelta(days=60)  # then what was returned lapses


def _in(application: Application, *states: str) -> ApplicationVersion:
    version = current_version(application)
    if application.status not in states or version is None:
        raise TransitionRefused(f"This application is {application.get_status_display().lower()} now.")
    return version


@transaction.atomic
def claim_application(*, actor: User, application: Application) -> Application:
    """Take an application into triage, with the advice on data use: it may lead to questions at once."""
    moved: Application = APPLICATION.perform(application, "claim", actor)
    store_advice(_in(moved, S.TRIAGE))
    return moved


@transaction.atomic
def record_check(*, actor: User, application: Application, check: str, is_passed: bool, remark: str = "") -> None:
    """Write down one line of the checklist for the current version; a line that is written again is replaced."""
    require(can_triage_application, actor, application)
    version = _in(locked(application), S.TRIAGE)
    if check not in dict(TRIAGE_CHECKS):
        raise InvalidInput("There is no such check.", field="check")
    if not is_passed and not remark.strip():
        raise InvalidInput("Say what is wrong.", field=f"{check}_note")
    facts = {"is_passed": is_passed, "note": remark.strip(), "checked_by": actor, "checked_at": clock.now()}
    TriageCheck.objects.update_or_create(version=version, check_name=check, defaults=facts)
    tell(Event.CHECK_RECORDED, application, actor, check=check, passed=is_passed)


@transaction.atomic
def assign_reviewer(*, actor: User, application: Application, person: User) -> Assignment:
    """Give a member of the committee a seat on this bench. A conflict that Lectern sees is refused at once."""
    require(can_triage_application, actor, application)
    fresh = locked(application)
    _in(fresh, S.TRIAGE, S.IN_REVIEW)
    bench = bench_of(fresh)
    if not (bench.holds(person.pk, Role.ARC_MEMBER) or bench.holds(person.pk, Role.ARC_CHAIR)):
        raise InvalidInput("This person does not sit on the committee.", field="person")
    found = bench.conflict_of(person.pk)
    if found is not None and not found.is_clearable:
        raise InvalidInput("This person has a conflict of interest that nobody can clear.", field="person")
    known = Assignment.objects.filter(application=fresh, person=person, ended_at=None).first()
    if known is not None:
        return known
    seat = Assignment.objects.create(application=fresh, person=person, assigned_by=actor, assigned_at=clock.now())
    tell(Event.REVIEWER_ASSIGNED, fresh, actor, person=str(person.pk))
    return seat


@transaction.atomic
def release_reviewer(*, actor: User, seat: Assignment) -> None:
    """Take a seat away; what was said and voted stays on record and counts no longer."""
    require(can_triage_application, actor, seat.application)
    _in(locked(seat.application), S.TRIAGE, S.IN_REVIEW)
    if not Assignment.objects.filter(pk=seat.pk, ended_at=None).update(ended_at=clock.now()):
        return
    tell(Event.REVIEWER_RELEASED, seat.application, actor, person=str(seat.person_id))


@transaction.atomic
def record_contract(*, actor: User, application: Application, contract: str) -> None:
    """Note the signed contract of a Discovery Forum application."""
    require(can_triage_application, actor, application)
    fresh = locked(application)
    _in(fresh, S.TRIAGE)
    if not contract.strip():
        raise InvalidInput("Enter the reference of the signed contract.", field="contract")
    fresh.contract_reference = contract.strip()[:60]
    fresh.save(update_fields=["contract_reference"])
    tell(Event.CONTRACT_RECORDED, fresh, actor)


@transaction.atomic
def return_application(*, actor: User, application: Application, questions: Sequence[str]) -> Application:
    """Ask the lead; the clock of the committee stands still until the answer comes. Votes become history."""
    require(can_return_application, actor, application)
    fresh = locked(application)
    version = _in(fresh, S.TRIAGE, S.IN_REVIEW)
    asked = [text.strip() for text in questions if text.strip()]
    if not asked:
        raise InvalidInput("Ask at least one question.", field="questions")
    at = clock.now()
    changes = {"due_at": None, "lapses_at": at + ANSWERS_LAST}
    Question.objects.bulk_create(Question(version=version, text=text, asked_by=actor, asked_at=at) for text in asked)
    moved: Application = APPLICATION.perform(fresh, "return", actor, detail={"questions": len(asked)}, changes=changes)
    return moved


@transaction.atomic
def begin_review(*, actor: User, application: Application, fast_track: bool = False) -> Application:
    """Give the application to the committee, with the advice on data use; guards ask for checks and a full bench."""
    fresh = locked(application)
    days = FAST_TRACK_DAYS if fast_track else REVIEW_DAYS
    changes = {"due_at": add_working_days(clock.now(), days), "fast_track": fast_track}
    detail = {"fast_track": True} if fast_track else {}
    moved: Application = APPLICATION.perform(fresh, "review", actor, detail=detail, changes=changes)
    version = _in(moved, S.IN_REVIEW)
    store_advice(version)
    return moved


@transaction.atomic
def extend_review(*, actor: User, application: Application, reason: str) -> Application:
    """Give a review without a quorum more time, once, from the day on which it is or was due."""
    require(can_decide_application, actor, application)
    fresh = locked(application)
    _in(fresh, S.IN_REVIEW)
    if not reason.strip():
        raise InvalidInput("Give a reason.", field="reason")
    if fresh.extended_at is not None:
        raise TransitionRefused("This review had more time already. Decide, or return the application.")
    if bench_of(fresh).tally.gap is None:
        raise TransitionRefused("There is a quorum, so that the application can be decided.")
    at = clock.now()
    fresh.extended_at, fresh.due_at = at, add_working_days(max(at, fresh.due_at or at), EXTENSION_DAYS)
    fresh.save(update_fields=["extended_at", "due_at"])
    tell(Event.REVIEW_EXTENDED, fresh, actor, reason=reason.strip())
    return fresh


@transaction.atomic
def accept_minor(*, actor: User, application: Application) -> Application:
    """Approve a change that touches nothing of what the committee approved; the fields decide whether it does.

    The team gets a letter as after a decision of the committee: here the secretariat decides, and nobody votes.
    """
    require(can_triage_application, actor, application)
    fresh, at = locked(application), clock.now()
    version = _in(fresh, S.TRIAGE)
    if sentence := is_minor(fresh):
        raise TransitionRefused(sentence)
    record_decision(Decision(version=version, outcome="approve", reason=IS_MINOR, decided_by=actor, decided_at=at))
    moved: Application = APPLICATION.perform(
        fresh,
        "accept-minor",
        actor,
        detail={"version": version.number},
        changes={"due_at": None, "decided_at": at},
    )
    amend_project(actor=actor, application=moved)
    return moved


@transaction.atomic
def put_on_agenda(*, actor: User, application: Application, held_on: date) -> MeetingItem:
    """Put an application on the agenda of the meeting of a day."""
    require(can_keep_meetings, actor, None)
    require(can_triage_application, actor, application)
    version = _in(locked(application), S.TRIAGE, S.IN_REVIEW)
    meeting, _ = Meeting.objects.get_or_create(held_on=held_on)
    item, is_new = MeetingItem.objects.get_or_create(
        meeting=meeting, version=version, defaults={"application": application}
    )
    if is_new:
        tell(Event.MEETING_KEPT, meeting, actor)
    return item


@transaction.atomic
def minute_item(*, actor: User, item: MeetingItem, minutes: str) -> None:
    """Write down what was said on one item."""
    require(can_keep_meetings, actor, None)
    require(can_triage_application, actor, item.application)
    if not minutes.strip():
        raise InvalidInput("Write down what was said.", field="minutes")
    item.minutes = minutes.strip()
    item.save(update_fields=["minutes"])
    tell(Event.MEETING_KEPT, item.meeting, actor)
