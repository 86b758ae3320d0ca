"""Reads of projects: who is in them, and what they may read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from access_review.models import DatasetGrant, Project, ProjectMember, in_force
from accounts.gates import data_access
from accounts.models import User
from ngrl.models import Dataset
from portal.kernel import clock
from portal.kernel.requests import once_per_reading


def is_member(person: Any, project: Project, at: datetime | None = None) -> bool:
    """Whether the person works in this open project now, own access to data included."""
    if not isinstance(person, User):
        return False
    if at is None:
        return once_per_reading(("member", person.pk, project.pk), lambda: _works_in(person, project, clock.now()))
    return _works_in(person, project, at)


def _works_in(person: User, project: Project, at: datetime) -> bool:
    this_one = Project.objects.open_at(at).filter(pk=project.pk)
    memberships = ProjectMember.objects.filter(in_force(at), project__in=this_one, person=person)
    return memberships.exists() and data_access(person, at).granted


def is_lead(person: Any, project: Project) -> bool:
    """Whether the person is a lead of this project now."""
    if not isinstance(person, User):
        return False
    return once_per_reading(("lead", person.pk, project.pk), lambda: _leads(person, project))


def _leads(person: User, project: Project) -> bool:
    led = ProjectMember.objects.filter(in_force(clock.now()), project=project, role=ProjectMember.Role.LEAD)
    return led.filter(person=person).exists()


def members_of(project: Project) -> QuerySet[ProjectMember]:
    """Current memberships, leads first."""
    return (
        project.memberships.filter(in_force(clock.now()))
        .select_related("person")
        .order_by("role", "person__display_name")
    )


def granted_datasets(project: Project, at: datetime | None = None) -> QuerySet[Dataset]:
    """Datasets that the project may read now."""
    grants = DatasetGrant.objects.filter(in_force(at or clock.now()), project=project)
    return Dataset.objects.filter(pk__in=grants.values("dataset")).order_by("name")
