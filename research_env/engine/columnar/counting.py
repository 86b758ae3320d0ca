"""Counts of rows in some people, from the blocks of their carriers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from research_env.engine.cohort import Cohort
from research_env.engine.errors import BadSource
from research_env.engine.filters import ZYGOSITIES
from research_env.engine.tally import HEMI, HET, HOM

from .columns import Block, Columns
from .packing import DAMAGED

Rows = NDArray[np.int64]
_KINDS: Final = (HET, HOM, HEMI)


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
    carriers = (columns.values("carrier_at", rows), columns.carrier_counts(rows))
    incomplete = (columns.values("short_at", rows), columns.values("short_count", rows))
    is_single, men = columns.is_single(rows), columns.ploidy.men
    for inside, block in columns.blocks(rows):
        held = _Held(block, _inside(carriers, inside), _inside(incomplete, inside), is_single[inside])
        held.check(men.size)
        for cohort, total in zip(asked, totals, strict=True):
            total.add(inside, held, cohort.mask, men)
    return [
        total.counts(2 * cohort.size - is_single * int((cohort.mask.astype(bool) & men).sum()))
        for cohort, total in zip(asked, totals, strict=True)
    ]


Runs = tuple[Rows, Rows]  # where each begins in a block, and how many there are


def _inside(runs: Runs, inside: Rows) -> Runs:
    starts, lengths = (each[inside].astype(np.int64) for each in runs)
    return starts, lengths


@dataclass(frozen=True, slots=True)
class _Held:
    """What a block has of some rows."""

    block: Block
    carriers: Runs
    incomplete: Runs
    is_single: NDArray[np.bool_]  # by row, whether men have one copy

    def check(self, people: int) -> None:
        """Raises BadSource where people or places are named that are not there: loops without checks come next."""
        block = self.block
        for runs, lists in (
            (self.carriers, (block.sample, block.code)),
            (self.incomplete, (block.short_sample, block.short_called)),
        ):
            end = int((runs[0] + runs[1]).max(initial=0))
            if any(each.size < end for each in lists) or int(lists[0].max(initial=0)) >= people:
                raise BadSource(DAMAGED)


class _Totals:
    """Sums over blocks."""

    def __init__(self, size: int) -> None:
        self._kinds = np.zeros((len(_KINDS), size), dtype=np.int64)
        self._copies, self._lost, self._missing = (np.zeros(size, dtype=np.int64) for _ in range(3))

    def add(self, inside: Rows, held: _Held, mask: NDArray[np.uint8], men: NDArray[np.bool_]) -> None:
        """The rows of one block, which was checked, counted in the people of the mask."""
        from research_env.engine.kernels import count_carriers, count_incomplete

        block = held.block
        kinds = np.empty((len(_KINDS), inside.size), dtype=np.int64)
        copies, lost, missing = (np.empty(inside.size, dtype=np.int64) for _ in range(3))
        count_carriers((block.sample, block.code), mask, held.carriers, (kinds, copies))
        calls = (block.short_sample, block.short_called)
        count_incomplete(calls, mask, (held.is_single, men), held.incomplete, (lost, missing))
        self._kinds[:, inside] = kinds
        self._copies[inside], self._lost[inside], self._missing[inside] = copies, lost, missing

    def counts(self, whole: Rows) -> Counts:
        """``whole`` is by row how many alleles were called if all calls were complete."""
        return Counts(self._copies, whole - self._lost, self._kinds, self._missing)
