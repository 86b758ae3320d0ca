"""Queries for programs: the same rules, services and sentences as on the pages."""

from __future__ import annotations

from typing import Any

import pyarrow.compute as pc
from django.db.models import Prefetch
from django.http import FileResponse
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from access_review.models import DatasetGrant, Project, in_force
from accounts.gates import reader_of
from ngrl.pseudonyms import ProjectPseudonyms
from portal.kernel import clock
from portal.kernel.api import HouseView, RowPages, page_of, parameters
from portal.kernel.idempotency import create_once
from portal.kernel.refusals import InvalidInput
from portal.kernel.scopes import Area
from portal.kernel.throttling import CreateQueryThrottle
from research_env import openapi as documented
from research_env import results, serializers, services
from research_env.asked_by_programs import (
    HasDataAccess,
    project_of,
    query_of,
    question_as_text,
    refuse,
    release_of,
    result_of,
)
from research_env.models import UNDER_WAY, Query, QueryStatus
from research_env.questions import read_question
from research_env.selectors import progress_of
from research_env.stored import is_variant
from research_env.tables import StoredRows

POLL_SECONDS = 2


class ProjectCollection(HouseView):
    """Projects that one works in."""

    area = Area.PROJECTS
    permission_classes = [IsAuthenticated, HasDataAccess]

    @documented.projects_list
    def get(self, request: Request) -> Response:
        """One page of projects."""
        grants = DatasetGrant.objects.filter(in_force(clock.now())).select_related("dataset").order_by("dataset__slug")
        mine = Project.objects.visible_to(reader_of(request)).prefetch_related(
            Prefetch("dataset_grants", queryset=grants, to_attr="grants_in_force")
        )
        return page_of(request, mine, "reference", _projects_as_json)


class QueryCollection(HouseView):
    """Queries that one may see, and new ones."""

    area = Area.QUERIES
    permission_classes = [IsAuthenticated, HasDataAccess]

    def get_throttles(self) -> list[BaseThrottle]:
        """New queries are counted beside all other requests."""
        more = [CreateQueryThrottle()] if self.request.method == "POST" else []
        return [*super().get_throttles(), *more]

    @documented.queries_list
    def get(self, request: Request) -> Response:
        """One page of queries, the newest first."""
        asked = parameters(request, serializers.QueryFilterSerializer)
        queries = Query.objects.visible_to(reader_of(request)).select_related("project", "release", "author")
        if "project" in asked:
            queries = queries.filter(project=project_of(request, asked["project"]))
        if "status" in asked:
            queries = queries.filter(status=asked["status"])
        shape = serializers.QuerySummarySerializer
        context = {"request": request}
        return page_of(request, queries, "-pk", lambda page: shape(page, many=True, context=context).data)

    @documented.queries_create
    def post(self, request: Request) -> Response:
        """Plan a query and, unless told otherwise, submit it."""
        body = serializers.NewQuerySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = create_once(request, lambda: _create(request, body.validated_data).reference)
        response = _query_response(request, made.reference, status=made.status)
        return made.told(response, response.data["links"]["self"])


class QueryItem(HouseView):
    """One query."""

    area = Area.QUERIES

    @documented.queries_read
    def get(self, request: Request, reference: str) -> Response:
        """The query with its question in words."""
        return _query_response(request, reference)


class QueryProgress(HouseView):
    """How far a query is."""

    area = Area.QUERIES

    @documented.queries_progress
    def get(self, request: Request, reference: str) -> Response:
        """Progress; Retry-After says when to ask again, while that is of use."""
        query = query_of(request, reference)
        under_way = query.status in UNDER_WAY
        facts = {**vars(progress := progress_of(query)), "time_left": progress.time_left}
        facts |= {"status": query.status, "ended": not under_way and query.status != QueryStatus.PLANNED}
        headers = {"Retry-After": str(POLL_SECONDS)} if under_way else None
        return Response(serializers.ProgressSerializer(facts).data, headers=headers)


class QuerySubmit(HouseView):
    """Hand a planned query to the workers."""

    area = Area.QUERIES

    @documented.queries_submit
    def post(self, request: Request, reference: str) -> Response:
        """The query, now waiting."""
        services.submit_query(actor=reader_of(request), query=query_of(request, reference))
        return _query_response(request, reference)


class QueryCancel(HouseView):
    """Stop a query."""

    area = Area.QUERIES

    @documented.queries_cancel
    def post(self, request: Request, reference: str) -> Response:
        """The query, now cancelled."""
        services.cancel_query(actor=reader_of(request), query=query_of(request, reference))
        return _query_response(request, reference)


