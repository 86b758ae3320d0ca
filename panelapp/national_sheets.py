"""All panels, genes, repeats and regions as spreadsheets, in the columns that people know. Pure: JSON to rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from panelapp.spreadsheets import ensembl_id, joined, safe_cell
from panelapp.versions import level_word

PANEL_COLUMNS = (
    *("Level 4 title", "Level 3 title", "Level 2 title", "URL", "Current Version", "Version time stamp"),
    *("# rated genes/total genes", "#reviewers", "Reviewer name and affiliation (;)", "Reviewer emails (;)"),
    *("Status", "Relevant disorders", "Types", "Signed Off"),
)
_ON_PANEL = ("Panel Id", "Panel Name", "Panel Version", "Panel Status", "List", "Sources", "Mode of inheritance")
# The spelling of the places is that of the files people have.
_PLACES = ("GeneLocation((GRch37)", "GeneLocation((GRch38)")
_SUPER = ("Panel Types", "Super Panel Id", "Super Panel Name", "Super Panel Version")
_ENSEMBL = ("EnsemblId(GRch37)", "EnsemblId(GRch38)")
_POSITIONS = (
    *("Chromosome", "Position GRCh37 start", "Position GRCh37 end"),
    *("Position GRCh38 start", "Position GRCh38 end"),
)
_REPEAT = ("Repeated sequence", "Normal repeats", "Pathogenic repeats")
_REGION = ("Haploinsufficiency Score", "Triplosensitivity Score", "Required region overlap", "Variant types")
_TAIL = ("Tags", *_ENSEMBL, "Biotype", "Phenotypes", *_PLACES, *_SUPER)
COLUMNS: dict[str, Sequence[str]] = {
    "gene": (
        *("Symbol", *_ON_PANEL, "Mode of pathogenicity", "Tags", *_ENSEMBL),
        *("HGNC", "Biotype", "Phenotypes", *_PLACES, *_SUPER),
    ),
    "str": ("Name", *_POSITIONS, *_REPEAT, "Symbol", *_ON_PANEL, *_TAIL),
    "region": ("Name", "Verbose Name", *_POSITIONS, *_REGION, "Symbol", *_ON_PANEL, *_TAIL),
}


@dataclass(frozen=True)
class PanelStanding:
    """What the API does not tell of a panel: who reviewed it, how many genes were reviewed, when it was signed off."""

    reviewers: Sequence[tuple[str, str, str]] = field(default_factory=tuple)  # name, workplace, address
    rated_genes: int = 0
    signed_off: str = ""


def panel_row(head: Mapping[str, Any], url: str, standing: PanelStanding) -> list[str]:
    """One panel."""
    names = [f"{name} ({place})" if place else name for name, place, _ in standing.reviewers]
    cells = [
        head["name"],
        head["disease_sub_group"],
        head["disease_group"],
        url,
        head["version"],
        head["version_created"],
        f"{standing.rated_genes}/{head['stats']['number_of_genes']}",
        len(standing.reviewers),
        joined(names),
        joined([address for _, _, address in standing.reviewers]),
        head["status"],
        joined(head["relevant_disorders"]),
        joined([kind["name"] for kind in head["types"]]),
        standing.signed_off,
    ]
    return [safe_cell(str(cell)) for cell in cells]


def entity_row(entity: Mapping[str, Any], head: Mapping[str, Any], parents: Sequence[Mapping[str, Any]]) -> list[str]:
    """One gene, repeat or region with its panel, and the super panels that show it."""
    gene = entity.get("gene_data") or {}
    known = {
        **_of_gene(gene),
        **_of_panel(head, parents),
        "Name": entity["entity_name"],
        "Symbol": gene.get("gene_symbol") or (entity["entity_name"] if entity["entity_type"] == "gene" else ""),
        "List": level_word(entity["confidence_level"]),
        "Sources": joined(entity["evidence"]),
        "Mode of inheritance": entity["mode_of_inheritance"],
        "Mode of pathogenicity": entity.get("mode_of_pathogenicity"),
        "Tags": joined(entity["tags"]),
        "Phenotypes": joined(entity["phenotypes"]),
        **_of_place(entity),
    }
    cells = [known[column] for column in COLUMNS[entity["entity_type"]]]
    return ["" if cell is None else safe_cell(str(cell)) for cell in cells]


def _of_gene(gene: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "EnsemblId(GRch37)": ensembl_id(gene, "GRch37"),
        "EnsemblId(GRch38)": ensembl_id(gene, "GRch38"),
        "GeneLocation((GRch37)": ensembl_id(gene, "GRch37", "location"),
        "GeneLocation((GRch38)": ensembl_id(gene, "GRch38", "location"),
        "HGNC": gene.get("hgnc_id"),
        "Biotype": gene.get("biotype"),
    }


def _of_panel(head: Mapping[str, Any], parents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "Panel Id": head["id"],
        "Panel Name": head["name"],
        "Panel Version": head["version"],
        "Panel Status": head["status"].upper(),
        "Panel Types": joined([kind["name"] for kind in head["types"]]),
        "Super Panel Id": joined([str(parent["id"]) for parent in parents]),
        "Super Panel Name": joined([parent["name"] for parent in parents]),
        "Super Panel Version": joined([parent["version"] for parent in parents]),
    }


def _of_place(entity: Mapping[str, Any]) -> dict[str, Any]:
    ends_37, ends_38 = (entity.get(f"grch{number}_coordinates") or ("", "") for number in ("37", "38"))
    return {
        "Chromosome": entity.get("chromosome"),
        "Position GRCh37 start": ends_37[0],
        "Position GRCh37 end": ends_37[1],
        "Position GRCh38 start": ends_38[0],
        "Position GRCh38 end": ends_38[1],
        "Repeated sequence": entity.get("repeated_sequence"),
        "Normal repeats": entity.get("normal_repeats"),
        "Pathogenic repeats": entity.get("pathogenic_repeats"),
        "Verbose Name": entity.get("verbose_name"),
        "Haploinsufficiency Score": entity.get("haploinsufficiency_score"),
        "Triplosensitivity Score": entity.get("triplosensitivity_score"),
        "Required region overlap": entity.get("required_overlap_percentage"),
        "Variant types": entity.get("type_of_variants"),
    }
