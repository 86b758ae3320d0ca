"""The public register for programs: projects and publications. No token is needed."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from access_review.listings import narrowed, published, published_word, standing
from access_review.models import Project, Publication
from access_review.selectors import granted_datasets, registered
from portal.kernel.api import CURSOR_PARAMETERS, HouseView, Instant, StrictSerializer, page_of, paged, parameters
from portal.kernel.api import problems as refusals
from portal.kernel.scopes import Area


class RegisterEntrySerializer(serializers.Serializer[Any]):
    """What the public register says of a project."""

    reference = serializers.CharField(help_text="The project's permanent reference.")
    title = serializers.CharField(help_text="Its title.")
    lay_summary = serializers.CharField(help_text="What it is about, in plain words.")
    lead_organisation = serializers.CharField(source="lead_institution", help_text="Where its lead works.")
    community = serializers.CharField(
        source="domain.name", default="", help_text="The research community; empty for none."
    )
    purpose = serializers.CharField(help_text="The approved purpose.")
    status = serializers.SerializerMethodField(help_text="As the register prints it, such as Active.")
    publication = serializers.SerializerMethodField(help_text="How far the first publication is, such as Published.")
    approved_at = Instant(source="starts_at", help_text="When it was approved.")
    ends_at = Instant(help_text="When its term ends.")

    def get_publication(self, project: Project) -> str:
        """The register's word."""
        return published_word(project)

    def get_status(self, project: Project) -> str:
        """The register's word."""
        return standing(project)


class PublicationSerializer(serializers.Serializer[Any]):
    """A publication that came out of projects."""

    doi = serializers.CharField(help_text="Its DOI.")
    url = serializers.URLField(help_text="Where the DOI leads.")
    title = serializers.CharField(help_text="Its title.")
    authors = serializers.CharField(help_text="As the journal prints them; empty if the register does not know.")
    journal = serializers.CharField(help_text="The journal; empty if the register does not know.")
    year = serializers.IntegerField(help_text="The year in which it came out.")
    projects = serializers.SerializerMethodField(help_text="References of the projects.")

    def get_projects(self, publication: Publication) -> list[str]:
        """References of the projects."""
        return sorted(project.reference for project in publication.projects.all())


class RegisterDetailSerializer(RegisterEntrySerializer):
    """A project of the register with its data and publications."""

    datasets = serializers.ListField(child=serializers.CharField(), help_text="Datasets that it may use now.")
    publications = PublicationSerializer(many=True)


class RegisterFilterSerializer(StrictSerializer):
    """What the list of projects can be narrowed by."""

    text = serializers.CharField(required=False, max_length=100, help_text="Words in title or lay summary.")
    community = serializers.SlugField(required=False, help_text="A community's short name.")
    status = serializers.ChoiceField(
        required=False, choices=["active", "suspended", "completed", "closed"], help_text="A status."
    )


class PublicationFilterSerializer(StrictSerializer):
    """What the list of publications can be narrowed by."""

    community = serializers.SlugField(required=False, help_text="A community's short name.")
    year = serializers.IntegerField(required=False, min_value=1990, max_value=2100, help_text="A year.")


PUBLICATION = {
    "doi": "10.1234/abc",
    "url": "https://doi.org/10.1234/abc",
    "title": "Rare changes of the ear",
    "authors": "A. Researcher",
    "journal": "Journal of Ears",
    "year": 2026,
    "projects": ["PRJ-2026-0001"],
}
ENTRY = {
    "reference": "PRJ-2026-0001",
    "title": "Rare changes of the ear",
    "lay_summary": "We look for changes that may explain deafness.",
    "lead_organisation": "Northmoor University",
    "community": "Variant Discovery and Clinical Interpretation",
    "purpose": "Health, medical or biomedical research (HMB)",
    "status": "Active",
    "publication": "Publication in draft",
    "approved_at": "2026-09-01T08:00:00Z",
    "ends_at": "2028-09-01T08:00:00Z",
}


class RegisterCollection(HouseView):
    """All projects."""

    area = Area.OPEN
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="register_list",
        summary="List projects of the register",
        description="Every project that was ever opened, the newest first. No token is needed.",
        tags=["Public register"],
        auth=[],
        parameters=[RegisterFilterSerializer, *CURSOR_PARAMETERS],
        responses={200: paged(RegisterEntrySerializer), **refusals("invalid")},
        examples=[
            OpenApiExample("Projects", value={"next": None, "previous": None, "results": [ENTRY]}, response_only=True)
        ],
    )
    def get(self, request: Request) -> Response:
        """One page of projects."""
        asked = parameters(request, RegisterFilterSerializer)
        rows = registered()
        if community := asked.pop("community", None):
            rows = rows.filter(domain__slug=community)
        return page_of(
            request, narrowed(rows, asked), "-pk", lambda page: RegisterEntrySerializer(page, many=True).data
        )


class RegisterItem(HouseView):
    """One project."""

    area = Area.OPEN
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="register_read",
        summary="Read a project of the register",
        description="One project with its datasets and publications. No token is needed.",
        tags=["Public register"],
        auth=[],
        parameters=[OpenApiParameter("reference", str, OpenApiParameter.PATH, description="Such as PRJ-2026-0001.")],
        responses={200: RegisterDetailSerializer, **refusals("not_found")},
        examples=[
            OpenApiExample(
                "A project",
                value={**ENTRY, "datasets": ["Rare disease"], "publications": [PUBLICATION]},
                response_only=True,
            )
        ],
    )
    def get(self, request: Request, reference: str) -> Response:
        """The project."""
        project = registered().filter(reference=reference).first()
        if project is None:
            raise NotFound
        publications = list(project.publications.prefetch_related("projects"))
        body = RegisterEntrySerializer(project).data | {
            "datasets": [dataset.name for dataset in granted_datasets(project)],
            "publications": PublicationSerializer(publications, many=True).data,
        }
        return Response(body)


class PublicationCollection(HouseView):
    """All publications."""

    area = Area.OPEN
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="publications_list",
        summary="List publications",
        description="What came out of the projects, by community and year. No token is needed.",
        tags=["Public register"],
        auth=[],
        parameters=[PublicationFilterSerializer, *CURSOR_PARAMETERS],
        responses={200: paged(PublicationSerializer), **refusals("invalid")},
        examples=[
            OpenApiExample(
                "Publications",
                value={"next": None, "previous": None, "results": [PUBLICATION]},
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """One page of publications."""
        asked = parameters(request, PublicationFilterSerializer)
        rows = Publication.objects.prefetch_related("projects")
        if community := asked.pop("community", None):
            rows = rows.filter(projects__domain__slug=community)
        return page_of(request, published(rows, asked), "-pk", lambda page: PublicationSerializer(page, many=True).data)
