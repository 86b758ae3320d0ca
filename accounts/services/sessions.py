"""Ending sessions: one, all others, all."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts import policies
from accounts.events import Event
from accounts.models import SignedInSession, User
from portal.kernel import audit, clock, events
from portal.kernel.access import require


@transaction.atomic
def end_session(*, actor: User, session: SignedInSession) -> None:
    """Sign a browser out from this instant. Ending it again changes nothing."""
    require(policies.can_end_session, actor, session)
    _end(actor, SignedInSession.objects.filter(pk=session.pk))


@transaction.atomic
def end_other_sessions(*, actor: User, keep: str | None) -> int:
    """Sign the person out everywhere but in the session with this key; how many were ended."""
    return _end(actor, SignedInSession.objects.filter(person=actor).exclude(pk=keep or ""))


def delete_sessions(person: User) -> int:
    """Every session of the person, in the caller's transaction, which writes down why; how many still ran."""
    running = SignedInSession.objects.filter(person=person).current(clock.now()).count()
    SignedInSession.objects.filter(person=person).delete()
    return running


def _end(actor: User, sessions: Any) -> int:
    ended = int(sessions.current(clock.now()).count())
    sessions.delete()
    if ended:
        audit.record(Event.SESSIONS_ENDED, actor, actor, detail={"sessions": ended})
        events.publish(Event.SESSIONS_ENDED, actor, actor, {"sessions": ended})
    return ended
