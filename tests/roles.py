"""Whose hand the database feels in a test: the connection is the owner's, and the web server signs in as another role.

Policies of rows do not hold the owner, so what they refuse shows only `as_the_web()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection


@contextmanager
def as_the_web() -> Iterator[None]:
    """What the web server's role may do on this connection, in the transaction of the test."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {settings.DATABASE_WEB_ROLE}")
        try:
            yield
        finally:
            cursor.execute("RESET ROLE")


@contextmanager
def as_the_owner() -> Iterator[None]:
    """Inside `as_the_web()`: a look at what is really there."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        try:
            yield
        finally:
            cursor.execute(f"SET LOCAL ROLE {settings.DATABASE_WEB_ROLE}")
