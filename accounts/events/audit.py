"""What happens to the audit log itself."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.events import Happening, declare


class AuditLogEvent(StrEnum):
    """Events about the log."""

    EXPORTED = "accounts.audit_log.exported"


declare({AuditLogEvent.EXPORTED: Happening("took the audit log out as a file", frozenset({"count"}))})
