"""Small numbers in tables: cells below the threshold, and masked cells that the rest of the table gives away."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from airlock.checks.columns import (
    Column,
    Role,
    count_in,
    is_mask,
    is_total_label,
    mask_limit,
    percent_in,
    roles_of,
    words_of,
)
from airlock.checks.findings import Place
from airlock.checks.notes import Notes
from airlock.checks.tables import Table, is_number
from airlock.checks.vocabulary import EXTREMES, FACTS

_PEOPLE = frozenset(
    {"people", "persons", "participants", "patients", "individuals", "subjects", "probands", "tested", "screened"}
)
_DENOMINATOR = re.compile(r"\(?\b[nN]\s*=\s*(\d[\d,]*)\)?")
MAX_TABLE_CELLS = 200_000  # beyond it a table of counts is not one that totals are added up in


def small_numbers(table: Table, notes: Notes) -> None:
    """All rules on counts, for one table."""
    columns = roles_of(table)
    _small_counts(table, columns, notes)
    _small_percentages(table, columns, notes)
    _extremes(table, notes)
    _rounding(table, columns, notes)
    if len(table.rows) * max(1, table.width) <= MAX_TABLE_CELLS:
        _recoverable(table, columns, notes)


def _small_counts(table: Table, columns: list[Column], notes: Notes) -> None:
    """Cells of 1 to threshold - 1 people, in figures, in words, or behind a mask that says too much."""
    labels = [column.index for column in columns if column.role & Role.LABEL]
    for column in columns:
        people = bool(column.role & Role.COUNT)
        for at, cell in enumerate(table.column(column.index)):
            # In a list of facts, one a row, the label says what is counted: "Number of cases, 3"
            if not people and not _row_counts_people(table, at, labels, column):
                continue
            value = count_in(cell)
            if value is not None and 0 < value < notes.policy.threshold:
                _note(notes, "small_count", table, (at, column.index), cell)
            limit = mask_limit(cell)
            if limit is not None and limit < notes.policy.threshold:
                _note(notes, "small_count", table, (at, column.index), cell)


def _row_counts_people(table: Table, at: int, labels: list[int], column: Column) -> bool:
    if column.role & (Role.COUNT | Role.LABEL | Role.PERCENT) or table.width > 3:
        return bool(column.role & Role.LABEL) and _is_mixed(table.cell(at, column.index))
    label = " ".join(table.rows[at][index] for index in labels if index < len(table.rows[at]))
    words = words_of(label)
    return bool(words & FACTS) and not words & {"variants", "genes", "mean", "median", "age", "years"}


def _is_mixed(cell: str) -> bool:
    """ "3 (0.4%)" in a column of all sorts is still a count with its percentage."""
    return percent_in(cell) is not None and "(" in cell


def _note(notes: Notes, code: str, table: Table, cell: tuple[int, int], value: str) -> None:
    at, index = cell
    notes.add(code, Place("", table.sheet, index + 1, (table.row_number(at),)), [value])


def _small_percentages(table: Table, columns: list[Column], notes: Notes) -> None:
    """Percentages of a known number of people that stand for a few of them; 0 and 100 speak of everybody."""
    for column in columns:
        if not column.role & Role.PERCENT:
            continue
        scale = _scale(table, column.index)
        for at, cell in enumerate(table.column(column.index)):
            share = _share(cell, scale)
            if share in (0.0, 1.0):
                _note(notes, "zero_full", table, (at, column.index), cell)
            elif share is not None:
                people = round(share * _denominator(table, columns, at, column.index, notes))
                if 0 < people < notes.policy.threshold:
                    _note(notes, "small_count", table, (at, column.index), cell)


def _scale(table: Table, index: int) -> float:
    """What a whole is in this column of shares: 1 or 100."""
    return 1.0 if _is_fraction(table, index) else 100.0


def _is_fraction(table: Table, index: int) -> bool:
    if words_of(table.title(index)) & {"%", "pct", "percent", "percentage"}:
        return False
    values = [float(cell) for cell in table.column(index) if is_number(cell) and "%" not in cell and "," not in cell]
    return bool(values) and max(values) <= 1.0 and not any("%" in cell for cell in table.column(index))


def _share(cell: str, scale: float) -> float | None:
    told = percent_in(cell)
    if told is not None:
        return told / 100
    stripped = cell.strip()
    return float(stripped) / scale if is_number(stripped) and "," not in stripped and "%" not in stripped else None


def _denominator(table: Table, columns: list[Column], at: int, index: int, notes: Notes) -> int:
    """Of how many people a percentage is: "(n=340)" in its header, a total in its row, or what the author declared."""
    named = _DENOMINATOR.search(table.header[index]) if index < len(table.header) else None
    if named:
        return int(named[1].replace(",", ""))
    counts = [column for column in columns if column.role & Role.COUNT]
    for column in counts:
        title = table.title(column.index)
        is_whole = column.role & Role.TOTAL or _names_group_size(title) or (len(counts) > 1 and _names_people(title))
        if is_whole:
            value = count_in(table.cell(at, column.index))
            if value is not None:
                return value
    return notes.declared.people


def _names_group_size(title: str) -> bool:
    return title.strip() in {
        "n",
        "n_total",
        "total_n",
        "denominator",
        "group_size",
        "size",
        "population",
        "tested",
        "n_tested",
    }


def _names_people(title: str) -> bool:
    """Beside another count, "people" or "people_tested" says of how many that one is a part."""
    words = words_of(title)
    return bool(words & _PEOPLE) and words <= _PEOPLE | {"n", "number", "of", "all"}


def _extremes(table: Table, notes: Notes) -> None:
    """Minimum and maximum of people's values, as columns or as rows."""
    for index, header in enumerate(table.header):
        words = words_of(header)
        if words & EXTREMES and not words & {"af", "maf", "p", "score", "depth", "position"}:
            notes.add("min_max", Place("", table.sheet, index + 1))
    for at, row in enumerate(table.rows[:10_000]):
        if row and words_of(row[0]) & EXTREMES and len(row[0]) < 30:
            _note(notes, "min_max", table, (at, 0), row[0])


