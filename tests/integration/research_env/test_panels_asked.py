"""A question names a gene panel at a version: which genes are read, what is written down, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from ngrl.models import Release
from panelapp.models import Gene, Panel
from panelapp.services import EntityFacts, add_entity
from panelapp.vocabularies import EntityKind, Level
from research_env.forms import QueryForm
from research_env.models import Query
from research_env.questions import BadQuestion, Question, described, read_question, targets_of
from research_env.tables import StoredRows
from tests.factories.panels import CURATION, fresh, make_gene, make_panel
from tests.factories.releases import PHE508DEL, load_tiny_release
from tests.factories.research_env import finished
from tests.personas import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(world: World) -> Release:
    return load_tiny_release(world.people["hana"])


def put(panel: Panel, gene: Gene, level: Level = Level.GREEN) -> Panel:
    """The panel with one more gene, which is a new version of it."""
    facts: EntityFacts = {
        "gene": gene,
        "sources": ["Literature"],
        "mode_of_inheritance": "BIALLELIC, autosomal or pseudoautosomal",
        "phenotypes": ["Example disease"],
    }
    add_entity(actor=CURATION, panel=panel, kind=EntityKind.GENE, facts=facts, level=level)
    return fresh(panel)


@pytest.fixture
def panel(world: World, release: Release) -> Panel:
    """CFTR green, G6PD amber."""
    made = put(make_panel("Example of the lung"), Gene.objects.get(symbol="CFTR"))
    return put(made, Gene.objects.get(symbol="G6PD"), Level.AMBER)


def number_of(panel: Panel) -> str:
    assert panel.current is not None
    return panel.current.number


def symbols_read(question: Question) -> set[str]:
    return set(Gene.objects.filter(hgnc_id__in=question.panel_genes).values_list("symbol", flat=True))


def problems_of(world: World, release: Release, **raw: Any) -> dict[str, list[str]]:
    with pytest.raises(BadQuestion) as refusal:
        read_question(world.project, release, raw)
    return refusal.value.problems


def test_a_panel__gives_its_green_genes_and_says_its_version(world: World, release: Release, panel: Panel) -> None:
    question = read_question(world.project, release, {"panel": panel.pk})
    assert symbols_read(question) == {"CFTR"}
    assert question.panel_version == number_of(panel)
    assert dict(described(question))["Gene panel"] == (
        f"Example of the lung (panel {panel.pk}), version {number_of(panel)}: 1 gene"
    )
    assert len(targets_of(question, release)) == 1


def test_amber_genes__are_read_where_they_are_asked_for(world: World, release: Release, panel: Panel) -> None:
    question = read_question(world.project, release, {"panel": panel.pk, "panel_level": "amber"})
    assert symbols_read(question) == {"CFTR", "G6PD"}


def test_an_earlier_version__is_read_as_it_was(world: World, release: Release) -> None:
    earlier = put(make_panel("Example that grows"), Gene.objects.get(symbol="CFTR"))
    number = number_of(earlier)
    later = put(earlier, Gene.objects.get(symbol="G6PD"))
    now = read_question(world.project, release, {"panel": later.pk})
    then = read_question(world.project, release, {"panel": later.pk, "panel_version": number})
    assert symbols_read(now) == {"CFTR", "G6PD"}
    assert symbols_read(then) == {"CFTR"}


def test_a_planned_query__keeps_the_genes_it_was_asked_with(world: World, release: Release, panel: Panel) -> None:
    query = finished(world, genes="", panel=panel.pk, pass_only=False)
    put(panel, make_gene("LATER1", 909_091))
    kept = Question.from_json(Query.objects.get(pk=query.pk).question)
    assert symbols_read(kept) == {"CFTR"}
    assert Question.from_json(kept.to_json()) == kept


def test_the_answer__is_that_of_the_same_genes_named_by_hand(world: World, release: Release, panel: Panel) -> None:
    by_panel = finished(world, genes="", panel=panel.pk, pass_only=False)
    by_hand = finished(world, genes="CFTR", pass_only=False)
    one, other = (StoredRows(each.result, "variants")[0:500] for each in (by_panel, by_hand))
    assert one == other
    assert PHE508DEL in {row["variant_id"] for row in one}


def test_a_panel_that_is_not_open__does_not_exist(world: World, release: Release) -> None:
    hidden = put(make_panel("Example kept inside", is_open=False), Gene.objects.get(symbol="CFTR"))
    (absent,) = problems_of(world, release, panel=999_999)["panel"]
    assert problems_of(world, release, panel=hidden.pk)["panel"] == [absent.replace("999999", str(hidden.pk))]


@pytest.mark.parametrize("number", ["9.99", "x", "1.0' or 1=1"])
def test_a_version_that_never_was__is_refused_beside_its_field(
    world: World, release: Release, panel: Panel, number: str
) -> None:
    (sentence,) = problems_of(world, release, panel=panel.pk, panel_version=number)["panel_version"]
    assert panel.name in sentence


def test_a_version_without_a_panel__asks_for_the_panel(world: World, release: Release) -> None:
    assert problems_of(world, release, genes="CFTR", panel_version="1.0") == {
        "panel": ["Choose the panel whose version you named."]
    }


def test_a_panel_without_green_genes__is_refused(world: World, release: Release) -> None:
    amber = put(make_panel("Example of amber"), Gene.objects.get(symbol="CFTR"), Level.AMBER)
    (sentence,) = problems_of(world, release, panel=amber.pk)["panel"]
    assert "has no green genes" in sentence


def test_a_gene_without_a_place__is_left_out_and_named(world: World, release: Release, panel: Panel) -> None:
    placeless = make_gene("NOPLACE1", 909_090)
    placeless.locations.all().delete()
    question = read_question(world.project, release, {"panel": put(panel, placeless).pk})
    assert symbols_read(question) == {"CFTR"}
    assert any("NOPLACE1" in note for note in question.notes)


def test_the_form__offers_open_panels_with_their_versions(world: World, release: Release, panel: Panel) -> None:
    make_panel("Example kept inside", is_open=False)
    choices = dict(QueryForm(world.project).fields["panel"].choices)  # type: ignore[attr-defined]
    assert choices[str(panel.pk)] == f"Example of the lung, version {number_of(panel)}"
    assert not any("kept inside" in label for label in choices.values())


def test_the_form__without_panels_has_no_field_for_them(world: World, release: Release) -> None:
    assert "panel" not in QueryForm(world.project).fields
