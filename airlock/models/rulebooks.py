"""What findings mean for a dataset, as versions that are added and never changed."""

from __future__ import annotations

from django.db import models

from accounts.models import User
from ngrl.models import Dataset


class Rulebook(models.Model):
    """One version of a dataset's policy for what leaves: an `airlock.checks.Policy` as a document."""

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="rulebooks")
    version = models.PositiveIntegerField()
    document = models.JSONField(help_text="What differs from the house's rules; see airlock.checks.policy")
    reason = models.CharField(max_length=300)
    made_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("dataset_id", "-version")
        constraints = [
            models.UniqueConstraint(fields=["dataset", "version"], name="one_rulebook_per_version"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="rulebook_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id}, version {self.version}"
