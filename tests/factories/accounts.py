"""More people than the personas, made through the same services."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

from accounts.models import Agreement, ApiToken, RoleGrant, User
from accounts.roles import Role
from accounts.services import create_person, create_token, grant_role
from portal.demo_people import DEMO_PEOPLE
from portal.demo_standing import NORTHMOOR, give_standing, make_ground
from portal.kernel.access import SystemActor
from portal.kernel.scopes import SCOPES
from tests.personas import PASSWORD

SETUP = SystemActor("Test set-up")
_numbers = count(1)


def make_person(
    name: str = "", *, email: str = "", role: Role | None = None, scope: str = "", until: datetime | None = None
) -> User:
    """A person with the tests' password, and if asked a role; a researcher has all that access asks for."""
    number = next(_numbers)
    person = create_person(
        actor=SETUP, email=email or f"person{number}@tests.example", display_name=name or f"Person {number}"
    )
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    if role is not None:
        grant_role(actor=SETUP, person=person, role=role, reason="For a test.", scope=scope, until=until)
    if role == Role.RESEARCHER:
        everybody = {each.key: User.objects.get(email=each.email) for each in DEMO_PEOPLE if each.key in "sol ivo gus"}
        ground = make_ground(everybody)
        give_standing(person, ground, domain="variant-discovery", institution=NORTHMOOR.name)
    return person


def long_ago() -> None:
    """Agreements and roles of the world hold since 2020 and for long, so that a test can stand on any day it likes."""
    Agreement.objects.update(starts_at=datetime(2020, 1, 1, tzinfo=UTC), ends_at=datetime(2060, 1, 1, tzinfo=UTC))
    RoleGrant.objects.update(starts_at=datetime(2020, 1, 1, tzinfo=UTC))


def make_token(person: User, name: str = "For a test") -> tuple[ApiToken, str]:
    """An API token that may do everything, and its key."""
    return create_token(actor=person, name=name, scopes=SCOPES)
