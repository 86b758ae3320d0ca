"""What holds when processes are killed: children come back, and nothing outlives the supervisor."""

import os
import signal
from collections.abc import Callable

import psutil
import psycopg2
import pytest

from portal.stack.health import is_healthy
from tests.integration.stack.processes import Sandbox, eventually

pytestmark = pytest.mark.processes
Start = Callable[[], Sandbox]


def all_gone(processes: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


@pytest.mark.parametrize("name", ["web", "worker", "redis", "postgres"])
def test_child__killed__is_started_again(start_sandbox: Start, name: str) -> None:
    sandbox = start_sandbox()
    sandbox.remember_commands()

    os.kill(sandbox.pid(name), signal.SIGKILL)

    def came_back() -> bool:
        now = sandbox.child_named(name)
        return now is not None and now.pid != sandbox.pid(name)

    eventually(came_back, f"{name} runs again")
    eventually(lambda: is_healthy(sandbox.facts["port"]), "the page is served")
    eventually(lambda: answers(sandbox), "the database answers")
    assert sandbox.stop() == 0
    assert any(f"{name} ended unexpectedly (signal 9)" in line for line in sandbox.said)


def test_supervisor__killed__leaves_no_process_and_the_next_start_has_the_data(start_sandbox: Start) -> None:
    first = start_sandbox()
    with psycopg2.connect(first.facts["DATABASE_OWNER_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (word text)")
        cursor.execute("INSERT INTO kept VALUES ('still here')")
    connection.close()
    eventually(lambda: len(first.family()) >= 12, "grandchildren of web and worker are there")
    family = first.family()

    first.process.kill()

    eventually(lambda: all_gone(family), "children and grandchildren are gone", 15)
    second = start_sandbox()
    with psycopg2.connect(second.facts["DATABASE_OWNER_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT word FROM kept")
        assert cursor.fetchall() == [("still here",)]
    connection.close()
    assert not os.path.exists(os.path.dirname(first.facts["REDIS_URL"].removeprefix("unix://")))
    assert second.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_supervisor__asked_to_stop__stops_all_and_exits_cleanly(start_sandbox: Start, number: signal.Signals) -> None:
    sandbox = start_sandbox()
    family = sandbox.family()

    assert sandbox.stop(number) == 0

    assert all_gone(family)
    assert "database system is shut down" in (sandbox.home / "log" / "postgres.log").read_text()


def answers(sandbox: Sandbox) -> bool:
    try:
        psycopg2.connect(sandbox.facts["DATABASE_URL"]).close()
    except psycopg2.OperationalError:
        return False
    return True
