"""The national test directory: which code of a clinical indication asks for which panels or genes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q


class IndicationQuerySet(models.QuerySet["Indication"]):
    def of_code(self, code: str) -> IndicationQuerySet:
        """R67 finds all its tests, R67.1 that one."""
        return self.filter(Q(code__iexact=code) | Q(code__istartswith=f"{code}."))

    def of_panel(self, panel_id: int) -> IndicationQuerySet:
        """Those that ask for a panel, in the order of their codes."""
        return self.filter(panel_numbers__contains=[panel_id]).order_by("clinical_number", "code")


class Indication(models.Model):
    """One test of the directory. Panels and genes stand as ids: the directory may speak of what is not loaded yet."""

    code = models.CharField(max_length=20, unique=True)
    # 67 of R67.1: codes are read in this order.
    clinical_number = models.PositiveIntegerField()
    name = models.CharField(max_length=300)
    test_method = models.CharField(max_length=200, blank=True)
    panel_numbers = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    hgnc_ids = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    targets = models.TextField(blank=True)
    # Which edition of the directory said so.
    edition = models.CharField(max_length=200)

    objects: ClassVar[Any] = IndicationQuerySet.as_manager()

    class Meta:
        indexes = [GinIndex(fields=["panel_numbers"], name="indication_by_panel")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
