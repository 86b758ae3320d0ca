"""Somebody whose genome is in a pending export withdraws: it is held, says why, and nothing of it leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client

from airlock import services
from airlock.models import ExportRequest
from ngrl.models import Participant
from ngrl.services import withdraw_consent
from research_env.models import Query
from tests.factories import exports
from tests.factories.exports import Desk, fresh
from tests.factories.ngrl import make_participant
from tests.factories.research_env import finished
from tests.personas import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def query(world: World) -> Query:
    return finished(world)


def with_result(desk: Desk, query: Query, request: ExportRequest) -> ExportRequest:
    """The same draft, with what the query found in it."""
    services.add_query_result(
        actor=desk.author, request=request, group=request.groups.get(), query=query, table="variants", kind="output"
    )
    return fresh(request)


def somebody(query: Query) -> Participant:
    found: Participant = query.release.samples.get(index=0).participant
    return found


def test_pending_export__is_held_when_somebody_in_it_withdraws(world: World, desk: Desk, query: Query) -> None:
    request = with_result(desk, query, exports.draft(desk))
    other = exports.draft(replace(desk, author=world.people["ben"]))
    withdraw_consent(actor=world.people["hana"], participant=somebody(query))
    held = fresh(request)
    assert held.is_held
    assert "Somebody in the data has withdrawn since." in held.held_reason
    assert not fresh(other).is_held, "a file that was taken from no query"
    client = Client()
    client.force_login(desk.author)
    page = client.get(request.get_absolute_url()).content.decode()
    assert "Run the query again, and replace its result." in page


def test_export__goes_on_when_somebody_who_is_not_in_it_withdraws(world: World, desk: Desk, query: Query) -> None:
    request = with_result(desk, query, exports.draft(desk))
    withdraw_consent(actor=world.people["hana"], participant=make_participant())
    assert not fresh(request).is_held


def test_approved_export__does_not_leave_when_somebody_in_it_withdraws(world: World, desk: Desk, query: Query) -> None:
    request = services.create_export(actor=desk.author, project=desk.project, title="Counts for a paper")
    group = services.save_group(
        actor=desk.author,
        request=request,
        name="Table 1",
        context="How many people were tested.",
        controls="Counts below five are masked.",
    )
    services.add_file(
        actor=desk.author,
        request=request,
        group=group,
        name="counts.csv",
        pieces=[exports.SAFE],
        source=query.reference,  # a small table, made of what the query found
    )
    exports.explain(desk, request)
    services.check_submitted(services.submit_export(actor=desk.author, request=fresh(request), declares=True))
    for person in (desk.first, desk.second):
        exports.review(person, fresh(request))
    exports.settle(desk, fresh(request))
    exports.approve(desk, fresh(request))
    withdraw_consent(actor=world.people["hana"], participant=somebody(query))
    assert fresh(request).is_held
    assert services.release_waiting() == 0
    assert fresh(request).status == ExportRequest.Status.APPROVED
