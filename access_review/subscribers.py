"""What this app tells the storeys below: which projects a person works in, for the way to data, and what the data of
a dataset may be used for, for the public pages of releases."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest, Least

from access_review.duo import MODIFIERS, PERMISSIONS
from access_review.models import Application, DataUse, Project, ProjectMember
from access_review.models.stops import LEAD_GRACE_DAYS
from accounts.gates import Kind, dated, source
from accounts.models import User
from ngrl.services import Term, Terms, tells_terms


@source(Kind.PROJECT)
def projects(person: User, at: datetime) -> QuerySet[Any, Any]:
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


@source(Kind.UNSEEN)
def unseen_projects(person: User, at: datetime) -> QuerySet[Any, Any]:
    """Memberships, but not as a lead, of projects whose leads the clock has not looked at within the days of grace."""
    since = Value(at, DateTimeField()) - Value(timedelta(days=LEAD_GRACE_DAYS), DurationField())
    long_ago = ExpressionWrapper(since, DateTimeField())
    seen_long_ago = Q(project__lead_seen_at=None) | Q(project__lead_seen_at__lte=long_ago)
    rows = ProjectMember.objects.filter(seen_long_ago, person=person, role=ProjectMember.Role.MEMBER)
    return dated(rows.filter(project__status=Project.Status.ACTIVE), about="project_id")


@source(Kind.IN_REVIEW)
def applications_in_review(person: User, at: datetime) -> QuerySet[Any, Any]:
    """Applications for a project that others have in hand: they stop the clock of the three months."""
    sent = Application.objects.of_team(person).filter(amends=None).exclude(submitted_at=None)
    over = [Application.Status.WITHDRAWN, Application.Status.LAPSED]
    return dated(sent.exclude(status__in=over), about="reference", starts="submitted_at", until="decided_at")


@tells_terms
def terms_in_force(datasets: Collection[str]) -> Mapping[str, Terms]:
    """The terms that two people approved, by the name of the dataset; nobody is named."""
    found = DataUse.objects.in_force().filter(dataset__name__in=datasets).select_related("dataset")
    return {
        held.dataset.name: Terms(
            Term(held.permission, PERMISSIONS.get(held.permission, held.permission)),
            tuple(Term(digits, MODIFIERS.get(digits, digits)) for digits in held.modifiers),
            tuple(held.diseases),
        )
        for held in found
    }
