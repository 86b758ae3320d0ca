"""Who asked to review panels, and what became of it. The role itself is a row of accounts, given on approval."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from panelapp.models.panels import sees_every_panel
from panelapp.vocabularies import ReviewerGroup, ReviewerRole, Workplace


class ApplicationStatus(models.TextChoices):
    """Where an application stands; the moves are in panelapp/workflows.py."""

    WAITING = "waiting", "Waiting"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class ReviewerApplicationQuerySet(models.QuerySet["ReviewerApplication"]):
    def visible_to(self, actor: Any) -> ReviewerApplicationQuerySet:
        """A curator sees all of them, everybody else their own."""
        return self if sees_every_panel(actor) else self.filter(person=actor.pk)

    def waiting(self) -> ReviewerApplicationQuerySet:
        """Those that nobody has decided yet."""
        return self.filter(status=ApplicationStatus.WAITING)


class ReviewerApplication(models.Model):
    """A person's wish to review panels, with what they do and where; a curator other than them decides."""

    Status = ApplicationStatus

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviewer_applications")
    status = models.CharField(max_length=10, choices=ApplicationStatus.choices, default=ApplicationStatus.WAITING)
    role = models.CharField(max_length=40, choices=ReviewerRole.choices)
    affiliation = models.CharField(max_length=200)
    workplace = models.CharField(max_length=40, choices=Workplace.choices)
    group = models.CharField(max_length=40, choices=ReviewerGroup.choices)
    statement = models.TextField()
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)

    objects: ClassVar[Any] = ReviewerApplicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(status=ApplicationStatus.WAITING),
                name="one_waiting_application_a_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("person")), name="nobody_approves_themselves_as_reviewer"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[ApplicationStatus.APPROVED, ApplicationStatus.REFUSED])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="decided_application_names_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        """Where the applicant and the curators read it."""
        return reverse("panels:reviewer-detail", args=[self.pk])

    @property
    def reference(self) -> str:
        """How the audit and mails call it."""
        return f"REV-{self.pk:05}"
