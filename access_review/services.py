"""Writes of projects. The committee's part comes with the applications; here a project is opened and peopled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from access_review.events import Event
from access_review.models import DatasetGrant, Project, ProjectMember, in_force
from access_review.policies import can_change_members, can_open_project
from accounts.models import User
from ngrl.models import Dataset
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require
from portal.kernel.references import next_reference
from portal.kernel.refusals import InvalidInput


@transaction.atomic
def open_project(
    *, actor: Actor, title: str, lay_summary: str, lead: User, datasets: Sequence[Dataset], ends_at: datetime
) -> Project:
    """Open an approved project with its lead and its datasets from now on."""
    require(can_open_project, actor, None)
    at = clock.now()
    project = Project.objects.create(
        reference=next_reference("PRJ"), title=title, lay_summary=lay_summary, lead=lead, starts_at=at, ends_at=ends_at
    )
    ProjectMember.objects.create(project=project, person=lead, role=ProjectMember.Role.LEAD, starts_at=at)
    DatasetGrant.objects.bulk_create(DatasetGrant(project=project, dataset=each, starts_at=at) for each in datasets)
    detail = {"datasets": [each.slug for each in datasets]}
    audit.record(Event.PROJECT_OPENED, project, actor, detail=detail)
    events.publish(Event.PROJECT_OPENED, project, actor, detail)
    return project


@transaction.atomic
def add_member(
    *, actor: Actor, project: Project, person: User, role: ProjectMember.Role = ProjectMember.Role.MEMBER
) -> ProjectMember:
    """Let a person work in the project from now on. Adding a member again changes nothing."""
    require(can_change_members, actor, project)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    at = clock.now()
    current = ProjectMember.objects.filter(in_force(at), project=project, person=person).first()
    if current:
        return current
    membership = ProjectMember.objects.create(project=project, person=person, role=role, starts_at=at)
    detail = {"person": str(person.pk), "role": role}
    audit.record(Event.MEMBER_ADDED, project, actor, detail=detail)
    events.publish(Event.MEMBER_ADDED, project, actor, detail)
    return membership


@transaction.atomic
def remove_member(*, actor: Actor, membership: ProjectMember, reason: str) -> None:
    """End a membership at this instant, also one that would have ended later. A project keeps at least one lead."""
    require(can_change_members, actor, membership.project)
    Project.objects.select_for_update(no_key=True).get(pk=membership.project_id)
    fresh = ProjectMember.objects.get(pk=membership.pk)
    at = clock.now()
    if fresh.until is not None and fresh.until <= at:
        return
    others = ProjectMember.objects.filter(in_force(at), project_id=fresh.project_id, role=ProjectMember.Role.LEAD)
    if fresh.role == ProjectMember.Role.LEAD and not others.exclude(pk=fresh.pk).exists():
        raise InvalidInput("A project needs a lead. Name another lead first.")
    fresh.until = at
    fresh.save(update_fields=["until"])
    detail = {"person": str(fresh.person_id)}
    audit.record(Event.MEMBER_REMOVED, fresh.project, actor, reason=reason, detail=detail)
    events.publish(Event.MEMBER_REMOVED, fresh.project, actor, detail)
