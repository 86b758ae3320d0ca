"""How the committee serves: computed from the audit events of applications, so that nobody can polish it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median, quantiles

from django.db.models import Max, Min, QuerySet

from access_review.events import Event
from access_review.models import Application
from portal.kernel import clock
from portal.kernel.models import AuditEvent

OUTCOMES: Mapping[Event, str] = {
    Event.APPLICATION_APPROVED: "Approved",
    Event.APPLICATION_CONDITIONAL: "Approved with conditions",
    Event.APPLICATION_DEFERRED: "Deferred",
    Event.APPLICATION_DECLINED: "Declined",
    Event.APPLICATION_TURNED_AWAY: "Declined in triage",
}
SUBJECT = "access_review.application"


@dataclass(frozen=True)
class ServiceFigures:
    """Days are calendar days from the first submission to the last decision."""

    decided: int
    median_days: float | None
    ninetieth_days: float | None
    outcomes: Sequence[tuple[str, int]]
    overdue: Sequence[tuple[str, int]]


def service_figures() -> ServiceFigures:
    """Three queries, whatever the number of applications."""
    events = AuditEvent.objects.filter(subject_type=SUBJECT)
    sent = dict(_when(events.filter(event=Event.APPLICATION_SUBMITTED), Min("at")))
    made = list(events.filter(event__in=OUTCOMES).values_list("subject_ref", "event"))
    ended = dict(_when(events.filter(event__in=OUTCOMES), Max("at")))
    days = sorted((ended[ref] - sent[ref]).total_seconds() / 86400 for ref in ended if ref in sent)
    counted = Counter(OUTCOMES[Event(event)] for _, event in made)
    return ServiceFigures(
        decided=len(days),
        median_days=round(median(days), 1) if days else None,
        ninetieth_days=round(quantiles(days, n=10, method="inclusive")[-1], 1) if len(days) > 1 else None,
        outcomes=[(words, counted[words]) for words in OUTCOMES.values()],
        overdue=_overdue(),
    )


def _when(events: QuerySet[AuditEvent], at: Min | Max) -> list[tuple[str, datetime]]:
    grouped = events.order_by().values("subject_ref").annotate(when=at)
    return list(grouped.values_list("subject_ref", "when"))


def _overdue() -> list[tuple[str, int]]:
    late = Application.objects.filter(due_at__lt=clock.now()).values_list("status", flat=True)
    counted = Counter(late)
    states = Application.Status
    stages = (states.SUBMITTED, states.TRIAGE, states.IN_REVIEW, states.APPEALED)
    return [(str(stage.label), counted[stage]) for stage in stages]
