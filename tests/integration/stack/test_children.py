"""How the supervisor treats one child: one that cannot live, one that will not stop, one that meets a full disk."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from portal.stack.children import ChildSpec
from portal.stack.errors import StackError, StoppedError
from portal.stack.supervisor import RestartPolicy, Supervisor
from tests.integration.stack.processes import eventually

pytestmark = pytest.mark.processes
QUICK = RestartPolicy(most_quick_deaths=3, first_delay=0.01, longest_delay=0.05)


@pytest.fixture
def spec(tmp_path: Path) -> Callable[..., ChildSpec]:
    def make(code: str, **more: object) -> ChildSpec:
        values: dict[str, object] = {
            "name": "sleeper",
            "argv": (sys.executable, "-c", code),
            "log": tmp_path / "sleeper.log",
            "cwd": tmp_path,
        }
        return ChildSpec(**(values | more))  # type: ignore[arg-type]  # a test's shorthand

    return make


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    with Supervisor(QUICK, said.append) as supervisor:
        yield supervisor


def watch_for(supervisor: Supervisor, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        supervisor.watch(0.05)


def test_child__dies_again_and_again__is_given_up_with_its_last_words(
    supervisor: Supervisor, said: list[str], spec: Callable[..., ChildSpec]
) -> None:
    supervisor.spawn(spec("print('the reason'); raise SystemExit(3)", advice="Do this."))

    with pytest.raises(StackError) as refusal:
        watch_for(supervisor, 20)

    assert "sleeper ended 3 times in a row (exit code 3)" in str(refusal.value)
    assert "the reason" in str(refusal.value)
    assert str(refusal.value).endswith("Do this.")
    assert len(said) == 2


def test_child__disk_full__is_not_started_again(
    supervisor: Supervisor, said: list[str], spec: Callable[..., ChildSpec]
) -> None:
    supervisor.spawn(spec("raise OSError(28, 'No space left on device')"))

    with pytest.raises(StackError, match="stopped because the disk is full") as refusal:
        watch_for(supervisor, 20)

    assert "Free some space and start again" in str(refusal.value)
    assert said == []


def test_child__never_ready__is_reported_with_its_log(supervisor: Supervisor, spec: Callable[..., ChildSpec]) -> None:
    waiting = "import time; print('waiting for a thing', flush=True); time.sleep(60)"

    with pytest.raises(StackError, match=r"was not ready after 1 s(.|\n)*waiting for a thing"):
        supervisor.start(spec(waiting, ready=lambda: False, ready_seconds=1.0))


def test_child__ignores_the_stop_signal__is_killed_with_its_own_children(
    supervisor: Supervisor, spec: Callable[..., ChildSpec]
) -> None:
    stubborn = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); time.sleep(60)"
    )
    child = supervisor.spawn(spec(stubborn, stop=((signal.SIGTERM, 0.3),)))
    process = psutil.Process(child.pid)
    eventually(lambda: bool(process.children()), "the grandchild is there")
    family = [process, *process.children()]

    supervisor.stop()

    eventually(lambda: not any(member.is_running() for member in family), "all are gone", 5)


def test_child__of_a_command__gets_a_plain_environment(
    supervisor: Supervisor, spec: Callable[..., ChildSpec], tmp_path: Path
) -> None:
    step = supervisor.begin(
        spec("import os, sys; print(sorted(os.environ), sys.stdin.read() == '')", env={"ONLY": "this", "LC_ALL": "C"})
    )
    supervisor.finish(step)

    assert step.output().split() == ["['LC_ALL',", "'ONLY']", "True"]
    assert (tmp_path / "sleeper.log").stat().st_mode & 0o777 == 0o600


def test_command__fails__says_its_name_and_last_words(supervisor: Supervisor, spec: Callable[..., ChildSpec]) -> None:
    step = supervisor.begin(spec("print('what went wrong'); raise SystemExit(2)", name="manage.py migrate"))

    with pytest.raises(StackError, match=r"manage.py migrate failed \(exit code 2\)(.|\n)*what went wrong"):
        supervisor.finish(step)


def test_supervisor__signal_while_waiting__gives_up_the_start(
    supervisor: Supervisor, spec: Callable[..., ChildSpec]
) -> None:
    kill_parent = "import os, signal, time; os.kill(os.getppid(), signal.SIGTERM); time.sleep(60)"

    with pytest.raises(StoppedError):
        supervisor.run(spec(kill_parent))
