"""Files of requests, by the hash of their content, in groups that tell what they are."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.models import User
from airlock.models.requests import ExportRequest


class Blob(models.Model):
    """Bytes, named by their SHA-256, kept once in storage. A row is never changed or deleted (trigger)."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size_bytes = models.PositiveBigIntegerField()
    storage_name = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256[:12]


class FileGroup(models.Model):
    """Files that belong together, with what a checker must know of them. `revision` counts the changes of the texts."""

    request = models.ForeignKey(ExportRequest, on_delete=models.PROTECT, related_name="groups")
    name = models.CharField(max_length=80)
    context = models.TextField(blank=True, help_text="What the files show, of whom, made how")
    controls = models.TextField(blank=True, help_text="What was done against disclosure")
    people = models.PositiveIntegerField(default=0, help_text="How many people the figures are about; 0: not said")
    rounding_base = models.PositiveIntegerField(default=0, help_text="Counts are multiples of this; 0: not rounded")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint("request", Lower("name"), name="one_group_per_name")]

    def __str__(self) -> str:
        return self.name


class RequestFileQuerySet(models.QuerySet["RequestFile"]):
    def current(self) -> RequestFileQuerySet:
        """Those that are in the request now."""
        return self.filter(removed_at=None)

    def leaving(self) -> RequestFileQuerySet:
        """Those that are in the request and are to be released: outputs and code."""
        return self.current().exclude(kind=RequestFile.Kind.SUPPORTING)


class RequestFile(models.Model):
    """One file of a request. Only its removal is ever written to the row: to replace or move it makes a new row."""

    class Kind(models.TextChoices):
        OUTPUT = "output", "To be released"
        SUPPORTING = "supporting", "To explain the others; stays inside"
        CODE = "code", "Code to be released"

    request = models.ForeignKey(ExportRequest, on_delete=models.PROTECT, related_name="files")
    group = models.ForeignKey(FileGroup, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=150)
    name_folded = models.CharField(max_length=300, help_text="What two names have in common that readers confuse")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="files")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.OUTPUT)
    source = models.CharField(max_length=60, blank=True, help_text="Where it was taken from, such as QRY-2026-0001")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_turn = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = RequestFileQuerySet.as_manager()

    class Meta:
        ordering = ("group_id", "name_folded", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["request", "name_folded"], condition=Q(removed_at=None), name="one_file_per_name"
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_turn=None)
                | Q(removed_at__isnull=False, removed_turn__isnull=False),
                name="removed_file_has_its_turn",
            ),
        ]

    def __str__(self) -> str:
        return f"File {self.pk} of {self.request_id}"

    @property
    def leaves(self) -> bool:
        """Whether it is to be released."""
        return self.kind != self.Kind.SUPPORTING
