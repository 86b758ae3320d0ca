"""Writes of projects: opened by an approval, changed by an approved amendment, peopled, suspended, closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from access_review.committee import current_version, team_ids
from access_review.events import Event
from access_review.models import Application, DatasetGrant, Project, ProjectMember, ProjectReport, in_force
from access_review.models.stops import stop_of
from access_review.policies import can_change_members, can_lead_project, can_open_project, can_suspend_project
from access_review.sections import PURPOSES
from access_review.services.members import join
from access_review.workflows import PROJECT
from accounts.gates import data_access
from accounts.models import User
from accounts.selectors import present_institutions
from ngrl.models import Dataset
from portal.kernel import clock
from portal.kernel.access import Actor, SystemActor, require
from portal.kernel.references import next_reference
from portal.kernel.refusals import InvalidInput, TransitionRefused
from portal.kernel.telling import tell
from portal.kernel.working_days import add_months

REPORT_OPENS_DAYS = 60
CLOCK = SystemActor("Clock of projects")
MENDS = {
    Project.Stop.LEAD: "Once a member with access to data is named as the lead, the project goes on.",
    Project.Stop.REPORT: "Once a lead sends the report, the project goes on.",
}


@transaction.atomic
def open_project(
    *, actor: Actor, title: str, lay_summary: str, lead: User, datasets: Sequence[Dataset], ends_at: datetime
) -> Project:
    """Open an approved project with its lead and its datasets from now on."""
    require(can_open_project, actor, None)
    at = clock.now()
    project = Project.objects.create(
        reference=next_reference("PRJ"),
        title=title,
        lay_summary=lay_summary,
        lead=lead,
        starts_at=at,
        ends_at=ends_at,
        lead_seen_at=at,
    )
    ProjectMember.objects.create(project=project, person=lead, role=ProjectMember.Role.LEAD, starts_at=at)
    DatasetGrant.objects.bulk_create(DatasetGrant(project=project, dataset=each, starts_at=at) for each in datasets)
    tell(Event.PROJECT_OPENED, project, actor, datasets=[each.slug for each in datasets])
    return project


@dataclass(frozen=True)
class Approved:
    """What an approved version gives to a project."""

    title: str
    lay_summary: str
    purpose: str
    datasets: list[Dataset]
    years: int


def approved_facts(application: Application) -> Approved:
    """Read from the frozen version that was decided on, never from answers that may have changed since."""
    version = current_version(application)
    if version is None or application.status != Application.Status.APPROVED:
        raise TransitionRefused("Only an approved application opens or changes a project.")
    answers = version.content["answers"]
    return Approved(
        title=answers["summary"]["title"][:200],
        lay_summary=answers["summary"]["lay_summary"],
        purpose=dict(PURPOSES).get(answers["purpose"]["purpose"], ""),
        datasets=list(Dataset.objects.filter(slug__in=answers["datasets"]["datasets"]).order_by("slug")),
        years=int(answers["security"]["years"]),
    )


@transaction.atomic
def open_approved(*, actor: Actor, application: Application) -> Project:
    """Open the project that an approval allows: its datasets, its lead and its team, from now until its term."""
    facts, at = approved_facts(application), clock.now()
    homes = present_institutions(application.lead, at)
    project = Project.objects.create(
        reference=next_reference("PRJ"),
        title=facts.title,
        lay_summary=facts.lay_summary,
        purpose=facts.purpose,
        lead=application.lead,
        lead_institution=homes[0].name if homes else "",
        domain=application.domain,
        application=application,
        starts_at=at,
        ends_at=add_months(at, 12 * facts.years),
        lead_seen_at=at,
    )
    ProjectMember.objects.bulk_create(
        ProjectMember(project=project, person_id=person, starts_at=at, role=_role(application, person))
        for person in sorted(team_ids(application))
    )
    DatasetGrant.objects.bulk_create(
        DatasetGrant(project=project, dataset=each, starts_at=at) for each in facts.datasets
    )
    tell(Event.PROJECT_OPENED, project, actor, datasets=[each.slug for each in facts.datasets])
    return project


def _role(application: Application, person_id: int) -> str:
    return ProjectMember.Role.LEAD if person_id == application.lead_id else ProjectMember.Role.MEMBER


@transaction.atomic
def amend_project(*, actor: Actor, application: Application) -> Project:
    """Put an approved change into force: words, datasets, term and who joins. Until this moment the old approval stood.

    Nobody leaves by it: who leaves is taken out on the page of the members.
    """
    if application.amends is None:
        raise TransitionRefused("This application changes no project.")
    facts, at = approved_facts(application), clock.now()
    project = Project.objects.select_for_update(no_key=True).get(pk=application.amends.pk)
    if project.status == Project.Status.CLOSED:
        raise TransitionRefused("The project was closed in the meantime.")
    project.title, project.lay_summary, project.purpose = facts.title, facts.lay_summary, facts.purpose
    project.ends_at = max(project.ends_at, add_months(project.starts_at, 12 * facts.years))
    project.save(update_fields=["title", "lay_summary", "purpose", "ends_at"])
    held = DatasetGrant.objects.filter(in_force(at), project=project)
    held.exclude(dataset__in=facts.datasets).update(until=at)
    known = set(held.values_list("dataset_id", flat=True))
    DatasetGrant.objects.bulk_create(
        DatasetGrant(project=project, dataset=each, starts_at=at) for each in facts.datasets if each.pk not in known
    )
    newcomers = User.objects.filter(pk__in=team_ids(application)).order_by("pk")
    for person in newcomers:
        join(project, person, ProjectMember.Role.MEMBER, actor)
    tell(
        Event.PROJECT_AMENDED,
        project,
        actor,
        application=application.reference,
        datasets=[each.slug for each in facts.datasets],
    )
    return project


@transaction.atomic
def suspend_project(*, actor: Actor, project: Project, reason: str) -> Project:
    """Shut the project at the next request of anybody; what it was granted waits."""
    moved: Project = PROJECT.perform(project, "suspend", actor, reason=reason, changes={"standing_note": reason})
    return moved


@transaction.atomic
def resume_project(*, actor: Actor, project: Project, reason: str) -> Project:
    """Let a suspended project go on within its term. What the clock shut goes on once its cause is mended."""
    require(can_suspend_project, actor, project)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if stop := stop_of(project, clock.now()):
        raise TransitionRefused(f"{stop.sentence} {MENDS[stop.kind]}")
    changes = {"standing_note": "", "stopped_for": ""}
    moved: Project = PROJECT.perform(project, "resume", actor, reason=reason, changes=changes)
    return moved


def stop_by_the_clock(project: Project) -> bool:
    """Write down that the clock shut a project, or that what it was shut for is mended. Whether anything changed."""
    fresh = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    stop = stop_of(fresh, clock.now())
    if stop is not None and fresh.status == Project.Status.ACTIVE:
        sentence = f"{stop.sentence} {MENDS[stop.kind]}"
        changes = {"standing_note": sentence, "stopped_for": stop.kind}
        PROJECT.perform(fresh, "suspend", CLOCK, reason=sentence, changes=changes)
        return True
    if stop is None and fresh.status == Project.Status.SUSPENDED and fresh.stopped_for:
        changes = {"standing_note": "", "stopped_for": ""}
        PROJECT.perform(fresh, "resume", CLOCK, reason="What it was suspended for is mended.", changes=changes)
        return True
    return False


@transaction.atomic
def close_project(*, actor: Actor, project: Project, reason: str) -> Project:
    """End a project: its grants and memberships end with it, and the register says how it ended."""
    at = clock.now()
    changes = {"standing_note": reason, "closed_at": at}
    moved: Project = PROJECT.perform(project, "close", actor, reason=reason, changes=changes)
    DatasetGrant.objects.filter(in_force(at), project=moved).update(until=at)
    ProjectMember.objects.filter(in_force(at), project=moved).exclude(role=ProjectMember.Role.LEAD).update(until=at)
    return moved


def report_due_on(project: Project, sent: int | None = None) -> date:
    """The anniversary for which the next report is due; `sent`: how many were, where the caller knows."""
    sent = project.reports.count() if sent is None else sent
    return add_months(project.starts_at, 12 * (sent + 1)).date()


@transaction.atomic
def send_report(*, actor: User, project: Project, outputs: str, still_needed: str, incidents: str) -> ProjectReport:
    """The yearly report: at the earliest 60 days before the anniversary."""
    require(can_lead_project, actor, project)
    fresh = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    due = report_due_on(fresh)
    if (due - clock.today()).days > REPORT_OPENS_DAYS:
        raise TransitionRefused(f"The next report is due on {due:%-d %B %Y}; you can send it from 60 days before.")
    report = ProjectReport.objects.create(
        project=fresh,
        due_on=due,
        outputs=outputs.strip(),
        still_needed=still_needed.strip(),
        incidents=incidents.strip(),
        sent_by=actor,
        sent_at=clock.now(),
    )
    tell(Event.REPORT_SENT, fresh, actor, due_on=due.isoformat())
    stop_by_the_clock(fresh)
    return report


@transaction.atomic
def say_publishing(*, actor: User, project: Project, publishing: str) -> Project:
    """Say how far the first publication is, for the register; empty: there is none yet."""
    require(can_lead_project, actor, project)
    fresh = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if publishing and publishing not in Project.Publishing.values:
        raise InvalidInput("Choose how far the publication is.", field="publishing")
    fresh.publishing = publishing
    fresh.save(update_fields=["publishing"])
    tell(Event.PUBLISHING_SAID, fresh, actor, publishing=publishing)
    return fresh


@transaction.atomic
def name_lead(*, actor: Actor, project: Project, person: User, reason: str) -> ProjectMember:
    """Make a member the lead; the former lead stays a member. What the secretariat does when a lead loses access."""
    require(can_change_members, actor, project)
    fresh = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    at, roles = clock.now(), ProjectMember.Role
    membership = ProjectMember.objects.filter(in_force(at), project=fresh, person=person).first()
    if membership is None:
        raise InvalidInput("Only a member of the project can become its lead.", field="person")
    if not reason.strip():
        raise InvalidInput("Give a reason.", field="reason")
    if not data_access(person, at).granted:
        raise InvalidInput("This person has no access to data at present. Name somebody who has.", field="person")
    ProjectMember.objects.filter(in_force(at), project=fresh, role=roles.LEAD).update(role=roles.MEMBER)
    membership.role = roles.LEAD
    membership.save(update_fields=["role"])
    fresh.lead, fresh.lead_seen_at = person, at
    fresh.save(update_fields=["lead", "lead_seen_at"])
    tell(Event.LEAD_CHANGED, fresh, actor, reason=reason, person=str(person.pk))
    stop_by_the_clock(fresh)
    return membership
