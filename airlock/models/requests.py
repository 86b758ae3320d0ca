"""Requests to let files out: what is asked for, in which turn it is, and whose turn it is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from access_review.models import Project
from accounts.models import User, holds_any
from accounts.roles import Role
from airlock.models.people import is_checker, is_manager, sits_on_committee, too_near


class ExportRequestQuerySet(models.QuerySet["ExportRequest"]):
    def of_team(self, actor: Any) -> ExportRequestQuerySet:
        """The person's own requests, and those of projects they work in."""
        if not isinstance(actor, User) or not actor.is_active:
            return self.none()
        return self.filter(Q(author=actor) | Q(project__in=Project.objects.of_member(actor).values("pk")))

    def checkable_by(self, actor: Any) -> ExportRequestQuerySet:
        """What was sent, for who judges or oversees: checkers, managers, the committee, auditors.

        Those that a person is too near to are absent for them; drafts are absent for all but auditors.
        """
        if not isinstance(actor, User) or not actor.is_active:
            return self.none()
        if holds_any(actor, Role.AUDITOR):
            return self.all()
        near = self.model.objects.filter(too_near(actor) | Q(files__added_by=actor)).values("pk")
        sent = self.exclude(submitted_at=None).exclude(pk__in=near)
        if is_checker(actor) or is_manager(actor):
            return sent
        if sits_on_committee(actor):
            return sent.filter(Exists(Referral.objects.filter(request=OuterRef("pk"))))
        return self.none()

    def visible_to(self, actor: Any) -> ExportRequestQuerySet:
        """The team's own, and what one judges or oversees. Everything else does not exist for this person."""
        mine, theirs = self.model.objects.of_team(actor), self.model.objects.checkable_by(actor)
        return self.filter(Q(pk__in=mine.values("pk")) | Q(pk__in=theirs.values("pk")))


class ExportRequest(models.Model):
    """A request to let some files leave. `turn` counts the submissions; votes and checks belong to one turn."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        CHECKING = "checking", "Being checked by machine"
        IN_REVIEW = "in_review", "With the checkers"
        CONSOLIDATING = "consolidating", "Checkers are deciding"
        COMMITTEE = "committee", "With the committee"
        RETURNED = "returned", "Returned to you"
        APPROVED = "approved", "Approved"
        RELEASING = "releasing", "Being released"
        RELEASED = "released", "Released"
        REVOKED = "revoked", "Release revoked"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "withdrawn", "Withdrawn"
        QUARANTINED = "quarantined", "In quarantine"
        EXPIRED = "expired", "Expired"

    OPEN = (
        *(Status.DRAFT, Status.CHECKING, Status.IN_REVIEW, Status.CONSOLIDATING, Status.COMMITTEE),
        *(Status.RETURNED, Status.APPROVED, Status.RELEASING, Status.QUARANTINED),
    )
    WRITABLE = (Status.DRAFT, Status.RETURNED)
    WITH_US = (
        *(Status.CHECKING, Status.IN_REVIEW, Status.CONSOLIDATING, Status.COMMITTEE),
        *(Status.APPROVED, Status.RELEASING, Status.QUARANTINED),
    )

    reference = models.CharField(max_length=20, unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="export_requests")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="export_requests")
    title = models.CharField(max_length=120)
    status = models.CharField(max_length=13, choices=Status.choices, default=Status.DRAFT)
    turn = models.PositiveSmallIntegerField(default=0)
    required_reviews = models.PositiveSmallIntegerField(default=2)
    manifest_sha256 = models.CharField(max_length=64, blank=True, help_text="What was submitted in this turn")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="Last change by the author's side")
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    held_reason = models.CharField(max_length=300, blank=True)
    urgent_reason = models.CharField(max_length=300, blank=True)
    check_failures = models.PositiveSmallIntegerField(default=0, help_text="Tries of the checks in this turn")
    check_note = models.CharField(max_length=300, blank=True, help_text="Why the checks wait, as the author reads it")

    objects = ExportRequestQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = [
            models.Index(fields=["status", "submitted_at"], name="export_queue"),
            models.Index(fields=["project", "-created_at"], name="export_project_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "author"],
                condition=Q(
                    status__in=[
                        *("draft", "checking", "in_review", "consolidating", "committee"),
                        *("returned", "approved", "releasing", "quarantined"),
                    ]
                ),
                name="one_open_export_per_author_and_project",
            ),
            models.CheckConstraint(condition=Q(required_reviews__gte=2), name="export_needs_two_reviews"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "withdrawn", "expired"])
                | Q(submitted_at__isnull=False, turn__gte=1) & ~Q(manifest_sha256=""),
                name="export_sent_has_a_manifest",
            ),
            models.CheckConstraint(
                condition=Q(held_at=None, held_reason="") | Q(held_at__isnull=False) & ~Q(held_reason=""),
                name="export_held_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("airlock:export-detail", args=[self.reference])

    @property
    def status_words(self) -> str:
        """The state as everybody but its team reads it."""
        return "Returned to its author" if self.status == self.Status.RETURNED else self.get_status_display()

    @property
    def is_writable(self) -> bool:
        """Whether files and texts may be changed now."""
        return self.status in self.WRITABLE

    @property
    def is_held(self) -> bool:
        return self.held_at is not None


class Referral(models.Model):
    """That checkers asked the committee about a request, and how that ended."""

    request = models.ForeignKey(ExportRequest, on_delete=models.PROTECT, related_name="referrals")
    turn = models.PositiveSmallIntegerField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    is_agreed = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request"], condition=Q(closed_at=None), name="one_open_referral"),
            models.CheckConstraint(
                condition=Q(closed_at=None, is_agreed=None) | Q(closed_at__isnull=False), name="closed_referral_has_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} turn {self.turn}"


class CommitteeVoice(models.Model):
    """What one member of the committee says to a referral, with reasons. It stays as it was said."""

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="voices")
    member = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agrees = models.BooleanField()
    reason = models.TextField()
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["referral", "member"], name="one_voice_per_member"),
            models.CheckConstraint(condition=~Q(reason=""), name="committee_voice_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.referral_id}: {self.agrees}"


class Stretch(models.Model):
    """A stretch of time in which a request stood in one state: what the two clocks are counted from."""

    request = models.ForeignKey(ExportRequest, on_delete=models.CASCADE, related_name="stretches")
    status = models.CharField(max_length=13)
    turn = models.PositiveSmallIntegerField()
    is_held = models.BooleanField(default=False)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("began_at", "pk")
        constraints = [
            models.UniqueConstraint(fields=["request"], condition=Q(ended_at=None), name="one_open_stretch"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.status}"
