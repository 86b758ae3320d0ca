"""Specimens of people, the genomes read from them, their files, and which tumour is compared with which normal.

Of one release, written once with it and frozen when it is published. What a source called a specimen is not kept.
The web role sees what the scope of its connection allows, and nothing without one (`ngrl.selectors`, ADR 79).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Referral(models.Model):
    """That somebody was referred for a test, and with which clinical indication."""

    release = models.ForeignKey("ngrl.Release", on_delete=models.CASCADE, related_name="referrals")
    indication = models.CharField(max_length=20, help_text="Code of the test directory, such as R29")

    def __str__(self) -> str:
        return f"Referral for {self.indication}"


class Specimen(models.Model):
    """What was taken from a person: of the germline, of a tumour, or kept for other omics."""

    class Kind(models.TextChoices):
        GERMLINE = "germline", "Germline"
        TUMOUR = "tumour", "Tumour"
        OMICS = "omics", "Other omics"

    class Material(models.TextChoices):
        DNA = "dna", "DNA"
        RNA = "rna", "RNA"
        PLASMA = "plasma", "Plasma"
        SERUM = "serum", "Serum"
        OTHER = "other", "Other material"

    class Tissue(models.TextChoices):
        BLOOD = "blood", "Blood"
        SALIVA = "saliva", "Saliva"
        MARROW = "marrow", "Bone marrow"
        FROZEN = "frozen", "Fresh frozen tissue"
        FIXED = "fixed", "Fixed tissue"
        OTHER = "other", "Other"

    release = models.ForeignKey("ngrl.Release", on_delete=models.CASCADE, related_name="specimens")
    participant = models.ForeignKey("ngrl.Participant", on_delete=models.PROTECT, related_name="specimens")
    dataset = models.ForeignKey("ngrl.Dataset", on_delete=models.PROTECT, related_name="specimens")
    referral = models.ForeignKey(Referral, null=True, on_delete=models.CASCADE, related_name="specimens")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    material = models.CharField(max_length=8, choices=Material.choices, default=Material.DNA)
    tissue = models.CharField(max_length=8, choices=Tissue.choices, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="omics") | (Q(kind__in=["germline", "tumour"]) & Q(material="dna")),
                name="genomes_are_read_from_dna",
            ),
        ]
        indexes = [models.Index(fields=["release", "dataset", "participant"], name="specimen_by_scope")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_material_display()}"


class Genome(models.Model):
    """One genome as it was delivered: assembly, date, version and quality. Shares are from 0 to 1."""

    class SexCheck(models.TextChoices):
        FITS = "fits", "Fits"
        DIFFERS = "differs", "Differs"
        UNCLEAR = "unclear", "Not clear"

    release = models.ForeignKey("ngrl.Release", on_delete=models.CASCADE, related_name="genomes")
    specimen = models.OneToOneField(Specimen, on_delete=models.CASCADE, related_name="genome")
    # The column of the release's joint VCFs that this genome is; None: it is in no joint callset.
    column = models.OneToOneField("ngrl.Sample", null=True, on_delete=models.CASCADE, related_name="genome")
    assembly = models.CharField(max_length=10, choices=[("GRCh38", "GRCh38"), ("GRCh37", "GRCh37")])
    delivered_on = models.DateField(null=True)
    delivery_version = models.CharField(max_length=20, blank=True)
    mean_coverage = models.FloatField(null=True, help_text="Reads over a base, on average")
    share_at_15x = models.FloatField(null=True, help_text="Share of bases with at least 15 reads")
    contamination = models.FloatField(null=True, help_text="Share of reads that are another person's, estimated")
    sex_check = models.CharField(max_length=8, choices=SexCheck.choices, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(mean_coverage=None) | Q(mean_coverage__gte=0), name="coverage_is_not_negative"
            ),
            models.CheckConstraint(
                condition=(Q(share_at_15x=None) | Q(share_at_15x__range=(0, 1)))
                & (Q(contamination=None) | Q(contamination__range=(0, 1))),
                name="shares_of_a_genome_are_shares",
            ),
        ]

    def __str__(self) -> str:
        return f"A genome on {self.assembly}"


class GenomePair(models.Model):
    """A tumour with the normal it is compared with: of one person and one release; the database looks after it."""

    release = models.ForeignKey("ngrl.Release", on_delete=models.CASCADE, related_name="genome_pairs")
    tumour = models.OneToOneField(Genome, on_delete=models.CASCADE, related_name="as_tumour")
    normal = models.ForeignKey(Genome, on_delete=models.CASCADE, related_name="as_normal")

    def __str__(self) -> str:
        return "A tumour and its normal"


class GenomeFile(models.Model):
    """A file of a genome on storage. Its place is inside the folder that the release was loaded from."""

    class Kind(models.TextChoices):
        VCF = "vcf", "VCF"
        GVCF = "gvcf", "gVCF"
        BAM = "bam", "BAM"
        CRAM = "cram", "CRAM"

    release = models.ForeignKey("ngrl.Release", on_delete=models.CASCADE, related_name="genome_files")
    genome = models.ForeignKey(Genome, on_delete=models.CASCADE, related_name="files")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    path = models.CharField(max_length=1000)
    index_path = models.CharField(max_length=1000)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, help_text="As the table says; it is not computed anew")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "path"], name="one_genome_file_per_path"),
            models.CheckConstraint(condition=~Q(index_path="") & ~Q(path=""), name="genome_file_has_an_index"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="genome_file_has_a_checksum"),
        ]

    def __str__(self) -> str:
        return f"A {self.get_kind_display()}"
