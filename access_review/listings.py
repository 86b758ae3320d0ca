"""The lists of this app, as data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from access_review.forms import PublicationFilter, RegisterFilter
from access_review.models import Application, Project
from portal.kernel import clock
from portal.kernel.listing import Cell, Column, Empty, Listing
from portal.kernel.working_days import UnknownYear, working_days_left

S = Application.Status
TONES = {
    S.DRAFT: "neutral",
    S.SUBMITTED: "waiting",
    S.TRIAGE: "waiting",
    S.RETURNED: "warning",
    S.IN_REVIEW: "active",
    S.CONDITIONAL: "warning",
    S.APPROVED: "good",
    S.DEFERRED: "warning",
    S.DECLINED: "bad",
    S.APPEALED: "active",
    S.DISMISSED: "bad",
    S.WITHDRAWN: "neutral",
    S.LAPSED: "neutral",
}
PROJECT_TONES = {"active": "good", "suspended": "warning", "closed": "neutral"}
OLD_DRAFT, ENDS_SOON_DAYS = timedelta(days=90), 60
STAGES = ("Writing", "Triage", "Review", "Decision", "Project")
_STAGE = {
    **dict.fromkeys((S.DRAFT, S.RETURNED, S.DEFERRED, S.WITHDRAWN, S.LAPSED), 1),
    **dict.fromkeys((S.SUBMITTED, S.TRIAGE), 2),
    **dict.fromkeys((S.IN_REVIEW, S.APPEALED), 3),
    **dict.fromkeys((S.CONDITIONAL, S.DECLINED, S.DISMISSED), 4),
    S.APPROVED: 5,
}
TURN = {
    **dict.fromkeys((S.DRAFT, S.RETURNED, S.DEFERRED, S.CONDITIONAL), "You"),
    **dict.fromkeys((S.SUBMITTED, S.TRIAGE), "The secretariat"),
    **dict.fromkeys((S.IN_REVIEW, S.APPEALED), "The committee"),
}


def stage_of(application: Application) -> int:
    """Where it stands among STAGES, from 1."""
    return _STAGE[S(application.status)]


def status_cell(application: Application) -> Cell:
    """The status as a tag."""
    return Cell(application.get_status_display(), tone=TONES[S(application.status)], note=_draft_note(application))


def age_in_working_days(application: Application) -> int | None:
    """Working days since it was sent; None where it was not."""
    if application.submitted_at is None:
        return None
    try:
        return working_days_left(application.submitted_at, clock.now())
    except UnknownYear:
        return None


def _due(application: Application) -> Cell:
    if application.due_at is None:
        return Cell("–")
    day = f"{timezone.localdate(application.due_at):%-d %B %Y}"
    return Cell(day, note="Overdue" if application.due_at < clock.now() else "")


def _ends(project: Project) -> Cell:
    day, left = timezone.localdate(project.ends_at), (project.ends_at - clock.now()).days
    is_soon = project.status != Project.Status.CLOSED and 0 <= left < ENDS_SOON_DAYS
    return Cell(f"{day:%-d %B %Y}", note=f"In {left + 1} day{'s' if left else ''}" if is_soon else "")


def _draft_note(application: Application) -> str:
    """A draft that has lain for long is flagged, with the day until which it is kept."""
    is_old = application.status == S.DRAFT and clock.now() - application.created_at > OLD_DRAFT
    if not is_old or application.lapses_at is None:
        return ""
    return (
        f"Begun more than {OLD_DRAFT.days} days ago; kept until {timezone.localdate(application.lapses_at):%-d %B %Y}"
    )


def _case_url(application: Application) -> str:
    return reverse("access_review:case", args=[application.reference])


def published_word(project: Any) -> str:
    """The register's word for what came out: `has_publications` is annotated by `registered`."""
    return "Published" if project.has_publications else project.get_publishing_display() or "None yet"


