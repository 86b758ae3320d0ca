"""The library: datasets, releases, pseudonymised people, and the files that hold their variants.

Nothing here identifies anybody. The names of samples stay in the VCF files; a sample is known by its column.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ngrl.clinical_models import (
    ClinicalEdition,
    ClinicalFact,
    DatasetMark,
    DictionaryColumn,
    DictionaryTable,
    Enrolment,
    FactInScope,
    Mark,
    Place,
    PublicFigure,
)
from ngrl.genome_models import Genome, GenomeFile, GenomePair, Referral, Specimen
from ngrl.keys import keyed_digest
from ngrl.vault_models import Linkage, ParticipantDecision
from portal.kernel.disclosure import DEFAULT_THRESHOLD

__all__ = [
    "Assembly",
    "Chunk",
    "ClinicalEdition",
    "ClinicalFact",
    "Dataset",
    "DatasetMark",
    "DictionaryColumn",
    "DictionaryTable",
    "Enrolment",
    "FactInScope",
    "Family",
    "Genome",
    "GenomeFile",
    "GenomePair",
    "Linkage",
    "Mark",
    "Participant",
    "ParticipantDecision",
    "Place",
    "PublicFigure",
    "Referral",
    "Release",
    "Sample",
    "Specimen",
    "random_id",
]


class Assembly(models.TextChoices):
    """The reference genome that coordinates refer to."""

    GRCH38 = "GRCh38", "GRCh38"
    GRCH37 = "GRCh37", "GRCh37"


def random_id() -> int:
    """A random 64-bit id as PostgreSQL's bigint holds it: from -2**63 to 2**63 - 1. Says nothing about the person."""
    return secrets.randbits(64) - 2**63


class Dataset(models.Model):
    """A body of data that people consented to together, such as rare disease; what a project is granted."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    summary = models.TextField(blank=True)
    disclosure_threshold = models.PositiveSmallIntegerField(default=DEFAULT_THRESHOLD)

    def __str__(self) -> str:
        return self.name


class ReleaseQuerySet(models.QuerySet["Release"]):
    def published(self) -> ReleaseQuerySet:
        return self.filter(status=Release.Status.PUBLISHED)

    def visible_to(self, actor: Any) -> ReleaseQuerySet:
        """That a release exists, and its counts, are public once it is published; a withdrawn one stays listed."""
        return self.filter(published_at__isnull=False)

    def in_preparation(self) -> ReleaseQuerySet:
        """What data managers work on: loaded or proposed, and public to nobody."""
        return self.filter(published_at=None)


class Release(models.Model):
    """One frozen edition of the library's genomes, on one assembly."""

    class Status(models.TextChoices):
        LOADING = "loading", "Loading"
        PROPOSED = "proposed", "Proposed"
        PUBLISHED = "published", "Published"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Callset(models.TextChoices):
        GERMLINE = "germline", "Germline"
        SOMATIC = "somatic", "Somatic"

    reference = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    assembly = models.CharField(max_length=10, choices=Assembly.choices)
    # What was called: what people were born with, or what their tumours have beside it (ADR 81).
    callset = models.CharField(max_length=8, choices=Callset.choices, default=Callset.GERMLINE)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.LOADING)
    sample_count = models.PositiveIntegerField(default=0)
    # Of the ordered list of sample names, so that a file with other columns is noticed without keeping the names.
    sample_list_sha256 = models.CharField(max_length=64, blank=True)
    # Of the folder it was loaded from: of its place and the state of its files, and of their content. The first tells
    # quickly that nothing changed; the second, that a copy elsewhere is the same release.
    source_sha256 = models.CharField(max_length=64, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    # The reference sequence that the files were called against: alleles are reported as it spells them (ADR 63).
    sequence_path = models.CharField(max_length=1000, blank=True)
    sequence_etag = models.CharField(max_length=100, blank=True)
    sequence_sha256 = models.CharField(max_length=64, blank=True)
    loaded_at = models.DateTimeField(null=True, blank=True)
    notes = models.TextField(blank=True, help_text="What a reader should know of this release")
    # Two people, or neither where the operator of the machine published at once (ADR 54).
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
                name="withdrawn_release_says_when_and_why",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["loading", "proposed"], published_at=None, published_by=None)
                | Q(status__in=["published", "withdrawn"], published_at__isnull=False),
                name="published_release_says_when",
            ),
            models.CheckConstraint(
                condition=Q(status="loading", proposed_by=None)
                | (Q(status="proposed", proposed_by__isnull=False, proposed_at__isnull=False) & ~Q(notes=""))
                | Q(status__in=["published", "withdrawn"]),
                name="proposed_release_says_who_and_what",
            ),
            models.CheckConstraint(
                condition=Q(published_by=None) & (Q(proposed_by=None) | Q(status="proposed"))
                | (Q(published_by__isnull=False, proposed_by__isnull=False) & ~Q(published_by=F("proposed_by"))),
                name="release_published_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.basis})"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("ngrl:release-detail", args=[self.reference])

    @property
    def basis(self) -> str:
        """What stands behind its name: GRCh38, or GRCh38, somatic."""
        return f"{self.assembly}, somatic" if self.is_somatic else self.assembly

    @property
    def is_somatic(self) -> bool:
        """Whether its genomes are of tumours."""
        return self.callset == self.Callset.SOMATIC


class Family(models.Model):
    """A family, known by a random id."""

    id = models.BigIntegerField(primary_key=True, default=random_id)

    def __str__(self) -> str:
        return "A family"


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def consenting(self) -> ParticipantQuerySet:
        """People whose consent stands at this moment: the mask over every count, list and file."""
        return self.filter(consent_withdrawn_at=None)


class Participant(models.Model):
    """A person in the library, known by a random 64-bit id that nobody sees; projects see their own pseudonyms."""

    class Sex(models.TextChoices):
        FEMALE = "female", "Female"
        MALE = "male", "Male"
        UNKNOWN = "unknown", "Not known"

    class FamilyRole(models.TextChoices):
        PROBAND = "proband", "Proband"
        MOTHER = "mother", "Mother"
        FATHER = "father", "Father"
        SIBLING = "sibling", "Sibling"
        OTHER = "other", "Other relative"
        SINGLETON = "singleton", "No relative in the library"

    id = models.BigIntegerField(primary_key=True, default=random_id)
    # HMAC of the source's own id: the same person in the next release is found again, and the id is not kept.
    source_digest = models.CharField(max_length=64, unique=True)
    sex = models.CharField(max_length=8, choices=Sex.choices, default=Sex.UNKNOWN)
    ancestry = models.CharField(max_length=20, blank=True)
    family = models.ForeignKey(Family, null=True, blank=True, on_delete=models.PROTECT, related_name="members")
    family_role = models.CharField(max_length=10, choices=FamilyRole.choices, default=FamilyRole.SINGLETON)
    affected = models.BooleanField(null=True, blank=True)
    mother = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children_of_mother"
    )
    father = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children_of_father"
    )
    consent_withdrawn_at = models.DateTimeField(null=True, blank=True)
    # Public figures are left in groups (ngrl.figures); everything else at the instant of the withdrawal.
    left_figures_at = models.DateTimeField(null=True, blank=True)
    # None: the person said nothing about it. `services.take_in_decision` writes them.
    wants_contact = models.BooleanField(null=True, blank=True)
    wants_findings = models.BooleanField(null=True, blank=True)
    opted_out_at = models.DateTimeField(null=True, blank=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sex__in=["female", "male", "unknown"]), name="sex_is_known_word"),
            models.CheckConstraint(
                condition=(Q(mother=None) | ~Q(mother=F("id"))) & (Q(father=None) | ~Q(father=F("id"))),
                name="nobody_is_their_own_parent",
            ),
            models.CheckConstraint(
                condition=Q(left_figures_at=None) | Q(consent_withdrawn_at__isnull=False),
                name="who_consents_is_in_the_figures",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(consent_withdrawn_at__isnull=False), name="withdrawn_people"),
        ]

    def __str__(self) -> str:
        return "A participant"

    @property
    def reference(self) -> str:
        """What the audit calls the person: the same each time, and a way back to nobody without the key."""
        return f"person {keyed_digest('audit', str(self.pk))[:16]}"


