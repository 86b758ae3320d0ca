"""What this app tells the storeys below: which projects a person works in, for the way to data."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Greatest, Least

from access_review.models import Project, ProjectMember
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
