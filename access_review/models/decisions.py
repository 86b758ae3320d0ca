"""Decisions with their conditions and letters, and the meetings at which they were discussed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from access_review.models.applications import Application, ApplicationVersion
from accounts.models import User


class Meeting(models.Model):
    """A meeting of the committee: its day, its agenda, its minutes."""

    held_on = models.DateField(unique=True)
    minutes = models.TextField(blank=True)

    class Meta:
        ordering = ("-held_on",)

    def __str__(self) -> str:
        return f"Meeting of {self.held_on:%-d %B %Y}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("access_review:meeting-detail", args=[self.held_on.isoformat()])

    @property
    def reference(self) -> str:
        return self.held_on.isoformat()


class MeetingItem(models.Model):
    """That an application stood on the agenda, and what was said: a discussion that a decision may need."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="meeting_items")
    version = models.ForeignKey(ApplicationVersion, on_delete=models.PROTECT, related_name="meeting_items")
    minutes = models.TextField(blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["meeting", "version"], name="one_item_per_version_and_meeting")]

    def __str__(self) -> str:
        return f"{self.application_id} at {self.meeting_id}"


class Decision(models.Model):
    """What was decided on one version, by whom and why. One per version; never changed: a trigger refuses it."""

    class Outcome(models.TextChoices):
        APPROVE = "approve", "Approved"
        CONDITIONS = "conditions", "Approved with conditions"
        DEFER = "defer", "Deferred"
        DECLINE = "decline", "Declined"

    version = models.OneToOneField(ApplicationVersion, on_delete=models.PROTECT, related_name="decision")
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    reason = models.TextField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    votes_for = models.PositiveSmallIntegerField(default=0)
    votes_against = models.PositiveSmallIntegerField(default=0)
    letter_path = models.CharField(max_length=200, blank=True)
    letter_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="a_decision_has_its_reason")]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} ({self.version_id})"


class Condition(models.Model):
    """What must be done because of a decision: by whom, until when, and the evidence that the secretariat verified."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="conditions")
    text = models.TextField()
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    evidence = models.TextField(blank=True)
    evidence_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(verified_at=None) | Q(verified_by__isnull=False, evidence_at__isnull=False),
                name="a_verified_condition_has_evidence",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("access_review:application-decision", args=[self.decision.version.application.reference])
