"""Lines of CSV in which a spreadsheet finds nothing to run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

# What the common programs take for the beginning of a formula, in half and in full width.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_BREAKS = ("\t", "\r", "\n")


def tame(value: Any) -> Any:
    """The value; a text that begins like a formula, blanks before it or not, gets an apostrophe in front."""
    if not isinstance(value, str):
        return value
    return f"'{value}" if value.startswith(_BREAKS) or value.lstrip().startswith(_FORMULA) else value


def csv_line(cells: Iterable[Any], *, ending: str = "\n") -> str:
    """One line, its cells tamed; what is None is left empty."""
    line = io.StringIO()
    # The writer quotes only those breaks that are in its own ending.
    csv.writer(line, lineterminator="\r\n").writerow([tame(cell) for cell in cells])
    return line.getvalue().removesuffix("\r\n") + ending
