"""Who may do what with accounts, roles and tokens."""

from __future__ import annotations

from typing import Any

from accounts.models import ApiToken, User
from accounts.roles import Role
from portal.kernel.access import Actor, SystemActor, policy


def holds(actor: Any, role: Role, scope: str = "") -> bool:
    """Whether the actor is a person who holds this role now."""
    return isinstance(actor, User) and actor.has_role(role, scope)


@policy("Only an administrator or the service desk makes accounts.")
def can_create_person(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.ADMINISTRATOR) or holds(actor, Role.SERVICE_DESK)


@policy("Only an administrator closes and reopens accounts, and nobody their own.")
def can_close_account(actor: Actor, person: User) -> bool:
    return isinstance(actor, SystemActor) or (holds(actor, Role.ADMINISTRATOR) and actor.pk != person.pk)


@policy("Only an administrator grants and ends roles, and nobody their own.")
def can_grant_role(actor: Actor, person: User) -> bool:
    return isinstance(actor, SystemActor) or (holds(actor, Role.ADMINISTRATOR) and actor.pk != person.pk)


@policy("Sign in to create an API token.")
def can_create_token(actor: Actor, obj: object) -> bool:
    return isinstance(actor, User) and actor.is_active


@policy("Only the owner of a token can revoke it.")
def can_revoke_token(actor: Actor, token: ApiToken) -> bool:
    return bool(actor.pk == token.person_id)


@policy("Only data managers see the catalogue's inner workings.")
def can_manage_data(actor: Actor, obj: object) -> bool:
    return holds(actor, Role.DATA_MANAGER)
