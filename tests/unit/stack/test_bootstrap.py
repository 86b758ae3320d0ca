"""./demo and ./test before there is any package: what they need, what they skip, and what they say."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
TOOLS = ("sh", "dirname", "cat", "cut", "sha256sum", "mkdir", "rm", "mv", "flock", "id", "env", "sleep")
FAKE_PYTHON = """#!/bin/sh
case "$1" in -c) exit 0 ;; *) echo "would run: $*"; exit 0 ;; esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The scripts and locks of the project in a folder of their own."""
    folder = tmp_path / "check out"
    (folder / "portal" / "stack").mkdir(parents=True)
    for name in ("demo", "test", "portal/stack/bootstrap.sh"):
        shutil.copy(CHECKOUT / name, folder / name)
    shutil.copytree(CHECKOUT / "requirements", folder / "requirements")
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A PATH with a few tools and no Python."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    return folder


def run(checkout: Path, programs: Path, script: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(programs), "HOME": str(programs.parent), "LECTERN_APT": "no", **more}
    return subprocess.run(
        [str(checkout / script), *arguments],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def install(checkout: Path, lock: str, content: str | None = None) -> None:
    """An environment that claims to have been made from a lock."""
    venv = checkout / ".venv"
    (venv / "bin").mkdir(parents=True, exist_ok=True)
    (venv / "bin" / "python").write_text(FAKE_PYTHON)
    (venv / "bin" / "python").chmod(0o755)
    digest = hashlib.sha256((checkout / "requirements" / f"{lock}.txt").read_bytes()).hexdigest()
    (venv / f".lectern-{lock}").write_text((content or digest) + "\n")


def python_that(programs: Path, body: str) -> None:
    """A python3 of the right age that does `body` for anything but its first questions."""
    (programs / "python3").write_text(f'#!/bin/sh\ncase "$*" in -c*) exec {sys.executable} "$@" ;; esac\n{body}\n')
    (programs / "python3").chmod(0o755)


@pytest.mark.parametrize("script", ["demo", "test"])
def test_script__no_python__says_what_to_install(checkout: Path, programs: Path, script: str) -> None:
    refused = run(checkout, programs, script)
    assert refused.returncode == 1
    assert "apt install python3 python3-pip" in refused.stderr


def test_demo__python_too_old__says_what_to_install(checkout: Path, programs: Path) -> None:
    (programs / "python3").write_text("#!/bin/sh\nexit 1\n")
    (programs / "python3").chmod(0o755)
    assert "Python 3.11 or newer is needed" in run(checkout, programs, "demo").stderr


def test_demo__no_pip__is_one_clear_line(checkout: Path, programs: Path) -> None:
    python_that(programs, "exit 1")
    refused = run(checkout, programs, "demo")
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "On Debian: apt install python3-pip" in refused.stderr


def test_demo__index_out_of_reach__says_to_try_again_and_leaves_no_half_installer(
    checkout: Path, programs: Path
) -> None:
    python_that(programs, 'case "$*" in *--version*) exit 0 ;; *) mkdir -p "$PWD"; exit 1 ;; esac')
    refused = run(checkout, programs, "demo")
    assert refused.returncode == 1
    assert "Run the command again" in refused.stderr
    assert not (checkout / ".boot").exists()


def test_demo__packages_are_current__starts_at_once(checkout: Path, programs: Path) -> None:
    install(checkout, "demo")
    started = run(checkout, programs, "demo", "--check", "--port", "8001")
    assert started.stdout == "would run: -m portal.stack.demo --check --port 8001\n"


def test_demo__packages_of_the_tests_are_there__is_content_with_them(checkout: Path, programs: Path) -> None:
    install(checkout, "dev")
    assert run(checkout, programs, "demo").stdout == "would run: -m portal.stack.demo\n"


def test_test__only_packages_of_the_demo_are_there__wants_more(checkout: Path, programs: Path) -> None:
    install(checkout, "demo")
    assert "Python 3.11 or newer is needed" in run(checkout, programs, "test").stderr


def test_demo__lock_has_changed__wants_to_install(checkout: Path, programs: Path) -> None:
    install(checkout, "demo", "of another day")
    assert "Python 3.11 or newer is needed" in run(checkout, programs, "demo").stderr


def test_test__gates_only__installs_no_programs(checkout: Path, programs: Path) -> None:
    install(checkout, "dev")
    started = run(checkout, programs, "test", "--gates")
    assert started.stdout == "would run: -m portal.stack.checks --gates\n"


def test_test__programs_missing_and_no_apt__names_them(checkout: Path, programs: Path) -> None:
    install(checkout, "dev")
    started = run(checkout, programs, "test", "-k", "a name")
    assert "not installed: chromium bcftools" in started.stdout
    assert "would run: -m portal.stack.checks -k a name" in started.stdout


def test_demo__another_command_installs__waits_for_its_turn(checkout: Path, programs: Path) -> None:
    python_that(programs, "exit 1")
    lock = os.open(checkout / "requirements", os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = subprocess.Popen(
            [str(checkout / "demo")],
            env={"PATH": str(programs), "HOME": str(programs.parent)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert waiting.stdout is not None
        assert "waiting for it" in waiting.stdout.readline()
        install(checkout, "demo")  # meanwhile the other one has done the work
    finally:
        os.close(lock)
    output, _ = waiting.communicate(timeout=30)
    assert output == "would run: -m portal.stack.demo\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_demo__read_only_checkout__asks_for_a_folder_of_ones_own(checkout: Path, programs: Path) -> None:
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    above = Path(tempfile.mkdtemp(prefix="lectern-read-only-"))
    above.chmod(0o755)
    public = shutil.copytree(checkout, above / "checkout")
    try:
        refused = subprocess.run(
            [*as_nobody, str(public / "demo")],
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        shutil.rmtree(above)
    assert refused.returncode == 1
    assert 'LECTERN_HOME="$HOME/lectern"' in refused.stderr


@pytest.mark.parametrize("script", ["demo", "test"])
def test_script__help__needs_nothing(checkout: Path, programs: Path, script: str) -> None:
    shown = run(checkout, programs, script, "--help")
    assert shown.returncode == 0
    assert f"./{script}" in shown.stdout
