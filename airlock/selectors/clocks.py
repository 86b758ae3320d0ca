"""The two clocks of a request, and how long a first decision usually takes. All in working minutes."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef

from airlock.models import ExportRequest, Stretch
from portal.kernel import clock
from portal.kernel.working_days import working_minutes_between

S = ExportRequest.Status
MINUTES_A_DAY = 8 * 60
DECIDED = (S.RETURNED, S.REJECTED, S.APPROVED)


@dataclass(frozen=True)
class Clocks:
    """Working minutes with the airlock, with the author, and on hold."""

    us: int
    you: int
    held: int

    @property
    def days(self) -> str:
        """Working days with the airlock, in words."""
        return in_days(self.us)


def in_days(minutes: float) -> str:
    """Working minutes as working days: "1.5 working days"."""
    days = minutes / MINUTES_A_DAY
    return "less than half a working day" if days < 0.5 else f"{days:.1f} working days"


def clocks_of(request: ExportRequest) -> Clocks:
    """The two clocks, from the stretches in which the request stood in each state."""
    sums: Counter[str] = Counter()
    for stretch in request.stretches.all():
        sums[_whose(stretch)] += working_minutes_between(stretch.began_at, stretch.ended_at or clock.now())
    return Clocks(sums["us"], sums["you"], sums["held"])


def target_minutes(*, by_committee: bool) -> int:
    """How long a decision of this turn should take at most; longer where the committee is asked."""
    days = settings.AIRLOCK_COMMITTEE_TARGET_DAYS if by_committee else settings.AIRLOCK_TARGET_DAYS
    return int(days) * MINUTES_A_DAY


def minutes_left(request: ExportRequest, *, by_committee: bool = False) -> int:
    """Working minutes until this turn should be decided; below 0 when that is over."""
    spent = sum(
        working_minutes_between(stretch.began_at, stretch.ended_at or clock.now())
        for stretch in request.stretches.all()
        if stretch.turn == request.turn and _whose(stretch) == "us"
    )
    return target_minutes(by_committee=by_committee) - spent


def _whose(stretch: Stretch) -> str:
    if stretch.is_held:
        return "held"
    if stretch.status in ExportRequest.WITH_US:
        return "us"
    return "you" if stretch.turn and stretch.status in ExportRequest.WRITABLE else ""


def minutes_to_first(states: Iterable[str], *, days: int = 30) -> list[int]:
    """Working minutes from the submission until a request first came to one of some states, in the last days."""
    since = clock.now() - timedelta(days=days)
    came = Stretch.objects.filter(status__in=states, began_at__gte=since, turn__gte=1).select_related("request")
    earlier = Stretch.objects.filter(request=OuterRef("request"), status__in=states, pk__lt=OuterRef("pk"))
    return [
        working_minutes_between(stretch.request.submitted_at, stretch.began_at)
        for stretch in came.exclude(Exists(earlier))
        if stretch.request.submitted_at
    ]


def usual_minutes() -> float | None:
    """The median of working minutes to a first decision over the last 30 days; None while there were none."""
    times = minutes_to_first(DECIDED)
    return statistics.median(times) if times else None


def usual_time() -> str:
    """How long a first decision usually takes, in words."""
    minutes = usual_minutes()
    return "not known yet" if minutes is None else in_days(minutes)
