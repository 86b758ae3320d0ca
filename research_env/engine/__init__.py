"""The variant engine: exact counts and carriers from multi-sample VCFs, behind a small API.

A pure package: it knows files, dense sample indexes and regions, and nothing of Django, people or consent. Cohorts
come already masked; small numbers are hidden by those who publish, not here.
"""

from .annotation import detect_annotation
from .assemblies import ASSEMBLIES, CONTIG_LENGTHS, CONTIGS, PSEUDO_AUTOSOMAL, is_pseudo_autosomal
from .burden import BURDEN_SCHEMA, FISHER, REGRESSION, TESTS, BurdenDesign, burden, burden_of
from .cohort import Cohort
from .columnar import build_columns
from .consequences import CONSEQUENCES, IMPACT, LOSS_OF_FUNCTION, PROTEIN_CHANGING
from .errors import BadRecord, BadSource, Cancelled, EngineError, InvalidTarget, NotAnnotated, SourceChanged
from .family import FEMALE, MALE, UNKNOWN_SEX, Family, Member
from .filters import ZYGOSITIES, Filters
from .fine_indexes import build_fine_index
from .inheritance import INHERITANCE_SCHEMA, MODES, inheritance
from .lines import Progress
from .normalising import LONGEST_MOVE, normalised
from .normals import NORMAL_STATES, SOMATIC_CARRIERS_SCHEMA
from .parquet import GroupWriter, merge, stretches_in_order
from .person import PERSON_SCHEMA, SOMATIC_PERSON_SCHEMA, person_variants
from .planning import Plan, Slice, SliceSummary, plan, run_slice
from .reader import carriers, counts, counts_and_carriers
from .regions import (
    Region,
    Target,
    Variant,
    canonical_contig,
    check_within,
    merge_regions,
    parse_region,
    parse_target,
    parse_variant,
)
from .release import Release, open_release
from .schemas import CARRIERS_SCHEMA, VARIANTS_SCHEMA
from .sequences import Sequence, SequenceSource
from .sources import ChunkSource, ReleaseSource, etag_of
from .tiering import TIERS, TIERS_SCHEMA, GeneRule, RareLimits, tiering

# Part of the provenance of every result: raise it when an answer may differ
ENGINE_VERSION = "2.2.0"

__all__ = [
    "ASSEMBLIES",
    "BURDEN_SCHEMA",
    "CARRIERS_SCHEMA",
    "CONSEQUENCES",
    "CONTIGS",
    "CONTIG_LENGTHS",
    "ENGINE_VERSION",
    "FEMALE",
    "FISHER",
    "IMPACT",
    "INHERITANCE_SCHEMA",
    "LONGEST_MOVE",
    "LOSS_OF_FUNCTION",
    "MALE",
    "MODES",
    "NORMAL_STATES",
    "PERSON_SCHEMA",
    "PROTEIN_CHANGING",
    "PSEUDO_AUTOSOMAL",
    "REGRESSION",
    "SOMATIC_CARRIERS_SCHEMA",
    "SOMATIC_PERSON_SCHEMA",
    "TESTS",
    "TIERS",
    "TIERS_SCHEMA",
    "UNKNOWN_SEX",
    "VARIANTS_SCHEMA",
    "ZYGOSITIES",
    "BadRecord",
    "BadSource",
    "BurdenDesign",
    "Cancelled",
    "ChunkSource",
    "Cohort",
    "EngineError",
    "Family",
    "Filters",
    "GeneRule",
    "GroupWriter",
    "InvalidTarget",
    "Member",
    "NotAnnotated",
    "Plan",
    "Progress",
    "RareLimits",
    "Region",
    "Release",
    "ReleaseSource",
    "Sequence",
    "SequenceSource",
    "Slice",
    "SliceSummary",
    "SourceChanged",
    "Target",
    "Variant",
    "build_columns",
    "build_fine_index",
    "burden",
    "burden_of",
    "canonical_contig",
    "carriers",
    "check_within",
    "counts",
    "counts_and_carriers",
    "detect_annotation",
    "etag_of",
    "inheritance",
    "is_pseudo_autosomal",
    "merge",
    "merge_regions",
    "normalised",
    "open_release",
    "parse_region",
    "parse_target",
    "parse_variant",
    "person_variants",
    "plan",
    "run_slice",
    "stretches_in_order",
    "tiering",
]
