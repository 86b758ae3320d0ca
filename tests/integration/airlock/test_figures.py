"""The figures of the airlock, of a history that is made by hand: each number is one that a person can work out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from airlock import services
from airlock.guards import unsettled
from airlock.models import ExportRequest
from portal.kernel import clock
from portal.kernel.working_days import next_working_day
from tests.factories import exports
from tests.factories.exports import SAFE, Desk, fresh
from tests.personas import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def days() -> list[datetime]:
    """Two working days that follow each other, at midnight in London."""
    first = next_working_day(clock.today())
    zone = timezone.get_default_timezone()
    return [datetime(day.year, day.month, day.day, tzinfo=zone) for day in (first, next_working_day(first))]


@contextmanager
def at(day: datetime, hour: int) -> Iterator[None]:
    with time_machine.travel(day + timedelta(hours=hour), tick=False):
        yield


def submit(desk: Desk, request: ExportRequest) -> ExportRequest:
    services.check_submitted(services.submit_export(actor=desk.author, request=request, declares=True))
    return fresh(request)


def settle(desk: Desk, request: ExportRequest, verdict: str) -> None:
    for finding in unsettled(request):
        told = {"actor": desk.first, "request": request, "finding": finding, "text": "As I see it."}
        services.settle_finding(**told, verdict=verdict)


def review(desk: Desk, request: ExportRequest, first: str, second: str) -> ExportRequest:
    exports.review(desk.first, request, first)
    exports.review(desk.second, request, second)
    return fresh(request)


def history(world: World, desk: Desk, days: list[datetime]) -> None:
    """ada's is approved after ten hours of work; eve's comes back after one, and is rejected in its second turn; ben's
    waits since noon of the first day."""
    one, two = days
    eves = Desk(world.people["eve"], world.other_project, desk.first, desk.second, desk.third)
    bens = Desk(world.people["ben"], desk.project, desk.first, desk.second, desk.third)
    with at(one, 10):
        released, rejected = submit(desk, exports.draft(desk)), submit(eves, exports.draft(eves))
    with at(one, 11):
        divided = review(eves, rejected, "approve", "change")
        settle(eves, divided, "accepted")
        group = divided.groups.get()
        services.comment_as_checker(actor=desk.first, request=divided, body="Why?", audience="everybody", group=group)
        rejected = services.return_export(actor=desk.second, request=divided, turn=1)
    with at(one, 12):
        submit(bens, exports.draft(bens))
        services.comment_as_member(actor=eves.author, request=rejected, body="Because.", group=group)
        exports.explain(eves, rejected)
        rejected = submit(eves, rejected)
    with at(one, 15):
        rejected = review(eves, rejected, "change", "change")
        for person in (desk.first, desk.second):
            services.reject_export(actor=person, request=rejected, turn=2, reason="It is a list of people.")
    with at(two, 12):
        released = review(desk, released, "approve", "approve")
        settle(desk, released, "no_problem")
        exports.approve(desk, released)
    with at(two, 13):
        services.release_waiting()


def test_figures__are_those_of_the_history(world: World, desk: Desk, days: list[datetime]) -> None:
    history(world, desk, days)
    with at(days[1], 13):
        client = Client()
        client.force_login(desk.first)
        figures: dict[str, Any] = client.get(reverse("airlock:metrics-json")).json()
        page = client.get(reverse("airlock:metrics")).content.decode()
    assert figures == {
        "open_by_state": {"With the checkers": 1},
        "oldest_working_minutes": 9 * 60,  # 12 to 17, 9 to 13
        "over_target": 0,
        "on_hold": 0,
        "checks_that_wait": 0,
        "releases_that_fail": 0,
        "median_working_minutes_to_first_decision": (10 + 1) * 60 / 2,
        "p90_working_minutes_to_first_decision": 10 * 60,
        "median_working_minutes_to_release": 11 * 60,
        "p90_working_minutes_to_release": 11 * 60,
        "decided": 2,
        "first_time_pass_share": 0.5,
        "turns_per_request": 1.5,
        "findings_by_code": {"malware_not_scanned": 3},
        "false_positive_share_by_code": {"malware_not_scanned": 0.5},
        "reviews_by_checker": [3, 3],
        "agreement_of_two_reviewers": 0.4,  # 2 of 3 agree, 4 of 9 would by chance
        "files_judged_by_two": 3,
        "left_by_project": {desk.project.reference: {"releases": 1, "files": 1, "bytes": len(SAFE)}},
    }
    for told in ("0.7 working days", "1.2 working days", "1.4 working days", "50%", desk.project.reference):
        assert told in page
    assert not [person for person in (desk.second, desk.author) if person.display_name in page]


def test_figures__are_not_counted_from_imports_and_say_nothing_where_there_is_nothing(desk: Desk) -> None:
    from tests.airlock_files.hostile import zip_of
    from tests.factories import imports

    returned = imports.in_review(desk, files={"a.zip": zip_of(**{"../x": b"1"})})
    assert returned.status == "returned"
    client = Client()
    client.force_login(desk.first)
    figures = client.get(reverse("airlock:metrics-json")).json()
    assert (figures["findings_by_code"], figures["open_by_state"]) == ({}, {})
    assert "not known yet" in client.get(reverse("airlock:metrics")).content.decode()
