"""The door: reads the facts of one person and decides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from rest_framework.request import Request

from accounts.gates.decision import Access, evaluate_access
from accounts.gates.facts import AccessFacts, facts_of
from accounts.models import User
from portal.kernel.requests import once_per_reading


def data_access(person: User | AnonymousUser, at: datetime) -> Access:
    """Whether this person may work with data at this instant."""
    if not isinstance(person, User):
        return Access(False, ("Sign in to work with data.",))
    return evaluate_access(known_of(person), at)


def known_of(person: User) -> AccessFacts:
    """The facts of a person; while a page is being read, read once."""
    return once_per_reading(("access facts", person.pk), lambda: facts_of(person))


def reader_of(request: HttpRequest | Request) -> User:
    """Who is signed in; pages ask only behind login_required, programs behind IsAuthenticated or what asks as much."""
    person: Any = request.user
    assert isinstance(person, User), "signing in comes first"
    return person
