"""The audit log: who did what to which thing, when, why, and on which request. Rows are added and never changed.

The hash chain is made by the database when the transaction commits (see migrations/0002_audit_chain.py): each link
holds SHA-256(previous hash + canonical text of the event). `verify_chain` recomputes it here, in Python, so that an
edit of the database's own functions is noticed too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from portal.kernel import clock
from portal.kernel.access import Actor, actor_name
from portal.kernel.events import happening
from portal.kernel.models import AuditEvent
from portal.kernel.requests import current_request_id

GENESIS_HASH = "0" * 64
_CHAIN_PAGE = 5_000
_CHAIN_SQL = """
SELECT l.sequence, l.previous_hash, l.hash, e.id IS NOT NULL,
       kernel_audit_text(e)
FROM kernel_auditlink l LEFT JOIN kernel_auditevent e ON e.id = l.event_id
WHERE l.sequence > %s ORDER BY l.sequence LIMIT %s
"""


def reference_of(subject: Any) -> tuple[str, str]:
    """Type and public reference of a thing, as the audit names it: ("query", "QRY-2026-0042")."""
    if isinstance(subject, models.Model):
        meta = subject._meta
        return f"{meta.app_label}.{meta.model_name}", str(getattr(subject, "reference", None) or subject.pk)
    return type(subject).__name__, str(subject)


def record(
    event: str,
    subject: Any,
    actor: Actor,
    *,
    before: str = "",
    after: str = "",
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Write one audit event in the caller's transaction.

    `detail` may only hold the keys that the event declared: ValueError otherwise, so that nobody logs a person by
    accident.
    """
    surplus = set(detail or {}) - happening(event).detail_keys
    if surplus:
        raise ValueError(f"{event} did not declare these detail keys: {', '.join(sorted(surplus))}")
    subject_type, subject_ref = reference_of(subject)
    return AuditEvent.objects.create(
        at=clock.now(),
        event=str(event),
        subject_type=subject_type,
        subject_ref=subject_ref,
        actor_id_text="" if actor.pk is None else str(actor.pk),
        actor_name=actor_name(actor),
        request_id=current_request_id(),
        before=before,
        after=after,
        reason=reason,
        detail=dict(detail or {}),
    )


@dataclass(frozen=True)
class TimelineEntry:
    """One line of a thing's history as a viewer reads it."""

    at: Any
    who: str
    sentence: str
    reason: str


def timeline_for(subject: models.Model) -> list[TimelineEntry]:
    """History of a thing, newest first. The caller has already fetched the thing through `visible_to`."""
    subject_type, subject_ref = reference_of(subject)
    rows = AuditEvent.objects.filter(subject_type=subject_type, subject_ref=subject_ref).order_by("-at", "-id")
    return [TimelineEntry(row.at, row.actor_name, happening(row.event).sentence, row.reason) for row in rows]


@dataclass(frozen=True)
class Seal:
    """The end of the chain at one moment, to be kept where the database's owner cannot reach it."""

    sequence: int
    hash: str


def current_seal() -> Seal:
    """The last link, or sequence 0 with the genesis hash where the log is empty."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequence, hash FROM kernel_auditlink ORDER BY sequence DESC LIMIT 1")
        row = cursor.fetchone()
    return Seal(*row) if row else Seal(0, GENESIS_HASH)


def verify_chain(seal: Seal | None = None) -> Iterator[str]:
    """Every fault of the chain as a sentence; nothing when the log is whole.

    Finds an edited event (hash differs), a deleted one (event or link missing), a reordered one (previous hash
    differs), one that was slipped in past the chain, and, against a seal, a log that was cut short or rewritten.
    """
    expected_sequence, expected_hash = 1, GENESIS_HASH
    seal_met = seal is None or seal.sequence == 0
    for sequence, previous_hash, link_hash, event_exists, text in _links():
        yield from _link_faults(sequence, expected_sequence, previous_hash == expected_hash, event_exists)
        if event_exists and hashlib.sha256((previous_hash + text).encode()).hexdigest() != link_hash:
            yield f"Event {sequence} was edited: its content no longer gives the recorded hash."
        if seal and sequence == seal.sequence:
            seal_met = True
            if link_hash != seal.hash:
                yield f"Event {sequence} differs from the seal: the log was rewritten after it was sealed."
        expected_sequence, expected_hash = sequence + 1, link_hash
    if not seal_met and seal:
        yield f"The log was cut short: the seal speaks of {seal.sequence} events, the log ends at {expected_sequence - 1}."
    yield from _unchained()


def _link_faults(sequence: int, expected_sequence: int, previous_matches: bool, event_exists: bool) -> Iterator[str]:
    if sequence != expected_sequence:
        yield f"Events {expected_sequence} to {sequence - 1} are missing from the chain."
    elif not previous_matches:
        yield f"Event {sequence} does not follow the one before it: the log was reordered or rewritten."
    if not event_exists:
        yield f"Event {sequence} was deleted: its link is there, the event is not."


def _links() -> Iterator[tuple[int, str, str, bool, str]]:
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_CHAIN_SQL, [after, _CHAIN_PAGE])
            rows = cursor.fetchall()
        yield from rows
        if len(rows) < _CHAIN_PAGE:
            return
        after = rows[-1][0]


def _unchained() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM kernel_auditevent e "
            "WHERE NOT EXISTS (SELECT 1 FROM kernel_auditlink l WHERE l.event_id = e.id)"
        )
        count = cursor.fetchone()[0]
    if count:
        yield f"{count} events are in the log but not in the chain: they were written past it."
