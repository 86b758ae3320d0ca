"""Genes: the one table of facts that panels, queries and pages share. Panels are built on it."""

from __future__ import annotations

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper


class Gene(models.Model):
    """A gene as HGNC names it. Keyed by HGNC id: symbols change, ids do not."""

    hgnc_id = models.CharField("HGNC id", max_length=20, unique=True)
    symbol = models.CharField(max_length=50, db_index=True)
    name = models.CharField(max_length=500, blank=True)
    ensembl_id = models.CharField("Ensembl gene id", max_length=20, blank=True)

    def __str__(self) -> str:
        return self.symbol


class GeneName(models.Model):
    """A word by which somebody may look for a gene: its symbol, an alias, or a symbol it once had."""

    class Kind(models.TextChoices):
        SYMBOL = "symbol", "Symbol"
        ALIAS = "alias", "Alias"
        PREVIOUS = "previous", "Previous symbol"

    gene = models.ForeignKey(Gene, on_delete=models.CASCADE, related_name="names")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind.choices)

    class Meta:
        indexes = [models.Index(OpClass(Upper("name"), name="text_pattern_ops"), name="genename_upper")]
        constraints = [models.UniqueConstraint(fields=["gene", "name", "kind"], name="one_row_per_gene_name")]

    def __str__(self) -> str:
        return self.name


class GeneLocation(models.Model):
    """Where a gene lies on one assembly: 1-based, both ends inside."""

    gene = models.ForeignKey(Gene, on_delete=models.CASCADE, related_name="locations")
    assembly = models.CharField(max_length=10)
    contig = models.CharField(max_length=10)
    start_1based = models.PositiveIntegerField()
    end_1based = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["assembly", "contig", "start_1based"], name="gene_by_place")]
        constraints = [
            models.UniqueConstraint(fields=["gene", "assembly"], name="one_place_per_gene_and_assembly"),
            models.CheckConstraint(condition=Q(end_1based__gte=F("start_1based")), name="gene_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.contig}:{self.start_1based}-{self.end_1based}"


class GeneRecord(models.Model):
    """What was said of a gene when an entity was put on a panel: the `gene_data` of the API, kept as it was.

    Content-addressed: all entities that say the same of a gene share one row. A refresh of the genes never touches it,
    so that versions stay as they were published.
    """

    gene = models.ForeignKey(Gene, null=True, blank=True, on_delete=models.PROTECT, related_name="records")
    digest = models.CharField(max_length=64, unique=True)
    wire = models.TextField()

    def __str__(self) -> str:
        return self.digest[:12]
