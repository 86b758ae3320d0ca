"""Reads of the airlock: the queue in its fair order, the two clocks, who may read which remark and which vote."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import User
from airlock.models import (
    Comment,
    ExportRequest,
    FileGroup,
    Finding,
    RequestFile,
    Review,
    Stretch,
)
from airlock.policies import can_check_or_manage, holds_auditor
from airlock.tallies import FileTally, Outcome, tallies_of
from portal.kernel import clock
from portal.kernel.working_days import working_minutes_between

S = ExportRequest.Status
QUEUED = (S.CHECKING, S.IN_REVIEW, S.CONSOLIDATING, S.COMMITTEE, S.APPROVED, S.RELEASING, S.QUARANTINED)
MINUTES_A_DAY = 8 * 60
DECIDED = (S.RETURNED, S.REJECTED, S.APPROVED)


def in_fair_order(requests: Iterable[ExportRequest]) -> list[ExportRequest]:
    """Urgent ones first; then the oldest of each project, then the second of each, and so on."""
    seen: Counter[int] = Counter()
    ranked: list[tuple[bool, int, int, ExportRequest]] = []
    for request in sorted(requests, key=lambda each: (each.submitted_at or each.created_at, each.pk)):
        ranked.append((not request.urgent_reason, seen[request.project_id], len(ranked), request))
        seen[request.project_id] += 1
    return [request for *_, request in sorted(ranked, key=lambda each: each[:3])]


def queue_for(actor: Any) -> list[ExportRequest]:
    """What waits with the airlock, as far as the actor may judge or oversee it, in the fair order."""
    waiting = ExportRequest.objects.checkable_by(actor).filter(status__in=QUEUED)
    reviews = Prefetch("reviews", Review.objects.filter(voided_at=None))
    return in_fair_order(waiting.select_related("project", "author").prefetch_related(reviews, "stretches"))


def ahead_of(request: ExportRequest) -> int:
    """How many requests are looked at before this one."""
    if request.status not in QUEUED:
        return 0
    waiting = in_fair_order(ExportRequest.objects.filter(status__in=QUEUED))
    return next((place for place, each in enumerate(waiting) if each.pk == request.pk), 0)


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


def _whose(stretch: Stretch) -> str:
    if stretch.is_held:
        return "held"
    if stretch.status in ExportRequest.WITH_US:
        return "us"
    return "you" if stretch.turn and stretch.status in ExportRequest.WRITABLE else ""


def usual_minutes() -> float | None:
    """The median of working minutes to a first decision over the last 30 days; None while there were none."""
    since = clock.now() - timedelta(days=30)
    first = Stretch.objects.filter(turn=1, status__in=DECIDED, began_at__gte=since).select_related("request")
    times: dict[int, int] = {}
    for stretch in first.order_by("-began_at"):
        sent = stretch.request.submitted_at
        times[stretch.request_id] = working_minutes_between(sent, stretch.began_at) if sent else 0
    return statistics.median(times.values()) if times else None


def usual_time() -> str:
    """How long a first decision usually takes, in words."""
    minutes = usual_minutes()
    return "not known yet" if minutes is None else in_days(minutes)


def comments_for(actor: Any, request: ExportRequest) -> QuerySet[Comment]:
    """The remarks that this reader may see now.

    Authors read checkers' remarks after the return or the decision, and only those for everybody. Checkers see their
    own alone until the reviews are in.
    """
    said = request.comments.filter(discarded_at=None).select_related("author", "group")
    if holds_auditor(actor):
        return said
    if can_check_or_manage(actor, request) or ExportRequest.objects.checkable_by(actor).filter(pk=request.pk).exists():
        blind = Q(is_of_checker=True, turn=request.turn) & ~Q(author=actor)
        return said.exclude(blind) if request.status == S.IN_REVIEW else said
    open_turn = request.status in (S.IN_REVIEW, S.CONSOLIDATING, S.COMMITTEE, S.CHECKING, S.APPROVED, S.RELEASING)
    hidden = Q(is_of_checker=True) & (
        Q(audience=Comment.Audience.CHECKERS) | (Q(turn=request.turn) if open_turn else Q(pk=None))
    )
    return said.exclude(hidden)


def tallies_for(actor: User, request: ExportRequest) -> list[FileTally]:
    """The votes that a checker may see: their own until all are in, then everybody's."""
    tallies = tallies_of(request)
    if request.status != S.IN_REVIEW:
        return tallies
    return [
        FileTally(each.file, [vote for vote in each.votes if vote.review.reviewer_id == actor.pk], each.required)
        for each in tallies
    ]


def groups_with_files(request: ExportRequest) -> list[tuple[FileGroup, list[RequestFile]]]:
    """The groups of a request, each with the files that are in it now."""
    files: dict[int, list[RequestFile]] = defaultdict(list)
    for file in request.files.current().select_related("blob"):
        files[file.group_id].append(file)
    return [(group, files[group.pk]) for group in request.groups.all()]


def decision_words(request: ExportRequest) -> list[tuple[str, str]]:
    """What the author reads of each file once it is decided: a divided file is one with changes asked for."""
    if request.status not in (S.RETURNED, S.REJECTED, S.RELEASED, S.REVOKED):
        return []
    words = {Outcome.APPROVED: "Approved", Outcome.INCOMPLETE: "Not decided"}
    return [(each.file.name, words.get(each.outcome, "Changes asked for")) for each in tallies_of(request)]


def metrics() -> dict[str, Any]:
    """Figures on the queue and the work, without a name and without a file."""
    by_state = Counter(ExportRequest.objects.filter(status__in=ExportRequest.OPEN).values_list("status", flat=True))
    waiting = list(ExportRequest.objects.filter(status__in=QUEUED).prefetch_related("stretches"))
    ages = [clocks_of(request).us for request in waiting]
    decided = ExportRequest.objects.exclude(submitted_at=None).filter(status__in=[S.RELEASED, S.REVOKED, S.REJECTED])
    turns = list(decided.values_list("turn", flat=True))
    first_time = sum(turn == 1 for turn in turns)
    codes = Counter(Finding.objects.values_list("code", flat=True))
    usual = usual_minutes()
    return {
        "open_by_state": {str(S(state).label): count for state, count in sorted(by_state.items())},
        "oldest_working_minutes": max(ages, default=0),
        "over_target": sum(age > 3 * MINUTES_A_DAY for age in ages),
        "median_working_minutes_to_first_decision": usual,
        "decided": len(turns),
        "first_time_pass_share": round(first_time / len(turns), 2) if turns else None,
        "turns_per_request": round(sum(turns) / len(turns), 2) if turns else None,
        "findings_by_code": dict(codes.most_common(12)),
        "on_hold": ExportRequest.objects.filter(status__in=ExportRequest.OPEN).exclude(held_at=None).count(),
    }
