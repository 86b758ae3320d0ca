"""Reads the rows of a clinical table as they stream by, and judges each cell by the dictionary. Pure: no database.

TSV, CSV (also gzipped) and Parquet. Memory is that of one batch, whatever the length of the table.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ngrl.dictionary import SYSTEMS, ColumnSpec, TableSpec
from ngrl.refusals import Fault, ReleaseRefused

BATCH = 20_000
MOST_FAULTS = 1_000
NOTHING = {"", "na", "n/a", "null", "none", "."}
# What spreadsheets leave where a formula failed: never data, and never to be taken for an empty cell.
BROKEN = {"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"}
_YES_NO = {"yes": True, "true": True, "1": True, "y": True, "no": False, "false": False, "0": False, "n": False}
_LONGEST_TEXT, _LONGEST_CODE, _LONGEST_ID = 100_000, 60, 200
_ARROW_TYPES: dict[str, Any] = {
    "code": pa.string(),
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
}
Value = str | int | float | bool | datetime.date | None
_Note = tuple[int, int, str]  # line, place of the column, what is said of it


@dataclass(frozen=True)
class Row:
    """One row: its line in the file, the source's id of the person, and its cells in the order of the dictionary."""

    line: int
    participant: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Batch:
    """Some thousand rows by columns: their lines, the source's ids of their people, and an array for each column."""

    lines: Sequence[int]
    people: Sequence[str]
    columns: Sequence[pa.Array[Any]]

    def __iter__(self) -> Iterator[Row]:
        cells: list[Sequence[Value]] = [column.to_pylist() for column in self.columns]
        for line, person, *values in zip(self.lines, self.people, *cells, strict=True):
            yield Row(line, person, tuple(values))


@dataclass
class Judgement:
    """What was wrong on the way: faults refuse the table; broken cells that may be reported are kept by the caller."""

    faults: list[Fault] = field(default_factory=list)
    more: int = 0
    broken: list[tuple[int, str]] = field(default_factory=list)

    def fault(self, file: str, line: int, reason: str) -> None:
        """Note one fault; beyond a thousand they are only counted."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(file, line, reason))
        else:
            self.more += 1

    def refuse(self) -> None:
        """Raise ReleaseRefused if there was any fault."""
        if self.faults:
            last = [Fault(self.faults[-1].file, None, f"and {self.more:,} more faults.")] if self.more else []
            raise ReleaseRefused(*self.faults, *last)


class BadCell(ValueError):
    """Why a cell cannot be taken; never with the value, which could name a person."""


def schema_of(table: TableSpec) -> pa.Schema:
    """Columns of the stored Parquet: the person by the store's own pseudonym, then the declared columns."""
    return pa.schema(
        [
            pa.field("person", pa.string(), nullable=False),
            *(pa.field(column.name, _ARROW_TYPES[column.type]) for column in table.columns),
        ]
    )


def read_batches(
    path: Path,
    table: TableSpec,
    code_lists: Mapping[str, Mapping[str, str]],
    judgement: Judgement,
    on_read: Callable[[int], None] = lambda size: None,
) -> Iterator[Batch]:
    """Rows in batches; faults go to the judgement, and rows that have one are left out. `on_read` gets bytes read."""
    lines = _parquet_lines(path, on_read) if path.suffix == ".parquet" else _text_lines(path, on_read)
    try:
        header = [name.strip().lower() for name in next(lines, (1, []))[1]]
        reader = _Reader(
            path.name,
            table,
            parsers=[_parser(column, code_lists) for column in table.columns],
            places=_places(path.name, header, table),
            judgement=judgement,
        )
        while chunk := list(islice(lines, BATCH)):
            yield reader.batch(chunk)
    except (UnicodeDecodeError, csv.Error, gzip.BadGzipFile, EOFError, pa.ArrowException) as error:
        reason = f"the file breaks off or is not what its name says ({type(error).__name__})."
        raise ReleaseRefused(Fault(path.name, None, reason)) from error


