"""Small numbers. The one place that knows that 1 to 4 people are shown to the outside as "fewer than 5".

Inside the environment an approved member sees exact counts; everything public and everything that leaves goes
through here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_THRESHOLD = 5


def shown_count(people: int, threshold: int = DEFAULT_THRESHOLD) -> str:
    """A number of people as the public reads it: "0", "fewer than 5", "1,204"."""
    return f"fewer than {threshold}" if 0 < people < threshold else f"{people:,}"


@dataclass(frozen=True)
class ProtectedTable:
    """Counts by category and their total as they may be printed; nothing hidden can be worked out from the rest."""

    cells: dict[str, str]
    total: str

    @property
    def hides_more(self) -> bool:
        """Whether cells were hidden that are not small themselves, so that a page can say why."""
        return "not shown" in (*self.cells.values(), self.total)


def protect(cells: Mapping[str, int], threshold: int = DEFAULT_THRESHOLD) -> ProtectedTable:
    """Hide small cells, and as many larger ones as it takes that no small one follows from the total.

    A reader knows of each small cell that it lies in [1, threshold - 1], of each cell hidden besides that it is at
    least the threshold, and what all hidden ones sum to (total minus what is shown). A small cell is safe when every
    value from 1 to threshold - 1 is still possible for it. Smallest cells are hidden first; where all of them are not
    enough, the total is hidden.
    """
    small = {name for name, people in cells.items() if 0 < people < threshold}
    others = sorted((name for name, people in cells.items() if people >= threshold), key=lambda name: (cells[name], name))
    hidden_besides: set[str] = set()
    total = f"{sum(cells.values()):,}"
    while small and not _ambiguous(cells, small, hidden_besides, threshold):
        if not others:
            total = "not shown"
            break
        hidden_besides.add(others.pop(0))
    if 0 < sum(cells.values()) < threshold:
        total = shown_count(sum(cells.values()), threshold)
    shown = {name: "not shown" if name in hidden_besides else shown_count(n, threshold) for name, n in cells.items()}
    return ProtectedTable(shown, total)


def _ambiguous(cells: Mapping[str, int], small: set[str], besides: set[str], threshold: int) -> bool:
    """Whether each small cell could still be anything from 1 to threshold - 1, given the sum of all hidden cells."""
    hidden_sum = sum(cells[name] for name in small | besides)
    rest_min = (len(small) - 1) + threshold * len(besides)
    rest_max = float("inf") if besides else (threshold - 1) * (len(small) - 1)
    return hidden_sum - rest_max <= 1 and hidden_sum - rest_min >= threshold - 1
