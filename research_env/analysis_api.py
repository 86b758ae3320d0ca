"""Analyses for programs, worked out when asked for: one person, a family, cases against controls."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from access_review.models import Project
from accounts.gates import reader_of
from portal.kernel.api import HouseView, parameters
from portal.kernel.problems import NOTHING_HERE
from portal.kernel.refusals import InvalidInput
from portal.kernel.scopes import Area
from research_env import analysis_openapi as documented
from research_env import analysis_serializers as shapes
from research_env.asked_by_programs import HasDataAccess, query_of, question_as_text, refuse, release_of, result_of
from research_env.burden import compare
from research_env.burden_forms import BurdenForm
from research_env.one_person import MODES, PersonReport, read_person


class PersonVariants(HouseView):
    """What one person carries."""

    area = Area.QUERIES
    permission_classes = [IsAuthenticated, HasDataAccess]

    @documented.person_read
    def post(self, request: Request, reference: str) -> Response:
        """The variants; nothing is stored."""
        report = _report(request, reference, shapes.NewPersonSerializer)
        return Response(shapes.PersonReportSerializer(shapes.report_as_json(report)).data)


class PersonInheritance(HouseView):
    """How a family passed a person's variants on."""

    area = Area.QUERIES
    permission_classes = [IsAuthenticated, HasDataAccess]

    @documented.family_read
    def post(self, request: Request, reference: str) -> Response:
        """The variants that fit a way of inheritance; nothing is stored."""
        report = _report(request, reference, shapes.NewFamilySerializer)
        return Response(shapes.FamilyReportSerializer(shapes.report_as_json(report)).data)


class QueryBurden(HouseView):
    """Cases against controls in what a query found."""

    area = Area.QUERIES

    @documented.burden_read
    def get(self, request: Request, reference: str) -> Response:
        """The genes by p-value."""
        asked = parameters(request, shapes.BurdenFilterSerializer)
        query = query_of(request, reference)
        result_of(query)
        form = BurdenForm(query, reader_of(request), _as_typed(asked))
        if not form.is_valid():
            raise ValidationError({name: [str(each) for each in problems] for name, problems in form.errors.items()})
        report = compare(query, form.comparison)
        found = {
            name: getattr(report, name) for name in ("case_count", "control_count", "in_both", "tested", "inflation")
        }
        found |= {"test": report.comparison.test, "results": shapes.rows_as_json(report.table.to_pylist())}
        return Response(shapes.BurdenReportSerializer(found).data)


def _as_typed(asked: dict[str, str]) -> QueryDict:
    """The parameters as the form of the page takes them."""
    typed = QueryDict(mutable=True)
    for name, value in asked.items():
        typed.setlist(name, value.split(",") if name == "covariates" else [value])
    return typed


def _report(request: Request, reference: str, shape: type[shapes.NewPersonSerializer]) -> PersonReport:
    project = Project.objects.visible_to(reader_of(request)).filter(reference=reference).first()
    if project is None:
        raise NotFound(NOTHING_HERE)
    body = shape(data=request.data)
    body.is_valid(raise_exception=True)
    asked: dict[str, Any] = body.validated_data
    modes: tuple[str, ...] = tuple(asked["modes"] or MODES) if "modes" in asked else ()
    try:
        return read_person(
            actor=reader_of(request),
            project=project,
            release=release_of(request, asked["release"]),
            raw={**question_as_text(asked["question"]), "person": asked["person"]},
            modes=modes,
        )
    except InvalidInput as refusal:
        refuse(refusal)
