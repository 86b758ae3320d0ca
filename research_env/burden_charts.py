"""Geometry of the pictures of a burden: genes along the genome by p-value, and p-values against chance. Pure.

x and y are in the units of the SVG's view box, y downwards.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from research_env.charts import WIDTH, Label, Tick, nice_ticks
from research_env.engine import CONTIG_LENGTHS

# Beyond so many dots a picture is a blot and a slow page: the smallest p-values are all drawn, of the others some.
MOST_DOTS = 1_500
_COLOURS = ("#0b5f6b", "#7a5c00")  # neighbouring chromosomes
_LEFT, _RIGHT, _TOP, _BASE, _HEIGHT = 52.0, WIDTH - 16.0, 34.0, 250.0, 310
_MOST_LABELS = 6
_LEAST_P = 1e-300


@dataclass(frozen=True)
class Dot:
    """One gene."""

    x: float
    y: float
    colour: str
    title: str


@dataclass(frozen=True)
class DotPicture:
    """Dots in a frame; `line` is the height of a threshold, or where the diagonal ends at the right edge."""

    dots: Sequence[Dot]
    labels: Sequence[Label]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    line: float
    width: int = WIDTH
    height: int = _HEIGHT
    left: float = _LEFT
    right: float = _RIGHT
    base: float = _BASE
    top: float = _TOP


def manhattan(rows: Sequence[Mapping[str, Any]], p_column: str, assembly: str, tested: int) -> DotPicture:
    """Genes where they lie, as high as their p-value is small. `rows` have gene_symbol, contig, position_1based and
    the p-value under `p_column`, smallest first; `tested` sets Bonferroni's line at 5 %."""
    starts: dict[str, int] = {}
    lengths, total = CONTIG_LENGTHS[assembly], 0
    for contig, length in lengths.items():
        starts[contig] = total
        total += length
    shown = [row for row in _thinned(rows) if row["contig"] in starts]
    threshold = -math.log10(0.05 / max(tested, 1))
    up = _Upwards(max([_height(row[p_column]) for row in shown] + [threshold]))
    order = {contig: place for place, contig in enumerate(starts)}

    def across(contig: str, position: int) -> float:
        share = (starts[contig] + position) / total
        return round(_LEFT + share * (_RIGHT - _LEFT), 1)

    dots = [
        Dot(
            across(row["contig"], row["position_1based"]),
            up(_height(row[p_column])),
            _COLOURS[order[row["contig"]] % 2],
            f"{row['gene_symbol']}, {row['contig']}, p = {row[p_column]:.3g}",
        )
        for row in shown
    ]
    named = [row["gene_symbol"] for row in shown]
    above = [place for place, row in enumerate(shown) if _height(row[p_column]) >= threshold][:_MOST_LABELS]
    labels = [_label(dots[place], named[place]) for place in above]
    ticks = [
        Tick(across(contig, length // 2), contig.removeprefix("chr"))
        for contig, length in lengths.items()
        if length > total / 60
    ]
    return DotPicture(dots, labels, ticks, up.ticks, up(threshold))


def quantiles(rows: Sequence[Mapping[str, Any]], p_column: str) -> DotPicture:
    """Each p-value against the one expected at its rank if chance alone were at work; `rows` smallest first."""
    number = max(len(rows), 1)
    ranked = [(_height((rank + 0.5) / number), row) for rank, row in enumerate(rows)]
    shown = _thinned(ranked)
    most = float(max([expected for expected, _ in shown] + [1.0]))
    up = _Upwards(max([_height(row[p_column]) for _, row in shown] + [most]))

    def across(expected: float) -> float:
        return round(_LEFT + expected / most * (_RIGHT - _LEFT), 1)

    dots = [
        Dot(
            across(expected),
            up(_height(row[p_column])),
            _COLOURS[0],
            f"{row['gene_symbol']}, p = {row[p_column]:.3g}, {10**-expected:.3g} by chance",
        )
        for expected, row in shown
    ]
    ticks = [Tick(across(at), str(at)) for at in range(math.floor(most) + 1)]
    return DotPicture(dots, [], ticks, up.ticks, up(most))


def _height(p: float) -> float:
    return -math.log10(max(p, _LEAST_P))


def _thinned(rows: Sequence[Any]) -> list[Any]:
    """All of the first half of what can be drawn, then evenly some of the rest."""
    if len(rows) <= MOST_DOTS:
        return list(rows)
    first = MOST_DOTS // 2
    step = -(-(len(rows) - first) // (MOST_DOTS - first))
    return [*rows[:first], *rows[first::step]]


def _label(dot: Dot, text: str) -> Label:
    anchor = "end" if dot.x > _RIGHT - 60 else "start" if dot.x < _LEFT + 60 else "middle"
    return Label(dot.x, dot.y - 9, text, anchor)


@dataclass(frozen=True)
class _Upwards:
    most: float

    @property
    def ticks(self) -> list[Tick]:
        return [Tick(self(at), str(at)) for at in nice_ticks(0, math.ceil(self.most), 5)]

    def __call__(self, height: float) -> float:
        share = height / math.ceil(max(self.most, 1))
        return float(round(_BASE - (_BASE - _TOP) * share, 1))
