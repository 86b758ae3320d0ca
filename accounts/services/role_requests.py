"""Roles that two people give: asked for by one, answered by another; and the hours of an emergency."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts import policies
from accounts.events import RoleEvent as Event
from accounts.models import Domain, Institution, RoleGrant, RoleRequest, User
from accounts.policies import Wanted
from accounts.roles import COMMUNITY, INSTITUTION, REPRESENTATIVE_SEAT, Role
from accounts.services.roles import give_role
from accounts.workflows import ROLE_REQUEST
from accounts.workflows.roles import what_stands_apart
from portal.kernel import audit, clock, events
from portal.kernel.access import Policy, SystemActor, require
from portal.kernel.references import next_reference
from portal.kernel.refusals import InvalidInput, TransitionRefused

CLOCK = SystemActor("Clock of role requests")
ANSWERED_WITHIN = timedelta(days=14)
EMERGENCY_ANSWERED_WITHIN = timedelta(hours=1)
LONGEST_EMERGENCY = 4  # hours


@transaction.atomic
def request_role(
    *, actor: User, person: User, role: Role, reason: str, scope: str = "", until: datetime | None = None
) -> RoleRequest:
    """Ask that somebody be given a role. Another person answers within 14 days."""
    if until is not None and until <= clock.now():
        raise InvalidInput("Enter a day in the future, or leave it empty.", field="until")
    _check_scope(role, scope)
    wanted = Wanted(person, role, scope)
    request = _ask(actor, wanted, policies.can_request_role, reason, ANSWERED_WITHIN, until=until)
    detail = {"role": role.value, "scope": scope}
    audit.record(Event.REQUESTED, request, actor, reason=reason, detail=detail)
    events.publish(Event.REQUESTED, request, actor, detail)
    return request


@transaction.atomic
def request_emergency(*, actor: User, role: Role, incident: str, reason: str, hours: int) -> RoleRequest:
    """Ask for a role for oneself, for at most four hours, because of an incident. Another person confirms."""
    if not incident.strip():
        raise InvalidInput("Give the incident’s reference. Report the incident first if it has none.", field="incident")
    if not 1 <= hours <= LONGEST_EMERGENCY:
        raise InvalidInput("Emergency access lasts from 1 to 4 hours.", field="hours")
    wanted = Wanted(actor, role, is_emergency=True)
    named = " ".join(incident.split())
    rule, within = policies.can_request_emergency, EMERGENCY_ANSWERED_WITHIN
    request = _ask(actor, wanted, rule, reason, within, incident=named, hours=hours)
    detail = {"role": role.value, "incident": named, "hours": hours}
    audit.record(Event.EMERGENCY_REQUESTED, request, actor, reason=reason, detail=detail)
    events.publish(Event.EMERGENCY_REQUESTED, request, actor, detail)
    return request


def _ask(
    actor: User,
    wanted: Wanted,
    rule: Policy,
    reason: str,
    answered_within: timedelta,
    *,
    until: datetime | None = None,
    incident: str = "",
    hours: int | None = None,
) -> RoleRequest:
    require(rule, actor, wanted)
    if not reason.strip():
        raise InvalidInput("Give a reason.", field="reason")
    person = User.objects.select_for_update(no_key=True).get(pk=wanted.person.pk)
    if not person.is_active:
        raise InvalidInput("This account is closed. Open it again first.", field="role")
    if RoleGrant.objects.current(clock.now()).filter(person=person, role=wanted.role, scope=wanted.scope).exists():
        raise InvalidInput(f"{person} holds this role already.", field="role")
    if sentence := what_stands_apart(person.pk, wanted.role, wanted.scope):
        raise InvalidInput(sentence, field="role")
    _let_lapse(person)
    at = clock.now()
    try:
        with transaction.atomic():
            return RoleRequest.objects.create(
                reference=next_reference("ROL"),
                person=person,
                role=wanted.role,
                scope=wanted.scope,
                reason=reason.strip(),
                until=until,
                incident=incident,
                hours=hours,
                requested_by=actor,
                requested_at=at,
                expires_at=at + answered_within,
            )
    except IntegrityError as error:
        raise InvalidInput("Somebody has asked for this already. It waits for an answer.", field="role") from error


def _check_scope(role: Role, scope: str) -> None:
    """A role in a community or at an institution says which; the committee has two seats with a name."""
    if role in COMMUNITY and not Domain.objects.filter(slug=scope).exists():
        raise InvalidInput("Choose the community.", field="scope")
    if role in INSTITUTION and not Institution.objects.filter(reference=scope).exists():
        raise InvalidInput("Choose the institution.", field="scope")
    seats = {Role.ARC_MEMBER: REPRESENTATIVE_SEAT, Role.ARC_CHAIR: "deputy"}
    if role not in COMMUNITY | INSTITUTION and scope not in ("", seats.get(role, "")):
        raise InvalidInput("This role is held everywhere. Leave out what it is for.", field="scope")


@transaction.atomic
def approve_role_request(*, actor: User, request: RoleRequest) -> RoleRequest:
    """The second person says yes: the role is held from this instant, in an emergency for its hours."""
    User.objects.select_for_update(no_key=True).get(pk=request.person_id)  # first, as whoever asks does
    fresh = RoleRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
    require(policies.can_answer_role_request, actor, fresh)
    require(policies.is_another_person, actor, (fresh.requested_by, fresh.person))
    if sentence := ROLE_REQUEST.refusal(fresh, "approve", actor):
        raise TransitionRefused(sentence)
    at = clock.now()
    until = at + timedelta(hours=fresh.hours) if fresh.hours else fresh.until
    if until is not None and until <= at:
        raise TransitionRefused("The day until which the role was wanted is over. Ask again with another day.")
    grant = RoleGrant(
        person=fresh.person,
        role=fresh.role,
        scope=fresh.scope,
        reason=fresh.reason,
        until=until,
        granted_by=None if fresh.is_emergency else fresh.requested_by,
        approved_by=actor,
        incident=fresh.incident,
    )
    give_role(grant, actor)
    changes = {"decided_by_id": actor.pk, "decided_at": at, "grant_id": grant.pk}
    detail = {"role": fresh.role, "scope": fresh.scope}
    approved: RoleRequest = ROLE_REQUEST.perform(fresh, "approve", actor, detail=detail, changes=changes)
    if until is not None and approved.is_emergency:
        told = {"role": fresh.role, "incident": fresh.incident, "hours": fresh.hours, "until": until.isoformat()}
        audit.record(Event.EMERGENCY_OPENED, approved, actor, reason=fresh.reason, detail=told)
        events.publish(Event.EMERGENCY_OPENED, approved, actor, told)
    return approved


def decline_role_request(*, actor: User, request: RoleRequest, reason: str) -> RoleRequest:
    """The second person says no, with a reason."""
    changes = {"decided_by_id": actor.pk, "decided_at": clock.now(), "note": reason}
    declined: RoleRequest = ROLE_REQUEST.perform(request, "decline", actor, reason=reason, changes=changes)
    return declined


def withdraw_role_request(*, actor: User, request: RoleRequest) -> RoleRequest:
    """Whoever asked takes it back."""
    withdrawn: RoleRequest = ROLE_REQUEST.perform(request, "withdraw", actor)
    return withdrawn


def lapse_role_requests() -> int:
    """Tidy away what nobody answered in time; that it can be approved no longer, the clock has seen to."""
    due = RoleRequest.objects.filter(status=RoleRequest.Status.WAITING, expires_at__lte=clock.now())
    return sum(_lapse(request) for request in due)


def _let_lapse(person: User) -> None:
    due = RoleRequest.objects.filter(person=person, status=RoleRequest.Status.WAITING, expires_at__lte=clock.now())
    for request in due:
        ROLE_REQUEST.perform(request, "lapse", CLOCK)


def _lapse(request: RoleRequest) -> bool:
    try:
        ROLE_REQUEST.perform(request, "lapse", CLOCK)
    except TransitionRefused:  # answered in this very moment
        return False
    return True
