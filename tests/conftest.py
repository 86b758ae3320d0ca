"""The world that every test stands in: one database, real files in a scratch folder, and the demo's people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

AUDIT_TABLES = ("kernel_auditevent", "kernel_auditlink")


@pytest.fixture(scope="session", autouse=True)
def _flush_with_the_owners_hand() -> Iterator[None]:
    """Tests with real commits empty the tables afterwards; only the tables' owner can lift the audit log's guard."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    original = DatabaseOperations.sql_flush

    def sql_flush(self: Any, style: Any, tables: Any, **kwargs: Any) -> list[str]:
        guarded = [table for table in AUDIT_TABLES if table in tables]
        lift = [f"ALTER TABLE {table} DISABLE TRIGGER kernel_audit_append_only" for table in guarded]
        restore = [f"ALTER TABLE {table} ENABLE TRIGGER kernel_audit_append_only" for table in guarded]
        return [*lift, *original(self, style, tables, **kwargs), *restore]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
        yield
