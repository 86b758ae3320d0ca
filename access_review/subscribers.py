"""What this app tells the storeys below: which projects a person works in, for the way to data."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Greatest, Least

from access_review.models import Application, Project, ProjectMember
from accounts.gates import Kind, dated, source
from accounts.models import User


@source(Kind.PROJECT)
def projects(person: User) -> QuerySet[Any, Any]:
    """Memberships of active projects, within the term of the project."""
    rows = ProjectMember.objects.filter(person=person, project__status=Project.Status.ACTIVE)
    return dated(
        rows,
        about="project__reference",
        starts=Greatest(F("starts_at"), F("project__starts_at")),
        until=Least(Coalesce(F("until"), F("project__ends_at")), F("project__ends_at")),
    )


@source(Kind.IN_REVIEW)
def applications_in_review(person: User) -> QuerySet[Any, Any]:
    """Applications for a project that others have in hand: they stop the clock of the three months."""
    sent = Application.objects.of_team(person).filter(amends=None).exclude(submitted_at=None)
    taken_back = Application.Status.WITHDRAWN
    return dated(sent.exclude(status=taken_back), about="reference", starts="submitted_at", until="decided_at")
