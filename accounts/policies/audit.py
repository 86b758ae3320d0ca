"""The audit log: who reads it."""

from __future__ import annotations

from accounts.policies.roles import holds
from accounts.roles import Role
from portal.kernel.access import Actor, policy


@policy("Only auditors read the whole audit log. Everybody else reads what they did themselves.")
def can_read_whole_log(actor: Actor, obj: object) -> bool:
    return holds(actor, Role.AUDITOR)
