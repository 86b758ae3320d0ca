"""The clinical tables of a project for programs: which there are, their rows in pages, and whole tables as Parquet."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from access_review.models import Project
from accounts.models import User
from ngrl.models import DictionaryTable
from ngrl.rows import PERSON, as_parquet
from portal.kernel.api import BINARY, CURSOR_PARAMETERS, HouseView, RowPages, page_of, paged, problems
from portal.kernel.problems import NOTHING_HERE
from portal.kernel.scopes import Area
from research_env import services
from research_env.asked_by_programs import HasDataAccess
from research_env.handover import ArrowRows, tables_for
from research_env.openapi import PARQUET
from research_env.serializers import plain

_PROJECT = OpenApiParameter("reference", str, OpenApiParameter.PATH, description="The project, PRJ-2026-0001.")
_TABLE = [
    _PROJECT,
    OpenApiParameter("release", str, OpenApiParameter.PATH, description="Such as v2026-09-demo."),
    OpenApiParameter("name", str, OpenApiParameter.PATH, description="The table, as the dictionary names it."),
]
_REFUSALS = problems("not_authenticated", "not_allowed", "not_found")


class ColumnSerializer(serializers.Serializer[Any]):
    """A column of a table."""

    name = serializers.CharField(help_text="Its name in rows and files.")
    type = serializers.CharField(help_text="code, text, integer, number, date or boolean.")
    unit = serializers.CharField(help_text="The unit of a number; often empty.")


class TableSerializer(serializers.Serializer[Any]):
    """A clinical table of one release."""

    release = serializers.CharField(source="edition.release.reference", help_text="The release.")
    name = serializers.CharField(help_text="Its name in addresses.")
    title = serializers.CharField(help_text="What people call it.")
    columns = ColumnSerializer(many=True, help_text="Its columns, after the pseudonym of the person.")


class RowSerializer(serializers.Serializer[Any]):
    """One row: the pseudonym, and the columns that the table declares."""

    pseudonym = serializers.CharField(help_text="The project's own pseudonym of the person.")


TABLE = {
    "release": "v2026-09-demo",
    "name": "phenotypes",
    "title": "Phenotypes",
    "columns": [{"name": "hpo", "type": "code", "unit": ""}],
}

ROW = {"pseudonym": "7KQ2M-4XD9P-3TW8", "hpo": "HP:0001250", "is_present": True, "seen_on": "2024-05-01"}


class ProjectTables(HouseView):
    """The clinical tables that a project may read."""

    area = Area.ROWS
    permission_classes = [IsAuthenticated, HasDataAccess]

    @extend_schema(
        operation_id="projects_tables",
        summary="List the clinical tables of a project",
        description="The tables of published releases that hold somebody of the project's datasets.",
        tags=["Clinical tables"],
        parameters=[_PROJECT, *CURSOR_PARAMETERS],
        responses={200: paged(TableSerializer), **problems("invalid", "not_authenticated", "not_allowed", "not_found")},
        examples=[
            OpenApiExample("Tables", value={"next": None, "previous": None, "results": [TABLE]}, response_only=True)
        ],
    )
    def get(self, request: Request, reference: str) -> Response:
        """One page of tables, those loaded last on top."""
        tables = tables_for(_project(request, reference)).prefetch_related("columns")
        return page_of(request, tables, "-pk", lambda page: TableSerializer(page, many=True).data)


class ProjectRows(HouseView):
    """Rows of one table."""

    area = Area.ROWS
    permission_classes = [IsAuthenticated, HasDataAccess]

    @extend_schema(
        operation_id="projects_rows",
        summary="Read rows of a clinical table",
        description=(
            "Rows about people who consent now and are in the project's datasets, in the order of its pseudonyms. "
            "Reading them is recorded in the audit log."
        ),
        tags=["Clinical tables"],
        parameters=[*_TABLE, *CURSOR_PARAMETERS],
        responses={
            200: paged(RowSerializer, with_total=True),
            **problems("invalid", "not_authenticated", "not_allowed", "not_found"),
        },
        examples=[
            OpenApiExample(
                "Rows", value={"next": None, "previous": None, "total": 1, "results": [ROW]}, response_only=True
            )
        ],
    )
    def get(self, request: Request, reference: str, release: str, name: str) -> Response:
        """One page of rows."""
        pages = RowPages(request)
        rows = _hand_over(request, (reference, release, name), "json")
        return pages.response(
            ArrowRows(rows), lambda page: [{key: plain(value) for key, value in row.items()} for row in page]
        )


class ProjectRowsFile(HouseView):
    """A whole table as Parquet."""

    area = Area.ROWS
    permission_classes = [IsAuthenticated, HasDataAccess]

    @extend_schema(
        operation_id="projects_rows_parquet",
        summary="Take a clinical table as Parquet",
        description=f"The same rows as one file for the workspace; the person is in the column {PERSON}.",
        tags=["Clinical tables"],
        parameters=_TABLE,
        responses={(200, PARQUET): BINARY, **_REFUSALS},
    )
    def get(self, request: Request, reference: str, release: str, name: str) -> FileResponse:
        """The file."""
        rows = _hand_over(request, (reference, release, name), "parquet")
        return FileResponse(
            as_parquet(rows), as_attachment=True, filename=f"{release}-{name}.parquet", content_type=PARQUET
        )


def _hand_over(request: Request, place: tuple[str, str, str], file_format: str) -> Any:
    reference, release, name = place
    project = _project(request, reference)
    table: DictionaryTable | None = tables_for(project).filter(edition__release__reference=release, name=name).first()
    if table is None:
        raise NotFound(NOTHING_HERE)
    return services.hand_over_rows(actor=_actor(request), project=project, table=table, file_format=file_format)


def _project(request: Request, reference: str) -> Project:
    project = Project.objects.visible_to(_actor(request)).filter(reference=reference).first()
    if project is None:
        raise NotFound(NOTHING_HERE)
    return project


def _actor(request: Request) -> User:
    person = request.user
    assert isinstance(person, User)
    return person
