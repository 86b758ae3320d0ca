"""Lists of people, of the roles that one holds, and of requests for roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.forms import PeopleFilter, RoleRequestFilter
from accounts.models import RoleGrant, RoleRequest
from portal.kernel import clock
from portal.kernel.listing import Cell, Column, Empty, Listing, Table, table


def _narrow_people(rows: Any, chosen: Mapping[str, Any]) -> Any:
    if text := chosen.get("text"):
        # Whoever may not see addresses does not learn them by searching either.
        found = Q(display_name__icontains=text)
        rows = rows.filter(found | Q(email__icontains=text) if "address" in rows.query.annotations else found)
    if role := chosen.get("role"):
        held = RoleGrant.objects.current(clock.now()).filter(role=role)
        rows = rows.filter(pk__in=held.values("person_id"))
    if account := chosen.get("account"):
        rows = rows.filter(is_active=account == "open")
    return rows


def _roles(person: Any) -> str:
    names = [grant.get_role_display() for grant in person.roles_now]
    return ", ".join(dict.fromkeys(names))


def _account(person: Any) -> Cell:
    return Cell("Open", tone="good") if person.is_active else Cell("Closed", tone="neutral")


PEOPLE_AND_ROLES = Listing(
    caption="People",
    noun=("person", "people"),
    columns=(
        Column(
            "Name",
            lambda each: Cell(
                each.display_name, reverse("person-detail", args=[each.pk]), note=getattr(each, "address", "")
            ),
            sort="name",
            order_by=("display_name",),
            is_key=True,
        ),
        Column("Roles now", _roles),
        Column("Account", _account),
        Column("Since", lambda each: timezone.localdate(each.created_at), sort="since", order_by=("created_at",)),
    ),
    default_sort="name",
    empty=Empty("Nobody yet", "People appear here when they have an account."),
    no_match=Empty("Nobody matches", "Try a shorter part of the name, or clear the filters."),
    filters=PeopleFilter,
    narrow=_narrow_people,
)


def _narrow_requests(rows: Any, chosen: Mapping[str, Any]) -> Any:
    at, status = clock.now(), chosen.get("status")
    if status == "waiting":
        rows = rows.filter(status="waiting", expires_at__gt=at)
    elif status == "over":
        rows = rows.filter(Q(status__in=["withdrawn", "lapsed"]) | Q(status="waiting", expires_at__lte=at))
    elif status:
        rows = rows.filter(status=status)
    if text := chosen.get("text"):
        rows = rows.filter(person__display_name__icontains=text)
    return rows


def request_state(request: RoleRequest) -> Cell:
    """The status as a tag; that it is an emergency says so below."""
    tones = {"waiting": "warning", "approved": "good", "declined": "bad"}
    word = request.standing_at(clock.now())
    tone = "neutral" if word == "Lapsed" else tones.get(request.status, "neutral")
    return Cell(word, tone=tone, note="Emergency" if request.is_emergency else "")


ROLE_REQUESTS = Listing(
    caption="Requests for roles",
    noun=("request", "requests"),
    columns=(
        Column(
            "Role",
            lambda each: Cell(each.get_role_display(), each.get_absolute_url(), note=each.reference),
            sort="role",
            is_key=True,
        ),
        Column("For", "person.display_name", sort="person", order_by=("person__display_name",)),
        Column("Asked by", "requested_by.display_name"),
        Column("Asked", lambda each: timezone.localdate(each.requested_at), sort="asked", order_by=("requested_at",)),
        Column("Status", request_state),
    ),
    default_sort="-asked",
    empty=Empty("No requests", "When somebody asks that a person be given a role, a second person answers here."),
    filters=RoleRequestFilter,
    narrow=_narrow_requests,
)


def grants_table(caption: str, grants: list[RoleGrant], ends: Mapping[int, str]) -> Table:
    """Roles of one person, with links to end those that the reader may end."""
    columns = [
        Column("Role", lambda each: Cell(each.get_role_display(), note=each.scope), is_key=True),
        Column("Why", "reason"),
        Column("Given by", _givers),
        Column("From", lambda each: timezone.localdate(each.starts_at)),
        Column("Until", _until),
    ]
    if ends:
        columns.append(Column("Action", lambda each: Cell(_end_label(each), ends[each.pk]) if each.pk in ends else ""))
    return table(caption, columns, grants)


def _givers(grant: RoleGrant) -> str:
    both = [person.display_name for person in (grant.granted_by, grant.approved_by) if person is not None]
    return " and ".join(both) or "Lectern itself"


def _until(grant: RoleGrant) -> object:
    if grant.until is None:
        return "No end"
    local = timezone.localtime(grant.until)
    return f"{local:%-d %B %Y, %H:%M}" if grant.is_emergency else local.date()


def _end_label(grant: RoleGrant) -> str:
    return f"End the role of {grant.get_role_display().lower()}"
