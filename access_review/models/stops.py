"""What shuts a project by the clock alone: no lead with access to data for 14 days, or a report late by a month.

Computed from dated facts at each reading, so that it takes effect at its instant whether or not a job runs. The job
(`services.clockwork`) only writes it down later, for the register and the mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Max
from django.utils import timezone

from access_review.models.projects import REPORT_GRACE_DAYS, Project, ProjectMember, in_force
from accounts.events import Event as AccountEvent
from accounts.gates import WITH_A_PAST, Kind, facts_of_people, known_of, last_granted
from accounts.models import User
from portal.kernel.models import AuditEvent
from portal.kernel.requests import once_per_reading
from portal.kernel.working_days import add_months

LEAD_GRACE_DAYS = 14


@dataclass(frozen=True)
class LeadLoss:
    """That no lead of a project has access to data: since when, and when the project is shut for it."""

    lost_at: datetime
    shuts_at: datetime


@dataclass(frozen=True)
class Stop:
    """Why a project is shut by the clock, and what opens it again."""

    kind: Project.Stop
    sentence: str


def day_of(at: datetime) -> date:
    """The calendar day in London."""
    return timezone.localdate(at, timezone.get_default_timezone())


def losses(projects: Iterable[int], at: datetime) -> dict[int, LeadLoss]:
    """Those of these projects none of whose leads has access to data at this instant. At most four queries."""
    role = ProjectMember.Role.LEAD
    rows = ProjectMember.objects.filter(in_force(at), role=role, project__in=list(projects))
    return losses_among(list(rows.select_related("person")), at)


def losses_among(leads: Sequence[ProjectMember], at: datetime) -> dict[int, LeadLoss]:
    """The same for who has read the leads in force, their persons included."""
    ended = _access_ended([lead.person for lead in leads], at)
    found: dict[int, datetime | None] = {}
    for lead in leads:
        lost_at = None
        if lead.person_id in ended:  # who never had access is a lead without it from the first day on
            lost_at = max(ended[lead.person_id] or lead.starts_at, lead.starts_at)
        known = found.get(lead.project_id, lost_at)
        found[lead.project_id] = None if lost_at is None or known is None else max(known, lost_at)
    return {project: LeadLoss(lost_at, _shuts_at(lost_at)) for project, lost_at in found.items() if lost_at is not None}


def _access_ended(people: list[User], at: datetime) -> dict[int, datetime | None]:
    """When access ended for those of the people who have none now; None for who never had it or nobody knows."""
    by_pk = {person.pk: person for person in people}
    facts = facts_of_people([person for person in by_pk.values() if person.is_active], WITH_A_PAST)
    ended = {pk: last_granted(theirs, at) for pk, theirs in facts.items()}
    away = [str(pk) for pk, person in by_pk.items() if not person.is_active]
    if away:
        closed = AuditEvent.objects.filter(event=AccountEvent.ACCOUNT_CLOSED, subject_ref__in=away).order_by()
        when = dict(closed.values_list("subject_ref").annotate(Max("at")))
        ended |= {int(ref): when.get(ref) for ref in away}
    return {pk: end for pk, end in ended.items() if end != at}


def _shuts_at(lost_at: datetime) -> datetime:
    """The beginning of the fifteenth day after the day of the loss."""
    day = day_of(lost_at) + timedelta(days=LEAD_GRACE_DAYS + 1)
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())


def shut_for(person: User, at: datetime) -> frozenset[int]:
    """The projects of a member that are shut for want of a lead.

    Where the clock saw a lead with access within the days of grace, none can be missing for so long: then this asks
    nothing. Where it did not run, the leads' own facts are asked, in two queries.
    """
    unseen = {int(fact.about) for fact in known_of(person).of(Kind.UNSEEN) if fact.holds(at)}
    if not unseen:
        return frozenset()
    found = once_per_reading(("lead losses", person.pk), lambda: losses(unseen, at))
    return frozenset(project for project, loss in found.items() if loss.shuts_at <= at)


def report_shuts_after(project: Project, sent: int | None = None) -> date:
    """The last day on which the project is open without its next report; `sent`: how many were, if it is known."""
    sent = project.reports.count() if sent is None else sent
    due = add_months(project.starts_at, 12 * (sent + 1))
    return day_of(due) + timedelta(days=REPORT_GRACE_DAYS)


def stop_of(project: Project, at: datetime) -> Stop | None:
    """What shuts the project at this instant, beyond its status and its term."""
    loss: Any = losses([project.pk], at).get(project.pk)
    if loss is not None and loss.shuts_at <= at:
        since = f"{day_of(loss.lost_at):%-d %B %Y}"
        return Stop(
            Project.Stop.LEAD,
            f"No lead of the project has had access to data since {since}, and no successor was named.",
        )
    if day_of(at) > (last := report_shuts_after(project)):
        return Stop(Project.Stop.REPORT, f"The yearly report was expected by {last:%-d %B %Y} at the latest.")
    return None
