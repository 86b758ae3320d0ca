"""Projects, their members, and the datasets they were granted. Who may work in a project follows from dated rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, ExpressionWrapper, F, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.utils import timezone

from accounts.gates import data_access
from accounts.models import Domain, Sanction, User
from accounts.roles import Role
from ngrl.models import Dataset
from portal.kernel import clock


def in_force(at: datetime) -> Q:
    """Rows that hold at this instant: the start is inside, the end is outside."""
    return Q(starts_at__lte=at) & (Q(until=None) | Q(until__gt=at))


REPORT_GRACE_DAYS = 30


def _last_day_for_report() -> Any:
    """The day until which a project goes on without its next report: a month after the anniversary that asks for it."""
    reports = ProjectReport.objects.filter(project=OuterRef("pk")).order_by().values("project")
    sent = Coalesce(Subquery(reports.annotate(number=Count("pk")).values("number")), 0)
    years, none, days = Cast(sent + 1, models.IntegerField()), Value(0), Value(REPORT_GRACE_DAYS)
    term = Func(years, none, none, days, function="make_interval", output_field=models.DurationField())
    first_day = TruncDate("starts_at", tzinfo=timezone.get_default_timezone())
    return ExpressionWrapper(first_day + term, output_field=models.DateField())


class ProjectQuerySet(models.QuerySet["Project"]):
    def of_member(self, actor: Any) -> ProjectQuerySet:
        """Those in which a researcher works today, whatever their state and whether data are open or not."""
        if not isinstance(actor, User) or not actor.has_role(Role.RESEARCHER):
            return self.none()
        return self.filter(pk__in=ProjectMember.objects.filter(in_force(clock.now()), person=actor).values("project"))

    def open_at(self, at: datetime) -> ProjectQuerySet:
        """Active projects within their term, of an institution that is not kept out, without a report long overdue."""
        kept_out = Sanction.objects.in_force(at).filter(institution__name=OuterRef("lead_institution"))
        rows = self.filter(~Exists(kept_out), status=Project.Status.ACTIVE, starts_at__lte=at, ends_at__gt=at)
        day = timezone.localdate(at, timezone.get_default_timezone())
        return rows.alias(last_day_for_report=_last_day_for_report()).filter(last_day_for_report__gte=day)

    def visible_to(self, actor: Any) -> ProjectQuerySet:
        """Open projects of which the actor is a member today, while the actor's own access to data stands.

        Those whose leads have been without access for too long are shut too, by the clock alone.
        """
        from access_review.models.stops import shut_for

        at = clock.now()
        if not isinstance(actor, User) or not data_access(actor, at).granted:
            return self.none()
        memberships = ProjectMember.objects.filter(in_force(at), person=actor).values("project")
        return self.open_at(at).filter(pk__in=memberships).exclude(pk__in=shut_for(actor, at))


class Project(models.Model):
    """A piece of research that the committee approved: a room with members, data and a term."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        SUSPENDED = "suspended", "Suspended"
        CLOSED = "closed", "Closed"

    class Stop(models.TextChoices):
        LEAD = "lead", "No lead has access to data"
        REPORT = "report", "The yearly report is missing"

    class Publishing(models.TextChoices):
        """How far the first publication is, as the lead says; the register's word once there is one is Published."""

        DRAFT = "draft", "Publication in draft"
        SUBMISSION = "submission", "Publication in submission"
        REVIEW = "review", "Publication under review"

    reference = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=200)
    lay_summary = models.TextField(blank=True)
    lead = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    domain = models.ForeignKey(Domain, null=True, blank=True, on_delete=models.PROTECT, related_name="projects")
    lead_institution = models.CharField(max_length=200, blank=True)
    purpose = models.CharField(max_length=120, blank=True, help_text="As the register prints it")
    application = models.OneToOneField(
        "access_review.Application", null=True, blank=True, on_delete=models.PROTECT, related_name="project"
    )
    standing_note = models.TextField(blank=True, help_text="Why it is suspended or how it ended")
    stopped_for = models.CharField(
        max_length=8, blank=True, choices=Stop.choices, help_text="What the clock suspended it for, if the clock did"
    )
    lead_seen_at = models.DateTimeField(
        null=True, blank=True, help_text="When the clock last saw a lead who has access to data"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    publishing = models.CharField(max_length=12, blank=True, choices=Publishing.choices)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-starts_at"], name="project_register")]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="project_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("research_env:project-detail", args=[self.reference])


class ProjectReport(models.Model):
    """The yearly report of a project: what came of it, and what is still needed."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="reports")
    due_on = models.DateField()
    outputs = models.TextField()
    still_needed = models.TextField()
    incidents = models.TextField()
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ("-due_on",)
        constraints = [models.UniqueConstraint(fields=["project", "due_on"], name="one_report_per_year")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.due_on}"


class ProjectMember(models.Model):
    """That a person belongs to a project from one instant to another."""

    class Role(models.TextChoices):
        LEAD = "lead", "Lead"
        MEMBER = "member", "Member"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="memberships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.MEMBER)
    starts_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "project"], name="membership_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("starts_at")), name="membership_ends_later"
            ),
            models.UniqueConstraint(fields=["project", "person"], condition=Q(until=None), name="one_open_membership"),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.project_id}"


class ProjectInvitation(models.Model):
    """A place in a project, offered to an address; who signs in with that very address answers it, once."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was answered or taken back")

    class Meta:
        ordering = ("invited_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "email"], condition=Q(ended_at=None), name="one_invitation_per_address"
            ),
        ]

    def __str__(self) -> str:
        return self.email


class DatasetGrant(models.Model):
    """That a project may read a dataset from one instant to another."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="dataset_grants")
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="grants")
    starts_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("starts_at")), name="grant_ends_later"),
            models.UniqueConstraint(fields=["project", "dataset"], condition=Q(until=None), name="one_open_grant"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} for {self.project_id}"
