"""Counts of rows in some people, from the blocks of their carriers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from research_env.engine.cohort import Cohort
from research_env.engine.filters import ZYGOSITIES
from research_env.engine.tally import HEMI, HET, HOM

from .columns import Block, Columns

Rows = NDArray[np.int64]

# Three counts in one number, so that one sum counts all: het, hom and hemi in 21 bits each, room for 2 million people.
_BITS: Final = 21
_FIELD: Final = (1 << _BITS) - 1
_KINDS: Final = (HET, HOM, HEMI)
# By code (0 is nobody's)
_WEIGHT: Final = np.array(
    [0, *(1 << _BITS * (code & 3) if code & 3 < 3 else 0 for code in range(1, 256))], dtype=np.int64
)
_COPIES: Final = (np.arange(256) >> 3).astype(np.int64)
# Incomplete calls: missing people above, lost alleles (below zero in polyploid calls) beneath
_MISSING: Final = 1 << 40
_LOST: Final = np.array([2 - called + (_MISSING if called == 0 else 0) for called in range(256)], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Counts:
    """For each row, in some people: int64[r], and zygosity_counts int64[3, r] in the order of ZYGOSITIES."""

    allele_count: Rows
    allele_number: Rows
    zygosity_counts: Rows
    missing_count: Rows


def stored(columns: Columns, rows: Rows) -> Counts:
    """In the whole release."""

    def values(name: str) -> Rows:
        return columns.values(name, rows).astype(np.int64)

    return Counts(
        values("allele_count"),
        values("allele_number"),
        np.stack([values(f"{kind}_count") for kind in ZYGOSITIES]),
        values("missing_count"),
    )


def counted(columns: Columns, rows: Rows, asked: Sequence[Cohort]) -> list[Counts]:
    """In each of these groups of people."""
    totals = [_Totals(rows.size) for _ in asked]
    places = {name: columns.values(name, rows) for name in ("carrier_at", "short_at", "short_count")}
    places["carriers"] = columns.carrier_counts(rows)
    for inside, block in columns.blocks(rows):
        held = {name: values[inside] for name, values in places.items()}
        for cohort, total in zip(asked, totals, strict=True):
            total.add(inside, held, block, cohort.mask, is_plain=columns.manifest.is_plain)
    return [total.counts(cohort.size) for cohort, total in zip(asked, totals, strict=True)]


class _Totals:
    """Sums over blocks."""

    def __init__(self, size: int) -> None:
        self._kinds = np.zeros((len(_KINDS), size), dtype=np.int64)
        self._copies, self._lost, self._missing = (np.zeros(size, dtype=np.int64) for _ in range(3))

    def add(
        self, inside: slice, held: dict[str, NDArray[Any]], block: Block, mask: NDArray[np.uint8], *, is_plain: bool
    ) -> None:
        """The rows of one block, counted in the people of the mask."""
        code = block.code * mask[block.sample]
        kinds = _sums(_WEIGHT[code], held["carrier_at"], held["carriers"])
        for place, kind in enumerate(_KINDS):
            self._kinds[place, inside] = kinds >> _BITS * kind & _FIELD
        if not is_plain:
            self._copies[inside] = _sums(_COPIES[code], held["carrier_at"], held["carriers"])
        lost = _sums(_LOST[block.short_called] * mask[block.short_sample], held["short_at"], held["short_count"])
        self._missing[inside] = (lost + (_MISSING >> 1)) >> 40
        self._lost[inside] = lost - self._missing[inside] * _MISSING
        if is_plain:
            self._copies[inside] = self._kinds[HET, inside] + 2 * self._kinds[HOM, inside] + self._kinds[HEMI, inside]

    def counts(self, size: int) -> Counts:
        """Among ``size`` people, of whom those that no block lists have two reference alleles."""
        return Counts(self._copies, 2 * size - self._lost, self._kinds, self._missing)


def _sums(values: NDArray[np.int64], starts: NDArray[Any], lengths: NDArray[Any]) -> NDArray[np.int64]:
    """The sum of each run of values."""
    before = np.empty(values.size + 1, dtype=np.int64)
    before[0] = 0
    np.cumsum(values, out=before[1:])
    found: NDArray[np.int64] = before[starts + lengths] - before[starts]
    return found
