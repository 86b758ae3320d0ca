"""Files that people hand in as lists: read whole or not at all, and every bad cell is named by row and column."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.kernel.refusals import InvalidInput

LARGEST_BYTES = 10_000_000
_SHOWN = 50


@dataclass(frozen=True)
class BadCell:
    """What is wrong in one cell. Rows count from 1, without a header."""

    row: int
    column: str
    sentence: str

    def __str__(self) -> str:
        return f"Row {self.row}, {self.column}: {self.sentence}"


class BadFile(InvalidInput):
    """A file that was not taken in: nothing of it was. `cells` names what is wrong, the first fifty in the sentence."""

    def __init__(self, cells: Sequence[BadCell]) -> None:
        lines = [str(cell) for cell in cells[:_SHOWN]]
        if len(cells) > _SHOWN:
            lines.append(f"And {len(cells) - _SHOWN:,} more.")
        super().__init__("\n".join(["Nothing was taken in.", *lines]), field="file")
        self.cells = tuple(cells)


def read_json_rows(content: bytes) -> list[Mapping[str, Any]]:
    """The objects of a JSON list, gzipped or not. Raises InvalidInput for anything else."""
    text = _text_of(_unpacked(content))
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" The fault is in line {error.lineno}." if isinstance(error, json.JSONDecodeError) else ""
        raise InvalidInput(f"This file is not JSON.{where}", field="file") from error
    if not isinstance(rows, list) or not rows:
        raise InvalidInput("The file has to hold a list with at least one entry.", field="file")
    if bad := [
        BadCell(number, "all", "is no object") for number, row in enumerate(rows, 1) if not isinstance(row, dict)
    ]:
        raise BadFile(bad)
    return rows


def read_csv_rows(content: bytes, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(row number, cells by column) of a CSV file with exactly these columns in its first line, in any order."""
    reader = csv.reader(io.StringIO(_text_of(content), newline=""), strict=True)
    try:
        lines = [line for line in reader if any(cell.strip() for cell in line)]
    except csv.Error as error:
        raise InvalidInput(f"This file is not CSV: line {reader.line_num} cannot be read.", field="file") from error
    head = [name.strip().lower() for name in lines[0]] if lines else []
    if sorted(head) != sorted(columns):
        raise InvalidInput(f"The first line has to name these columns: {', '.join(columns)}.", field="file")
    if len(lines) == 1:
        raise InvalidInput("The file has no rows below its first line.", field="file")
    for number, line in enumerate(lines[1:], 1):
        if len(line) != len(head):
            raise BadFile([BadCell(number, "all", f"has {len(line)} cells instead of {len(head)}")])
        yield number, dict(zip(head, (cell.strip() for cell in line), strict=True))


def _text_of(content: bytes) -> str:
    if len(content) > LARGEST_BYTES:
        raise InvalidInput(f"The file can have up to {LARGEST_BYTES // 1_000_000} MB.", field="file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("This file is not text in UTF-8.", field="file") from error
    if "\0" in text:
        raise InvalidInput("This file holds a zero byte, so it is no text.", field="file")
    return text


def _unpacked(content: bytes) -> bytes:
    """Gzipped content unpacked, up to the size that is taken and one byte more: a bomb does no harm."""
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            return stream.read(LARGEST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput("This file looks gzipped and cannot be unpacked.", field="file") from error
