"""Spreadsheets: every visible cell is judged as in a CSV, and nothing may be there that is not seen."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import IO, Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from airlock.checks.archives import zip_problems
from airlock.checks.delimited import check_table
from airlock.checks.findings import Place
from airlock.checks.notes import Notes
from airlock.checks.tables import Table, tables_of

_HIDDEN_PARTS = {
    "vbaProject": "macros",
    "xl/externalLinks/": "links to other files",
    "xl/pivotCache/": "a pivot cache",
    "customXml/": "custom XML",
    "xl/embeddings/": "embedded objects",
    "xl/comments": "comments",
    "xl/threadedComments": "comments",
    "xl/media/": "pictures",
    "xl/activeX": "controls",
    "xl/connections": "connections",
    "xl/queryTables": "queries",
    "xl/model": "a data model",
}
_WHITE = {"FFFFFFFF", "00FFFFFF"}


def check_xlsx(stream: IO[bytes], notes: Notes) -> list[Table]:
    """All rules for a spreadsheet; returns its tables."""
    if problems := zip_problems(stream, max_total_bytes=20 * notes.policy.max_file_bytes):
        for problem in problems:
            notes.add("archive", Place(problem))
        return []
    _parts(stream, notes)
    stream.seek(0)
    try:
        book = openpyxl.load_workbook(stream, data_only=False)
    except (InvalidFileException, KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        notes.add("check_failed", Place(f"spreadsheet: {type(error).__name__}"))
        return []
    if book.defined_names:
        notes.add("hidden_xlsx", Place("defined names"), count=len(book.defined_names))
    tables: list[Table] = []
    for number, sheet in enumerate(book.worksheets, 1):
        tables += _sheet(sheet, number, notes)
    if len(book.worksheets) != len(book.sheetnames):
        notes.add("hidden_xlsx", Place("sheets that are charts or dialogs"))
    return tables


def _parts(stream: IO[bytes], notes: Notes) -> None:
    """The files within the file: those that no sheet shows, and what is written about the author."""
    with zipfile.ZipFile(stream) as archive:
        names = archive.namelist()
        for beginning, part in _HIDDEN_PARTS.items():
            if any(beginning in name for name in names):
                notes.add("hidden_xlsx", Place(part))
        for name in names:
            if name.startswith("docProps/"):
                notes.scan(archive.read(name).decode("utf-8", "replace"), Place("metadata"))


def _sheet(sheet: Any, number: int, notes: Notes) -> list[Table]:
    _hidden(sheet, number, notes)
    notes.scan(str(sheet.title), Place("sheet name", number))
    if sheet.max_row * sheet.max_column > notes.policy.max_cells:
        notes.add("too_large", Place("cells", number))
        return []
    tables = tables_of(_rows(sheet, number, notes), number)
    for table in tables:
        check_table(table, notes, strict_rows=False)
    return tables


def _hidden(sheet: Any, number: int, notes: Notes) -> None:
    if sheet.sheet_state != "visible":
        notes.add("hidden_xlsx", Place("hidden sheet", number))
    columns = [letter for letter, size in sheet.column_dimensions.items() if size.hidden or size.width == 0]
    rows = [row for row, size in sheet.row_dimensions.items() if size.hidden or size.height == 0]
    if columns:
        notes.add("hidden_xlsx", Place("hidden columns", number), count=len(columns))
    if rows:
        notes.add("hidden_xlsx", Place("hidden rows", number, 0, tuple(rows[:20])), count=len(rows))


def _rows(sheet: Any, number: int, notes: Notes) -> Iterator[list[str]]:
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is None:
                continue
            if cell.comment is not None:
                notes.add("hidden_xlsx", Place("comments", number, cell.column, (cell.row,)))
            if _is_invisible(cell):
                notes.add("hidden_xlsx", Place("cells in the colour of the paper", number, cell.column, (cell.row,)))
        yield ["" if cell.value is None else _shown(cell.value) for cell in row]


def _is_invisible(cell: Any) -> bool:
    colour = getattr(cell.font.color, "rgb", None) if cell.font and cell.font.color else None
    filled = (
        cell.fill is not None
        and cell.fill.fill_type == "solid"
        and getattr(cell.fill.fgColor, "rgb", None) not in _WHITE
    )
    return (colour in _WHITE and not filled) or cell.number_format == ";;;"


def _shown(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
