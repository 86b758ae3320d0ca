"""Numbers to the geometry of pictures: lollipops along a gene, a frequency spectrum. Pure.

Positions are 1-based on the genome; x and y are in the units of the SVG's view box, y downwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from research_env.engine import LOSS_OF_FUNCTION, PROTEIN_CHANGING

WIDTH = 748
MOST_LOLLIPOPS = 400
_MOST_LABELS = 5
_LETTER_WIDTH = 6.6


@dataclass(frozen=True)
class Kind:
    """A kind of effect as pictures show it: a word, a colour and a shape, so that no colour stands alone."""

    key: str
    label: str
    colour: str
    shape: str


KINDS = {
    "loss": Kind("loss", "Loss of function", "#8f1d18", "triangle"),
    "changing": Kind("changing", "Changes the protein", "#0b5f6b", "circle"),
    "other": Kind("other", "Other effect", "#7a5c00", "square"),
    "none": Kind("none", "No effect named", "#4b5563", "ring"),
}


def kind_of(consequence: str | None) -> Kind:
    """The kind of a Sequence Ontology term."""
    if consequence is None:
        return KINDS["none"]
    if consequence in LOSS_OF_FUNCTION:
        return KINDS["loss"]
    return KINDS["changing" if consequence in PROTEIN_CHANGING else "other"]


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Lollipop:
    """One variant: a stalk from the base line to (x, y), and a head of its kind's shape."""

    x: float
    y: float
    kind: Kind
    title: str
    points: str
    radius: float
    variant_id: str


@dataclass(frozen=True)
class Label:
    """A few words above the tallest heads."""

    x: float
    y: float
    text: str
    anchor: str


@dataclass(frozen=True)
class LollipopPicture:
    """Variants along a stretch of the genome."""

    width: int
    height: int
    left: float
    right: float
    base: float
    lollipops: Sequence[Lollipop]
    labels: Sequence[Label]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    kinds: Sequence[tuple[float, Kind, str, float]]
    x_title: str
    is_logarithmic: bool
    description: str

    @property
    def span(self) -> float:
        return self.right - self.left


_HEIGHT, _LEFT, _RIGHT, _TOP, _BASE = 300, 52.0, WIDTH - 16.0, 54.0, 240.0


def lollipop_picture(variants: Sequence[Mapping[str, Any]], contig: str, start: int, end: int) -> LollipopPicture:
    """Variants (rows with position_1based, carrier_count, consequence, variant_id, hgvs_protein) from start to end."""
    start = min([start, *(row["position_1based"] for row in variants)])
    end = max([end, *(row["position_1based"] for row in variants)])
    most = max((row["carrier_count"] for row in variants), default=1)
    across = _Scale(start, end, _LEFT + 10, _RIGHT - 10)
    up = _CountScale(most)
    # The rare and severe are drawn last, over the common.
    ordered = sorted(
        variants, key=lambda row: (-row["carrier_count"], list(KINDS).index(kind_of(row["consequence"]).key))
    )
    radius = 5.0 if len(variants) <= 60 else 4.0 if len(variants) <= 150 else 3.2
    heads = [_lollipop(row, across(row["position_1based"]), up(row["carrier_count"]), radius) for row in ordered]
    used = {head.kind.key for head in heads}
    return LollipopPicture(
        width=WIDTH,
        height=_HEIGHT,
        left=_LEFT,
        right=_RIGHT,
        base=_BASE,
        lollipops=heads,
        labels=_labels(variants, across, up),
        x_ticks=[Tick(across(at), f"{at:,}") for at in nice_ticks(start, end, 6)],
        y_ticks=[Tick(up(count), f"{count:,}") for count in up.ticks],
        kinds=_legend([kind for kind in KINDS.values() if kind.key in used]),
        x_title=f"Position on {contig}",
        is_logarithmic=up.is_logarithmic,
        description=_in_words(heads),
    )


@dataclass(frozen=True)
class _Scale:
    low: int
    high: int
    x_low: float
    x_high: float

    def __call__(self, value: int) -> float:
        span = max(self.high - self.low, 1)
        return round(self.x_low + (value - self.low) / span * (self.x_high - self.x_low), 1)


@dataclass(frozen=True)
class _CountScale:
    """Counts upwards from the base line: even steps while they are few, powers of ten beyond."""

    most: int

    @property
    def is_logarithmic(self) -> bool:
        return self.most > 12

    @property
    def ticks(self) -> list[int]:
        if not self.is_logarithmic:
            return [count for count in nice_ticks(0, max(self.most, 1), 5) if count > 0]
        steps = (1, 2, 5) if self.most < 200 else (1,)
        return [step * 10**power for power in range(8) for step in steps if step * 10**power <= self.most]

    def __call__(self, count: int) -> float:
        room = _BASE - _TOP
        if not self.is_logarithmic:
            return round(_BASE - room * count / max(self.most, 1), 1)
        # One is lifted off the base line, so that a single copy has a stalk too.
        share = 0.12 + 0.88 * math.log10(max(count, 1)) / math.log10(self.most)
        return round(_BASE - room * share, 1)


