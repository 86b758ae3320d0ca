"""After the reviews are in: settle findings, ask the committee, return, reject, approve."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.policies import is_another_person
from airlock import guards, policies
from airlock.events import Event
from airlock.models import Answer, CommitteeVoice, Decision, ExportRequest, Finding, Referral, Release
from airlock.nearness import is_near
from airlock.openings import has_not_spoken, rejection_is_theirs, standing_rejection
from airlock.services.reviewing import STALE, require_apart, require_state, void_reviews
from airlock.services.writing import locked
from airlock.tallies import Outcome, counted_reviews, tallies_of
from airlock.workflows import EXPORT
from portal.kernel import clock
from portal.kernel.access import require
from portal.kernel.refusals import InvalidInput, TransitionRefused
from portal.kernel.telling import tell

S = ExportRequest.Status


@transaction.atomic
def settle_finding(*, actor: User, request: ExportRequest, finding: Finding, verdict: str, text: str) -> Answer:
    """A checker's word on a finding: accepted as explained, not a problem, or a problem."""
    fresh = locked(request)
    require(policies.can_check_export, actor, fresh)
    require_state(fresh, S.CONSOLIDATING)
    if verdict not in (Answer.Verdict.ACCEPTED, Answer.Verdict.NO_PROBLEM, Answer.Verdict.PROBLEM):
        raise InvalidInput("Choose what you think of the finding.", field="verdict")
    if not text.strip():
        raise InvalidInput("Say why.", field="text")
    if not guards.findings_of(fresh).filter(pk=finding.pk).exists():
        raise TransitionRefused(STALE)
    answer = Answer.objects.create(
        request=fresh,
        finding=finding,
        turn=fresh.turn,
        side=Answer.Side.CHECKER,
        verdict=verdict,
        text=text.strip(),
        by=actor,
        at=clock.now(),
    )
    tell(Event.FINDING_ANSWERED, fresh, actor, finding=str(finding.pk), turn=fresh.turn)
    return answer


@transaction.atomic
def review_further(*, actor: User, request: ExportRequest, reason: str) -> ExportRequest:
    """One more review: where the checkers are divided, or in place of one who has become too near."""
    fresh = locked(request)
    near = [review for review in counted_reviews(fresh) if is_near(review.reviewer, fresh)]
    more = 0 if near else 1
    again: ExportRequest = EXPORT.perform(
        fresh,
        "review-further",
        actor,
        reason=reason,
        detail={"turn": fresh.turn, "required": fresh.required_reviews + more},
        changes={"required_reviews": fresh.required_reviews + more},
    )
    if near:
        void_reviews(near, "The reviewer became too near to the request.")
    return again


@transaction.atomic
def refer_export(*, actor: User, request: ExportRequest, reason: str) -> ExportRequest:
    """Ask the committee."""
    fresh = locked(request)
    if fresh.status == S.CONSOLIDATING and reason.strip():
        require(policies.can_decide_export, actor, fresh)
        Referral.objects.create(
            request=fresh, turn=fresh.turn, asked_by=actor, reason=reason.strip(), asked_at=clock.now()
        )
    referred: ExportRequest = EXPORT.perform(fresh, "refer", actor, reason=reason, detail={"turn": fresh.turn})
    return referred


@transaction.atomic
def speak_for_committee(*, actor: User, request: ExportRequest, agrees: bool, reason: str) -> ExportRequest:
    """One member's word. Two who agree, or one who refuses, send the request back to its checkers with the answer."""
    fresh = locked(request)
    require(policies.can_advise_export, actor, fresh)
    require_state(fresh, S.COMMITTEE)
    if not reason.strip():
        raise InvalidInput("Say why.", field="reason")
    referral = Referral.objects.get(request=fresh, closed_at=None)
    if sentence := has_not_spoken(actor, fresh):
        raise TransitionRefused(sentence)
    at = clock.now()
    CommitteeVoice.objects.create(referral=referral, member=actor, agrees=agrees, reason=reason.strip(), said_at=at)
    tell(Event.VOICE_GIVEN, fresh, actor, turn=fresh.turn)
    if guards.committee_has_spoken(fresh) is not None:
        return fresh
    agreed = not referral.voices.filter(agrees=False).exists()
    Referral.objects.filter(pk=referral.pk).update(closed_at=at, is_agreed=agreed)
    closed: ExportRequest = EXPORT.perform(fresh, "advise", actor, detail={"turn": fresh.turn, "agreed": agreed})
    return closed


