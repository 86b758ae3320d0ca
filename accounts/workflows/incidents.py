"""The states of an incident. What holds meanwhile is no state: it is rows of `Sanction` with their dates."""

from __future__ import annotations

from accounts import policies
from accounts.events import IncidentEvent as Event
from accounts.models import Incident
from portal.kernel import clock
from portal.kernel.workflow import Transition, Workflow

REPORTED, INVESTIGATING, PROPOSED, DECIDED, APPEALED, CLOSED = Incident.Status


def is_in_time(incident: Incident) -> str | None:
    """The days for an appeal are not over, and there was none before."""
    if incident.appealed_at is not None:
        return "An appeal can be made once, and it was made."
    if incident.appeal_by is None or incident.appeal_by < clock.now():
        return "The time for an appeal is over."
    return None


INCIDENT = Workflow(
    model=Incident,
    name="incident",
    initial=REPORTED,
    transitions=(
        Transition(
            action="triage",
            label="Look into it",
            sources=frozenset({REPORTED}),
            target=INVESTIGATING,
            allowed=policies.can_triage_incident,
            event=Event.TRIAGED,
        ),
        Transition(
            action="propose",
            label="Propose what is to be done",
            sources=frozenset({INVESTIGATING}),
            target=PROPOSED,
            allowed=policies.can_propose_sanction,
            event=Event.PROPOSED,
        ),
        Transition(
            action="decide",
            label="Decide as second person",
            sources=frozenset({PROPOSED}),
            target=DECIDED,
            allowed=policies.can_decide_sanction,
            event=Event.DECIDED,
            danger=True,
        ),
        Transition(
            action="send_back",
            label="Send the proposal back",
            sources=frozenset({PROPOSED}),
            target=INVESTIGATING,
            allowed=policies.can_decide_sanction,
            event=Event.SENT_BACK,
            reason_required=True,
        ),
        Transition(
            action="dismiss",
            label="Close without a finding",
            sources=frozenset({REPORTED, INVESTIGATING}),
            target=CLOSED,
            allowed=policies.can_triage_incident,
            event=Event.DISMISSED,
            reason_required=True,
        ),
        Transition(
            action="appeal",
            label="Appeal",
            sources=frozenset({DECIDED}),
            target=APPEALED,
            allowed=policies.can_appeal_sanction,
            guards=(is_in_time,),
            event=Event.APPEALED,
        ),
        Transition(
            action="uphold",
            label="Dismiss the appeal",
            sources=frozenset({APPEALED}),
            target=CLOSED,
            allowed=policies.can_hear_appeal_on_sanction,
            event=Event.UPHELD,
            reason_required=True,
        ),
        Transition(
            action="overturn",
            label="Grant the appeal",
            sources=frozenset({APPEALED}),
            target=CLOSED,
            allowed=policies.can_hear_appeal_on_sanction,
            event=Event.OVERTURNED,
            reason_required=True,
        ),
    ),
)
