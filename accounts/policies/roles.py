"""Roles: who holds one, who gives and ends them."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from accounts.roles import Role
from portal.kernel.access import Actor, SystemActor, policy


def holds(actor: Any, role: Role, scope: str = "") -> bool:
    """Whether the actor is a person who holds this role now."""
    return isinstance(actor, User) and actor.has_role(role, scope)


@policy("Only an administrator grants and ends roles, and nobody their own.")
def can_grant_role(actor: Actor, person: User) -> bool:
    return isinstance(actor, SystemActor) or (holds(actor, Role.ADMINISTRATOR) and actor.pk != person.pk)