class QueryRetry(HouseView):
    """Take up a query that failed or was cancelled."""

    area = Area.QUERIES

    @documented.queries_retry
    def post(self, request: Request, reference: str) -> Response:
        """The query, waiting again."""
        services.retry_query(actor=reader_of(request), query=query_of(request, reference))
        return _query_response(request, reference)


class QueryVariants(HouseView):
    """Variants of a result."""

    area = Area.QUERIES

    @documented.results_variants
    def get(self, request: Request, reference: str) -> Response:
        """One page of variants, in the order of the genome."""
        asked = parameters(request, serializers.VariantFilterSerializer)
        return _rows(request, query_of(request, reference), "variants", asked)


class QueryCarriers(HouseView):
    """Carriers of a result."""

    area = Area.QUERIES

    @documented.results_carriers
    def get(self, request: Request, reference: str) -> Response:
        """One page of carriers, in the order of the genome."""
        asked = parameters(request, serializers.CarrierFilterSerializer)
        query = query_of(request, reference)
        if "pseudonym" in asked:
            asked["pseudonym"] = _as_printed(query.project, asked["pseudonym"])
        return _rows(request, query, "carriers", asked)


class QueryVariantsFile(HouseView):
    """All variants as a file."""

    area = Area.QUERIES

    @documented.results_variants_parquet
    def get(self, request: Request, reference: str) -> FileResponse:
        """The Parquet file; the audit knows who took it."""
        return _parquet(request, reference, "variants")


class QueryCarriersFile(HouseView):
    """All carriers as a file."""

    area = Area.QUERIES

    @documented.results_carriers_parquet
    def get(self, request: Request, reference: str) -> FileResponse:
        """The Parquet file; the audit knows who took it."""
        return _parquet(request, reference, "carriers")


class QueryProvenance(HouseView):
    """How a result came to be."""

    area = Area.QUERIES

    @documented.results_provenance
    def get(self, request: Request, reference: str) -> Response:
        """Release, engine, question, people and digests."""
        query = query_of(request, reference)
        result_of(query)
        return Response(serializers.ProvenanceSerializer(query).data)


def _query_response(request: Request, reference: str, status: int = 200) -> Response:
    shape = serializers.QuerySerializer(query_of(request, reference), context={"request": request})
    return Response(shape.data, status=status)


def _create(request: Request, body: dict[str, Any]) -> Query:
    """Plan, and unless told otherwise submit. Raises refusals whose fields are those of the body."""
    project, release = project_of(request, body["project"]), release_of(request, body["release"])
    raw = body["question"]
    try:
        question = read_question(project, release, question_as_text(raw))
        query = services.plan_query(
            actor=reader_of(request), project=project, release=release, name=body["name"], question=question
        )
    except InvalidInput as refusal:
        refuse(refusal)
    return services.submit_query(actor=reader_of(request), query=query) if body["submit"] else query


def _rows(request: Request, query: Query, table: str, where: dict[str, str]) -> Response:
    result = result_of(query)
    rows = StoredRows(result, table)
    for column, value in where.items():
        rows = rows.filter(is_variant(value) if column == "variant_id" else pc.field(column) == value)
    return RowPages(request).response(rows, serializers.plain_rows)


def _parquet(request: Request, reference: str, table: str) -> FileResponse:
    query = query_of(request, reference)
    stream = results.parquet_bytes(result_of(query), table)
    services.record_download(actor=reader_of(request), query=query, table=table, file_format="parquet")
    return FileResponse(
        stream, as_attachment=True, filename=f"{query.reference}-{table}.parquet", content_type=documented.PARQUET
    )


def _as_printed(project: Project, pseudonym: str) -> str:
    """A pseudonym the way the result's file spells it. Raises InvalidInput for a text that is none."""
    cipher = ProjectPseudonyms(project.reference)
    try:
        return cipher.encode(cipher.decode(pseudonym))
    except InvalidInput as refusal:
        raise InvalidInput(refusal.sentence, field="pseudonym") from refusal


def _projects_as_json(projects: list[Any]) -> Any:
    rows = [
        {
            "reference": project.reference,
            "title": project.title,
            "ends_at": project.ends_at,
            "datasets": [grant.dataset.slug for grant in project.grants_in_force],
        }
        for project in projects
    ]
    return serializers.ProjectSerializer(rows, many=True).data
