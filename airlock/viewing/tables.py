"""Tables of any size in pages: one pass makes an index of bytes and a summary of columns, then each page is one seek.

What the pages show together is what the checks read: the same delimiter, the same rows under the same numbers, no cell
dropped. A row may span lines; a row may have more or fewer cells than the others.
"""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any

from airlock.checks.kinds import HEAD_BYTES, ending_of
from airlock.checks.tables import MAX_FIELD_CHARACTERS, delimiter_of, is_header, split_blanks
from airlock.viewing.lines import Lines, encoding_of
from airlock.viewing.modes import CannotBeShown
from airlock.viewing.summaries import ColumnSummary, TableSummary

PAGE_ROWS = 500
PAGE_COLUMNS = 60
SHOWN_CHARACTERS = 400
_BATCH_ROWS = 4000
_PREFERRED = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True)
class TableIndex:
    """What is kept of one table: how it is written, where each page begins, how large it is, what its columns hold.

    offsets: byte of the first row of each page of PAGE_ROWS rows, the header counted as row 1.
    """

    encoding: str
    delimiter: str
    rows: int
    columns: int
    header: bool
    offsets: array[int]
    summary: list[ColumnSummary] = field(default_factory=list)

    @property
    def pages(self) -> int:
        """Number of pages; at least 1."""
        return max(1, len(self.offsets))

    def as_json(self) -> dict[str, Any]:
        """For a cache."""
        return {
            **{name: getattr(self, name) for name in ("encoding", "delimiter", "rows", "columns", "header")},
            "offsets": list(self.offsets),
            "summary": [each.as_json() for each in self.summary],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> TableIndex:
        """What `as_json` wrote."""
        kept = dict(data)
        return cls(
            **{name: kept[name] for name in ("encoding", "delimiter", "rows", "columns", "header")},
            offsets=array("Q", kept["offsets"]),
            summary=[ColumnSummary(**each) for each in kept["summary"]],
        )


@dataclass(frozen=True)
class TablePage:
    """Some rows of a table: `first_row` is the number of rows[0] in the file, `first_column` that of its first cell."""

    number: int
    first_row: int
    first_column: int
    header: list[str]
    rows: list[list[str]]


def index_table(stream: IO[bytes], name: str, *, threshold: int = 5) -> TableIndex:
    """Read a table once, in bounded memory. Raises CannotBeShown where its rows cannot be told without doubt."""
    encoding, mark = encoding_of(stream)
    delimiter = _delimiter(stream, name, encoding, mark)
    lines = Lines(stream, encoding, mark)
    offsets, summary = array("Q"), TableSummary(threshold)
    rows = width = 0
    header = False
    batch: list[list[str]] = []
    at = mark
    for row in _rows(lines, delimiter):
        if rows % PAGE_ROWS == 0:
            offsets.append(at)
        at = lines.consumed
        rows, width = rows + 1, max(width, len(row))
        batch.append(row)
        if len(batch) == _BATCH_ROWS:
            header = _add(batch, summary, first=rows <= _BATCH_ROWS) or header
    header = _add(batch, summary, first=rows <= _BATCH_ROWS) or header
    return TableIndex(encoding, delimiter, rows, width, header, offsets, summary.columns())


def _add(batch: list[list[str]], summary: TableSummary, *, first: bool) -> bool:
    """Count a batch into the summary and empty it; True where it began with the header."""
    header = first and bool(batch) and bool(batch[0]) and is_header(batch[:60])
    summary.add(batch[1:] if header else batch)
    batch.clear()
    return header


def table_page(stream: IO[bytes], index: TableIndex, page: int, *, first_column: int = 1) -> TablePage:
    """One page (from 1) of rows, at most PAGE_COLUMNS wide from `first_column` on; beyond the end: the last."""
    page = min(max(1, page), index.pages)
    first_column = min(max(1, first_column), max(1, index.columns))
    header = next(iter(_page(stream, index, 1)), []) if index.header else []
    rows = [_window(row, first_column) for row in islice(_page(stream, index, page), PAGE_ROWS)]
    first_row = (page - 1) * PAGE_ROWS + 1
    if index.header and page == 1:
        rows, first_row = rows[1:], 2
    return TablePage(page, first_row, first_column, _window(header, first_column), rows)


def _page(stream: IO[bytes], index: TableIndex, page: int) -> Iterator[list[str]]:
    if not index.offsets:
        return iter(())
    return _rows(Lines(stream, index.encoding, index.offsets[page - 1]), index.delimiter)


def _window(row: list[str], first_column: int) -> list[str]:
    return [shortened(cell) for cell in row[first_column - 1 : first_column - 1 + PAGE_COLUMNS]]


def shortened(cell: str) -> str:
    """A cell as it is shown: a very long one says how much more there is, so that nothing is dropped in silence."""
    if len(cell) <= SHOWN_CHARACTERS:
        return cell
    return f"{cell[:SHOWN_CHARACTERS]}… ({len(cell) - SHOWN_CHARACTERS:,} more characters)"


def _delimiter(stream: IO[bytes], name: str, encoding: str, mark: int) -> str:
    stream.seek(mark)
    head = stream.read(HEAD_BYTES * 4).decode(encoding, "replace")
    preferred = _PREFERRED.get(ending_of(name), "")
    return delimiter_of(head, preferred) or preferred or ","


def _rows(lines: Lines, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    reader = (split_blanks(line) for line in lines) if delimiter == " " else csv.reader(lines, delimiter=delimiter)
    try:
        yield from reader
    except csv.Error:
        raise CannotBeShown(
            "A cell has more than 131,072 characters, so the file cannot be shown as a table."
        ) from None
