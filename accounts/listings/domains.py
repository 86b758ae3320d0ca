"""Lists of applications and members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.forms import ApplicationFilter
from accounts.models import DomainApplication
from portal.kernel import clock
from portal.kernel.listing import Cell, Column, Empty, Listing

TONES = {"submitted": "active", "returned": "warning", "accepted": "good", "declined": "bad"}


def application_state(application: DomainApplication) -> Cell:
    """The status as a tag; an overdue one says so below."""
    is_late = application.due_at is not None and application.due_at < clock.now()
    tone = TONES.get(application.status, "neutral")
    return Cell(application.get_status_display(), tone=tone, note="Overdue" if is_late else "")


def _narrow(rows: Any, chosen: Mapping[str, Any]) -> Any:
    if status := chosen.get("status"):
        rows = rows.filter(status=status)
    if text := chosen.get("text"):
        rows = rows.filter(Q(person__display_name__icontains=text) | Q(domain__name__icontains=text))
    return rows


def _day(at: Any) -> Any:
    return timezone.localdate(at) if at else None


APPLICATIONS = Listing(
    caption="Applications to join",
    noun=("application", "applications"),
    columns=(
        Column(
            "Applicant",
            lambda each: Cell(each.person.display_name, each.get_absolute_url(), note=each.reference),
            sort="name",
            order_by=("person__display_name",),
            is_key=True,
        ),
        Column("Community", "domain.name", sort="community", order_by=("domain__name",)),
        Column("Institution", "institution.name"),
        Column("Status", application_state, sort="status"),
        Column("Sent", lambda each: _day(each.submitted_at), sort="sent", order_by=("submitted_at",)),
        Column("Due", lambda each: _day(each.due_at), sort="due", order_by=("due_at",)),
    ),
    default_sort="due",
    empty=Empty("No applications", "Applications that were sent appear here, the most urgent first."),
    filters=ApplicationFilter,
    narrow=_narrow,
)
