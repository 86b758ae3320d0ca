"""What this app tells the storeys below: which projects a person works in, for the way to data."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest, Least

from access_review.models import Application, Project, ProjectMember
from accounts.gates import Kind, dated, source
from accounts.models import User


@source(Kind.PROJECT)
def projects(person: User) -> QuerySet[Any, Any]:
    """Memberships of active projects, within the term of the project.

    One that the clock shut counts on: otherwise nobody in it would have the access that its next lead must have.
    """
    by_the_clock = Q(project__status=Project.Status.SUSPENDED) & ~Q(project__stopped_for="")
    rows = ProjectMember.objects.filter(Q(project__status=Project.Status.ACTIVE) | by_the_clock, person=person)
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
    over = [Application.Status.WITHDRAWN, Application.Status.LAPSED]
    return dated(sent.exclude(status__in=over), about="reference", starts="submitted_at", until="decided_at")
