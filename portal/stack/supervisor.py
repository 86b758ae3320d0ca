"""Starts children in order, restarts one that dies, gives up with its last words, and stops them in reverse order."""

import contextlib
import os
import select
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any, Self

from portal.stack.children import Child, ChildSpec
from portal.stack.console import say, show
from portal.stack.errors import StackError, StoppedError

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DISK_FULL_BYTES = 32 * 1024**2


@dataclass(frozen=True)
class RestartPolicy:
    """When a dead child is started again, and when it is given up."""

    quick_seconds: float = 20.0  # a life shorter than this counts against it
    most_quick_deaths: int = 5
    first_delay: float = 0.5
    longest_delay: float = 8.0

    def delay(self, quick_deaths: int) -> float:
        """Seconds to wait before the next start."""
        return min(self.longest_delay, self.first_delay * 2.0 ** max(0, quick_deaths - 1))


@dataclass
class _Ward:
    child: Child
    quick_deaths: int = 0
    restart_at: float | None = None


class Supervisor:
    """Keeps a list of children alive. Use it as a context manager in the main thread."""

    def __init__(self, policy: RestartPolicy | None = None, tell: Callable[[str], None] = say) -> None:
        self._policy = policy or RestartPolicy()
        self._tell = tell
        self._wards: list[_Ward] = []
        self._stop_signal = 0
        self._old_handlers: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._old_wakeup = signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue  # nohup: it shall outlive its terminal
            self._old_handlers[number] = signal.signal(number, self._note_stop)
        self._old_handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.stop()
        finally:
            signal.set_wakeup_fd(self._old_wakeup)
            for number, handler in self._old_handlers.items():
                signal.signal(number, handler)
            os.close(self._wake_read)
            os.close(self._wake_write)

    def start(self, spec: ChildSpec) -> Child:
        """Start a child and wait until it is ready. Raises StackError when it never is, StoppedError on Ctrl-C."""
        child = self.spawn(spec)
        self.wait_until_ready(child)
        return child

    def spawn(self, spec: ChildSpec) -> Child:
        """Start a child without waiting for it."""
        ward = _Ward(Child(spec))
        self._start(ward)
        self._wards.append(ward)
        return ward.child

    def wait_until_ready(self, child: Child) -> None:
        """Wait until the child's `ready` says yes, watching all children meanwhile."""
        deadline = time.monotonic() + child.spec.ready_seconds
        while not (child.is_running() and (child.spec.ready is None or child.spec.ready())):
            if time.monotonic() > deadline:
                raise StackError(self._last_words(child, f"was not ready after {child.spec.ready_seconds:.0f} s"))
            self.watch(0.05)

    def run(self, spec: ChildSpec) -> str:
        """Run a command, showing its output as it comes. Returns the output; raises StackError if it fails."""
        step = self.begin(spec)
        shown = 0
        try:
            while True:
                running = step.is_running()
                output = step.output()
                if output[shown:]:
                    show(output[shown:])
                    shown = len(output)
                if not running:
                    break
                self.watch(0.1)
        finally:
            step.kill()
        if step.exit_code:
            raise StackError(f"{spec.name} failed ({step.how_it_ended()}); see above. {spec.advice}".rstrip())
        return output

    def begin(self, spec: ChildSpec, *, to_terminal: bool = False) -> Child:
        """Start a command that ends by itself; `finish` waits for it."""
        step = Child(spec)
        step.start(to_terminal=to_terminal)
        return step

    def finish(self, step: Child) -> str:
        """Wait for a command that `begin` started. Returns its output; raises StackError when it failed."""
        try:
            self.wait(step)
        finally:
            step.kill()
        if step.exit_code:
            words = f"Its last words:\n{step.log_tail()}\n{step.spec.advice}"
            raise StackError(f"{step.spec.name} failed ({step.how_it_ended()}). {words}".rstrip())
        return step.output()

    def wait(self, step: Child) -> None:
        """Wait for the end of a command that `begin` started, whatever its exit code."""
        while step.is_running():
            self.watch(0.2)

    def watch(self, seconds: float) -> None:
        """Sleep, waking early for a signal; start dead children again. Raises StackError or StoppedError."""
        self._sleep(seconds)
        for ward in self._wards:
            self._look_after(ward)

    def watch_until_stopped(self, each_second: Callable[[], None] = lambda: None) -> None:
        """Keep the children alive until somebody asks to stop."""
        try:
            while True:
                self.watch(1.0)
                each_second()
        except StoppedError:
            return

    def stop(self) -> None:
        """Stop all children, last started first. A second Ctrl-C cuts the waiting short."""
        self._stop_signal = 0
        while self._wards:
            self._stop_one(self._wards.pop().child)

    def retire(self, child: Child) -> None:
        """Stop one child for good."""
        self._stop_signal = 0
        self._wards = [ward for ward in self._wards if ward.child is not child]
        self._stop_one(child)

    @property
    def children(self) -> tuple[Child, ...]:
        """The children under watch, in the order of their start."""
        return tuple(ward.child for ward in self._wards)

    def _stop_one(self, child: Child) -> None:
        for number, seconds in child.spec.stop:
            child.send(number)
            deadline = time.monotonic() + seconds
            while child.is_running() and time.monotonic() < deadline and not self._stop_signal:
                self._doze(min(0.2, max(0.0, deadline - time.monotonic())))
        child.kill()

    def _look_after(self, ward: _Ward) -> None:
        if ward.child.is_running():
            return
        now = time.monotonic()
        if ward.restart_at is None:
            quick = now - ward.child.started_at < self._policy.quick_seconds
            ward.quick_deaths = ward.quick_deaths + 1 if quick else 1
            self._give_up_if_hopeless(ward)
            delay = self._policy.delay(ward.quick_deaths)
            ward.restart_at = now + delay
            ended = ward.child.how_it_ended()
            self._tell(f"{ward.child.spec.name} ended unexpectedly ({ended}); starting it again in {delay:.1f} s")
        elif now >= ward.restart_at:
            self._start(ward)

    def _start(self, ward: _Ward) -> None:
        ward.restart_at = None
        try:
            ward.child.start()
        except OSError as error:
            spec = ward.child.spec
            raise StackError(f"{spec.name} could not be started: {error}. {spec.advice}".rstrip()) from error

    def _give_up_if_hopeless(self, ward: _Ward) -> None:
        child = ward.child
        folder = child.spec.log.parent
        if "No space left on device" in child.log_tail() or shutil.disk_usage(folder).free < DISK_FULL_BYTES:
            raise StackError(
                self._last_words(child, "stopped because the disk is full")
                + "\nFree some space and start again: what was saved before is kept."
            )
        if ward.quick_deaths >= self._policy.most_quick_deaths:
            what = f"ended {ward.quick_deaths} times in a row ({child.how_it_ended()})"
            raise StackError(self._last_words(child, what))

    def _last_words(self, child: Child, what: str) -> str:
        spec = child.spec
        return f"{spec.name} {what}. Its last words ({spec.log}):\n{child.log_tail()}\n{spec.advice}".rstrip()

    def _sleep(self, seconds: float) -> None:
        self._doze(seconds)
        if self._stop_signal:
            raise StoppedError(self._stop_signal)

    def _doze(self, seconds: float) -> None:
        if self._stop_signal:
            return
        select.select([self._wake_read], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 512)

    def _note_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop_signal = number
