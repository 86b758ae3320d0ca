"""Who works in a project: invited by a lead and joining by themselves, or added; and taken out."""

from __future__ import annotations

from django.db import transaction

from access_review.events import Event
from access_review.models import Project, ProjectInvitation, ProjectMember, in_force
from access_review.policies import can_answer_invitation, can_change_members
from access_review.services.invitations import Invitation
from accounts.models import User
from portal.kernel import clock
from portal.kernel.access import Actor, require
from portal.kernel.refusals import InvalidInput, TransitionRefused
from portal.kernel.telling import tell


def _locked(project: Project) -> Project:
    return Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _open_to_people(project: Project) -> Project:
    fresh = _locked(project)
    if fresh.status == Project.Status.CLOSED:
        raise TransitionRefused("The project is closed. Nobody joins it any more.")
    return fresh


def join(project: Project, person: User, role: str, actor: Actor) -> ProjectMember:
    """Let a person work in a locked project from now on; who does already stays as they are."""
    at = clock.now()
    current = ProjectMember.objects.filter(in_force(at), project=project, person=person).first()
    if current:
        return current
    membership = ProjectMember.objects.create(project=project, person=person, role=role, starts_at=at)
    tell(Event.MEMBER_ADDED, project, actor, person=str(person.pk), role=role)
    return membership


@transaction.atomic
def add_member(
    *, actor: Actor, project: Project, person: User, role: ProjectMember.Role = ProjectMember.Role.MEMBER
) -> ProjectMember:
    """Let a person work in the project from now on. Adding a member again changes nothing."""
    require(can_change_members, actor, project)
    return join(_open_to_people(project), person, role, actor)


@transaction.atomic
def remove_member(*, actor: Actor, membership: ProjectMember, reason: str) -> None:
    """End a membership at this instant, also one that would have ended later. A project keeps at least one lead."""
    require(can_change_members, actor, membership.project)
    _locked(membership.project)
    fresh = ProjectMember.objects.get(pk=membership.pk)
    at = clock.now()
    if fresh.until is not None and fresh.until <= at:
        return
    if not reason.strip():
        raise InvalidInput("Give a reason.", field="reason")
    others = ProjectMember.objects.filter(in_force(at), project_id=fresh.project_id, role=ProjectMember.Role.LEAD)
    if fresh.role == ProjectMember.Role.LEAD and not others.exclude(pk=fresh.pk).exists():
        raise InvalidInput("A project needs a lead. Name another lead first.")
    fresh.until = at
    fresh.save(update_fields=["until"])
    tell(Event.MEMBER_REMOVED, fresh.project, actor, reason=reason, person=str(fresh.person_id))


@transaction.atomic
def invite_member(*, actor: User, project: Project, email: str) -> ProjectInvitation:
    """Offer a place by mail. An earlier invitation of the same address ends, so that there is one link at a time."""
    require(can_change_members, actor, project)
    fresh, at = _open_to_people(project), clock.now()
    email = email.strip().lower()
    if ProjectMember.objects.filter(in_force(at), project=fresh, person__email=email).exists():
        raise InvalidInput("This person works in the project already.", field="email")
    ProjectInvitation.objects.filter(project=fresh, email=email, ended_at=None).update(ended_at=at)
    offer = Invitation.from_now()
    invitation = ProjectInvitation.objects.create(project=fresh, email=email, invited_by=actor, **offer.kept)
    offer.send(
        email=email,
        inviter=actor,
        page="project-invitation",
        subject=f"the project {fresh.reference}",
        asks=f"work in the project {fresh.reference}",
    )
    tell(Event.MEMBER_INVITED, fresh, actor)
    return invitation


def _answerable(actor: User, invitation: ProjectInvitation) -> ProjectInvitation:
    """The invitation, its project locked, if this person can answer it now."""
    project = _locked(invitation.project)
    fresh = ProjectInvitation.objects.select_related("project").get(pk=invitation.pk)
    require(can_answer_invitation, actor, fresh)
    if fresh.ended_at is not None or fresh.expires_at <= clock.now() or project.status == Project.Status.CLOSED:
        raise TransitionRefused("This invitation is no longer valid. Ask the lead to send a new one.")
    return fresh


@transaction.atomic
def accept_invitation(*, actor: User, invitation: ProjectInvitation) -> ProjectMember:
    """Join the project. Data open to the person as soon as their own access to data stands, and not before."""
    fresh = _answerable(actor, invitation)
    _end(fresh)
    return join(fresh.project, actor, ProjectMember.Role.MEMBER, actor)


@transaction.atomic
def decline_invitation(*, actor: User, invitation: ProjectInvitation) -> None:
    """Say no."""
    fresh = _answerable(actor, invitation)
    _end(fresh)
    tell(Event.INVITATION_ENDED, fresh.project, actor)


@transaction.atomic
def take_back_invitation(*, actor: User, invitation: ProjectInvitation) -> None:
    """End an invitation that nobody has answered."""
    require(can_change_members, actor, invitation.project)
    _locked(invitation.project)
    fresh = ProjectInvitation.objects.get(pk=invitation.pk)
    if fresh.ended_at is None:
        _end(fresh)
        tell(Event.INVITATION_ENDED, fresh.project, actor)


def _end(invitation: ProjectInvitation) -> None:
    invitation.ended_at = clock.now()
    invitation.save(update_fields=["ended_at"])
