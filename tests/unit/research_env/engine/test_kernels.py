"""The compiled loops give what plain Python gives, and never look beyond the end of an array."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from research_env.engine.columnar.packing import packed_steps, unpacked_steps
from research_env.engine.columnar.scan import Lines, calls_of
from research_env.engine.errors import BadRecord, BadSource
from research_env.engine.fields import MISSING, Text
from research_env.engine.genotypes import Calls, decode
from research_env.engine.inflate import PADDING
from research_env.engine.kernels import copy_runs
from research_env.engine.sites import Site, parse_site

GENOTYPES = ["0/0", "0|0", "0/1", "1|0", "./.", ".", "0", "1", "9/9", "10|2", "0/1/1", "1", "./1", "|1", "0/0/0", "1/."]
ODD = ["", "a", "0/", "0//1", "0\x081", "\x08", "0/0\x08", "00", "0|", "/", "-1", "1:", ":", "é", "0/0x", "99999/1"]
genotypes = st.sampled_from(GENOTYPES)
rests = st.sampled_from(["", ":3", ":3:4,5", ":.:.", "::", ":\x08"])
sound_cells = st.tuples(genotypes, rests).map("".join)
cells = st.one_of(sound_cells, sound_cells, sound_cells, st.tuples(st.sampled_from(ODD), rests).map("".join))


@st.composite
def sheets(draw: st.DrawFn, cell: st.SearchStrategy[str]) -> tuple[int, list[list[str]]]:
    samples = draw(st.integers(1, 20))
    return samples, draw(st.lists(st.lists(cell, min_size=samples, max_size=samples), min_size=1, max_size=5))


def site(keys: str) -> Site:
    return parse_site(["1", "100", ".", "A", "C", ".", ".", ".", keys], "1")


def lines_of(sheet: list[list[str]], keys: str = "GT:DP:AD") -> Lines:
    text, spans = b"", []
    for row in sheet:
        text += f"1\t100\t.\tA\tC\t.\t.\t.\t{keys}\t".encode()
        start = len(text)
        text += "\t".join(row).encode("latin-1")
        spans.append((start, len(text)))
        text += b"\n"
    return Lines([site(keys)] * len(sheet), text + PADDING, spans)


def seen(calls: Calls) -> list[tuple[int, int, tuple[int, ...], bool]]:
    """Each listed call, without the padding of other ploidies."""
    rows = zip(calls.record, calls.sample, calls.alleles, calls.phased, strict=True)
    return [(int(r), int(s), tuple(int(a) for a in alleles if a != -2), bool(p)) for r, s, alleles, p in rows]


def answer(read: Callable[[], Calls]) -> object:
    try:
        return seen(read())
    except BadRecord as error:
        return error.args


@given(sheets(sound_cells))
def test_cells__are_read_as_the_plain_reader_reads_them(drawn: tuple[int, list[list[str]]]) -> None:
    samples, sheet = drawn
    columns = ["\t".join(row) for row in sheet]
    assert seen(calls_of(lines_of(sheet), samples)) == seen(decode(columns, ["GT", "DP", "AD"], samples))


@given(sheets(cells))
@example((1, [["\x08"]]))
@example((2, [["0/0", ""]]))
@example((2, [["", "0/0"]]))
@example((2, [["0\x081", "0/0"]]))
def test_cells_of_damaged_lines__are_refused_as_the_plain_reader_refuses_them(
    drawn: tuple[int, list[list[str]]],
) -> None:
    samples, sheet = drawn
    columns = ["\t".join(row) for row in sheet]
    expected = answer(lambda: decode(columns, ["GT", "DP", "AD"], samples))
    found = answer(lambda: calls_of(lines_of(sheet), samples))
    # A genotype and a width may both be wrong: which of the two is named first is the reader's own affair.
    assert found == expected or (isinstance(found, tuple) and isinstance(expected, tuple))


@given(sheets(sound_cells), st.integers(-2, 2).filter(bool))
def test_a_line_with_more_or_fewer_cells__is_refused_with_both_numbers(
    drawn: tuple[int, list[list[str]]], off_by: int
) -> None:
    samples, sheet = drawn
    wanted = samples + off_by
    assume(wanted > 0)
    with pytest.raises(BadRecord, match=f"has {samples:,} sample columns instead of {wanted:,}") as refused:
        calls_of(lines_of(sheet), wanted)
    assert refused.value.args[1] == 0


def plain_number(cell: str, index: int, part: int) -> int:
    token = (cell.split(":") + [""] * 9)[index]
    if part >= 0:
        token = (token.split(",") + [""] * 9)[part]
    try:
        number = float(token)
    except ValueError:
        return MISSING
    return int(number) if 0 <= number <= 2**31 - 1 else MISSING


numbers = st.sampled_from(
    ["0", "7", "250", "3.9", ".", "", "-1", "1e3", "2147483647", "2147483648", "x", "nan", "1,2", "0012"]
)


@given(st.lists(st.lists(numbers, min_size=1, max_size=4).map(":".join), min_size=1, max_size=9), st.data())
def test_numbers__are_those_of_plain_python(cells: list[str], data: st.DataObject) -> None:
    index, part = data.draw(st.integers(0, 4)), data.draw(st.integers(-1, 2))
    joined = "\t".join(cells).encode()
    ends = np.cumsum([len(cell) + 1 for cell in cells]) - 1
    starts = ends - [len(cell) for cell in cells]
    parts = None if part < 0 else np.full(len(cells), part)
    found = Text(joined + PADDING).numbers(starts, ends, index, parts)
    assert found.tolist() == [plain_number(cell, index, part) for cell in cells]


@given(st.lists(st.one_of(st.integers(0, 300), st.integers(0, 2**24 - 1))))
def test_steps__come_back_as_they_were(values: list[int]) -> None:
    small, rest = packed_steps(np.array(values, dtype=np.uint32))
    read = unpacked_steps(np.frombuffer(small, dtype=np.uint8), np.frombuffer(rest, dtype=np.uint8))
    assert read.tolist() == values


@given(st.lists(st.text(max_size=9), min_size=1), st.data())
def test_runs__are_copied_one_behind_another(texts: list[str], data: st.DataObject) -> None:
    pieces = [text.encode() for text in texts]
    ends = np.cumsum([len(piece) for piece in pieces])
    order = np.array(data.draw(st.lists(st.integers(0, len(pieces) - 1))), dtype=np.int64)
    found = np.empty(sum(len(pieces[place]) for place in order), dtype=np.uint8)
    begins = ends - [len(piece) for piece in pieces]
    copy_runs(np.frombuffer(b"".join(pieces), dtype=np.uint8), begins[order], ends[order], found)
    assert found.tobytes() == b"".join(pieces[place] for place in order)


def test_steps_of_frames_that_do_not_belong_together__are_refused() -> None:
    small, rest = packed_steps(np.array([1, 90_000, 5], dtype=np.uint32))
    for others in (rest[:0], rest * 2):
        with pytest.raises(BadSource, match="are damaged"):
            unpacked_steps(np.frombuffer(small, dtype=np.uint8), np.frombuffer(others, dtype=np.uint8))


def test_no_loop_looks_beyond_an_array(tmp_path: Path) -> None:
    """Everything above once more, compiled with checks."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not beyond", __file__]
    checks = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path), "PYTEST_ADDOPTS": ""}
    found = subprocess.run(command, env=os.environ | checks, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-3000:]
