"""Releases for programs. That a release exists is public, and so are its counts, small ones hidden."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from ngrl.models import Assembly, Release
from ngrl.summaries import summaries_of
from portal.kernel.api import CURSOR_PARAMETERS, HouseView, Instant, page_of, paged, problems
from portal.kernel.scopes import Area


class ReleaseSerializer(serializers.Serializer[Any]):
    """One frozen edition of the library's genomes."""

    reference = serializers.CharField(help_text="The release's permanent name, to be given in queries.")
    name = serializers.CharField(help_text="What people call it.")
    assembly = serializers.ChoiceField(choices=Assembly.choices, help_text="The reference genome of its coordinates.")
    callset = serializers.ChoiceField(
        choices=Release.Callset.choices, help_text="germline: what people were born with; somatic: their tumours."
    )
    status = serializers.ChoiceField(
        choices=[Release.Status.PUBLISHED.value, Release.Status.WITHDRAWN.value],
        help_text="Only a published release can be asked.",
    )
    published_at = Instant(help_text="When it was published.")
    withdrawn_at = Instant(allow_null=True, help_text="When it was withdrawn, if it was.")
    withdrawn_reason = serializers.CharField(allow_blank=True, help_text="Why it was withdrawn.")
    genome_count = serializers.SerializerMethodField(
        help_text="Genomes of people whose consent stands; null for a number so small that it is not shown."
    )

    def get_genome_count(self, release: Release) -> int | None:
        """The number as the public may read it."""
        shown = self.context["people"][release.pk].replace(",", "")
        return int(shown) if shown.isdigit() else None


EXAMPLE = {
    "reference": "v2026-09-demo",
    "name": "Demo release of September 2026",
    "assembly": "GRCh38",
    "callset": "germline",
    "status": "published",
    "published_at": "2026-09-01T08:00:00Z",
    "withdrawn_at": None,
    "withdrawn_reason": "",
    "genome_count": 1204,
}


class ReleaseCollection(HouseView):
    """All releases."""

    area = Area.CATALOGUE
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="releases_list",
        summary="List releases",
        description="Every release of the library, the one loaded last on top. No token is needed.",
        tags=["Releases"],
        parameters=CURSOR_PARAMETERS,
        responses={200: paged(ReleaseSerializer), **problems("invalid")},
        examples=[
            OpenApiExample("Releases", value={"next": None, "previous": None, "results": [EXAMPLE]}, response_only=True)
        ],
    )
    def get(self, request: Request) -> Response:
        """One page of releases."""
        return page_of(request, Release.objects.visible_to(request.user), "-pk", _serialised)


class ReleaseItem(HouseView):
    """One release."""

    area = Area.CATALOGUE
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="releases_read",
        summary="Read a release",
        description="A release by its reference. No token is needed.",
        tags=["Releases"],
        parameters=[OpenApiParameter("reference", str, OpenApiParameter.PATH, description="Such as v2026-09-demo.")],
        responses={200: ReleaseSerializer, **problems("not_found")},
        examples=[OpenApiExample("A release", value=EXAMPLE, response_only=True)],
    )
    def get(self, request: Request, reference: str) -> Response:
        """The release."""
        release = Release.objects.visible_to(request.user).filter(reference=reference).first()
        if release is None:
            raise NotFound
        return Response(_serialised([release])[0])


def _serialised(releases: list[Release]) -> Any:
    """With the numbers of the pages: a total that a page hides is hidden here too."""
    people = {summary.release.pk: summary.people for summary in summaries_of(releases)}
    return ReleaseSerializer(releases, many=True, context={"people": people}).data
