"""Migrations: complete, and the audit's can be taken back and laid again."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection

from portal.kernel.audit_chain import GUARDS, verify_chain
from portal.kernel.models import AuditEvent
from tests.integration.kernel.test_audit_chain import chain_now


def guards() -> int:
    with connection.cursor() as cursor:
        names = [trigger for _, trigger in GUARDS]
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname = ANY(%s)", [names])
        return int(cursor.fetchone()[0])


def functions() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_proc WHERE proname LIKE 'kernel%%audit%%'")
        return int(cursor.fetchone()[0])


def test_migrations__have_everything_that_the_models_have(db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_audit_chain__taken_back_and_laid_again__guards_the_log_as_before(db: None) -> None:
    """In the transaction of this test, which undoes it."""
    chain_now()
    assert (guards(), functions()) == (3, 4)
    call_command("migrate", "kernel", "0001", verbosity=0)
    assert (guards(), functions()) == (0, 0)
    call_command("migrate", "kernel", verbosity=0)
    assert (guards(), functions()) == (3, 4)
    assert list(verify_chain()) == []


def test_kernel__taken_back_altogether__is_laid_again_with_the_web_roles_privileges(db: None) -> None:
    chain_now()
    call_command("migrate", "kernel", "zero", verbosity=0)
    assert AuditEvent._meta.db_table not in connection.introspection.table_names()
    call_command("migrate", "kernel", verbosity=0)
    assert list(verify_chain()) == []
