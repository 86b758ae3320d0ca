"""Tables out of text: whatever a file is called, rows that look like a table are judged as one.

Rows and columns are counted from 1, as in the file that people see; nothing is dropped silently: what cannot be read
without doubt is a finding of its own.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

MAX_FIELD_CHARACTERS = 131_072
_DELIMITERS = (",", "\t", ";", "|")
_SAMPLE_LINES = 60
_BLANKS = re.compile(r"\s{2,}|\t")
_NUMBER = re.compile(r"[-+]?(?:\d+(?:,\d{3})*|\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?%?")


@dataclass(frozen=True)
class Decoded:
    """Text out of bytes, and words for what was doubtful about it."""

    text: str
    problems: tuple[str, ...] = ()


@dataclass
class Table:
    """Rows of one table. `rows` may be ragged; `first_row` is where rows[0] stands in the file, from 1."""

    header: list[str]
    rows: list[list[str]]
    first_row: int = 1
    sheet: int = 0
    ragged: list[int] = field(default_factory=list)

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.header) or max((len(row) for row in self.rows), default=0)

    def column(self, index: int) -> list[str]:
        """The cells of one column (from 0), "" where a row is too short."""
        return [row[index] if index < len(row) else "" for row in self.rows]

    def cell(self, at: int, index: int) -> str:
        """One cell (both from 0), "" where its row is too short. For one cell of each row, never `column(index)[at]`:
        that costs the square of the rows."""
        row = self.rows[at]
        return row[index] if index < len(row) else ""

    def row_number(self, index: int) -> int:
        """Where rows[index] stands in the file."""
        return self.first_row + index

    def title(self, index: int) -> str:
        """The header of a column, in lower case; "" where there is none."""
        return self.header[index].strip().lower() if index < len(self.header) else ""


def decode(data: bytes) -> Decoded:
    """Text out of bytes: UTF-8, UTF-16 with its mark, else Windows-1252, with what was odd about it."""
    problems = []
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
        problems.append("not UTF-8")
    else:
        if data.startswith(b"\xef\xbb\xbf"):
            problems.append("byte order mark")
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
            problems.append("not UTF-8")
    if "\0" in text:
        problems.append("NUL")
        text = text.replace("\0", "\ufffd")
    if len({end for end in ("\r\n", "\n", "\r") if _has_line_end(text, end)}) > 1 or _has_line_end(text, "\r"):
        problems.append("mixed line ends")
    return Decoded(text, tuple(problems))


def _has_line_end(text: str, end: str) -> bool:
    if end == "\r":
        return text.count("\r") > text.count("\r\n")
    if end == "\n":
        return text.count("\n") > text.count("\r\n")
    return end in text


class CannotParse(ValueError):
    """Text that is no table that could be read whole, with a word on why."""


def is_number(cell: str) -> bool:
    """Whether a cell is a plain number, with or without a per cent sign."""
    stripped = cell.strip()
    return bool(stripped) and any(c.isdigit() for c in stripped) and _NUMBER.fullmatch(stripped) is not None


def delimiter_of(text: str, preferred: str = "") -> str:
    """What separates cells: that with which most of the first lines have the same number of cells; "" for none.

    " " stands for runs of two or more blanks, or any blanks where every line has as many words.
    """
    lines = [line for line in text.splitlines()[: _SAMPLE_LINES * 2] if line.strip()][:_SAMPLE_LINES]
    best, best_score = "", 0.0
    for candidate in (*_DELIMITERS, " "):
        widths = Counter(len(cells) for cells in _sample(lines, candidate))
        width, times = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]), default=(0, 0))
        if width < 2 or times < 2:
            continue
        score = times / len(lines) + (0.5 if candidate == preferred else 0) + min(width, 50) / 1000
        if candidate == " ":
            score -= 0.4  # prose has blanks too
        if score > best_score:
            best, best_score = candidate, score
    return best if best_score >= 0.5 else preferred if preferred and any(preferred in line for line in lines) else ""


def _sample(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    if delimiter == " ":
        return [split_blanks(line) for line in lines]
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return []


def split_blanks(line: str) -> list[str]:
    """The cells of an aligned line: by runs of blanks, or by single ones where there are no runs."""
    stripped = line.strip()
    cells = _BLANKS.split(stripped)
    return cells if len(cells) > 1 else stripped.split()


def rows_of(text: str, delimiter: str, max_cells: int) -> Iterator[list[str]]:
    """The rows of delimited text. Raises CannotParse where a field is too long or there are too many cells."""
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    seen = 0
    lines = text.splitlines(keepends=True)
    reader: Iterable[list[str]]
    reader = (split_blanks(line) for line in lines) if delimiter == " " else csv.reader(lines, delimiter=delimiter)
    try:
        for row in reader:
            seen += len(row)
            if seen > max_cells:
                raise CannotParse("too many cells")
            yield row
    except csv.Error as error:
        raise CannotParse("a field is too long") from error


def tables_of(rows: Iterable[list[str]], sheet: int = 0) -> list[Table]:
    """Split rows into tables at blank rows, each with its header where it has one."""
    tables: list[Table] = []
    block: list[list[str]] = []
    start = 1
    for number, row in enumerate(rows, 1):
        if any(cell.strip() for cell in row):
            if not block:
                start = number
            block.append(row)
        elif block:
            tables.append(_table(block, start, sheet))
            block = []
    if block:
        tables.append(_table(block, start, sheet))
    return tables


def _table(block: list[list[str]], start: int, sheet: int) -> Table:
    skipped = _title_rows(block)
    body = block[skipped:]
    start += skipped
    header: list[str] = []
    if is_header(body):
        header, body, start = [cell.lstrip("#").strip() for cell in body[0]], body[1:], start + 1
    table = Table(header, body, start, sheet)
    width = len(header) or Counter(len(row) for row in body).most_common(1)[0][0] if body or header else 0
    table.ragged = [table.row_number(at) for at, row in enumerate(body) if len(row) != width]
    return table


def _title_rows(block: Sequence[Sequence[str]]) -> int:
    """How many of the first rows are titles or comments above the table, not part of it."""
    width = max((len(row) for row in block[:50]), default=0)
    for at, row in enumerate(block[:10]):
        filled = sum(1 for cell in row if cell.strip())
        if not row[0].startswith("##") and (filled > 1 or width <= 1):
            return at
    return 0


def is_header(body: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: it holds no number where those below do."""
    if not body:
        return False
    first = body[0]
    if first[0].startswith("#"):
        return True
    numeric_first = sum(is_number(cell) for cell in first)
    if numeric_first == 0:
        return len(body) == 1 or any(is_number(cell) for row in body[1:20] for cell in row) or _all_differ(first)
    # "phenotype,2019,2020" names years; a data row has as many numbers as those below
    below = [sum(is_number(cell) for cell in row) for row in body[1:20]]
    years = all(re.fullmatch(r"(?:19|20)\d\d", cell.strip()) for cell in first if is_number(cell))
    return bool(below) and not is_number(first[0]) and (years or numeric_first < min(below))


def _all_differ(cells: Sequence[str]) -> bool:
    return len({cell.strip().lower() for cell in cells}) == len(cells)
