"""Geometry of the pictures of a burden: genes along the genome by p-value, and p-values against chance. Pure.

x and y are in the units of the SVG's view box, y downwards. p-values are in [0, 1]; one that is too small for a number
(0) is drawn at 1e-300.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from research_env.beta import beta_quantile
from research_env.charts import WIDTH, Label, Tick, nice_ticks
from research_env.engine import CONTIG_LENGTHS

# Beyond so many dots a picture is a blot and a slow page: all that pass the correction are drawn, of the others some.
MOST_DOTS = 1_500
LEVEL = 0.05  # of Bonferroni's line
_COLOURS = ("#0b5f6b", "#7a5c00")  # neighbouring chromosomes
_LEFT, _RIGHT, _TOP, _BASE, _HEIGHT = 52.0, WIDTH - 16.0, 34.0, 250.0, 310
_NARROW, _NARROW_RIGHT = 374, 358.0  # beside the other picture
_MOST_LABELS = 6
_LEAST_P = 1e-300
_BAND_POINTS = 24
_BAND = (0.025, 0.975)


@dataclass(frozen=True)
class Dot:
    """One gene; `diamond` holds the corners of one that passes the correction, so that no colour stands alone."""

    x: float
    y: float
    colour: str
    title: str
    diamond: str = ""


@dataclass(frozen=True)
class DotPicture:
    """Dots in a frame; `line` is the height of a threshold, or where the diagonal ends at the right edge.

    `left_out` says how many genes are not drawn to keep the picture readable: none of them passes the correction.
    `unplaced` counts those on contigs that have no place on the axis. `band` holds the corners of the area where chance
    alone would put 95 % of the genes of each rank.
    """

    dots: Sequence[Dot]
    labels: Sequence[Label]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    line: float
    left_out: int = 0
    unplaced: int = 0
    band: str = ""
    description: str = ""
    width: int = WIDTH
    height: int = _HEIGHT
    left: float = _LEFT
    right: float = _RIGHT
    base: float = _BASE
    top: float = _TOP


def manhattan(rows: Sequence[Mapping[str, Any]], p_column: str, assembly: str, tested: int) -> DotPicture:
    """Genes where they lie, as high as their p-value is small. `rows` have gene_symbol, contig, position_1based and
    the p-value under `p_column`, smallest first; `tested` sets Bonferroni's line at 5 %."""
    across, ticks = _along_the_genome(assembly)
    placed = [row for row in rows if row["contig"] in CONTIG_LENGTHS[assembly]]
    threshold = _height(LEVEL / max(tested, 1))
    passing = sum(1 for row in placed if row[p_column] <= LEVEL / max(tested, 1))
    shown = _thinned(placed, passing)
    up = _Upwards(max([_height(row[p_column]) for row in shown] + [threshold]))
    order = {contig: place for place, contig in enumerate(CONTIG_LENGTHS[assembly])}
    dots = []
    for place, row in enumerate(shown):
        x, y = across(row["contig"], row["position_1based"]), up(_height(row[p_column]))
        title = f"{row['gene_symbol']}, {row['contig']}, {p_words(row[p_column])}"
        dots.append(
            Dot(x, y, _COLOURS[order[row["contig"]] % 2], title, _diamond(x, y, 6.0) if place < passing else "")
        )
    labels = [_label(dots[place], shown[place]["gene_symbol"]) for place in range(min(passing, _MOST_LABELS))]
    drawn = f"{len(placed):,} {'gene' if len(placed) == 1 else 'genes'} along the genome; {passing:,} above the line."
    best = f" The highest: {dots[0].title}." if dots else ""
    return DotPicture(
        dots,
        labels,
        ticks,
        up.ticks,
        up(threshold),
        left_out=len(placed) - len(shown),
        unplaced=len(rows) - len(placed),
        description=drawn + best,
    )


