"""What the web role may do in the database: everything a reader and writer needs, and nothing to the audit log
but add and read. Laid anew after each migration; the role itself is made by whoever sets up the server."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connections, transaction

WITHHELD = {
    "kernel_auditevent": "UPDATE, DELETE, TRUNCATE",  # append-only
    "kernel_auditlink": "INSERT, UPDATE, DELETE, TRUNCATE",  # written by the trigger alone
    "ngrl_clinicalfact": "SELECT, UPDATE, DELETE, TRUNCATE",  # read through a view that knows the project's scope
    "ngrl_mark": "SELECT, INSERT, UPDATE, DELETE, TRUNCATE",  # read through functions that know it too
    "ngrl_datasetmark": "SELECT, INSERT, UPDATE, DELETE, TRUNCATE",
    "ngrl_place": "INSERT, UPDATE, DELETE, TRUNCATE",
    "ngrl_specimen": "UPDATE, DELETE, TRUNCATE",  # read and added to as their policies say
    "ngrl_genome": "UPDATE, DELETE, TRUNCATE",
    "ngrl_genomepair": "UPDATE, DELETE, TRUNCATE",
    "ngrl_genomefile": "UPDATE, DELETE, TRUNCATE",
    "django_migrations": "INSERT, UPDATE, DELETE, TRUNCATE",
}


def grant_web_role(using: str = "default", **kwargs: Any) -> None:
    """Grant the web role its privileges, where the role exists and we are the owner."""
    connection = connections[using]
    role = settings.DATABASE_WEB_ROLE
    # In one transaction: at no moment does the role hold what is taken back below.
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolname <> current_user", [role])
        if cursor.fetchone() is None:
            return
        quoted = connection.ops.quote_name(role)
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {quoted}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}")
        there = set(connection.introspection.table_names(cursor))
        for table, verbs in WITHHELD.items():
            if table in there:  # it is not when the migrations were run backwards
                cursor.execute(f"REVOKE {verbs} ON {table} FROM {quoted}")
