"""The rules of conduct: each version as it was published, and who signed which."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from accounts.models.people import User
from portal.kernel import clock


class ConductVersionQuerySet(models.QuerySet["ConductVersion"]):
    def in_force(self, at: datetime) -> ConductVersion | None:
        """The version that must be signed at this instant, if there is one."""
        return self.filter(in_force_from__lte=at).order_by("-number").first()


class ConductVersion(models.Model):
    """A version of the rules. Never changed: a trigger refuses it."""

    number = models.PositiveSmallIntegerField(unique=True)
    title = models.CharField(max_length=120)
    body = models.TextField()
    changes = models.TextField(blank=True, help_text="What is new since the version before")
    sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField(default=clock.now)
    in_force_from = models.DateTimeField()

    objects = ConductVersionQuerySet.as_manager()

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"{self.title}, version {self.number}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("conduct")

    @property
    def reference(self) -> str:
        return f"version {self.number}"


class ConductSignature(models.Model):
    """That a person signed a version: the hash of what they read, and when. Never changed: a trigger refuses it."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="conduct_signatures")
    version = models.ForeignKey(ConductVersion, on_delete=models.PROTECT, related_name="signatures")
    sha256 = models.CharField(max_length=64)
    typed_name = models.CharField(max_length=150)
    signed_at = models.DateTimeField()
    signed_from = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        ordering = ("-signed_at",)
        constraints = [models.UniqueConstraint(fields=["person", "version"], name="each_version_is_signed_once")]

    def __str__(self) -> str:
        return f"{self.person}: {self.version}"
