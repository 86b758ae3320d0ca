"""What the clock makes people be told. Nothing here ends or accepts anything by itself, but for drafts that lapse.

Access ends by its dates with or without this job. Each reminder is sent once, however often the job runs; when it
runs late, only the latest one that is due is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Q

from accounts.events import DomainEvent, InstitutionEvent, TrainingEvent
from accounts.models import (
    Affiliation,
    Agreement,
    DomainApplication,
    Institution,
    Registration,
    Reminder,
    TrainingRecord,
)
from accounts.services.domains import CLOCK, DECISION_DAYS
from accounts.services.role_requests import lapse_role_requests
from accounts.workflows import APPLICATION
from portal.kernel import audit, clock, events
from portal.kernel.working_days import working_days_left

LEAD_REMINDED_AFTER = (5, 8)  # working days since it was sent, of ten
AGREEMENT_ENDS_IN = (90, 60, 30, 7)  # days
TRAINING_ENDS_IN = (30, 14, 7, 1)
DRAFT_LAPSES_IN = (14, 3)
CONFIRMATION_WAITS = (5, 10, 20)  # working days

Due = tuple[str, models.Model, str, str]  # event, subject, threshold, until when it is about


def send_reminders() -> int:
    """Everything that is due now, each in a transaction of its own. Returns how many were sent."""
    at = clock.now()
    Registration.objects.filter(expires_at__lte=at).delete()  # what nobody proved is kept no longer
    sent = lapse_role_requests() + sum(_lapse(application) for application in _lapsed(at))
    return sent + sum(_send(*due) for due in _all_due(at))


def _all_due(at: datetime) -> Iterator[Due]:
    yield from _applications(at)
    yield from _drafts(at)
    yield from _days_before(
        Agreement.objects.in_force(at), "ends_at", AGREEMENT_ENDS_IN, InstitutionEvent.AGREEMENT_ENDING, at
    )
    yield from _days_before(_training(at), "valid_until", TRAINING_ENDS_IN, TrainingEvent.ENDS_SOON, at)
    yield from _confirmations(at)
    yield from _rechecks(at)


def _send(event: str, subject: Any, threshold: str, about: str) -> bool:
    detail = {} if event == DomainEvent.ESCALATED else {"threshold": threshold}
    return remind_once(event, subject, threshold, about, detail=detail)


@transaction.atomic
def remind_once(event: str, subject: Any, threshold: str, about: str, *, detail: Mapping[str, Any]) -> bool:
    """Publish the event of a reminder, unless this threshold was told of this end before. Whether it was new."""
    kind, reference = audit.reference_of(subject)
    _, is_new = Reminder.objects.get_or_create(
        subject_type=kind, subject_ref=reference, kind=event[:40], threshold=f"{threshold}@{about}"
    )
    if not is_new:
        return False
    audit.record(event, subject, CLOCK, detail=detail)
    events.publish(event, subject, CLOCK)
    return True


def _lapsed(at: datetime) -> Iterable[DomainApplication]:
    kept = [DomainApplication.Status.DRAFT, DomainApplication.Status.RETURNED]
    return DomainApplication.objects.filter(status__in=kept, lapses_at__lte=at)


def _lapse(application: DomainApplication) -> bool:
    if APPLICATION.refusal(application, "lapse", CLOCK) is not None:
        return False
    APPLICATION.perform(application, "lapse", CLOCK)
    return True


def _applications(at: datetime) -> Iterator[Due]:
    """Leads are reminded on the fifth and eighth working day; after the tenth deputies and the desk are told."""
    waiting = DomainApplication.objects.filter(status=DomainApplication.Status.SUBMITTED)
    for application in waiting.select_related("domain", "person").order_by("due_at"):
        assert application.due_at is not None, "a constraint holds this"
        about = f"{application.due_at:%Y-%m-%d}"
        if application.due_at < at:
            yield DomainEvent.ESCALATED, application, "10", about
            continue
        passed = DECISION_DAYS - working_days_left(at, application.due_at)
        if reached := [days for days in LEAD_REMINDED_AFTER if days <= passed]:
            yield DomainEvent.WAITS, application, str(max(reached)), about


def _drafts(at: datetime) -> Iterator[Due]:
    kept = [DomainApplication.Status.DRAFT, DomainApplication.Status.RETURNED]
    rows = DomainApplication.objects.filter(status__in=kept, lapses_at__gt=at).select_related("domain", "person")
    yield from _days_before(rows, "lapses_at", DRAFT_LAPSES_IN, DomainEvent.LAPSES_SOON, at)


def _training(at: datetime) -> models.QuerySet[TrainingRecord]:
    """Certificates that end soon and are not renewed yet."""
    valid = TrainingRecord.objects.valid(at)
    renewed = TrainingRecord.objects.valid(at).filter(
        person=models.OuterRef("person"),
        version__course=models.OuterRef("version__course"),
        valid_until__gt=models.OuterRef("valid_until"),
    )
    return valid.exclude(models.Exists(renewed)).select_related("person", "version__course")


def _days_before(
    rows: models.QuerySet[Any], field: str, thresholds: Sequence[int], event: str, at: datetime
) -> Iterator[Due]:
    """The nearest threshold that each row has reached: 7 days before, not 30 and 14 as well."""
    soon = rows.filter(**{f"{field}__gt": at, f"{field}__lte": at + timedelta(days=max(thresholds))})
    for row in soon.order_by(field):
        end = getattr(row, field)
        reached = [days for days in thresholds if end - at <= timedelta(days=days)]
        yield event, row, str(min(reached)), f"{end:%Y-%m-%d}"


def _confirmations(at: datetime) -> Iterator[Due]:
    """Secretaries are reminded of people who wait; after twenty working days the service desk hears of it."""
    waiting = Affiliation.objects.filter(status=Affiliation.Status.WAITING, waiting_since__isnull=False)
    for affiliation in waiting.select_related("institution", "person"):
        since = affiliation.waiting_since
        assert since is not None, "filtered above"
        passed = working_days_left(since, at)
        if reached := [days for days in CONFIRMATION_WAITS if days <= passed]:
            yield InstitutionEvent.AFFILIATION_WAITS, affiliation, str(max(reached)), f"{since:%Y-%m-%d}"


def _rechecks(at: datetime) -> Iterator[Due]:
    """Each institution once for each day on which rechecks of its people are due."""
    due = Q(affiliations__status=Affiliation.Status.CONFIRMED, affiliations__recheck_due_at__lte=at)
    lapsing = Institution.objects.filter(due, affiliations__lapses_at__gt=at)
    first = dict(lapsing.values_list("pk").annotate(models.Min("affiliations__recheck_due_at")))
    for institution in Institution.objects.filter(pk__in=first):
        yield InstitutionEvent.RECHECK_DUE, institution, "recheck", f"{first[institution.pk]:%Y-%m-%d}"
