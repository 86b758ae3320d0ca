"""The hash chain: what the check finds after somebody with every right in the database has been at it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access_review.events import Event
from access_review.models import Project
from portal.kernel import audit, clock
from portal.kernel.access import WORKER
from portal.kernel.audit_chain import GENESIS_HASH, GUARDS, Seal, canonical_text, current_seal, verify_chain
from portal.kernel.models import AuditEvent, AuditLink
from tests.integration.kernel.elsewhere import Elsewhere, wait_until_it_waits

Tamper = Callable[[str], None]
SUBJECT = Project(reference="PRJ-2026-9999")


@pytest.fixture
def chain(db: None) -> list[int]:
    """A log of six events and nothing else; their ids, in the order of the chain."""
    tamper("TRUNCATE kernel_auditevent, kernel_auditlink")
    ids = [audit.record(Event.MEMBER_REMOVED, SUBJECT, WORKER, reason=f"Reason {n}").pk for n in range(1, 7)]
    chain_now()
    return ids


def chain_now() -> None:
    """What a commit does: fire the deferred triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def tamper(*statements: str) -> None:
    """As the owner of the tables, with the guards off for a moment."""
    chain_now()
    with connection.cursor() as cursor:
        for table, trigger in GUARDS:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        for statement in statements:
            cursor.execute(statement)
        for table, trigger in GUARDS:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def faults(seal: Seal | None = None) -> list[str]:
    return list(verify_chain(seal))


def rechain_from(sequence: int) -> None:
    """Compute every hash anew from this link on, as a forger would who knows how."""
    for link in AuditLink.objects.filter(sequence__gte=sequence).order_by("sequence"):
        before = AuditLink.objects.filter(sequence__lt=link.sequence).order_by("-sequence").first()
        previous = before.hash if before else GENESIS_HASH
        tamper(
            f"UPDATE kernel_auditlink l SET previous_hash = '{previous}', hash = encode(sha256(convert_to('{previous}'"
            " || (SELECT kernel_audit_text(e) FROM kernel_auditevent e WHERE e.id = l.event_id), 'UTF8')), 'hex')"
            f" WHERE sequence = {link.sequence}"
        )


def test_empty_log__is_whole(db: None) -> None:
    tamper("TRUNCATE kernel_auditevent, kernel_auditlink")
    assert faults() == []
    assert current_seal() == Seal(0, GENESIS_HASH)
    assert faults(current_seal()) == []


def test_untouched_log__is_whole__with_and_without_a_seal(chain: list[int]) -> None:
    seal = current_seal()
    assert (seal.sequence, faults(), faults(seal)) == (6, [], [])


def test_log_that_grew_after_it_was_sealed__is_whole(chain: list[int]) -> None:
    seal = current_seal()
    audit.record(Event.MEMBER_REMOVED, SUBJECT, WORKER)
    chain_now()
    assert faults(seal) == []


@pytest.mark.parametrize(
    "change",
    [
        "reason = 'Another'",
        "actor_name = 'Somebody else'",
        "at = at + interval '1 microsecond'",
        "at = 'infinity'",
        'detail = \'{"role": "lead"}\'',
        "subject_ref = subject_ref || ' '",
        "before = reason, reason = before",
        "event = 'access_review.member.added'",
        "request_id = 'f'",
    ],
)
def test_edited_event__is_found(chain: list[int], change: str) -> None:
    tamper(f"UPDATE kernel_auditevent SET {change} WHERE id = {chain[2]}")
    assert faults() == ["Event 3 was edited: its content does not give the recorded hash."]


def test_edited_event_and_its_hash__breaks_the_link_after_it(chain: list[int]) -> None:
    tamper(
        f"UPDATE kernel_auditevent SET reason = 'Another' WHERE id = {chain[2]}",
        "UPDATE kernel_auditlink l SET hash = encode(sha256(convert_to(previous_hash || (SELECT kernel_audit_text(e)"
        " FROM kernel_auditevent e WHERE e.id = l.event_id), 'UTF8')), 'hex') WHERE sequence = 3",
    )
    assert faults() == ["Event 4 does not follow the one before it: the log was put in another order or rewritten."]


