"""Accounts: made, closed and opened again."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts import policies
from accounts.events import Event
from accounts.models import ApiToken, User
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require
from portal.kernel.refusals import InvalidInput


def create_person(*, actor: Actor, email: str, display_name: str) -> User:
    """A new account without a password. Its owner chooses one through a link sent to the address, which proves it."""
    require(policies.can_create_person, actor, None)
    try:
        validate_email(email.strip())
    except ValidationError as error:
        raise InvalidInput("Enter an e-mail address in full, like name@example.org.", field="email") from error
    if not display_name.strip():
        raise InvalidInput("Enter the person's name.", field="display_name")
    try:
        with transaction.atomic():
            person = User.objects.create_user(email, display_name=display_name.strip())
            EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
            audit.record(Event.PERSON_CREATED, person, actor)
            events.publish(Event.PERSON_CREATED, person, actor)
    except IntegrityError as error:
        raise InvalidInput("There is an account with this address already.", field="email") from error
    return person


@transaction.atomic
def close_account(*, actor: Actor, person: User, reason: str) -> User:
    """Close an account: its sessions and tokens end with this transaction, and nobody signs in to it."""
    require(policies.can_close_account, actor, person)
    if not reason.strip():
        raise InvalidInput("Give a reason for closing the account.", field="reason")
    fresh = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not fresh.is_active:
        return fresh
    fresh.is_active = False
    fresh.save(update_fields=["is_active"])
    at = clock.now()
    tokens = ApiToken.objects.filter(person=fresh).current(at).update(revoked_at=at)
    detail = {"sessions": _end_sessions(fresh), "tokens": tokens}
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


def _end_sessions(person: User) -> int:
    """Delete the person's sessions. Each is opened to see whose it is: the table does not say."""
    sessions = Session.objects.filter(expire_date__gt=clock.now()).iterator()
    theirs = [each.pk for each in sessions if each.get_decoded().get(SESSION_KEY) == str(person.pk)]
    return Session.objects.filter(pk__in=theirs).delete()[0]
