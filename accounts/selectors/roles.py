"""Reads of people and their roles, for those who keep them."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Prefetch

from accounts import policies
from accounts.models import Domain, Institution, RoleGrant, RoleRequest, User, scopes_of
from accounts.roles import COMMITTEE, INSTITUTION, REPRESENTATIVE_SEAT, Role
from portal.kernel import clock


def holders_of(*roles: Role, scope: str | None = None) -> list[User]:
    """Everybody with an open account who holds one of the roles now, in this scope or in any (None), by name."""
    grants = RoleGrant.objects.current(clock.now()).filter(role__in=roles)
    if scope is not None:
        grants = grants.filter(scope=scope)
    return list(User.objects.filter(is_active=True, pk__in=grants.values("person")).order_by("display_name", "pk"))


def people_with_roles(actor: Any) -> Any:
    """The people whom the actor may see, each with `roles_now`, and with `address` where it may be read."""
    now = RoleGrant.objects.current(clock.now()).visible_to(actor).order_by("role", "scope")
    rows = User.objects.visible_to(actor).prefetch_related(Prefetch("role_grants", now, to_attr="roles_now"))
    return rows.annotate(address=F("email")) if policies.can_see_addresses(actor, None) else rows


def roles_of(actor: Any, person: User) -> tuple[list[RoleGrant], list[RoleGrant]]:
    """(held now or later, ended) of one person, as far as the actor may see them."""
    at = clock.now()
    seen = RoleGrant.objects.visible_to(actor).filter(person=person)
    grants = list(seen.select_related("person", "granted_by", "approved_by").order_by("-starts_at", "-pk"))
    return [g for g in grants if g.until is None or g.until > at], [g for g in grants if g.until and g.until <= at]


def roles_to_ask_for(actor: Any, person: User) -> list[Role]:
    """The roles that the actor may ask for on behalf of this person, in some scope."""
    led = scopes_of(actor, Role.DOMAIN_LEAD)
    wanted = policies.Wanted
    return [
        role
        for role in Role
        if policies.can_request_role(actor, wanted(person, role))
        or any(policies.can_request_role(actor, wanted(person, role, scope)) for scope in led)
    ]


def places_for(actor: Any, roles: list[Role]) -> list[tuple[str, Any]]:
    """Where the roles can hold: seats of the committee, communities, institutions. Two queries at most."""
    places: list[tuple[str, Any]] = []
    if COMMITTEE & set(roles):
        seats = [(REPRESENTATIVE_SEAT, "Seat of a participants’ representative"), ("deputy", "Deputy of the chair")]
        places.append(("Committee", seats))
    if Role.DOMAIN_DEPUTY in roles:
        led = Domain.objects.all()
        if Role.DOMAIN_LEAD not in roles:
            led = led.filter(slug__in=scopes_of(actor, Role.DOMAIN_LEAD))
        places.append(("Communities", list(led.order_by("name").values_list("slug", "name"))))
    if INSTITUTION & set(roles):
        rows = Institution.objects.exclude(status="terminated").order_by("name").values_list("reference", "name")
        places.append(("Institutions", list(rows)))
    return places


def requests_to_answer(person: User) -> Any:
    """The requests that wait for this person as second one."""
    waiting = RoleRequest.objects.waiting(clock.now()).visible_to(person).select_related("person", "requested_by")
    return [each for each in waiting if policies.can_answer_role_request(person, each)]
