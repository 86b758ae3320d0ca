"""What waits with the airlock, in its fair order, and what one row of the queue says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q
from django.db.models.functions import Coalesce

from accounts.models import User
from airlock.checks import Consequence
from airlock.models import CheckRun, ExportRequest, Finding, Referral, Release, RequestFile, Review
from airlock.selectors.clocks import MINUTES_A_DAY, Clocks, clocks_of, minutes_left

S = ExportRequest.Status
QUEUED = (S.CHECKING, S.IN_REVIEW, S.CONSOLIDATING, S.COMMITTEE, S.APPROVED, S.RELEASING, S.QUARANTINED)


def in_fair_order(requests: Iterable[ExportRequest]) -> list[ExportRequest]:
    """Urgent ones first; then the oldest of each project, then the second of each, and so on."""
    seen: Counter[int] = Counter()
    ranked: list[tuple[bool, int, int, ExportRequest]] = []
    for request in sorted(requests, key=lambda each: (each.submitted_at or each.created_at, each.pk)):
        ranked.append((not request.urgent_reason, seen[request.project_id], len(ranked), request))
        seen[request.project_id] += 1
    return [request for *_, request in sorted(ranked, key=lambda each: each[:3])]


@dataclass(frozen=True)
class QueueRow:
    """One request in the queue. `weighty` counts findings that somebody must settle, `found` all of them."""

    request: ExportRequest
    clocks: Clocks
    minutes_left: int
    files: int
    found: int
    weighty: int
    reviews_in: int
    is_mine: bool

    @property
    def age(self) -> str:
        """Working days with the airlock: "1.5"."""
        return f"{self.clocks.us / MINUTES_A_DAY:.1f}"

    @property
    def left(self) -> str:
        """Working days until this turn should be decided, in words."""
        days = abs(self.minutes_left) / MINUTES_A_DAY
        return f"{days:.1f} left" if self.minutes_left >= 0 else f"{days:.1f} over"

    @property
    def is_late(self) -> bool:
        """Whether the target is missed."""
        return self.minutes_left < 0


def waiting_for(actor: Any) -> list[ExportRequest]:
    """What waits with the airlock, as far as the actor may judge or oversee it, in the fair order."""
    waiting = ExportRequest.objects.checkable_by(actor).filter(status__in=QUEUED)
    reviews = Prefetch("reviews", Review.objects.filter(voided_at=None))
    asked = Referral.objects.filter(request=OuterRef("pk"), turn=OuterRef("turn"))
    waiting = waiting.annotate(asks_committee=Exists(asked))
    return in_fair_order(waiting.select_related("project", "author").prefetch_related(reviews, "stretches"))


def queue_for(actor: User) -> list[QueueRow]:
    """The rows of the queue; seven queries, however many there are."""
    waiting = waiting_for(actor)
    files = _files_of(waiting)
    found, weighty = _findings_of(waiting)
    return [_row(each, actor, files[each.pk], found[each.pk], weighty[each.pk]) for each in waiting]


def _row(request: Any, actor: User, files: int, found: int, weighty: int) -> QueueRow:
    reviews = [review for review in request.reviews.all() if review.turn == request.turn]
    return QueueRow(
        request=request,
        clocks=clocks_of(request),
        minutes_left=minutes_left(request, by_committee=request.asks_committee),
        files=files,
        found=found,
        weighty=weighty,
        reviews_in=sum(review.submitted_at is not None for review in reviews),
        is_mine=any(review.reviewer_id == actor.pk for review in reviews),
    )


def _files_of(requests: Sequence[ExportRequest]) -> Counter[int]:
    rows = RequestFile.objects.current().filter(request__in=[each.pk for each in requests])
    counted = rows.order_by().values_list("request").annotate(number=Count("pk"))
    return Counter(dict(counted))


def _findings_of(requests: Sequence[ExportRequest]) -> tuple[Counter[int], Counter[int]]:
    """How many findings the newest runs of each request hold, and how many of them ask for a word."""
    keys = [each.pk for each in requests]
    newer = CheckRun.objects.filter(file=OuterRef("file"), pk__gt=OuterRef("pk"))
    of_files = CheckRun.objects.filter(file__request__in=keys, file__removed_at=None).exclude(Exists(newer))
    later = CheckRun.objects.filter(request=OuterRef("request"), turn=OuterRef("turn"), pk__gt=OuterRef("pk"))
    together = CheckRun.objects.filter(request__in=keys, turn=F("request__turn")).exclude(Exists(later))
    runs = Q(run__in=of_files.values("pk")) | Q(run__in=together.values("pk"))
    there = Q(file=None) | Q(file__removed_at=None)
    rows = Finding.objects.filter(runs & there).annotate(about=Coalesce("run__request", "run__file__request"))
    found, weighty = Counter[int](), Counter[int]()
    for about, consequence in rows.order_by().values_list("about", "consequence"):
        found[about] += 1
        weighty[about] += consequence >= Consequence.ACKNOWLEDGE
    return found, weighty


def left_before(actor: Any, request: ExportRequest) -> list[Release]:
    """What left the request's project before, the newest first, as far as this reader may see those requests."""
    others = ExportRequest.objects.checkable_by(actor).filter(project=request.project_id).exclude(pk=request.pk)
    releases = Release.objects.filter(request__in=others.values("pk"), stopped_at=None).exclude(finished_at=None)
    return list(releases.select_related("request").prefetch_related("files__file").order_by("-finished_at")[:20])


def ahead_of(request: ExportRequest) -> int:
    """How many requests are looked at before this one."""
    if request.status not in QUEUED:
        return 0
    waiting = in_fair_order(ExportRequest.objects.filter(status__in=QUEUED))
    return next((place for place, each in enumerate(waiting) if each.pk == request.pk), 0)
