"""Which changes of a project are the committee's, and that each case of the list of attacks has its test."""

from __future__ import annotations

import ast
import csv
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from access_review.sections import SECTIONS, SUBSTANTIVE, changed, is_substantive
from tests.factories.reviews import ANSWERS

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "tests" / "expected" / "review_cases.csv"
WORDS_ALONE = {("summary", "title"), ("summary", "lay_summary"), ("datasets", "why"), ("funding", "funders")}
WANTED = {*range(1, 21), *range(44, 56)}


def with_change(section: str, name: str) -> dict[str, dict[str, Any]]:
    return {**ANSWERS, section: {**ANSWERS[section], name: "Something else"}}


@pytest.mark.parametrize(("section", "name"), sorted(SUBSTANTIVE))
def test_change_of_what_was_approved__is_the_committees_whatever_it_is_called(section: str, name: str) -> None:
    """Case 20: the list of fields decides."""
    assert is_substantive(ANSWERS, with_change(section, name))


@pytest.mark.parametrize(("section", "name"), sorted(WORDS_ALONE))
def test_change_of_words_alone__is_the_secretariats(section: str, name: str) -> None:
    assert not is_substantive(ANSWERS, with_change(section, name))
    assert [(each.slug, field.name) for each, field, _, _ in changed(ANSWERS, with_change(section, name))] == [
        (section, name)
    ]


def test_every_question__is_known_to_be_substantive_or_not() -> None:
    """A question that is added to the form makes somebody decide."""
    indifferent = {("security", "security"), *(("ethics", n) for n in ("has_approval", "approval", "issues"))}
    eligibility = {("eligibility", "inside_only"), ("eligibility", "acceptable")}
    asked = {(section.slug, field.name) for section in SECTIONS for field in section.fields}
    assert asked == SUBSTANTIVE | WORDS_ALONE | indifferent | eligibility


def test_every_case__has_a_test_that_is_there() -> None:
    with CASES.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {int(row["case"]) for row in rows} >= WANTED
    missing = [row["test"] for row in rows if row["test"].partition("::")[2] not in functions_named_by(row["test"])]
    assert missing == []


@cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def functions_named_by(test: str) -> frozenset[str]:
    return functions_of(test.partition("::")[0])
