"""API tokens: who makes and revokes them."""

from __future__ import annotations

from accounts.models import ApiToken, User
from portal.kernel.access import Actor, policy


@policy("Sign in to create an API token.")
def can_create_token(actor: Actor, obj: object) -> bool:
    return isinstance(actor, User) and actor.is_active


@policy("Only the owner of a token can revoke it.")
def can_revoke_token(actor: Actor, token: ApiToken) -> bool:
    return bool(actor.pk == token.person_id)
