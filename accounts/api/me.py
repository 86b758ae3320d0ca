"""What a program can know of whoever it works for."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.gates import data_access, reader_of
from accounts.models import ApiToken
from portal.kernel import clock
from portal.kernel.api import HouseView, Instant, problems
from portal.kernel.scopes import Area


class MyTokenSerializer(serializers.Serializer[Any]):
    """One of your tokens; its key is shown once, when it is made on the page."""

    prefix = serializers.CharField(help_text="How the key begins.")
    name = serializers.CharField(help_text="The name you gave it.")
    created_at = Instant(help_text="When you made it.")
    expires_at = Instant(help_text="It works until then.")
    last_used_at = Instant(allow_null=True, help_text="When a program last came with it; null if none has.")
    state = serializers.CharField(help_text="active, expired or revoked.")


class AccessSerializer(serializers.Serializer[Any]):
    """Whether data can be worked with now."""

    granted = serializers.BooleanField(help_text="Whether you can work with data now.")
    until = Instant(allow_null=True, help_text="When it ends; null where no end is known.")
    reasons = serializers.ListField(
        child=serializers.CharField(), help_text="What stands in the way, as sentences; empty when granted."
    )


class TokenSerializer(serializers.Serializer[Any]):
    """The token that this request came with."""

    name = serializers.CharField(help_text="The name you gave it.")
    expires_at = Instant(help_text="It works until then.")
    scopes = serializers.ListField(child=serializers.CharField(), help_text="What it may do.")


class MeSerializer(serializers.Serializer[Any]):
    """Whoever the token belongs to."""

    name = serializers.CharField(source="person.display_name", help_text="Your name as others see it.")
    orcid = serializers.CharField(
        source="person.orcid", allow_null=True, help_text="Your ORCID iD, if you proved it by signing in there."
    )
    access = AccessSerializer()
    token = TokenSerializer(allow_null=True, help_text="Null when you came with a session cookie.")


EXAMPLE = {
    "name": "Ada Researcher",
    "orcid": "0000-0002-1825-0097",
    "access": {"granted": True, "until": "2027-03-27T14:05:09Z", "reasons": []},
    "token": {"name": "Nightly report", "expires_at": "2026-10-27T14:05:09Z", "scopes": ["profile:read"]},
}


class Me(HouseView):
    """Oneself."""

    area = Area.PROFILE

    @extend_schema(
        operation_id="me",
        summary="Ask who you are here",
        description="Your name, and until when you can work with data or what stands in the way. Good for a first try.",
        tags=["You"],
        responses={200: MeSerializer, **problems("not_authenticated")},
        examples=[OpenApiExample("You", value=EXAMPLE, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request) -> Response:
        """Name, access and token."""
        person = reader_of(request)
        token = request.auth if isinstance(request.auth, ApiToken) else None
        answer = {"person": person, "access": data_access(person, clock.now()), "token": token}
        return Response(MeSerializer(answer).data)


TOKEN_EXAMPLE = {
    "prefix": "lectern_7f3a",
    "name": "Nightly report",
    "created_at": "2026-09-27T14:05:09Z",
    "expires_at": "2026-10-27T14:05:09Z",
    "last_used_at": "2026-10-01T02:00:00Z",
    "state": "active",
}


class MyTokens(HouseView):
    """One's own tokens. They are made and revoked on pages: a key makes no keys."""

    area = Area.PROFILE

    @extend_schema(
        operation_id="my_tokens",
        summary="List your tokens",
        description="Newest first, with what is expired or revoked. Keys are in no answer. A token that you do not "
        "know, or that was used when you slept, is revoked on your account page.",
        tags=["You"],
        responses={200: MyTokenSerializer(many=True), **problems("not_authenticated")},
        examples=[OpenApiExample("One", value=TOKEN_EXAMPLE, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request) -> Response:
        """All of them; nobody has many."""
        at = clock.now()
        tokens = ApiToken.objects.visible_to(request.user).order_by("-created_at", "-pk")
        answer = [
            {
                "prefix": each.prefix,
                "name": each.name,
                "created_at": each.created_at,
                "expires_at": each.expires_at,
                "last_used_at": each.last_used_at,
                "state": each.state_at(at),
            }
            for each in tokens
        ]
        return Response(MyTokenSerializer(answer, many=True).data)
