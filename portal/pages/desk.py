"""What lies on a person's desk: tasks in the order in which they block, their projects, their latest queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from access_review.models import Project
from accounts.models import User
from accounts.selectors import Standing, Waiting, standing, waiting_for
from portal.kernel import clock
from portal.kernel.listing import Cell, Column, Table, table
from portal.templatetags.ui import TONE_OF
from research_env.models import Query, QueryStatus
from research_env.selectors import recent_queries

ENDS_SOON = timedelta(days=30)
QUERIES_SHOWN = 5


@dataclass(frozen=True)
class Task:
    """One thing that waits for the person."""

    label: str
    status: str
    url: str = ""
    hint: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Desk:
    """Everything on the home page of someone who is signed in."""

    tasks: Sequence[Task]
    projects: Table | None
    queries: Table | None
    works_with_data: bool
    ask_url: str


def desk_of(person: User) -> Desk:
    """Read it all; the number of queries does not depend on how much there is."""
    held = standing(person)
    projects = list(Project.objects.visible_to(person).order_by("ends_at", "reference"))
    queries = list(recent_queries(person, QUERIES_SHOWN))
    planned = Query.objects.visible_to(person).filter(author=person, status=QueryStatus.PLANNED)
    tasks = [
        *_gates(held),
        *(_duty(each) for each in waiting_for(person, clock.now())),
        *(_planned(query) for query in planned.order_by("created_at")[:QUERIES_SHOWN]),
        *_notifications(person),
    ]
    return Desk(
        tasks=tasks,
        projects=_table("My projects", PROJECT_COLUMNS, projects),
        queries=_table("Recent queries", QUERY_COLUMNS, queries),
        works_with_data=held.access.granted,
        # With one project there is no choice to make: the next question is one press away.
        ask_url=reverse("research_env:query-create", args=[projects[0].reference]) if len(projects) == 1 else "",
    )


def _table(caption: str, columns: Sequence[Column], rows: Sequence[Any]) -> Table | None:
    return replace(table(caption, columns, rows), shows_caption=False) if rows else None


def _gates(held: Standing) -> Iterator[Task]:
    """What stands between the person and data; nothing for those whose work here is another."""
    if not held.access.granted:
        if held.wants_data:
            yield Task("Get access to data", "Blocked", reverse("getting-access"), held.access.reasons[0], "bad")
        return
    until = held.access.until
    if until and until - clock.now() < ENDS_SOON:
        hint = f"It ends on {until:%-d %B %Y}. Ask the service desk to renew it."
        yield Task("Renew your access to data", "Due soon", reverse("help"), hint, "warning")


def _duty(each: Waiting) -> Task:
    url = reverse(each.url_name, args=[each.argument] if each.argument else [])
    hint = f"{each.count} wait" if each.count > 1 else ""
    return Task(each.label, "Overdue" if each.is_late else "Waiting", url, hint, "bad" if each.is_late else "warning")


def _planned(query: Query) -> Task:
    return Task(f"Check the plan of “{query.name}” and start it", "Planned", query.get_absolute_url(), query.reference)


def _notifications(person: User) -> Iterator[Task]:
    unread = person.notifications.unread().count()
    if unread:
        label = "Read 1 new notification" if unread == 1 else f"Read {unread} new notifications"
        yield Task(label, "Unread", reverse("notification-list") + "?show=unread", tone="active")


PROJECT_COLUMNS = (
    Column("Project", lambda each: Cell(each.title, each.get_absolute_url(), note=each.reference), is_key=True),
    Column("Ends", lambda each: timezone.localdate(each.ends_at)),
)
QUERY_COLUMNS = (
    Column("Query", lambda each: Cell(each.name, each.get_absolute_url(), note=each.reference), is_key=True),
    Column("Status", lambda each: Cell(each.get_status_display(), tone=TONE_OF.get(each.status, "neutral"))),
    Column("Project", "project.reference"),
    Column("Asked", lambda each: timezone.localdate(each.created_at)),
)
