"""One worker at a time for one thing: advisory locks of the database, which go with the worker's connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

EXPORTS, IMPORTS, DELIVERIES = 0x4C41, 0x4C49, 0x4C44  # the spaces; the number of a request stands beside them


@contextmanager
def held_by_this_worker(space: int, key: int) -> Iterator[bool]:
    """Whether this worker has the thing to itself inside; False at once where another has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [space, key % 2**31])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [space, key % 2**31])
