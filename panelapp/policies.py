"""Who may change the table of genes."""

from __future__ import annotations

from accounts.policies import holds
from accounts.roles import Role
from portal.kernel.access import Actor, SystemActor, policy


@policy("Only data managers and panel curators load the table of genes.")
def can_load_genes(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.DATA_MANAGER) or holds(actor, Role.PANEL_CURATOR)
