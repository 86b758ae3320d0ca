"""Somebody else at work at the same time: a thread with a database connection of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connection, transaction

Answer = TypeVar("Answer")
DEADLINE_SECONDS = 20.0


class Elsewhere:
    """`run` does something over there and waits for it; `start` does not wait. Transactions stay open in between."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._block: Any = None
        self.backend: int = self.run(self._connect)

    def run(self, deed: Callable[[], Answer]) -> Answer:
        return self.start(deed).result(DEADLINE_SECONDS)

    def start(self, deed: Callable[[], Answer]) -> Future[Answer]:
        return self._thread.submit(deed)

    def begin(self) -> None:
        self._block = transaction.atomic()
        self.run(self._block.__enter__)

    def start_commit(self) -> Future[Any]:
        block, self._block = self._block, None
        return self.start(lambda: block.__exit__(None, None, None))

    def commit(self) -> None:
        self.start_commit().result(DEADLINE_SECONDS)

    def roll_back(self) -> None:
        block, self._block = self._block, None
        error = RuntimeError("rolled back")
        self.run(lambda: block.__exit__(RuntimeError, error, None))

    def close(self) -> None:
        if self._block is not None:
            self.roll_back()
        self.run(lambda: connection.close())  # the connection of that thread, not of this one
        self._thread.shutdown()

    @staticmethod
    def _connect() -> int:
        connection.ensure_connection()
        return int(connection.connection.info.backend_pid)


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """One such somebody, who leaves no connection behind."""
    other = Elsewhere()
    try:
        yield other
    finally:
        other.close()


def wait_until_it_waits(backend: int) -> None:
    """Return when this backend waits for a lock; AssertionError when it does not within the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted", [backend])
            if cursor.fetchone():
                return
    raise AssertionError("it never waited for a lock")
