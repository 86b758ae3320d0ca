"""How much memory the demo takes: the supervisor and everything below it."""

from dataclasses import dataclass

import psutil

LIMIT_BYTES = 1536 * 1024**2


@dataclass(frozen=True)
class Memory:
    """resident_bytes counts shared pages once per process; proportional_bytes (PSS) counts each page once."""

    resident_bytes: int
    proportional_bytes: int
    processes: int

    def __str__(self) -> str:
        return (
            f"{self.proportional_bytes // 1024**2} MB of memory in {self.processes} processes "
            f"({self.resident_bytes // 1024**2} MB if shared pages are counted for each)"
        )


def memory_of_this_tree() -> Memory:
    """The memory of this process and all its descendants, now."""
    this = psutil.Process()
    resident = proportional = count = 0
    for process in [this, *this.children(recursive=True)]:
        try:
            resident_here = process.memory_info().rss
            proportional_here = _proportional_bytes(process, resident_here)
        except psutil.NoSuchProcess:
            continue
        count += 1
        resident += resident_here
        proportional += proportional_here
    return Memory(resident, proportional, count)


def _proportional_bytes(process: psutil.Process, otherwise: int) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.AccessDenied, AttributeError):
        return otherwise
