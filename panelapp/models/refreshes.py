"""A new table of genes, proposed by one person and decided by another: what it would change, and the table itself."""

from __future__ import annotations

import zlib
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse


class RefreshStatus(models.TextChoices):
    """Where a refresh stands; the moves are in panelapp/workflows.py."""

    PROPOSED = "proposed", "Proposed"
    APPROVED = "approved", "Approved, being written"
    APPLIED = "applied", "Applied"
    DISCARDED = "discarded", "Discarded"


class GeneRefresh(models.Model):
    """A table of genes that waits for a second person. Versions of panels stay as they are, whatever is decided."""

    Status = RefreshStatus

    status = models.CharField(max_length=10, choices=RefreshStatus.choices, default=RefreshStatus.PROPOSED)
    file_name = models.CharField(max_length=200)
    digest = models.CharField("sha256 of the table", max_length=64)
    table_compressed = models.BinaryField()
    added = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    unchanged = models.PositiveIntegerField()
    # What a person has to look at: genes on panels whose symbol changes or that the table has no more.
    remarks = models.JSONField(default=list)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        verbose_name_plural = "gene refreshes"
        constraints = [
            models.UniqueConstraint(
                F("status"),
                condition=Q(status__in=[RefreshStatus.PROPOSED, RefreshStatus.APPROVED]),
                name="one_open_gene_refresh_in_a_status",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[RefreshStatus.APPROVED, RefreshStatus.APPLIED])
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                name="gene_refresh_is_approved_by_a_second_person",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        """Where it is read and decided."""
        return reverse("panels:refresh-detail", args=[self.pk])

    @property
    def reference(self) -> str:
        """How the audit and mails call it."""
        return f"GENES-{self.pk:04}"

    @property
    def table(self) -> bytes:
        """The table as it was handed in."""
        return zlib.decompress(bytes(self.table_compressed))
