"""`./demo` where it cannot start: each case gets a sentence and an exit code, and nothing is touched."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.stack.home import Home, HomeLock
from portal.stack.ports import listen, listen_near
from tests.integration.stack.processes import CHECKOUT, outside_environment

pytestmark = pytest.mark.processes


def demo(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "portal.stack.demo", *arguments],
        cwd=CHECKOUT,
        env=outside_environment(LECTERN_HOME=str(home), **environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def contents(folder: Path) -> dict[str, tuple[int, float]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime)
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def home(tmp_path: Path) -> Path:
    Home(tmp_path / "home").prepare()
    return tmp_path / "home"


def test_demo__beside_a_running_one__names_its_address_and_touches_nothing(home: Path) -> None:
    with HomeLock(home / "run" / "demo.lock") as lock:
        lock.announce("http://127.0.0.1:8123")
        before = contents(home)

        second = demo(home)

        assert contents(home) == before
    assert second.returncode == 1
    assert "Lectern already runs at http://127.0.0.1:8123" in second.stderr
    assert f"process {os.getpid()}" in second.stderr
    assert "Nothing was changed" in second.stderr
    assert second.stdout == ""


def test_demo__beside_one_that_is_starting__says_so(home: Path) -> None:
    with HomeLock(home / "run" / "demo.lock"):
        assert "Lectern already is starting" in demo(home).stderr


def test_check__beside_another_check__is_refused(home: Path) -> None:
    with HomeLock(home / "run" / "check.lock"):
        second = demo(home, "--check")
    assert second.returncode == 1
    assert "Nothing was changed" in second.stderr
    assert not (home / "check").exists()


def test_lock__of_a_process_that_is_gone__is_no_obstacle(home: Path) -> None:
    (home / "run" / "demo.lock").write_text('{"pid": 1, "address": "http://127.0.0.1:1"}')

    with HomeLock(home / "run" / "demo.lock"):
        pass


@pytest.mark.parametrize("way", ["option", "variable"])
def test_demo__asked_for_a_taken_port__says_who_has_it(home: Path, way: str) -> None:
    with listen(0) as taken:
        port = str(taken.getsockname()[1])
        arguments, environment = (("--port", port), {}) if way == "option" else ((), {"LECTERN_PORT": port})
        refused = demo(home, *arguments, **environment)

    assert refused.returncode == 1
    assert f"Port {port} is taken by" in refused.stderr
    assert f"process {os.getpid()}" in refused.stderr
    assert not (home / "postgres").exists()


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_demo__asked_for_an_impossible_port__says_so(home: Path, port: str) -> None:
    refused = demo(home, "--port", port)
    assert refused.returncode == 1
    assert f"Port {port} cannot be used" in refused.stderr


def test_port__taken_by_chance__the_next_free_one_is_used_with_a_remark() -> None:
    with listen(0) as taken:
        port = taken.getsockname()[1]
        listener, remark = listen_near(port)
        with listener:
            assert listener.getsockname()[1] > port
            assert f"Port {port} is taken" in remark
            assert str(listener.getsockname()[1]) in remark


def test_demo__almost_full_disk__starts_nothing(home: Path) -> None:
    refused = demo(home, LECTERN_FREE_MB="999999999")

    assert refused.returncode == 1
    assert "The disk is almost full" in refused.stderr
    assert "999999999 MB are needed" in refused.stderr
    assert not (home / "postgres").exists()


def test_demo__state_folder_is_a_file__says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = demo(tmp_path / "file")
    assert refused.returncode == 1
    assert "Set LECTERN_HOME to a folder of your own" in refused.stderr