APPLICATIONS = Listing(
    caption="Applications",
    noun=("application", "applications"),
    columns=(
        Column(
            "Application",
            lambda each: Cell(each.title or "Without a title yet", each.get_absolute_url(), note=each.reference),
            sort="title",
            is_key=True,
        ),
        Column("Status", status_cell, sort="status"),
        Column("Whose turn", lambda each: TURN.get(S(each.status), "Nobody’s")),
        Column("Started", lambda each: timezone.localdate(each.created_at), sort="started", order_by=("created_at",)),
    ),
    default_sort="-started",
    empty=Empty("You have no applications", "An application asks the committee for a project with data."),
)
KNOWN = Listing(
    caption="Applications",
    noun=("application", "applications"),
    columns=(
        Column("Application", lambda each: Cell(each.title, note=each.reference), sort="title", is_key=True),
        Column("Lead", "lead"),
        Column("Community", "domain"),
        Column("Status", status_cell, sort="status"),
        Column("Sent", lambda each: timezone.localdate(each.submitted_at), sort="sent", order_by=("submitted_at",)),
    ),
    default_sort="-sent",
    empty=Empty("No application yet", "What your people send to the committee is listed here on the day they send it."),
)
QUEUE = Listing(
    caption="Applications",
    noun=("application", "applications"),
    columns=(
        Column("Application", lambda each: Cell(each.title, _case_url(each), note=each.reference), is_key=True),
        Column("Status", status_cell, sort="status"),
        Column("Age", age_in_working_days, align="right", unit="working days"),
        Column("Next", lambda each: getattr(each, "next_step", None) or None),
        Column("Due", _due, sort="due", order_by=("due_at",)),
    ),
    default_sort="due",
    empty=Empty("Queue is clear", "Nothing waits here. New applications appear as soon as they are submitted."),
)
REGISTER = Listing(
    caption="Projects",
    noun=("project", "projects"),
    columns=(
        Column(
            "Project",
            lambda each: Cell(
                each.title, reverse("access_review:project-public", args=[each.reference]), note=each.reference
            ),
            sort="title",
            is_key=True,
        ),
        Column("Lead organisation", "lead_institution", sort="lead", order_by=("lead_institution",)),
        Column("Community", lambda each: each.domain.name if each.domain else None),
        Column("Status", lambda each: Cell(standing(each), tone=PROJECT_TONES[each.status])),
        Column("Publication", published_word),
        Column("Approved", lambda each: timezone.localdate(each.starts_at), sort="date", order_by=("starts_at",)),
    ),
    default_sort="-date",
    page_size=20,
    empty=Empty("No project yet", "Approved projects appear here on the day of their approval."),
    filters=RegisterFilter,
    narrow=lambda rows, chosen: narrowed(rows, chosen),
)
MY_PROJECTS = Listing(
    caption="My projects",
    noun=("project", "projects"),
    columns=(
        Column(
            "Project",
            lambda each: Cell(
                each.title, reverse("access_review:my-project-detail", args=[each.reference]), note=each.reference
            ),
            is_key=True,
        ),
        Column("Status", lambda each: Cell(standing(each), tone=PROJECT_TONES[each.status])),
        Column("Members", "member_count", align="right"),
        Column("Ends", _ends, sort="ends", order_by=("is_over", "ends_at")),
    ),
    default_sort="ends",
    empty=Empty("You work in no project", "Apply for one, or ask the lead of a project to add you."),
)
PUBLICATIONS = Listing(
    caption="Publications",
    noun=("publication", "publications"),
    columns=(
        Column("Publication", lambda each: Cell(each.title, each.url, note=each.authors), sort="title", is_key=True),
        Column("Journal", "journal", sort="journal"),
        Column("Year", lambda each: str(each.year), sort="year", align="right"),
        Column(
            "Project",
            lambda each: Cell(
                each.projects.all()[0].reference,
                reverse("access_review:project-public", args=[each.projects.all()[0].reference]),
            ),
        ),
    ),
    default_sort="-year",
    page_size=20,
    empty=Empty("No publication yet", "Publications appear here when a project reports them."),
    filters=PublicationFilter,
    narrow=lambda rows, chosen: published(rows, chosen),
)


def standing(project: Project) -> str:
    """The register's word for how a project stands: the clock ends a term, whatever the status says."""
    if project.status == Project.Status.ACTIVE and project.ends_at <= clock.now():
        return "Completed"
    return project.get_status_display()


def standing_is(word: str) -> Q:
    """The projects of which the register says so: "completed" is an active one whose term is over."""
    active, at = Project.Status.ACTIVE, clock.now()
    if word == "completed":
        return Q(status=active, ends_at__lte=at)
    return Q(status=active, ends_at__gt=at) if word == active else Q(status=word)


def narrowed(rows: Any, chosen: Mapping[str, Any]) -> Any:
    """The register by words, community and status."""
    if words := str(chosen.get("text", "")).replace("\0", ""):
        rows = rows.filter(Q(title__icontains=words) | Q(lay_summary__icontains=words))
    if domain := chosen.get("domain"):
        rows = rows.filter(domain=domain)
    if status := chosen.get("status"):
        rows = rows.filter(standing_is(status))
    return rows


def published(rows: Any, chosen: Mapping[str, Any]) -> Any:
    """Publications by community and year."""
    if domain := chosen.get("domain"):
        rows = rows.filter(projects__domain=domain)
    if year := chosen.get("year"):
        rows = rows.filter(year=year)
    return rows.distinct()
