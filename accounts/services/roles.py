"""Roles: given and ended."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import policies
from accounts.events import Event
from accounts.models import RoleGrant, User
from accounts.roles import Role
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require
from portal.kernel.refusals import InvalidInput


@transaction.atomic
def grant_role(
    *, actor: Actor, person: User, role: Role, reason: str, scope: str = "", until: datetime | None = None
) -> RoleGrant:
    """Give a person a role from now on. A reason is wanted, and nobody grants themselves one."""
    require(policies.can_grant_role, actor, person)
    if not reason.strip():
        raise InvalidInput("Give a reason for the role.", field="reason")
    grant = RoleGrant.objects.create(
        person=person,
        role=role,
        scope=scope,
        granted_by=actor if isinstance(actor, User) else None,
        reason=reason,
        starts_at=clock.now(),
        until=until,
    )
    detail = {"role": role.value, "scope": scope, "until": until.isoformat() if until else ""}
    audit.record(Event.ROLE_GRANTED, person, actor, reason=reason, detail=detail)
    events.publish(Event.ROLE_GRANTED, person, actor, detail)
    return grant


@transaction.atomic
def end_role(*, actor: Actor, grant: RoleGrant, reason: str) -> RoleGrant:
    """End a role at this instant. The row stays: it says when the role was held."""
    require(policies.can_grant_role, actor, grant.person)
    if not reason.strip():
        raise InvalidInput("Give a reason for ending the role.", field="reason")
    fresh = RoleGrant.objects.select_for_update(no_key=True).get(pk=grant.pk)
    if fresh.until is not None and fresh.until <= clock.now():
        return fresh
    fresh.until = clock.now()
    fresh.save(update_fields=["until"])
    detail = {"role": fresh.role, "scope": fresh.scope}
    audit.record(Event.ROLE_ENDED, fresh.person, actor, reason=reason, detail=detail)
    events.publish(Event.ROLE_ENDED, fresh.person, actor, detail)
    return fresh
