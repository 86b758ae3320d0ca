"""What a program can know of the memberships and the training of whoever it works for, and the providers' callback."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Value
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.gates import reader_of
from accounts.models import Affiliation, DomainApplication, TrainingRecord
from accounts.services import Received, check_call, receive_certificate
from portal.kernel import clock
from portal.kernel.api import HouseView, Instant, StrictSerializer, problems
from portal.kernel.scopes import Area


class CommunitySerializer(serializers.Serializer[Any]):
    """One application to a community; while it is accepted, it is the membership."""

    reference = serializers.CharField(help_text="As it stands on the page.")
    community = serializers.CharField(source="domain.slug", help_text="Short name of the community.")
    status = serializers.CharField(
        help_text="draft, submitted, returned, accepted, declined, withdrawn, lapsed, ended."
    )
    due_at = Instant(allow_null=True, help_text="By when the lead answers; null while nobody has to.")
    member_since = Instant(source="accepted_at", allow_null=True, help_text="Null before it is accepted.")
    member_until = Instant(source="ended_at", allow_null=True, help_text="Null while it has no end.")


class AffiliationSerializer(serializers.Serializer[Any]):
    """Where you work, on your institution's word."""

    reference = serializers.CharField(help_text="As it stands on the page.")
    institution = serializers.CharField(source="institution.name", help_text="Name of the institution.")
    status = serializers.CharField(help_text="claimed, waiting, asked, confirmed, refused or ended.")
    valid_until = Instant(allow_null=True, help_text="A year after the last recheck; null before it is confirmed.")
    recheck_by = Instant(source="lapses_at", allow_null=True, help_text="Without a recheck it counts until then.")


class MembershipsSerializer(serializers.Serializer[Any]):
    """Communities and institutions."""

    communities = CommunitySerializer(many=True)
    institutions = AffiliationSerializer(many=True)


class CertificateSerializer(serializers.Serializer[Any]):
    """One certificate of training."""

    number = serializers.CharField(help_text="The number that can be checked on a public page.")
    course = serializers.CharField(source="version.course.slug", help_text="Short name of the course.")
    version = serializers.IntegerField(source="version.number", help_text="Version of the course.")
    passed_at = Instant(help_text="When the course was passed.")
    valid_until = Instant(help_text="It counts until then.")
    counts = serializers.BooleanField(help_text="Whether it counts now.")


MEMBERSHIPS_EXAMPLE = {
    "communities": [
        {
            "reference": "APP-2026-0001",
            "community": "variant-discovery",
            "status": "accepted",
            "due_at": None,
            "member_since": "2026-03-27T14:05:09Z",
            "member_until": None,
        }
    ],
    "institutions": [
        {
            "reference": "AFF-2026-0001",
            "institution": "University of Northmoor",
            "status": "confirmed",
            "valid_until": "2027-03-27T14:05:09Z",
            "recheck_by": "2026-06-24T22:59:59Z",
        }
    ],
}
TRAINING_EXAMPLE = {
    "number": "7K2M-9QXT-4HBC-WN3P",
    "course": "information-governance",
    "version": 1,
    "passed_at": "2026-03-27T14:05:09Z",
    "valid_until": "2027-03-27T23:59:59Z",
    "counts": True,
}


class MyMemberships(HouseView):
    """One's own communities and institutions."""

    area = Area.PROFILE

    @extend_schema(
        operation_id="my_memberships",
        summary="Ask where you belong",
        description="Your applications to communities and your affiliations with institutions, newest first.",
        tags=["You"],
        responses={200: MembershipsSerializer, **problems("not_authenticated")},
        examples=[OpenApiExample("Yours", value=MEMBERSHIPS_EXAMPLE, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request) -> Response:
        """Communities and institutions."""
        person = reader_of(request)
        answer = {
            "communities": DomainApplication.objects.filter(person=person).select_related("domain"),
            "institutions": Affiliation.objects.filter(person=person).select_related("institution"),
        }
        return Response(MembershipsSerializer(answer).data)


class MyTraining(HouseView):
    """One's own certificates."""

    area = Area.PROFILE

    @extend_schema(
        operation_id="my_training",
        summary="Ask what training you have",
        description="Your certificates, the one that counts longest first.",
        tags=["You"],
        responses={200: CertificateSerializer(many=True), **problems("not_authenticated")},
        examples=[OpenApiExample("Yours", value=TRAINING_EXAMPLE, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request) -> Response:
        """Certificates."""
        person = reader_of(request)
        held = TrainingRecord.objects.filter(person=person).select_related("version__course")
        valid = TrainingRecord.objects.valid(clock.now()).filter(pk=OuterRef("pk"))
        return Response(CertificateSerializer(held.annotate(counts=Exists(valid)), many=True).data)


class ReceivedSerializer(StrictSerializer):
    """What a training provider sends."""

    email = serializers.EmailField(help_text="Address of the person's account.")
    course = serializers.SlugField(help_text="Short name of the course.")
    passed_on = serializers.DateField(help_text="Day on which it was passed, in London.")
    number = serializers.CharField(max_length=80, help_text="Your own number; the same one again changes nothing.")


class TrainingCallback(HouseView):
    """Where training providers send certificates. No token: each call is signed with the provider's secret."""

    area = Area.OPEN
    authentication_classes = []
    permission_classes = []

    @extend_schema(
        operation_id="training_callback",
        summary="Send a certificate as a training provider",
        description=(
            "Send the header `X-Lectern-Timestamp` with the seconds since 1970 and `X-Lectern-Signature` with the "
            "HMAC-SHA-256, in hex, of the timestamp, a dot and the body, keyed with the secret that the portal's "
            "operator gave you. A call counts for five minutes."
        ),
        tags=["Training providers"],
        parameters=[
            OpenApiParameter("provider", str, "path", description="Your name, as the operator gave it to you.")
        ],
        request=ReceivedSerializer,
        responses={200: CertificateSerializer, **problems("malformed", "invalid", "not_allowed", "wrong_state")},
        examples=[
            OpenApiExample(
                "A certificate",
                value={
                    "email": "ada@lectern.example",
                    "course": "information-governance",
                    "passed_on": "2026-03-27",
                    "number": "LMS-4711",
                },
                request_only=True,
            ),
            OpenApiExample("Taken in", value=TRAINING_EXAMPLE, response_only=True, status_codes=["200"]),
        ],
        auth=[],
    )
    def post(self, request: Request, provider: str) -> Response:
        """Check the signature over the bytes as they came, then take the certificate in."""
        check_call(
            provider=provider,
            timestamp=request.headers.get("X-Lectern-Timestamp", ""),
            signature=request.headers.get("X-Lectern-Signature", ""),
            body=request._request.body,
        )
        given = ReceivedSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        record = receive_certificate(provider=provider, received=Received(**given.validated_data))
        taken = TrainingRecord.objects.annotate(counts=Value(True)).select_related("version__course")
        return Response(CertificateSerializer(taken.get(pk=record.pk)).data)
