"""How the committee serves: computed from the audit events of applications, so that nobody can polish it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median, quantiles

from django.db.models import Count, Max, Min, QuerySet

from access_review.committee import APPEAL_DAYS, FAST_TRACK_DAYS, REVIEW_DAYS, TRIAGE_DAYS
from access_review.events import Event
from portal.kernel import clock
from portal.kernel.models import AuditEvent
from portal.kernel.working_days import add_working_days

OUTCOMES: Mapping[Event, str] = {
    Event.APPLICATION_APPROVED: "Approved",
    Event.APPLICATION_CONDITIONAL: "Approved with conditions",
    Event.APPLICATION_DEFERRED: "Deferred",
    Event.APPLICATION_DECLINED: "Declined",
    Event.APPLICATION_TURNED_AWAY: "Declined in triage",
    Event.APPLICATION_AMENDED: "Minor change approved",
}
APPEALS: Mapping[Event, str] = {
    Event.APPLICATION_APPEALED: "Lodged",
    Event.APPEAL_UPHELD: "Upheld",
    Event.APPEAL_DISMISSED: "Dismissed",
}
# What begins a stage in which the committee has it: the stage, and the working days that it may take.
STAGES: Mapping[Event, tuple[str, int]] = {
    Event.APPLICATION_SUBMITTED: ("Triage", TRIAGE_DAYS),
    Event.APPLICATION_RESUBMITTED: ("Triage", TRIAGE_DAYS),
    Event.APPLICATION_IN_REVIEW: ("Review", REVIEW_DAYS),
    Event.APPEAL_UPHELD: ("Review", REVIEW_DAYS),
    Event.APPLICATION_APPEALED: ("Appeal", APPEAL_DAYS),
}
# What ends such a stage. To take an application into triage is part of triage.
ENDS = (
    *OUTCOMES,
    Event.APPLICATION_RETURNED,
    Event.APPLICATION_WITHDRAWN,
    Event.APPLICATION_LAPSED,
    Event.APPEAL_DISMISSED,
)
SUBJECT = "access_review.application"


@dataclass(frozen=True)
class ServiceFigures:
    """Days are calendar days from the first submission to the last decision."""

    decided: int
    median_days: float | None
    ninetieth_days: float | None
    outcomes: Sequence[tuple[str, int]]
    appeals: Sequence[tuple[str, int]]
    overdue: Sequence[tuple[str, int]]


def service_figures() -> ServiceFigures:
    """Three queries, whatever the number of applications."""
    events = AuditEvent.objects.filter(subject_type=SUBJECT)
    sent = dict(_when(events.filter(event=Event.APPLICATION_SUBMITTED), Min("at")))
    made = events.filter(event__in=[*OUTCOMES, *APPEALS]).order_by().values_list("event").annotate(Count("pk"))
    ended = dict(_when(events.filter(event__in=OUTCOMES), Max("at")))
    days = sorted((ended[ref] - sent[ref]).total_seconds() / 86400 for ref in ended if ref in sent)
    counted = {Event(event): count for event, count in made}
    return ServiceFigures(
        decided=len(days),
        median_days=round(median(days), 1) if days else None,
        ninetieth_days=round(quantiles(days, n=10, method="inclusive")[-1], 1) if len(days) > 1 else None,
        outcomes=[(words, counted.get(event, 0)) for event, words in OUTCOMES.items()],
        appeals=[(words, counted.get(event, 0)) for event, words in APPEALS.items()],
        overdue=_overdue(events),
    )


def _when(events: QuerySet[AuditEvent], at: Min | Max) -> list[tuple[str, datetime]]:
    grouped = events.order_by().values("subject_ref").annotate(when=at)
    return list(grouped.values_list("subject_ref", "when"))


def _overdue(events: QuerySet[AuditEvent]) -> list[tuple[str, int]]:
    """How many stages last longer than they may: the last move of each application began one, and too long ago."""
    moves = events.filter(event__in=[*STAGES, *ENDS])
    last = moves.order_by("subject_ref", "-at", "-pk").distinct("subject_ref").values_list("event", "at", "detail")
    at = clock.now()
    late = Counter(
        STAGES[Event(event)][0] for event, since, detail in last if event in STAGES and at > _due(event, since, detail)
    )
    return [(stage, late[stage]) for stage in dict.fromkeys(stage for stage, _ in STAGES.values())]


def _due(event: str, since: datetime, detail: Mapping[str, object]) -> datetime:
    return add_working_days(since, FAST_TRACK_DAYS if detail.get("fast_track") else STAGES[Event(event)][1])
