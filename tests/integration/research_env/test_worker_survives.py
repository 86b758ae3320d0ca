"""A query survives what happens to machines: real PostgreSQL, real Redis, a real Celery worker, real deaths."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection

from research_env import results
from research_env.models import Query, QuerySlice, QueryStatus
from research_env.services import submit_query
from tests.factories.research_env import plan_everything

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

PATIENCE_SECONDS = 90


def wait_until(fact: Callable[[], bool], what: str) -> None:
    """Poll until the fact holds; fail with its name when patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not fact():
        if time.monotonic() > deadline:
            pytest.fail(f"Waited {PATIENCE_SECONDS} s in vain: {what}")
        time.sleep(0.02)


class Worker:
    """A Celery worker with its own beat, as production runs them, on the test's database."""

    def __init__(self, scratch: Path, redis_url: str, processes: int = 2) -> None:
        self.env = {**os.environ, **self.environment(redis_url)}
        queues = "default,express,slices"
        command = ["-m", "celery", "-A", "portal", "worker", "-B", "-c", str(processes), "-Q", queues, "-l", "INFO"]
        self.log = (scratch / "worker.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, *command, "-s", str(scratch / "schedule")],
            env=self.env,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    @staticmethod
    def environment(redis_url: str) -> dict[str, str]:
        """Of any process that works on the test's database and files, with a broker of its own."""
        database = connection.settings_dict
        return {
            "DJANGO_SETTINGS_MODULE": "portal.settings.demo",
            "DATABASE_URL": (
                f"postgres://{database['USER']}:{database['PASSWORD']}@/{database['NAME']}?host={database['HOST']}"
            ),
            "REDIS_URL": redis_url,
            "LECTERN_HOME": str(settings.SCRATCH),
            "LECTERN_QUERY_LEASE_SECONDS": "4",
            "LECTERN_REAP_SECONDS": "1",
        }

    def kill(self) -> None:
        """kill -9 of the whole worker: parent, pool and beat."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.log.close()


@pytest.fixture
def redis_url() -> str:
    """A database of Redis that no other test uses."""
    url = os.environ["REDIS_URL"]
    number = 10 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    address = f"{url.partition('?')[0]}?db={number}"
    redis.Redis.from_url(address).flushdb()
    return address


@pytest.fixture
def start_worker(tmp_path: Path, redis_url: str) -> Iterator[Callable[[], Worker]]:
    workers: list[Worker] = []

    def start() -> Worker:
        workers.append(Worker(tmp_path, redis_url))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()


@pytest.fixture
def query(world: Any, settings: Any) -> Query:
    """A query in many slices over the whole test release, planned by ada."""
    settings.QUERY_MAX_RECORDS_PER_SLICE = 80
    return plan_everything(world)


def answer_of(query: Query) -> tuple[list[Any], list[Any]]:
    """The rows of both tables."""
    result = Query.objects.get(pk=query.pk).result
    return results.read_table(result, "variants").to_pylist(), results.read_table(result, "carriers").to_pylist()


def status_of(query: Query) -> str:
    return Query.objects.values_list("status", flat=True).get(pk=query.pk)


def some_slices_done(query: Query) -> bool:
    return query.slices.filter(state=QuerySlice.State.DONE).exists()


def end_connections() -> int:
    """End every other connection to the test's database; returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def expected_answer(query: Query) -> tuple[list[Any], list[Any]]:
    """What the same question gives when nothing goes wrong, worked out in this process."""
    from research_env.services import rerun_query
    from research_env.worker import drain

    again = rerun_query(actor=query.author, query=query)
    drain(again)
    return answer_of(again)


def test_killing_the_whole_worker_in_the_middle__the_query_finishes_once_with_the_same_answer(
    query: Query, start_worker: Callable[[], Worker]
) -> None:
    expected = expected_answer(query)
    first = start_worker()
    submit_query(actor=query.author, query=query)
    wait_until(lambda: some_slices_done(query), "the first slice is done")
    first.kill()
    assert status_of(query) == QueryStatus.RUNNING, "The query was over before the worker was killed: use more slices."
    start_worker()
    wait_until(lambda: status_of(query) == QueryStatus.FINISHED, "the query finishes with another worker")
    assert answer_of(query) == expected
    assert query.slices.filter(kind=QuerySlice.Kind.MERGE).count() == 1


def test_emptying_redis_in_the_middle__the_query_finishes_with_the_same_answer(
    query: Query, start_worker: Callable[[], Worker], redis_url: str
) -> None:
    expected = expected_answer(query)
    start_worker()
    submit_query(actor=query.author, query=query)
    wait_until(lambda: some_slices_done(query), "the first slice is done")
    redis.Redis.from_url(redis_url).flushdb()
    assert status_of(query) == QueryStatus.RUNNING
    wait_until(lambda: status_of(query) == QueryStatus.FINISHED, "the query finishes without its messages")
    assert answer_of(query) == expected


def test_losing_every_database_connection_in_the_middle__the_query_finishes_with_the_same_answer(
    query: Query, start_worker: Callable[[], Worker]
) -> None:
    """What a restart of PostgreSQL does to its clients, without taking the server from the other tests."""
    expected = expected_answer(query)
    start_worker()
    submit_query(actor=query.author, query=query)
    wait_until(lambda: some_slices_done(query), "the first slice is done")
    wait_until(lambda: end_connections() > 0, "a worker is in the middle of something")
    wait_until(lambda: status_of(query) in (QueryStatus.FINISHED, QueryStatus.FAILED), "the query ends")
    assert status_of(query) == QueryStatus.FINISHED
    assert answer_of(query) == expected


def test_a_worker_that_slept_through_its_lease__cannot_change_the_answer(
    query: Query, start_worker: Callable[[], Worker]
) -> None:
    expected = expected_answer(query)
    sleeper = start_worker()
    submit_query(actor=query.author, query=query)
    wait_until(lambda: some_slices_done(query), "the first slice is done")
    os.killpg(sleeper.process.pid, signal.SIGSTOP)
    assert status_of(query) == QueryStatus.RUNNING
    start_worker()
    wait_until(lambda: status_of(query) == QueryStatus.FINISHED, "another worker finishes the query")
    finished = Query.objects.get(pk=query.pk).result
    os.killpg(sleeper.process.pid, signal.SIGCONT)
    wait_until(lambda: not query.slices.filter(state=QuerySlice.State.RUNNING).exists(), "no lease is left")
    assert Query.objects.get(pk=query.pk).result == finished
    assert answer_of(query) == expected
