"""`./demo` and `./demo --check` from end to end, with a portal of one page in the place of the real one."""

import contextlib
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from portal.stack.home import Home
from tests.integration.stack.processes import CHECKOUT, eventually, outside_environment

pytestmark = pytest.mark.processes

MANAGE = """
import os, sys, urllib.request
import psycopg2
command = sys.argv[1]
if command == "prepare_demo":
    connection = psycopg2.connect(os.environ["DATABASE_OWNER_URL"])
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS starts (at timestamptz DEFAULT now())")
        cursor.execute("INSERT INTO starts DEFAULT VALUES")
        cursor.execute("SELECT count(*) FROM starts")
        starts = cursor.fetchone()[0]
        if not os.path.exists("unchanged"):
            open(os.path.join(os.environ["LECTERN_HOME"], "prepared"), "w").write(str(starts))
            print(f"prepared for start {starts}", flush=True)
    connection.commit()
else:
    assert "DATABASE_OWNER_URL" not in os.environ
    assert "lectern_web" in os.environ["DATABASE_URL"]
if command == "demo_people":
    print("Somebody, researcher")
if command == "check_demo":
    assert sys.argv[2] == "--base-url"
    with urllib.request.urlopen(sys.argv[3] + "/") as page:
        print("found:", page.read().decode(), flush=True)
    sys.exit(int(os.environ.get("FAIL_WITH", "0")))
"""
WSGI = """
import os
assert "DATABASE_OWNER_URL" not in os.environ
prepared = open(os.path.join(os.environ["LECTERN_HOME"], "prepared")).read()  # as static files are, once

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Prepared", prepared)])
    return [("a page of " + os.environ["LECTERN_ADDRESS"]).encode()]
"""
CELERY = """
import os
from celery import Celery
app = Celery("small", broker=os.environ["REDIS_URL"].replace("unix://", "redis+socket://"))
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the real supervisor and a small portal."""
    folder = tmp_path / "checkout"
    shutil.copytree(CHECKOUT / "portal" / "stack", folder / "portal" / "stack")
    for name, text in {
        "manage.py": MANAGE,
        "portal/__init__.py": "",
        "portal/wsgi.py": WSGI,
        "portal/celery.py": CELERY,
    }.items():
        (folder / name).write_text(text)
    return folder


def environment(checkout: Path, **more: str) -> dict[str, str]:
    kept = outside_environment(LECTERN_HOME=str(checkout / "var"), **more)
    kept.pop("PYTHONPATH")
    for name in ("LECTERN_SECRET_KEY", "LECTERN_PSEUDONYM_KEY", "LECTERN_PORT", "DJANGO_SETTINGS_MODULE"):
        kept.pop(name, None)
    return kept


class Demo:
    """A running demo."""

    def __init__(self, checkout: Path, prefix: tuple[str, ...] = (), **more: str) -> None:
        self.log = checkout.parent / "demo.log"
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "portal.stack.demo"],
                cwd=checkout,
                env=environment(checkout, **more),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        eventually(lambda: self.address != "" or self.process.poll() is not None, "the address is printed")
        assert self.address, self.log.read_text()

    @property
    def address(self) -> str:
        found = re.findall(r"Lectern is ready after \d+ s: +(\S+)", self.log.read_text())
        return found[-1] if found else ""

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


@pytest.fixture
def start(checkout: Path) -> Iterator[Callable[..., Demo]]:
    made: list[Demo] = []

    def start_demo(*prefix: str, **more: str) -> Demo:
        (checkout.parent / "demo.log").unlink(missing_ok=True)
        made.append(Demo(checkout, prefix, **more))
        return made[-1]

    yield start_demo
    for demo in made:
        if demo.process.poll() is None:
            demo.stop()


