"""What left: the work of releasing, its files one by one, the receipt, and who took them away."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from accounts.models import User
from airlock.models.files import RequestFile
from airlock.models.imports import ImportFile
from airlock.models.requests import ExportRequest
from airlock.models.reviews import Decision


class Release(models.Model):
    """The work of releasing what one approval approved. A worker holds it by lease; killing one loses nothing."""

    request = models.ForeignKey(ExportRequest, on_delete=models.PROTECT, related_name="releases")
    approval = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="release")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    receipt = models.TextField(blank=True, help_text="Canonical JSON, as signed")
    signature = models.CharField(max_length=128, blank=True, help_text="Ed25519 over the receipt, in hex")
    key_id = models.CharField(max_length=16, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request"], condition=Q(stopped_at=None), name="one_standing_release"),
            models.CheckConstraint(
                condition=Q(finished_at=None) | ~Q(receipt="") & ~Q(signature=""), name="finished_release_has_a_receipt"
            ),
        ]

    def __str__(self) -> str:
        return f"Release of {self.request_id}"


class ReleaseFile(models.Model):
    """One file that was copied out: where it lies, and that its bytes were those that were voted on."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(RequestFile, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    storage_name = models.CharField(max_length=200)
    verified_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True, help_text="When a revocation took the copy away")

    class Meta:
        ordering = ("file__name_folded", "pk")
        constraints = [models.UniqueConstraint(fields=["release", "file"], name="each_file_leaves_once")]

    def __str__(self) -> str:
        return f"{self.release_id}: file {self.file_id}"


class DownloadGrantQuerySet(models.QuerySet["DownloadGrant"]):
    def current(self, at: datetime) -> DownloadGrantQuerySet:
        """Those that hold at this instant."""
        return self.filter(revoked_at=None, expires_at__gt=at)


class DownloadGrant(models.Model):
    """That a person may take the files of a release until some day."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="grants")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoke_reason = models.CharField(max_length=200, blank=True)

    objects = DownloadGrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "person"], condition=Q(revoked_at=None), name="one_grant_per_person"
            ),
        ]

    def __str__(self) -> str:
        return f"Grant {self.pk}"


class FileAccess(models.Model):
    """That somebody looked at a file, or took a released or a delivered one. Rows are added and never changed.

    Exactly one of `file` and `import_file` is set.
    """

    class How(models.TextChoices):
        VIEWED = "viewed", "Looked at"
        DOWNLOADED = "downloaded", "Downloaded"

    file = models.ForeignKey(RequestFile, null=True, blank=True, on_delete=models.PROTECT, related_name="accesses")
    import_file = models.ForeignKey(
        ImportFile, null=True, blank=True, on_delete=models.PROTECT, related_name="accesses"
    )
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=10, choices=How.choices)
    at = models.DateTimeField()
    grant = models.ForeignKey(DownloadGrant, null=True, blank=True, on_delete=models.PROTECT, related_name="downloads")

    class Meta:
        indexes = [models.Index(fields=["file", "-at"], name="file_access_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(file=None, import_file__isnull=False) | Q(file__isnull=False, import_file=None),
                name="file_access_is_to_one_file",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.how} file {self.file_id or self.import_file_id}"
