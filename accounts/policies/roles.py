"""Roles: who holds one, who asks for one for somebody, who approves as second person, who ends one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.models import RoleGrant, RoleRequest, User, scopes_of
from accounts.roles import COMMITTEE, COMMUNITY, EMERGENCY, INSTITUTION, STAFF, Role
from portal.kernel.access import Actor, SystemActor, policy


@dataclass(frozen=True)
class Wanted:
    """What is asked for: a role for a person, and what it is for. Emergency: for some hours because of an incident."""

    person: User
    role: Role
    scope: str = ""
    is_emergency: bool = False


def holds(actor: Any, role: Role, scope: str = "") -> bool:
    """Whether the actor is a person who holds this role now."""
    return isinstance(actor, User) and actor.has_role(role, scope)


def chairs(actor: Any) -> bool:
    """Whether the actor chairs the committee, or is the chair's deputy."""
    return isinstance(actor, User) and actor.is_active and any(r == Role.ARC_CHAIR for r, _ in actor.current_roles())


@policy("A role needs two people: ask for it under People and roles, and somebody else approves it.")
def can_grant_role(actor: Actor, person: User) -> bool:
    return isinstance(actor, SystemActor)


@policy(
    "Only an administrator asks for roles of others, the chair for roles on the committee, a lead for a deputy of "
    "their community, and the service desk for those who speak for an institution. Nobody asks for their own."
)
def can_request_role(actor: Actor, wanted: Wanted) -> bool:
    if actor.pk == wanted.person.pk or wanted.is_emergency:
        return False
    if holds(actor, Role.ADMINISTRATOR):
        return True
    if wanted.role in COMMITTEE:
        return chairs(actor)
    if wanted.role == Role.DOMAIN_DEPUTY:
        return bool(wanted.scope) and wanted.scope in scopes_of(actor, Role.DOMAIN_LEAD)
    return wanted.role in INSTITUTION and holds(actor, Role.SERVICE_DESK)


@policy("Only staff ask for emergency access, for themselves, and only to a role that is meant for emergencies.")
def can_request_emergency(actor: Actor, wanted: Wanted) -> bool:
    is_staff = any(holds(actor, role) for role in STAFF)
    return is_staff and actor.pk == wanted.person.pk and wanted.role in EMERGENCY


@policy(
    "Only another person answers: an administrator, for the committee its chair, for those who speak for an "
    "institution the service desk. Nobody answers what they asked for, or what is about themselves."
)
def can_answer_role_request(actor: Actor, request: RoleRequest) -> bool:
    if actor.pk is None or actor.pk in (request.person_id, request.requested_by_id):
        return False
    if holds(actor, Role.ADMINISTRATOR) or request.is_emergency:
        return holds(actor, Role.ADMINISTRATOR) or chairs(actor)
    if request.role in COMMITTEE:
        return chairs(actor)
    return request.role in INSTITUTION and holds(actor, Role.SERVICE_DESK)


@policy("Only whoever asked for the role takes the request back.")
def is_their_role_request(actor: Actor, request: RoleRequest) -> bool:
    return isinstance(actor, User) and actor.is_active and actor.pk == request.requested_by_id


@policy(
    "Only an administrator ends a role of somebody else, the chair one on the committee, a lead one of a deputy; "
    "everybody may give up their own."
)
def can_end_role(actor: Actor, grant: RoleGrant) -> bool:
    if isinstance(actor, SystemActor) or holds(actor, Role.ADMINISTRATOR):
        return True
    if not isinstance(actor, User) or not actor.is_active:
        return False
    if actor.pk == grant.person_id or (grant.role in COMMITTEE and chairs(actor)):
        return True
    return grant.role == Role.DOMAIN_DEPUTY and grant.scope in scopes_of(actor, Role.DOMAIN_LEAD)


@policy("Only administrators, auditors and the service desk see what everybody is trusted with.")
def can_see_roles(actor: Actor, obj: object) -> bool:
    return any(holds(actor, role) for role in (Role.ADMINISTRATOR, Role.AUDITOR, Role.SERVICE_DESK))


@policy("Only the service desk and administrators see people's addresses.")
def can_see_addresses(actor: Actor, obj: object) -> bool:
    return holds(actor, Role.ADMINISTRATOR) or holds(actor, Role.SERVICE_DESK)


@policy("You see your own roles, and those of your committee, community or institution.")
def can_see_grant(actor: Actor, grant: RoleGrant) -> bool:
    if not isinstance(actor, User) or actor.pk == grant.person_id or can_see_roles(actor, None):
        return isinstance(actor, User)
    if not actor.is_active:
        return False
    if grant.role in COMMITTEE and chairs(actor):
        return True
    if grant.role in COMMUNITY and grant.scope in scopes_of(actor, Role.DOMAIN_LEAD, Role.DOMAIN_DEPUTY):
        return True
    spoken_for = scopes_of(actor, Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY)
    return bool(grant.scope) and grant.scope in spoken_for
