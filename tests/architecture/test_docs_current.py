"""Papers that are made from code are up to date, and every decision is in the index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.architecture.tree import ROOT

DECISIONS = ROOT / "docs" / "adr"


def test_reference_pages__say_what_the_code_says() -> None:
    call_command("reference_docs", "--check")


def test_decisions__are_all_in_the_index_and_the_index_lists_nothing_else() -> None:
    files = {path.name for path in DECISIONS.glob("*.md")} - {"README.md"}
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\((\d{4}-[^)]+\.md)\)", index)) == files


def test_decisions__have_one_number_each() -> None:
    numbers = [path.name[:4] for path in DECISIONS.glob("[0-9]*.md")]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("path", sorted(DECISIONS.glob("[0-9]*.md")), ids=lambda path: path.stem)
def test_decision__fits_a_page_and_says_what_was_asked_chosen_and_paid(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    assert re.match(rf"# {int(path.name[:4])}\. .+\n\n\*\*Status\*\*: ", text)
    assert [word for word in ("Question", "Choice", "Price") if f"\n**{word}.**" not in text] == []
