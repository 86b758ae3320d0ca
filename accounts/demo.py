"""What the demo shows of roles: a request that waits for a second person."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.models import RoleRequest, User
from accounts.roles import Role
from accounts.services import request_role


def seed_role_requests(people: Mapping[str, User]) -> str:
    """The administrator asks that the newcomer review panels; the second administrator can answer."""
    if not RoleRequest.objects.exists():
        request_role(
            actor=people["ivo"],
            person=people["noa"],
            role=Role.PANEL_REVIEWER,
            reason="Works in a genetics clinic and wants to review panels.",
        )
    return f"{RoleRequest.objects.count()} requests for roles"
