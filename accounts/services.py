"""Writes of this app: people, roles, tokens."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts import policies
from accounts.events import Event
from accounts.models import ApiToken, RoleGrant, User
from accounts.roles import Role
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require
from portal.kernel.refusals import InvalidInput

TOKEN_MARK = "lectern_"  # noqa: S105 (what every token starts with, so that secret scanners find a leaked one)
LONGEST_TOKEN_LIFE = timedelta(days=30)


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


@transaction.atomic
def grant_role(
    *, actor: Actor, person: User, role: Role, reason: str, scope: str = "", until: datetime | None = None
) -> RoleGrant:
    """Give a person a role from now on. A reason is wanted, and nobody grants themselves one."""
    require(policies.can_grant_role, actor, person)
    if not reason.strip():
        raise InvalidInput("Give a reason for the role.", field="reason")
    grant = RoleGrant.objects.create(
        person=person,
        role=role,
        scope=scope,
        granted_by=actor if isinstance(actor, User) else None,
        reason=reason,
        starts_at=clock.now(),
        until=until,
    )
    detail = {"role": role.value, "scope": scope, "until": until.isoformat() if until else ""}
    audit.record(Event.ROLE_GRANTED, person, actor, reason=reason, detail=detail)
    events.publish(Event.ROLE_GRANTED, person, actor, detail)
    return grant


@transaction.atomic
def end_role(*, actor: Actor, grant: RoleGrant, reason: str) -> RoleGrant:
    """End a role at this instant. The row stays: it says when the role was held."""
    require(policies.can_grant_role, actor, grant.person)
    if not reason.strip():
        raise InvalidInput("Give a reason for ending the role.", field="reason")
    fresh = RoleGrant.objects.select_for_update(no_key=True).get(pk=grant.pk)
    if fresh.until is not None and fresh.until <= clock.now():
        return fresh
    fresh.until = clock.now()
    fresh.save(update_fields=["until"])
    detail = {"role": fresh.role, "scope": fresh.scope}
    audit.record(Event.ROLE_ENDED, fresh.person, actor, reason=reason, detail=detail)
    events.publish(Event.ROLE_ENDED, fresh.person, actor, detail)
    return fresh


@transaction.atomic
def create_token(*, actor: User, name: str, life: timedelta = LONGEST_TOKEN_LIFE) -> tuple[ApiToken, str]:
    """A new token and its key. The key is returned once and kept nowhere; at most 30 days."""
    require(policies.can_create_token, actor, None)
    if not timedelta(0) < life <= LONGEST_TOKEN_LIFE:
        raise InvalidInput("A token can last from 1 to 30 days.", field="days")
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    if ApiToken.objects.filter(person=actor, name=name).current(clock.now()).exists():
        # Also what a second press of the button meets, so that no token is made that nobody has seen.
        raise InvalidInput("You have an active token with this name. Choose another name.", field="name")
    key = TOKEN_MARK + secrets.token_urlsafe(32)
    at = clock.now()
    token = ApiToken.objects.create(
        person=actor,
        name=name,
        prefix=secrets.token_hex(4),
        digest=token_digest(key),
        created_at=at,
        expires_at=at + life,
    )
    detail = {"prefix": token.prefix, "expires": token.expires_at.isoformat()}
    audit.record(Event.TOKEN_CREATED, token, actor, detail=detail)
    events.publish(Event.TOKEN_CREATED, token, actor, detail)
    return token, key


@transaction.atomic
def revoke_token(*, actor: User, token: ApiToken) -> ApiToken:
    """Make a token worthless from this instant. Revoking it again changes nothing."""
    require(policies.can_revoke_token, actor, token)
    fresh = ApiToken.objects.select_for_update(no_key=True).get(pk=token.pk)
    if fresh.revoked_at:
        return fresh
    fresh.revoked_at = clock.now()
    fresh.save(update_fields=["revoked_at"])
    audit.record(Event.TOKEN_REVOKED, fresh, actor, detail={"prefix": fresh.prefix})
    events.publish(Event.TOKEN_REVOKED, fresh, actor, {"prefix": fresh.prefix})
    return fresh


def token_digest(key: str) -> str:
    """SHA-256 of a key in hex. The keys are 256 random bits, so no salt and no slow hash are needed."""
    return hashlib.sha256(key.encode()).hexdigest()
