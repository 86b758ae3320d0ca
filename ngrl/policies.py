"""Who may load, publish and withdraw releases, and record that a person withdrew consent."""

from __future__ import annotations

from accounts.policies import holds
from accounts.roles import Role
from ngrl.models import Release
from portal.kernel.access import Actor, SystemActor, policy


@policy("Only data managers load releases.")
def can_load_release(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.DATA_MANAGER)


@policy("Only data managers publish releases.")
def can_publish_release(actor: Actor, release: Release) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.DATA_MANAGER)


@policy("Only data managers withdraw releases.")
def can_withdraw_release(actor: Actor, release: Release) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.DATA_MANAGER)


@policy("Only data managers and the service desk record that a participant withdrew consent.")
def can_withdraw_consent(actor: Actor, obj: object) -> bool:
    roles = (Role.DATA_MANAGER, Role.SERVICE_DESK)
    return isinstance(actor, SystemActor) or any(holds(actor, role) for role in roles)
