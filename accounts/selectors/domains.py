"""Who belongs to which domain, and who leads it."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Domain, DomainApplication, RoleGrant, User
from accounts.roles import Role


def is_member(person: User | int, domain: Domain, at: datetime) -> bool:
    """Whether the person belongs to the domain at this instant."""
    pk = person if isinstance(person, int) else person.pk
    return DomainApplication.objects.memberships(at).filter(person_id=pk, domain=domain).exists()


def domains_of(person: User | int, at: datetime) -> list[Domain]:
    """The domains to which the person belongs at this instant, by name."""
    pk = person if isinstance(person, int) else person.pk
    held = DomainApplication.objects.memberships(at).filter(person_id=pk)
    return list(Domain.objects.filter(applications__in=held).distinct().order_by("name"))


def leads_of(domain: Domain, at: datetime, *, with_deputies: bool = False) -> list[User]:
    """Who leads the domain at this instant; with deputies, they come after the leads."""
    return [person for person, role in _people_of(domain, at) if with_deputies or role == Role.DOMAIN_LEAD]


def is_lead(person: User | int, domain: Domain, at: datetime) -> bool:
    """Whether the person leads the domain, or is its deputy, at this instant."""
    pk = person if isinstance(person, int) else person.pk
    return any(each.pk == pk for each, _ in _people_of(domain, at))


def membership_periods(person: User | int) -> list[tuple[datetime, datetime | None, str]]:
    """(from, until, name of the domain) of each membership, past ones too: what the door is asked with. One query."""
    pk = person if isinstance(person, int) else person.pk
    rows = DomainApplication.objects.filter(person_id=pk, accepted_at__isnull=False, status__in=["accepted", "ended"])
    held = rows.order_by("accepted_at").values_list("accepted_at", "ended_at", "domain__name")
    return [(start, end, name) for start, end, name in held if start is not None]


def _people_of(domain: Domain, at: datetime) -> list[tuple[User, str]]:
    wanted = [Role.DOMAIN_LEAD, Role.DOMAIN_DEPUTY]
    grants = RoleGrant.objects.current(at).filter(scope=domain.slug, role__in=wanted, person__is_active=True)
    held = list(grants.select_related("person").order_by("starts_at", "pk"))
    held.sort(key=lambda grant: grant.role != Role.DOMAIN_LEAD)
    return list({grant.person_id: (grant.person, grant.role) for grant in reversed(held)}.values())[::-1]