def _rounding(table: Table, columns: list[Column], notes: Notes) -> None:
    """Counts that are no multiples of the declared base, and figures with more decimals than declared."""
    base = max(notes.policy.rounding_base, notes.declared.rounding_base)
    allowed = [n for n in (notes.policy.max_decimals, notes.declared.max_decimals) if n >= 0]
    for column in columns:
        for at, cell in enumerate(table.column(column.index)):
            value = count_in(cell) if base and column.role & Role.COUNT else None
            too_fine = allowed and not column.role & Role.LABEL and _decimals(cell) > min(allowed)
            if (value and value % base) or too_fine:
                _note(notes, "unrounded", table, (at, column.index), cell)


def _decimals(cell: str) -> int:
    stripped = cell.strip().rstrip("%")
    return len(stripped.partition(".")[2]) if is_number(stripped) and "e" not in stripped.lower() else 0


# --- What masks do not hide -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Cell:
    """A cell of a table of counts: what it can be, from `low` to `high` people. Equal bounds: it is shown."""

    low: float
    high: float
    masked: bool


Grid = dict[tuple[int, int], _Cell]


def _recoverable(table: Table, columns: list[Column], notes: Notes) -> None:
    """Narrow every masked cell by all totals of the table; one that only one number fits is no longer masked."""
    counts = [column.index for column in columns if column.role & Role.COUNT]
    if not any(is_mask(cell) for index in counts for cell in table.column(index)):
        return
    grid = _grid(table, counts, notes.policy.threshold)
    _use_percentages(table, columns, grid, notes)
    sums = list(_sums(table, columns, counts, grid, notes))
    for _ in range(2 * (len(table.rows) + table.width)):
        changed = sum(_narrow(grid, parts, whole) for parts, whole in sums)  # each of them, not up to the first
        if not changed:
            break
    for (at, index), cell in sorted(grid.items()):
        if cell.masked and cell.low >= cell.high:
            _note(notes, "recoverable", table, (at, index), f"{at},{index}")


def _grid(table: Table, counts: list[int], threshold: int) -> Grid:
    grid: Grid = {}
    for index in counts:
        for at, cell in enumerate(table.column(index)):
            value, limit = count_in(cell), mask_limit(cell)
            if value is not None:
                grid[at, index] = _Cell(value, value, masked=False)
            elif limit is not None:
                grid[at, index] = _Cell(1, limit - 1, masked=True)
            elif is_mask(cell):
                grid[at, index] = _Cell(0, math.inf, masked=True)
    return grid


