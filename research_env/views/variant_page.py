"""The facts of one variant, arranged for its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from research_env.listings import effect_words, frequency, variant_name


def variant_part(row: Mapping[str, Any]) -> dict[str, Any]:
    """Big numbers, what the files say about the variant, and counts in the cohort and among everybody."""
    return {
        "variant": row,
        "variant_name": variant_name(row),
        "figures": [
            (
                row["carrier_count"],
                "Person carries it" if row["carrier_count"] == 1 else "People carry it",
                "in the cohort",
            ),
            (row["allele_count"], "Allele count", f"of {row['allele_number']:,} alleles"),
            (frequency(row["allele_frequency"]) or "–", "Frequency", "in the cohort"),
            (
                frequency(row["population_allele_frequency"]) or "–",
                "Frequency",
                "among everybody the project can read",
            ),
        ],
        "facts": _facts(row),
        "bars": [
            ("One copy", row["het_count"], None),
            ("Two copies", row["hom_count"], None),
            ("The only copy", row["hemi_count"], None),
            ("Not called", row["missing_count"], None),
        ],
    }


def _in_the_file(row: Mapping[str, Any]) -> str:
    """How the file spells it, where that is another way than ours."""
    # Results of earlier versions have no such columns
    alleles = row.get("orig_alleles")
    return f"{row['contig']}:{row['orig_position_1based']:,} {alleles}" if alleles else ""


def _facts(row: Mapping[str, Any]) -> list[tuple[str, Any]]:
    facts = [
        ("Position", f"{row['contig']}:{row['position_1based']:,}"),
        ("Reference allele", row["ref"]),
        ("Other allele", row["alt"]),
        ("In the file", _in_the_file(row)),
        ("Gene", row["gene_symbol"]),
        ("Effect", effect_words(row["consequence"])),
        ("Impact", (row["impact"] or "").lower()),
        ("Protein", row["hgvs_protein"]),
        ("Coding sequence", row["hgvs_coding"]),
        ("rs number", row["rsid"]),
        ("Site filter", row["filter"]),
        ("Site quality", row["site_quality"]),
        (
            "Among everybody",
            f"allele count {row['population_allele_count']:,} of {row['population_allele_number']:,}",
        ),
    ]
    return [(label, value) for label, value in facts if value not in (None, "")]
