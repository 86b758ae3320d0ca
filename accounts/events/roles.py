"""What happens to requests for roles."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.events import Happening, declare, weigh


class RoleEvent(StrEnum):
    """Events of roles that two people give."""

    REQUESTED = "accounts.role_request.requested"
    APPROVED = "accounts.role_request.approved"
    DECLINED = "accounts.role_request.declined"
    WITHDRAWN = "accounts.role_request.withdrawn"
    LAPSED = "accounts.role_request.lapsed"
    EMERGENCY_REQUESTED = "accounts.emergency.requested"
    EMERGENCY_OPENED = "accounts.emergency.opened"


_ROLE = frozenset({"role", "scope"})
_EMERGENCY = frozenset({"role", "incident", "hours", "until"})

declare(
    {
        RoleEvent.REQUESTED: Happening("asked for a role", _ROLE),
        RoleEvent.APPROVED: Happening("approved the role as second person", _ROLE),
        RoleEvent.DECLINED: Happening("declined the request for a role"),
        RoleEvent.WITHDRAWN: Happening("withdrew the request for a role"),
        RoleEvent.LAPSED: Happening("let the request lapse, because nobody answered it"),
        RoleEvent.EMERGENCY_REQUESTED: Happening("asked for emergency access", _EMERGENCY),
        RoleEvent.EMERGENCY_OPENED: Happening("opened emergency access", _EMERGENCY),
    }
)

weigh(
    RoleEvent.REQUESTED,
    RoleEvent.APPROVED,
    RoleEvent.DECLINED,
    RoleEvent.EMERGENCY_REQUESTED,
    RoleEvent.EMERGENCY_OPENED,
)
