"""`./demo`: services, demo data, web, worker and beat until Ctrl-C. `--check` walks the main job once."""

import argparse
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.stack.children import Child, ChildSpec
from portal.stack.console import complain, elapsed_seconds, say, show
from portal.stack.errors import StackError, StoppedError
from portal.stack.health import LOOPBACK
from portal.stack.home import REQUIRED_BYTES, DiskWatch, Home, HomeLock, require_free_space
from portal.stack.memory import LIMIT_BYTES, memory_of_this_tree
from portal.stack.ports import listen, listen_exactly, listen_near
from portal.stack.postgres_files import remove_outside_data
from portal.stack.processes import CHECKOUT, beat, manage, portal_env, web, worker
from portal.stack.services import Services
from portal.stack.supervisor import Supervisor

EXIT_REFUSED = 1


@dataclass(frozen=True)
class Portal:
    """A portal that answers: where, and what a command of manage.py needs to know to talk to it."""

    home: Home
    address: str
    env: dict[str, str]
    people: str


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    options = _parse(sys.argv[1:] if arguments is None else arguments)
    os.umask(0o077)
    try:
        home = Path(os.environ.get("LECTERN_HOME") or CHECKOUT / "var").resolve()
        return _check(home) if options.check else _serve(home, options.port)
    except StackError as error:
        complain(str(error))
        return EXIT_REFUSED
    except StoppedError as stop:
        say("stopped before it was ready; start again with ./demo")
        return 128 + stop.signal_number


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./demo", description="Start Lectern with demo data on this computer.")
    parser.add_argument("--check", action="store_true", help="walk the main job once, say what was found, and stop")
    parser.add_argument("--port", type=int, default=None, help="listen here only (default: 8000 or the next free)")
    options = parser.parse_args(arguments)
    if options.port is None and os.environ.get("LECTERN_PORT"):
        try:
            options.port = int(os.environ["LECTERN_PORT"])
        except ValueError:
            parser.error("LECTERN_PORT is not a number")
    return options


def _serve(path: Path, port: int | None) -> int:
    home = Home(path)
    home.prepare()
    with HomeLock(home.run / "demo.lock") as lock:
        require_free_space(path, _required_bytes())
        listener = _open(port)
        with listener, _portal(home, listener) as (portal, supervisor):
            lock.announce(portal.address)
            show(_welcome(portal))
            supervisor.watch_until_stopped(DiskWatch(path, say))
            lock.announce("")
            say("stopping; work that is not finished goes on at the next start")
    say("stopped")
    return 0


def _check(path: Path) -> int:
    Home(path).prepare()
    home = Home(path / "check")
    with HomeLock(path / "run" / "check.lock"):
        require_free_space(path, _required_bytes())
        _clear(home)
        home.prepare()
        try:
            with listen(0) as listener, _portal(home, listener) as (portal, supervisor):
                _walk(portal, supervisor)
        except StackError:
            complain(f"the check failed; the logs are in {home.logs}")
            raise
        _clear(home)
    say("the check passed")
    return 0


def _walk(portal: Portal, supervisor: Supervisor) -> None:
    """Let the main job be done over HTTP; measure afterwards, when every process has loaded what it needs."""
    supervisor.run(manage(portal.home, portal.env, "check_demo", "--base-url", portal.address))
    memory = memory_of_this_tree()
    say(f"at rest the demo takes {memory}")
    if memory.proportional_bytes > LIMIT_BYTES:
        raise StackError(f"The demo at rest takes {memory}; it may take {LIMIT_BYTES // 1024**2} MB.")


@contextmanager
def _portal(home: Home, listener: socket.socket) -> Iterator[tuple[Portal, Supervisor]]:
    """Everything from the database to the first page. On leaving, all is stopped in the reverse order."""
    port = listener.getsockname()[1]
    address = f"http://{LOOPBACK}:{port}"
    say("starting PostgreSQL and Redis")
    with Supervisor() as supervisor, Services(home.path, supervisor=supervisor) as services:
        env = portal_env(home, services.env, address)
        prepare = manage(home, env | services.env, "prepare_demo")
        list_people = manage(home, env, "demo_people")
        server, people = _prepare(supervisor, home, web(home, env, listener.fileno(), port), prepare, list_people)
        say("the first page is served")
        for spec in (worker(home, env), beat(home, env)):
            supervisor.spawn(spec)
        try:
            yield Portal(home, address, env, people), supervisor
        finally:
            supervisor.retire(server)  # no new work comes in while the worker finishes what it has


def _prepare(
    supervisor: Supervisor, home: Home, server_spec: ChildSpec, prepare: ChildSpec, list_people: ChildSpec
) -> tuple[Child, str]:
    """Bring database and demo data up to date and the web server up. Returns the server and the list of demo people.

    Where a list from an earlier start is there, the server starts beside the preparation, which most likely finds
    nothing to do and then prints nothing. Otherwise the server starts anew afterwards, with what has changed.
    """
    people_file = home.run / "demo-people"
    server = supervisor.spawn(server_spec) if people_file.exists() else None
    say("preparing the database and the demo data")
    if supervisor.run(prepare).strip():
        people_file.unlink(missing_ok=True)
        if server:
            supervisor.retire(server)
            server = None
    say("starting the portal")
    server = server or supervisor.spawn(server_spec)
    if not people_file.exists():
        people_file.write_text(supervisor.finish(supervisor.begin(list_people)), encoding="utf-8")
    supervisor.wait_until_ready(server)
    return server, people_file.read_text(encoding="utf-8")


def _open(port: int | None) -> socket.socket:
    if port is not None:
        return listen_exactly(port)
    listener, remark = listen_near()
    if remark:
        say(remark)
    return listener


def _welcome(portal: Portal) -> str:
    return (
        f"\n{portal.people.rstrip()}\n\nLectern is ready after {elapsed_seconds():.0f} s:  {portal.address}\n"
        f"Logs: {portal.home.logs}   Stop: Ctrl-C\n"
    )


def _clear(home: Home) -> None:
    """Remove the state of a check, also a database that had to live elsewhere."""
    remove_outside_data(home.path)
    shutil.rmtree(home.path, ignore_errors=True)


def _required_bytes() -> int:
    """LECTERN_FREE_MB (docs/deployment.md) for computers with small disks; the default is 1 GB."""
    given = os.environ.get("LECTERN_FREE_MB", "")
    return int(given) * 1024**2 if given.isdigit() else REQUIRED_BYTES


if __name__ == "__main__":
    sys.exit(main())
