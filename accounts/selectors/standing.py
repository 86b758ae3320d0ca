"""Reads of people: what they hold, since when, and what stands in their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.gates import Access, data_access
from accounts.models import Incident, RoleGrant, User
from accounts.roles import Role
from portal.kernel import clock


@dataclass(frozen=True)
class Standing:
    """A person's roles, those that ended, and whether they may work with data."""

    person: User
    current: Sequence[RoleGrant]
    ended: Sequence[RoleGrant]
    access: Access
    incidents: Sequence[Incident] = ()

    @property
    def wants_data(self) -> bool:
        """Whether data is what the person is here for: a researcher, now or before, or someone without any role."""
        grants = [*self.current, *self.ended]
        return not self.current or any(grant.role == Role.RESEARCHER for grant in grants)


def standing(person: User) -> Standing:
    """Everything that a person may know of their own rights. Four queries."""
    at = clock.now()
    grants = (
        RoleGrant.objects.filter(person=person)
        .select_related("granted_by", "approved_by")
        .order_by("-starts_at", "role")
    )
    current = [grant for grant in grants if _is_current(grant, at)]
    ended = [grant for grant in grants if grant.until is not None and grant.until <= at]
    concerning = list(Incident.objects.concerning(person).only("reference"))
    return Standing(person, current, ended, data_access(person, at), concerning)


def _is_current(grant: RoleGrant, at: datetime) -> bool:
    return grant.starts_at <= at and (grant.until is None or grant.until > at)
