"""Lists of institutions, agreements, people at an institution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.forms import InstitutionFilter, RegisterFilter
from accounts.models import Affiliation, Agreement, Institution, RoleGrant
from portal.kernel import clock
from portal.kernel.listing import Cell, Column, Empty, Listing, Table, table


def narrow_institutions(rows: Any, chosen: Mapping[str, Any]) -> Any:
    """By country, by part of the name or of a domain, by status."""
    if country := chosen.get("country"):
        rows = rows.filter(country=country)
    if status := chosen.get("status"):
        rows = rows.filter(status=status)
    if name := chosen.get("name"):
        by_domain = rows.model.objects.filter(domains__name__icontains=name).values("pk")
        rows = rows.filter(Q(name__icontains=name) | Q(pk__in=by_domain))
    return rows


REGISTERED = Listing(
    caption="Institutions whose people can apply",
    noun=("institution", "institutions"),
    columns=(
        Column("Institution", "name", sort="name", is_key=True),
        Column("Country", "country", sort="country"),
        Column("Kind", "get_kind_display"),
    ),
    default_sort="name",
    empty=Empty("No institution is registered yet", "An institution is listed once both sides have signed."),
    no_match=Empty(
        "No registered institution matches",
        "Try a shorter part of the name, or the domain of your e-mail address. If it is not here, see below.",
    ),
    filters=InstitutionFilter,
    narrow=narrow_institutions,
)


def _state(institution: Institution) -> Cell:
    tones = {"active": "good", "suspended": "bad", "terminated": "bad"}
    return Cell(institution.get_status_display(), tone=tones.get(institution.status, "neutral"))


REGISTER = Listing(
    caption="Register of institutions",
    noun=("institution", "institutions"),
    columns=(
        Column(
            "Institution",
            lambda each: Cell(each.name, each.get_absolute_url(), note=each.reference),
            sort="name",
            is_key=True,
        ),
        Column("Country", "country", sort="country"),
        Column("Kind", "get_kind_display"),
        Column("Status", _state, sort="status"),
        Column("Agreement ends", lambda each: _day(each.ends_at), sort="ends", order_by=("ends_at",)),
        Column("Confirmed people", "people", sort="people", align="right"),
    ),
    default_sort="name",
    empty=Empty("No institutions yet", "The service desk registers them, one by one or from a file."),
    filters=RegisterFilter,
    narrow=narrow_institutions,
)


def _affiliation_state(affiliation: Affiliation) -> Cell:
    word = affiliation.standing_at(clock.now())
    tones = {"Confirmed": "good", "Recheck due": "warning", "Lapsed": "bad", "Refused": "bad"}
    note = "By address" if affiliation.confirmed_by_address and affiliation.status == "confirmed" else ""
    return Cell(word, tone=tones.get(word, "neutral"), note=note)


PEOPLE = Listing(
    caption="People",
    noun=("person", "people"),
    columns=(
        Column(
            "Name",
            lambda each: Cell(each.person.display_name, each.get_absolute_url(), note=each.email),
            sort="name",
            order_by=("person__display_name",),
            is_key=True,
        ),
        Column("Position", "position"),
        Column("Status", _affiliation_state, sort="status"),
        Column("Waiting since", lambda each: _day(each.waiting_since), sort="waiting", order_by=("waiting_since",)),
        Column("Recheck by", lambda each: _day(each.lapses_at), sort="recheck", order_by=("lapses_at",)),
    ),
    default_sort="waiting",
    empty=Empty("Nobody yet", "People appear here when they have proved an address at this institution."),
)


def agreements_table(rows: list[Agreement]) -> Table:
    """The agreements of one institution, newest first."""
    at = clock.now()
    columns = (
        Column("Agreement", lambda each: Cell(each.reference, each.get_absolute_url()), is_key=True),
        Column("Status", lambda each: Cell(each.standing_at(at), tone=_agreement_tone(each.standing_at(at)))),
        Column("From", lambda each: _day(each.starts_at)),
        Column("Until", lambda each: _day(each.ends_at)),
    )
    return table("Agreements", columns, rows)


def officers_table(rows: list[RoleGrant], releases: Mapping[int, str]) -> Table:
    """Who speaks for an institution; with links to release them where that may be done."""
    columns = [
        Column("Name", lambda each: each.person.display_name, is_key=True),
        Column("For", "get_role_display"),
        Column("Since", lambda each: _day(each.starts_at)),
    ]
    if releases:
        columns.append(
            Column("Action", lambda each: Cell(f"Release {each.person.display_name}", url=releases.get(each.pk, "")))
        )
    return table("Who speaks for it", columns, rows)


def _agreement_tone(word: str) -> str:
    return {"Active": "good", "Expiring": "warning", "Expired": "bad", "Terminated": "bad"}.get(word, "neutral")


def _day(at: Any) -> Any:
    return timezone.localdate(at) if at else None
