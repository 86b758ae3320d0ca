"""Panels for tests, made through the services that curators use; all names and values are invented."""

from __future__ import annotations

from collections.abc import Sequence

from panelapp.models import Gene, GeneLocation, GeneName, Panel, PanelEntity
from panelapp.services import EntityFacts, add_entity, change_panel_status, create_panel
from panelapp.vocabularies import EntityKind, Level
from portal.kernel.access import SystemActor

CURATION = SystemActor("Test curation")


def make_gene(symbol: str, number: int) -> Gene:
    """A gene with a place on both assemblies; the same one for the same number."""
    facts = {"symbol": symbol, "name": f"gene {symbol}", "ensembl_id": f"ENSG{number:011}"}
    gene, is_new = Gene.objects.get_or_create(hgnc_id=f"HGNC:{number}", defaults=facts)
    if is_new:
        GeneName.objects.create(gene=gene, name=symbol, kind=GeneName.Kind.SYMBOL)
        for assembly, shift in (("GRCh37", 0), ("GRCh38", 1_000)):
            start = 10_000 + shift + number
            GeneLocation.objects.create(
                gene=gene, assembly=assembly, contig="chr1", start_1based=start, end_1based=start + 500
            )
    return gene


def make_panel(name: str = "Example disorder", *, genes: Sequence[str] = (), is_open: bool = True) -> Panel:
    """A panel with these genes, green; the n-th gene of a test is HGNC:900000 + n."""
    panel = create_panel(actor=CURATION, facts={"name": name, "relevant_disorders": ["R999"]})
    for position, symbol in enumerate(genes):
        add_gene(panel, symbol, 900_000 + position)
    if is_open:
        panel = change_panel_status(actor=CURATION, panel=panel, action="publish")
    return fresh(panel)


def add_gene(panel: Panel, symbol: str, number: int, level: Level = Level.GREEN) -> PanelEntity:
    """Put a gene on a panel as a curator does."""
    facts: EntityFacts = {
        "gene": make_gene(symbol, number),
        "sources": ["Literature"],
        "mode_of_inheritance": "BIALLELIC, autosomal or pseudoautosomal",
        "phenotypes": ["Example disease, OMIM:600001"],
        "publications": ["12345678"],
    }
    return add_entity(actor=CURATION, panel=panel, kind=EntityKind.GENE, facts=facts, level=level)


def add_str(panel: Panel, name: str = "GENB_CAG", level: Level = Level.GREEN) -> PanelEntity:
    """Put a short tandem repeat on a panel."""
    facts: EntityFacts = {
        "name": name,
        "chromosome": "4",
        "start_37_1based": 3_076_604,
        "end_37_1based": 3_076_666,
        "start_38_1based": 3_074_877,
        "end_38_1based": 3_074_939,
        "repeated_sequence": "CAG",
        "normal_repeats": 27,
        "pathogenic_repeats": 40,
    }
    return add_entity(actor=CURATION, panel=panel, kind=EntityKind.STR, facts=facts, level=level)


def add_region(panel: Panel, name: str = "ISCA-00000-Loss", level: Level = Level.GREEN) -> PanelEntity:
    """Put a region on a panel."""
    facts: EntityFacts = {
        "name": name,
        "verbose_name": "1p1 region Loss",
        "chromosome": "1",
        "start_38_1based": 1_000,
        "end_38_1based": 2_000,
        "haploinsufficiency_score": "3",
        "triplosensitivity_score": "",
        "required_overlap_percentage": 60,
        "type_of_variants": "cnv_loss",
    }
    return add_entity(actor=CURATION, panel=panel, kind=EntityKind.REGION, facts=facts, level=level)


def fresh(panel: Panel) -> Panel:
    """The panel as it is now."""
    return Panel.objects.select_related("current").get(pk=panel.pk)
