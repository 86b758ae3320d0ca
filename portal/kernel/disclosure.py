"""Small numbers. The one place that knows that 1 to 4 people are shown to the outside as "fewer than 5".

Inside the environment an approved member sees exact counts; everything public and everything that leaves goes
through here.

`protect` keeps one printed table safe from a reader who knows the rule below and can do sums: each small cell can still
be anything from 1 to threshold - 1 (tests/unit/kernel/test_disclosure.py tries every table). It does not cover what the
reader learns elsewhere: the total where it is not shown, a second table over the same people cut another way, or the
same table before and after one person left. Whoever prints such tables prints them from one protected set, by hand.
A threshold below 3 protects nobody, because "fewer than 2" is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DEFAULT_THRESHOLD = 5


def shown_count(people: int, threshold: int = DEFAULT_THRESHOLD) -> str:
    """A number of people as the public reads it: "0", "fewer than 5", "1,204"."""
    return f"fewer than {threshold}" if 0 < people < threshold else f"{people:,}"


NOT_SHOWN = "not shown"


@dataclass(frozen=True)
class ProtectedTable:
    """Counts by category and their total as they may be printed; no small one can be worked out from the rest."""

    cells: dict[str, str]
    total: str

    @property
    def hides_more(self) -> bool:
        """Whether numbers were hidden that are not small themselves, so that a page can say why."""
        return NOT_SHOWN in (*self.cells.values(), self.total)


def protect(cells: Mapping[str, int], threshold: int = DEFAULT_THRESHOLD) -> ProtectedTable:
    """Hide small cells, and as many others as it takes that no small one follows from the total.

    cells: people by category; nobody is in two categories. Which others are hidden is decided by their names, never by
    their size: a reader who knew that the smallest were hidden would know that they are no larger than those shown.
    Where hiding all of them is not enough, the total is hidden too.
    """
    small = [name for name, people in cells.items() if 0 < people < threshold]
    large = sorted(name for name, people in cells.items() if people >= threshold)
    shown = {name: shown_count(people, threshold) for name, people in cells.items()}
    total = f"{sum(cells.values()):,}"
    if not small:
        return ProtectedTable(shown, total)
    hidden = _hidden_besides(cells, small, large, threshold)
    if hidden is None:
        hidden, total = large, NOT_SHOWN
        if not large and len(small) == 1:
            total = shown[small[0]]
    return ProtectedTable(shown | dict.fromkeys(hidden, NOT_SHOWN), total)


def _hidden_besides(
    cells: Mapping[str, int], small: Sequence[str], large: Sequence[str], threshold: int
) -> Sequence[str] | None:
    """The first few of the large cells whose sum with the small ones leaves every small one open; None if all do not.

    The reader knows the sum of all that is hidden, and that the sum with fewer large cells did not do. With k large and
    m small cells, any sum from (k + 1) * threshold + m - 1 up can come about with any value of any one small cell: let
    the other small ones be 1, and the large ones but the last the threshold. That table fails for every smaller k too,
    as it must, to be printed in the same way. So small cells alone, without a large one, never do.
    """
    for k in range(1, len(large) + 1):
        total = sum(cells[name] for name in (*small, *large[:k]))
        if total >= (k + 1) * threshold + len(small) - 1:
            return large[:k]
    return None


def coarse(table: ProtectedTable, threshold: int = DEFAULT_THRESHOLD) -> ProtectedTable:
    """The same table with numbers rounded to the nearest multiple of the threshold, for figures that are made once.

    It is made from what `protect` prints, so it tells no more. Rounding keeps apart what `protect` does not look at:
    tables of several fields over the same people, and the same table of two releases. Where the total is hidden or
    small, every cell that is not 0 is hidden, because the total may be known from elsewhere.
    """
    if not _is_number(table.total):
        return ProtectedTable(
            {name: text if text == "0" else NOT_SHOWN for name, text in table.cells.items()}, NOT_SHOWN
        )
    cells = {name: _rounded(text, threshold) for name, text in table.cells.items()}
    return ProtectedTable(cells, _rounded(table.total, threshold))


def _is_number(text: str) -> bool:
    return text.replace(",", "").isdecimal()


def _rounded(text: str, base: int) -> str:
    if not _is_number(text):
        return text
    return f"{(int(text.replace(',', '')) + base // 2) // base * base:,}"
