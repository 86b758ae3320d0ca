"""Stopping access at once: sessions and tokens here, running work and exports in the storeys above, by an event."""

from __future__ import annotations

from accounts.events import IncidentEvent as Event
from accounts.gates import evaluate_access, facts_of
from accounts.models import Affiliation, ApiToken, Incident, Institution, User
from accounts.services.sessions import delete_sessions
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor


def end_tokens(person: User) -> int:
    """Revoke the person's tokens from this instant."""
    at = clock.now()
    return ApiToken.objects.filter(person=person).current(at).update(revoked_at=at)


def stop_access(*, actor: Actor, person: User, incident: Incident) -> None:
    """End what the person has open, in the caller's transaction. They can sign in again, to read why and to appeal."""
    detail = {"incident": incident.reference, "sessions": delete_sessions(person), "tokens": end_tokens(person)}
    audit.record(Event.ACCESS_STOPPED, person, actor, detail=detail)
    events.publish(Event.ACCESS_STOPPED, person, actor, detail)


def stop_access_through(*, actor: Actor, institution: Institution, incident: Incident) -> None:
    """The same for everybody who had access through this institution and has none without it."""
    at = clock.now()
    people = Affiliation.objects.in_force(at).filter(institution=institution).values("person")
    for person in User.objects.filter(pk__in=people).order_by("pk"):
        if not evaluate_access(facts_of(person), at).granted:
            stop_access(actor=actor, person=person, incident=incident)
