"""References that people can read out on the telephone: QRY-2026-0042. Permanent, unique, never a primary key."""

from __future__ import annotations

from django.db import connection

from portal.kernel import clock

# One statement: whoever comes second waits here until the first one commits, and takes the number back if it does not.
_NEXT_NUMBER = """
INSERT INTO kernel_referencecounter AS counter (prefix, year, last_number) VALUES (%s, %s, 1)
ON CONFLICT (prefix, year) DO UPDATE SET last_number = counter.last_number + 1
RETURNING last_number
"""


def next_reference(prefix: str) -> str:
    """The next reference of this prefix in this year, without gaps. Others wait for it until the caller commits."""
    year = clock.today().year
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_NUMBER, [prefix, year])
        number: int = cursor.fetchone()[0]
    return f"{prefix}-{year}-{number:04d}"
