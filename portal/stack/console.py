"""Progress lines on the terminal, with the seconds since the start."""

import contextlib
import sys
import time

_started = time.monotonic()


def elapsed_seconds() -> float:
    """Seconds since this process began to talk."""
    return time.monotonic() - _started


def say(text: str) -> None:
    """Print one progress line. A terminal that has gone away is no reason to stop."""
    _write(f"[{elapsed_seconds():5.1f} s] {text}\n")


def show(text: str) -> None:
    """Print text as it is."""
    _write(text if text.endswith("\n") else text + "\n")


def complain(text: str) -> None:
    """Print a sentence for a person on standard error."""
    with contextlib.suppress(OSError):
        print(f"lectern: {text}", file=sys.stderr, flush=True)


def _write(text: str) -> None:
    with contextlib.suppress(OSError):
        sys.stdout.write(text)
        sys.stdout.flush()