def test_edited_event__database_function_edited_to_hide_it__is_found_all_the_same(chain: list[int]) -> None:
    """The check makes the text in Python from the bare columns; it does not ask the function that made the hash."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kernel_audit_text(e) FROM kernel_auditevent e WHERE id = %s", [chain[2]])
        original = cursor.fetchone()[0]
    tamper(
        f"UPDATE kernel_auditevent SET reason = 'Another' WHERE id = {chain[2]}",
        "CREATE OR REPLACE FUNCTION kernel_audit_text(e kernel_auditevent) RETURNS text LANGUAGE sql STABLE"
        f" AS $f$ SELECT $t${original}$t$ $f$",
    )
    assert faults() == ["Event 3 was edited: its content does not give the recorded hash."]


def test_deleted_event__is_found(chain: list[int]) -> None:
    tamper(f"DELETE FROM kernel_auditevent WHERE id = {chain[2]}")
    assert faults() == ["Event 3 was deleted: its link is there, the event is not."]


@pytest.mark.parametrize(
    ("gone", "sentence"),
    [
        ((1,), "Event 1 is missing from the chain."),
        ((3,), "Event 3 is missing from the chain."),
        ((3, 4), "Events 3 to 4 are missing from the chain."),
    ],
)
def test_deleted_event_and_link__is_found(chain: list[int], gone: tuple[int, ...], sentence: str) -> None:
    for number in gone:
        tamper(
            f"DELETE FROM kernel_auditevent WHERE id = {chain[number - 1]}",
            f"DELETE FROM kernel_auditlink WHERE sequence = {number}",
        )
    assert faults() == [sentence]


def test_two_events_that_changed_places__are_found(chain: list[int]) -> None:
    tamper(
        "UPDATE kernel_auditlink SET event_id = -1 WHERE sequence = 2",
        f"UPDATE kernel_auditlink SET event_id = {chain[1]} WHERE sequence = 3",
        f"UPDATE kernel_auditlink SET event_id = {chain[2]} WHERE sequence = 2",
    )
    assert faults() == [f"Event {number} was edited: its content does not give the recorded hash." for number in (2, 3)]


def test_two_links_that_changed_places__are_found(chain: list[int]) -> None:
    tamper(
        "UPDATE kernel_auditlink SET sequence = 100 WHERE sequence = 2",
        "UPDATE kernel_auditlink SET sequence = 2 WHERE sequence = 3",
        "UPDATE kernel_auditlink SET sequence = 3 WHERE sequence = 100",
    )
    assert faults() == [
        f"Event {number} does not follow the one before it: the log was put in another order or rewritten."
        for number in (2, 3, 4)
    ]


def test_truncated_log__shows_against_the_seal_alone(chain: list[int]) -> None:
    seal = current_seal()
    tamper(f"DELETE FROM kernel_auditevent WHERE id >= {chain[4]}", "DELETE FROM kernel_auditlink WHERE sequence >= 5")
    assert faults() == []
    assert faults(seal) == ["The log was cut short: the seal speaks of 6 events, the log ends after 4."]


def test_emptied_log__shows_against_the_seal(chain: list[int]) -> None:
    seal = current_seal()
    tamper("TRUNCATE kernel_auditevent, kernel_auditlink")
    assert faults(seal) == ["The log was cut short: the seal speaks of 6 events, the log ends after 0."]


def test_log_rewritten_with_correct_hashes__shows_against_the_seal_alone(chain: list[int]) -> None:
    seal = current_seal()
    tamper(f"UPDATE kernel_auditevent SET reason = 'Another' WHERE id = {chain[2]}")
    rechain_from(3)
    assert faults() == []
    assert faults(seal) == ["Event 6 is not the one that was sealed: the log was rewritten after it was sealed."]


def test_log_cut_and_filled_up_again__shows_against_the_seal(chain: list[int]) -> None:
    seal = current_seal()
    tamper(f"DELETE FROM kernel_auditevent WHERE id = {chain[5]}", "DELETE FROM kernel_auditlink WHERE sequence = 6")
    for _ in range(3):
        audit.record(Event.MEMBER_REMOVED, SUBJECT, WORKER)
    chain_now()
    assert faults() == []
    assert faults(seal) == ["Event 6 is not the one that was sealed: the log was rewritten after it was sealed."]


def test_event_slipped_in_with_the_trigger_off__is_found(chain: list[int]) -> None:
    tamper(
        "INSERT INTO kernel_auditevent (at, event, subject_type, subject_ref, actor_id_text, actor_name, request_id,"
        " before, after, reason, detail) VALUES (now(), 'a.b.c', '', '', '', 'Ada', '', '', '', '', '{}')"
    )
    assert faults() == ["1 event is in the log but not in the chain: written past it."]


@pytest.mark.parametrize(("table", "trigger"), GUARDS)
def test_guard_left_off__is_found(chain: list[int], table: str, trigger: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    assert faults() == [f"The trigger {trigger} on {table} is missing or switched off: the log is not guarded."]


def test_guard_dropped__is_found(chain: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER kernel_audit_append_only ON kernel_auditlink")
    assert faults() == [
        "The trigger kernel_audit_append_only on kernel_auditlink is missing or switched off: the log is not guarded."
    ]


TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(reason=TEXT, name=TEXT, detail=st.dictionaries(TEXT, JSON, max_size=4))
def test_hash__unicode_newlines_and_json__is_the_same_in_python_and_in_the_database(
    db: None, reason: str, name: str, detail: dict[str, object]
) -> None:
    with transaction.atomic():
        event = AuditEvent.objects.create(
            at=clock.now(), event="a.b.c", subject_ref="1", actor_name=name, reason=reason, detail=detail
        )
        chain_now()
        link = AuditLink.objects.get(event_id=event.pk)
        with connection.cursor() as cursor:
            cursor.execute("SELECT detail::text FROM kernel_auditevent WHERE id = %s", [event.pk])
            stored = cursor.fetchone()[0]
        at = f"{event.at:%Y-%m-%dT%H:%M:%S.%f}"
        fields = [str(event.pk), at, "a.b.c", "", "1", "", name, "", "", "", reason, stored]
        assert hashlib.sha256((link.previous_hash + canonical_text(fields)).encode()).hexdigest() == link.hash
        transaction.set_rollback(True)


def test_canonical_text__content_moved_from_one_field_to_the_next__differs() -> None:
    assert canonical_text(["ab", "c"]) != canonical_text(["a", "bc"])
    assert canonical_text(["a;1:b", ""]) != canonical_text(["a", "b"])


@pytest.mark.django_db(transaction=True)
def test_two_connections_that_commit_at_once__make_one_chain_without_gaps(other: Elsewhere, third: Elsewhere) -> None:
    before = AuditLink.objects.count()
    barrier = threading.Barrier(2)

    def write_thirty() -> None:
        barrier.wait(10)
        for _ in range(30):
            with transaction.atomic():
                audit.record(Event.MEMBER_REMOVED, SUBJECT, WORKER)
                audit.record(Event.MEMBER_REMOVED, SUBJECT, WORKER)

    for running in [other.start(write_thirty), third.start(write_thirty)]:
        running.result(30)
    assert faults() == []
    assert AuditLink.objects.count() == current_seal().sequence == before + 120


@pytest.mark.django_db(transaction=True)
def test_order_of_the_chain__is_the_order_of_commits_and_not_of_writing(other: Elsewhere, third: Elsewhere) -> None:
    other.begin()
    third.begin()
    first_written = other.run(lambda: audit.record(Event.MEMBER_REMOVED, SUBJECT, WORKER)).pk
    second_written = third.run(lambda: audit.record(Event.MEMBER_REMOVED, SUBJECT, WORKER)).pk
    third.commit()
    other.commit()
    assert first_written < second_written
    linked = AuditLink.objects.order_by("-sequence").values_list("event_id", flat=True)[:2]
    assert list(linked) == [first_written, second_written]
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_writing__does_not_wait_for_another_that_has_not_committed__committing_does(
    other: Elsewhere, third: Elsewhere
) -> None:
    """The lock on the end of the chain is taken at commit; a long transaction that has recorded holds nobody up."""
    other.begin()
    other.run(lambda: audit.record(Event.MEMBER_REMOVED, SUBJECT, WORKER))
    third.begin()
    third.run(lambda: audit.record(Event.MEMBER_REMOVED, SUBJECT, WORKER))
    third.commit()
    other.run(chain_now)  # as in the middle of a commit: the lock is held now
    third.begin()
    third.run(lambda: audit.record(Event.MEMBER_REMOVED, SUBJECT, WORKER))
    committing = third.start_commit()
    wait_until_it_waits(third.backend)
    assert not committing.done()
    other.commit()
    committing.result(10)
    assert faults() == []
