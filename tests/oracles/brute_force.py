"""The engine's answer, slowly: one person, one allele, one record at a time through pysam's VariantFile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import pysam

from research_env.engine import Cohort, Filters, Region, Variant, canonical_contig


@dataclass
class Found:
    """Rows as plain tuples, in file order."""

    variants: list[tuple[Any, ...]] = field(default_factory=list)
    carriers: list[tuple[Any, ...]] = field(default_factory=list)
    normals: list[str] = field(default_factory=list)


def ask(
    path: Path,
    targets: Sequence[Region | Variant],
    cohort: Cohort,
    filters: Filters,
    population: Cohort,
    *,
    normals: Sequence[int] | None = None,
) -> Found:
    """Variants: (position, ref, alt, AC, AN, het, hom, hemi, carriers, missing, population AC, AN). Carriers:
    (position, ref, alt, sample, zygosity, phased, depth, genotype quality, alt depth); with ``normals`` of tumours,
    also what each carrier's normal was called as on that line."""
    found = Found()
    asked = (targets, cohort, filters, population, normals or [-1] * cohort.n)
    with pysam.VariantFile(str(path)) as file:
        for record in file:
            if _site_passes(record, filters):
                for number, alt in enumerate(record.alts or (), 1):
                    _ask_allele(found, record, number, alt, asked)
    return found


def _site_passes(record: Any, filters: Filters) -> bool:
    if filters.pass_only and list(record.filter.keys()) != ["PASS"]:
        return False
    return filters.min_site_quality is None or (record.qual is not None and record.qual >= filters.min_site_quality)


def _ask_allele(found: Found, record: Any, number: int, alt: str, asked: Any) -> None:
    targets, cohort, filters, population, normals = asked
    if not alt.isalpha():
        return
    inside, named = _is_wanted(record, alt, targets)
    if not inside and not named:
        return
    everyone = [_call(record, index, number) for index in range(cohort.n)]
    public = [call for index, call in enumerate(everyone) if population.mask[index]]
    pop_ac, pop_an = sum(c["copies"] for c in public), sum(c["called"] for c in public)
    ours = {index: dict(everyone[index]) for index in cohort.indexes.tolist()}
    for call in ours.values():
        if not _is_good(call, filters):
            call |= {"copies": 0, "called": 0, "zygosity": None}
        if not _has_fraction(call, filters):
            call |= {"copies": 0, "zygosity": None}
    carried = {
        index: call
        for index, call in ours.items()
        if call["copies"] and (filters.zygosity is None or call["zygosity"] in filters.zygosity)
    }
    ac, an = sum(c["copies"] for c in ours.values()), sum(c["called"] for c in ours.values())
    if not (carried or named or filters.keep_absent) or not _allele_passes(ac, pop_ac, pop_an, filters):
        return
    key = (record.pos, record.ref.upper(), alt.upper())
    kinds = [sum(c["zygosity"] == kind for c in ours.values()) for kind in ("het", "hom", "hemi")]
    missing = sum(c["called"] == 0 for c in ours.values())
    found.variants.append((*key, ac, an, *kinds, len(carried), missing, pop_ac, pop_an))
    found.normals += [_normal_state(everyone, normals[index], filters) for index in carried]
    for index, c in carried.items():
        found.carriers.append((*key, index, c["zygosity"], c["phased"], c["DP"], c["GQ"], c["AD"]))


def _normal_state(everyone: list[dict[str, Any]], normal: int, filters: Filters) -> str:
    if normal < 0:
        return "no_normal"
    call = everyone[normal]
    if not _is_good(call, filters):
        return "not_called"
    if call["copies"]:
        return "carried"
    return "absent" if call["called"] >= 2 else "not_called"


def _is_wanted(record: Any, alt: str, targets: Sequence[Region | Variant]) -> tuple[bool, bool]:
    contig = canonical_contig(record.chrom)
    inside = any(
        isinstance(t, Region) and t.contig == contig and t.start_1based <= record.pos <= t.end_1based for t in targets
    )
    named = any(
        isinstance(t, Variant)
        and (t.contig, t.position_1based) == (contig, record.pos)
        and _same(t.ref, t.alt, record.ref.upper(), alt.upper())
        for t in targets
    )
    return inside, named


def _same(ref: str, alt: str, other_ref: str, other_alt: str) -> bool:
    """Two spellings at one position are the same when the changed sequence is, padded to the longer reference."""
    longest = max(ref, other_ref, key=len)
    if not (longest.startswith(ref) and longest.startswith(other_ref)):
        return False
    return alt + longest[len(ref) :] == other_alt + longest[len(other_ref) :]


def _call(record: Any, index: int, number: int) -> dict[str, Any]:
    sample = record.samples[index]
    alleles = sample.allele_indices if "GT" in record.format else ()
    called = [allele for allele in alleles or () if allele is not None]
    copies = called.count(number)
    zygosity = None
    if copies:
        zygosity = "hemi" if len(called) == 1 else "hom" if copies == len(called) else "het"
    depths = sample.get("AD") if "AD" in record.format else None
    return {
        "called": len(called),
        "copies": copies,
        "zygosity": zygosity,
        "phased": bool("GT" in record.format and len(alleles or ()) > 1 and sample.phased),
        "GQ": sample.get("GQ") if "GQ" in record.format else None,
        "DP": sample.get("DP") if "DP" in record.format else None,
        "AD": depths[number] if depths and len(depths) > number else None,
    }


def _is_good(call: dict[str, Any], filters: Filters) -> bool:
    bounds = (("GQ", filters.min_genotype_quality), ("DP", filters.min_depth))
    return all(bound is None or (call[key] is not None and call[key] >= bound) for key, bound in bounds)


def _has_fraction(call: dict[str, Any], filters: Filters) -> bool:
    least, depth, alt_depth = filters.min_variant_allele_fraction, call["DP"], call["AD"]
    if least is None:
        return True
    return bool(depth) and alt_depth is not None and Fraction(alt_depth, depth) >= Fraction(str(least))


def _allele_passes(ac: int, pop_ac: int, pop_an: int, filters: Filters) -> bool:
    if filters.min_allele_count is not None and ac < filters.min_allele_count:
        return False
    low, high = filters.min_allele_frequency, filters.max_allele_frequency
    if low is None and high is None:
        return True
    return pop_an > 0 and (0 if low is None else low) <= pop_ac / pop_an <= (1 if high is None else high)
