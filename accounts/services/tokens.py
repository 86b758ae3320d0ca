"""API tokens: made, shown once, revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction

from accounts import policies
from accounts.events import Event
from accounts.models import ApiToken, User
from portal.kernel import audit, clock, events
from portal.kernel.access import require
from portal.kernel.refusals import InvalidInput
from portal.kernel.scopes import SCOPES

TOKEN_MARK = "lectern_"  # noqa: S105 (what every token starts with, so that secret scanners find a leaked one)
LONGEST_TOKEN_LIFE = timedelta(days=30)


@transaction.atomic
def create_token(
    *, actor: User, name: str, scopes: Iterable[str], life: timedelta = LONGEST_TOKEN_LIFE
) -> tuple[ApiToken, str]:
    """A new token for these scopes, and its key, which is returned once and kept nowhere. At most 30 days."""
    require(policies.can_create_token, actor, None)
    wanted = set(scopes)
    if not wanted or not wanted <= set(SCOPES):
        raise InvalidInput("Choose what the token may do.", field="scopes")
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
        scopes=[scope for scope in SCOPES if scope in wanted],
        created_at=at,
        expires_at=at + life,
    )
    detail = {"prefix": token.prefix, "expires": token.expires_at.isoformat(), "scopes": " ".join(token.scopes)}
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
