"""Writes of genes: the table of facts is loaded whole, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from panelapp.events import Event
from panelapp.gene_table import GeneRow, read_gene_table
from panelapp.models import Gene, GeneLocation, GeneName
from panelapp.policies import can_load_genes
from portal.kernel import audit, events
from portal.kernel.access import Actor, require

_BATCH = 5_000
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('panelapp.load_genes'))"


@dataclass(frozen=True)
class LoadedGenes:
    """How many genes of a table were new, differed, or were already there as the table says."""

    added: int
    changed: int
    unchanged: int


def load_genes(*, actor: Actor, path: Path) -> LoadedGenes:
    """Make the genes of a table known, and correct those known already; genes that are not in it stay.

    Raises GeneTableRefused with file, line and reason, and changes nothing then.
    """
    require(can_load_genes, actor, None)
    return save_genes(actor=actor, rows=read_gene_table(path))


@transaction.atomic
def save_genes(*, actor: Actor, rows: Sequence[GeneRow]) -> LoadedGenes:
    """Write rows that were read from a table; see load_genes."""
    require(can_load_genes, actor, None)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
    known = {gene.hgnc_id: gene for gene in Gene.objects.filter(hgnc_id__in=[row.hgnc_id for row in rows])}
    Gene.objects.bulk_create([_gene(row) for row in rows if row.hgnc_id not in known], batch_size=_BATCH)
    corrected = [_gene(row, known[row.hgnc_id].pk) for row in rows if _differs(row, known.get(row.hgnc_id))]
    Gene.objects.bulk_update(corrected, ["symbol", "name", "ensembl_id"], batch_size=_BATCH)
    key_of = dict(Gene.objects.filter(hgnc_id__in=[row.hgnc_id for row in rows]).values_list("hgnc_id", "pk"))
    touched = {gene.pk for gene in corrected} | _save_names(rows, key_of) | _save_places(rows, key_of)
    added = len(key_of) - len(known)
    changed = len(touched & {gene.pk for gene in known.values()})
    if added or changed:
        detail = {"added": added, "changed": changed}
        audit.record(Event.GENES_LOADED, "the table of genes", actor, detail=detail)
        events.publish(Event.GENES_LOADED, "the table of genes", actor, detail)
    return LoadedGenes(added, changed, len(rows) - added - changed)


def _gene(row: GeneRow, pk: int | None = None) -> Gene:
    return Gene(pk=pk, hgnc_id=row.hgnc_id, symbol=row.symbol, name=row.name, ensembl_id=row.ensembl_id)


def _differs(row: GeneRow, gene: Gene | None) -> bool:
    return gene is not None and (gene.symbol, gene.name, gene.ensembl_id) != (row.symbol, row.name, row.ensembl_id)


def _save_names(rows: Sequence[GeneRow], key_of: dict[str, int]) -> set[int]:
    """Make the names of these genes exactly those of the table; returns the keys of the genes that changed."""
    wanted = {(key_of[row.hgnc_id], name, kind.value) for row in rows for name, kind in names_of_row(row)}
    current = {
        (gene, name, kind): pk
        for pk, gene, name, kind in GeneName.objects.filter(gene__in=key_of.values()).values_list(
            "pk", "gene_id", "name", "kind"
        )
    }
    surplus = [pk for entry, pk in current.items() if entry not in wanted]
    missing = sorted(wanted - current.keys())
    for first in range(0, len(surplus), _BATCH):
        GeneName.objects.filter(pk__in=surplus[first : first + _BATCH]).delete()
    GeneName.objects.bulk_create([GeneName(gene_id=g, name=n, kind=k) for g, n, k in missing], batch_size=_BATCH)
    return {gene for gene, _, _ in wanted ^ current.keys()}


def names_of_row(row: GeneRow) -> list[tuple[str, GeneName.Kind]]:
    """All names of a gene as its row has them, each with its kind."""
    kinds = GeneName.Kind
    others = [(name, kinds.PREVIOUS) for name in row.previous] + [(name, kinds.ALIAS) for name in row.aliases]
    return [(row.symbol, kinds.SYMBOL), *others]


def _save_places(rows: Sequence[GeneRow], key_of: dict[str, int]) -> set[int]:
    """Put these genes where the table says; a place that the table does not speak of stays."""
    there_now = GeneLocation.objects.filter(gene__in=key_of.values())
    current = {(place.gene_id, place.assembly): place for place in there_now}
    missing: list[GeneLocation] = []
    moved: list[GeneLocation] = []
    for row in rows:
        for place in row.places:
            facts = {"contig": place.contig, "start_1based": place.start_1based, "end_1based": place.end_1based}
            there = current.get((key_of[row.hgnc_id], place.assembly))
            if there is None:
                missing.append(GeneLocation(gene_id=key_of[row.hgnc_id], assembly=place.assembly, **facts))
            elif any(getattr(there, name) != value for name, value in facts.items()):
                moved.append(GeneLocation(pk=there.pk, gene_id=there.gene_id, assembly=place.assembly, **facts))
    GeneLocation.objects.bulk_create(missing, batch_size=_BATCH)
    GeneLocation.objects.bulk_update(moved, ["contig", "start_1based", "end_1based"], batch_size=_BATCH)
    return {place.gene_id for place in (*missing, *moved)}
