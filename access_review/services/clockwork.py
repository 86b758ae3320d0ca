"""What the clock makes people be told, and what it writes down. No access waits for it: doors shut by their dates.

Each reminder is sent once, however often the job runs; when it runs late, only the latest that is due is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Count, Q

from access_review.committee import FAST_TRACK_DAYS, REVIEW_DAYS, bench_of
from access_review.events import Event
from access_review.models import Application, Condition, Decision, Project, ProjectReport
from access_review.models.stops import LEAD_GRACE_DAYS, day_of, losses
from access_review.services.alarms import unexplained_applications
from access_review.services.projects import CLOCK, report_due_on, stop_by_the_clock
from access_review.workflows import APPLICATION
from accounts.services import remind_once
from portal.kernel import clock
from portal.kernel.working_days import working_days_left

LAPSES_IN = (14, 3)  # days
REVIEW_REMINDED_AT = (50, 80)  # per cent of the time for a review
CONDITION_DUE_IN = (14, 3, 0)  # days
REPORT_DUE_IN = (30, 14, 0)
PROJECT_ENDS_IN = (90, 30, 7)
SUCCESSOR_WANTED_IN = (LEAD_GRACE_DAYS + 1, 7, 1)
LOOKED_AT_AGAIN = timedelta(days=30)
S = Application.Status

Due = tuple[Event, models.Model, str, str]  # event, subject, threshold, until when it is about


def run_clock() -> int:
    """Let drafts lapse, write down what shut, and send what is due: each in a transaction of its own.

    Returns how many things were done or told.
    """
    at = clock.now()
    done = sum(_lapse(application) for application in Application.objects.filter(lapses_at__lte=at))
    # What shut is written down first: nobody is reminded of a project that they read of as suspended a line later.
    done += sum(_stop(project) for project in _may_stop(at))
    return done + sum(_remind(*due) for due in _all_due(at))


@transaction.atomic
def _lapse(application: Application) -> bool:
    if APPLICATION.refusal(application, "lapse", CLOCK) is not None:
        return False
    APPLICATION.perform(application, "lapse", CLOCK, changes={"lapses_at": None})
    return True


def _stop(project: Project) -> bool:
    with transaction.atomic():
        return stop_by_the_clock(project)


def _may_stop(at: datetime) -> list[Project]:
    """Projects whose status differs from what the clock says. Writes down of the others that a lead was seen."""
    running = list(Project.objects.filter(status=Project.Status.ACTIVE, starts_at__lte=at, ends_at__gt=at))
    without = losses([project.pk for project in running], at)
    Project.objects.filter(pk__in=[each.pk for each in running if each.pk not in without]).update(lead_seen_at=at)
    open_ones = set(Project.objects.open_at(at).values_list("pk", flat=True))
    shut = [each for each in running if each.pk not in open_ones or _is_shut(without, each, at)]
    stopped = Project.objects.filter(status=Project.Status.SUSPENDED, ends_at__gt=at).exclude(stopped_for="")
    return [*shut, *stopped]


def _is_shut(without: Any, project: Project, at: datetime) -> bool:
    return project.pk in without and without[project.pk].shuts_at <= at


def _remind(event: Event, subject: models.Model, threshold: str, about: str) -> bool:
    return remind_once(event, subject, threshold, about, detail={"threshold": threshold})


def _all_due(at: datetime) -> Iterator[Due]:
    soon = at + timedelta(days=max(LAPSES_IN))
    for application in Application.objects.filter(lapses_at__gt=at, lapses_at__lte=soon):
        yield from _nearest(Event.LAPSES_SOON, application, application.lapses_at, LAPSES_IN, at)
    yield from _waiting(at)
    yield from _conditions(at)
    yield from _doubtful(at)
    for application in unexplained_applications():
        yield Event.STATUS_UNEXPLAINED, application, "alarm", application.status
    yield from _projects(at)


def _nearest(event: Event, subject: models.Model, end: Any, thresholds: Sequence[int], at: datetime) -> Iterator[Due]:
    """The nearest threshold that was reached, in calendar days: 7 days before, and not 30 and 14 as well."""
    day = end if type(end) is date else day_of(end)
    left = (day - day_of(at)).days
    if reached := [days for days in thresholds if left <= days]:
        yield event, subject, str(min(reached)), f"{day:%Y-%m-%d}"


def _waiting(at: datetime) -> Iterator[Due]:
    """What the committee has in hand: the reviewers at half and at four fifths of their time; then it is overdue."""
    with_them = [S.SUBMITTED, S.TRIAGE, S.IN_REVIEW, S.APPEALED]
    for application in Application.objects.filter(status__in=with_them, due_at__isnull=False).order_by("due_at"):
        assert application.due_at is not None, "filtered above"
        about = f"{application.due_at:%Y-%m-%d}"
        if application.due_at < at:
            yield Event.APPLICATION_OVERDUE, application, "0", about
        elif application.status == S.IN_REVIEW:
            days = FAST_TRACK_DAYS if application.fast_track else REVIEW_DAYS
            passed = 100 * (days - working_days_left(at, application.due_at)) / days
            if reached := [share for share in REVIEW_REMINDED_AT if share <= passed]:
                yield Event.APPLICATION_WAITS, application, str(max(reached)), about


def _doubtful(at: datetime) -> Iterator[Due]:
    """Approvals of the last weeks whose quorum rests on a vote that would not count today; the chair is told once."""
    approved = [Decision.Outcome.APPROVE, Decision.Outcome.CONDITIONS]
    recent = Decision.objects.filter(outcome__in=approved, decided_at__gt=at - LOOKED_AT_AGAIN)
    for decision in recent.filter(votes_for__gt=0).select_related("version__application"):
        if bench_of(decision.version.application).tally.gap is not None:
            yield Event.DECISION_IN_DOUBT, decision.version.application, "doubt", f"version {decision.version.number}"


def _conditions(at: datetime) -> Iterator[Due]:
    """The owners of conditions that have no evidence yet."""
    still = Q(decision__version__application__status=S.CONDITIONAL)
    rows = Condition.objects.filter(still, evidence_at=None, verified_at=None)
    last = day_of(at) + timedelta(days=max(CONDITION_DUE_IN))
    for condition in rows.filter(due_on__lte=last).select_related("owner", "decision__version__application"):
        yield from _nearest(Event.CONDITION_DUE, condition, condition.due_on, CONDITION_DUE_IN, at)


def _projects(at: datetime) -> Iterator[Due]:
    """Open projects: their reports, the end of their term, and leads without access."""
    running = list(Project.objects.open_at(at))
    sent = dict(ProjectReport.objects.values_list("project").annotate(Count("pk")).order_by())
    without = losses([project.pk for project in running], at)
    for project in running:
        yield from _nearest(
            Event.REPORT_DUE, project, report_due_on(project, sent.get(project.pk, 0)), REPORT_DUE_IN, at
        )
        yield from _nearest(Event.PROJECT_ENDS_SOON, project, project.ends_at, PROJECT_ENDS_IN, at)
        if loss := without.get(project.pk):
            yield from _nearest(Event.LEAD_LOST_ACCESS, project, loss.shuts_at, SUCCESSOR_WANTED_IN, at)
