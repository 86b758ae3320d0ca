"""Genes and their records for panels that come from elsewhere: matched by HGNC id, made known where they are not."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from panelapp.contigs import canonical_contig
from panelapp.models import Gene, GeneLocation, GeneName, GeneRecord
from panelapp.versions import encode
from panelapp.vocabularies import ENSEMBL_KEYS

_HGNC_ID = re.compile(r"HGNC:\d+")
_LOCATION = re.compile(r"([^:]+):(\d+)-(\d+)")
_LONGEST_SYMBOL, _LONGEST_NAME, _LONGEST_WORD = 50, 500, 60


def genes_for(records: Iterable[Mapping[str, Any]]) -> dict[str, Gene]:
    """Genes by HGNC id. One that is not known yet is made from what is said of it here."""
    said = {str(each["hgnc_id"]): each for each in records if _HGNC_ID.fullmatch(str(each.get("hgnc_id") or ""))}
    known = {gene.hgnc_id: gene for gene in Gene.objects.filter(hgnc_id__in=said)}
    fresh = [_gene(hgnc_id, facts) for hgnc_id, facts in said.items() if hgnc_id not in known]
    Gene.objects.bulk_create(fresh)
    names = [name for gene in fresh for name in _names(gene, said[gene.hgnc_id])]
    GeneName.objects.bulk_create(names, ignore_conflicts=True)
    GeneLocation.objects.bulk_create([place for gene in fresh for place in _places(gene, said[gene.hgnc_id])])
    return known | {gene.hgnc_id: gene for gene in fresh}


def records_for(said: Iterable[Mapping[str, Any]], genes: Mapping[str, Gene]) -> dict[str, GeneRecord]:
    """Records by their JSON: exactly what is said of each gene, kept as it is."""
    wanted: dict[str, tuple[str, Gene | None]] = {}
    for each in said:
        gene, wire = genes.get(str(each.get("hgnc_id"))), record_wire(each)
        wanted[hashlib.sha256(f"{gene.pk if gene else 0} {wire}".encode()).hexdigest()] = (wire, gene)
    there = set(GeneRecord.objects.filter(digest__in=wanted).values_list("digest", flat=True))
    GeneRecord.objects.bulk_create(
        [
            GeneRecord(digest=digest, wire=wire, gene=gene)
            for digest, (wire, gene) in wanted.items()
            if digest not in there
        ],
        ignore_conflicts=True,
    )
    return {record.wire: record for record in GeneRecord.objects.filter(digest__in=wanted)}


def record_wire(said: Mapping[str, Any]) -> str:
    """What is said of a gene as JSON, with its keys in one order."""
    return encode({key: said[key] for key in sorted(said)})


def _gene(hgnc_id: str, facts: Mapping[str, Any]) -> Gene:
    places = [release for _, release in _releases(facts)]
    return Gene(
        hgnc_id=hgnc_id,
        symbol=str(facts.get("gene_symbol") or facts.get("hgnc_symbol") or hgnc_id)[:_LONGEST_SYMBOL],
        name=str(facts.get("gene_name") or "")[:_LONGEST_NAME],
        ensembl_id=str(next((each.get("ensembl_id") for each in reversed(places)), "") or "")[:20],
    )


def _names(gene: Gene, facts: Mapping[str, Any]) -> list[GeneName]:
    aliases = {str(each) for each in facts.get("alias") or () if 0 < len(str(each)) <= _LONGEST_WORD}
    rows = [GeneName(gene=gene, name=alias, kind=GeneName.Kind.ALIAS) for alias in sorted(aliases)]
    return [GeneName(gene=gene, name=gene.symbol, kind=GeneName.Kind.SYMBOL), *rows]


def _places(gene: Gene, facts: Mapping[str, Any]) -> list[GeneLocation]:
    found: dict[str, GeneLocation] = {}
    for assembly, release in _releases(facts):
        match = _LOCATION.fullmatch(str(release.get("location") or ""))
        contig = canonical_contig(match[1]) if match else None
        if match and contig and 0 < int(match[2]) <= int(match[3]):
            found[assembly] = GeneLocation(
                gene=gene, assembly=assembly, contig=contig, start_1based=int(match[2]), end_1based=int(match[3])
            )
    return list(found.values())


def _releases(facts: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """(assembly, what Ensembl says), the newest release of each assembly last."""
    ensembl = facts.get("ensembl_genes") or {}
    return [
        (assembly, ensembl[key][release])
        for assembly, (key, _) in ENSEMBL_KEYS.items()
        for release in sorted(ensembl.get(key) or {}, key=lambda each: int(each) if each.isdigit() else 0)
    ]
