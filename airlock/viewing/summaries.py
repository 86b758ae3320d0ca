"""What each column of a table holds, counted in one pass, so that nobody scrolls through five million rows for it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from airlock.checks.columns import is_mask

_MAX_COLUMNS = 300


@dataclass
class ColumnSummary:
    """One column: how many cells are empty, masked ("<5"), numbers or words, and what the numbers are like.

    small: numbers from 1 to below the threshold. by_five: numbers that are multiples of five, as rounding makes them.
    """

    cells: int = 0
    empty: int = 0
    masked: int = 0
    numbers: int = 0
    words: int = 0
    small: int = 0
    by_five: int = 0
    lowest: float | None = None
    lowest_positive: float | None = None
    highest: float | None = None
    total: float = 0.0
    longest: int = 0

    def as_json(self) -> dict[str, Any]:
        """For a cache."""
        return asdict(self)

    def add_numbers(self, values: np.ndarray[Any, Any], threshold: int) -> None:
        """Count finite numbers, given as float64[n] with n > 0."""
        self.numbers += len(values)
        self.small += int(((values >= 1) & (values < threshold)).sum())
        self.by_five += int((values % 5 == 0).sum())
        low, high = float(values.min()), float(values.max())
        self.lowest = low if self.lowest is None else min(self.lowest, low)
        self.highest = high if self.highest is None else max(self.highest, high)
        positive = values[values > 0]
        if len(positive):
            least = float(positive.min())
            self.lowest_positive = least if self.lowest_positive is None else min(self.lowest_positive, least)
        with np.errstate(over="ignore"):
            self.total += float(values.sum())


class TableSummary:
    """Counts batches of rows, column by column; columns beyond the 300th are paged through but not counted."""

    def __init__(self, threshold: int) -> None:
        self._threshold = threshold
        self._columns: list[ColumnSummary] = []

    def add(self, rows: list[list[str]]) -> None:
        """Count some rows, of any width."""
        width = min(_MAX_COLUMNS, max(map(len, rows), default=0))
        while len(self._columns) < width:
            self._columns.append(ColumnSummary())
        for index in range(width):
            self._count(self._columns[index], [row[index] for row in rows if index < len(row)])

    def columns(self) -> list[ColumnSummary]:
        """The summaries so far."""
        return self._columns

    def _count(self, column: ColumnSummary, cells: list[str]) -> None:
        column.cells += len(cells)
        column.longest = max(column.longest, max(map(len, cells), default=0))
        try:
            values = np.array(cells, dtype=float)
        except ValueError:
            values = self._one_by_one(column, cells)
        finite = values[np.isfinite(values)]
        column.words += len(values) - len(finite)
        if len(finite):
            column.add_numbers(finite, self._threshold)

    def _one_by_one(self, column: ColumnSummary, cells: list[str]) -> np.ndarray[Any, Any]:
        numbers = []
        for cell in cells:
            plain = cell.strip()
            if not plain:
                column.empty += 1
            elif (value := _number(plain)) is not None:
                numbers.append(value)
            elif is_mask(plain):
                column.masked += 1
            else:
                column.words += 1
        return np.array(numbers, dtype=float)


def _number(text: str) -> float | None:
    """A number, also with commas between thousands or a per cent sign; None for words, NaN and infinities."""
    try:
        value = float(text.replace(",", "").rstrip("%"))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
