"""Lists of certificates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.forms import RecordFilter
from accounts.models import TrainingRecord
from portal.kernel import clock
from portal.kernel.listing import Cell, Column, Empty, Listing, Table, table

SOON = timedelta(days=30)


def record_state(record: TrainingRecord) -> Cell:
    """What a certificate is worth now, as a tag."""
    word = record.standing_at(clock.now())
    tones = {"Valid": "good", "Expired": "bad", "Invalidated": "bad", "Waiting for a second person": "warning"}
    return Cell(word, tone=tones.get(word, "neutral"))


def _narrow(rows: Any, chosen: Mapping[str, Any]) -> Any:
    at = clock.now()
    if chosen.get("state") == "waiting":
        rows = rows.filter(source=TrainingRecord.Source.ENTERED, confirmed_at=None, invalidated_at=None)
    if chosen.get("state") == "soon":
        rows = rows.filter(valid_until__gt=at, valid_until__lte=at + SOON, invalidated_at=None)
    if name := chosen.get("name"):
        rows = rows.filter(person__display_name__icontains=name)
    return rows


def _day(at: Any) -> Any:
    return timezone.localdate(at) if at else None


_RECORD = Column(
    "Certificate",
    lambda each: Cell(each.number, reverse("record-detail", args=[each.number]), note=each.version.course.name),
    sort="number",
    is_key=True,
)

RECORDS = Listing(
    caption="Certificates of training",
    noun=("certificate", "certificates"),
    columns=(
        _RECORD,
        Column("Person", "person.display_name", sort="person", order_by=("person__display_name",)),
        Column("Status", record_state),
        Column("How", "get_source_display", sort="source"),
        Column("Passed", lambda each: _day(each.passed_at), sort="passed", order_by=("passed_at",)),
        Column("Counts until", lambda each: _day(each.valid_until), sort="until", order_by=("valid_until",)),
    ),
    default_sort="until",
    empty=Empty("No certificates yet", "Certificates appear here when somebody passes a course."),
    filters=RecordFilter,
    narrow=_narrow,
)


def own_records(rows: list[TrainingRecord]) -> Table:
    """One's own certificates, newest first, each with its PDF."""
    columns = (
        Column(
            "Certificate", lambda each: Cell(each.number, reverse("record-detail", args=[each.number])), is_key=True
        ),
        Column("Course", "version.course.name"),
        Column("Status", record_state),
        Column("Counts until", lambda each: _day(each.valid_until)),
    )
    return table("Your certificates", columns, rows)
