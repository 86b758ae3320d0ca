"""Where membership, institution, training and rules of conduct are read. All by date: no job ends anything."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Least

from accounts.gates.facts import Kind, dated, source
from accounts.models import (
    Affiliation,
    Agreement,
    ConductSignature,
    ConductVersion,
    Course,
    CourseVersion,
    DomainApplication,
    Institution,
    TrainingRecord,
    User,
    agreement_counts_until,
)


@source(Kind.COMMUNITY)
def memberships(person: User, at: datetime) -> QuerySet[Any, Any]:
    """Accepted applications, until the membership ended."""
    held = DomainApplication.objects.filter(person=person, status__in=["accepted", "ended"], accepted_at__isnull=False)
    return dated(held, starts="accepted_at", until="ended_at", about="domain__slug")


@source(Kind.COMMUNITY_WAITING)
def applications(person: User, at: datetime) -> QuerySet[Any, Any]:
    """Applications that a lead has to decide, until they are due."""
    sent = DomainApplication.objects.filter(person=person, status=DomainApplication.Status.SUBMITTED)
    return dated(sent, starts="submitted_at", until="due_at", about="domain__slug")


@source(Kind.AFFILIATION)
def affiliations(person: User, at: datetime) -> QuerySet[Any, Any]:
    """Confirmed affiliations, until the year is over, the recheck is missed or the person left."""
    held = Affiliation.objects.filter(person=person, status__in=["confirmed", "ended"], confirmed_at__isnull=False)
    until = Least(F("valid_until"), F("lapses_at"), F("ended_at"))  # PostgreSQL leaves nulls aside
    return dated(held, starts="confirmed_at", until=until, about="institution__reference")


@source(Kind.AFFILIATION_WAITING)
def claims(person: User, at: datetime) -> QuerySet[Any, Any]:
    """Affiliations on which the institution has to decide."""
    waiting = Affiliation.objects.filter(person=person, status=Affiliation.Status.WAITING)
    return dated(waiting, starts="waiting_since", until=None, about="institution__reference")


@source(Kind.AGREEMENT)
def agreements(person: User, at: datetime) -> QuerySet[Any, Any]:
    """Counter-signed agreements of the person's institutions, until they end."""
    held = Agreement.objects.filter(
        status__in=[Agreement.Status.ACTIVE, Agreement.Status.SUPERSEDED],
        institution__in=Affiliation.objects.filter(person=person).values("institution"),
    )
    return dated(held, starts="starts_at", until=agreement_counts_until(), about="institution__reference")


@source(Kind.INSTITUTION_BARRED)
def barred_institutions(person: User, at: datetime) -> QuerySet[Any, Any]:
    """Institutions of the person that are not active, whatever their agreement says."""
    theirs = Affiliation.objects.filter(person=person).values("institution")
    barred = Institution.objects.filter(pk__in=theirs).exclude(status=Institution.Status.ACTIVE)
    return dated(barred, starts="created_at", until=None, about="reference")


@source(Kind.COURSE)
def required_courses(person: User, at: datetime) -> QuerySet[Any, Any]:
    """What everybody must have passed, since it was first published."""
    required = Course.objects.filter(is_required=True).annotate(since=Min("versions__published_at"))
    return dated(required.filter(since__isnull=False), starts="since", until=None, about="slug")


@source(Kind.TRAINING)
def certificates(person: User, at: datetime) -> QuerySet[Any, Any]:
    """Certificates, until they expire, are invalidated, or a newer version of the course takes their place."""
    replaced = CourseVersion.objects.filter(
        course=OuterRef("version__course"), number__gt=OuterRef("version__number"), replaces_from__isnull=False
    ).order_by("replaces_from")
    held = TrainingRecord.objects.filter(person=person).filter(
        ~Q(source=TrainingRecord.Source.ENTERED) | Q(confirmed_at__isnull=False)
    )
    until = Least(F("valid_until"), F("invalidated_at"), Subquery(replaced.values("replaces_from")[:1]))
    return dated(held, starts="valid_from", until=until, about="version__course__slug")


@source(Kind.CONDUCT)
def signatures(person: User, at: datetime) -> QuerySet[Any, Any]:
    """Signed rules, until a newer version is in force."""
    newer = ConductVersion.objects.filter(number__gt=OuterRef("version__number")).order_by("in_force_from")
    held = ConductSignature.objects.filter(person=person)
    return dated(held, starts="signed_at", until=Subquery(newer.values("in_force_from")[:1]))
