"""Pictures of a panel: its genes by rating, and how they changed over time. Pure: numbers in, places in an SVG out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

WIDTH = 640
# A level is told by its word, and by colour and pattern in addition.
FILLS = {3: "#2f7d4f", 2: "#d9a441", 1: "#b3432f", 0: "#8a8371"}
WORDS = {3: "Green", 2: "Amber", 1: "Red", 0: "No list"}
_LEFT, _RIGHT, _TOP, _BASE = 44, WIDTH - 12, 14, 190
_ROW = 30
_BAR_LEFT, _BAR_RIGHT = 74, WIDTH - 60


class Counted(Protocol):
    """A version with its levels."""

    @property
    def number(self) -> str: ...

    @property
    def at(self) -> datetime: ...

    @property
    def counts(self) -> Mapping[int, int]: ...


@dataclass(frozen=True)
class Bar:
    """One rating: its word, number and bar."""

    word: str
    number: int
    fill: str
    y: int
    width: int
    text_x: int
    text_y: int


@dataclass(frozen=True)
class RatingPicture:
    """A bar for each rating."""

    width: int
    height: int
    left: int
    bars: Sequence[Bar]


@dataclass(frozen=True)
class Layer:
    """The area of one rating over time, as the path of a polygon of steps, with its word at the end."""

    word: str
    fill: str
    path: str


@dataclass(frozen=True)
class TimePicture:
    """Layers from green at the foot to those on no list, with a few dates and the highest number."""

    width: int
    height: int
    left: int
    right: int
    base: int
    layers: Sequence[Layer]
    ticks: Sequence[tuple[int, str, str]]
    lines: Sequence[tuple[int, int]]
    key: Sequence[tuple[int, str, str]]


def rating_picture(counts: Mapping[int, int]) -> RatingPicture:
    """A bar for each rating that the panel has, greenest first."""
    most = max(*counts.values(), 1)
    bars = []
    for place, (level, number) in enumerate(counts.items()):
        width = round((_BAR_RIGHT - _BAR_LEFT) * number / most)
        y = 6 + place * _ROW
        bars.append(Bar(WORDS[level], number, FILLS[level], y, width, _BAR_LEFT + width + 8, y + 16))
    return RatingPicture(WIDTH, 8 + _ROW * len(bars), _BAR_LEFT, bars)


def time_picture(moments: Sequence[Counted]) -> TimePicture | None:
    """Stacked steps over time; None where there is but one moment and so nothing to compare."""
    if len({moment.at for moment in moments}) < 2:
        return None
    most = max(sum(moment.counts.values()) for moment in moments) or 1
    begin, end = moments[0].at, moments[-1].at
    length = (end - begin).total_seconds()
    xs = [_LEFT + round((_RIGHT - _LEFT) * (moment.at - begin).total_seconds() / length, 1) for moment in moments]
    feet = [0] * len(moments)
    layers = []
    for level in (3, 2, 1, 0):
        heads = [foot + moment.counts.get(level, 0) for foot, moment in zip(feet, moments, strict=True)]
        if heads != feet:
            layers.append(Layer(WORDS[level], FILLS[level], _steps(xs, feet, heads, most)))
        feet = heads
    return TimePicture(
        width=WIDTH,
        height=_BASE + 58,
        left=_LEFT,
        right=_RIGHT,
        base=_BASE,
        layers=layers,
        ticks=[(_LEFT, _day(begin), "start"), (_RIGHT, _day(end), "end")],
        lines=[(round(_y(number, most)), number) for number in sorted({0, most // 2, most})],
        key=[(_LEFT + place * 110, layer.word, layer.fill) for place, layer in enumerate(layers)],
    )


def _steps(xs: Sequence[float], feet: Sequence[int], heads: Sequence[int], most: int) -> str:
    """The outline of an area: along its head from left to right, along its foot back."""
    head = _line(xs, [_y(number, most) for number in heads])
    foot = _line(xs, [_y(number, most) for number in feet])
    return "M" + "L".join(head) + "L" + "L".join(reversed(foot)) + "Z"


def _line(xs: Sequence[float], ys: Sequence[float]) -> list[str]:
    points = [f"{xs[0]:g} {ys[0]:g}"]
    for place in range(1, len(xs)):
        points += [f"{xs[place]:g} {ys[place - 1]:g}", f"{xs[place]:g} {ys[place]:g}"]
    return points


def _y(number: int, most: int) -> float:
    return round(_BASE - (_BASE - _TOP) * number / most, 1)


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"
