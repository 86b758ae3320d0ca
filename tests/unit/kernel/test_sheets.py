"""Cells of a CSV are texts for a spreadsheet, whatever they begin with; what is empty stays empty."""

from __future__ import annotations

import csv
import io

import pytest

from portal.kernel.sheets import csv_line, tame


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1+1", "\u00a0@A1", "＝1+1", "＠A1"],
)
def test_text_like_a_formula__gets_an_apostrophe(text: str) -> None:
    assert tame(text) == f"'{text}"
    assert next(csv.reader(io.StringIO(csv_line([text]), newline=""))) == [f"'{text}"]


@pytest.mark.parametrize("value", ["", " ", "p.Phe508del", "chr7-1-A-G", "a=b", -0.5, 3, None])
def test_other_values__stay_as_they_are(value: object) -> None:
    assert tame(value) == value


def test_line__leaves_nothing_where_there_is_nothing() -> None:
    assert csv_line(["", None, "a,b", -2]) == ',,"a,b",-2\n'
    assert csv_line(["a"], ending="\r\n") == "a\r\n"
