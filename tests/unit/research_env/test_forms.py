"""The form of a question: what is offered, what is said about what was typed, and that nothing typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict

from ngrl.models import Chunk, Release
from portal.kernel import clock
from research_env.forms import QueryForm, initial_of, pseudonyms_in
from research_env.share_forms import ShareForm
from tests.factories import research_env as make
from tests.factories.releases import PEOPLE, load_tiny_release
from tests.personas import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(world: World) -> Release:
    return load_tiny_release(world.people["hana"])


def filled(world: World, release: Release, files: Any = None, **fields: Any) -> QueryForm:
    data = QueryDict(mutable=True)
    for name, value in {"genes": "CFTR", "release": release.reference, "pass_only": "on", **fields}.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return QueryForm(world.project, data, files or {})


def test_choices__are_those_of_the_project(world: World, release: Release) -> None:
    form = QueryForm(world.project)
    assert {slug for slug, _ in form.fields["datasets"].choices} == {"rare-disease", "cancer"}  # type: ignore[attr-defined]
    assert [word for word, _ in form.fields["ancestries"].choices] == ["AFR", "EUR", "SAS"]  # type: ignore[attr-defined]


def test_choices__without_a_release_there_is_none_to_choose(world: World) -> None:
    assert QueryForm(world.project).releases == []


def test_effects__are_offered_where_the_files_name_them(world: World, release: Release) -> None:
    assert QueryForm(world.project)["consequence"].value() == "protein_changing"


def publish_with_effects(name: str, annotation: str) -> None:
    facts = {"contig": "chr7", "start_1based": 1, "end_1based": 2, "record_count": 1, "size_bytes": 1}
    made = Release.objects.create(reference=f"with-{annotation or 'none'}".lower(), name=name, assembly="GRCh38")
    Chunk.objects.create(release=made, position=0, annotation=annotation, path="a", index_path="b", etag="c", **facts)
    Release.objects.filter(pk=made.pk).update(status="published", published_at=clock.now())


def test_effects__are_not_offered_where_no_file_names_them(world: World) -> None:
    publish_with_effects("Plain", "")
    assert "consequence" not in QueryForm(world.project).fields


def test_effects__the_name_of_a_release_is_printed_as_text(world: World, release: Release) -> None:
    publish_with_effects("<b>Bold</b>", "")
    help_text = str(QueryForm(world.project).fields["consequence"].help_text)
    assert "&lt;b&gt;Bold&lt;/b&gt; name no effects" in help_text


def test_question__is_read_with_its_defaults(world: World, release: Release) -> None:
    form = filled(world, release, consequence="protein_changing", max_allele_frequency="0.01")
    assert form.is_valid(), form.errors
    assert form.question is not None
    assert (form.question.consequence, form.question.max_allele_frequency, form.question.pass_only) == (
        "protein_changing",
        0.01,
        True,
    )


def test_question__the_gene_that_was_being_looked_for_counts_too(world: World, release: Release) -> None:
    form = filled(world, release, find_gene="G6PD")
    assert form.is_valid(), form.errors
    assert form.question is not None
    assert len(form.question.genes) == 2


def test_problems__stand_at_their_fields_all_at_once(world: World, release: Release) -> None:
    form = filled(world, release, genes="NOSUCHGENE", targets="nonsense", pseudonyms="ABC", max_allele_frequency="lots")
    assert set(form.errors) == {"genes", "targets", "pseudonyms", "max_allele_frequency"}
    assert form.errors["max_allele_frequency"] == ["Enter the highest allele frequency as a number, such as 0.01"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("min_depth", "-3"), ("min_allele_count", "two"), ("max_allele_frequency", "1.5"), ("sexes", "other")],
)
def test_problems__a_value_that_cannot_be(world: World, release: Release, field: str, value: str) -> None:
    assert list(filled(world, release, **{field: value}).errors) == [field]


def test_problems__lowest_frequency_above_the_highest(world: World, release: Release) -> None:
    form = filled(world, release, max_allele_frequency="0.01", min_allele_frequency="0.5")
    assert list(form.errors) == ["max_allele_frequency"]


def test_problems__another_projects_dataset(world: World, release: Release) -> None:
    assert list(filled(world, release, datasets=["covid-19"]).errors) == ["datasets"]


def test_problems__nothing_to_look_at(world: World, release: Release) -> None:
    assert filled(world, release, genes="").errors["genes"] == [
        "Name at least one gene, gene panel, region or variant."
    ]


def test_problems__ten_thousand_genes(world: World, release: Release) -> None:
    (sentence,) = filled(world, release, genes=" ".join(f"GENE{n}" for n in range(10_000))).errors["genes"]
    assert "10,000" in sentence


def test_typed__comes_back_as_it_was(world: World, release: Release) -> None:
    form = filled(world, release, genes="CFTR\nNOSUCH", max_allele_frequency="lots", sexes=["female"], name="Mine <i>")
    assert not form.is_valid()
    values = {name: form[name].value() for name in ("genes", "max_allele_frequency", "sexes", "name")}
    assert values == {
        "genes": "CFTR\nNOSUCH",
        "max_allele_frequency": "lots",
        "sexes": ["female"],
        "name": "Mine <i>",
    }


def test_upload__its_lines_come_back_in_the_text_area(world: World, release: Release) -> None:
    upload = SimpleUploadedFile("list.txt", b"AAAAA-BBBBB-CCCC\nDDDDD-EEEEE-FFFF\n")
    form = filled(world, release, files={"pseudonyms_file": upload}, genes="NOSUCH")
    assert not form.is_valid()
    assert form["pseudonyms"].value() == "AAAAA-BBBBB-CCCC\nDDDDD-EEEEE-FFFF"
    assert form.names_people


def test_upload__that_is_no_text_gets_a_sentence(world: World, release: Release) -> None:
    upload = SimpleUploadedFile("list.txt", b"\xff\xfe\x00\x01")
    form = filled(world, release, files={"pseudonyms_file": upload})
    assert form.errors["pseudonyms_file"] == ["This is not a text file. Choose a .txt or .csv file."]


def test_upload__that_is_empty_or_huge_gets_a_sentence(world: World, release: Release) -> None:
    for content in (b"", b"A" * 5_000_001):
        form = filled(world, release, files={"pseudonyms_file": SimpleUploadedFile("list.txt", content)})
        assert list(form.errors) == ["pseudonyms_file"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A\nB\n\n A \n", ["A", "B"]),
        ("A,1\nB,2\n", ["A", "B"]),
        ("contig,Pseudonym,depth\nchr7,A,3\nchr7,B,4\nchr8,A,5\n", ["A", "B"]),
        ('"A"\r\n"B"\r\n', ["A", "B"]),
        ("", []),
    ],
)
def test_pseudonyms_in__text_and_csv(text: str, found: list[str]) -> None:
    assert pseudonyms_in(text) == found


def test_copy__asks_the_same_question_again(world: World) -> None:
    query = make.plan(world, genes="CFTR G6PD", sexes=["female"], max_allele_frequency=0.02, targets="chr7:1-2000")
    same = initial_of(query, world.project) | {"pass_only": "on", "consequence": "any"}
    form = filled(world, query.release, **{name: value for name, value in same.items() if value and name != "release"})
    assert form.is_valid(), form.errors
    assert form.question is not None
    assert form.question.to_json() == query.question


def test_copy__into_another_project_leaves_the_people_behind(world: World) -> None:
    query = make.plan(world, datasets=["cancer"])
    assert initial_of(query, world.other_project)["datasets"] == []
    assert initial_of(query, world.other_project)["pseudonyms"] == ""


def test_share__only_with_colleagues_who_do_not_see_it_yet(world: World) -> None:
    ben, eve = world.people["ben"], world.people["eve"]
    assert ShareForm([ben], {"person": str(ben.pk)}).is_valid()
    assert not ShareForm([ben], {"person": str(eve.pk)}).is_valid()
    assert not ShareForm([], {"person": ""}).is_valid()


def test_release__holds_the_people_that_these_tests_count(release: Release) -> None:
    assert release.sample_count == PEOPLE


def test_pseudonyms_in__lines_of_an_old_macintosh() -> None:
    assert pseudonyms_in("AAA\rBBB\r") == ["AAA", "BBB"]


def test_upload__with_a_line_that_never_ends_is_refused_with_a_sentence(world: World, release: Release) -> None:
    upload = SimpleUploadedFile("people.csv", b'"' + b"A" * 200_000)
    form = filled(world, release, {"pseudonyms_file": upload})
    assert "is too long" in str(form.errors["pseudonyms_file"])


def test_name__of_a_variant_with_long_alleles_is_shortened(world: World) -> None:
    query = make.plan(world, name="", genes="", targets=f"chr7-117559590-{'A' * 300}-G")
    assert len(query.name) == 120
    assert query.name.endswith("…")
