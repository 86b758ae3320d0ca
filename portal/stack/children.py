"""One child process of the supervisor: a session, a log, and a signal that ends it if the supervisor dies."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portal.stack.run_as import PLAIN, RunAs

PR_SET_PDEATHSIG = 1
LOG_ROTATE_BYTES = 5 * 1024**2
TAIL_BYTES = 4096
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class ChildSpec:
    """What to run and how to treat it. `stop` is a list of (signal, seconds to wait); SIGKILL follows it."""

    name: str
    argv: tuple[str, ...]
    log: Path
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    ready_seconds: float = 60.0
    run_as: RunAs = PLAIN
    stop: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 10.0),)
    death_signal: signal.Signals = signal.SIGKILL
    pass_fds: tuple[int, ...] = ()
    umask: int = 0o077  # what it writes is private; -1 keeps the umask of the supervisor
    before_start: Callable[[], None] | None = None
    advice: str = ""


class Child:
    """A running (or stopped) process made from a spec."""

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self.started_at = 0.0
        self._log_start = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id, 0 when it is not running."""
        return self._process.pid if self._process and self.is_running() else 0

    def start(self, *, to_terminal: bool = False) -> None:
        """Start the process; its output goes to the log or to the terminal. Raises OSError when it cannot."""
        spec = self.spec
        if spec.before_start:
            spec.before_start()
        _rotate(spec.log)
        descriptor = os.open(spec.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._log_start = os.fstat(descriptor).st_size
        try:
            # From the main thread only: the kernel ties the death signal to the thread that forks.
            self._process = subprocess.Popen(
                [*spec.run_as.prefix, *spec.argv],
                cwd=spec.cwd,
                env=dict(spec.env),
                stdin=subprocess.DEVNULL,
                stdout=None if to_terminal else descriptor,
                stderr=None if to_terminal else descriptor,
                user=spec.run_as.user,
                group=spec.run_as.user,
                extra_groups=spec.run_as.extra_groups,
                umask=spec.umask,
                start_new_session=True,
                pass_fds=spec.pass_fds,
                preexec_fn=_tied_to_this_process(spec.death_signal),
            )
        finally:
            os.close(descriptor)
        self.started_at = time.monotonic()

    def is_running(self) -> bool:
        """Whether the process lives. One that has ended takes what is left of its session with it, then is reaped."""
        if self._process is None or self._process.returncode is not None:
            return False
        ended = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return True
        _signal_group(self._process.pid, signal.SIGKILL)  # before the reaping: until then the number is surely ours
        self._process.wait()
        return False

    @property
    def exit_code(self) -> int | None:
        """The exit code; negative is the signal that ended it; None while it runs or before it was started."""
        return self._process.returncode if self._process else None

    def how_it_ended(self) -> str:
        """ "exit code 3", "signal 9" for sentences."""
        code = self.exit_code or 0
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process itself (not to its children)."""
        if self._process and self.is_running():
            self._process.send_signal(number)

    def kill(self) -> None:
        """End the process and all that is in its session, at once."""
        if self._process and self.is_running():
            _signal_group(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def output(self) -> str:
        """All that the process has written since its last start."""
        with self.spec.log.open("rb") as handle:
            handle.seek(self._log_start)
            return handle.read().decode("utf-8", "replace")

    def log_tail(self, lines: int = 12) -> str:
        """The last lines of the log, indented."""
        try:
            with self.spec.log.open("rb") as handle:
                handle.seek(max(0, self.spec.log.stat().st_size - TAIL_BYTES))
                text = handle.read().decode("utf-8", "replace")
        except OSError:
            return ""
        return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])


def _tied_to_this_process(death_signal: signal.Signals) -> Callable[[], None]:
    """For the new process, between fork and exec: die with the parent, and begin with plain signal handling."""
    parent = os.getpid()

    def prepare() -> None:
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)  # a shell that starts us in the background leaves some ignored
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:  # it died before the line above
                os._exit(1)

    return prepare


def _signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _rotate(log: Path) -> None:
    try:
        if log.stat().st_size > LOG_ROTATE_BYTES:
            log.replace(log.with_suffix(".log.1"))
    except FileNotFoundError:
        pass
