"""Finding people."""

from __future__ import annotations

from accounts.models import User


def person_by_email(email: str) -> User:
    """The person with this address, in whatever case it is written; User.DoesNotExist if nobody has it."""
    return User.objects.get(email=email.strip().lower())
