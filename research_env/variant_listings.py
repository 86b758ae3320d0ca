"""Tables of one person's variants: in tiers, or as they were carried and passed on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portal.kernel.listing import Cell, Column, Table, table
from research_env.filters import NORMAL_WORDS
from research_env.listings import (
    allele_fraction,
    below_heading,
    copies_words,
    effect_cell,
    frequency,
    normal_words,
    variant_name,
)

_COPIES = {"het": "one copy", "hom": "two copies", "hemi": "the only copy"}
_PARENTS = {"absent": "Not there", "het": "One copy", "full": "No other copy", "unknown": "Not known"}


def tier_table(caption: str, rows: Iterable[Mapping[str, Any]]) -> Table:
    """Variants of one person in one tier."""
    columns = (
        Column("Variant", variant_name, is_key=True),
        Column("Gene", "gene_symbol"),
        Column("Effect", effect_cell),
        Column("Copies", copies_words),
        Column("Frequency among everybody", lambda row: frequency(row["population_allele_frequency"]), align="right"),
        Column("Depth", "depth", align="right", unit="reads"),
        Column("Genotype quality", "genotype_quality", align="right"),
        Column("Why", "reason"),
    )
    return table(caption, columns, rows)


def person_table(rows: Iterable[Mapping[str, Any]], modes: Mapping[str, str], *, of_a_tumour: bool = False) -> Table:
    """Variants of one person; with how each was passed on, in the words of ``modes``, where that was asked, and of a
    tumour with what the normal has."""
    beside_the_normal = (
        Column("Of the reads", allele_fraction, align="right", unit="%"),
        Column("In the normal", normal_words),
    )
    passed_on = (
        Column("Passed on", lambda row: Cell(modes[row["mode"]], note=row["partner_variant_id"] or "")),
        Column("Mother", lambda row: _PARENTS[row["mother"]]),
        Column("Father", lambda row: _PARENTS[row["father"]]),
    )
    columns = (
        Column("Variant", variant_name, is_key=True),
        Column("Gene", "gene_symbol"),
        Column("Effect", effect_cell),
        Column("Copies", copies_words),
        *(passed_on if modes else ()),
        Column("Frequency among everybody", lambda row: frequency(row["population_allele_frequency"]), align="right"),
        Column("Depth", "depth", align="right", unit="reads"),
        Column("With the allele", "alt_depth", align="right", unit="reads"),
        Column("Genotype quality", "genotype_quality", align="right"),
        *(beside_the_normal if of_a_tumour else ()),
    )
    return below_heading("The person's variants", columns, rows)


def region_table(
    rows: Iterable[Mapping[str, Any]],
    people: Sequence[str],
    copies: Mapping[tuple[str, str], str],
    normals: Mapping[tuple[str, str], str],
) -> Table:
    """Variants of a region, with those of these people who carry each."""

    def in_normal(variant: str, who: str) -> str:
        state = normals.get((variant, who))
        return f"; in the normal: {dict(NORMAL_WORDS)[state].lower()}" if state else ""

    def carriers(row: Mapping[str, Any]) -> str:
        held = [(who, copies.get((row["variant_id"], who))) for who in people]
        told = [f"{who} ({_COPIES[zygosity]}{in_normal(row['variant_id'], who)})" for who, zygosity in held if zygosity]
        return ", ".join(told) or "Nobody shown"

    columns = (
        Column("Variant", variant_name, is_key=True),
        Column("Gene", "gene_symbol"),
        Column("Effect", effect_cell),
        Column("Alleles", "population_allele_count", align="right"),
        Column("Frequency among everybody", lambda row: frequency(row["population_allele_frequency"]), align="right"),
        Column("People", "carrier_count", align="right"),
        Column("Who", carriers),
    )
    return below_heading("The variants of the region", columns, rows)
