"""The chair's decision on a version, its letter, its conditions, and the hearing of an appeal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from access_review.committee import REVIEW_DAYS, Bench, Tally, bench_of, current_version, was_discussed
from access_review.events import Event
from access_review.models import Application, ApplicationVersion, Assignment, Condition, Decision, Question
from access_review.policies import (
    can_decide_application,
    can_give_evidence,
    can_hear_appeal,
    can_triage_application,
    can_verify_condition,
)
from access_review.services.data_use import store_advice
from access_review.services.judging import STALE
from access_review.services.letters import ConditionDraft, record_decision
from access_review.services.projects import amend_project, open_approved
from access_review.services.writing import freeze, locked
from access_review.workflows import APPLICATION
from accounts.models import User
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.access import require
from portal.kernel.refusals import InvalidInput, TransitionRefused
from portal.kernel.telling import tell
from portal.kernel.working_days import add_months, add_working_days

Outcome = Decision.Outcome
DEFERRED_LASTS_MONTHS = 6
APPROVALS = (Outcome.APPROVE, Outcome.CONDITIONS)
ACTIONS = {
    Outcome.APPROVE: "approve",
    Outcome.CONDITIONS: "approve-with-conditions",
    Outcome.DEFER: "defer",
    Outcome.DECLINE: "decline",
}


def refusal_to_decide(bench: Bench, outcome: str) -> str | None:
    """Why the chair cannot decide so now, in one sentence, or None. Pages print it, and the service asks it."""
    tally = bench.tally
    if tally.gap:
        return tally.gap
    discussed = was_discussed(bench.version)
    if tally.is_refused_by_representative and outcome in APPROVALS and not discussed:
        return "A participant representative declined: discuss it at a meeting and write the minutes first."
    if _departs(tally, outcome) and not discussed:
        return "This departs from the majority: discuss it at a meeting and write the minutes first."
    return None


def _departs(tally: Tally, outcome: str) -> bool:
    return (outcome in APPROVALS) != tally.has_majority


@transaction.atomic
def decide_application(
    *,
    actor: User,
    application: Application,
    version: int,
    outcome: str,
    reason: str,
    conditions: Sequence[ConditionDraft] = (),
) -> Decision:
    """Decide on the version that was read. The votes are counted again under the lock, so a withdrawn one is missed.

    Raises TransitionRefused for a stale version, a missing quorum or a missing discussion.
    """
    require(can_decide_application, actor, application)
    fresh = locked(application)
    current = _votable(fresh, version)
    _check_words(outcome, reason, conditions)
    bench = bench_of(fresh)
    if bench.holds(actor.pk, Role.ARC_CHAIR) and all(vote.person_id != actor.pk for vote in bench.votes):
        # Whatever else could be refused here would tell how the others voted.
        raise TransitionRefused("Record your own view first; those of the others are hidden until then.")
    if sentence := refusal_to_decide(bench, outcome):
        raise TransitionRefused(sentence)
    decision = record_decision(_made(actor, current, outcome, reason, bench.tally), conditions)
    if outcome == Outcome.DEFER:
        Question.objects.create(version=current, text=reason.strip(), asked_by=actor, asked_at=clock.now())
    _move(actor, fresh, decision)
    return decision


def _votable(application: Application, number: int) -> ApplicationVersion:
    if application.status != Application.Status.IN_REVIEW:
        raise TransitionRefused(f"This application is {application.get_status_display().lower()} now.")
    version = current_version(application)
    if version is None or version.number != number:
        raise TransitionRefused(STALE)
    return version


def _check_words(outcome: str, reason: str, conditions: Sequence[ConditionDraft]) -> None:
    if outcome not in Outcome.values:
        raise InvalidInput("Choose a decision.", field="outcome")
    if not reason.strip():
        raise InvalidInput("Give the reasons; the applicants read them in the letter.", field="reason")
    if (outcome == Outcome.CONDITIONS) != bool(conditions):
        raise InvalidInput("Enter conditions if and only if you approve with conditions.", field="conditions")


def _made(actor: User, version: ApplicationVersion, outcome: str, reason: str, tally: Tally | None) -> Decision:
    return Decision(
        version=version,
        outcome=outcome,
        reason=reason.strip(),
        decided_by=actor,
        decided_at=clock.now(),
        votes_for=tally.in_favour if tally else 0,
        votes_against=tally.against if tally else 0,
    )


def _move(actor: User, application: Application, decision: Decision) -> None:
    """The move of the workflow, and what an approval opens."""
    is_deferred = decision.outcome == Outcome.DEFER
    lapses_at = add_months(decision.decided_at, DEFERRED_LASTS_MONTHS) if is_deferred else None
    wants_reason = decision.outcome in (Outcome.DEFER, Outcome.DECLINE)
    moved = APPLICATION.perform(
        application,
        ACTIONS[Outcome(decision.outcome)],
        actor,
        reason=decision.reason if wants_reason else "",
        detail={"version": decision.version.number},
        changes={"due_at": None, "decided_at": decision.decided_at, "lapses_at": lapses_at},
    )
    if moved.status == Application.Status.APPROVED:
        _open(actor, moved)


def _open(actor: User, application: Application) -> None:
    if application.amends_id:
        amend_project(actor=actor, application=application)
    else:
        open_approved(actor=actor, application=application)


@transaction.atomic
def turn_away(*, actor: User, application: Application, version: int, reason: str) -> Decision:
    """The chair declines in triage what is out of scope or against the law; that can be appealed against."""
    require(can_decide_application, actor, application)
    fresh = locked(application)
    current = current_version(fresh)
    if fresh.status != Application.Status.TRIAGE or current is None:
        raise TransitionRefused("Only an application in triage can be turned away.")
    if current.number != version:
        raise TransitionRefused(STALE)
    _check_words(Outcome.DECLINE, reason, ())
    decision = record_decision(_made(actor, current, Outcome.DECLINE, reason, None))
    changes = {"due_at": None, "decided_at": decision.decided_at}
    APPLICATION.perform(fresh, "turn-away", actor, reason=decision.reason, changes=changes)
    return decision


@transaction.atomic
def give_evidence(*, actor: User, condition: Condition, evidence: str) -> Condition:
    """Say how a condition was met; the secretariat verifies it."""
    require(can_give_evidence, actor, condition)
    if not evidence.strip():
        raise InvalidInput("Say how the condition was met.", field="evidence")
    application = locked(condition.decision.version.application)
    fresh = Condition.objects.get(pk=condition.pk)
    if fresh.verified_at is not None:
        raise TransitionRefused("This condition has been verified already.")
    fresh.evidence, fresh.evidence_at = evidence.strip(), clock.now()
    fresh.save(update_fields=["evidence", "evidence_at"])
    tell(Event.CONDITION_EVIDENCED, application, actor)
    return fresh


@transaction.atomic
def verify_condition(*, actor: User, condition: Condition) -> Condition:
    """Find a condition met, on its evidence."""
    require(can_verify_condition, actor, condition)
    application = locked(condition.decision.version.application)
    require(can_triage_application, actor, application)
    fresh = Condition.objects.get(pk=condition.pk)
    if fresh.evidence_at is None:
        raise TransitionRefused("There is no evidence for this condition yet.")
    if fresh.verified_at is None:
        fresh.verified_by, fresh.verified_at = actor, clock.now()
        fresh.save(update_fields=["verified_by", "verified_at"])
        tell(Event.CONDITION_VERIFIED, application, actor)
    return fresh


@transaction.atomic
def open_conditional(*, actor: User, application: Application) -> Application:
    """All conditions are met: open the project."""
    moved: Application = APPLICATION.perform(application, "open", actor)
    _open(actor, moved)
    return moved


@transaction.atomic
def hear_appeal(*, actor: User, application: Application, is_upheld: bool, reason: str) -> Application:
    """Uphold (other people review the same words anew, as a new version) or dismiss, which is final."""
    require(can_hear_appeal, actor, application)
    fresh = locked(application)
    if fresh.status != Application.Status.APPEALED:
        raise TransitionRefused("There is no appeal to hear.")
    if not reason.strip():
        raise InvalidInput("Give the reasons.", field="reason")
    at, appeal = clock.now(), fresh.appeal
    appeal.heard_by, appeal.heard_at, appeal.is_upheld, appeal.reason = actor, at, is_upheld, reason.strip()
    appeal.save(update_fields=["heard_by", "heard_at", "is_upheld", "reason"])
    changes: dict[str, Any] = {"due_at": None}
    if is_upheld:
        Assignment.objects.filter(application=fresh, ended_at=None).update(ended_at=at)
        last = current_version(fresh)
        assert last is not None, "what was declined had been sent"
        store_advice(freeze(fresh, last.content, last.submitted_by, at))
        changes = {"due_at": add_working_days(at, REVIEW_DAYS), "decided_at": None}
    action = "uphold" if is_upheld else "dismiss"
    moved: Application = APPLICATION.perform(fresh, action, actor, reason=reason.strip(), changes=changes)
    return moved
