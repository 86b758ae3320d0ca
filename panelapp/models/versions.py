"""Versions of panels: immutable by trigger (migration 0004), rendered once, signed off by a second person."""

from __future__ import annotations

import zlib
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from panelapp.models.panels import OPEN_STATUSES, Panel, seen_by, sees_every_panel

_GZIP = 31  # zlib's code for gzip framing


class PanelVersionQuerySet(models.QuerySet["PanelVersion"]):
    def visible_to(self, actor: Any) -> PanelVersionQuerySet:
        """The history of the panels that the actor sees; of panels that are gone, what everybody once saw."""
        if sees_every_panel(actor):
            return self
        once_seen = Q(panel__was_public=True, status__in=OPEN_STATUSES)
        return self.filter(seen_by(actor, "panel__") | (once_seen & ~Q(panel__status="internal")))

    def newest_first(self) -> PanelVersionQuerySet:
        return self.order_by("-major", "-minor")


class PanelVersion(models.Model):
    """A state of a panel that was published. It never changes: an error is told by an Erratum, mended by a new version.

    `head` is the panel as lists show it, in JSON; `status` is the panel's at that time.
    """

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="versions")
    major = models.PositiveIntegerField()
    minor = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Panel.Status.choices)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_by_name = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    # Where a version came from when it was not made here, such as "monthly record".
    origin = models.CharField(max_length=200, blank=True)
    number_of_genes = models.PositiveIntegerField(default=0)
    number_of_strs = models.PositiveIntegerField(default=0)
    number_of_regions = models.PositiveIntegerField(default=0)
    head = models.TextField()

    objects: ClassVar[Any] = PanelVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["panel", "major", "minor"], name="one_row_per_panel_and_version")
        ]

    def __str__(self) -> str:
        return f"{self.panel_id} v{self.number}"

    @property
    def number(self) -> str:
        """Such as "2.3"."""
        return f"{self.major}.{self.minor}"


class VersionContent(models.Model):
    """The whole of a version as the API gives it: JSON in UTF-8, gzipped. `digest` is the sha256 of the JSON.

    A version known by its head alone, from another server's list, has none until somebody loads it.
    """

    version = models.OneToOneField(PanelVersion, primary_key=True, on_delete=models.PROTECT, related_name="content")
    digest = models.CharField(max_length=64, db_index=True)
    size_bytes = models.PositiveIntegerField()
    gzipped = models.BinaryField()

    def __str__(self) -> str:
        return self.digest[:12]

    @property
    def json(self) -> bytes:
        """The JSON as it was rendered."""
        return zlib.decompress(bytes(self.gzipped), _GZIP)


class SignOff(models.Model):
    """A second person stands behind a version. Those from other servers name nobody."""

    version = models.OneToOneField(PanelVersion, on_delete=models.PROTECT, related_name="sign_off")
    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="sign_offs")
    signed_off_on = models.DateField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["panel", "-signed_off_on", "-id"], name="sign_off_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(made_by=None) | Q(signed_by=None) | ~Q(made_by=F("signed_by")),
                name="signed_off_by_a_second_person",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version} signed off on {self.signed_off_on}"


class Erratum(models.Model):
    """What is wrong in a range of versions, both ends inside, for those who have used them."""

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="errata")
    from_major = models.PositiveIntegerField()
    from_minor = models.PositiveIntegerField()
    to_major = models.PositiveIntegerField()
    to_minor = models.PositiveIntegerField()
    entity_name = models.CharField(max_length=255, blank=True)
    text = models.TextField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "errata"
        constraints = [
            models.CheckConstraint(
                condition=Q(from_major__lt=F("to_major")) | Q(from_major=F("to_major"), from_minor__lte=F("to_minor")),
                name="erratum_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"Erratum of {self.panel_id}: {self.text[:40]}"

    def covers(self, major: int, minor: int) -> bool:
        """Whether this version is in the range."""
        return (self.from_major, self.from_minor) <= (major, minor) <= (self.to_major, self.to_minor)
