"""Requests to bring files in: what is to come, from where, and what was said of it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from access_review.models import Project
from accounts.models import User, holds_any
from accounts.roles import Role
from airlock.models.people import is_checker, is_manager, too_near
from portal.kernel import clock


class ImportRequestQuerySet(models.QuerySet["ImportRequest"]):
    def of_team(self, actor: Any) -> ImportRequestQuerySet:
        """The person's own requests, and those of projects they work in."""
        if not isinstance(actor, User) or not actor.is_active:
            return self.none()
        return self.filter(Q(author=actor) | Q(project__in=Project.objects.of_member(actor).values("pk")))

    def checkable_by(self, actor: Any) -> ImportRequestQuerySet:
        """What was sent, for checkers and managers who are not too near to it, and for auditors."""
        if not isinstance(actor, User) or not actor.is_active:
            return self.none()
        if holds_any(actor, Role.AUDITOR):
            return self.all()
        if not (is_checker(actor) or is_manager(actor)):
            return self.none()
        near = self.model.objects.filter(too_near(actor)).values("pk")
        return self.exclude(submitted_at=None).exclude(pk__in=near)

    def visible_to(self, actor: Any) -> ImportRequestQuerySet:
        """The team's own, and what one judges or oversees."""
        mine, theirs = self.model.objects.of_team(actor), self.model.objects.checkable_by(actor)
        return self.filter(Q(pk__in=mine.values("pk")) | Q(pk__in=theirs.values("pk")))


class ImportRequest(models.Model):
    """A request to bring files into a project's workspace, with what its author declares of them."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        CHECKING = "checking", "Being checked by machine"
        IN_REVIEW = "in_review", "With the checkers"
        RETURNED = "returned", "Returned to you"
        APPROVED = "approved", "Approved"
        DELIVERED = "delivered", "Delivered"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "withdrawn", "Withdrawn"
        QUARANTINED = "quarantined", "In quarantine"
        REVOKED = "revoked", "Taken out again"

    WRITABLE = (Status.DRAFT, Status.RETURNED)
    WAITS = (Status.CHECKING, Status.IN_REVIEW, Status.APPROVED, Status.QUARANTINED)

    reference = models.CharField(max_length=20, unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="import_requests")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="import_requests")
    title = models.CharField(max_length=120)
    status = models.CharField(max_length=13, choices=Status.choices, default=Status.DRAFT)
    turn = models.PositiveSmallIntegerField(default=0)
    required_reviews = models.PositiveSmallIntegerField(default=1)
    origin = models.CharField(max_length=300)
    licence = models.CharField(max_length=120)
    purpose = models.TextField()
    holds_personal_data = models.BooleanField(default=False)
    is_third_party_dataset = models.BooleanField(default=False)
    holds_code = models.BooleanField(default=False, help_text="Code, a container image or model weights")
    owner_evidence = models.TextField(blank=True, help_text="What the owner of personal data agreed to")
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True, help_text="Why it waits or came back, as the author reads it")

    objects = ImportRequestQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.CheckConstraint(condition=Q(required_reviews__gte=1), name="import_needs_a_review"),
            models.CheckConstraint(
                condition=Q(required_reviews__gte=2)
                | Q(holds_personal_data=False, is_third_party_dataset=False, holds_code=False)
                | Q(status="draft"),
                name="import_of_much_weight_needs_two_reviews",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "withdrawn"]) | Q(submitted_at__isnull=False),
                name="import_sent_has_its_date",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "withdrawn"]) | Q(turn__gte=1) & ~Q(manifest_sha256=""),
                name="import_sent_has_a_manifest",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "withdrawn"]) | Q(holds_personal_data=False) | ~Q(owner_evidence=""),
                name="import_of_personal_data_has_its_evidence",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("airlock:import-detail", args=[self.reference])

    @property
    def status_words(self) -> str:
        """The state as everybody but its team reads it."""
        return "Returned to its author" if self.status == self.Status.RETURNED else self.get_status_display()

    @property
    def needed_reviews(self) -> int:
        """How many reviews what is declared asks for: two for personal data, a dataset of others, or code."""
        return 1 + (self.holds_personal_data or self.is_third_party_dataset or self.holds_code)

    @property
    def is_writable(self) -> bool:
        """Whether files and declarations may be changed now."""
        return self.status in self.WRITABLE


class UploadTicket(models.Model):
    """A token with which files are sent to one request from outside: it writes only, for a while, until submission."""

    request = models.ForeignKey(ImportRequest, on_delete=models.CASCADE, related_name="tickets")
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request"], condition=Q(closed_at=None), name="one_open_upload_ticket"),
        ]

    def __str__(self) -> str:
        return f"Ticket {self.pk}"


class ImportFileQuerySet(models.QuerySet["ImportFile"]):
    def current(self) -> ImportFileQuerySet:
        """Those that are in the request now."""
        return self.filter(removed_at=None)


class ImportFile(models.Model):
    """One file that is to come in, as it was received: `storage_name` leads to it in the outside area, apart from all
    else, until it is delivered. Only its removal and its delivery are ever written to the row.
    """

    request = models.ForeignKey(ImportRequest, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=150)
    name_folded = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    storage_name = models.CharField(max_length=200)
    declared_sha256 = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    delivered_name = models.CharField(max_length=300, blank=True, help_text="Where it lies in the workspace")
    taken_out_at = models.DateTimeField(null=True, blank=True, help_text="When it was removed from the workspace")

    objects = ImportFileQuerySet.as_manager()

    class Meta:
        ordering = ("name_folded", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["request", "name_folded"], condition=Q(removed_at=None), name="one_import_file_per_name"
            ),
            models.CheckConstraint(
                condition=Q(declared_sha256="") | Q(declared_sha256=F("sha256")),
                name="import_file_is_what_was_declared",
            ),
            models.CheckConstraint(
                condition=Q(taken_out_at=None) | ~Q(delivered_name=""), name="only_a_delivered_file_is_taken_out"
            ),
        ]

    def __str__(self) -> str:
        return f"File {self.pk} of {self.request_id}"


class ImportReview(models.Model):
    """One checker's word on an import: safe, allowed, and of use. One for each turn and person."""

    request = models.ForeignKey(ImportRequest, on_delete=models.PROTECT, related_name="reviews")
    turn = models.PositiveSmallIntegerField()
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_safe = models.BooleanField()
    licence_allows = models.BooleanField()
    fits_purpose = models.BooleanField()
    reason = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "turn", "reviewer"], name="one_import_review_per_turn"),
            models.CheckConstraint(
                condition=Q(is_safe=True, licence_allows=True, fits_purpose=True) | ~Q(reason=""),
                name="import_doubts_are_written",
            ),
        ]

    def __str__(self) -> str:
        return f"Import review {self.pk}"

    @property
    def approves(self) -> bool:
        """Whether nothing stands against it."""
        return self.is_safe and self.licence_allows and self.fits_purpose
