"""What somebody may read of the audit log."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from accounts.policies import can_read_whole_log
from portal.kernel.models import AuditEvent


def audit_events_seen_by(actor: Any) -> QuerySet[AuditEvent]:
    """The whole log for an auditor; for everybody else what they did themselves; for nobody nothing."""
    if not isinstance(actor, User) or not actor.is_active:
        return AuditEvent.objects.none()
    if can_read_whole_log(actor, None):
        return AuditEvent.objects.all()
    return AuditEvent.objects.filter(actor_id_text=str(actor.pk))
