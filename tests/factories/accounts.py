"""More people than the personas, made through the same services."""

from __future__ import annotations

from datetime import datetime
from itertools import count

from accounts.models import ApiToken, User
from accounts.roles import Role
from accounts.services import create_person, create_token, grant_role
from portal.kernel.access import SystemActor
from tests.personas import PASSWORD

SETUP = SystemActor("Test set-up")
_numbers = count(1)


def make_person(
    name: str = "", *, email: str = "", role: Role | None = None, scope: str = "", until: datetime | None = None
) -> User:
    """A person with the tests' password, and if asked a role."""
    number = next(_numbers)
    person = create_person(
        actor=SETUP, email=email or f"person{number}@tests.example", display_name=name or f"Person {number}"
    )
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    if role is not None:
        grant_role(actor=SETUP, person=person, role=role, reason="For a test.", scope=scope, until=until)
    return person


def make_token(person: User, name: str = "For a test") -> tuple[ApiToken, str]:
    """An API token and its key."""
    return create_token(actor=person, name=name)