def _use_percentages(table: Table, columns: list[Column], grid: Grid, notes: Notes) -> None:
    """A percentage beside a masked count leaves only the numbers that round to it."""
    scales = {column.index: _scale(table, column.index) for column in columns if column.role & Role.PERCENT}
    totals = {index: _column_total(table, grid, index) for index in {index for _, index in grid}}
    for (at, index), cell in list(grid.items()):
        if not cell.masked:
            continue
        for share_index, scale in scales.items():
            text = table.cell(at, share_index).strip().rstrip("%")
            whole = _denominator(table, columns, at, share_index, notes) or totals[index]
            if not whole or not is_number(text) or "," in text:
                continue
            decimals = len(text.partition(".")[2])
            half = 0.5 * 10.0**-decimals / scale
            low, high = (float(text) / scale - half) * whole, (float(text) / scale + half) * whole
            narrowed = _Cell(max(cell.low, math.ceil(low - 1e-9)), min(cell.high, math.floor(high + 1e-9)), masked=True)
            grid[at, index] = cell = narrowed if narrowed.low <= narrowed.high else cell


def _column_total(table: Table, grid: Grid, index: int) -> int:
    for at, row in enumerate(table.rows):
        cell = grid.get((at, index))
        if cell and not cell.masked and any(is_total_label(label) for label in row[:2]):
            return int(cell.low)
    return 0


Sum = tuple[list[tuple[int, int]], tuple[int, int] | int]


def _sums(table: Table, columns: list[Column], counts: list[int], grid: Grid, notes: Notes) -> Iterator[Sum]:
    """Which cells add up to which: columns to a row of totals, rows to a column of totals, all to what was declared."""
    yield from _column_sums(table, counts, grid, notes)
    yield from _row_sums(table, columns, counts, grid)


def _column_sums(table: Table, counts: list[int], grid: Grid, notes: Notes) -> Iterator[Sum]:
    """Each stretch of rows to the row of totals below it."""
    # A dictionary keeps the order and answers at once whether a row is among them.
    totals = dict.fromkeys(at for at, row in enumerate(table.rows) if any(is_total_label(cell) for cell in row[:2]))
    for index in counts:
        start = 0
        for total in totals:
            parts = [(at, index) for at in range(start, total) if at not in totals and (at, index) in grid]
            if parts and (total, index) in grid:
                yield parts, (total, index)
            if total + 1 < len(table.rows) and total + 1 not in totals:
                start = total + 1
        if not totals and notes.declared.people:
            yield [(at, index) for at in range(len(table.rows)) if (at, index) in grid], notes.declared.people


def _row_sums(table: Table, columns: list[Column], counts: list[int], grid: Grid) -> Iterator[Sum]:
    """Each row to its cell in the last column of totals, where the table shows that they add up."""
    whole = [index for index in counts if columns[index].role & Role.TOTAL or _names_group_size(table.title(index))]
    parts_of_row = [index for index in counts if index not in whole]
    for total_index in whole[-1:]:
        for at in range(len(table.rows)):
            parts = [(at, index) for index in parts_of_row if (at, index) in grid]
            if len(parts) > 1 and (at, total_index) in grid and _adds_up(table, parts_of_row, total_index, grid):
                yield parts, (at, total_index)


def _adds_up(table: Table, parts: list[int], total: int, grid: Grid) -> bool:
    """Whether the total column really is the sum of the others, in the rows where nothing is masked."""
    for at in range(len(table.rows)):
        cells = [grid.get((at, index)) for index in (*parts, total)]
        known = [cell.low for cell in cells if cell is not None and not cell.masked]
        if len(known) == len(cells) and sum(known[:-1]) != known[-1]:
            return False
    return True


def _narrow(grid: Grid, parts: list[tuple[int, int]], whole: tuple[int, int] | int) -> bool:
    """Use one sum to narrow its masked cells; whether anything changed. Sums that cannot be are left alone."""
    total = grid[whole] if isinstance(whole, tuple) else _Cell(whole, whole, masked=False)
    low, high = sum(grid[part].low for part in parts), sum(grid[part].high for part in parts)
    if low > total.high or high < total.low:
        return False
    changed = False
    for part in parts:
        cell = grid[part]
        if cell.masked:
            others_high = sum(grid[other].high for other in parts if other != part)
            narrowed = _Cell(
                max(cell.low, total.low - others_high), min(cell.high, total.high - (low - cell.low)), masked=True
            )
            changed |= narrowed != cell
            grid[part] = narrowed
            low += narrowed.low - cell.low
    if total.masked and isinstance(whole, tuple):
        narrowed = _Cell(max(total.low, low), min(total.high, high), masked=True)
        changed |= narrowed != total
        grid[whole] = narrowed
    return changed
