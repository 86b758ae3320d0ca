"""The parent's side of a confined child: starts it with nothing of its own, feeds it, and ends it in time.

The child inherits open files and a job; no environment (so no password of a database), no working folder of ours, no
terminal. It has its own session, so that whatever it started ends with it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO, Any

_CODE = Path(__file__).resolve().parents[2]
_READ_BYTES = 1 << 16
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class ChildFailed(Exception):
    """A child that did not answer: the text is "out of time", "too much output" or how it ended."""


def run_child(
    module: str, job: Mapping[str, Any], files: Sequence[IO[bytes]], *, seconds: float, max_output: int
) -> bytes:
    """All that `python -m module` writes to its output. The job gets "fd" for one file, "fds" for several.

    files: real open files (with a file number), which are passed on as they are. Raises ChildFailed.
    """
    numbers = [file.fileno() for file in files]
    for file in files:
        os.lseek(file.fileno(), 0, os.SEEK_SET)
    told = json.dumps({**job, "fd": numbers[0] if numbers else -1, "fds": numbers}).encode()
    child = subprocess.Popen(  # noqa: S603 - our own program; the files are only ever read
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=numbers,
        cwd=_CODE,
        env={**_ENVIRONMENT, "PYTHONPATH": str(_CODE)},
        start_new_session=True,
    )
    try:
        Thread(target=_feed, args=(child, told), daemon=True).start()
        output = _collect(child, time.monotonic() + seconds, max_output)
    finally:
        _end(child)
    if child.returncode != 0:
        raise ChildFailed(f"ended with {child.returncode}")
    return output


def _feed(child: subprocess.Popen[bytes], told: bytes) -> None:
    try:
        assert child.stdin is not None
        child.stdin.write(told)
        child.stdin.close()
    except (BrokenPipeError, ValueError, OSError):
        return  # the child is gone; how it ended is told by its parent


def _collect(child: subprocess.Popen[bytes], deadline: float, max_output: int) -> bytes:
    assert child.stdout is not None
    parts: list[bytes] = []
    size = 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([child.stdout], [], [], left)[0]:
            raise ChildFailed("out of time")
        part = os.read(child.stdout.fileno(), _READ_BYTES)
        if not part:
            break
        parts.append(part)
        size += len(part)
        if size > max_output:
            raise ChildFailed("too much output")
    try:
        child.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise ChildFailed("out of time") from None
    return b"".join(parts)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the child's session if anything of it is left, and forget the pipes."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
