"""Panels that stand in the demo from the start: invented gradings over the demo's genes, for looking at the pages."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from panelapp.models import Gene, Indication, Panel, PanelEntity, PanelType
from panelapp.services import (
    EntityFacts,
    PanelFacts,
    ReviewerFacts,
    ReviewFacts,
    add_review,
    apply_to_review,
    change_panel_status,
    create_panel,
    delete_panel,
    edit_panel,
    issue_erratum,
    promote_panel,
    set_rating,
    sign_off,
)
from panelapp.services.refreshes import propose_refresh
from panelapp.vocabularies import EntityKind, Level
from portal.kernel.access import SystemActor

SETUP = SystemActor("Demo set-up")
_BIALLELIC = "BIALLELIC, autosomal or pseudoautosomal"
_DOMINANT = "MONOALLELIC, autosomal or pseudoautosomal, NOT imprinted"
_BOTH = "BOTH monoallelic and biallelic, autosomal or pseudoautosomal"
_MALES = "X-LINKED: hemizygous mutation in males, biallelic mutations in females"
_GREEN, _AMBER, _RED = Level.GREEN, Level.AMBER, Level.RED
_WORD = "invented for the demo"


@dataclass(frozen=True)
class DemoPanel:
    """An invented panel: genes with level, mode of inheritance and a phenotype in our own words."""

    name: str
    group: str
    codes: tuple[str, ...]
    description: str
    genes: tuple[tuple[str, Level, str, str], ...]


PANELS = (
    DemoPanel(
        "Demo: frequent lung infection",
        "Breathing and defence",
        ("RDEMO1", "HP:0006532"),
        f"Genes in which a change makes infections of the lung frequent. The gradings are {_WORD}.",
        (
            ("CFTR", _GREEN, _BIALLELIC, "Cystic fibrosis"),
            ("TYK2", _AMBER, _BIALLELIC, "Weak defence against infection"),
            ("IFNAR2", _AMBER, _BIALLELIC, "Weak defence against viruses"),
            ("TLR7", _RED, _MALES, "Severe viral infection in young men"),
            ("OAS1", _RED, _BOTH, "Inflamed lung in infancy"),
        ),
    ),
    DemoPanel(
        "Demo: seizures that begin early",
        "Nervous system",
        ("RDEMO2", "HP:0001250"),
        f"Genes in which a change leads to seizures in the first years. The gradings are {_WORD}.",
        (
            ("SCN1A", _GREEN, _DOMINANT, "Seizures with fever"),
            ("KCNQ2", _GREEN, _DOMINANT, "Seizures in the newborn"),
            ("STXBP1", _GREEN, _DOMINANT, "Seizures in the first months"),
            ("CDKL5", _GREEN, _MALES, "Seizures in the first months"),
            ("SLC2A1", _GREEN, _DOMINANT, "Seizures before meals"),
            ("TSC1", _GREEN, _DOMINANT, "Tuberous sclerosis"),
            ("TSC2", _GREEN, _DOMINANT, "Tuberous sclerosis"),
            ("POLG", _AMBER, _BIALLELIC, "Seizures with liver disease"),
            ("MECP2", _AMBER, _MALES, "Seizures with loss of speech"),
            ("PAH", _AMBER, _BIALLELIC, "Seizures without treatment"),
            ("ANKRD11", _RED, _DOMINANT, "Seizures in a few people"),
        ),
    ),
    DemoPanel(
        "Demo: cancer in several relatives",
        "Inherited cancer",
        ("RDEMO3",),
        f"Genes in which a change makes cancer in a family likely. The gradings are {_WORD}.",
        (
            ("BRCA1", _GREEN, _DOMINANT, "Breast and ovarian cancer"),
            ("BRCA2", _GREEN, _DOMINANT, "Breast and ovarian cancer"),
            ("PALB2", _GREEN, _DOMINANT, "Breast cancer"),
            ("TP53", _GREEN, _DOMINANT, "Cancers at a young age"),
            ("MLH1", _GREEN, _DOMINANT, "Bowel cancer"),
            ("MSH2", _GREEN, _DOMINANT, "Bowel cancer"),
            ("CHEK2", _AMBER, _DOMINANT, "Breast cancer"),
            ("ATM", _AMBER, _DOMINANT, "Breast cancer"),
            ("MEN1", _RED, _DOMINANT, "Tumours of glands"),
        ),
    ),
)


def seed_panels() -> str:
    """Make the panels that are missing; returns what there is now, in words."""
    if not Panel.objects.exists() and Gene.objects.exists():
        made = [_panel(demo) for demo in PANELS]
        _history_of(made[0])
        _region_on(made[1])
        _super_panel(made)
        _gone(made[0])
        _application()
        _directory(made)
        _new_symbol()
        create_panel(actor=SETUP, facts={"name": "Demo: not public yet", "description": "Curators alone see it."})
    return f"{Panel.objects.count()} panels, {PanelEntity.objects.count()} entities"


def _panel(demo: DemoPanel) -> Panel:
    kind = PanelType.objects.get_or_create(slug="demo", defaults={"name": "Demo", "description": "Invented"})[0]
    facts: PanelFacts = {
        "name": demo.name,
        "disease_group": demo.group,
        "relevant_disorders": list(demo.codes),
        "description": demo.description,
        "types": [kind],
    }
    panel = create_panel(actor=SETUP, facts=facts)
    known = {gene.symbol: gene for gene in Gene.objects.filter(symbol__in=[row[0] for row in demo.genes])}
    for symbol, level, inheritance, phenotype in demo.genes:
        if symbol in known:
            with edit_panel(actor=SETUP, panel=panel, reason=f"{symbol} taken in for the demo.") as edit:
                edit.add(
                    kind=EntityKind.GENE,
                    facts={
                        "gene": known[symbol],
                        "sources": ["Expert list", "Literature"],
                        "mode_of_inheritance": inheritance,
                        "phenotypes": [phenotype],
                        "penetrance": "unknown",
                    },
                    level=level,
                )
    return change_panel_status(actor=SETUP, panel=panel, action="publish")


def _history_of(panel: Panel) -> None:
    """One panel with more than one grading, a promotion, a sign-off, an erratum and a review."""
    entity = PanelEntity.objects.filter(panel=panel, level=Level.AMBER).select_related("panel").first()
    first = panel.current
    if entity is None or first is None:
        return
    set_rating(actor=SETUP, entity=entity, level=Level.RED, reason="Two families did not bear it out.")
    set_rating(actor=SETUP, entity=entity, level=Level.GREEN, reason="Three more families bear it out.")
    version = promote_panel(actor=SETUP, panel=panel, reason="First edition for use in the demo.")
    issue_erratum(actor=SETUP, first=first, last=first, text="One grading was too cautious.", entity_name=entity.name)
    curator = User.objects.filter(role_grants__role="panel_curator").first()
    if curator:
        sign_off(actor=curator, version=version, note="Read and agreed.")
        review: ReviewFacts = {"rating": "GREEN", "phenotypes": ["Airway disease"], "current_diagnostic": True}
        entity.refresh_from_db()
        add_review(actor=curator, entity=entity, facts=review, comment="Seen in three families of the invented cohort.")


def _region_on(panel: Panel) -> None:
    facts: EntityFacts = {
        "name": "DEMO-1p36-Loss",
        "verbose_name": "An invented loss near the end of chromosome 1",
        "chromosome": "1",
        "start_38_1based": 1_000_001,
        "end_38_1based": 2_000_000,
        "type_of_variants": "cnv_loss",
        "required_overlap_percentage": 60,
        "sources": ["Expert list"],
        "phenotypes": ["Seizures with slow growth"],
    }
    with edit_panel(actor=SETUP, panel=panel, reason="A region for the demo.") as edit:
        edit.add(kind=EntityKind.REGION, facts=facts, level=Level.AMBER)


def _super_panel(panels: list[Panel]) -> None:
    facts: PanelFacts = {
        "name": "Demo: everything in the demo's panels",
        "description": f"A super panel: it shows what its panels show. The gradings are {_WORD}.",
        "children": panels[:2],
    }
    panel = create_panel(actor=SETUP, facts=facts)
    change_panel_status(actor=SETUP, panel=panel, action="publish")


def _gone(successor: Panel) -> None:
    panel = create_panel(actor=SETUP, facts={"name": "Demo: an old panel of the lung"})
    change_panel_status(actor=SETUP, panel=panel, action="publish")
    delete_panel(actor=SETUP, panel=panel, reason="Its genes were taken into another panel.", successor=successor)


def _application() -> None:
    """A researcher asks to review, and waits for a curator."""
    for volunteer in User.objects.filter(role_grants__role="researcher").order_by("pk")[2:3]:
        facts: ReviewerFacts = {
            "role": "Genetic Counsellor",
            "affiliation": "Clinic of an invented town",
            "workplace": "NHS clinical service",
            "group": "NHS Genomic Medicine Centre",
            "statement": "I have counselled families with airway disease for ten years.",
        }
        apply_to_review(actor=volunteer, facts=facts)


def _directory(panels: list[Panel]) -> None:
    """Codes that no real directory has, one for each panel."""
    Indication.objects.bulk_create(
        Indication(
            code=f"R{9_000 + place}.1",
            clinical_number=9_000 + place,
            name=f"Invented indication: {panel.name.removeprefix('Demo: ')}",
            test_method="Small panel",
            panel_numbers=[panel.pk],
            edition=f"An edition {_WORD}",
        )
        for place, panel in enumerate(panels, start=1)
    )


def _new_symbol() -> None:
    """A table in which one gene has an invented new symbol waits for a second person."""
    proposer = User.objects.filter(role_grants__role="data_manager").first()
    genes = list(Gene.objects.filter(panel_entities__isnull=False).distinct().order_by("symbol"))
    if proposer and genes:
        rows = [("hgnc_id", "symbol", "name", "previous_symbols", "alias_symbols", "ensembl_gene_id")]
        for place, gene in enumerate(genes):
            names = list(gene.names.order_by("name").values_list("name", "kind"))
            previous, aliases = ([name for name, kind in names if kind == wanted] for wanted in ("previous", "alias"))
            symbol = f"{gene.symbol}L" if place == 0 else gene.symbol
            previous += [gene.symbol] if place == 0 else []
            rows.append((gene.hgnc_id, symbol, gene.name, "|".join(previous), "|".join(aliases), gene.ensembl_id))
        table = "\n".join("\t".join(row) for row in rows)
        propose_refresh(actor=proposer, file_name="invented-symbols.tsv", content=table.encode())
