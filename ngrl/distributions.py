"""Counts of people by the values of one column, cut into categories; nothing here is fit to be shown yet. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

NOT_RECORDED = "Not recorded"
OTHERS = "All others"
CODES_SHOWN = 20
_BANDS = 8


@dataclass(frozen=True)
class Distribution:
    """People by category. Where nobody is in two of them it is a partition, and everybody counted is in one."""

    head: str
    cells: Mapping[str, int]
    people: int
    is_partition: bool


def of_codes(
    head: str, codes_of: Mapping[int, Collection[str]], words: Mapping[str, str], everybody: int, threshold: int
) -> Distribution:
    """The commonest codes by name; whoever has a code of fewer people than the threshold is among all others."""
    counts = Counter(code for codes in codes_of.values() for code in set(codes))
    common = sorted((code for code in counts if counts[code] >= threshold), key=lambda code: (-counts[code], code))
    named = set(common[:CODES_SHOWN])
    cells = {words.get(code) or code: 0 for code in common[:CODES_SHOWN]}
    for code in named:
        cells[words.get(code) or code] += counts[code]
    others = sum(1 for codes in codes_of.values() if not set(codes) <= named)
    is_partition = all(len(set(codes)) == 1 for codes in codes_of.values()) and len(cells) == len(named)
    rest = {OTHERS: others} if others else {}
    return Distribution(head, {**cells, **rest, **_missing(everybody, len(codes_of))}, len(codes_of), is_partition)


def of_numbers(head: str, values: Sequence[float], everybody: int, threshold: int, width: float = 0) -> Distribution:
    """Bands of equal width; the first and the last are open and wide enough that no extreme value can be told."""
    if len(values) < threshold:
        return Distribution(head, {}, len(values), True)
    ordered = sorted(values)
    low, high = ordered[len(ordered) // 20], ordered[-1 - len(ordered) // 20]
    step = width or _nice((high - low) / _BANDS)
    bands = Counter(int(value // step) for value in ordered)
    first, last = _ends(bands, threshold)
    cells: dict[str, int] = {}
    for band in range(first, last + 1):
        text = _band(band, first, last, step)
        cells[text] = sum(people for each, people in bands.items() if min(max(each, first), last) == band)
    return Distribution(head, {**cells, **_missing(everybody, len(values))}, len(values), True)


def _missing(everybody: int, known: int) -> dict[str, int]:
    return {NOT_RECORDED: everybody - known} if everybody > known else {}


def _nice(width: float) -> float:
    """1, 2, 5 or 10 times a power of ten: the next that is no smaller; 1 where everybody has the same value."""
    if width <= 0:
        return 1
    power = 10.0 ** (len(str(int(width))) - 1) if width >= 1 else 10.0 ** -len(str(int(1 / width)))
    return next(times * power for times in (1, 2, 5, 10, 20) if times * power >= width)


def _ends(bands: Mapping[int, int], threshold: int) -> tuple[int, int]:
    """The first and the last band with enough people in it and beyond it."""
    ordered = sorted(bands)
    low = high = 0
    first, last = ordered[0], ordered[-1]
    for first in ordered:
        low += bands[first]
        if low >= threshold:
            break
    for last in reversed(ordered):
        high += bands[last]
        if high >= threshold:
            break
    return (first, max(first, last))


def _band(band: int, first: int, last: int, step: float) -> str:
    if first == last:
        return "Any value"
    if step == 1 and band < last:
        return f"Up to {band}" if band == first else f"{band}"
    low, high = f"{band * step:g}", f"{(band + 1) * step:g}"
    if band == first:
        return f"Under {high}"
    return f"{low} and more" if band == last else f"{low} to under {high}"
