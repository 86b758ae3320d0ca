"""10,000 people and 300 institutions: each list of the staff asks the database at most twelve times."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Affiliation, Domain, DomainApplication, Incident, Institution, RoleGrant, RoleRequest, User
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.models import AuditEvent
from tests.personas import World

pytestmark = pytest.mark.usefixtures("world")

PEOPLE, INSTITUTIONS = 10_000, 300
LISTS = (
    ("people-list", "ivo", ""),
    ("people-list", "aud", "text=Person 99&role=researcher"),
    ("role-request-list", "ivo", "status=waiting"),
    ("institution-list", "sol", ""),
    ("institution-list", "ivo", "name=Institute 2"),
    ("application-list", "aud", ""),
    ("application-list", "sol", "status=submitted"),
    ("record-list", "sol", ""),
    ("incident-list", "sol", ""),
    ("audit-log", "aud", "area=accounts&days=30"),
    ("home", "ivo", ""),
    ("home", "sol", ""),
)


def fill(people: int, institutions: int, ivo: User, prefix: str) -> None:
    """So many more people, each with a role, an affiliation, an application and every tenth with a request."""
    at = clock.now()
    made = User.objects.bulk_create(
        User(email=f"{prefix}{n}@scale.example", display_name=f"Person {n}") for n in range(people)
    )
    houses = Institution.objects.bulk_create(
        Institution(reference=f"INS-{prefix}-{n}", name=f"Institute {prefix} {n}", country="GB", status="active")
        for n in range(institutions)
    )
    domain = Domain.objects.get(slug="neurology")
    RoleGrant.objects.bulk_create(
        RoleGrant(person=each, role=Role.PANEL_REVIEWER, reason="x", starts_at=at) for each in made
    )
    Affiliation.objects.bulk_create(
        Affiliation(
            reference=f"AFF-{prefix}-{n}", person=each, institution=houses[n % institutions], position="x",
            email=each.email, status="waiting", waiting_since=at,
        )
        for n, each in enumerate(made)
    )  # fmt: skip
    DomainApplication.objects.bulk_create(
        DomainApplication(
            reference=f"APP-{prefix}-{n}", person=each, domain=domain, institution=houses[n % institutions],
            status="submitted", submitted_at=at, due_at=at + timedelta(days=9),
        )
        for n, each in enumerate(made)
    )  # fmt: skip
    Incident.objects.bulk_create(
        Incident(reference=f"INC-{prefix}-{n}", what="x", reported_by=ivo) for n in range(len(made[::10]))
    )
    AuditEvent.objects.bulk_create(
        AuditEvent(at=at, event="accounts.x.y", subject_type="x", subject_ref=each.email, actor_name=each.display_name)
        for each in made
    )
    RoleRequest.objects.bulk_create(
        RoleRequest(
            reference=f"ROL-{prefix}-{n}", person=each, role=Role.PANEL_CURATOR, reason="x", requested_by=ivo,
            expires_at=at + timedelta(days=14),
        )
        for n, each in enumerate(made[::10])
    )  # fmt: skip


def asked(world: World, name: str, reader: str, search: str) -> int:
    browser = Client()
    browser.force_login(world.people[reader])
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = browser.get(f"{reverse(name)}?{search}")
    assert answer.status_code == 200
    return len(queries)


def test_lists_of_the_staff__ask_at_most_twelve_times_however_many_there_are(world: World) -> None:
    fill(60, 60, world.people["ivo"], "few")
    few = {each: asked(world, *each) for each in LISTS}
    fill(PEOPLE, INSTITUTIONS, world.people["ivo"], "many")
    many = {each: asked(world, *each) for each in LISTS}
    assert {each: n for each, n in many.items() if n > 12} == {}
    assert {each: (few[each], n) for each, n in many.items() if n > few[each]} == {}
