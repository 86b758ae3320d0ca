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


def is_member(person: Any, project: Project, at: datetime | None = None) -> bool:
    """Whether the person works in this open project now, own access to data included."""
    at = at or clock.now()
    return (
        isinstance(person, User)
        and Project.objects.open_at(at).filter(pk=project.pk).exists()
        and ProjectMember.objects.filter(in_force(at), project=project, person=person).exists()
        and data_access(person, at).granted
    )


def is_lead(person: Any, project: Project) -> bool:
    """Whether the person is a lead of this project now."""
    return (
        isinstance(person, User)
        and ProjectMember.objects.filter(
            in_force(clock.now()), project=project, person=person, role=ProjectMember.Role.LEAD
        ).exists()
    )


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
