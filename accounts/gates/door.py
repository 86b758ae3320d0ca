"""The door: reads the facts of one person and decides."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from accounts.gates.decision import Access, evaluate_access
from accounts.gates.facts import AccessFacts
from accounts.models import User
from accounts.roles import Role
from portal.kernel.requests import once_per_reading


def data_access(person: User | AnonymousUser, at: datetime) -> Access:
    """Whether this person may work with data at this instant."""
    if not person.is_authenticated:
        return Access(False, ("Sign in to work with data.",))
    facts = once_per_reading(("access facts", person.pk), lambda: _access_facts(person))
    return evaluate_access(facts, at)


def _access_facts(person: User) -> AccessFacts:
    # Read anew, not from the instance: a long-running worker holds the person for minutes.
    grants = ("role_grants__role", "role_grants__starts_at", "role_grants__until")
    rows = list(User.objects.filter(pk=person.pk, is_active=True).values_list(*grants))
    return AccessFacts(
        bool(rows), tuple((start, end) for role, start, end in rows if role == Role.RESEARCHER and start)
    )
