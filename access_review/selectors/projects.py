"""Reads of projects: who is in them, and what they may read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, QuerySet

from access_review.models import DatasetGrant, Project, ProjectMember, in_force
from accounts.gates import data_access
from accounts.models import User
from ngrl.models import Dataset
from portal.kernel import clock
from portal.kernel.requests import once_per_reading


@dataclass(frozen=True)
class Standing:
    """What a person is in a project at an instant: the roles of their current memberships, and whether it is open."""

    roles: frozenset[str]
    is_open: bool


def is_member(person: Any, project: Project, at: datetime | None = None) -> bool:
    """Whether the person works in this open project now, own access to data included."""
    if not isinstance(person, User):
        return False
    standing = _standing(person, project, at)
    return bool(standing.roles) and standing.is_open and data_access(person, at or clock.now()).granted


def is_lead(person: Any, project: Project) -> bool:
    """Whether the person is a lead of this project now."""
    return isinstance(person, User) and ProjectMember.Role.LEAD in _standing(person, project, None).roles


def _standing(person: User, project: Project, at: datetime | None) -> Standing:
    if at is None:
        key = ("standing", person.pk, project.pk)
        return once_per_reading(key, lambda: _standing(person, project, clock.now()))
    this_one = Project.objects.open_at(at).filter(pk=project.pk)
    memberships = ProjectMember.objects.filter(in_force(at), project=project, person=person)
    rows = list(memberships.annotate(is_open=Exists(this_one)).values_list("role", "is_open"))
    return Standing(frozenset(role for role, _ in rows), any(is_open for _, is_open in rows))


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
