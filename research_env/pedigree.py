"""A family as a picture: squares, circles and diamonds in generations, with lines from parents to children. Pure.

x and y are in the units of the SVG's view box, y downwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SIZE = 36
_STEP_X, _STEP_Y, _MARGIN = 120, 110, 60


@dataclass(frozen=True)
class Member:
    """One person of the family, by the name that the reader knows; parents who are not in the picture are ""."""

    name: str
    sex: str
    affected: bool | None
    mother: str = ""
    father: str = ""
    is_subject: bool = False


@dataclass(frozen=True)
class Symbol:
    """A person where they stand."""

    member: Member
    x: int
    y: int

    @property
    def fill(self) -> str:
        """Dark for who is affected, a dot of grey for who may be, white for who is not."""
        return {True: "#10243e", False: "#ffffff", None: "#ddd7c9"}[self.member.affected]

    @property
    def title(self) -> str:
        """Who it is, in words."""
        words = {True: "affected", False: "not affected", None: "not known whether affected"}
        return f"{self.member.name}, {self.member.sex}, {words[self.member.affected]}"


@dataclass(frozen=True)
class Pedigree:
    """The whole picture; `lines` are paths."""

    symbols: list[Symbol]
    lines: list[str]
    width: int
    height: int


def pedigree_of(members: Sequence[Member]) -> Pedigree:
    """Place the family: founders on top, children below their parents, partners side by side."""
    known = {member.name: member for member in members}
    generations = _generations(known)
    places: dict[str, tuple[int, int]] = {}
    for depth, row in sorted(_rows(generations).items()):
        for place, name in enumerate(_ordered(row, known, places)):
            places[name] = (_MARGIN + place * _STEP_X, _MARGIN + depth * _STEP_Y)
    symbols = [Symbol(known[name], x, y) for name, (x, y) in places.items()]
    return Pedigree(
        symbols,
        _lines(known, places),
        max((symbol.x for symbol in symbols), default=0) + _MARGIN,
        max((symbol.y for symbol in symbols), default=0) + _MARGIN,
    )


def _generations(known: Mapping[str, Member]) -> dict[str, int]:
    """How far below the founders each person is; who joins by marriage stands beside their partner."""
    depth = dict.fromkeys(known, 0)
    for _ in known:  # as often as the longest line of descent can need it; a circle in the data ends too
        for name, member in known.items():
            parents = [depth[parent] for parent in (member.mother, member.father) if parent in known]
            if parents:
                depth[name] = min(max(parents) + 1, len(known))
        for member in known.values():
            if member.mother in known and member.father in known:
                deeper = max(depth[member.mother], depth[member.father])
                depth[member.mother] = depth[member.father] = deeper
    return depth


def _rows(generations: Mapping[str, int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for name, depth in generations.items():
        found[depth].append(name)
    return {place: found[depth] for place, depth in enumerate(sorted(found))}


def _ordered(row: Sequence[str], known: Mapping[str, Member], places: Mapping[str, tuple[int, int]]) -> list[str]:
    """By where the parents stand, and each partner next to the other."""

    def under(name: str) -> tuple[float, str]:
        above = [places[each][0] for each in (known[name].mother, known[name].father) if each in places]
        return (sum(above) / len(above) if above else float("inf"), name)

    partners = {
        one: other
        for member in known.values()
        if member.mother in known and member.father in known
        for one, other in ((member.mother, member.father), (member.father, member.mother))
    }
    ordered: list[str] = []
    for name in sorted(row, key=under):
        for each in (name, partners.get(name, "")):
            if each in row and each not in ordered:
                ordered.append(each)
    return ordered


def _lines(known: Mapping[str, Member], places: Mapping[str, tuple[int, int]]) -> list[str]:
    children: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, member in known.items():
        parents = tuple(each for each in (member.mother, member.father) if each in places)
        if parents:
            children[parents].append(name)
    lines = []
    for parents, names in children.items():
        xs = [places[each][0] for each in parents]
        y = max(places[each][1] for each in parents)
        middle, below = sum(xs) // len(xs), y + _STEP_Y // 2
        if len(xs) == 2:
            lines.append(f"M{min(xs)} {y}H{max(xs)}")
        lines += [f"M{middle} {y}V{below}H{places[name][0]}V{places[name][1]}" for name in names]
    return lines
