"""A portal of its own for browsers: its own database, a real web server and, if asked, a real worker.

Real processes with the web's own database role, so that nothing a page needs is there only because the tests' owner
may do everything. `python -m tests.stage` sets the scene in it and prints where everything stands.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest
import redis

from portal.stack.processes import QUEUES
from tests.database import ROOT, execute, migrated_database, named, owner_url

PATIENCE_SECONDS = 180


def wait_until(fact: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> Any:
    """Poll until the fact holds and give it back; fail with its name when patience ends."""
    deadline = time.monotonic() + seconds
    while not (found := fact()):
        if time.monotonic() > deadline:
            pytest.fail(f"Waited {seconds} s in vain: {what}")
        time.sleep(0.05)
    return found


@dataclass(frozen=True)
class Stage:
    """A running portal. `pages` are addresses of the scene by label and reader, `sessions` the cookies of readers."""

    address: str
    home: Path
    environment: Mapping[str, str]
    pages: Mapping[str, str]
    sessions: Mapping[str, str]
    facts: Mapping[str, str]

    @property
    def logs(self) -> str:
        """What web server and worker wrote."""
        return "".join(path.read_text() for path in sorted(self.home.glob("*.log")))


@contextmanager
def running_stage(home: Path, *, scene: str, with_worker: bool = False) -> Iterator[Stage]:
    """Make a database, set the scene ("everything" or "library") in it, and serve it until the end of the block."""
    name = f"{os.environ.get('PYTEST_DB', 'test_lectern')}_stage_{_worker_number()}_{scene}"
    execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    execute(f'CREATE DATABASE "{name}" TEMPLATE "{migrated_database()}"')
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.stage_settings",
        "DATABASE_URL": named(os.environ["DATABASE_URL"], name),
        "DATABASE_OWNER_URL": named(owner_url(), name),
        "REDIS_URL": f"{os.environ['REDIS_URL'].partition('?')[0]}?db={_redis_database(with_worker)}",
        "LECTERN_HOME": str(home),
        "LECTERN_REAP_SECONDS": "1",
        "LECTERN_QUERY_RECORDS_PER_SLICE": "400",
        "PYTHONWARNINGS": "ignore",
    }
    redis.Redis.from_url(environment["REDIS_URL"]).flushdb()
    processes: list[subprocess.Popen[bytes]] = []
    try:
        told = _set_scene(environment, scene, home)
        if with_worker:
            processes.append(_start_worker(environment, home))
        server, address = _start_server(environment, home)
        processes.append(server)
        yield Stage(address, home, environment, told["pages"], told["sessions"], told["facts"])
    finally:
        for process in processes:
            _stop(process)
        execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _worker_number() -> int:
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])


def _redis_database(with_worker: bool) -> int:
    """Redis has sixteen databases; other tests of this process use the one of its number from ten on."""
    return 12 + (2 * _worker_number() + with_worker) % 4


def _set_scene(environment: Mapping[str, str], scene: str, home: Path) -> Any:
    log = home / "scene.log"
    with log.open("wb") as stream:
        command = [sys.executable, "-m", "tests.stage", scene]
        done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=stream, check=False)
    if done.returncode:
        pytest.fail(f"The scene could not be set:\n{log.read_text()[-3000:]}")
    return json.loads(done.stdout.decode().rpartition("\n{")[2].join(["{", ""]))


def _start_server(environment: Mapping[str, str], home: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Gunicorn on a socket of ours, so that no other process can take the port before it."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    listener.set_inheritable(True)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    command = ["-m", "gunicorn", "portal.wsgi:application", "--bind", f"fd://{listener.fileno()}"]
    with (home / "web.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *command, "--threads", "4", "--graceful-timeout", "1", "--access-logfile", "-"],
            env={**environment, "LECTERN_ADDRESS": address},
            cwd=ROOT,
            stdout=log,
            stderr=log,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
    listener.close()
    wait_until(lambda: _answers(address, process, home), "the web server answers")
    return process, address


def _answers(address: str, process: subprocess.Popen[bytes], home: Path) -> bool:
    if process.poll() is not None:
        pytest.fail(f"The web server ended:\n{(home / 'web.log').read_text()[-3000:]}")
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def _start_worker(environment: Mapping[str, str], home: Path) -> subprocess.Popen[bytes]:
    command = ["-m", "celery", "-A", "portal", "worker", "-B", "-c", "1", "-Q", QUEUES, "-l", "INFO"]
    with (home / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, *command, "-s", str(home / "schedule")],
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """The process and all that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def set_scene(kind: str) -> dict[str, Any]:
    """Set "everything", or only the "library" (people, projects, applications, a release), and say where things are."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.utils import decrypt
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.core import mail

    from accounts.gates.second_factor import mark_second_factor
    from accounts.models.session_store import SessionStore
    from accounts.models.sessions import SIGN_IN
    from portal.kernel import clock
    from tests.factories.releases import load_tiny_release
    from tests.personas import build_world

    mail.outbox = []  # where the tests' own mail goes; here it goes to the demo's folder
    world = build_world()
    people, pages, facts = dict(world.people), {}, {"project": world.project.reference}
    if kind == "everything":
        from tests.addresses import PAGES
        from tests.scene import build_scene

        scene = build_scene(world)
        people = dict(scene.people)
        pages = {f"{address.label} {reader}": address.url(scene) for address, reader in PAGES}
        facts |= {label: query.reference for label, query in scene.queries.items()}
    else:
        from portal.demo_people import make_airlock
        from tests.journeys.review_scene import add_reviews

        load_tiny_release(world.people["hana"])
        facts |= add_reviews(people)
        people |= make_airlock(people)
        for key in ("ada", "ben"):
            app = Authenticator.objects.get(user=people[key], type=Authenticator.Type.TOTP)
            facts[f"key of {key}'s app"] = decrypt(app.data["secret"])
    sessions = {}
    for reader, person in people.items():
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session[SIGN_IN] = {"reference": secrets.token_hex(8), "at": clock.now().isoformat()}
        mark_second_factor(session, person, stays_fresh=timedelta(hours=12))
        session.create()
        sessions[reader] = str(session.session_key)
    return {"pages": pages, "sessions": sessions, "facts": facts}


def main() -> NoReturn:
    import django

    django.setup()
    sys.stdout.write("\n" + json.dumps(set_scene(sys.argv[1])))
    sys.exit(0)


if __name__ == "__main__":
    main()
