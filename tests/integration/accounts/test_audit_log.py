"""The audit log: auditors read all of it and may take it out; everybody else reads what they did themselves."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.events import AuditLogEvent, IncidentEvent
from accounts.models import User
from accounts.selectors import audit_events_seen_by
from portal.kernel import audit, clock
from portal.kernel.models import AuditEvent
from tests.personas import PERSONAS, World

pytestmark = pytest.mark.usefixtures("world")
LOG, FILE = reverse("audit-log"), reverse("audit-file")


def happens(person: User, reference: str, reason: str = "For a test.") -> AuditEvent:
    """One event by this person."""
    with transaction.atomic():
        return audit.record(IncidentEvent.REPORTED, reference, person, reason=reason)


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def read(person: User, search: str = "") -> str:
    answer = browser_of(person).get(f"{LOG}?{search}")
    assert answer.status_code == 200
    return answer.content.decode()


def taken(person: User, search: str = "") -> list[list[str]]:
    """The lines of the file."""
    answer = browser_of(person).get(f"{FILE}?{search}")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.getvalue().decode())))


def test_an_auditor__reads_what_everybody_did(world: World) -> None:
    for key in ("ada", "ivo", "cora"):
        happens(world.people[key], f"INC-BY-{key}")
    page = read(world.people["aud"])
    assert all(f"INC-BY-{key}" in page for key in ("ada", "ivo", "cora"))
    assert "Ada Researcher" in page


@pytest.mark.parametrize("key", [key for key in PERSONAS if key not in ("aud", "anon")])
def test_everybody_else__reads_what_they_did_and_nothing_of_others(world: World, key: str) -> None:
    other = world.people["ivo" if key != "ivo" else "ada"]
    happens(world.people[key], "INC-OF-MINE")
    happens(other, "INC-OF-ANOTHER", reason="Nobody's business.")
    page = read(world.people[key])
    assert "INC-OF-MINE" in page
    assert "INC-OF-ANOTHER" not in page
    assert "No event matches" in read(world.people[key], "reference=INC-OF-ANOTHER")
    assert browser_of(world.people[key]).get(FILE).status_code == 403


def test_nobody__reads_nothing() -> None:
    assert Client().get(LOG).status_code == 302
    assert not audit_events_seen_by(User(is_active=False)).exists()


def test_a_search__finds_by_part_reference_person_and_time(world: World) -> None:
    happens(world.people["ada"], "INC-2026-7001")
    happens(world.people["ben"], "INC-2026-7002")
    aud = world.people["aud"]
    assert [row[7] for row in taken(aud, "area=accounts&reference=inc-2026-7001&days=1")[1:]] == ["INC-2026-7001"]
    assert {row[2] for row in taken(aud, "person=ben")[1:]} == {"Ben Researcher"}
    assert taken(aud, "area=airlock&reference=INC-2026-7001")[1:] == []
    late = clock.now() - timedelta(days=8)
    with transaction.atomic():
        AuditEvent.objects.create(
            at=late, event="gone.by", subject_type="x.thing", subject_ref="OLD-1", actor_name="Somebody gone"
        )
    assert taken(aud, "reference=OLD-1&days=7")[1:] == []
    assert taken(aud, "reference=OLD-1&days=30")[1][4:6] == ["gone.by", "gone.by"], "declared no longer: its bare name"


def test_a_bad_filter__says_so_and_hides_nothing(world: World) -> None:
    happens(world.people["ada"], "INC-2026-7003")
    page = read(world.people["aud"], "days=ever&reference=INC-2026-7003")
    assert "INC-2026-7003" in page


def test_the_file__is_itself_written_down_and_runs_in_no_spreadsheet(world: World) -> None:
    happens(world.people["ada"], "INC-2026-7004", reason="=HYPERLINK(1)")
    lines = taken(world.people["aud"], "reference=INC-2026-7004")
    assert lines[0][:4] == ["number", "at", "who", "who_number"]
    assert [line[10] for line in lines[1:]] == ["'=HYPERLINK(1)"]
    noted = AuditEvent.objects.filter(event=AuditLogEvent.EXPORTED).get()
    assert (noted.actor_name, noted.detail) == (world.people["aud"].display_name, {"count": 1})


def test_the_page__asks_as_often_for_a_thousand_events(world: World, django_assert_max_num_queries: object) -> None:
    at = clock.now()
    AuditEvent.objects.bulk_create(
        AuditEvent(at=at, event="x.y", subject_type="x.thing", subject_ref=f"X-{n}", actor_name="X")
        for n in range(1000)
    )
    browser = browser_of(world.people["aud"])
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        page = browser.get(LOG).content.decode()
    assert "X-999" in page
    assert "X-1<" not in page, "fifty at a time"
