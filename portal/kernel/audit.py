"""The audit log: who did what to which thing, when, why, and on which request. Rows are added and never changed.

What makes that true is in migrations/0002_audit_chain.py and privileges.py; what checks it is in audit_chain.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from portal.kernel import clock
from portal.kernel.access import Actor, actor_name
from portal.kernel.events import declared_events, happening, is_weighty, require_transaction
from portal.kernel.models import AuditEvent
from portal.kernel.proof import require_proof
from portal.kernel.requests import current_request_id


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
    """Write one audit event in the caller's transaction, which there must be: TransactionManagementError otherwise.

    `detail` may only hold the keys that the event declared: ValueError otherwise, so that nobody logs a person by
    accident. KeyError for an event that nobody declared. ProofNeeded for a weighty one by somebody who has not proven
    just now who they are; the transaction takes the change back.
    """
    require_transaction(f"recording {event}")
    if is_weighty(event):
        require_proof(actor)
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

    at: datetime
    who: str
    sentence: str
    reason: str


def timeline_for(subject: models.Model) -> list[TimelineEntry]:
    """History of a thing, newest first. The caller has already fetched the thing through `visible_to`."""
    subject_type, subject_ref = reference_of(subject)
    rows = AuditEvent.objects.filter(subject_type=subject_type, subject_ref=subject_ref).order_by("-at", "-id")
    return [TimelineEntry(row.at, row.actor_name, sentence_of(row.event), row.reason) for row in rows]


def sentence_of(event: str) -> str:
    """What happened, in words. The log outlives the code: an event declared no longer reads as its bare name."""
    known = declared_events().get(event)
    return known.sentence if known else event
