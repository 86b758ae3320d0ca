"""Where the facts of this app about the person are read: the account and the role of a researcher."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from accounts.gates.facts import Kind, dated, source
from accounts.models import RoleGrant, User
from accounts.roles import Role


@source(Kind.ACCOUNT)
def accounts(person: User) -> QuerySet[Any, Any]:
    """The account, while it is open."""
    return dated(User.objects.filter(pk=person.pk, is_active=True), starts="created_at", until=None)


@source(Kind.OPENED)
def openings(person: User) -> QuerySet[Any, Any]:
    """Since when access is open: the grants of the role of a researcher."""
    return dated(RoleGrant.objects.filter(person=person, role=Role.RESEARCHER))
