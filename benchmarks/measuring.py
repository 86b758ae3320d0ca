"""CPU time of a question, whoever answers it: this process and all its children."""

from __future__ import annotations

import resource
import statistics
import subprocess
from collections.abc import Callable, Sequence
from typing import Final

REPEATS: Final = 3
SLOW_SECONDS: Final = 2.0
Answer = list[tuple[str, ...]]
Ask = Callable[[], Answer]


def measured(ask: Ask) -> tuple[float, Answer]:
    """Median CPU seconds of REPEATS runs after one to warm up, and the answer. What takes long is asked once."""
    first, answer = _once(ask)
    times = [first] if first > SLOW_SECONDS else [_once(ask)[0] for _ in range(REPEATS)]
    return statistics.median(times), answer


def _once(ask: Ask) -> tuple[float, Answer]:
    before = cpu_seconds()
    answer = ask()
    return cpu_seconds() - before, answer


def cpu_seconds() -> float:
    """User and system time of this process and of its finished children."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def pipe(commands: Sequence[Sequence[str]]) -> str:
    """Run commands in a pipe and give what the last one prints."""
    running: list[subprocess.Popen[bytes]] = []
    for command in commands:
        source = running[-1].stdout if running else subprocess.DEVNULL
        running.append(subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))
        if len(running) > 1 and (earlier := running[-2].stdout):
            earlier.close()
    text, _ = running[-1].communicate()
    for process, command in zip(running, commands, strict=True):
        if process.wait():
            raise SystemExit(f"{' '.join(command)} failed")
    return text.decode()
