"""Accounts: who makes and closes them."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.socialaccount.models import SocialAccount
from django.conf import settings

from accounts.marks import share_something
from accounts.models import User, scopes_of
from accounts.models.people import LIVE_AFFILIATIONS, SEE_EVERYBODY, SPEAKERS
from accounts.policies.roles import chairs, holds
from accounts.roles import Role
from portal.kernel.access import Actor, SystemActor, policy


@policy("Only an administrator or the service desk makes accounts.")
def can_create_person(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.ADMINISTRATOR) or holds(actor, Role.SERVICE_DESK)


@policy("Registration is closed. The service desk makes accounts.")
def can_register(actor: Actor, obj: object) -> bool:
    return bool(settings.REGISTRATION == "open") and not actor.is_authenticated


@policy("People disconnect their own ways to sign in.")
def can_disconnect(actor: Actor, connected: SocialAccount) -> bool:
    return isinstance(actor, User) and actor.is_active and bool(connected.user_id == actor.pk)


@policy(
    "Your account and that of somebody who took part share an address, an ORCID iD or a passkey. Two people are needed."
)
def is_another_person(actor: Actor, others: Iterable[User | None]) -> bool:
    """Beside the comparison of accounts that each rule makes by itself; asked when it counts, not in lists."""
    if not isinstance(actor, User):
        return True
    return not any(other is not None and other.pk != actor.pk and share_something(actor, other) for other in others)


@policy("Only an administrator closes and reopens accounts, and nobody their own.")
def can_close_account(actor: Actor, person: User) -> bool:
    return isinstance(actor, SystemActor) or (holds(actor, Role.ADMINISTRATOR) and actor.pk != person.pk)


@policy("Only an administrator takes the name from a closed account, and nobody their own.")
def can_pseudonymise_person(actor: Actor, person: User) -> bool:
    return isinstance(actor, SystemActor) or (holds(actor, Role.ADMINISTRATOR) and actor.pk != person.pk)


@policy("You see yourself, the people of your institution and of the community that you lead; staff see everybody.")
def can_see_person(actor: Actor, person: User) -> bool:
    if not isinstance(actor, User) or not actor.is_active:
        return False
    if actor.pk == person.pk or chairs(actor) or any(holds(actor, role) for role in SEE_EVERYBODY):
        return True
    works_at = person.affiliations.filter(status__in=LIVE_AFFILIATIONS).values_list("institution__reference", flat=True)
    if scopes_of(actor, *SPEAKERS) & set(works_at):
        return True
    applied = person.domain_applications.filter(submitted_at__isnull=False).values_list("domain__slug", flat=True)
    return bool(scopes_of(actor, Role.DOMAIN_LEAD, Role.DOMAIN_DEPUTY) & set(applied))
