"""Taking the audit log out as a file, which is itself written down."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import policies
from accounts.events import AuditLogEvent
from portal.kernel import audit
from portal.kernel.access import Actor, require
from portal.kernel.models import AuditEvent

AUDIT_COLUMNS = (
    "number", "at", "who", "who_number", "event", "what", "kind", "reference", "before", "after", "reason", "detail",
    "request",
)  # fmt: skip
_BATCH = 2_000


@transaction.atomic
def export_audit_log(*, actor: Actor, chosen: QuerySet[AuditEvent]) -> Iterator[tuple[str, ...]]:
    """The rows of AUDIT_COLUMNS of these events, the oldest first, read a batch at a time.

    What is written down names how many there were. An event that comes in meanwhile is not in the file.
    """
    require(policies.can_read_whole_log, actor, None)
    last = chosen.order_by("-pk").values_list("pk", flat=True).first() or 0
    rows = chosen.filter(pk__lte=last).order_by("pk")
    audit.record(AuditLogEvent.EXPORTED, "audit log", actor, detail={"count": rows.count()})
    return (_row(event) for event in rows.iterator(chunk_size=_BATCH))


def _row(event: AuditEvent) -> tuple[str, ...]:
    detail = json.dumps(event.detail, sort_keys=True, ensure_ascii=False) if event.detail else ""
    return (
        str(event.pk),
        timezone.localtime(event.at).isoformat(),
        event.actor_name,
        event.actor_id_text,
        event.event,
        audit.sentence_of(event.event),
        event.subject_type,
        event.subject_ref,
        event.before,
        event.after,
        event.reason,
        detail,
        event.request_id,
    )
