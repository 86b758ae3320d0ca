"""What is seen of a file: all of it, page by page, and nothing that runs, calls out or hides."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from airlock.checks.kinds import kind_of
from airlock.viewing import CannotBeShown, Mode, content_headers, mode_of
from airlock.viewing.opened import open_in_child
from airlock.viewing.tables import PAGE_ROWS, TableIndex, index_table, table_page
from airlock.viewing.texts import PAGE_LINES, TextIndex, index_text, text_page
from tests.airlock_files import hostile

ROOT = Path(__file__).resolve().parents[3]


OPEN: list[IO[bytes]] = []


def opened(data: bytes) -> IO[bytes]:
    kept = tempfile.TemporaryFile()  # noqa: SIM115 - closed after the test
    kept.write(data)
    kept.flush()
    OPEN.append(kept)
    return kept


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def all_rows(data: bytes, name: str = "t.csv") -> list[list[str]]:
    """Header and rows of all pages, as a checker would read them."""
    stream = io.BytesIO(data)
    index = index_table(stream, name)
    first = table_page(stream, index, 1)
    rows = [first.header] if index.header else []
    for number in range(1, index.pages + 1):
        page = table_page(stream, index, number)
        assert page.first_row == len(rows) + 1
        rows += page.rows
    assert len(rows) == index.rows
    return rows


CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=12)
CELLS = st.one_of(CELL, st.sampled_from(["", "<5", "4", 'say "no"', "a,b", "two\nlines", "=1+1", "0", " x "]))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=5), min_size=2, max_size=30))
def test_table__shows_every_cell_that_the_file_has(rows: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["name", "value"], *rows])
    assert all_rows(written.getvalue().encode()) == [["name", "value"], *rows]


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-with-mark", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_table__is_read_in_any_code_with_any_line_end_across_pages(code: str, end: str) -> None:
    rows = [["gène", "n"], *([f"région {n}", str(n)] for n in range(3 * PAGE_ROWS))]
    text = end.join(",".join(row) for row in rows) + end
    data = b"\xfe\xff" + text.encode("utf-16-be") if code.endswith("mark") else text.encode(code)
    assert all_rows(data) == rows


def test_table__with_ragged_rows_and_blank_lines_drops_nothing() -> None:
    assert all_rows(b"a,b\n1,2\n\n3\n4,5,6\n") == [["a", "b"], ["1", "2"], [], ["3"], ["4", "5", "6"]]


def test_table__with_other_delimiters_is_split_as_the_checks_split_it() -> None:
    assert all_rows(b"gene;n\nSMAD4;40\nTP53;50\n") == [["gene", "n"], ["SMAD4", "40"], ["TP53", "50"]]
    assert all_rows(b"gene\tn\nSMAD4\t40\n", "t.tsv") == [["gene", "n"], ["SMAD4", "40"]]


def test_wide_table__is_paged_by_columns_too() -> None:
    data = (",".join(f"c{n}" for n in range(200)) + "\n" + ",".join(map(str, range(200))) + "\n").encode()
    index = index_table(io.BytesIO(data), "w.csv")
    page = table_page(io.BytesIO(data), index, 1, first_column=151)
    assert index.columns == 200
    assert (page.header[0], page.rows[0][0], len(page.rows[0])) == ("c150", "150", 50)


def test_long_cell__says_how_much_more_there_is() -> None:
    (_, row) = all_rows(b"name,text\nx," + b"y" * 1000 + b"\n")
    assert row[1].endswith("… (600 more characters)")


@pytest.mark.parametrize("data", [b"a,b\n" + b"x" * 3_000_000, b"a,b\n" + b"x" * 200_000 + b",1\n"])
def test_table__with_one_endless_line_or_cell_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(CannotBeShown, match="more than"):
        index_table(io.BytesIO(data), "t.csv")


def test_empty_table__has_one_empty_page() -> None:
    index = index_table(io.BytesIO(b""), "t.csv")
    assert (index.rows, index.pages, table_page(io.BytesIO(b""), index, 7).rows) == (0, 1, [])


def test_summary__tells_of_each_column_what_a_checker_looks_for() -> None:
    data = b"region,n,age\nNorth,40,\nSouth,<5,61.5\nWest,3,70\nEast,1000,NaN\n"
    _, n, age = index_table(io.BytesIO(data), "t.csv").summary
    assert (n.cells, n.numbers, n.masked, n.small, n.by_five) == (4, 3, 1, 1, 2)
    assert (n.lowest, n.highest, n.total) == (3, 1000, 1043)
    assert (age.empty, age.numbers, age.words, age.lowest) == (1, 2, 1, 61.5)


def test_indexes__are_the_same_after_the_cache() -> None:
    data = b"a,b\n" + b"1,<5\n" * 1200
    table, text = index_table(io.BytesIO(data), "t.csv"), index_text(io.BytesIO(data))
    assert TableIndex.from_json(json.loads(json.dumps(table.as_json()))) == table
    assert TextIndex.from_json(json.loads(json.dumps(text.as_json()))) == text


_FIVE_MILLION = """
import io, resource, sys, time
sys.path.insert(0, {root!r})
from airlock.viewing.tables import index_table, table_page
path = sys.argv[1]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(path, "rb") as stream:
    index = index_table(stream, "big.csv")
    started = time.monotonic()
    page = table_page(stream, index, index.pages)
    seconds = time.monotonic() - started
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(index.rows, page.rows[-1][0], index.summary[1].small, (after - before) // 1024, seconds < 2)
"""


def test_five_million_rows__are_viewed_within_64_mb_of_memory(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    with path.open("wb") as kept:
        kept.write(b"row,n\n")
        for block in range(500):
            kept.write(b"".join(b"%d,%d\n" % (row, row % 1000) for row in range(block * 10_000, (block + 1) * 10_000)))
    code = _FIVE_MILLION.format(root=str(ROOT))
    said = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True).stdout
    rows, last, small, megabytes, fast = said.split()
    assert (rows, last, small, fast) == ("5000001", "4999999", "20000", "True")
    assert int(megabytes) < 64


def test_log__loses_terminal_codes_and_shows_what_cannot_be_seen() -> None:
    data = "\x1b[31mred\x1b[0m\u202eexe\n</pre><script>alert(1)</script>\nbell\x07\n".encode()
    page = text_page(io.BytesIO(data), index_text(io.BytesIO(data)), 1)
    assert page.lines == ["red⟨U+202E⟩exe", "</pre><script>alert(1)</script>", "bell⟨U+0007⟩"]


def test_log__of_many_lines_opens_at_any_page() -> None:
    data = b"".join(b"line %d\n" % n for n in range(1, 5 * PAGE_LINES + 2))
    index = index_text(io.BytesIO(data))
    page = text_page(io.BytesIO(data), index, index.pages)
    assert (index.pages, page.first_line, page.lines) == (6, 5 * PAGE_LINES + 1, [f"line {5 * PAGE_LINES + 1}"])


def test_text__with_one_line_of_thirty_megabytes_is_cut_not_read_whole() -> None:
    data = b"x" * 30_000_000
    page = text_page(io.BytesIO(data), index_text(io.BytesIO(data)), 1)
    assert page.lines[0].endswith("more characters)")
    assert sum(map(len, page.lines)) < 2100 * PAGE_LINES


@pytest.mark.parametrize(
    ("name", "data", "mode"),
    [
        ("t.csv", b"a,b\n1,2\n", Mode.TABLE),
        ("run.log", b"started\n", Mode.LOG),
        ("notes.md", b"# Notes\n", Mode.TEXT),
        ("page.html", hostile.html_widget(), Mode.SOURCE),
        ("chart.svg", hostile.svg_with_script(), Mode.SOURCE),
        ("chart.txt", hostile.svg_with_script(), Mode.SOURCE),
        ("figure.png", hostile.bam(), Mode.NOTHING),
        ("model.png", b"\x80\x04pickle", Mode.NOTHING),
        ("files.zip", hostile.zip_of(a=b"1"), Mode.NOTHING),
    ],
)
def test_way_of_showing__follows_the_content_not_the_name(name: str, data: bytes, mode: Mode) -> None:
    assert mode_of(kind_of(data, name), name) is mode


def test_picture__is_pixels_made_anew_without_its_texts_and_its_tail() -> None:
    facts, pixels = open_in_child(Mode.PICTURE, opened(hostile.png(note="HG00096") + hostile.zip_of(data=b"secret")))
    assert (facts["width"], facts["height"]) == (20, 10)
    assert b"HG00096" not in pixels
    assert b"PK\x03\x04" not in pixels
    with Image.open(io.BytesIO(pixels)) as picture:
        assert (picture.format, picture.info, picture.getpixel((0, 0))) == ("PNG", {}, (11, 95, 107))


def test_photograph__loses_where_it_was_taken() -> None:
    _, pixels = open_in_child(Mode.PICTURE, opened(hostile.jpeg_with_exif()))
    with Image.open(io.BytesIO(pixels)) as picture:
        assert (picture.format, dict(picture.getexif())) == ("PNG", {})


@pytest.mark.parametrize(
    ("mode", "data"),
    [
        (Mode.PICTURE, hostile.png_that_claims(60_000, 60_000)),
        (Mode.PICTURE, b"\x89PNG\r\n\x1a\nbroken"),
        (Mode.PAGES, b"%PDF-1.7 broken"),
        (Mode.SHEETS, hostile.bomb_workbook()),
        (Mode.SHEETS, hostile.xml_entity_workbook()),
        (Mode.NOTEBOOK, b"[" * 200_000),
    ],
)
def test_hostile_file__cannot_be_shown_and_says_so(mode: Mode, data: bytes) -> None:
    with pytest.raises(CannotBeShown, match=r"\.$"):
        open_in_child(mode, opened(data))


def test_pdf__is_pictures_of_its_pages() -> None:
    facts, pixels = open_in_child(Mode.PAGES, opened(hostile.pdf()), page=9)
    assert facts["page"] == facts["pages"]
    assert pixels.startswith(b"\x89PNG")


def test_spreadsheet__shows_hidden_sheets_as_such_and_formulas_as_text() -> None:
    facts, _ = open_in_child(Mode.SHEETS, opened(hostile.very_hidden_sheet()))
    assert any(sheet["hidden"] for sheet in facts["sheets"])
    assert (len(facts["rows"]), {len(row) for row in facts["rows"]}) == (facts["row_count"], {facts["columns"]})


def test_notebook__shows_code_and_how_many_outputs_were_left_out() -> None:
    book = {
        "nbformat": 4,
        "metadata": {},
        "cells": [{"cell_type": "code", "source": ["print(1)\n"], "outputs": [{"text": "HG00096"}], "metadata": {}}],
    }
    facts, _ = open_in_child(Mode.NOTEBOOK, opened(json.dumps(book).encode()))
    assert facts["cells"] == [{"type": "code", "text": "print(1)\n", "cut": 0, "outputs": 1, "attachments": 0}]


def test_answers__are_sandboxed_kept_nowhere_and_have_a_name_that_breaks_nothing() -> None:
    headers = content_headers('a";\r\nSet-Cookie: x=1\r\n.png', "image/png")
    assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert headers["Cache-Control"] == "no-store, private"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"] == 'inline; filename="file"'
    assert content_headers("résumé.png", "image/png")["Content-Disposition"] == (
        "inline; filename=\"r_sum_.png\"; filename*=UTF-8''r%C3%A9sum%C3%A9.png"
    )
