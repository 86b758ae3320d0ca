"""Text files: CSV, TSV, logs, scripts, notes. Rows that look like a table are judged as one, under any name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from airlock.checks.acro import is_record
from airlock.checks.disclosure import small_numbers
from airlock.checks.findings import Place
from airlock.checks.genotypes import genotypes_in_table, genotypes_in_text
from airlock.checks.kinds import SCRIPTS
from airlock.checks.notes import Notes
from airlock.checks.persons import person_rows
from airlock.checks.tables import CannotParse, Table, decode, delimiter_of, is_number, rows_of, tables_of
from airlock.checks.texts import dumped_rows, rules_of_text

_FORMULA_STARTS = "=+-@"
_PREFERRED = {".csv": ",", ".tsv": "\t"}
_MAX_DEPTH = 60
_PROSE = frozenset({".md", ".log", ".txt", ".yaml", ".yml", ""})


def check_text(data: bytes, ending: str, notes: Notes) -> list[Table]:
    """All rules for a text file; returns its tables for the rules that compare files."""
    decoded = decode(data)
    for problem in decoded.problems:
        notes.add("encoding", Place(problem))
    genotypes_in_text(decoded.text, notes)
    tabular = ending in _PREFERRED
    if not tabular:
        rules_of_text(decoded.text, notes)
    if ending in SCRIPTS:
        return []  # code has shapes of its own; what is in it was read as text
    if not tabular:
        dumped_rows(decoded.text, notes)
    return _tables(decoded.text, ending, notes)


def tables_in_text(data: bytes, ending: str, max_cells: int) -> list[Table]:
    """The tables of a text file that was judged before, without any rule; none where it cannot be parsed."""
    if ending in SCRIPTS:
        return []
    try:
        return _parsed(decode(data).text, ending, max_cells)
    except CannotParse:
        return []


def _parsed(text: str, ending: str, max_cells: int) -> list[Table]:
    delimiter = delimiter_of(text, _PREFERRED.get(ending, "")) or _PREFERRED.get(ending, "")
    if not delimiter or (ending in _PROSE and delimiter == " " and not _has_columns(text)):
        return []
    return tables_of(rows_of(text, delimiter, max_cells))


def _tables(text: str, ending: str, notes: Notes) -> list[Table]:
    tabular = ending in _PREFERRED
    try:
        tables = _parsed(text, ending, notes.policy.max_cells)
    except CannotParse as error:
        notes.add("encoding", Place(f"cannot be parsed: {error}"))
        rules_of_text(text, notes)
        return []
    for table in tables:
        check_table(table, notes, strict_rows=tabular)
    return tables


def _has_columns(text: str) -> bool:
    """Whether lines of words with blanks between are columns: a third of them hold two numbers or more."""
    lines = [line for line in text.splitlines()[:200] if line.strip()]
    numeric = sum(1 for line in lines if sum(is_number(word) for word in line.split()) >= 2)
    return numeric * 3 >= len(lines) > 0


def check_table(table: Table, notes: Notes, *, strict_rows: bool = True) -> None:
    """All rules for one table."""
    cells_of_table(table, notes)
    person_rows(table, notes)
    small_numbers(table, notes)
    genotypes_in_table(table, notes)
    if strict_rows and table.ragged:
        notes.add(
            "encoding",
            Place("rows of unequal length", table.sheet, 0, tuple(table.ragged[:20])),
            count=len(table.ragged),
        )


def cells_of_table(table: Table, notes: Notes) -> None:
    """Rules on single cells: identifiers, formulas. Headers are cells too."""
    if table.header:
        _row(table.header, table.first_row - 1, table, notes)
    for at, row in enumerate(table.rows):
        _row(row, table.row_number(at), table, notes)


def _row(row: Sequence[str], number: int, table: Table, notes: Notes) -> None:
    for index, cell in enumerate(row):
        if len(cell) < 2:
            continue
        if is_formula(cell):
            notes.add("formula", Place("", table.sheet, index + 1, (number,)), [cell])
        if len(cell) >= 4 and not cell.isalpha():
            notes.scan(cell, Place("", table.sheet, index + 1, (number,)))


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would run a cell: after blanks and quotes it starts with = + - @ and is no number."""
    stripped = cell.lstrip(" \t\r\n\ufeff\u00a0'\"")
    if len(stripped) < 2 or stripped[0] not in _FORMULA_STARTS:
        return False
    if stripped[0] == "-" and (stripped[1] in " -–" or stripped.lower().startswith(("-log10", "-inf", "-nan"))):
        return False
    return not _is_numeric_text(stripped)


def _is_numeric_text(text: str) -> bool:
    """Numbers, intervals and numbers with a unit: "-0.3 (-0.5 to -0.1)", "+12%"."""
    rest = text.lstrip("+-").strip()
    return (
        bool(rest)
        and rest[0] in "0123456789."
        and not any(sign in rest for sign in "|!=@")
        and "(" not in rest.replace(" (", "")
    )


def check_json(data: bytes, notes: Notes) -> list[Table]:
    """JSON: lists of records and objects are tables; every text in it is a text."""
    decoded = decode(data)
    genotypes_in_text(decoded.text, notes)
    try:
        document = json.loads(decoded.text)
    except (ValueError, RecursionError):
        notes.add("encoding", Place("cannot be parsed: no JSON"))
        rules_of_text(decoded.text, notes)
        return []
    tables: list[Table] = []
    loose: list[list[str]] = []
    for path, value in _walk(document, (), 0):
        if isinstance(value, list):
            tables.append(_records(value))
        else:
            loose.append([" ".join(path[-2:]), _text(value)])
    if loose:
        # The ids of a record of ACRO are results; elsewhere what stands before a value may be the name of a person.
        tables.append(Table(["field" if is_record(document) else "name", "value"], loose))
    if len(loose) > notes.policy.max_cells:
        notes.add("too_large", Place("cells"))
    for table in tables:
        check_table(table, notes, strict_rows=False)
        _text_values(table, notes)
    return tables


def _walk(node: Any, path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Leaves with their paths; a list of records or of lists comes whole."""
    if depth > _MAX_DEPTH:
        yield path, "too deep"
    elif isinstance(node, list) and node and all(isinstance(each, (dict, list)) for each in node) and _is_flat(node):
        yield path, node
    elif isinstance(node, dict):
        for name, value in node.items():
            yield from _walk(value, (*path, str(name)), depth + 1)
    elif isinstance(node, list):
        for value in node:
            yield from _walk(value, path, depth + 1)
    else:
        yield path, node


def _is_flat(records: list[Any]) -> bool:
    each = (value for record in records for value in (record.values() if isinstance(record, dict) else record))
    return not any(isinstance(value, (dict, list)) for value in each)


def _records(records: list[Any]) -> Table:
    names: dict[str, None] = {}
    for record in records:
        names.update(dict.fromkeys(record if isinstance(record, dict) else []))
    if names:
        return Table(
            [str(n) for n in names], [[_text(r.get(n, "")) for n in names] for r in records if isinstance(r, dict)], 1
        )
    return Table([], [[_text(value) for value in record] for record in records], 1)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _text_values(table: Table, notes: Notes) -> None:
    for at, row in enumerate(table.rows):
        for cell in row:
            if " " in cell:
                rules_of_text(cell, notes, part=f"text of record {at + 1}"[:60] if at < 20 else "text of a record")
