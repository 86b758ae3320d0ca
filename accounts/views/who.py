"""Who is asking."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from accounts.models import User


def me(request: HttpRequest) -> User:
    """The person who is signed in; login_required comes first."""
    person: Any = request.user
    assert isinstance(person, User), "login_required comes first"
    return person
