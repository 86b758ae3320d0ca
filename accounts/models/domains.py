"""Research communities, domains and the Discovery Forum: what they are for, and the applications to join them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q

from accounts.models.institutions import Institution, holds_any, scopes_of
from accounts.models.people import User
from accounts.roles import Role
from portal.kernel import clock


class Domain(models.Model):
    """A group that researchers join: a community, a disease-facing domain, or the forum for companies."""

    class Kind(models.TextChoices):
        COMMUNITY = "community", "Research community"
        GECIP = "gecip", "Clinical interpretation domain"
        FORUM = "forum", "Discovery Forum"

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")
    aims = models.TextField()
    is_open = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("kind", "name")
        constraints = [models.CheckConstraint(condition=~Q(parent=F("id")), name="no_domain_is_its_own_part")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("domain-detail", args=[self.slug])

    @property
    def reference(self) -> str:
        return self.slug


class ApplicationQuerySet(models.QuerySet["DomainApplication"]):
    def memberships(self, at: datetime) -> ApplicationQuerySet:
        """Accepted ones in force at this instant: they are the memberships."""
        held = self.filter(accepted_at__lte=at, status__in=["accepted", "ended"])
        return held.filter(Q(ended_at=None) | Q(ended_at__gt=at))

    def visible_to(self, actor: Any) -> ApplicationQuerySet:
        """One's own; sent ones of a domain that one leads; all that were sent, for the desk, chair and auditors."""
        if not actor.is_authenticated:
            return self.none()
        sent = ~Q(status="draft") & ~Q(submitted_at=None)
        if holds_any(actor, Role.SERVICE_DESK, Role.AUDITOR, Role.ARC_CHAIR, Role.ADMINISTRATOR):
            return self.filter(Q(person_id=actor.pk) | sent)
        led = scopes_of(actor, Role.DOMAIN_LEAD, Role.DOMAIN_DEPUTY)
        at_home = scopes_of(actor, Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY)
        theirs = sent & (Q(domain__slug__in=led) | Q(institution__reference__in=at_home))
        return self.filter(Q(person_id=actor.pk) | theirs)


class DomainApplication(models.Model):
    """One person's application to join one domain. While it is accepted and not ended, it is the membership."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Submitted"
        RETURNED = "returned", "Returned"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"
        LAPSED = "lapsed", "Lapsed"
        ENDED = "ended", "Ended"

    class Career(models.TextChoices):
        RESEARCHER = "researcher", "Researcher"
        CLINICIAN = "clinician", "Clinician"
        STUDENT = "student", "Student"
        POSTDOC = "postdoc", "Post-doctoral researcher"

    class Decline(models.TextChoices):
        FIT = "fit", "The research does not fit this community"
        EXPERIENCE = "experience", "The application does not show the experience that the work needs"
        SUPERVISION = "supervision", "The supervision is not clear"
        OTHER = "other", "Another reason"

    SUPERVISED = (Career.STUDENT, Career.POSTDOC)
    LIVE = (Status.DRAFT, Status.SUBMITTED, Status.RETURNED, Status.ACCEPTED)

    reference = models.CharField(max_length=20, unique=True)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="domain_applications")
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="applications")
    institution = models.ForeignKey(
        Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="applications"
    )
    career = models.CharField(max_length=20, choices=Career.choices, blank=True)
    supervisor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    plan = models.TextField(blank=True, help_text="What the person wants to do")
    experience = models.TextField(blank=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.DRAFT)
    created_at = models.DateTimeField(default=clock.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, help_text="Empty while the clock stands still")
    lapses_at = models.DateTimeField(null=True, blank=True, help_text="A draft or a returned one is kept until then")
    note = models.TextField(blank=True, help_text="What was asked, or why it was declined")
    decline = models.CharField(max_length=20, choices=Decline.choices, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = [models.Index(fields=["domain", "status"], name="application_by_domain")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "domain"],
                condition=Q(status__in=["draft", "submitted", "returned", "accepted"]),
                name="one_live_application_per_person_and_domain",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("person")), name="nobody_decides_their_own_application"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(supervisor=None) | ~Q(decided_by=F("supervisor")),
                name="no_supervisor_decides_an_application",
            ),
            models.CheckConstraint(
                condition=Q(supervisor=None) | ~Q(supervisor=F("person")), name="nobody_supervises_themselves"
            ),
            models.CheckConstraint(
                condition=~Q(status="accepted") | Q(accepted_at__isnull=False, decided_by__isnull=False),
                name="an_accepted_application_was_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="submitted") | Q(due_at__isnull=False, institution__isnull=False),
                name="a_submitted_application_is_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.person} to {self.domain}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("application-detail", args=[self.reference])


class ApplicationVersion(models.Model):
    """What was sent, each time that it was sent. Never changed: a trigger refuses it."""

    application = models.ForeignKey(DomainApplication, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    answers = models.JSONField()
    submitted_at = models.DateTimeField()

    class Meta:
        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=["application", "number"], name="one_version_per_number")]

    def __str__(self) -> str:
        return f"{self.application.reference} v{self.number}"


class ApplicationPause(models.Model):
    """While an application is returned, the clock of the lead stands still."""

    application = models.ForeignKey(DomainApplication, on_delete=models.PROTECT, related_name="pauses")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("began_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(ended_at=None), name="one_open_pause_per_application"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application.reference} from {self.began_at}"


class Reminder(models.Model):
    """That one thing was said once about one thing, so that a job that runs twice, or late, says it no second time."""

    subject_type = models.CharField(max_length=60)
    subject_ref = models.CharField(max_length=100)
    kind = models.CharField(max_length=40)
    threshold = models.CharField(max_length=20)
    sent_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_ref", "kind", "threshold"], name="each_reminder_is_sent_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_ref} {self.kind} {self.threshold}"
