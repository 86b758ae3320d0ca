"""Checks that the audit log is whole: every event is there, unchanged, and in the order in which it was committed.

The database makes the chain when a transaction commits (migrations/0002_audit_chain.py): each link holds
SHA-256(previous hash + canonical text of the event). Text and hash are made anew here, in Python, from the bare
columns, so that neither an edited row nor an edited database function goes unnoticed. What nothing inside a database
can show, that its owner cut off the end or rewrote all of it, shows against a seal that is kept elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection

GENESIS_HASH = "0" * 64
_PAGE = 5_000
_LINKS = """
SELECT l.sequence, l.previous_hash, l.hash, e.id IS NOT NULL,
       e.id::text, pg_catalog.to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
       e.event, e.subject_type, e.subject_ref, e.actor_id_text, e.actor_name, e.request_id, e.before, e.after, e.reason,
       e.detail::text
FROM kernel_auditlink l LEFT JOIN kernel_auditevent e ON e.id = l.event_id
WHERE l.sequence > %s ORDER BY l.sequence LIMIT %s
"""
_UNCHAINED = """
SELECT count(*) FROM kernel_auditevent e WHERE NOT EXISTS (SELECT FROM kernel_auditlink l WHERE l.event_id = e.id)
"""
# Each table with the triggers that guard it.
GUARDS = (
    ("kernel_auditevent", "kernel_audit_chained"),
    ("kernel_auditevent", "kernel_audit_append_only"),
    ("kernel_auditlink", "kernel_audit_append_only"),
)
_GUARD_IS_ON = """
SELECT count(*) FROM pg_catalog.pg_trigger
WHERE tgrelid = pg_catalog.to_regclass(%s) AND tgname = %s AND tgenabled IN ('O', 'A')
"""


@dataclass(frozen=True)
class Seal:
    """The end of the chain at one moment, to be kept where the database's owner cannot reach it."""

    sequence: int
    hash: str


@dataclass(frozen=True)
class Link:
    """A link of the chain and the canonical text of its event, None where the event is gone."""

    sequence: int
    previous_hash: str
    hash: str
    text: str | None


def current_seal() -> Seal:
    """The last link, or sequence 0 with the genesis hash where the log is empty."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequence, hash FROM kernel_auditlink ORDER BY sequence DESC LIMIT 1")
        row = cursor.fetchone()
    return Seal(*row) if row else Seal(0, GENESIS_HASH)


def verify_chain(seal: Seal | None = None) -> Iterator[str]:
    """Every fault of the log as a sentence; nothing when it is whole.

    Finds an edited event (its hash differs), a deleted one (event or link missing), a changed order (the hash before
    differs), one that was slipped in past the chain, guards that were taken off, and, against a seal, a log that was
    cut short or written anew.
    """
    last, last_hash, sealed_hash = 0, GENESIS_HASH, None
    for link in _links():
        yield from _faults(link, last, last_hash)
        last, last_hash = link.sequence, link.hash
        if seal and link.sequence == seal.sequence:
            sealed_hash = link.hash
    if seal and seal.sequence:
        yield from _faults_against(seal, last, sealed_hash)
    yield from _unchained()
    yield from _missing_guards()


def _faults(link: Link, last: int, last_hash: str) -> Iterator[str]:
    if link.sequence > last + 1:
        gone = f"Event {last + 1} is" if link.sequence == last + 2 else f"Events {last + 1} to {link.sequence - 1} are"
        yield f"{gone} missing from the chain."
    elif link.sequence <= 0 or link.previous_hash != last_hash:
        yield f"Event {link.sequence} does not follow the one before it: the log was put in another order or rewritten."
    if link.text is None:
        yield f"Event {link.sequence} was deleted: its link is there, the event is not."
    elif hashlib.sha256((link.previous_hash + link.text).encode()).hexdigest() != link.hash:
        yield f"Event {link.sequence} was edited: its content does not give the recorded hash."


def _faults_against(seal: Seal, last: int, sealed_hash: str | None) -> Iterator[str]:
    if last < seal.sequence:
        yield f"The log was cut short: the seal speaks of {seal.sequence} events, the log ends after {last}."
    elif sealed_hash != seal.hash:
        yield f"Event {seal.sequence} is not the one that was sealed: the log was rewritten after it was sealed."


def _links() -> Iterator[Link]:
    after = -(2**63)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_LINKS, [after, _PAGE])
            rows = cursor.fetchall()
        for sequence, previous_hash, link_hash, event_is_there, *fields in rows:
            yield Link(sequence, previous_hash, link_hash, canonical_text(fields) if event_is_there else None)
        if len(rows) < _PAGE:
            return
        after = rows[-1][0]


def canonical_text(fields: Sequence[str | None]) -> str:
    """The fields of an event as one text, each after its length in bytes, so that no two events give the same text."""
    return "".join(f"{len(value.encode())}:{value};" for value in (field or "" for field in fields))


def _unchained() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_UNCHAINED)
        count: int = cursor.fetchone()[0]
    if count:
        what = "1 event is" if count == 1 else f"{count} events are"
        yield f"{what} in the log but not in the chain: written past it."


def _missing_guards() -> Iterator[str]:
    with connection.cursor() as cursor:
        for table, trigger in GUARDS:
            cursor.execute(_GUARD_IS_ON, [table, trigger])
            if not cursor.fetchone()[0]:
                yield f"The trigger {trigger} on {table} is missing or switched off: the log is not guarded."
