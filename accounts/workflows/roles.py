"""The states of a request for a role: asked for by one person, answered by another, over when nobody answers."""

from __future__ import annotations

from accounts import policies
from accounts.events import RoleEvent as Event
from accounts.models import RoleGrant, RoleRequest
from accounts.roles import Role, kept_apart
from portal.kernel import clock
from portal.kernel.access import only_system
from portal.kernel.workflow import Transition, Workflow

WAITING, APPROVED, DECLINED, WITHDRAWN, LAPSED = RoleRequest.Status


def it_is_answered_in_time(request: RoleRequest) -> str | None:
    """Its time to be answered is not over."""
    if request.expires_at > clock.now():
        return None
    return f"Nobody answered this request by {request.expires_at:%-d %B %Y}. Ask again if the role is still needed."


def the_account_is_open(request: RoleRequest) -> str | None:
    """The person can sign in."""
    return None if request.person.is_active else f"The account of {request.person} is closed."


def whoever_asked_still_may(request: RoleRequest) -> str | None:
    """The one who asked could ask for it today."""
    wanted = policies.Wanted(request.person, Role(request.role), request.scope, request.is_emergency)
    rule = policies.can_request_emergency if request.is_emergency else policies.can_request_role
    if rule(request.requested_by, wanted):
        return None
    return f"{request.requested_by} can no longer ask for this role. Somebody who can asks again."


def the_roles_go_together(request: RoleRequest) -> str | None:
    """The person holds no role that has to stay in other hands."""
    return what_stands_apart(request.person_id, Role(request.role), request.scope)


def what_stands_apart(person_id: int, role: Role, scope: str) -> str | None:
    """The sentence about a role that the person holds, or will hold, and that cannot be held beside this one."""
    held = RoleGrant.objects.filter(person_id=person_id).exclude(until__lte=clock.now())
    for other, other_scope in held.values_list("role", "scope"):
        if kept_apart(role, Role(other), scope, other_scope):
            return (
                f"{role.label} and {Role(other).label} have to be different people. End the role of "
                f"{Role(other).label.lower()} first, or choose somebody else."
            )
    return None


ROLE_REQUEST = Workflow(
    model=RoleRequest,
    name="request",
    initial=WAITING,
    transitions=(
        Transition(
            action="approve",
            label="Approve as second person",
            sources=frozenset({WAITING}),
            target=APPROVED,
            allowed=policies.can_answer_role_request,
            guards=(it_is_answered_in_time, the_account_is_open, whoever_asked_still_may, the_roles_go_together),
            event=Event.APPROVED,
        ),
        Transition(
            action="decline",
            label="Decline this request",
            sources=frozenset({WAITING}),
            target=DECLINED,
            allowed=policies.can_answer_role_request,
            event=Event.DECLINED,
            reason_required=True,
            danger=True,
        ),
        Transition(
            action="withdraw",
            label="Withdraw this request",
            sources=frozenset({WAITING}),
            target=WITHDRAWN,
            allowed=policies.is_their_role_request,
            event=Event.WITHDRAWN,
            danger=True,
        ),
        Transition(
            action="lapse",
            label="Let lapse",
            sources=frozenset({WAITING}),
            target=LAPSED,
            allowed=only_system,
            event=Event.LAPSED,
        ),
    ),
)