def _text_lines(path: Path, on_read: Callable[[int], None]) -> Iterator[tuple[int, Sequence[str]]]:
    with path.open("rb") as raw:
        stream: Any = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
        delimiter = "," if path.name.removesuffix(".gz").endswith(".csv") else "\t"
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        # In a TSV a quotation mark is a character like any other.
        plain = delimiter == "\t"
        reader = csv.reader(text, delimiter=delimiter, quoting=csv.QUOTE_NONE if plain else csv.QUOTE_MINIMAL)
        while True:
            # A row of a CSV may run over several lines: it is known by the line on which it begins.
            line = reader.line_num + 1
            row = next(reader, None)
            if row is None:
                break
            if line % BATCH == 0:
                on_read(raw.tell())
            if row:
                yield line, row
        on_read(path.stat().st_size)


def _parquet_lines(path: Path, on_read: Callable[[int], None]) -> Iterator[tuple[int, Sequence[str]]]:
    """Rows of a Parquet file as text, so that one judge reads all formats; the first row of data is line 2."""
    with pq.ParquetFile(path) as file:
        yield 1, file.schema_arrow.names
        size, line = path.stat().st_size, 1
        for batch in file.iter_batches(batch_size=BATCH):
            columns = [column.to_pylist() for column in batch.columns]
            for values in zip(*columns, strict=True):
                line += 1
                yield line, ["" if value is None else str(value) for value in values]
            on_read(size * (line - 1) // max(file.metadata.num_rows, 1))


def _places(file: str, header: list[str], table: TableSpec) -> list[int]:
    """Where the participant and the declared columns stand; a file with other columns is not this table."""
    wanted = [table.participant_column, *(column.name for column in table.columns)]
    missing = [name for name in wanted if name.lower() not in header]
    if missing:
        raise ReleaseRefused(Fault(file, 1, f"the header has no column {', '.join(missing[:10])}."))
    undeclared = [str(n) for n, name in enumerate(header, 1) if name not in {each.lower() for each in wanted}]
    if undeclared:
        reason = f"column number {', '.join(undeclared[:10])} is not in the dictionary. Declare it or leave it out."
        raise ReleaseRefused(Fault(file, 1, reason))
    if len(set(header)) < len(header):
        raise ReleaseRefused(Fault(file, 1, "two columns have the same name."))
    return [header.index(name.lower()) for name in wanted]


@dataclass(frozen=True)
class _Reader:
    """Reads the lines of one file of a table."""

    file: str
    table: TableSpec
    parsers: Sequence[Callable[[str], Value]]
    places: Sequence[int]
    judgement: Judgement

    def batch(self, chunk: Sequence[tuple[int, Sequence[str]]]) -> Batch:
        """The lines that are rows; a fault with the judgement for each that is none, in the order of the file.

        Each text of a column is judged once, however many rows have it.
        """
        faults, broken = list[_Note](), list[_Note]()
        whole = [(line, cells) for line, cells in chunk if len(cells) == len(self.places)]
        if len(whole) < len(chunk):
            faults += [(line, -2, self._wide(cells)) for line, cells in chunk if len(cells) != len(self.places)]
        lines = [line for line, _ in whole]
        cells = list(zip(*(cells for _, cells in whole), strict=True)) or [()] * len(self.places)
        people = [text.strip() for text in cells[self.places[0]]]
        faults += self._nameless(lines, people)
        columns = []
        for order, place in enumerate(self.places[1:]):
            columns.append(self._judged(order, cells[place], lines, faults, broken))
        for line, _, reason in sorted(faults):
            self.judgement.fault(self.file, line, reason)
        self.judgement.broken += [(line, name) for line, _, name in sorted(broken)]
        return _without({line for line, _, _ in faults}, Batch(lines, people, columns))

    def _wide(self, cells: Sequence[str]) -> str:
        return f"the row has {len(cells)} cells; the header has {len(self.places)}."

    def _nameless(self, lines: Sequence[int], people: Sequence[str]) -> list[_Note]:
        bad = {each for each in set(people) if not each or each in BROKEN or len(each) > _LONGEST_ID}
        reason = f"column {self.table.participant_column}: it names no person."
        return [(line, -1, reason) for line, each in zip(lines, people, strict=True) if each in bad] if bad else []

    def _judged(
        self, order: int, texts: Sequence[str], lines: Sequence[int], faults: list[_Note], broken: list[_Note]
    ) -> pa.Array[Any]:
        """A column as its type says, with nothing where a text is bad or broken; these are noted by line."""
        column, parse = self.table.columns[order], self.parsers[order]
        reports = self.table.broken_cells == "report" and not column.required
        encoded: Any = pa.array(texts, pa.string()).dictionary_encode()
        values, noted = list[Value](), dict[int, tuple[list[_Note], str]]()
        for number, text in enumerate(each.strip() for each in encoded.dictionary.to_pylist()):
            value: Value = None
            if text in BROKEN and reports:
                noted[number] = (broken, column.name)
            else:
                try:
                    value = parse(text)
                except BadCell as error:
                    noted[number] = (faults, f"column {column.name}: {error}")
            values.append(value)
        if noted:
            for line, number in zip(lines, encoded.indices.to_pylist(), strict=True):
                if number in noted:
                    notes, words = noted[number]
                    notes.append((line, order, words))
        typed: Any = pa.array(values, _ARROW_TYPES[column.type])
        judged: pa.Array[Any] = typed.take(encoded.indices)
        return judged


def _without(lines: set[int], batch: Batch) -> Batch:
    if not lines:
        return batch
    keeps = [line not in lines for line in batch.lines]
    mask = pa.array(keeps, pa.bool_())
    return Batch(
        [line for line, keep in zip(batch.lines, keeps, strict=True) if keep],
        [person for person, keep in zip(batch.people, keeps, strict=True) if keep],
        [column.filter(mask) for column in batch.columns],
    )


def _parser(column: ColumnSpec, code_lists: Mapping[str, Mapping[str, str]]) -> Callable[[str], Value]:
    parse = _BY_TYPE[column.type] if column.type != "code" else _code_parser(column, code_lists)

    def judged(text: str) -> Value:
        if text.lower() in NOTHING:
            if column.required:
                raise BadCell("it is empty, and must not be.")
            return None
        if text in BROKEN:
            raise BadCell("a spreadsheet left an error here. Mend the source, or report such cells (broken_cells).")
        return parse(text)

    return judged


def _code_parser(column: ColumnSpec, code_lists: Mapping[str, Mapping[str, str]]) -> Callable[[str], Value]:
    known = code_lists.get(column.code_list) if column.code_list else None
    pattern = SYSTEMS.get(column.code_system)

    def parse(text: str) -> Value:
        if known is not None and text not in known:
            raise BadCell(f"the code is not in the list {column.code_list}.")
        if pattern and not pattern.fullmatch(text):
            raise BadCell(f"this is not written as a code of {column.code_system}.")
        if len(text) > _LONGEST_CODE:
            raise BadCell(f"a code has at most {_LONGEST_CODE} characters.")
        return text

    return parse


def _integer(text: str) -> Value:
    try:
        value = int(text)
    except ValueError:
        raise BadCell("write a whole number.") from None
    if not -(2**53) < value < 2**53:
        raise BadCell("the number is too large.")
    return value


def _number(text: str) -> Value:
    try:
        value = float(text)
    except ValueError:
        raise BadCell("write a number, with a point before the decimals.") from None
    if value != value or value in (float("inf"), float("-inf")):
        raise BadCell("write a finite number.")
    return value


def _date(text: str) -> Value:
    try:
        return datetime.date.fromisoformat(text[:10] if len(text) in (19, 20) else text)
    except ValueError:
        raise BadCell("write a date as 2026-09-30.") from None


def _boolean(text: str) -> Value:
    if text.lower() not in _YES_NO:
        raise BadCell("write yes or no.")
    return _YES_NO[text.lower()]


def _text(text: str) -> Value:
    if len(text) > _LONGEST_TEXT or "\x00" in text:
        raise BadCell(f"write at most {_LONGEST_TEXT:,} characters.")
    return text


_BY_TYPE: dict[str, Callable[[str], Value]] = {
    "integer": _integer,
    "number": _number,
    "date": _date,
    "boolean": _boolean,
    "text": _text,
}