class SampleQuerySet(models.QuerySet["Sample"]):
    def counted(self) -> SampleQuerySet:
        """One for each person: what questions count. Normals only stand beside their tumours."""
        return self.exclude(kind=Sample.Kind.NORMAL)


class Sample(models.Model):
    """One column of a release's VCF files: a genome of one person, in one dataset."""

    class Kind(models.TextChoices):
        GERMLINE = "germline", "Germline"
        TUMOUR = "tumour", "Tumour"
        NORMAL = "normal", "Normal of a tumour"

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="samples")
    index = models.PositiveIntegerField(help_text="Column in every file of the release, from 0")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="samples")
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="samples")
    # The database lets a germline callset have germline columns alone, and a somatic one tumours and normals.
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.GERMLINE)

    objects = SampleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "index"], name="one_sample_per_column"),
            models.UniqueConstraint(
                fields=["release", "participant", "kind"], name="one_sample_of_a_kind_per_person_and_release"
            ),
        ]

    def __str__(self) -> str:
        return f"Column {self.index}"


class Chunk(models.Model):
    """One file of a release: a stretch of one contig with the genotypes of every sample."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="chunks")
    position = models.PositiveIntegerField(help_text="Order within the release, from 0")
    contig = models.CharField(max_length=30)
    start_1based = models.PositiveIntegerField()
    end_1based = models.PositiveIntegerField()
    record_count = models.PositiveIntegerField()
    path = models.CharField(max_length=1000)
    index_path = models.CharField(max_length=1000)
    etag = models.CharField(max_length=100)
    size_bytes = models.PositiveBigIntegerField()
    annotation = models.CharField(max_length=8, blank=True, help_text="INFO field with consequences: CSQ, ANN or BCSQ")

    class Meta:
        ordering = ["release", "position"]
        constraints = [
            models.UniqueConstraint(fields=["release", "position"], name="one_chunk_per_position"),
            models.CheckConstraint(condition=Q(end_1based__gte=F("start_1based")), name="chunk_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.contig}:{self.start_1based}-{self.end_1based}"
