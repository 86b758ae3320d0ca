"""What the web role may do in the database: everything a reader and writer needs, and nothing to the audit log
but add and read. Laid anew after each migration; the role itself is made by whoever sets up the server."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connections

APPEND_ONLY = ("kernel_auditevent",)
WRITTEN_BY_TRIGGER_ONLY = ("kernel_auditlink",)


def grant_web_role(using: str = "default", **kwargs: Any) -> None:
    """Grant the web role its privileges, where the role exists and we are the owner."""
    connection = connections[using]
    role = settings.DATABASE_WEB_ROLE
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolname <> current_user", [role])
        if cursor.fetchone() is None:
            return
        quoted = connection.ops.quote_name(role)
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {quoted}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}")
        for table in APPEND_ONLY:
            cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {quoted}")
        for table in WRITTEN_BY_TRIGGER_ONLY:
            cursor.execute(f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {table} FROM {quoted}")
        cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {quoted}")
