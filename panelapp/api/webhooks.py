"""Subscriptions of programs to new versions of panels."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from panelapp.models import WebhookSubscription
from panelapp.services.webhooks import add_webhook, stop_webhook
from portal.kernel.api import CURSOR_PARAMETERS, HouseView, Instant, StrictSerializer, page_of, paged, problems
from portal.kernel.scopes import Area


class WebhookSerializer(serializers.Serializer[Any]):
    """A subscription."""

    id = serializers.IntegerField(help_text="Its number.")
    url = serializers.URLField(help_text="Where announcements are sent.")
    created_at = Instant(help_text="When it was made.")
    stopped_at = Instant(allow_null=True, help_text="When it was stopped, if it was.")


class NewWebhookSerializer(WebhookSerializer):
    """A subscription with its secret, which is told this once."""

    secret = serializers.CharField(help_text="Key of the HMAC in the header `X-Lectern-Signature`; keep it.")


class WebhookRequestSerializer(StrictSerializer):
    """A subscription to be made."""

    url = serializers.URLField(max_length=500, help_text="An https address on a public server.")


EXAMPLE = {
    "id": 3,
    "url": "https://example.org/panels-changed",
    "created_at": "2026-02-03T10:11:12.131415Z",
    "stopped_at": None,
}


class WebhookCollection(HouseView):
    """A person's subscriptions."""

    area = Area.PANELS

    @extend_schema(
        operation_id="webhooks_list",
        summary="List your subscriptions",
        description="Addresses of yours that are told of new versions of public panels.",
        tags=["Webhooks"],
        parameters=CURSOR_PARAMETERS,
        responses={200: paged(WebhookSerializer), **problems("invalid", "not_authenticated")},
        examples=[
            OpenApiExample("Yours", value={"next": None, "previous": None, "results": [EXAMPLE]}, response_only=True)
        ],
    )
    def get(self, request: Request) -> Response:
        """One page."""
        rows = WebhookSubscription.objects.visible_to(request.user)
        return page_of(request, rows, "-pk", lambda found: WebhookSerializer(found, many=True).data)

    @extend_schema(
        operation_id="webhooks_create",
        summary="Be told of new versions",
        description="From now on each new version of a public panel is announced to this address by POST, signed with "
        "the secret of the answer, and tried again for a day while the address does not take it.",
        tags=["Webhooks"],
        request=WebhookRequestSerializer,
        responses={
            201: NewWebhookSerializer,
            **problems("malformed", "invalid", "not_authenticated", "too_large", "unsupported_media_type"),
        },
        examples=[
            OpenApiExample("An address", value={"url": EXAMPLE["url"]}, request_only=True),
            OpenApiExample("Made", value={**EXAMPLE, "secret": "0" * 64}, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """The new subscription."""
        asked = WebhookRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        made = add_webhook(actor=request.user, url=asked.validated_data["url"])
        return Response(NewWebhookSerializer(made).data, status=201)


class WebhookItem(HouseView):
    """One subscription."""

    area = Area.PANELS

    @extend_schema(
        operation_id="webhooks_stop",
        summary="Stop a subscription",
        description="Nothing more is sent to its address. Stopping twice is no error.",
        tags=["Webhooks"],
        request=None,
        parameters=[OpenApiParameter("number", int, OpenApiParameter.PATH, description="The subscription's number.")],
        responses={200: WebhookSerializer, **problems("not_authenticated", "not_found")},
        examples=[
            OpenApiExample("Stopped", value={**EXAMPLE, "stopped_at": EXAMPLE["created_at"]}, response_only=True)
        ],
    )
    def post(self, request: Request, number: int) -> Response:
        """The stopped subscription."""
        found = WebhookSubscription.objects.visible_to(request.user).filter(pk=number).first()
        if found is None:
            raise NotFound
        stop_webhook(actor=request.user, subscription=found)
        return Response(WebhookSerializer(found).data)
