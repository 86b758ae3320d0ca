"""A saved cohort for programs: the pseudonyms of who is in it now, in pages of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.gates import reader_of
from portal.kernel.api import CURSOR_PARAMETERS, HouseView, RowPages, paged, problems
from portal.kernel.problems import NOTHING_HERE
from portal.kernel.scopes import Area
from research_env import services
from research_env.asked_by_programs import HasDataAccess
from research_env.models import SavedCohort


class PersonInCohortSerializer(serializers.Serializer[Any]):
    """Somebody who is in the cohort now."""

    pseudonym = serializers.CharField(help_text="The project's own pseudonym of the person.")


PERSON = {"pseudonym": "7KQ2M-4XD9P-3TW8"}


@dataclass(frozen=True)
class _Names:
    """Pseudonyms in memory, counted and cut as pages need it."""

    names: list[str]

    def count(self) -> int:
        """How many there are."""
        return len(self.names)

    def __getitem__(self, window: slice) -> list[str]:
        return self.names[window]


class CohortPseudonyms(HouseView):
    """Who is in a saved cohort."""

    area = Area.ROWS
    permission_classes = [IsAuthenticated, HasDataAccess]

    @extend_schema(
        operation_id="cohorts_pseudonyms",
        summary="Read who is in a saved cohort",
        description=(
            "The project's own pseudonyms of the people who fit the conditions now, consent and are in the project's "
            "datasets, in the order of the pseudonyms. A query takes them. Reading them is recorded in the audit log."
        ),
        tags=["Clinical tables"],
        parameters=[
            OpenApiParameter("reference", str, OpenApiParameter.PATH, description="The cohort, CHT-2026-0001."),
            *CURSOR_PARAMETERS,
        ],
        responses={
            200: paged(PersonInCohortSerializer, with_total=True),
            **problems("invalid", "not_authenticated", "not_allowed", "not_found", "wrong_state"),
        },
        examples=[
            OpenApiExample(
                "People", value={"next": None, "previous": None, "total": 1, "results": [PERSON]}, response_only=True
            )
        ],
    )
    def get(self, request: Request, reference: str) -> Response:
        """One page of pseudonyms."""
        pages, actor = RowPages(request), reader_of(request)
        visible = SavedCohort.objects.visible_to(actor).select_related("project", "release")
        cohort = visible.filter(reference=reference).first()
        if cohort is None:
            raise NotFound(NOTHING_HERE)
        names = services.hand_over_cohort(actor=actor, cohort=cohort, file_format="json")
        return pages.response(_Names(names), lambda page: [{"pseudonym": name} for name in page])
