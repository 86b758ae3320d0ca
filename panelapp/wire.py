"""From rows to the words of the API: keys, spelling and order as clients have known them for years."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from panelapp.models import Gene, GeneName, GeneRecord, Panel, PanelEntity, RegionDetail, StrDetail
from panelapp.versions import encode, instant
from panelapp.vocabularies import ENSEMBL_KEYS, EntityKind

GENE_KEYS = (
    "alias",
    "biotype",
    "hgnc_id",
    "gene_name",
    "omim_gene",
    "alias_name",
    "gene_symbol",
    "hgnc_symbol",
    "hgnc_release",
    "ensembl_genes",
    "hgnc_date_symbol_changed",
)
_LISTS_OF_GENE = ("alias", "omim_gene", "alias_name")


def panel_head(panel: Panel, number: str, created_at: datetime, stats: Sequence[int]) -> str:
    """The panel as a line of a list. `stats` counts genes, STRs and regions."""
    # In the order in which they were given to the panel, which is that of the join table.
    joins = Panel.types.through.objects.filter(panel_id=panel.pk).order_by("pk").select_related("paneltype")
    children = [] if not panel.is_super else sorted(panel.children.values_list("pk", flat=True))
    return encode(
        {
            "id": panel.pk,
            "hash_id": panel.hash_id,
            "name": panel.name,
            "disease_group": panel.disease_group,
            "disease_sub_group": panel.disease_sub_group,
            "description": panel.description,
            "status": panel.status,
            "version": number,
            "version_created": instant(created_at),
            "relevant_disorders": [word for word in panel.relevant_disorders if word],
            "stats": dict(zip(("number_of_genes", "number_of_strs", "number_of_regions"), stats, strict=True)),
            "types": [
                {"name": kind.name, "slug": kind.slug, "description": kind.description}
                for kind in (join.paneltype for join in joins)
            ],
            "child_panel_ids": children,
        }
    )


def entity_wire(
    entity: PanelEntity, gene_data: str | None, sources: Sequence[str], detail: StrDetail | RegionDetail | None
) -> str:
    """One entity in JSON, without its panel. `gene_data` is JSON already."""
    record = {"entity_type": entity.kind, "entity_name": entity.name, **_common(entity, sources)}
    if entity.kind == EntityKind.GENE:
        record["transcript"] = entity.transcripts
    if isinstance(detail, StrDetail):
        del record["mode_of_pathogenicity"]
        record |= {
            "repeated_sequence": detail.repeated_sequence,
            **_place(detail),
            "normal_repeats": detail.normal_repeats,
            "pathogenic_repeats": detail.pathogenic_repeats,
        }
    if isinstance(detail, RegionDetail):
        record |= {
            "verbose_name": detail.verbose_name,
            "haploinsufficiency_score": detail.haploinsufficiency_score,
            "triplosensitivity_score": detail.triplosensitivity_score,
            "required_overlap_percentage": detail.required_overlap_percentage,
            "type_of_variants": detail.type_of_variants,
            **_place(detail),
        }
    return f'{{"gene_data":{gene_data or "null"},{encode(record)[1:]}'


def _common(entity: PanelEntity, sources: Sequence[str]) -> dict[str, Any]:
    return {
        "confidence_level": str(entity.level),
        "penetrance": entity.penetrance,
        "mode_of_pathogenicity": entity.mode_of_pathogenicity,
        "publications": entity.publications,
        "evidence": list(sources),
        "phenotypes": entity.phenotypes,
        "mode_of_inheritance": entity.mode_of_inheritance,
        "tags": entity.tags,
    }


def _place(detail: StrDetail | RegionDetail) -> dict[str, Any]:
    ends_37 = [detail.start_37_1based, detail.end_37_1based]
    ends_38 = [detail.start_38_1based, detail.end_38_1based]
    return {
        "chromosome": detail.chromosome,
        "grch37_coordinates": None if None in ends_37 else ends_37,
        "grch38_coordinates": None if None in ends_38 else ends_38,
    }


def record_of_gene(gene: Gene) -> GeneRecord:
    """What is said of a gene that is put on a panel now; the row is made where nobody said just that before.

    What the table of genes does not hold (OMIM numbers, the kind of gene) is taken from what was said last.
    """
    last = gene.records.order_by("-pk").first()
    said: dict[str, Any] = json.loads(last.wire) if last else {}
    names = list(gene.names.all())
    aliases = [name.name for name in names if name.kind != GeneName.Kind.SYMBOL]
    facts = {
        **{key: [] if key in _LISTS_OF_GENE else None for key in GENE_KEYS},
        **said,
        "hgnc_id": gene.hgnc_id,
        "gene_symbol": gene.symbol,
        "hgnc_symbol": gene.symbol,
        "gene_name": gene.name or said.get("gene_name"),
        "alias": aliases or said.get("alias", []),
        "ensembl_genes": {**said.get("ensembl_genes", {}), **_ensembl(gene)},
    }
    return saved_record(gene, facts)


def saved_record(gene: Gene | None, facts: dict[str, Any]) -> GeneRecord:
    """The row that says exactly this of a gene."""
    wire = encode({key: facts[key] for key in sorted(facts)})
    digest = hashlib.sha256(f"{gene.pk if gene else 0} {wire}".encode()).hexdigest()
    return GeneRecord.objects.get_or_create(digest=digest, defaults={"gene": gene, "wire": wire})[0]


def _ensembl(gene: Gene) -> dict[str, Any]:
    """The nesting that clients index literally: GRch37.82 and GRch38.90."""
    found: dict[str, Any] = {}
    for place in gene.locations.all():
        assembly, release = ENSEMBL_KEYS[place.assembly]
        contig = place.contig.removeprefix("chr")
        location = f"{'MT' if contig == 'M' else contig}:{place.start_1based}-{place.end_1based}"
        found[assembly] = {release: {"location": location, "ensembl_id": gene.ensembl_id}}
    return found