def run(checkout: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "portal.stack.demo", *arguments],
        cwd=checkout,
        env=environment(checkout, **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def page(address: str) -> str:
    with urllib.request.urlopen(address + "/", timeout=10) as answer:
        text: str = answer.read().decode()
        return text


def prepared_for(address: str) -> str:
    """For which start the server found things prepared when it started."""
    with urllib.request.urlopen(address + "/", timeout=10) as answer:
        return str(answer.headers["Prepared"])


def test_demo__started_twice_in_a_row__serves_and_keeps_its_state(start: Callable[..., Demo], checkout: Path) -> None:
    first = start()
    assert page(first.address) == f"a page of {first.address}"
    assert "Somebody, researcher" in first.log.read_text()
    key = (checkout / "var" / "secrets" / "LECTERN_SECRET_KEY").read_text()
    assert first.stop() == 0
    assert first.log.read_text().rstrip().endswith("stopped")

    second = start()
    assert "prepared for start 2" in second.log.read_text()
    assert (checkout / "var" / "secrets" / "LECTERN_SECRET_KEY").read_text() == key
    assert second.stop() == 0


def test_demo__nothing_to_prepare__keeps_the_server_that_started_meanwhile(
    start: Callable[..., Demo], checkout: Path
) -> None:
    start().stop()
    (checkout / "unchanged").touch()

    second = start()

    assert page(second.address) == f"a page of {second.address}"
    assert "Somebody, researcher" in second.log.read_text()
    assert prepared_for(second.address) == "1"
    assert "ended unexpectedly" not in second.log.read_text()


def test_demo__something_to_prepare__restarts_the_server_with_it(start: Callable[..., Demo], checkout: Path) -> None:
    start().stop()

    second = start()

    assert page(second.address) == f"a page of {second.address}"
    assert prepared_for(second.address) == "2"


def test_demo__second_beside_the_first__is_told_the_address(start: Callable[..., Demo], checkout: Path) -> None:
    first = start()

    second = run(checkout)

    assert second.returncode == 1
    assert f"Lectern already runs at {first.address} (process {first.process.pid})" in second.stderr
    assert page(first.address)


def test_demo__running__keeps_everything_private(start: Callable[..., Demo], checkout: Path) -> None:
    start()

    open_to_others = [
        str(path.relative_to(checkout))
        for path in (checkout / "var").rglob("*")
        if not path.is_symlink() and stat.S_IMODE(path.lstat().st_mode) & 0o077
    ]
    assert open_to_others == []


def test_demo__killed__leaves_nothing_and_starts_again(start: Callable[..., Demo]) -> None:
    first = start()
    family = psutil.Process(first.process.pid).children(recursive=True)

    first.process.kill()

    gone, alive = psutil.wait_procs(family, timeout=15)
    assert alive == []
    assert len(gone) >= 12
    second = start()
    assert page(second.address)
    assert "prepared for start 2" in second.log.read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_demo__disk_gets_full__says_so_and_nothing_is_damaged(start: Callable[..., Demo], checkout: Path) -> None:
    """A real disk of 256 MB, mounted for the demo alone, filled to the last byte and emptied again."""
    home = checkout / "var"
    home.mkdir()
    mount = 'mount -t tmpfs -o size=256m tmpfs "$LECTERN_HOME" && exec "$@"'
    if subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", str(home)], check=False).returncode:
        pytest.skip("this system does not allow mounts")
    demo = start("unshare", "--mount", "sh", "-c", mount, "sh", LECTERN_FREE_MB="100")
    disk = Path(f"/proc/{demo.process.pid}/root{home}")
    owner = psycopg2.connect(owner_url(disk))
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute("CREATE TABLE texts AS SELECT 'kept' AS text")

        with contextlib.suppress(OSError), (disk / "ballast").open("wb", buffering=0) as ballast:
            while True:
                ballast.write(b"x" * 65536)
        sentences = ("the disk is almost full", "because the disk is full")
        eventually(lambda: any(each in demo.log.read_text() for each in sentences), "a sentence is printed")
        if sentences[1] in demo.log.read_text():
            # A server that was just writing gave up, so the demo stopped with the same advice; its disk went with it.
            assert "Free some space and start again" in demo.log.read_text()
            return
        with pytest.raises(psycopg2.Error):
            cursor.execute("INSERT INTO texts SELECT md5(n::text) FROM generate_series(1, 3000000) AS n")
    owner.close()
    assert page(demo.address)

    (disk / "ballast").unlink()

    eventually(lambda: "there is space on the disk again" in demo.log.read_text(), "the all-clear is printed")
    eventually(lambda: texts(owner_url(disk)) == ["kept"], "the database answers with what was saved")
    assert page(demo.address)
    assert demo.stop() == 0


def owner_url(home: Path) -> str:
    sockets = (home / "run" / "sockets").read_text()
    return f"host={sockets}/postgres user=lectern dbname=lectern password={Home(home).password('lectern')}"


def texts(url: str) -> list[str]:
    try:
        connection = psycopg2.connect(url)
    except psycopg2.OperationalError:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM texts")
        found = [str(row[0]) for row in cursor.fetchall()]
    connection.close()
    return found


def test_check__job_succeeds__exits_0_and_leaves_nothing(checkout: Path) -> None:
    done = run(checkout, "--check")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "found: a page of http://127.0.0.1:" in done.stdout
    assert re.search(r"at rest the demo takes \d+ MB of memory in \d+ processes", done.stdout)
    assert done.stdout.rstrip().endswith("the check passed")
    assert not (checkout / "var" / "check").exists()


def test_check__job_fails__exits_1_and_keeps_the_logs(checkout: Path) -> None:
    done = run(checkout, "--check", FAIL_WITH="7")

    assert done.returncode == 1
    assert "manage.py check_demo failed (exit code 7)" in done.stderr
    assert f"the logs are in {checkout / 'var' / 'check' / 'log'}" in done.stderr
    assert (checkout / "var" / "check" / "log" / "web.log").exists()
    assert run(checkout, "--check").returncode == 0  # what a failed check left is no obstacle


def test_check__beside_a_running_demo__disturbs_nothing(start: Callable[..., Demo], checkout: Path) -> None:
    running = start()

    assert run(checkout, "--check").returncode == 0

    assert page(running.address) == f"a page of {running.address}"


def test_check__told_to_stop__stops_all(checkout: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "portal.stack.demo", "--check"],
        cwd=checkout,
        env=environment(checkout),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    eventually(lambda: os.path.exists(checkout / "var" / "check" / "postgres" / "postmaster.pid"), "it has begun")
    family = psutil.Process(process.pid).children(recursive=True)

    process.terminate()

    assert process.wait(60) == 128 + signal.SIGTERM
    assert psutil.wait_procs(family, timeout=5)[1] == []
