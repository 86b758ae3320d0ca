"""Lists of incidents and of accounts to be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.forms import IncidentFilter
from accounts.marks import SAID
from accounts.models import Incident, Recognition, Sanction
from portal.kernel import clock
from portal.kernel.listing import Cell, Column, Empty, Listing, Table, table

_TONES = {
    Incident.Status.REPORTED: "waiting",
    Incident.Status.INVESTIGATING: "active",
    Incident.Status.PROPOSED: "warning",
    Incident.Status.DECIDED: "good",
    Incident.Status.APPEALED: "warning",
}


def incident_state(incident: Incident) -> Cell:
    """Where an incident stands, as a tag."""
    return Cell(incident.get_status_display(), tone=_TONES.get(Incident.Status(incident.status), "neutral"))


def subject_of(incident: Incident) -> str:
    """Whom it is about, as well as it is known."""
    return str(incident.person or incident.institution or f"“{incident.about}”, not yet found")


def _narrow(rows: Any, chosen: Mapping[str, Any]) -> Any:
    return rows.filter(status=chosen["state"]) if chosen.get("state") else rows


def _link(incident: Incident) -> Cell:
    return Cell(incident.reference, incident.get_absolute_url())


INCIDENTS = Listing(
    caption="Incidents",
    noun=("incident", "incidents"),
    columns=(
        Column("Incident", _link, sort="reference", is_key=True),
        Column("About", subject_of),
        Column("Status", incident_state, sort="status"),
        Column(
            "Reported",
            lambda each: timezone.localdate(each.reported_at),
            sort="reported",
            order_by=("reported_at",),
        ),
    ),
    default_sort="-reported",
    empty=Empty("No incidents", "Reports appear here, newest first. Anybody who is signed in can make one."),
    filters=IncidentFilter,
    narrow=_narrow,
)


def sanctions_table(rows: Sequence[Sanction], acts: Mapping[int, tuple[str, str]]) -> Table:
    """What was laid, newest first; `acts` are label and address of what the reader can do, by number."""
    at = clock.now()
    columns = (
        Column("What", lambda each: Cell(each.get_kind_display(), *_act(each, acts)), is_key=True),
        Column("Now", lambda each: Cell("In force" if each.holds(at) else "Over", tone=_tone(each.holds(at)))),
        Column("From", lambda each: _instant(each.starts_at)),
        Column("Until", lambda each: _instant(each.ends_at()) if each.ends_at() else "For good"),
        Column(
            "By", lambda each: Cell(str(each.laid_by), note=f"and {each.confirmed_by}" if each.confirmed_by else "")
        ),
    )
    return table("What was laid", columns, rows)


def _act(sanction: Sanction, acts: Mapping[int, tuple[str, str]]) -> tuple[str]:
    return (acts[sanction.pk][1],) if sanction.pk in acts else ("",)


def _tone(holds: bool) -> str:
    return "bad" if holds else "neutral"


def _instant(at: Any) -> str:
    return f"{timezone.localtime(at):%-d %B %Y, %H:%M}"


def recognitions_table(rows: Sequence[Recognition]) -> Table:
    """Accounts that may belong to somebody who is kept out."""
    columns = (
        Column(
            "Account",
            lambda each: Cell(str(each.person), reverse("recognition-answer", args=[each.pk]), note=each.person.email),
            is_key=True,
        ),
        Column("May be", lambda each: Cell(str(each.known_as), note=each.known_as.email)),
        Column("Known by", lambda each: SAID.get(each.kind, each.kind)),
        Column("Noticed", lambda each: timezone.localdate(each.noticed_at)),
    )
    return table("Accounts to look at", columns, rows)
