"""What a program can know of whoever it works for."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.gates import data_access
from accounts.models import ApiToken, User
from portal.kernel import clock
from portal.kernel.api import HouseView, Instant, problems
from portal.kernel.scopes import Area


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
    access = AccessSerializer()
    token = TokenSerializer(allow_null=True, help_text="Null when you came with a session cookie.")


EXAMPLE = {
    "name": "Ada Researcher",
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
        person = request.user
        assert isinstance(person, User), "IsAuthenticated comes first"
        token = request.auth if isinstance(request.auth, ApiToken) else None
        answer = {"person": person, "access": data_access(person, clock.now()), "token": token}
        return Response(MeSerializer(answer).data)
