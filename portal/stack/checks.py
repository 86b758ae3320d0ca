"""`./test`: the static gates and the tests, on a PostgreSQL and a Redis of their own."""

import fcntl
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.stack.children import Child, ChildSpec
from portal.stack.console import complain, elapsed_seconds, say, show
from portal.stack.errors import StackError, StoppedError
from portal.stack.gates import Gate, Outcome, outcome_of, quick_gates, slow_gates, spec_of
from portal.stack.home import KEY_BYTES, random_key, require_free_space
from portal.stack.processes import CHECKOUT
from portal.stack.services import Services
from portal.stack.supervisor import Supervisor

PROCESSES = "2"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    only_gates, no_gates = "--gates" in given, "--no-gates" in given
    pytest_arguments = [argument for argument in given if argument not in ("--gates", "--no-gates")]
    state = Path(os.environ.get("LECTERN_HOME") or CHECKOUT / "var").resolve()
    try:
        with _run_folder(state / "test") as folder, tempfile.TemporaryDirectory(prefix="lectern-run-") as scratch:
            Path(scratch).chmod(0o711)  # may be passed through, not listed: databases run as somebody else
            require_free_space(folder)
            with Services(folder, fast=True) as services:
                env = _env(folder, scratch, services.env)
                outcomes = [] if no_gates else _run_gates(services.supervisor, state / "cache", folder, env)
                code = (
                    0
                    if only_gates
                    else _run_pytest(services.supervisor, folder, state / "cache", env, pytest_arguments)
                )
    except StackError as error:
        complain(str(error))
        return 1
    except StoppedError as stop:
        say("stopped")
        return 128 + stop.signal_number
    return _conclude(outcomes, None if only_gates else code)


def _conclude(outcomes: list[Outcome], pytest_code: int | None) -> int:
    """Print the summary; returns the exit code."""
    failed = [outcome.gate.name for outcome in outcomes if not outcome.passed]
    lines = [f"gates: {len(outcomes) - len(failed)} passed, {len(failed)} failed"] if outcomes else []
    lines += [f"  failed: {name}" for name in failed]
    if pytest_code is not None:
        lines.append("tests: passed" if pytest_code == 0 else f"tests: failed (pytest exit code {pytest_code})")
    show("\n".join(["", f"./test took {elapsed_seconds():.0f} s", *lines]))
    return 1 if failed else pytest_code or 0


def _run_gates(supervisor: Supervisor, caches: Path, folder: Path, env: dict[str, str]) -> list[Outcome]:
    """Run the quick gates one after the other and the slow ones beside them; print each as it ends."""
    caches.mkdir(parents=True, exist_ok=True)
    slow = [(gate, _begin(supervisor, gate, folder)) for gate in slow_gates(caches)]
    outcomes: list[Outcome] = []
    try:
        for gate in quick_gates(caches, env, _production_env(env)):
            outcomes.append(_finish(supervisor, gate, _begin(supervisor, gate, folder)))
        for gate, child in slow:
            outcomes.append(_finish(supervisor, gate, child))
    finally:
        for _, child in slow:
            child.kill()
    return outcomes


def _begin(supervisor: Supervisor, gate: Gate, folder: Path) -> Child:
    return supervisor.begin(spec_of(gate, folder / f"{gate.name.split()[0]}-{id(gate)}.log"))


def _finish(supervisor: Supervisor, gate: Gate, child: Child) -> Outcome:
    supervisor.wait(child)
    outcome = outcome_of(gate, child)
    say(str(outcome))
    return outcome


def _run_pytest(supervisor: Supervisor, folder: Path, caches: Path, env: dict[str, str], arguments: list[str]) -> int:
    """Run pytest with its output on the terminal, and keep the services alive meanwhile."""
    command = (
        sys.executable,
        "-m",
        "pytest",
        "-n",
        PROCESSES,
        "--dist",
        "loadgroup",
        "-o",
        f"cache_dir={caches / 'pytest'}",
        *arguments,
    )
    say("tests: " + " ".join(command[1:]))
    spec = ChildSpec(
        name="pytest",
        argv=command,
        log=folder / "pytest.log",
        cwd=CHECKOUT,
        env=dict(os.environ) | env,
        stop=((signal.SIGINT, 15.0),),  # it prints what it has so far
        death_signal=signal.SIGINT,
        umask=-1,
    )
    child = supervisor.begin(spec, to_terminal=True)
    try:
        supervisor.wait(child)
    finally:
        supervisor.retire(child)
    return child.exit_code or 0


def _env(folder: Path, scratch: str, services: dict[str, str]) -> dict[str, str]:
    """The environment of gates and tests: own state folder, own keys, test settings, temporary files that vanish."""
    return {
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "LECTERN_HOME": str(folder / "home"),
        "TMPDIR": scratch,
        **{name: random_key(size_bytes) for name, size_bytes in KEY_BYTES.items()},
        **services,
    }


def _production_env(env: dict[str, str]) -> dict[str, str]:
    """What docs/deployment.md asks an operator to set, with values for nowhere."""
    return env | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.production",
        "LECTERN_HOSTS": "lectern.invalid",
        "S3_ENDPOINT_URL": "https://objects.invalid",
        "S3_BUCKET": "lectern",
        "CLAMD_ADDRESS": "tcp://scanner.invalid:3310",
    }


@contextmanager
def _run_folder(parent: Path) -> Iterator[Path]:
    """A folder for this run alone, locked while it is in use; those that killed runs left behind are removed."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in parent.glob("run-*"):
        _remove_if_unused(left)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=parent))
    descriptor = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        (folder / "home").mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _remove_if_unused(folder: Path) -> None:
    try:
        descriptor = os.open(folder / "lock", os.O_RDWR)
    except OSError:
        return  # being made or being removed by another run at this moment
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
