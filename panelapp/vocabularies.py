"""The words that panels are described in, spelt exactly as clients know them. Pure: no database.

Forms offer these words. The importer takes others too, because real data hold them, and reports each one.
"""

from __future__ import annotations

from django.db import models


class EntityKind(models.TextChoices):
    """What stands on a panel."""

    GENE = "gene", "Gene"
    STR = "str", "Short tandem repeat"
    REGION = "region", "Region"


class Level(models.IntegerChoices):
    """The traffic light of an entity: how sure the curators are."""

    NONE = 0, "No list"
    RED = 1, "Red"
    AMBER = 2, "Amber"
    GREEN = 3, "Green"


# What the activity log says of a level; clients look for these very words.
LEVEL_PHRASES = {
    0: "No List (delete)",
    1: "Red List (low evidence)",
    2: "Amber List (moderate evidence)",
    3: "Green List (High Evidence)",
    4: "Green List (High Evidence)",
}


class ReviewRating(models.TextChoices):
    """What a reviewer thinks. It never changes the traffic light by itself."""

    GREEN = "GREEN", "Green: high evidence"
    AMBER = "AMBER", "Amber: not sure"
    RED = "RED", "Red: low evidence"


_MONO = "MONOALLELIC, autosomal or pseudoautosomal"
_X_MONO = "monoallelic mutations in females may cause disease (may be less severe, later onset than males)"
# In the order of the old web service, with the short names that monthly dumps still hold.
MODES_OF_INHERITANCE = {
    f"{_MONO}, NOT imprinted": "monoallelic_not_imprinted",
    f"{_MONO}, maternally imprinted (paternal allele expressed)": "monoallelic_maternally_imprinted",
    f"{_MONO}, paternally imprinted (maternal allele expressed)": "monoallelic_paternally_imprinted",
    f"{_MONO}, imprinted status unknown": "monoallelic",
    "BIALLELIC, autosomal or pseudoautosomal": "biallelic",
    "BOTH monoallelic and biallelic, autosomal or pseudoautosomal": "monoallelic_and_biallelic",
    "BOTH monoallelic and biallelic (but BIALLELIC mutations cause a more SEVERE disease form), "
    "autosomal or pseudoautosomal": "monoallelic_and_more_severe_biallelic",
    "X-LINKED: hemizygous mutation in males, biallelic mutations in females": "xlinked_biallelic",
    f"X-LINKED: hemizygous mutation in males, {_X_MONO}": "xlinked_monoallelic",
    "MITOCHONDRIAL": "mitochondrial",
    "Unknown": "unknown",
    "Other": "other",
}
INHERITANCE_BY_SHORT_NAME = {short: long for long, short in MODES_OF_INHERITANCE.items()}
MITOCHONDRIAL = "MITOCHONDRIAL"

_NOT_LOSS = (
    "Loss-of-function variants (as defined in pop up message) DO NOT cause this phenotype - "
    "please provide details in the comments"
)
MODES_OF_PATHOGENICITY = (_NOT_LOSS, "Other")
PENETRANCES = ("unknown", "Complete", "Incomplete")

HIGH_CONFIDENCE_SOURCES = (
    "Radboud University Medical Center, Nijmegen",
    "Illumina TruGenome Clinical Sequencing Services",
    "Emory Genetics Laboratory",
    "UKGTN",
)
OTHER_SOURCES = (
    "Other",
    "Expert list",
    "Expert Review",
    "Literature",
    "Eligibility statement prior genetic testing",
    "Research",
    "NHS GMS",
    "ClinGen",
)
# Only curators give these; each is a verdict on the entity.
EXPERT_REVIEWS = {
    "Expert Review Green": Level.GREEN,
    "Expert Review Amber": Level.AMBER,
    "Expert Review Red": Level.RED,
    "Expert Review Removed": Level.NONE,
}
EXPERT_REVIEW_OF_LEVEL = {level: name for name, level in EXPERT_REVIEWS.items()}
SOURCES = (*HIGH_CONFIDENCE_SOURCES, *OTHER_SOURCES, *EXPERT_REVIEWS)


class VariantType(models.TextChoices):
    """Which variants in a region count."""

    SMALL = "small", "Small variants"
    CNV_LOSS = "cnv_loss", "CNV loss"
    CNV_GAIN = "cnv_gain", "CNV gain"
    CNV_BOTH = "cnv_both", "CNV gain and loss"


# ClinGen's scale of dosage sensitivity, as text.
DOSAGE_SCORES = {
    "": "not given",
    "3": "sufficient evidence",
    "2": "emerging evidence",
    "1": "little evidence",
    "0": "no evidence",
    "40": "dosage sensitivity unlikely",
    "30": "gene of an autosomal recessive phenotype",
}
CHROMOSOMES = (*(str(number) for number in range(1, 23)), "X", "Y")


class ReviewerRole(models.TextChoices):
    """What a reviewer does for a living."""

    CLINICAL_SCIENTIST = "Clinical Scientist"
    CLINICIAN = "Clinician"
    GENOME_ANALYST = "Genome analyst"
    GENETIC_COUNSELLOR = "Genetic Counsellor"
    BIOINFORMATICIAN = "Bioinformatician"
    INDUSTRY = "Industry"
    LAB_DIRECTOR = "Lab director"
    PRINCIPAL_INVESTIGATOR = "Principal Investigator"
    TECHNICIAN = "Technician"
    RESEARCHER = "Researcher"
    STUDENT = "Student"
    OTHER = "Other"


class Workplace(models.TextChoices):
    """Where a reviewer works."""

    RESEARCH_LAB = "Research lab"
    NHS_DIAGNOSTIC_LAB = "NHS diagnostic lab"
    OTHER_DIAGNOSTIC_LAB = "Other diagnostic lab"
    NHS_CLINICAL_SERVICE = "NHS clinical service"
    OTHER_CLINICAL_SERVICE = "Other clinical service"
    INDUSTRY = "Industry"
    OTHER = "Other"


class ReviewerGroup(models.TextChoices):
    """Which community a reviewer belongs to."""

    GECIP = "GeCIP domain"
    GENE = "GENE consortium member"
    GMC = "NHS Genomic Medicine Centre"
    OTHER_NHS = "Other NHS organisation"
    BIOTECH = "Other biotech or pharmaceutical"
    OTHER = "Other"


# Assembly -> (key in gene_data, release in gene_data) that clients index literally.
ENSEMBL_KEYS = {"GRCh37": ("GRch37", "82"), "GRCh38": ("GRch38", "90")}
