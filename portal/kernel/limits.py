"""Rules that are numbers: each app declares its own, from the very constants that it works with, and one page shows
them all. A number that changes is a new version of the table, so that people can say which rule held when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

VERSION = "2026.1"


@dataclass(frozen=True)
class Limit:
    """A rule in words, and its number with the unit."""

    rule: str
    value: str


_declared: dict[str, list[Limit]] = {}


def declare(group: str, *limits: tuple[str, str]) -> None:
    """Add rules of a group, such as "Access review", in the order in which people meet them."""
    _declared.setdefault(group, []).extend(Limit(rule, value) for rule, value in limits)


def declared() -> Mapping[str, Sequence[Limit]]:
    """All rules by group, in the order of their declaration."""
    return {group: tuple(limits) for group, limits in _declared.items()}
