"""What managers, and Lectern itself, may do: hold, stop, revoke, free, hurry, ask for more. Never less."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from access_review.selectors import is_member
from accounts.models import User
from airlock import policies
from airlock.events import Event
from airlock.models import CheckRun, Decision, DownloadGrant, ExportRequest, Finding, Release
from airlock.services.copies import remove_copies
from airlock.services.writing import locked
from airlock.workflows import EXPORT
from portal.kernel import clock
from portal.kernel.access import Actor, SystemActor, require
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import InvalidInput, TransitionRefused
from portal.kernel.telling import tell

WATCH = SystemActor("Airlock watch")
S = ExportRequest.Status


def _said(reason: str) -> str:
    if not reason.strip():
        raise InvalidInput("Give a reason.", field="reason")
    return reason.strip()[:300]


@transaction.atomic
def hold_export(*, actor: Actor, request: ExportRequest, reason: str) -> ExportRequest:
    """Nothing of the request moves outwards until it is freed. Holding what is held changes nothing."""
    fresh = locked(request)
    require(policies.can_hold_export, actor, fresh)
    if fresh.status not in ExportRequest.OPEN:
        raise TransitionRefused("Only an open request is held.")
    if fresh.is_held:
        return fresh
    fresh.held_at, fresh.held_reason = clock.now(), _said(reason)
    fresh.save(update_fields=["held_at", "held_reason"])
    tell(Event.HELD, fresh, actor, reason=reason)
    return fresh


@transaction.atomic
def free_export(*, actor: Actor, request: ExportRequest, reason: str) -> ExportRequest:
    """Take a request off hold."""
    fresh = locked(request)
    require(policies.can_hold_export, actor, fresh)
    if not fresh.is_held:
        raise TransitionRefused("This request is not on hold.")
    _said(reason)
    fresh.held_at, fresh.held_reason = None, ""
    fresh.save(update_fields=["held_at", "held_reason"])
    tell(Event.UNHELD, fresh, actor, reason=reason)
    return fresh


@transaction.atomic
def stop_release(*, actor: Actor, request: ExportRequest, reason: str) -> ExportRequest:
    """Take an approval back before the release; copies that were made already are deleted."""
    fresh = locked(request)
    stopped: ExportRequest = EXPORT.perform(
        fresh, "stop", actor, reason=reason, detail={"turn": fresh.turn}, changes={"decided_at": None}
    )
    at = clock.now()
    for release in Release.objects.filter(request=stopped, stopped_at=None):
        Release.objects.filter(pk=release.pk).update(stopped_at=at, lease_token=None, lease_until=None)
        remove_copies(release)
    Decision.objects.filter(request=stopped, outcome=Decision.Outcome.APPROVE, stopped_at=None).update(stopped_at=at)
    return stopped


@transaction.atomic
def revoke_release(*, actor: User, request: ExportRequest, reason: str, incident: str) -> ExportRequest:
    """End every link, delete the copies outside, and tell the author to destroy theirs. The receipt is kept."""
    revoked: ExportRequest = EXPORT.perform(request, "revoke", actor, reason=reason, detail={"incident": incident})
    for release in Release.objects.filter(request=revoked, stopped_at=None):
        ended = {"revoked_at": clock.now(), "revoke_reason": "The release was revoked."}
        DownloadGrant.objects.filter(release=release, revoked_at=None).update(**ended)
        remove_copies(release)
    return revoked


@transaction.atomic
def unquarantine(*, actor: User, request: ExportRequest, reason: str) -> ExportRequest:
    """Check again, after the cause of the quarantine was found and written down: the scanner is asked anew."""
    checked: ExportRequest = EXPORT.perform(request, "unquarantine", actor, reason=reason)
    infected = CheckRun.objects.filter(file__request=checked, malware=CheckRun.Malware.INFECTED)
    Finding.objects.filter(run__in=infected, code="malware").delete()
    infected.update(malware=CheckRun.Malware.UNKNOWN)
    return checked


def condemn(*, actor: User, request: ExportRequest, reason: str) -> ExportRequest:
    """Reject what is in quarantine."""
    at = clock.now()
    rejected: ExportRequest = EXPORT.perform(request, "condemn", actor, reason=reason, changes={"decided_at": at})
    return rejected


@transaction.atomic
def mark_urgent(*, actor: User, request: ExportRequest, reason: str) -> None:
    """Put a request before the others, with a reason that everybody who checks can read."""
    fresh = locked(request)
    require(policies.can_manage_export, actor, fresh)
    fresh.urgent_reason = _said(reason)
    fresh.save(update_fields=["urgent_reason"])
    tell(Event.MARKED_URGENT, fresh, actor, reason=reason)


@transaction.atomic
def require_more(*, actor: User, request: ExportRequest) -> None:
    """Add a required review to the present turn, while it is in review."""
    fresh = locked(request)
    require(policies.can_manage_export, actor, fresh)
    if fresh.status != S.IN_REVIEW:
        raise TransitionRefused("A review is added while the request is with the checkers.")
    fresh.required_reviews += 1
    fresh.save(update_fields=["required_reviews"])
    tell(Event.REVIEW_ADDED, fresh, actor, turn=fresh.turn, required=fresh.required_reviews)


def hold_where_access_ended() -> int:
    """Hold every open request whose author may not work in its project today; returns how many are new."""
    held = 0
    waiting = ExportRequest.objects.filter(status__in=ExportRequest.OPEN, held_at=None)
    for request in waiting.select_related("author", "project"):
        if not is_member(request.author, request.project):
            reason = "The author has no access to the project's data at present."
            hold_export(actor=WATCH, request=request, reason=reason)
            held += 1
    return held


def expire_forgotten() -> int:
    """Close drafts and returned requests that nobody touched for 90 days; returns how many."""
    before = clock.now() - timedelta(days=settings.AIRLOCK_EXPIRES_AFTER_DAYS)
    old = ExportRequest.objects.filter(status__in=ExportRequest.WRITABLE, changed_at__lte=before)
    expired: list[Any] = [EXPORT.perform(request, "expire", WATCH) for request in old]
    return len(expired)


def warn_of_expiry() -> int:
    """Remind authors twice of what nobody touched for long, before it is closed; returns how many reminders are new."""
    told = 0
    for days in settings.AIRLOCK_WARNS_DAYS_BEFORE:
        before = clock.now() - timedelta(days=settings.AIRLOCK_EXPIRES_AFTER_DAYS - days)
        for request in ExportRequest.objects.filter(status__in=ExportRequest.WRITABLE, changed_at__lte=before):
            told += _warn(request, days)
    return told


@transaction.atomic
def _warn(request: ExportRequest, days: int) -> bool:
    """Once for each time that a request lies untouched."""
    fresh = locked(request)
    said = AuditEvent.objects.filter(event=Event.EXPIRES_SOON, subject_ref=fresh.reference, detail={"days": days})
    if fresh.status not in ExportRequest.WRITABLE or said.filter(at__gte=fresh.changed_at).exists():
        return False
    tell(Event.EXPIRES_SOON, fresh, WATCH, days=days)
    return True


@transaction.atomic
def extend_downloads(*, actor: User, request: ExportRequest, reason: str) -> None:
    """Let those who may take the released files do so for fourteen days from now."""
    fresh = locked(request)
    require(policies.can_manage_export, actor, fresh)
    if fresh.status != S.RELEASED:
        raise TransitionRefused("Only what is released is downloaded.")
    until = clock.now() + timedelta(days=settings.AIRLOCK_GRANT_DAYS)
    for grant in _standing_grants(fresh):
        DownloadGrant.objects.filter(pk=grant.pk).update(expires_at=until)
        tell(Event.GRANT_EXTENDED, fresh, actor, reason=_said(reason), person=str(grant.person_id))


@transaction.atomic
def end_downloads(*, actor: User, request: ExportRequest, reason: str) -> None:
    """End every permission to take the released files; the release itself stands."""
    fresh = locked(request)
    require(policies.can_manage_export, actor, fresh)
    ended = {"revoked_at": clock.now(), "revoke_reason": _said(reason)[:200]}
    for grant in _standing_grants(fresh):
        DownloadGrant.objects.filter(pk=grant.pk).update(**ended)
        tell(Event.GRANT_ENDED, fresh, actor, reason=reason, person=str(grant.person_id))


def _standing_grants(request: ExportRequest) -> list[DownloadGrant]:
    """Those that nobody ended, whether their time is over or not."""
    return list(DownloadGrant.objects.filter(release__request=request, release__stopped_at=None, revoked_at=None))