def _decide(actor: User, request: ExportRequest, outcome: str, reason: str) -> Decision:
    return Decision.objects.create(
        request=request,
        turn=request.turn,
        outcome=outcome,
        manifest_sha256=request.manifest_sha256,
        reason=reason.strip(),
        by=actor,
        at=clock.now(),
    )


@transaction.atomic
def return_export(*, actor: User, request: ExportRequest, turn: int) -> ExportRequest:
    """Give the request back to its author, with the comments that say what to change."""
    fresh = _current(request, turn)
    returned: ExportRequest = EXPORT.perform(
        fresh, "return", actor, detail={"turn": turn}, changes={"changed_at": clock.now()}
    )
    _decide(actor, returned, Decision.Outcome.RETURN, "")
    return returned


def _current(request: ExportRequest, turn: int) -> ExportRequest:
    fresh = locked(request)
    if fresh.turn != turn:
        raise TransitionRefused(STALE)
    return fresh


@transaction.atomic
def reject_export(*, actor: User, request: ExportRequest, turn: int, reason: str) -> ExportRequest:
    """Propose a rejection, or confirm the one that another checker proposed; confirmed, it is final."""
    fresh = _current(request, turn)
    require(policies.can_check_export, actor, fresh)
    require_state(fresh, S.CONSOLIDATING)
    proposed = standing_rejection(fresh)
    if proposed is None:
        require(policies.can_decide_export, actor, fresh)
        if not reason.strip():
            raise InvalidInput("Give a reason that the author can read.", field="reason")
        _decide(actor, fresh, Decision.Outcome.REJECT, reason)
        tell(Event.REJECTION_PROPOSED, fresh, actor, turn=turn)
        return fresh
    if sentence := rejection_is_theirs(actor, fresh):
        raise TransitionRefused(sentence)
    require(is_another_person, actor, [proposed.by, fresh.author])
    proposed.confirmed_by, proposed.confirmed_at = actor, clock.now()
    proposed.save(update_fields=["confirmed_by", "confirmed_at"])
    rejected: ExportRequest = EXPORT.perform(
        fresh,
        "reject",
        actor,
        reason=proposed.reason,
        detail={"turn": turn},
        changes={"decided_at": proposed.confirmed_at},
    )
    return rejected


@transaction.atomic
def approve_export(*, actor: User, request: ExportRequest, turn: int, manifest_sha256: str) -> ExportRequest:
    """Approve what was submitted, named by its hash, and leave the release to a worker."""
    fresh = _current(request, turn)
    require(policies.can_decide_export, actor, fresh)
    require_state(fresh, S.CONSOLIDATING)
    if manifest_sha256 != fresh.manifest_sha256:
        raise TransitionRefused(STALE)
    for review in counted_reviews(fresh):
        require_apart(review.reviewer, fresh)
    Decision.objects.filter(request=fresh, turn=turn, outcome=Decision.Outcome.REJECT, confirmed_by=None).update(
        stopped_at=clock.now()
    )
    decision = _decide(actor, fresh, Decision.Outcome.APPROVE, "")
    approved: ExportRequest = EXPORT.perform(
        fresh,
        "approve",
        actor,
        detail={"turn": turn, "manifest": manifest_sha256},
        changes={"decided_at": decision.at},
    )
    Release.objects.create(request=approved, approval=decision, next_attempt_at=decision.at)
    _notice_pace(actor, approved)
    return approved


def _notice_pace(actor: User, request: ExportRequest) -> None:
    """Tell managers of somebody who approves faster than files can be read: perhaps it is not they."""
    since = clock.now() - timedelta(hours=1)
    approvals = Decision.objects.filter(by=actor, outcome=Decision.Outcome.APPROVE, at__gt=since).count()
    if approvals > settings.AIRLOCK_APPROVALS_AN_HOUR:
        tell(Event.PACE_NOTICED, request, actor, approvals=approvals)


def outcome_of(request: ExportRequest) -> Outcome:
    """What the reviews come to for the whole request: the least favourable of its files."""
    outcomes = {tally.outcome for tally in tallies_of(request)}
    for outcome in (Outcome.INCOMPLETE, Outcome.DIVIDED, Outcome.CHANGES):
        if outcome in outcomes:
            return outcome
    return Outcome.APPROVED
