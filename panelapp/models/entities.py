"""What stands on a panel: one model for genes, repeats and regions, with a typed part for the latter two."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from panelapp.models.genes import Gene, GeneRecord
from panelapp.models.panels import Panel, seen_by
from panelapp.vocabularies import EntityKind, Level, VariantType
from portal.kernel import clock


class Tag(models.Model):
    """A word that curators hang on entities."""

    name = models.CharField(max_length=100, unique=True)
    description = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


class PanelEntityQuerySet(models.QuerySet["PanelEntity"]):
    def visible_to(self, actor: Any) -> PanelEntityQuerySet:
        """Entities of the panels that the actor sees."""
        return self.filter(seen_by(actor, "panel__"))

    def published(self) -> PanelEntityQuerySet:
        """What stands in the current version of its panel: without what waits for a curator."""
        return self.filter(pending=False)

    def waiting(self) -> PanelEntityQuerySet:
        """Added by reviewers, in no version yet."""
        return self.filter(pending=True)


class PanelEntity(models.Model):
    """A gene, a short tandem repeat or a region on a panel, as it stands now."""

    Kind = EntityKind

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="entities")
    kind = models.CharField(max_length=6, choices=EntityKind.choices)
    name = models.CharField(max_length=255)
    gene = models.ForeignKey(Gene, null=True, blank=True, on_delete=models.PROTECT, related_name="panel_entities")
    gene_record = models.ForeignKey(GeneRecord, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # The traffic light: always ratings.level_of(sources), except where an import reported otherwise.
    level = models.PositiveSmallIntegerField(default=Level.NONE)
    flagged = models.BooleanField(default=False)
    ready = models.BooleanField(default=False)
    # Added by a reviewer: in no version until a curator takes it in.
    pending = models.BooleanField(default=False)
    mode_of_inheritance = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 (null on the wire)
    mode_of_pathogenicity = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 (null on the wire)
    penetrance = models.CharField(max_length=50, null=True, blank=True)  # noqa: DJ001 (null on the wire)
    publications = ArrayField(models.TextField(), default=list, blank=True)
    phenotypes = ArrayField(models.TextField(), default=list, blank=True)
    transcripts = ArrayField(models.TextField(), null=True, blank=True)
    tags = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    # The entity in the API's JSON, rendered whenever the row changes; versions are put together from these.
    wire = models.TextField(default="")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now)

    objects: ClassVar[Any] = PanelEntityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "panel entities"
        indexes = [
            models.Index(fields=["kind", "name", "panel"], name="entity_by_kind_and_name"),
            GinIndex(fields=["tags"], name="entity_by_tag"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["panel", "kind", "name"], name="one_row_per_panel_and_entity"),
            models.CheckConstraint(condition=Q(level__lte=4), name="entity_level_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} on {self.panel_id}"

    @property
    def reference(self) -> str:
        """How the audit calls it: panel, kind and name."""
        return f"{self.panel_id}/{self.kind}/{self.name}"[:100]


class _Place(models.Model):
    """Where something lies: 1-based, both ends as they were typed."""

    chromosome = models.CharField(max_length=10)
    start_37_1based = models.PositiveIntegerField(null=True, blank=True)
    end_37_1based = models.PositiveIntegerField(null=True, blank=True)
    start_38_1based = models.PositiveIntegerField(null=True, blank=True)
    end_38_1based = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(start_37_1based=None, end_37_1based=None) | Q(end_37_1based__gte=F("start_37_1based")),
                name="%(class)s_ends_after_start_37",
            ),
            models.CheckConstraint(
                condition=Q(start_38_1based=None, end_38_1based=None) | Q(end_38_1based__gte=F("start_38_1based")),
                name="%(class)s_ends_after_start_38",
            ),
        ]


class StrDetail(_Place):
    """What only a short tandem repeat has."""

    entity = models.OneToOneField(PanelEntity, primary_key=True, on_delete=models.CASCADE, related_name="str_detail")
    repeated_sequence = models.CharField(max_length=128)
    normal_repeats = models.PositiveIntegerField(null=True, blank=True)
    pathogenic_repeats = models.PositiveIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return f"({self.repeated_sequence})n"


class RegionDetail(_Place):
    """What only a region has. Dosage scores are ClinGen's, as text."""

    entity = models.OneToOneField(PanelEntity, primary_key=True, on_delete=models.CASCADE, related_name="region_detail")
    verbose_name = models.CharField(max_length=256, null=True, blank=True)  # noqa: DJ001 (null on the wire)
    haploinsufficiency_score = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001 (null on the wire)
    triplosensitivity_score = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001 (null on the wire)
    required_overlap_percentage = models.PositiveSmallIntegerField(null=True, blank=True)
    type_of_variants = models.CharField(max_length=32, choices=VariantType.choices)

    class Meta(_Place.Meta):
        constraints = [
            *_Place.Meta.constraints,
            models.CheckConstraint(condition=Q(required_overlap_percentage__lte=100), name="overlap_is_a_percentage"),
        ]

    def __str__(self) -> str:
        return self.verbose_name or ""


class Evidence(models.Model):
    """A source of an entity. `position` is its place in the list: the newest stands first."""

    entity = models.ForeignKey(PanelEntity, on_delete=models.CASCADE, related_name="evidence")
    name = models.CharField(max_length=255, blank=True)
    rating = models.PositiveSmallIntegerField(default=5)
    comment = models.TextField(blank=True)
    by_curator = models.BooleanField(default=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name_plural = "evidence"

    def __str__(self) -> str:
        return self.name
