"""How a program proves whose it is: `Authorization: Bearer lectern_…`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiToken, User
from accounts.services import token_digest
from portal.kernel import clock
from portal.kernel.scopes import scope_of

# Last use is written at most this often, so that a busy program does not write on each request.
_LAST_USE_STEP = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """Bearer tokens of accounts.services.create_token."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() not in ("bearer", "token"):  # clients of PanelApp say "Token"
            return None
        at = clock.now()
        token = ApiToken.objects.current(at).select_related("person").filter(digest=token_digest(key.strip())).first()
        if token is None or not token.person.is_active:
            raise AuthenticationFailed("This token is unknown, expired or revoked. Create one on your account page.")
        if token.last_used_at is None or at - token.last_used_at > _LAST_USE_STEP:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
        return token.person, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TokenAuthenticationScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped base
    """How the OpenAPI document describes it."""

    target_class = "accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token from your account page, with its scopes."}

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        """The scope that this operation needs."""
        scope = scope_of(auto_schema.view.area, auto_schema.method)
        return {str(self.name): [scope] if scope else []}
