"""Accounts: made, closed and opened again."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts import policies
from accounts.events import Event
from accounts.models import ApiToken, RoleGrant, User
from accounts.services.roles import keep_the_last
from accounts.services.sessions import delete_sessions
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require
from portal.kernel.refusals import InvalidInput, TransitionRefused


def create_person(*, actor: Actor, email: str, display_name: str) -> User:
    """A new account without a password. Its owner chooses one through a link sent to the address, which proves it."""
    require(policies.can_create_person, actor, None)
    email, name = named_address(email, display_name)
    return open_account(Event.PERSON_CREATED, actor=actor, email=email, display_name=name)


def named_address(email: str, display_name: str) -> tuple[str, str]:
    """Address and name as they are kept. InvalidInput where one of them is none."""
    try:
        validate_email(email.strip())
    except ValidationError as error:
        raise InvalidInput("Enter an e-mail address in full, like name@example.org.", field="email") from error
    if not display_name.strip():
        raise InvalidInput("Enter the person's name.", field="display_name")
    return email.strip().lower(), display_name.strip()


def open_account(event: Event, *, actor: Actor | None, email: str, display_name: str, password: str = "") -> User:
    """The row of an account and what is written of it. Without an actor the person has done it: they registered."""
    try:
        with transaction.atomic():
            person = User.objects.create_user(email, password or None, display_name=display_name)
            EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
            audit.record(event, person, actor or person)
            events.publish(event, person, actor or person)
    except IntegrityError as error:
        raise InvalidInput("There is an account with this address already.", field="email") from error
    return person


@transaction.atomic
def close_account(*, actor: Actor, person: User, reason: str) -> User:
    """Close an account: its sessions and tokens end with this transaction, and nobody signs in to it."""
    require(policies.can_close_account, actor, person)
    if not reason.strip():
        raise InvalidInput("Give a reason for closing the account.", field="reason")
    keep_the_last(RoleGrant.objects.current(clock.now()).filter(person=person), actor)
    fresh = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not fresh.is_active:
        return fresh
    fresh.is_active = False
    fresh.save(update_fields=["is_active"])
    at = clock.now()
    tokens = ApiToken.objects.filter(person=fresh).current(at).update(revoked_at=at)
    detail = {"sessions": delete_sessions(fresh), "tokens": tokens}
    audit.record(Event.ACCOUNT_CLOSED, fresh, actor, reason=reason, detail=detail)
    events.publish(Event.ACCOUNT_CLOSED, fresh, actor, detail)
    return fresh


@transaction.atomic
def reopen_account(*, actor: Actor, person: User, reason: str) -> User:
    """Let the person sign in again. Sessions and tokens of before stay ended."""
    require(policies.can_close_account, actor, person)
    if not reason.strip():
        raise InvalidInput("Give a reason for opening the account again.", field="reason")
    fresh = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if fresh.is_active:
        return fresh
    fresh.is_active = True
    fresh.save(update_fields=["is_active"])
    audit.record(Event.ACCOUNT_REOPENED, fresh, actor, reason=reason)
    events.publish(Event.ACCOUNT_REOPENED, fresh, actor)
    return fresh


@transaction.atomic
def pseudonymise_person(*, actor: Actor, person: User, reason: str) -> User:
    """Take name and addresses from a closed account. The row stays, because what the person decided refers to it.

    What was signed and the record of what happened keep the name as it was: they cannot be changed by anybody.
    """
    require(policies.can_pseudonymise_person, actor, person)
    if not reason.strip():
        raise InvalidInput("Give a reason.", field="reason")
    fresh = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if fresh.is_active:
        raise TransitionRefused("Close the account first.")
    if fresh.pseudonymised_at is not None:
        return fresh
    fresh.email, fresh.display_name = f"former-{fresh.pk}@removed.invalid", f"Former person {fresh.pk}"
    fresh.pseudonymised_at, fresh.is_staff = clock.now(), False
    fresh.orcid = fresh.orcid_proved_at = None
    fresh.set_unusable_password()
    changed = ["email", "display_name", "pseudonymised_at", "is_staff", "password", "orcid", "orcid_proved_at"]
    fresh.save(update_fields=changed)
    EmailAddress.objects.filter(user=fresh).delete()
    SocialAccount.objects.filter(user=fresh).delete()
    fresh.affiliations.update(email=fresh.email)
    audit.record(Event.PSEUDONYMISED, fresh, actor, reason=reason)
    events.publish(Event.PSEUDONYMISED, fresh, actor)
    return fresh
