"""The audit log takes events and gives none back: who may write what, and what an event holds."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError

from access_review.events import Event
from access_review.models import Project
from accounts.models import User
from portal.kernel import audit, events
from portal.kernel.access import WORKER
from portal.kernel.audit_chain import verify_chain
from portal.kernel.models import AuditEvent, AuditLink
from tests.integration.kernel.elsewhere import Elsewhere
from tests.personas import World

AUDIT_TABLES = ("kernel_auditevent", "kernel_auditlink")
CHANGES = [
    "UPDATE kernel_auditevent SET reason = 'another'",
    "DELETE FROM kernel_auditevent",
    "TRUNCATE kernel_auditevent",
    "UPDATE kernel_auditlink SET hash = repeat('0', 64)",
    "DELETE FROM kernel_auditlink",
    "TRUNCATE kernel_auditlink",
]
NEW_LINK = "INSERT INTO kernel_auditlink VALUES (1000000, 1000000, repeat('0', 64), repeat('0', 64))"
NEW_EVENT = """
INSERT INTO kernel_auditevent
    (at, event, subject_type, subject_ref, actor_id_text, actor_name, request_id, before, after, reason, detail)
VALUES (now(), 'tests.thing.happened', 'thing', '1', '', 'Nobody', '', '', '', '', '{}')
"""


@pytest.mark.parametrize("statement", [*CHANGES, NEW_LINK])
def test_web_role__changing_the_log_or_linking_by_hand__is_refused_by_the_database(
    web_role: psycopg2.extensions.cursor, statement: str
) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="permission denied for table kernel_audit"):
        web_role.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE kernel_auditevent DISABLE TRIGGER ALL",
        "DROP TRIGGER kernel_audit_chained ON kernel_auditevent",
        "CREATE OR REPLACE FUNCTION kernel_audit_text(e kernel_auditevent) RETURNS text LANGUAGE sql AS $$SELECT ''$$",
        "SET session_replication_role = replica",
        "SELECT setval('kernel_auditevent_id_seq', 1)",
        "UPDATE django_migrations SET name = 'another'",
    ],
)
def test_web_role__taking_the_guards_off__is_refused_by_the_database(
    web_role: psycopg2.extensions.cursor, statement: str
) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        web_role.execute(statement)


def test_web_role__hanging_the_chaining_function_on_a_table_of_its_own__is_refused(
    web_role: psycopg2.extensions.cursor,
) -> None:
    """It runs with the owner's rights: fired by another table it would link whatever that table holds."""
    web_role.execute("CREATE TEMPORARY TABLE mine (id bigint)")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="kernel_chain_audit_event"):
        web_role.execute(
            "CREATE TRIGGER mine AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION kernel_chain_audit_event()"
        )


def test_web_role__adding_an_event__is_what_it_may_do_and_the_database_links_it(
    web_role: psycopg2.extensions.cursor,
) -> None:
    web_role.execute("SELECT count(*) FROM kernel_auditlink")
    before = web_role.fetchone()
    web_role.execute(NEW_EVENT)
    web_role.execute("SET CONSTRAINTS ALL IMMEDIATE")
    web_role.execute("SELECT count(*) FROM kernel_auditlink")
    after = web_role.fetchone()
    assert (before, after) == (before, (before[0] + 1,) if before else None)


@pytest.mark.parametrize("statement", CHANGES)
def test_owner__changing_the_log__is_stopped_by_the_trigger(world: World, statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="The audit log is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert AuditEvent.objects.exists()


def test_record__detail_key_that_was_not_declared__is_an_error_and_leaves_nothing(world: World, ada: User) -> None:
    before = AuditEvent.objects.count()
    with pytest.raises(ValueError, match="did not declare these detail keys: participant"):
        audit.record(Event.MEMBER_ADDED, world.project, ada, detail={"role": "member", "participant": "X"})
    assert AuditEvent.objects.count() == before


def test_record__undeclared_event__is_an_error(world: World, ada: User) -> None:
    with pytest.raises(KeyError):
        audit.record("access_review.project.painted", world.project, ada)


@pytest.mark.django_db(transaction=True)
def test_record_and_publish__outside_of_a_transaction__are_refused(other: Elsewhere) -> None:
    """A record that commits on its own could stand without the write it speaks of."""
    subject = Project(reference="PRJ-2026-9999")
    with pytest.raises(TransactionManagementError, match=r"@transaction\.atomic"):
        other.run(lambda: audit.record(Event.MEMBER_REMOVED, subject, WORKER))
    with pytest.raises(TransactionManagementError, match=r"@transaction\.atomic"):
        other.run(lambda: events.publish(Event.MEMBER_REMOVED, subject, WORKER))
    assert not AuditEvent.objects.filter(subject_ref=subject.reference).exists()


@pytest.mark.django_db(transaction=True)
def test_record__transaction_is_rolled_back__leaves_neither_event_nor_link(other: Elsewhere) -> None:
    subject = Project(reference="PRJ-2026-9999")
    links = AuditLink.objects.count()
    other.begin()
    other.run(lambda: audit.record(Event.MEMBER_REMOVED, subject, WORKER))
    other.roll_back()
    assert not AuditEvent.objects.filter(subject_ref=subject.reference).exists()
    assert AuditLink.objects.count() == links
    assert list(verify_chain()) == []


def test_record__says_who_what_why_and_copies_the_name(world: World, ada: User) -> None:
    row = audit.record(Event.MEMBER_REMOVED, world.project, ada, before="in", after="out", reason="Left us.")
    ada.display_name = "Renamed"
    ada.save()
    row.refresh_from_db()
    assert (row.subject_type, row.subject_ref) == ("access_review.project", world.project.reference)
    assert (row.actor_id_text, row.actor_name) == (str(ada.pk), "Ada Researcher")
    assert (row.before, row.after, row.reason, row.detail) == ("in", "out", "Left us.", {})


@pytest.mark.parametrize(("actor", "name"), [(AnonymousUser(), "Anonymous"), (WORKER, "Query worker")])
def test_record__by_nobody_or_by_lectern__has_no_id(world: World, actor: Any, name: str) -> None:
    row = audit.record(Event.MEMBER_REMOVED, world.project, actor)
    assert (row.actor_id_text, row.actor_name) == ("", name)


def test_timeline__reads_newest_first_in_words(world: World, ada: User) -> None:
    audit.record(Event.MEMBER_ADDED, world.project, ada, detail={"role": "member"})
    audit.record(Event.MEMBER_REMOVED, world.project, ada, reason="Left us.")
    audit.record(Event.MEMBER_REMOVED, world.other_project, ada)
    newest, second, *_ = audit.timeline_for(world.project)
    assert (newest.who, newest.sentence, newest.reason) == ("Ada Researcher", "removed a member", "Left us.")
    assert second.sentence == "added a member"


def test_timeline__event_that_the_code_no_longer_knows__reads_as_its_name(world: World, ada: User) -> None:
    row = audit.record(Event.MEMBER_REMOVED, world.project, ada)
    AuditEvent.objects.create(
        at=row.at,
        event="access_review.member.banished",
        subject_type=row.subject_type,
        subject_ref=row.subject_ref,
        actor_name="Ada Researcher",
    )
    assert audit.timeline_for(world.project)[0].sentence == "access_review.member.banished"
