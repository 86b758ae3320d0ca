"""What a researcher may ask, and the sentence that bad input gets. Nothing is written for a refused question."""

from __future__ import annotations

from typing import Any

import pytest

from ngrl.pseudonyms import ProjectPseudonyms
from portal.kernel.refusals import InvalidInput, PermissionRefused
from research_env.cohorts import readable_samples
from research_env.models import Query
from research_env.questions import BadQuestion, Question, read_question
from tests.factories.releases import load_tiny_release
from tests.factories.research_env import plan
from tests.personas import World

pytestmark = pytest.mark.django_db


def problems_of(world: World, **raw: Any) -> dict[str, list[str]]:
    """The sentences that a question gets, by field."""
    release = load_tiny_release(world.people["hana"])
    before = Query.objects.count()
    with pytest.raises(BadQuestion) as refusal:
        read_question(world.project, release, raw)
    assert Query.objects.count() == before
    return refusal.value.problems


def pseudonyms_of(project: Any, world: World, dataset: str, count: int = 3) -> list[str]:
    """Pseudonyms, for one project, of people in a dataset of the test release."""
    release = load_tiny_release(world.people["hana"])
    ids = release.samples.filter(dataset__slug=dataset).values_list("participant_id", flat=True)[:count]
    return [ProjectPseudonyms(project.reference).encode(each) for each in ids]


def test_an_unknown_gene__is_named_with_suggestions(world: World) -> None:
    (sentence,) = problems_of(world, genes="CFTRR")["genes"]
    assert "CFTRR" in sentence
    assert "CFTR" in sentence.replace("CFTRR", "")


def test_a_previous_symbol__is_understood_and_said(world: World) -> None:
    release = load_tiny_release(world.people["hana"])
    question = read_question(world.project, release, {"genes": "AARS"})
    assert question.genes == ("HGNC:20",)
    assert any("AARS1" in note for note in question.notes)


def test_a_region_past_the_end_of_its_chromosome__is_refused_with_the_length(world: World) -> None:
    (sentence,) = problems_of(world, targets="chr7:159345900-159999999")["targets"]
    assert "159,345,973" in sentence


def test_ten_thousand_genes__are_refused_with_the_limit(world: World) -> None:
    (sentence,) = problems_of(world, genes="\n".join(f"GENE{n}" for n in range(10_000)))["genes"]
    assert "10,000" in sentence
    assert "500" in sentence


def test_nothing_named__asks_for_a_gene_or_a_region(world: World) -> None:
    assert problems_of(world, genes="") == {"genes": ["Name at least one gene, gene panel, region or variant."]}


def test_pseudonyms_of_another_project__are_nobody_here(world: World) -> None:
    theirs = pseudonyms_of(world.other_project, world, "covid-19", 1)
    (sentence,) = problems_of(world, genes="CFTR", pseudonyms="\n".join(theirs))["pseudonyms"]
    assert "Line 1" in sentence
    assert "another project" in sentence


def test_pseudonyms_of_people_outside_the_granted_datasets__are_nobody_here(world: World) -> None:
    outside = pseudonyms_of(world.project, world, "covid-19", 1)
    assert "Line 1" in problems_of(world, genes="CFTR", pseudonyms=outside[0])["pseudonyms"][0]


def test_a_mistyped_pseudonym__is_told_from_a_strange_one_by_its_line(world: World) -> None:
    (good,) = pseudonyms_of(world.project, world, "cancer", 1)
    mistyped = good[:-1] + ("0" if good[-1] != "0" else "1")
    (sentence,) = problems_of(world, genes="CFTR", pseudonyms=f"{good}\n\n{mistyped}")["pseudonyms"]
    assert sentence.startswith("Line 3")
    assert "another project" not in sentence


def test_the_projects_own_pseudonyms__make_the_cohort(world: World) -> None:
    mine = pseudonyms_of(world.project, world, "rare-disease")
    query = plan(world, pseudonyms="\n".join(mine))
    assert sorted(Question.from_json(query.question).pseudonyms) == sorted(mine)


def test_a_cohort_of_nobody__is_refused_before_anything_runs(world: World) -> None:
    with pytest.raises(InvalidInput, match="Nobody in the project's data fits"):
        plan(world, ancestries=["EAS"])
    assert not Query.objects.exists()


def test_a_gene_that_no_file_reaches__is_said(world: World) -> None:
    with pytest.raises(InvalidInput, match="No file of this release reaches"):
        plan(world, genes="SCN1A")


def test_a_dataset_that_was_not_granted__cannot_be_chosen(world: World) -> None:
    assert "granted" in problems_of(world, genes="CFTR", datasets=["covid-19"])["datasets"][0]


@pytest.mark.parametrize("frequency", [-0.1, 1.5])
def test_a_frequency_outside_zero_and_one__is_refused(world: World, frequency: float) -> None:
    assert problems_of(world, genes="CFTR", max_allele_frequency=frequency)


def test_every_problem_is_named_at_once(world: World) -> None:
    assert set(problems_of(world, genes="NOPE", targets="chr99:1-2", sexes=["x"])) == {"genes", "targets", "sexes"}


@pytest.mark.parametrize("persona", ["eve", "noa", "hana", "cora", "ivo"])
def test_who_is_no_member__cannot_ask_in_the_project(world: World, persona: str) -> None:
    from research_env.services import plan_query

    release = load_tiny_release(world.people["hana"])
    question = read_question(world.project, release, {"genes": "CFTR"})
    with pytest.raises(PermissionRefused):
        plan_query(actor=world.people[persona], project=world.project, release=release, name="", question=question)


def test_the_cohort__holds_only_granted_datasets(world: World) -> None:
    release = load_tiny_release(world.people["hana"])
    slugs = set(readable_samples(world.project, release).values_list("dataset__slug", flat=True))
    assert slugs == {"rare-disease", "cancer"}
