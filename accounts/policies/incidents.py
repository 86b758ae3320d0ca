"""Incidents: who reports, who stops access at once, which two decide, and who hears an appeal.

Nobody acts on what is about themselves, their own institution or somebody who works where they work.
"""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import HANDLERS, Affiliation, Incident, Recognition, Sanction, User, holds_somewhere, scopes_of
from accounts.policies.roles import holds
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.access import Actor, policy

_MAY_HOLD = (Role.DATA_MANAGER, Role.ARC_CHAIR, Role.AIRLOCK_CHECKER)
_PANEL = (Role.ARC_CHAIR, Role.ARC_MEMBER)


def is_apart(actor: Actor, incident: Incident) -> bool:
    """Whether the actor has nothing to do with whom the incident is about."""
    if not isinstance(actor, User) or actor.pk == incident.person_id:
        return False
    if incident.institution is not None:
        place = incident.institution
        speaks = scopes_of(actor, Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY, Role.INSTITUTION_SECURITY)
        return place.reference not in speaks and not _works_at(actor).filter(institution=place).exists()
    if incident.person_id is None:
        return True
    theirs = Affiliation.objects.in_force(clock.now()).filter(person=incident.person_id).values("institution")
    return not _works_at(actor).filter(institution__in=theirs).exists()


def _works_at(actor: User) -> QuerySet[Affiliation]:
    return Affiliation.objects.in_force(clock.now()).filter(person=actor)


@policy("Sign in to report an incident.")
def can_report_incident(actor: Actor, obj: object) -> bool:
    return isinstance(actor, User) and actor.is_active


@policy("Only the service desk, data managers, output checkers, the committee and auditors see incidents.")
def can_see_incidents(actor: Actor, obj: object) -> bool:
    return holds_somewhere(actor, *HANDLERS)


@policy("Only the service desk takes up a report or closes it, and nobody about themselves or a colleague.")
def can_triage_incident(actor: Actor, incident: Incident) -> bool:
    return holds(actor, Role.SERVICE_DESK) and is_apart(actor, incident)


@policy("Only a data manager, an output checker or the committee's chair stops access at once, never a colleague's.")
def can_lay_hold(actor: Actor, incident: Incident) -> bool:
    return holds_somewhere(actor, *_MAY_HOLD) and is_apart(actor, incident)


@policy("Only a second person confirms a hold: a data manager, an output checker or the committee's chair.")
def can_confirm_hold(actor: Actor, sanction: Sanction) -> bool:
    return actor.pk != sanction.laid_by_id and can_lay_hold(actor, sanction.incident)


@policy("Only a member of the committee proposes what is to be done: not who reported it, nor a colleague.")
def can_propose_sanction(actor: Actor, incident: Incident) -> bool:
    return holds_somewhere(actor, *_PANEL) and actor.pk != incident.reported_by_id and is_apart(actor, incident)


@policy(
    "Only a second member of the committee decides, the chair or deputy being one of the two: not who reported it, "
    "nor a colleague."
)
def can_decide_sanction(actor: Actor, incident: Incident) -> bool:
    if actor.pk == incident.proposed_by_id or not can_propose_sanction(actor, incident):
        return False
    return _presides(actor) or (incident.proposed_by is not None and _presides(incident.proposed_by))


@policy("Only the person concerned appeals, or who speaks for the institution concerned.")
def can_appeal_sanction(actor: Actor, incident: Incident) -> bool:
    if not isinstance(actor, User) or not actor.is_active:
        return False
    if incident.institution is not None:
        speaks_for = scopes_of(actor, Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY)
        return incident.institution.reference in speaks_for
    return actor.pk == incident.person_id


@policy("Only a member of the committee who had no part in it hears an appeal, and nobody about a colleague.")
def can_hear_appeal_on_sanction(actor: Actor, incident: Incident) -> bool:
    if actor.pk in (incident.proposed_by_id, incident.decided_by_id):
        return False
    took_part = incident.sanctions.filter(kind=Sanction.Kind.HOLD)
    if actor.pk in {pk for pair in took_part.values_list("laid_by", "confirmed_by") for pk in pair}:
        return False
    return can_propose_sanction(actor, incident)


@policy("Only the committee's chair or deputy lifts what was laid, and nobody from themselves or a colleague.")
def can_lift_sanction(actor: Actor, sanction: Sanction) -> bool:
    return _presides(actor) and is_apart(actor, sanction.incident)


@policy("Only the service desk says whose an account is, and nobody about their own.")
def can_answer_recognition(actor: Actor, recognition: Recognition) -> bool:
    return holds(actor, Role.SERVICE_DESK) and actor.pk not in (recognition.person_id, recognition.known_as_id)


def _presides(actor: Actor) -> bool:
    return holds_somewhere(actor, Role.ARC_CHAIR)
