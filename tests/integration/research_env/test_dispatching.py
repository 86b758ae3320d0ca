"""Who is served next: a window of work, projects in turns, small queries first, and nothing beyond the allowance."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from portal.kernel import clock
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from research_env import worker
from research_env.allowances import Allowance, allowance_of, usage_of
from research_env.dispatching import ANNOUNCE_AGAIN_AFTER, dispatch
from research_env.models import Lane, Query, QuerySlice, QueryStatus
from research_env.services import cancel_query, retry_query, set_allowance, submit_query
from tests.factories.research_env import finished, plan, plan_everything
from tests.integration.research_env.test_worker_survives import Worker, redis_url
from tests.personas import World
from tests.stage import wait_until

__all__ = ["redis_url"]
pytestmark = pytest.mark.django_db
LITTLE = Allowance(concurrent_slices=2, cpu_hours_per_month=1, gigabytes_per_month=1)


@pytest.fixture
def scans(settings: Any) -> None:
    """Every query is a scan in many slices."""
    settings.QUERY_EXPRESS_SECONDS, settings.QUERY_MAX_RECORDS_PER_SLICE, settings.QUERY_WINDOW = 0, 80, 6


def scan_of(world: World, author: str) -> Query:
    query = plan(world, author, name="A scan", genes="CFTR G6PD", pass_only=False)
    return submit_query(actor=world.people[author], query=query)


def announced() -> Counter[str]:
    references = QuerySlice.objects.exclude(announced_at=None).values_list("query__reference", flat=True)
    return Counter(references)


def test_a_second_project__has_its_turn_before_the_first_one_is_through(world: World, scans: None) -> None:
    first = scan_of(world, "ada")
    assert dispatch() == 6
    second = scan_of(world, "eve")
    assert dispatch() == 0, "The window is full."
    QuerySlice.objects.filter(query=first).exclude(announced_at=None).update(state=QuerySlice.State.DONE)
    assert dispatch() == 6
    assert announced()[second.reference] == 3


def test_a_project__has_no_more_slices_at_a_time_than_it_may(world: World, scans: None) -> None:
    set_allowance(actor=world.people["hana"], project=world.project, allowance=LITTLE, reason="A small project.")
    scan_of(world, "ada")
    assert dispatch() == 2
    assert dispatch() == 0


def test_a_knock_that_was_lost__is_repeated(world: World, scans: None) -> None:
    scan_of(world, "ada")
    assert (dispatch(), dispatch()) == (6, 0)
    with time_machine.travel(clock.now() + ANNOUNCE_AGAIN_AFTER + timedelta(seconds=1)):
        assert dispatch() == 6


def test_nothing_of_a_stopped_query__is_announced(world: World, scans: None) -> None:
    query = scan_of(world, "ada")
    cancel_query(actor=world.people["ada"], query=Query.objects.get(pk=query.pk))
    assert dispatch() == 0


def test_what_takes_a_moment__goes_by_the_express_lane__what_takes_long_does_not(world: World, settings: Any) -> None:
    assert plan(world).lane == Lane.EXPRESS
    settings.QUERY_EXPRESS_SECONDS = 0
    assert plan(world).lane == Lane.SCAN


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
def test_a_point_lookup__does_not_wait_behind_a_scan_that_came_before(
    world: World, settings: Any, tmp_path: Any, redis_url: str
) -> None:
    """One worker process, and a broker that already holds the knocks of a scan when the lookup arrives."""
    settings.QUERY_EXPRESS_SECONDS, settings.QUERY_MAX_RECORDS_PER_SLICE = 0, 80
    scan = submit_query(actor=world.people["ada"], query=plan_everything(world))
    _dispatch_to(redis_url, scan)
    assert announced()[scan.reference] == allowance_of(world.project).concurrent_slices
    settings.QUERY_EXPRESS_SECONDS = 2
    lookup = submit_query(
        actor=world.people["eve"], query=plan(world, "eve", genes="", targets="chr7-117559590-ATCT-A")
    )
    _dispatch_to(redis_url, lookup)
    worker_process = Worker(tmp_path, redis_url, processes=1)
    try:
        wait_until(lambda: Query.objects.get(pk=scan.pk).status == QueryStatus.FINISHED, "the scan is finished")
    finally:
        worker_process.kill()
    begun = list(QuerySlice.objects.filter(kind="read").order_by("started_at").values_list("query_id", flat=True))
    assert begun.index(lookup.pk) <= 1, "At most the slice that was running comes before the lookup."
    ends = {query.pk: query.finished_at for query in Query.objects.filter(pk__in=[scan.pk, lookup.pk])}
    assert ends[lookup.pk] < ends[scan.pk]


def _dispatch_to(redis_url: str, query: Query) -> None:
    """Dispatch as the web process does, with the real broker; this process has told one of its own."""
    query.slices.update(announced_at=None)
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings.demo", **Worker.environment(redis_url)}
    program = "import django; django.setup(); from research_env.dispatching import dispatch; dispatch()"
    subprocess.run([sys.executable, "-c", program], env=env, check=True, timeout=60)


def test_a_query_beyond_the_allowance__is_refused_with_the_figures__and_may_be_run_next_month(world: World) -> None:
    # Of the next month: never before the world was made, and five days from the month after
    at = (clock.now().replace(day=1) + timedelta(days=32)).replace(day=28)
    with time_machine.travel(at):
        set_allowance(actor=world.people["hana"], project=world.project, allowance=LITTLE, reason="A small project.")
        done = finished(world)
        QuerySlice.objects.filter(query=done).update(cpu_seconds=2000)
        query = plan(world)
        with pytest.raises(
            TransitionRefused, match=r"needs about 0\.0 CPU hours.*has used 1\.1 of its 1 for this month"
        ):
            submit_query(actor=world.people["ada"], query=query)
        assert Query.objects.get(pk=query.pk).status == QueryStatus.PLANNED
    with time_machine.travel(at + timedelta(days=5)):
        assert usage_of(world.project, clock.now()).cpu_hours == 0
        submit_query(actor=world.people["ada"], query=Query.objects.get(pk=query.pk))


def test_queries_under_way__count_with_what_they_were_planned_to_need(world: World) -> None:
    set_allowance(actor=world.people["hana"], project=world.project, allowance=LITTLE, reason="A small project.")
    first, second = plan(world, name="First"), plan(world, name="Second")
    Query.objects.update(estimated_bytes=600_000_000)
    submit_query(actor=world.people["ada"], query=Query.objects.get(pk=first.pk))
    with pytest.raises(TransitionRefused, match="gigabytes of reading"):
        submit_query(actor=world.people["ada"], query=Query.objects.get(pk=second.pk))


def test_trying_again__is_held_to_the_allowance_too(world: World) -> None:
    query = submit_query(actor=world.people["ada"], query=plan(world))
    cancel_query(actor=world.people["ada"], query=Query.objects.get(pk=query.pk))
    nothing = Allowance(concurrent_slices=1, cpu_hours_per_month=0, gigabytes_per_month=0)
    set_allowance(actor=world.people["hana"], project=world.project, allowance=nothing, reason="Paused.")
    with pytest.raises(TransitionRefused, match="for this month"):
        retry_query(actor=world.people["ada"], query=Query.objects.get(pk=query.pk))


def test_what_a_query_cost__is_counted(world: World) -> None:
    finished(world)
    usage = usage_of(world.project, clock.now())
    assert usage.cpu_hours > 0
    assert usage.gigabytes > 0
    assert usage_of(world.other_project, clock.now()).cpu_hours == 0


@pytest.mark.parametrize("persona", ["ada", "ivo", "sol"])
def test_only_a_data_manager__sets_an_allowance(world: World, persona: str) -> None:
    before = allowance_of(world.project)
    with pytest.raises(PermissionRefused):
        set_allowance(actor=world.people[persona], project=world.project, allowance=LITTLE, reason="More.")
    assert allowance_of(world.project) == before


def test_an_allowance__needs_a_reason__and_is_in_the_audit(world: World) -> None:
    with pytest.raises(InvalidInput):
        set_allowance(actor=world.people["hana"], project=world.project, allowance=LITTLE, reason=" ")
    set_allowance(actor=world.people["hana"], project=world.project, allowance=LITTLE, reason="A small project.")
    event = AuditEvent.objects.get(event="research_env.allowance.set")
    assert (event.reason, event.detail["cpu_hours_per_month"]) == ("A small project.", "1")


def test_a_machine_without_workers__does_the_work_by_a_command(world: World, capsys: Any) -> None:
    query = submit_query(actor=world.people["ada"], query=plan(world))
    call_command("run_queries")
    assert Query.objects.get(pk=query.pk).status == QueryStatus.FINISHED
    assert capsys.readouterr().out == f"{query.reference}: finished\n"


def test_what_fails_in_the_middle__gives_its_place_to_the_next(world: World, scans: None) -> None:
    query = scan_of(world, "ada")
    dispatch()
    worker.work_on(query.slices.order_by("position")[0].pk)
    assert dispatch() == 1


def test_the_operator__changes_one_figure__and_the_others_stay(world: World, capsys: Any) -> None:
    call_command("set_allowance", world.project.reference, "--cpu-hours", "7", "--reason", "A small grant.")
    assert allowance_of(world.project) == Allowance(8, 7, 20_000)
    assert "7 CPU hours" in capsys.readouterr().out
    with pytest.raises(CommandError, match="below zero"):
        call_command("set_allowance", world.project.reference, "--gigabytes", "-1", "--reason", "A typing error.")


@pytest.mark.parametrize(
    ("executor", "seconds", "words"),
    [
        ("workers", 100, "workers can share it"),
        ("batch", 360_000, "on AWS Batch, about $4.00"),
        ("slurm", 9, "under one"),
    ],
)
def test_the_plan__says_whose_work_it_is_and_what_it_costs(
    world: World, client_of: Any, executor: str, seconds: int, words: str
) -> None:
    query = plan(world)
    Query.objects.filter(pk=query.pk).update(executor=executor, lane=Lane.SCAN, estimated_seconds=seconds)
    assert words in client_of("ada").get(query.get_absolute_url()).content.decode()


def test_the_project__sees_what_it_has_used(world: World, client_of: Any) -> None:
    page = client_of("ada").get(world.project.get_absolute_url()).content.decode()
    assert "of 500 CPU hours" in page
