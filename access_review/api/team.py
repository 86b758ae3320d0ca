"""The team of an application for programs: who is in it, an invitation; and taking back or appealing by the lead."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access_review import services
from access_review.api.applications import (
    APPLICATION,
    LONGEST,
    REFERENCE,
    SIGNED_IN,
    ApplicationSerializer,
    answer,
    own,
)
from access_review.models import Application
from accounts.gates import reader_of
from portal.kernel.api import HouseView, Instant, StrictSerializer
from portal.kernel.api import problems as refusals
from portal.kernel.scopes import Area


class TeamPlaceSerializer(serializers.Serializer[Any]):
    """A place in the team."""

    email = serializers.EmailField(help_text="The address that was invited.")
    name = serializers.CharField(source="person.display_name", default="", help_text="Empty until it is accepted.")
    invited_at = Instant(help_text="When.")
    expires_at = Instant(help_text="Until when the invitation can be accepted.")
    accepted_at = Instant(allow_null=True, help_text="Null until the person accepts by themselves.")


class TeamSerializer(serializers.Serializer[Any]):
    """The lead, and the places that were offered."""

    lead = serializers.CharField(help_text="The name of the lead.")
    places = TeamPlaceSerializer(many=True)


class InvitationSerializer(StrictSerializer):
    """Whom to invite."""

    email = serializers.EmailField(help_text="The person signs in with this very address.")


class AppealSerializer(StrictSerializer):
    """What the lead objects to."""

    grounds = serializers.CharField(max_length=LONGEST, help_text="What you object to.")


PLACE = {
    "email": "colleague@university.example",
    "name": "",
    "invited_at": "2026-09-27T14:05:09Z",
    "expires_at": "2026-10-11T14:05:09Z",
    "accepted_at": None,
}
TEAM = {"lead": "Ada Researcher", "places": [PLACE]}


def _team(application: Application, status: int = 200) -> Response:
    places = application.places.filter(removed_at=None).select_related("person").order_by("pk")
    return Response(TeamSerializer({"lead": application.lead.display_name, "places": places}).data, status=status)


class ApplicationTeam(HouseView):
    """Who is in the team, and an invitation."""

    area = Area.APPLICATIONS

    @extend_schema(
        operation_id="applications_team",
        summary="Read the team of an application",
        description="The lead, and the places that were offered, accepted or not.",
        tags=["Applications"],
        parameters=[REFERENCE],
        responses={200: TeamSerializer, **refusals(*SIGNED_IN)},
        examples=[OpenApiExample("A team", value=TEAM, response_only=True)],
    )
    def get(self, request: Request, reference: str) -> Response:
        """The team."""
        return _team(own(request, reference))

    @extend_schema(
        operation_id="applications_invite",
        summary="Invite somebody to the team",
        description="A link goes out by mail. The person joins by themselves; an earlier link of theirs ends.",
        tags=["Applications"],
        parameters=[REFERENCE],
        request=InvitationSerializer,
        responses={
            201: TeamSerializer,
            **refusals(*SIGNED_IN, "not_allowed", "invalid", "malformed", "wrong_state"),
        },
        examples=[
            OpenApiExample("Whom", value={"email": "colleague@university.example"}, request_only=True),
            OpenApiExample("The team", value=TEAM, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request, reference: str) -> Response:
        """Invite."""
        application = own(request, reference)
        body = InvitationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        services.invite_to_team(actor=reader_of(request), application=application, email=body.validated_data["email"])
        return _team(application, 201)


class ApplicationWithdraw(HouseView):
    """Take an application back."""

    area = Area.APPLICATIONS

    @extend_schema(
        operation_id="applications_withdraw",
        summary="Withdraw an application",
        description="It ends. What was sent stays on record, and can be copied as a new application on its page.",
        tags=["Applications"],
        parameters=[REFERENCE],
        request=None,
        responses={200: ApplicationSerializer, **refusals(*SIGNED_IN, "not_allowed", "wrong_state")},
        examples=[OpenApiExample("Withdrawn", value={**APPLICATION, "status": "withdrawn"}, response_only=True)],
    )
    def post(self, request: Request, reference: str) -> Response:
        """Withdraw it."""
        services.withdraw_application(actor=reader_of(request), application=own(request, reference))
        return answer(request, reference)


class ApplicationAppeal(HouseView):
    """Object to a refusal."""

    area = Area.APPLICATIONS

    @extend_schema(
        operation_id="applications_appeal",
        summary="Appeal against a refusal",
        description="Once, and in time. Somebody who had no part in the decision hears it.",
        tags=["Applications"],
        parameters=[REFERENCE],
        request=AppealSerializer,
        responses={
            200: ApplicationSerializer,
            **refusals(*SIGNED_IN, "not_allowed", "invalid", "malformed", "wrong_state"),
        },
        examples=[
            OpenApiExample("Grounds", value={"grounds": "The methods were misread."}, request_only=True),
            OpenApiExample("Appealed", value={**APPLICATION, "status": "appealed"}, response_only=True),
        ],
    )
    def post(self, request: Request, reference: str) -> Response:
        """Lodge it."""
        application = own(request, reference)
        body = AppealSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        services.lodge_appeal(actor=reader_of(request), application=application, grounds=body.validated_data["grounds"])
        return answer(request, reference)
