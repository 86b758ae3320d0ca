"""The rules that need no database: traffic light, names in order, documents, activity in words."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from panelapp.activity_text import activity_text
from panelapp.models.feed import Change
from panelapp.panel_documents import read_panel
from panelapp.ratings import Source, level_of
from panelapp.versions import Fragment, assemble, bumped, diff, instant, name_key, parse_number, render
from portal.kernel.refusals import InvalidInput

HIGH = ("Radboud University Medical Center, Nijmegen", "Illumina TruGenome Clinical Sequencing Services", "UKGTN")
HEAD = {"id": 7, "name": "Example", "version": "1.2", "version_created": "2026-02-03T10:11:12.131415Z", "stats": {}}
GENE = {
    "gene_data": {"hgnc_id": "HGNC:1", "gene_symbol": "GENA"},
    "entity_type": "gene",
    "entity_name": "GENA",
    "confidence_level": "3",
    "evidence": ["Expert Review Green"],
    "mode_of_inheritance": "",
    "penetrance": None,
    "tags": [],
}


@pytest.mark.parametrize(
    ("sources", "flagged", "level"),
    [
        ([], False, 0),
        (["Literature"], False, 1),
        (["Expert Review Amber", "Expert Review Green"], False, 2),
        (["Literature", "Expert Review Removed"], False, 0),
        (["Expert Review Green"], True, 0),
        (HIGH[:1], False, 1),
        (HIGH[:2], False, 2),
        (HIGH, False, 3),
    ],
)
def test_level__follows_from_the_sources(sources: list[str], flagged: bool, level: int) -> None:
    assert level_of([Source(name) for name in sources], flagged=flagged) == level


def test_level__counts_nobody_but_curators_and_trusted_sources() -> None:
    assert level_of([Source("Expert Review Green", by_curator=False)]) == 0
    assert level_of([Source("UKGTN", rating=3)]) == 1


def test_numbers() -> None:
    assert bumped(None) == (0, 0)
    assert bumped((1, 9)) == (1, 10)
    assert bumped((1, 9), is_major=True) == (2, 0)
    assert parse_number("1.10") == (1, 10)
    assert [parse_number(text) for text in ("", "1", "1.x", "1.2.3", "-1.2", "1.2x")] == [None] * 6


def test_names__are_ordered_as_in_a_dictionary() -> None:
    assert sorted(["MT-TP", "MTTP", "MT-ND1", "MTFMT", "abc"], key=name_key) == [
        *("abc", "MTFMT", "MT-ND1", "MTTP", "MT-TP")
    ]


def test_instant__is_utc_with_six_digits_wherever_it_was_written() -> None:
    at = datetime(2026, 2, 3, 20, 11, 12, tzinfo=timezone(timedelta(hours=10)))
    assert instant(at) == "2026-02-03T10:11:12.000000Z"


def test_assemble__puts_the_greenest_first() -> None:
    fragments = [
        Fragment("gene", "B", 1, '{"n":1}'),
        Fragment("gene", "C", 3, '{"n":2}'),
        Fragment("str", "A", 3, "{}"),
    ]
    assert json.loads(assemble('{"id":1}', fragments)) == {
        "id": 1,
        "genes": [{"n": 2}, {"n": 1}],
        "strs": [{}],
        "regions": [],
    }
    assert render(b"{}") == render(b"{}")


def test_diff__of_a_version_with_itself_is_empty() -> None:
    panel = {**HEAD, "genes": [GENE], "strs": [], "regions": []}
    assert diff(panel, panel) == []
    (added,) = diff({**panel, "genes": []}, panel)
    assert (added.change, added.entity_name, added.hgnc_id, added.after) == ("entity_added", "GENA", "HGNC:1", "3")
    (removed,) = diff(panel, {**panel, "genes": []})
    assert (removed.change, removed.before) == ("entity_removed", "3")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": "x"}, "no version"),
        ({"version_created": "yesterday"}, "no date"),
        ({"id": "7"}, "no id"),
        ({"genes": [GENE, GENE]}, "twice"),
        ({"genes": [{**GENE, "confidence_level": "9"}]}, "level"),
        ({"genes": [{**GENE, "entity_name": ""}]}, "no name"),
        ({"regions": [{**GENE, "chromosome": "1", "grch38_coordinates": [9, 3]}]}, "ends before"),
        ({"strs": [{**GENE, "chromosome": "1", "normal_repeats": "many"}]}, "many"),
        ({"strs": [GENE]}, "chromosome"),
    ],
)
def test_document__that_cannot_be_kept_is_refused_with_the_reason(change: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_panel({**HEAD, "genes": [GENE], **change})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mode_of_inheritance": "sometimes"}, "unknown mode of inheritance"),
        ({"mode_of_pathogenicity": "other"}, "unknown mode of pathogenicity"),
        ({"penetrance": "Often"}, "unknown penetrance"),
        ({"tags": [" new"]}, "tags with spaces"),
        ({"evidence": ["Expert Review Green", ""]}, "without a name"),
        ({"evidence": ["Expert Review Green", "Expert Review Red"]}, "several levels"),
        ({"evidence": []}, "does not follow"),
        ({"gene_data": {"gene_symbol": "GENA", "hgnc_id": None}}, "without an HGNC id"),
        ({"confidence_level": "4"}, "old word for green"),
    ],
)
def test_document__that_is_unusual_is_taken_and_reported(change: dict[str, object], said: str) -> None:
    read = read_panel({**HEAD, "genes": [{**GENE, **change}]})
    assert any(said in problem.text and problem.entity == "GENA" for problem in read.problems)


@pytest.mark.parametrize("change", Change.values)
def test_every_change__has_a_sentence(change: str) -> None:
    said = activity_text(change, kind="gene", name="GENA", field="name", before='["A"]', after='["B"]')
    assert said
    assert "{" not in said


def test_green__is_told_in_the_words_that_clients_look_for() -> None:
    for change in ("level_changed", "entity_added"):
        said = activity_text(change, kind="gene", name="GENA", field="confidence_level", before="", after="3")
        assert "green list (high evidence)" in said.lower()
    added = '["Expert Review Green","Literature"]'
    said = activity_text("sources_changed", kind="gene", name="GENA", field="", before='["Literature"]', after=added)
    assert "expert review green" in said.lower()
