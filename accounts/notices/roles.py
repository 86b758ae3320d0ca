"""Who is told when roles are asked for, answered, and when an emergency opens a door."""

from __future__ import annotations

from accounts.events import RoleEvent
from accounts.models import RoleRequest, User
from accounts.roles import COMMITTEE, INSTITUTION, Role
from accounts.selectors.roles import holders_of
from portal.kernel.notices import Notice, register


def who_can_answer(request: RoleRequest) -> list[User]:
    """Everybody who may be the second person, but whom it is about and who asked."""
    roles = [Role.ADMINISTRATOR]
    if request.role in COMMITTEE or request.is_emergency:
        roles.append(Role.ARC_CHAIR)
    if request.role in INSTITUTION:
        roles.append(Role.SERVICE_DESK)
    return [each for each in holders_of(*roles) if each.pk not in (request.person_id, request.requested_by_id)]


def who_asked(request: RoleRequest) -> list[User]:
    """The one who asked."""
    return [request.requested_by]


def auditors_and_chair(request: RoleRequest) -> list[User]:
    """Those who watch over emergencies: all auditors and the chair with the deputy."""
    return holders_of(Role.AUDITOR, Role.ARC_CHAIR)


register(
    {
        RoleEvent.REQUESTED: Notice(to=who_can_answer, template="role_requested"),
        RoleEvent.APPROVED: Notice(to=who_asked, template="role_request_answered"),
        RoleEvent.DECLINED: Notice(to=who_asked, template="role_request_answered"),
        RoleEvent.WITHDRAWN: None,  # who asked has just done it
        RoleEvent.LAPSED: Notice(to=who_asked, template="role_request_answered"),
        RoleEvent.EMERGENCY_REQUESTED: Notice(to=who_can_answer, template="emergency_requested"),
        RoleEvent.EMERGENCY_OPENED: Notice(to=auditors_and_chair, template="emergency_opened"),
    }
)