def _along_the_genome(assembly: str) -> tuple[Callable[[str, int], float], list[Tick]]:
    """Where a position lies on the axis, and the names of the chromosomes that have room for one."""
    starts: dict[str, int] = {}
    lengths, total = CONTIG_LENGTHS[assembly], 0
    for contig, length in lengths.items():
        starts[contig] = total
        total += length

    def across(contig: str, position: int) -> float:
        share = (starts[contig] + min(position, lengths[contig])) / total
        return round(_LEFT + share * (_RIGHT - _LEFT), 1)

    ticks = [
        Tick(across(contig, length // 2), contig.removeprefix("chr"))
        for contig, length in lengths.items()
        if length > total / 45  # the names of shorter ones would touch
    ]
    return across, ticks


def quantiles(rows: Sequence[Mapping[str, Any]], p_column: str) -> DotPicture:
    """Each p-value against the one expected at its rank if chance alone were at work; `rows` smallest first."""
    number = max(len(rows), 1)
    passing = sum(1 for row in rows if row[p_column] <= LEVEL / number)
    ranked = [(_height((rank + 0.5) / number), row) for rank, row in enumerate(rows)]
    shown = _thinned(ranked, passing)
    most = float(max([expected for expected, _ in shown] + [1.0]))
    band = _band_of(number)
    up = _Upwards(max([_height(row[p_column]) for _, row in shown] + [most] + [high for _, _, high in band]))

    def across(expected: float) -> float:
        return round(_LEFT + expected / most * (_NARROW_RIGHT - _LEFT), 1)

    dots = []
    for place, (expected, row) in enumerate(shown):
        x, y = across(expected), up(_height(row[p_column]))
        title = f"{row['gene_symbol']}, {p_words(row[p_column])}, {10**-expected:.3g} by chance"
        dots.append(Dot(x, y, _COLOURS[0], title, _diamond(x, y, 6.0) if place < passing else ""))
    edge = [(across(x), up(high)) for x, _, high in band] + [(across(x), up(low)) for x, low, _ in reversed(band)]
    return DotPicture(
        dots,
        [],
        [Tick(across(at), str(at)) for at in range(math.floor(most) + 1)],
        up.ticks,
        up(most),
        left_out=len(rows) - len(shown),
        band=" ".join(f"{x},{y}" for x, y in edge),
        description=f"{len(rows):,} p-values by rank against those expected by chance; {passing:,} pass Bonferroni.",
        width=_NARROW,
        right=_NARROW_RIGHT,
    )


def _band_of(number: int) -> list[tuple[float, float, float]]:
    """(expected, low, high) in minus log10, at ranks from the first to the last: between low and high lies the gene of
    that rank with probability 95 % if chance alone is at work. The k-th smallest of n even p-values is Beta(k, n-k+1).
    """
    steps = range(_BAND_POINTS)
    ranks = sorted({round(number ** (step / (_BAND_POINTS - 1))) for step in steps})
    return [
        (
            _height((rank - 0.5) / number),
            _height(beta_quantile(_BAND[1], rank, number - rank + 1)),
            _height(beta_quantile(_BAND[0], rank, number - rank + 1)),
        )
        for rank in ranks
    ]


def p_words(p: float) -> str:
    """A p-value in words; one that no number is small enough for is said to be so."""
    return f"p = {p:.3g}" if p >= _LEAST_P else "p below 1e-300"


def _height(p: float) -> float:
    return max(0.0, -math.log10(max(p, _LEAST_P)))


def _thinned(rows: Sequence[Any], kept: int) -> list[Any]:
    """All that pass (the first `kept`) and the first half of what can be drawn, then evenly some of the rest."""
    if len(rows) <= MOST_DOTS:
        return list(rows)
    first = max(kept, MOST_DOTS // 2)
    room = max(MOST_DOTS - first, MOST_DOTS // 4)
    step = max(1, -(-(len(rows) - first) // room))
    return [*rows[:first], *rows[first::step]]


def _diamond(x: float, y: float, half: float) -> str:
    corners = ((x, y - half), (x + half, y), (x, y + half), (x - half, y))
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)


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
