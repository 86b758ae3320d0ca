"""The catalogue's inner workings."""

from __future__ import annotations

from accounts.policies.roles import holds
from accounts.roles import Role
from portal.kernel.access import Actor, policy


@policy("Only data managers see the catalogue's inner workings.")
def can_manage_data(actor: Actor, obj: object) -> bool:
    return holds(actor, Role.DATA_MANAGER)
