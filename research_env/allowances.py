"""How much computing a project may use, what it has used this month, and whether a query fits into the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import FloatField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from access_review.models import Project
from portal.kernel import clock
from portal.kernel.requests import once_per_reading
from research_env.models import UNDER_WAY, ProjectAllowance, Query, QuerySlice

_GIGABYTE = 10**9
_HOUR = 3600.0


@dataclass(frozen=True)
class Allowance:
    """What a project may use: slices at one moment; CPU hours and gigabytes read (10^9 bytes) in a calendar month."""

    concurrent_slices: int
    cpu_hours_per_month: int
    gigabytes_per_month: int


@dataclass(frozen=True)
class Usage:
    """What a project has used since the month began, queries under way counted with what they were planned to need."""

    cpu_hours: float
    gigabytes: float


def allowance_of(project: Project) -> Allowance:
    """The project's own allowance, or the one that every project has."""
    return standing_of(project, clock.now())[0]


def concurrent_slices_of(project_ids: Iterable[int]) -> dict[int, int]:
    """How many slices each of these projects may have at a time. One query: it is asked whenever a slice ends."""
    ids = list(project_ids)
    own = ProjectAllowance.objects.filter(project__in=ids).values_list("project_id", "concurrent_slices")
    return dict.fromkeys(ids, settings.PROJECT_ALLOWANCE["concurrent_slices"]) | dict(own)


def usage_of(project: Project, at: datetime) -> Usage:
    """What the project has used in the calendar month of `at`."""
    return standing_of(project, at)[1]


def standing_of(project: Project, at: datetime) -> tuple[Allowance, Usage]:
    """What the project may use and what it has used in the calendar month of `at`. One query to the database."""
    return once_per_reading(("computing", project.pk), lambda: _standing_of(project, at))


def _standing_of(project: Project, at: datetime) -> tuple[Allowance, Usage]:
    here = timezone.localtime(at, timezone.get_default_timezone())
    month = here.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    slices = QuerySlice.objects.filter(query__project=OuterRef("pk"), finished_at__gte=month)
    running = Query.objects.filter(project=OuterRef("pk"), status__in=UNDER_WAY)
    names = tuple(settings.PROJECT_ALLOWANCE)
    row = (
        Project.objects.filter(pk=project.pk)
        .annotate(
            seconds=_sum(slices, "cpu_seconds") + _sum(running, "estimated_seconds"),
            bytes=_sum(slices, "bytes_read") + _sum(running, "estimated_bytes"),
        )
        .values("seconds", "bytes", *(f"allowance__{name}" for name in names))
        .get()
    )
    own = {name: row[f"allowance__{name}"] for name in names}
    is_own = own["concurrent_slices"] is not None
    allowance = Allowance(**own) if is_own else Allowance(**settings.PROJECT_ALLOWANCE)
    return allowance, Usage(row["seconds"] / _HOUR, row["bytes"] / _GIGABYTE)


def _sum(rows: QuerySet[Any], field: str) -> Coalesce:
    """The sum of a field over the rows of the outer project, 0 where there are none."""
    total = rows.order_by().annotate(_all=Value(1)).values("_all").annotate(_sum=Sum(field)).values("_sum")
    return Coalesce(Subquery(total), Value(0), output_field=FloatField())


def within_allowance(query: Query) -> str | None:
    """The project can pay for the query out of this month's allowance; the sentence that says why not."""
    allowance, usage = standing_of(query.project, clock.now())
    needs_hours, needs_gigabytes = query.estimated_seconds / _HOUR, query.estimated_bytes / _GIGABYTE
    for needs, used, limit, unit in (
        (needs_hours, usage.cpu_hours, allowance.cpu_hours_per_month, "CPU hours"),
        (needs_gigabytes, usage.gigabytes, allowance.gigabytes_per_month, "gigabytes of reading"),
    ):
        if used + needs > limit:
            return (
                f"This query needs about {needs:.1f} {unit}, and your project has used {used:.1f} of its {limit:,} for "
                "this month. Narrow the question, wait for the next month, or ask the data manager for more."
            )
    return None
