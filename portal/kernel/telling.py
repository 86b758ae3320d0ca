"""What happened and is no move of a workflow: recorded and published in the transaction of the change."""

from __future__ import annotations

from typing import Any

from portal.kernel import audit, events
from portal.kernel.access import Actor


def tell(event: str, subject: Any, actor: Actor, reason: str = "", **detail: object) -> None:
    """Record and publish. `detail` reaches the log and whoever listens: no names, no counts of people."""
    audit.record(event, subject, actor, reason=reason, detail=detail)
    events.publish(event, subject, actor, detail)
