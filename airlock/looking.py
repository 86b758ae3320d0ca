"""What is seen of one file: one page of it, made anew from its bytes, with the marks of the checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from django.core.cache import cache

from airlock.blobs import BlobDamaged, Stored, open_blob
from airlock.checks import meaning_of
from airlock.checks.kinds import HEAD_BYTES, kind_of
from airlock.models import Finding
from airlock.viewing import VIEWING_VERSION, CannotBeShown, Mode, mode_of
from airlock.viewing.opened import open_in_child
from airlock.viewing.summaries import ColumnSummary
from airlock.viewing.tables import PAGE_COLUMNS, TableIndex, index_table, table_page
from airlock.viewing.texts import TextIndex, index_text, text_page

_KEPT_SECONDS = 3600
_DAMAGED = "The stored bytes are not those that were added, so nothing is shown. The airlock's manager has to be told."


@dataclass(frozen=True)
class Cell:
    """A cell as it is shown; `marks` are sentences of findings about it."""

    text: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """A row or line with its number in the file."""

    number: int
    cells: Sequence[Cell]


@dataclass(frozen=True)
class View:
    """One page of a file. `cannot` is a sentence where nothing can be shown; then all else is empty."""

    mode: Mode
    page: int = 1
    pages: int = 1
    header: Sequence[Cell] = ()
    rows: Sequence[Row] = ()
    summary: Sequence[tuple[str, ColumnSummary]] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    cannot: str = ""


def view_of(blob: Stored, name: str, findings: Sequence[Finding], *, page: int, sheet: int, column: int) -> View:
    """One page of a file: rows or lines from `page`, of the sheet `sheet`, from column `column` on; all from 1."""
    mode = Mode.NOTHING
    try:
        with open_blob(blob) as stream:
            mode = mode_in(stream, name)
            shows = _SHOWS.get(mode)
            if shows is None:
                return View(mode, cannot="A file of this type cannot be shown. The findings say what it is.")
            return shows(_Asked(stream, blob, name, findings, page, sheet, column, mode))
    except CannotBeShown as refusal:
        return View(mode, cannot=str(refusal))
    except BlobDamaged:
        return View(mode, cannot=_DAMAGED)


def picture_of(blob: Stored, name: str, page: int) -> bytes:
    """A picture, or a page of a PDF, as a new PNG. Raises CannotBeShown."""
    try:
        with open_blob(blob) as stream:
            mode = mode_in(stream, name)
            if mode not in (Mode.PICTURE, Mode.PAGES):
                raise CannotBeShown("This file is no picture.")
            return open_in_child(mode, stream, page=page)[1]
    except BlobDamaged:
        raise CannotBeShown(_DAMAGED) from None


def mode_in(stream: IO[bytes], name: str) -> Mode:
    """How an open file is shown."""
    head = stream.read(HEAD_BYTES)
    stream.seek(0, 2)
    stream.seek(max(0, stream.tell() - HEAD_BYTES))
    kind = kind_of(head, name, stream.read(HEAD_BYTES))
    stream.seek(0)
    return mode_of(kind, name)


@dataclass(frozen=True)
class _Asked:
    stream: IO[bytes]
    blob: Stored
    name: str
    findings: Sequence[Finding]
    page: int
    sheet: int
    column: int
    mode: Mode


def _index(asked: _Asked, kind: str, make: Callable[[], Any], read: Callable[[dict[str, Any]], Any]) -> Any:
    """The kept index of a file, or a new one. Keys hold the hash of the content, so that an index never grows old."""
    key = f"airlock-view-{VIEWING_VERSION}-{kind}-{asked.blob.sha256}"
    kept = cache.get(key)
    if kept is not None:
        return read(kept)
    made = make()
    cache.set(key, made.as_json(), _KEPT_SECONDS)
    return made


def _table(asked: _Asked) -> View:
    ending = "tsv" if asked.name.lower().endswith(".tsv") else "csv"
    index = _index(asked, ending, lambda: index_table(asked.stream, asked.name), TableIndex.from_json)
    page = table_page(asked.stream, index, asked.page, first_column=asked.column)
    marks = _marks(asked.findings, 0)
    rows = [
        Row(number, [Cell(text, marks.get((number, at), ())) for at, text in enumerate(row, page.first_column)])
        for number, row in enumerate(page.rows, page.first_row)
    ]
    names = page.header or [f"Column {at}" for at in range(page.first_column, index.columns + 1)][:PAGE_COLUMNS]
    header = [Cell(text, marks.get((0, at), ())) for at, text in enumerate(names, page.first_column)]
    summary = list(zip(names, index.summary[page.first_column - 1 :], strict=False))
    last = page.first_column + PAGE_COLUMNS
    facts = {
        **{"row_count": index.rows - index.header, "column_count": index.columns, "first_column": page.first_column},
        **{"next_column": last if last <= index.columns else 0},
        "previous_column": max(1, page.first_column - PAGE_COLUMNS) if page.first_column > 1 else 0,
    }
    return View(asked.mode, page.number, index.pages, header, rows, summary, facts)


def _text(asked: _Asked) -> View:
    index = _index(asked, "text", lambda: index_text(asked.stream), TextIndex.from_json)
    wanted = asked.page or (index.pages if asked.mode is Mode.LOG else 1)
    page = text_page(asked.stream, index, wanted)
    marks = _marks(asked.findings, 0)
    rows = [Row(at, [Cell(line, marks.get((at, 0), ()))]) for at, line in enumerate(page.lines, page.first_line)]
    return View(asked.mode, page.number, index.pages, rows=rows, facts={"row_count": index.lines})


def _sheets(asked: _Asked) -> View:
    facts, _ = open_in_child(asked.mode, asked.stream, page=asked.page, sheet=asked.sheet)
    marks = _marks(asked.findings, facts["sheet"])
    rows = [
        Row(number, [Cell(text, marks.get((number, at), ())) for at, text in enumerate(row, 1)])
        for number, row in enumerate(facts.pop("rows"), facts["first_row"])
    ]
    header = [Cell(f"Column {at}", marks.get((0, at), ())) for at in range(1, len(rows[0].cells) + 1)] if rows else []
    return View(asked.mode, facts["page"], facts["pages"], header, rows, facts=facts)


def _opened(asked: _Asked) -> View:
    facts, _ = open_in_child(asked.mode, asked.stream, page=asked.page or 1)
    return View(asked.mode, facts.get("page", 1), facts.get("pages", 1), facts=facts)


_SHOWS: dict[Mode, Callable[[_Asked], View]] = {
    Mode.TABLE: _table,
    Mode.TEXT: _text,
    Mode.LOG: _text,
    Mode.SOURCE: _text,
    Mode.SHEETS: _sheets,
    Mode.NOTEBOOK: _opened,
    Mode.PICTURE: _opened,
    Mode.PAGES: _opened,
}


def _marks(findings: Sequence[Finding], sheet: int) -> dict[tuple[int, int], tuple[str, ...]]:
    """Sentences by (row, column); row 0 stands for a whole column, column 0 for a whole line."""
    marks: dict[tuple[int, int], tuple[str, ...]] = {}
    for finding in findings:
        if sheet and finding.sheet not in (0, sheet):
            continue
        noticed = meaning_of(finding.code).noticed
        places = [(row, finding.column) for row in finding.rows] or ([(0, finding.column)] if finding.column else [])
        for place in places:
            marks[place] = (*marks.get(place, ()), noticed)
    return marks
