"""Who may load, publish and withdraw releases, and record that a person withdrew consent."""

from __future__ import annotations

from accounts.gates import data_access
from accounts.models import User
from accounts.policies import holds
from accounts.roles import Role
from ngrl.models import Linkage, Release
from portal.kernel import clock
from portal.kernel.access import Actor, SystemActor, policy


@policy("Only data managers load releases.")
def can_load_release(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.DATA_MANAGER)


@policy("Only data managers see and prepare releases that are not published yet.")
def can_prepare_release(actor: Actor, obj: object) -> bool:
    return holds(actor, Role.DATA_MANAGER)


@policy("Only data managers publish releases, and nobody the one that they proposed: another data manager does.")
def can_publish_release(actor: Actor, release: Release) -> bool:
    return holds(actor, Role.DATA_MANAGER) and release.proposed_by_id != getattr(actor, "pk", None)


@policy("Only the machine's operator publishes at once. Propose it, and another data manager publishes.")
def can_publish_at_once(actor: Actor, release: Release) -> bool:
    return isinstance(actor, SystemActor)


@policy("Only data managers withdraw releases.")
def can_withdraw_release(actor: Actor, release: Release) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.DATA_MANAGER)


@policy("Only data managers and the service desk record that a participant withdrew consent.")
def can_withdraw_consent(actor: Actor, obj: object) -> bool:
    roles = (Role.DATA_MANAGER, Role.SERVICE_DESK)
    return isinstance(actor, SystemActor) or any(holds(actor, role) for role in roles)


@policy("Types, codes and notes of the dictionary are for people whose access to data is open, and for data managers.")
def can_read_whole_dictionary(actor: Actor, obj: object) -> bool:
    person = actor if isinstance(actor, User) else None
    return holds(actor, Role.DATA_MANAGER) or (person is not None and data_access(person, clock.now()).granted)


@policy("Only data managers and the service desk take in what participants decided, and read what it touched.")
def can_take_in_decisions(actor: Actor, obj: object) -> bool:
    return holds(actor, Role.DATA_MANAGER) or holds(actor, Role.SERVICE_DESK)


@policy("Only data managers and the service desk ask for the way back to a person.")
def can_ask_linkage(actor: Actor, obj: object) -> bool:
    return holds(actor, Role.DATA_MANAGER) or holds(actor, Role.SERVICE_DESK)


@policy("Only a data manager decides on the way back to a person, and nobody on what they asked for themselves.")
def can_decide_linkage(actor: Actor, linkage: Linkage) -> bool:
    return holds(actor, Role.DATA_MANAGER) and linkage.asked_by_id != getattr(actor, "pk", None)


@policy("Only who asked for the way back to a person opens it, once.")
def can_open_linkage(actor: Actor, linkage: Linkage) -> bool:
    return can_ask_linkage(actor, linkage) and linkage.asked_by_id == getattr(actor, "pk", None)


@policy("Only the machine's operator fills the vault of identifiers.")
def can_fill_vault(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor)
