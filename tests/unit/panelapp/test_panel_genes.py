"""A panel at a stated version as genes: what an analysis asks for, and may ask for again years later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from panelapp.models import Gene, Panel
from panelapp.selectors import PanelGene, genes_of_version, panel_at_version
from panelapp.services import create_panel, issue_erratum, set_rating, update_entity
from panelapp.vocabularies import Level
from portal.kernel.refusals import InvalidInput
from tests.factories.panels import CURATION, add_gene, add_str, fresh, make_panel

pytestmark = pytest.mark.django_db
X_LINKED = "X-LINKED: hemizygous mutation in males, biallelic mutations in females"
ANYBODY = AnonymousUser()


@pytest.fixture
def panel(db: None) -> Panel:
    made = make_panel("Lungs", genes=["GENA"])
    add_gene(made, "GENB", 910_000, Level.AMBER)
    add_gene(made, "GENC", 910_001, Level.RED)
    add_str(made)
    return fresh(made)


def named(genes: list[PanelGene]) -> list[str]:
    return [gene.symbol for gene in genes]


@pytest.mark.parametrize(
    ("min_level", "expected"),
    [(Level.GREEN, ["GENA"]), (Level.AMBER, ["GENA", "GENB"]), (Level.NONE, ["GENA", "GENB", "GENC"])],
)
def test_genes__come_from_a_rating_up_greenest_first(panel: Panel, min_level: Level, expected: list[str]) -> None:
    assert named(panel_at_version(ANYBODY, panel.pk, min_level=min_level).genes) == expected


def test_genes__carry_their_inheritance_and_their_row_in_the_table_of_genes(panel: Panel) -> None:
    [gene] = genes_of_version(panel.current)
    assert (gene.gene, gene.level) == (Gene.objects.get(symbol="GENA"), Level.GREEN)
    assert gene.inheritances == ("BIALLELIC, autosomal or pseudoautosomal",)
    assert gene.short_inheritances == ("biallelic",)


def test_old_version__answers_for_ever_as_it_did(panel: Panel) -> None:
    number, entity = panel.version, panel.entities.get(name="GENA")
    set_rating(actor=CURATION, entity=entity, level=Level.RED, reason="New evidence")
    Gene.objects.filter(symbol="GENA").update(symbol="GENA1")
    assert named(panel_at_version(ANYBODY, panel.pk).genes) == []
    old = panel_at_version(ANYBODY, panel.pk, number)
    assert (old.sentence, named(old.genes)) == (f"Lungs (panel {panel.pk}), version {number}", ["GENA"])
    assert old.genes[0].gene is not None
    assert old.genes[0].gene.symbol == "GENA1"


def test_known_errors_of_the_version__come_with_it(panel: Panel) -> None:
    issue_erratum(actor=CURATION, first=panel.current, last=panel.current, text="GENA stands for GENX here.")
    assert panel_at_version(ANYBODY, panel.pk, panel.version).errata == ["GENA stands for GENX here."]


def test_super_panel__gives_each_gene_once_with_all_its_inheritances(panel: Panel) -> None:
    other = make_panel("Airways", genes=["GENA"])
    shared = other.entities.get(name="GENA")
    update_entity(actor=CURATION, entity=shared, facts={"mode_of_inheritance": X_LINKED})
    both = create_panel(actor=CURATION, facts={"name": "Both", "children": [panel, other]})
    [gene] = genes_of_version(both.current)
    assert sorted(gene.short_inheritances) == ["biallelic", "xlinked_biallelic"]


@pytest.mark.parametrize("number", ["9.9", "nonsense", "1", "\x00"])
def test_version_that_is_not_there__is_refused_in_words(panel: Panel, number: str) -> None:
    with pytest.raises(InvalidInput, match="Lungs has no version") as refusal:
        panel_at_version(ANYBODY, panel.pk, number)
    assert refusal.value.field == "version"


def test_internal_panel__is_not_there_but_for_curators(people: Mapping[str, User]) -> None:
    hidden = make_panel("Hidden", genes=["GENA"], is_open=False)
    with pytest.raises(InvalidInput, match="There is no panel"):
        panel_at_version(people["ada"], hidden.pk)
    assert named(panel_at_version(people["gus"], hidden.pk).genes) == ["GENA"]


def test_asking_again__takes_few_queries(panel: Panel, django_assert_max_num_queries: Any) -> None:
    genes_of_version(panel.current)
    with django_assert_max_num_queries(2):
        genes_of_version(panel.current)
