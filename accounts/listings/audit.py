"""The audit log as a list, for auditors and for what one did oneself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from accounts.forms import AuditFilter, OwnAuditFilter
from portal.kernel import clock
from portal.kernel.audit import sentence_of
from portal.kernel.listing import Cell, Column, Empty, Listing
from portal.kernel.models import AuditEvent


def narrow_audit(rows: Any, chosen: Mapping[str, Any]) -> Any:
    """The events that the filters ask for."""
    if area := chosen.get("area"):
        rows = rows.filter(event__startswith=f"{area}.")
    if reference := chosen.get("reference"):
        rows = rows.filter(subject_ref__iexact=reference.strip())
    if person := chosen.get("person"):
        rows = rows.filter(actor_name__icontains=person.strip())
    if days := chosen.get("days"):
        rows = rows.filter(at__gt=clock.now() - timedelta(days=int(days)))
    return rows


def _when(event: AuditEvent) -> Cell:
    return Cell(date_format(timezone.localtime(event.at), "j F Y, H:i:s"), note=f"Event {event.pk}")


def _what(event: AuditEvent) -> Cell:
    status = f"{event.before or '–'} → {event.after or '–'}" if event.before or event.after else ""
    return Cell(sentence_of(event.event), note=status)


def _on_what(event: AuditEvent) -> Cell:
    return Cell(event.subject_ref, note=event.subject_type.rpartition(".")[2])


def _why(event: AuditEvent) -> Cell:
    detail = ", ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in event.detail.items())
    return Cell(event.reason or ("" if detail else "–"), note=detail)


_WHAT = (
    Column("Did what", _what),
    Column("To what", _on_what, sort="reference", order_by=("subject_ref",)),
    Column("Reason and detail", _why),
)
_WHEN = Column("When", _when, sort="when", order_by=("at",), is_key=True)

AUDIT_LOG = Listing(
    caption="Audit log",
    noun=("event", "events"),
    columns=(_WHEN, Column("Who", "actor_name", sort="who", order_by=("actor_name",)), *_WHAT),
    default_sort="-when",
    tie_breaker="-pk",
    empty=Empty("Nothing has happened yet", "Each change in Lectern is written down here."),
    no_match=Empty("No event matches", "A reference has to be whole, such as PRJ-2026-0001."),
    filters=AuditFilter,
    narrow=narrow_audit,
)
OWN_ACTS = replace(
    AUDIT_LOG,
    caption="What you did",
    columns=(_WHEN, *_WHAT),
    empty=Empty("You have changed nothing yet", "What you do in Lectern is written down and shown to you here."),
    filters=OwnAuditFilter,
)
