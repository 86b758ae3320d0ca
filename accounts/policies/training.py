"""Training and the rules of conduct: who learns, who signs, who vouches for what was learnt elsewhere."""

from __future__ import annotations

from accounts.models import TrainingRecord, User
from accounts.policies.roles import holds
from accounts.roles import Role
from portal.kernel.access import Actor, SystemActor, policy


@policy("Only an administrator publishes courses and rules of conduct.")
def can_publish_course(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.ADMINISTRATOR)


@policy("Sign in to take a course.")
def can_learn(actor: Actor, obj: object) -> bool:
    return isinstance(actor, User) and actor.is_active


@policy("Only the service desk enters certificates.")
def can_enter_any_training(actor: Actor, obj: object) -> bool:
    return holds(actor, Role.SERVICE_DESK)


@policy("Only the service desk enters certificates, and nobody their own.")
def can_enter_training(actor: Actor, person: User) -> bool:
    return holds(actor, Role.SERVICE_DESK) and actor.pk != person.pk


@policy("Only a second person of the service desk confirms a certificate: neither who entered it nor whose it is.")
def can_confirm_training(actor: Actor, record: TrainingRecord) -> bool:
    return holds(actor, Role.SERVICE_DESK) and actor.pk not in (record.entered_by_id, record.person_id)


@policy("Only the service desk makes a certificate invalid, and nobody their own.")
def can_invalidate_training(actor: Actor, record: TrainingRecord) -> bool:
    return isinstance(actor, SystemActor) or (holds(actor, Role.SERVICE_DESK) and actor.pk != record.person_id)


@policy("Only the service desk and auditors see the training of others.")
def can_see_all_training(actor: Actor, obj: object) -> bool:
    return holds(actor, Role.SERVICE_DESK) or holds(actor, Role.AUDITOR)
