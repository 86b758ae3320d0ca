"""What happened to a request is written down and published, in the transaction of the change."""

from __future__ import annotations

from airlock.events import Event
from airlock.models import ExportRequest, ImportRequest
from portal.kernel import audit, events
from portal.kernel.access import Actor


def tell(
    event: Event, request: ExportRequest | ImportRequest, actor: Actor, *, reason: str = "", **detail: object
) -> None:
    """Record and publish what happened to a request."""
    audit.record(event, request, actor, reason=reason, detail=detail)
    events.publish(event, request, actor, detail)
