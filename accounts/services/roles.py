"""Roles: given by Lectern itself or by two people, and ended. The last holder of some stays."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts import policies
from accounts.events import Event
from accounts.models import RoleGrant, User
from accounts.roles import NEVER_EMPTY, Role
from accounts.workflows.roles import what_stands_apart
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, SystemActor, require
from portal.kernel.command_line import OPERATOR
from portal.kernel.refusals import InvalidInput, TransitionRefused


@transaction.atomic
def grant_role(
    *, actor: Actor, person: User, role: Role, reason: str, scope: str = "", until: datetime | None = None
) -> RoleGrant:
    """Lectern itself, or its operator, gives a person a role from now on. People do it by two: `request_role`."""
    require(policies.can_grant_role, actor, person)
    return give_role(RoleGrant(person=person, role=role, scope=scope, reason=reason, until=until), actor)


def give_role(grant: RoleGrant, actor: Actor) -> RoleGrant:
    """Save the row, in force from now: that it may be was decided. The separations are asked here."""
    person, role = grant.person, Role(grant.role)
    if not grant.reason.strip():
        raise InvalidInput("Give a reason for the role.", field="reason")
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if sentence := what_stands_apart(person.pk, role, grant.scope):
        raise TransitionRefused(sentence)
    grant.starts_at = clock.now()
    grant.save(force_insert=True)
    detail = {"role": role.value, "scope": grant.scope, "until": grant.until.isoformat() if grant.until else ""}
    audit.record(Event.ROLE_GRANTED, person, actor, reason=grant.reason, detail=detail)
    events.publish(Event.ROLE_GRANTED, person, actor, detail)
    return grant


@transaction.atomic
def end_role(*, actor: Actor, grant: RoleGrant, reason: str) -> RoleGrant:
    """End a role at this instant. The row stays: it says when the role was held. One person is enough to end it."""
    require(policies.can_end_role, actor, grant)
    if not reason.strip():
        raise InvalidInput("Give a reason for ending the role.", field="reason")
    keep_the_last([grant], actor)
    fresh = RoleGrant.objects.select_for_update(no_key=True).get(pk=grant.pk)
    if fresh.until is not None and fresh.until <= clock.now():
        return fresh
    fresh.until = clock.now()
    fresh.save(update_fields=["until"])
    detail = {"role": fresh.role, "scope": fresh.scope}
    audit.record(Event.ROLE_ENDED, fresh.person, actor, reason=reason, detail=detail)
    events.publish(Event.ROLE_ENDED, fresh.person, actor, detail)
    return fresh


def keep_the_last(grants: Iterable[RoleGrant], actor: Actor) -> None:
    """Refuse to end the last of a role that has to be held; whoever ends another one waits here for this transaction.

    Whoever holds it for an emergency does not count. What Lectern itself ends, because of a sanction, ends all the
    same: that somebody is missing is then the lesser harm.
    """
    if isinstance(actor, SystemActor) and actor != OPERATOR:
        return
    at = clock.now()
    for grant in sorted(grants, key=lambda each: (each.role, each.scope)):
        if grant.role not in NEVER_EMPTY or grant.is_emergency or (grant.until is not None and grant.until <= at):
            continue
        held = RoleGrant.objects.current(at).filter(role=grant.role, scope=grant.scope, incident="")
        # First the locks, then the question, anew: what another transaction ended meanwhile is then seen.
        list(held.order_by("pk").select_for_update(no_key=True).values_list("pk"))
        still = list(held.filter(person__is_active=True).values_list("person_id", flat=True))
        if grant.person_id in still and not set(still) - {grant.person_id}:
            raise TransitionRefused(
                f"This is the last {Role(grant.role).label.lower()}. Appoint another one first, then end this role."
            )