def nice_ticks(low: int, high: int, wanted: int) -> list[int]:
    """Round numbers from low to high, about as many as wanted."""
    step = max(1.0, (high - low) / max(wanted, 1))
    power = 10 ** math.floor(math.log10(step))
    nice = next(int(power * factor) for factor in (1, 2, 5, 10) if power * factor >= step)
    return list(range(-(-low // nice) * nice, high + 1, nice))


def _lollipop(row: Mapping[str, Any], x: float, y: float, radius: float) -> Lollipop:
    kind = kind_of(row["consequence"])
    words = [
        row["variant_id"],
        row.get("hgvs_protein") or "",
        kind.label.lower(),
        people_words(row["carrier_count"]),
    ]
    title = ", ".join(filter(None, words))
    return Lollipop(x, y, kind, title, _points(kind.shape, x, y, radius), radius, row["variant_id"])


def people_words(count: int) -> str:
    """How many people carry a variant: "1 carrier", "1,204 carriers"."""
    return f"{count:,} {'carrier' if count == 1 else 'carriers'}"


def _in_words(heads: Sequence[Lollipop]) -> str:
    """What the picture shows, for who does not see it: how many of each kind, and the first of `heads`, the tallest."""
    if not heads:
        return "No variants."
    numbers = [(sum(head.kind == kind for head in heads), kind.label.lower()) for kind in KINDS.values()]
    kinds = ", ".join(f"{count:,} {label}" for count, label in numbers if count)
    return f"{len(heads):,} {'variant' if len(heads) == 1 else 'variants'}: {kinds}. Tallest: {heads[0].title}."


def _points(shape: str, x: float, y: float, radius: float = 5.0) -> str:
    """Corners of a triangle or square around (x, y); nothing for round shapes."""
    wide, half = radius * 1.2, radius * 0.9
    corners = {
        "triangle": ((x, y - wide), (x + wide, y + radius), (x - wide, y + radius)),
        "square": ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)),
    }.get(shape, ())
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)


def _labels(variants: Sequence[Mapping[str, Any]], across: _Scale, up: _CountScale) -> list[Label]:
    """Names of the protein changes that most people carry, as long as they do not lie over one another."""
    placed: list[tuple[float, float, Label]] = []
    telling = (KINDS["loss"], KINDS["changing"])
    named = [row for row in variants if row.get("hgvs_protein") and kind_of(row["consequence"]) in telling]
    for row in sorted(named, key=lambda row: -row["carrier_count"]):
        text = str(row["hgvs_protein"]).split(":")[-1][:22]
        x, y = across(row["position_1based"]), up(row["carrier_count"]) - 11
        width = len(text) * _LETTER_WIDTH
        anchor = "end" if x + width / 2 > _RIGHT else "start" if x - width / 2 < _LEFT else "middle"
        low = x - width if anchor == "end" else x if anchor == "start" else x - width / 2
        if all(low > b + 8 or low + width < a - 8 or abs(y - label.y) > 18 for a, b, label in placed):
            placed.append((low, low + width, Label(x, y, text, anchor)))
        if len(placed) == _MOST_LABELS:
            break
    return [label for _, _, label in placed]


def _legend(kinds: Iterable[Kind]) -> list[tuple[float, Kind, str, float]]:
    x, placed = _LEFT + 8, []
    for kind in kinds:
        placed.append((round(x, 1), kind, _points(kind.shape, x, 16), round(x + 12, 1)))
        x += 34 + len(kind.label) * 7.2
    return placed


@dataclass(frozen=True)
class Bar:
    """One bar of a histogram."""

    x: float
    y: float
    width: float
    height: float
    label: str
    count: int

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def above(self) -> float:
        return self.y - 7


@dataclass(frozen=True)
class SpectrumPicture:
    """How many variants are how frequent."""

    width: int
    height: int
    left: float
    right: float
    base: float
    bars: Sequence[Bar]
    description: str


# The upper ends of the bins of frequency, inclusive, with their names; before them come those seen once.
BINS = (
    (0.0005, "to 0.05%"),
    (0.001, "to 0.1%"),
    (0.005, "to 0.5%"),
    (0.01, "to 1%"),
    (0.05, "to 5%"),
    (0.5, "to 50%"),
    (1.0, "over 50%"),
)


def spectrum(frequencies: NDArray[np.float64], counts: NDArray[Any]) -> list[tuple[str, int]]:
    """How many variants fall into each bin: first those with one copy among all, then by frequency (0 to 1).

    float[n] and int[n]; a variant without a frequency (NaN) is in no bin. Empty bins at the ends are left out: a small
    cohort has no rare frequencies, a filter cuts off the common ones.
    """
    is_known, single = ~np.isnan(frequencies), counts == 1
    upper = np.array([most for most, _ in BINS])
    place = np.minimum(np.searchsorted(upper, frequencies[is_known & ~single]), len(BINS) - 1)
    tally = np.bincount(place, minlength=len(BINS))
    by_frequency = [(label, int(count)) for (_, label), count in zip(BINS, tally, strict=True)]
    filled = [place for place, (_, count) in enumerate(by_frequency) if count]
    one = ("one copy", int((single & is_known).sum()))
    return [one, *(by_frequency[filled[0] : filled[-1] + 1] if filled else [])]


def spectrum_picture(bins: Sequence[tuple[str, int]]) -> SpectrumPicture:
    """Bars for the bins, the tallest as high as the picture."""
    left, right, base, top = 16.0, WIDTH - 16.0, 190.0, 34.0
    most = max((count for _, count in bins), default=0) or 1
    slot = (right - left) / max(len(bins), 1)
    bars = [
        Bar(
            x=round(left + slot * place + slot * 0.14, 1),
            y=round(base - (base - top) * count / most, 1),
            width=round(slot * 0.72, 1),
            height=round((base - top) * count / most, 1),
            label=label,
            count=count,
        )
        for place, (label, count) in enumerate(bins)
    ]
    words = "; ".join(f"{label}: {count:,}" for label, count in bins)
    return SpectrumPicture(WIDTH, 240, left, right, base, bars, f"Variants by frequency: {words}.")
