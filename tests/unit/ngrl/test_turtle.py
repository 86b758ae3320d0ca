"""Turtle says what the JSON-LD says, whatever stands in the texts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngrl.turtle import as_turtle
from tests.factories.turtle import TYPE, read_turtle

SCHEMA, DCT, HERE = "https://schema.org/", "http://purl.org/dc/terms/", "https://portal.example/data/"
CONTEXT = {"@vocab": SCHEMA, "dct": DCT}


def said(**facts: Any) -> set[Any]:
    return read_turtle(as_turtle({"@context": CONTEXT, "@id": HERE, **facts}))


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_every_text__comes_back_as_it_was(text: str) -> None:
    assert said(name=text) == {(HERE, f"{SCHEMA}name", ("text", text))}


def test_text__cannot_say_more_than_itself() -> None:
    text = '" . <https://evil.example/> a <x> . #'
    assert said(name=text) == {(HERE, f"{SCHEMA}name", ("text", text))}


@pytest.mark.parametrize("address", ["https://x.example/a b", "https://x.example/<a>", 'https://x.example/"', "a\nb"])
def test_address__cannot_end_before_its_end(address: str) -> None:
    ((subject, _, value),) = said(**{"dct:license": {"@id": address}})
    assert subject == HERE
    assert not set(value) & set(' <>"\n')


def test_nodes__stand_by_their_addresses_and_without_one_in_brackets() -> None:
    found = said(
        **{"@type": ["DataCatalog", "dct:Catalog"], "dct:title": "All", "count": 3, "free": True},
        dataset=[{"@id": f"{HERE}1", "name": "One"}, {"@id": f"{HERE}2"}],
        publisher={"@type": "Organization", "name": "Us"},
        keywords=[],
    )
    assert found == {
        (HERE, TYPE, f"{SCHEMA}DataCatalog"),
        (HERE, TYPE, f"{DCT}Catalog"),
        (HERE, f"{DCT}title", ("text", "All")),
        (HERE, f"{SCHEMA}count", ("number", 3)),
        (HERE, f"{SCHEMA}free", ("truth", True)),
        (HERE, f"{SCHEMA}dataset", f"{HERE}1"),
        (HERE, f"{SCHEMA}dataset", f"{HERE}2"),
        (f"{HERE}1", f"{SCHEMA}name", ("text", "One")),
        (
            HERE,
            f"{SCHEMA}publisher",
            frozenset({(TYPE, f"{SCHEMA}Organization"), (f"{SCHEMA}name", ("text", "Us"))}),
        ),
    }


def test_what_has_no_spelling__is_refused() -> None:
    with pytest.raises(ValueError, match="float"):
        said(name=1.5)
