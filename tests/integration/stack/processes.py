"""What the supervisor's tests share: waiting, a clean environment, and a small portal in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

CHECKOUT = Path(__file__).parents[3]
SECONDS = 30.0


def eventually(is_true: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Wait until something holds; fail with `what` when it does not in time."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)


def outside_environment(**more: str) -> dict[str, str]:
    """The environment without the addresses of the test run's own services."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    kept.pop("DATABASE_OWNER_URL", None)
    return kept | {"PYTHONPATH": str(CHECKOUT), **more}


class Sandbox:
    """A small portal under a supervisor of its own, in a process of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.log = home.parent / f"{home.name}-supervisor.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.stack.sandbox", str(home)],
                cwd=CHECKOUT,
                env=outside_environment(),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        self.said: list[str] = []
        self.facts: dict[str, Any] = {}
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("{"):
                self.facts = json.loads(line)
                break
        assert self.facts, f"the sandbox did not start: {self.said} {self.log.read_text()}"

    def pid(self, name: str) -> int:
        """The process id that a child had at the start."""
        return int(self.facts["pids"][name])

    def family(self) -> list[psutil.Process]:
        """All descendants, now."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def child_named(self, name: str) -> psutil.Process | None:
        """The child that runs now under the same command as `name` did at the start."""
        wanted = self.commands[name]
        for process in psutil.Process(self.process.pid).children():
            try:
                if process.cmdline() == wanted:
                    return process
            except psutil.Error:
                continue
        return None

    def remember_commands(self) -> None:
        """Note each child's command, to find the one that takes its place."""
        self.commands = {name: psutil.Process(pid).cmdline() for name, pid in self.facts["pids"].items()}

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(60)
        assert self.process.stdout is not None
        self.said += self.process.stdout.readlines()
        self.process.stdout.close()
        return code
