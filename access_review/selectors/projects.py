"""Reads of projects: who is in them, and what they may read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery

from access_review.models import DatasetGrant, Project, ProjectMember, Publication, in_force
from access_review.models.stops import LeadLoss, day_of, shut_for
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
    if not data_access(person, at or clock.now()).granted:
        return False
    standing = _standing(person, project, at)
    return bool(standing.roles) and standing.is_open


def may_enter(
    person: User, project: Project, members: Sequence[ProjectMember], loss: LeadLoss | None, last_report: date
) -> bool:
    """What `is_member` says, from what a page has read already: members in force, lost leads, the report's last day."""
    at = clock.now()
    within = project.status == Project.Status.ACTIVE and project.starts_at <= at < project.ends_at
    is_shut = day_of(at) > last_report or (loss is not None and loss.shuts_at <= at)
    mine = any(each.person_id == person.pk for each in members)
    return within and mine and not is_shut and data_access(person, at).granted


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
    is_open = any(is_open for _, is_open in rows)
    if is_open and not any(role == ProjectMember.Role.LEAD for role, _ in rows):  # a lead asks for their own access
        is_open = project.pk not in shut_for(person, at)
    return Standing(frozenset(role for role, _ in rows), is_open)


def projects_of(person: Any) -> QuerySet[Project]:
    """A person's projects, each with `member_count` and whether it `is_over`: closed, or beyond its term."""
    at = clock.now()
    counted = (
        ProjectMember.objects.filter(in_force(at), project=OuterRef("pk"))
        .order_by()
        .values("project")
        .annotate(count=Count("pk"))
        .values("count")
    )
    is_over = Q(status=Project.Status.CLOSED) | Q(ends_at__lte=at)
    return Project.objects.of_member(person).annotate(
        member_count=Subquery(counted), is_over=ExpressionWrapper(is_over, output_field=BooleanField())
    )


def registered() -> QuerySet[Project]:
    """Every project that was opened is public; each with its community and whether it `has_publications`."""
    papers = Publication.objects.filter(projects=OuterRef("pk"))
    return Project.objects.select_related("domain").annotate(has_publications=Exists(papers))


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
