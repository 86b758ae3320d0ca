"""Accounts: who makes and closes them."""

from __future__ import annotations

from accounts.models import User
from accounts.policies.roles import holds
from accounts.roles import Role
from portal.kernel.access import Actor, SystemActor, policy


@policy("Only an administrator or the service desk makes accounts.")
def can_create_person(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.ADMINISTRATOR) or holds(actor, Role.SERVICE_DESK)


@policy("Only an administrator closes and reopens accounts, and nobody their own.")
def can_close_account(actor: Actor, person: User) -> bool:
    return isinstance(actor, SystemActor) or (holds(actor, Role.ADMINISTRATOR) and actor.pk != person.pk)
