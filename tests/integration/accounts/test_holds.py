"""A hold: laid by one at once, over by its date, with all that it stops and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from access_review.models import Project, ProjectMember
from accounts import services
from accounts.models import (
    Affiliation,
    Institution,
    SignedInSession,
    TrainingRecord,
    User,
)
from accounts.roles import Role
from portal.demo_standing import NORTHMOOR, SOUTHFELL
from portal.kernel import clock
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import PermissionRefused
from research_env.models import Query, QueryStatus
from research_env.services import submit_query
from research_env.worker import reap
from tests.factories.accounts import SETUP, make_token
from tests.factories.research_env import plan
from tests.integration.accounts.incident_acts import (
    WHAT,
    Bench,
    browser_of,
    do,
    hold,
    is_open,
    looked_into,
    words_of,
)
from tests.personas import World


def test_case_21__sessions_on_every_device_end_at_the_next_request(world: World, culprit: User) -> None:
    first, second = browser_of(culprit), browser_of(culprit)
    assert first.get("/environment/").status_code == second.get("/environment/").status_code == 200
    incident = hold(world, culprit)
    for browser in (first, second):
        answer = browser.get("/environment/")
        assert (answer.status_code, answer.headers["Location"][:9]) == (302, "/sign-in/")
    assert not SignedInSession.objects.filter(person=culprit).exists()
    again = browser_of(culprit)
    text = words_of(again.get(incident.get_absolute_url()))
    assert "You have no access to data, and what you had running was stopped." in text
    assert "A hold is no finding" in text
    assert WHAT not in text
    assert "Noa Newcomer" not in text
    assert incident.get_absolute_url() in again.get("/account/").text
    assert "You are suspended after an incident" in again.get("/getting-access/").text


def test_case_22__tokens_are_refused_and_visas_hold_no_more(world: World, culprit: User) -> None:
    program = {"Authorization": f"Bearer {make_token(culprit)[1]}"}
    visas = Client().get("/api/v1/me/visas/", headers=program).json()["ga4gh_passport_v1"]
    assert visas
    hold(world, culprit)
    assert Client().get("/api/v1/me/", headers=program).status_code == 401
    for visa in visas:
        answer = Client().post("/api/v1/visas/check/", {"token": visa}, content_type="application/json")
        assert answer.json() == {"active": False}
    new = {"Authorization": f"Bearer {make_token(culprit)[1]}"}
    assert Client().get("/api/v1/me/visas/", headers=new).json()["ga4gh_passport_v1"] == []


def test_case_23__running_work_is_cancelled_and_what_is_finished_is_out_of_reach(world: World, culprit: User) -> None:
    world = World({**world.people, "culprit": culprit}, world.datasets, world.project, world.other_project)
    running = submit_query(actor=culprit, query=plan(world, "culprit"))
    hold(world, culprit)
    query = Query.objects.get(pk=running.pk)
    assert query.status == QueryStatus.CANCELLED
    assert query.failure == "The author no longer has access to data."
    assert browser_of(culprit).get(query.get_absolute_url()).status_code == 404
    told = AuditEvent.objects.get(event="accounts.access.stopped", subject_ref=str(culprit.pk))
    assert set(told.detail) == {"incident", "sessions", "tokens"}


def test_case_24__training_that_expires_stops_queries_at_the_instant_and_leaves_the_portal(
    world: World, culprit: User
) -> None:
    world = World({**world.people, "culprit": culprit}, world.datasets, world.project, world.other_project)
    running, browser = submit_query(actor=culprit, query=plan(world, "culprit")), browser_of(culprit)
    TrainingRecord.objects.filter(person=culprit).update(valid_until=clock.now())
    with pytest.raises(PermissionRefused):
        plan(world, "culprit")
    reap()
    assert Query.objects.get(pk=running.pk).status == QueryStatus.CANCELLED
    assert browser.get("/training/").status_code == 200


def test_hold__ends_by_itself_after_two_working_days_without_any_job(world: World, culprit: User) -> None:
    incident = hold(world, culprit)
    held = incident.sanctions.get()
    assert held.until is not None
    assert not is_open(culprit)
    with time_machine.travel(held.until - timedelta(seconds=1), tick=False):
        assert not is_open(culprit)
    with time_machine.travel(held.until, tick=False):
        assert is_open(culprit)


def test_hold__lasts_if_a_second_person_confirms_it_and_not_by_the_first_alone(world: World, culprit: User) -> None:
    incident = hold(world, culprit)
    do(world.people["hana"], incident, "confirm-hold", 403, reason="I am sure.")
    do(world.people["finn"], incident, "confirm-hold", reason="I looked, too.")
    held = incident.sanctions.get()
    assert held.until is not None
    assert held.until > clock.now() + timedelta(days=29)


def test_hold__of_one_who_has_a_seat_takes_the_seat_away_meanwhile(world: World, bench: Bench, culprit: User) -> None:
    theirs = looked_into(world, culprit)
    incident = hold(world, bench.chair)
    assert browser_of(bench.chair).get("/incidents/").status_code == 403
    assert not User.objects.get(pk=bench.chair.pk).has_role(Role.ARC_CHAIR)
    with pytest.raises(PermissionRefused):
        services.lay_hold(actor=User.objects.get(pk=bench.chair.pk), incident=theirs, reason="Mine.")
    do(bench.deputy, incident, "lift", reason="It was a mistake.")
    assert User.objects.get(pk=bench.chair.pk).has_role(Role.ARC_CHAIR)


def test_hold__is_not_laid_by_a_colleague_or_by_somebody_without_that_trust(world: World, culprit: User) -> None:
    incident = looked_into(world, culprit)
    do(world.people["sol"], incident, "hold", 403, reason="It goes on.")
    northmoor = Institution.objects.get(name=NORTHMOOR.name)
    Affiliation.objects.filter(person=world.people["ada"]).update(person=world.people["hana"])
    assert Affiliation.objects.in_force(clock.now()).filter(person=world.people["hana"], institution=northmoor).exists()
    do(world.people["hana"], incident, "hold", 403, reason="It goes on.")


def test_incident_closed_without_a_finding__ends_the_hold(world: World, culprit: User) -> None:
    incident = hold(world, culprit)
    do(world.people["sol"], incident, "dismiss", reason="It was another's table.")
    assert is_open(culprit)


def test_closed_account__stops_what_was_running(world: World, culprit: User) -> None:
    world = World({**world.people, "culprit": culprit}, world.datasets, world.project, world.other_project)
    running = submit_query(actor=culprit, query=plan(world, "culprit"))
    services.close_account(actor=SETUP, person=culprit, reason="Left.")
    assert Query.objects.get(pk=running.pk).status == QueryStatus.CANCELLED


# Institutions


def test_institution_on_hold__ends_access_of_its_people_and_of_nobody_else(world: World, culprit: User) -> None:
    eve, northmoor = world.people["eve"], Institution.objects.get(name=NORTHMOOR.name)
    browser = browser_of(culprit)
    incident = hold(world, northmoor)
    assert not is_open(culprit)
    assert not is_open(world.people["ada"])
    assert is_open(eve)
    assert browser.get("/environment/").status_code == 302
    assert "Your institution is suspended" in browser_of(culprit).get("/getting-access/").text
    assert northmoor.name not in Client().get("/institutions/").text
    secretary = world.people["gus"]
    assert "Nobody has access to data through this institution" in words_of(
        browser_of(secretary).get(incident.get_absolute_url())
    )
    held = incident.sanctions.get()
    assert held.until is not None
    with time_machine.travel(held.until, tick=False):
        assert is_open(culprit)


def test_case_27__who_has_a_second_institution_loses_the_projects_of_the_first_alone(
    world: World, culprit: User
) -> None:
    southfell = Institution.objects.get(name=SOUTHFELL.name)
    first = Affiliation.objects.get(person=culprit)
    Affiliation.objects.create(
        reference="AFF-SECOND",
        person=culprit,
        institution=southfell,
        email="cul@southfell.example",
        position="Guest",
        status="confirmed",
        waiting_since=first.waiting_since,
        confirmed_at=first.confirmed_at,
        confirmed_by=first.confirmed_by,
        valid_until=first.valid_until,
        recheck_due_at=first.recheck_due_at,
        lapses_at=first.lapses_at,
    )
    ProjectMember.objects.create(project=world.other_project, person=culprit, starts_at=clock.now())
    Project.objects.filter(pk=world.project.pk).update(lead_institution=NORTHMOOR.name)
    Project.objects.filter(pk=world.other_project.pk).update(lead_institution=SOUTHFELL.name)
    assert Project.objects.visible_to(culprit).count() == 2
    hold(world, Institution.objects.get(name=NORTHMOOR.name))
    assert is_open(culprit)
    assert list(Project.objects.visible_to(culprit)) == [world.other_project]
