"""GA4GH visas for programs: one's own, and whether a visa still holds."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import visas
from accounts.gates import reader_of
from portal.kernel import clock
from portal.kernel.api import HouseView, Instant, StrictSerializer, problems
from portal.kernel.refusals import InvalidInput
from portal.kernel.scopes import Area

_TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2xlY3Rlcm4uZXhhbXBsZS8ifQ.c2ln"  # noqa: S105 (an example)
_LONGEST_AUDIENCE = 200


class VisasSerializer(serializers.Serializer[Any]):
    """A passport: what can be said of you now, signed."""

    ga4gh_passport_v1 = serializers.ListField(
        child=serializers.CharField(), help_text="Your visas, each a signed token (ES256); empty when there are none."
    )
    passport = serializers.CharField(
        allow_null=True, help_text="All of them in one token for the audience you named; null where you named none."
    )
    expires_at = Instant(help_text="Ask anew by then: no visa lasts longer than an hour.")


class ValiditySerializer(serializers.Serializer[Any]):
    """Whether a token holds."""

    active = serializers.BooleanField(help_text="Whether what the token says holds at this moment.")


class VisaTokenSerializer(StrictSerializer):
    """The token that is asked about."""

    token = serializers.CharField(max_length=100_000, help_text="A visa or a passport that Lectern issued.")
    audience = serializers.CharField(
        max_length=_LONGEST_AUDIENCE,
        required=False,
        allow_blank=True,
        default="",
        help_text="Yourself, for a passport: its `aud`.",
    )


class MyVisas(HouseView):
    """One's own visas."""

    area = Area.VISAS

    @extend_schema(
        operation_id="my_visas",
        summary="Get your GA4GH visas",
        description=(
            "Signed statements that other houses accept (GA4GH Passports 1.2): where you work, the rules you signed, "
            "that you are a researcher, and the datasets of your projects. They last at most an hour, and less where "
            "what they say ends sooner. The keys are at `/.well-known/jwks.json`."
        ),
        tags=["You"],
        parameters=[
            OpenApiParameter("audience", str, description="For whom the passport is: an address that begins https://.")
        ],
        responses={200: VisasSerializer, **problems("not_authenticated", "invalid", "not_found")},
        examples=[
            OpenApiExample(
                "Yours",
                value={"ga4gh_passport_v1": [_TOKEN], "passport": None, "expires_at": "2026-03-27T15:05:09Z"},
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """Visas, and a passport for an audience."""
        if not visas.signs():
            raise NotFound("This portal issues no visas: it has no keys to sign them with.")
        person = reader_of(request)
        audience = request.query_params.get("audience", "")
        if audience and (not audience.startswith("https://") or len(audience) > _LONGEST_AUDIENCE):
            raise InvalidInput("An audience is an address that begins with https://.", field="audience")
        at = clock.now()
        issued = visas.visas_of(person, at)
        passport = visas.passport_of(person, issued, audience, at) if audience else None
        answer = {"ga4gh_passport_v1": issued, "passport": passport, "expires_at": at + visas.LONGEST}
        return Response(VisasSerializer(answer).data)


class VisaCheck(HouseView):
    """Whether a visa still holds. Whoever has the token may ask; the answer says nothing but yes or no."""

    area = Area.OPEN
    authentication_classes = []
    permission_classes = []

    @extend_schema(
        operation_id="check_visa",
        summary="Ask whether a visa still holds",
        description=(
            "For houses that accept visas and let people work for longer than an hour. The answer comes from the facts "
            "of this moment: a visa whose ground has ended is not active, whatever its `exp` says. A passport is "
            "active for its own audience alone."
        ),
        tags=["Visas"],
        request=VisaTokenSerializer,
        responses={200: ValiditySerializer, **problems("invalid", "malformed")},
        examples=[
            OpenApiExample("Ask", value={"token": _TOKEN}, request_only=True),
            OpenApiExample("It holds", value={"active": True}, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """Active or not."""
        asked = VisaTokenSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        active = visas.is_valid(said["token"], clock.now(), audience=said["audience"])
        return Response({"active": active})
