"""Reads of queries beyond one queryset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from accounts.models import User
from portal.kernel import clock
from research_env.models import UNDER_WAY, Query, QueryShare, QuerySlice, QueryStatus


def recent_queries(actor: Any, limit: int = 5) -> QuerySet[Query]:
    """The latest queries that the actor may see."""
    return (
        Query.objects.visible_to(actor).select_related("project", "release", "author").order_by("-created_at")[:limit]
    )


def people_shown(query: Query) -> QuerySet[User]:
    """Colleagues the query was shared with."""
    return User.objects.filter(pk__in=QueryShare.objects.filter(content_object=query).values("user")).order_by(
        "display_name"
    )


@dataclass(frozen=True)
class Progress:
    """How far a query is. `seconds_left` is None until there is something to judge by."""

    percent: int
    slices_done: int
    slices_total: int
    records_read: int
    records_estimated: int
    seconds_left: int | None
    queries_ahead: int
    waiting_for_worker: bool

    @property
    def time_left(self) -> str:
        """Time left in words."""
        if self.seconds_left is None:
            return "Time left not known yet"
        if self.seconds_left < 10:
            return "A few seconds left"
        if self.seconds_left < 90:
            return f"About {self.seconds_left} seconds left"
        return f"About {round(self.seconds_left / 60)} minutes left"


def progress_of(query: Query) -> Progress:
    """Where a query that is under way stands, from its slices; one or two queries whatever their number."""
    done = Q(state=QuerySlice.State.DONE)
    reads = query.slices.filter(kind=QuerySlice.Kind.READ)
    sums = reads.aggregate(
        total=Count("pk"),
        done=Count("pk", filter=done),
        read=Sum("records_read", default=0),
        estimated=Sum("records_estimated", default=0),
        started=Min("started_at"),
        seen=Max("started_at"),
    )
    ahead = 0
    if query.status == QueryStatus.QUEUED and query.submitted_at:
        ahead = Query.objects.under_way().filter(submitted_at__lt=query.submitted_at).count()
    share = min(1.0, sums["read"] / sums["estimated"]) if sums["estimated"] else 0.0
    return Progress(
        percent=100 if query.status == QueryStatus.FINISHED else min(99, int(share * 100)),
        slices_done=sums["done"],
        slices_total=sums["total"],
        records_read=sums["read"],
        records_estimated=max(sums["read"], sums["estimated"]),
        seconds_left=_seconds_left(query, share, sums["started"]),
        queries_ahead=ahead,
        waiting_for_worker=query.status in UNDER_WAY and sums["started"] is None,
    )


def _seconds_left(query: Query, share: float, started: Any) -> int | None:
    """From the speed so far; from the plan's estimate where nothing has been read yet."""
    if query.status not in UNDER_WAY:
        return None
    if started is None or share <= 0:
        return round(query.estimated_seconds) or None
    elapsed: float = (clock.now() - started) / timedelta(seconds=1)
    return round(elapsed * (1 - share) / share)
