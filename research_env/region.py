"""A region of a release as the project may see it: its variants with counts, and who carries the rare ones.

Read from the release's files when asked for; nothing is stored, so an answer holds nobody who withdrew. The files
themselves are not handed over: names of samples are in them (ADR 77).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from access_review.models import Project
from accounts.models import User
from ngrl.models import Release
from portal.kernel import audit
from portal.kernel.access import require
from portal.kernel.refusals import InvalidInput
from research_env import engine, policies
from research_env.cohorts import check_cohort, people_for, pseudonyms_by_index
from research_env.events import Event
from research_env.families import opened_at_once
from research_env.questions import Question

MOST_BASES: Final = 250_000
MOST_VARIANTS: Final = 500
MOST_PEOPLE: Final = 50
_GENOTYPES: Final = {"het": "0/1", "hom": "1/1", "hemi": "1"}
_INFO: Final = (
    ("AC", "1", "Integer", "Alleles among everybody the project can read"),
    ("AN", "1", "Integer", "Called alleles among everybody the project can read"),
    ("CARRIERS", "1", "Integer", "People who carry the allele"),
    ("GENE", "1", "String", "Gene"),
    ("EFFECT", "1", "String", "Effect on the gene"),
)


@dataclass(frozen=True)
class RegionReport:
    """What was found. `variants` are rows of the engine's VARIANTS_SCHEMA; `copies` has zygosity by variant and person,
    and `normals`, in a release of tumours, what the normal has there.

    `people` are pseudonyms, those with the most variants first and at most MOST_PEOPLE of `people_count`.
    """

    release: Release
    region: engine.Region
    variants: list[dict[str, Any]]
    people: list[str]
    people_count: int
    copies: Mapping[tuple[str, str], str]
    normals: Mapping[tuple[str, str], str]
    population_size: int
    consent_read_at: datetime

    def as_vcf(self) -> str:
        """The same as the text of a VCF: made here, with pseudonyms where a release's file has names of samples.

        Who has no copy of an allele is "./.": whether the call is missing or of the reference is not told apart.
        """
        length = engine.CONTIG_LENGTHS[self.release.assembly][self.region.contig]
        head = ["##fileformat=VCFv4.3", f"##contig=<ID={self.region.contig},length={length}>"]
        head += [f'##INFO=<ID={n},Number={k},Type={t},Description="{text}">' for n, k, t, text in _INFO]
        head += ['##FORMAT=<ID=GT,Number=1,Type=String,Description="Copies of the allele">']
        columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *self.people]
        return "\n".join([*head, "\t".join(columns), *map(self._line, self.variants)]) + "\n"

    def _line(self, row: Mapping[str, Any]) -> str:
        info = {"AC": row["population_allele_count"], "AN": row["population_allele_number"]}
        info |= {"CARRIERS": row["carrier_count"], "GENE": row["gene_symbol"], "EFFECT": row["consequence"]}
        told = ";".join(f"{name}={_plain(value)}" for name, value in info.items() if value is not None)
        site = [row["contig"], str(row["position_1based"]), ".", row["ref"], row["alt"], ".", ".", told, "GT"]
        calls = [_GENOTYPES.get(self.copies.get((row["variant_id"], who), ""), "./.") for who in self.people]
        return "\t".join([*site, *calls])


def _plain(value: Any) -> str:
    return re.sub(r"[\s;=]", "_", str(value))


def read_region(*, actor: User, project: Project, release: Release, raw: Mapping[str, Any]) -> RegionReport:
    """The variants of a region in everybody whom the project may read now, and who carries them.

    `raw` has region (text), max_allele_frequency (None for all) and pass_only. Raises PermissionRefused, and
    InvalidInput under the field it is about.
    """
    require(policies.can_create_query, actor, project)
    region = _region_of(str(raw.get("region") or ""), release)
    people = people_for(Question(), project, release)
    check_cohort(people)
    variants, carriers = _read(release, region, people.population, _filters_of(raw))
    names = pseudonyms_by_index(project, release)
    known = [(row["variant_id"], str(names[row["sample"]]), row["zygosity"], row.get("normal")) for row in carriers]
    copies = {(variant, who): zygosity for variant, who, zygosity, _ in known if who}
    carried = Counter(who for _, who in copies)
    with transaction.atomic():
        detail = {"release": release.reference, "region": str(region)}
        audit.record(Event.REGION_READ, project, actor, detail=detail)
    return RegionReport(
        release=release,
        region=region,
        variants=variants,
        people=sorted(carried, key=lambda who: (-carried[who], who))[:MOST_PEOPLE],
        people_count=len(carried),
        copies=copies,
        normals={(variant, who): normal for variant, who, _, normal in known if who and normal},
        population_size=people.population.size,
        consent_read_at=people.consent_read_at,
    )


def _region_of(text: str, release: Release) -> engine.Region:
    try:
        target = engine.parse_target(text.strip(), release.assembly)
    except engine.EngineError as error:
        raise InvalidInput(str(error), field="region") from error
    if not isinstance(target, engine.Region):
        raise InvalidInput("Enter a region, such as chr7:117,559,000-117,560,000.", field="region")
    if target.length > MOST_BASES:
        raise InvalidInput(
            f"This region has {target.length:,} bases; up to {MOST_BASES:,} can be looked at. "
            "Choose a shorter one, or ask a query.",
            field="region",
        )
    return target


def _filters_of(raw: Mapping[str, Any]) -> engine.Filters:
    try:
        return engine.Filters(
            max_allele_frequency=raw.get("max_allele_frequency"), pass_only=bool(raw.get("pass_only", True))
        )
    except engine.EngineError as error:
        raise InvalidInput(str(error), field="max_allele_frequency") from error


def _read(
    release: Release, region: engine.Region, everybody: engine.Cohort, filters: engine.Filters
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    variants: list[dict[str, Any]] = []
    carriers: list[dict[str, Any]] = []
    with opened_at_once(release, [region], "region") as opened:
        for found, carried in engine.counts_and_carriers(opened, [region], everybody, filters, population=everybody):
            variants += found.to_pylist()
            if len(variants) > MOST_VARIANTS:
                raise InvalidInput(
                    f"More than {MOST_VARIANTS:,} variants lie in this region. "
                    "Choose a shorter one, or rarer variants, or ask a query.",
                    field="region",
                )
            told = ["variant_id", "sample", "zygosity", *(["normal"] if release.is_somatic else [])]
            carriers += carried.select(told).to_pylist()
    return sorted(variants, key=lambda row: row["position_1based"]), carriers
