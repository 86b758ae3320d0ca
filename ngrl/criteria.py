"""A cohort as data: conditions on people joined by all, any and not. Read, judged and put into words here. Pure.

    {"all": [{"column": "phenotypes.hpo", "codes": ["HP:0001250"], "descendants": true},
             {"any": [{"sex": ["female"]}, {"column": "diagnoses.age", "from": 18, "to": 40}]},
             {"not": {"column": "phenotypes.hpo", "codes": ["HP:0000098"], "present": false}}]}

"not" takes people away from those whom the other conditions leave: it says "nothing is known that fits", which is less
than `"present": false`, which says "was looked for and not found".
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.kernel.refusals import InvalidInput

MOST_CONDITIONS = 50
MOST_CODES = 200
DEEPEST = 6
SEXES = {"female": "female", "male": "male", "unknown": "of a sex that is not known"}
ROLES = ("proband", "mother", "father", "sibling", "other", "singleton")
GENOME_KINDS = ("germline", "tumour")
ASSEMBLIES = ("GRCh38", "GRCh37")
FILE_KINDS = ("vcf", "gvcf", "bam", "cram")
FAMILIES = {"singleton": "one person", "duo": "two people", "trio": "three people", "bigger": "four people or more"}
# The words that each of these conditions takes; ancestry takes any.
WORDS: Mapping[str, Sequence[str]] = {
    "sex": tuple(SEXES),
    "family_role": ROLES,
    "family": tuple(FAMILIES),
    "genome_kind": GENOME_KINDS,
    "genome_assembly": ASSEMBLIES,
    "file_kind": FILE_KINDS,
}
FACTS = ("ancestry", *WORDS)
_COLUMN = re.compile(r"([a-z][a-z0-9_]{0,59})\.([a-z][a-z0-9_]{0,59})")


@dataclass(frozen=True)
class Codes:
    """The column has one of these codes; with descendants, or a code below one. Absent: the row says it is absent."""

    column: str
    codes: tuple[str, ...]
    descendants: bool = False
    present: bool = True


@dataclass(frozen=True)
class Between:
    """The column has a number or a day from `low` to `high`, both included; None is open."""

    column: str
    low: float | str | None
    high: float | str | None


@dataclass(frozen=True)
class Fact:
    """What is known of the person is one of these: sex, ancestry, place in the family, how many of the family the
    release has, and kind or assembly of a genome or kind of a file that the release has of them."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class HasGenome:
    """Whether the release has the person's genome."""

    value: bool


@dataclass(frozen=True)
class Joined:
    """All or any of the parts; with no part, everybody."""

    how: str
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    """Everybody else."""

    part: Node


Node = Codes | Between | Fact | HasGenome | Joined | Not
EVERYBODY = Joined("all", ())


def read_criteria(data: Any) -> Node:
    """The expression in data, or InvalidInput with a sentence on the first thing that is wrong."""
    left = [MOST_CONDITIONS]
    return _read(data, 0, left)


def _read(data: Any, depth: int, left: list[int]) -> Node:
    _check_shape(data, depth, left)
    if "column" in data:
        return _condition(data, set(data))
    kind = next(iter(data)) if len(data) == 1 else ""
    if kind in {"all", "any"}:
        return _joined(kind, data[kind], depth, left)
    if kind == "not":
        return Not(_read(data["not"], depth + 1, left))
    if kind == "has_genome":
        return HasGenome(_boolean(data["has_genome"], "has_genome"))
    if kind in FACTS:
        return _fact(kind, data)
    raise InvalidInput(f"A condition has one of: all, any, not, column, {', '.join(FACTS)}, has_genome.")


def _check_shape(data: Any, depth: int, left: list[int]) -> None:
    if not isinstance(data, Mapping):
        raise InvalidInput("Each condition is an object, such as {“sex”: [“female”]}.")
    if depth > DEEPEST:
        raise InvalidInput(f"Conditions can be nested {DEEPEST} deep.")
    left[0] -= 1
    if left[0] < 0:
        raise InvalidInput(f"A cohort has at most {MOST_CONDITIONS} conditions.")


def _joined(how: str, parts: Any, depth: int, left: list[int]) -> Joined:
    if not isinstance(parts, list):
        raise InvalidInput(f"“{how}” takes a list of conditions.")
    if how == "any" and not parts:
        raise InvalidInput("“any” needs at least one condition.")
    return Joined(how, tuple(_read(part, depth + 1, left) for part in parts))


def _fact(name: str, data: Mapping[str, Any]) -> Fact:
    values = _strings(data[name], name, 40)
    known = WORDS.get(name)
    if known and not set(values) <= set(known):
        raise InvalidInput(f"“{name}” is one of {', '.join(known)}.")
    return Fact(name, values)


def _condition(data: Mapping[str, Any], keys: set[str]) -> Codes | Between:
    column = data["column"]
    if not isinstance(column, str) or not _COLUMN.fullmatch(column):
        raise InvalidInput("A column is named by its table, such as phenotypes.hpo.")
    if "codes" in keys and keys <= {"column", "codes", "descendants", "present"}:
        return Codes(
            column,
            _strings(data["codes"], "codes", MOST_CODES),
            _boolean(data.get("descendants", False), "descendants"),
            _boolean(data.get("present", True), "present"),
        )
    if keys & {"from", "to"} and keys <= {"column", "from", "to"}:
        low, high = (_bound(data.get(key)) for key in ("from", "to"))
        if low is None and high is None:
            raise InvalidInput(f"{column}: give from, to or both.")
        if low is not None and high is not None:
            if isinstance(low, str) is not isinstance(high, str):
                raise InvalidInput(f"{column}: from and to must both be numbers or both be dates.")
            if low > high:  # type: ignore[operator]
                raise InvalidInput(f"{column}: from must not be larger than to.")
        return Between(column, low, high)
    raise InvalidInput(f"{column}: give codes, or from and to.")


def _bound(value: Any) -> float | str | None:
    if value is None:
        return None
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value).isoformat()
        except ValueError:
            raise InvalidInput("Write a date as 2026-09-30.") from None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e15:
        raise InvalidInput("from and to are numbers or dates.")
    return float(value)


def _strings(value: Any, key: str, most: int) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(each, str) and each.strip() for each in value):
        raise InvalidInput(f"“{key}” takes a list of one or more words.")
    if len(value) > most or max(len(each) for each in value) > 60 or any("\x00" in each for each in value):
        raise InvalidInput(f"“{key}” takes at most {most} words of at most 60 characters.")
    return tuple(dict.fromkeys(each.strip() for each in value))


def _boolean(value: Any, key: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput(f"“{key}” is true or false.")
    return value


def as_data(node: Node) -> dict[str, Any]:
    """The expression as it is kept: what `read_criteria` reads, in one way of writing it."""
    match node:
        case Joined():
            return {node.how: [as_data(part) for part in node.parts]}
        case Not():
            return {"not": as_data(node.part)}
        case Fact():
            return {node.name: list(node.values)}
        case HasGenome():
            return {"has_genome": node.value}
        case Between():
            told = {"from": node.low, "to": node.high}
            return {"column": node.column, **{key: value for key, value in told.items() if value is not None}}
        case Codes():
            told = {"descendants": node.descendants, "present": node.present}
            return {"column": node.column, "codes": list(node.codes), **told}


def columns_of(node: Node) -> set[str]:
    """Every column that the expression names."""
    match node:
        case Joined():
            return {name for part in node.parts for name in columns_of(part)}
        case Not():
            return columns_of(node.part)
        case Codes() | Between():
            return {node.column}
        case _:
            return set()


def in_words(node: Node, title: Callable[[str], str], code_words: Callable[[str, str], str]) -> str:
    """The expression as a sentence without its full stop. `title` words a column, `code_words` a code of a column."""
    match node:
        case Joined():
            if not node.parts:
                return "everybody"
            parts = [in_words(part, title, code_words) for part in node.parts]
            joined = (" and " if node.how == "all" else " or ").join(parts)
            return f"({joined})" if len(parts) > 1 else joined
        case Not():
            return f"not {in_words(node.part, title, code_words)}"
        case Fact():
            return _fact_in_words(node)
        case HasGenome():
            return f"{'a' if node.value else 'no'} genome in the release"
        case Between():
            return f"{title(node.column)} {_range(node.low, node.high)}"
        case Codes():
            named = " or ".join(code_words(node.column, code) for code in node.codes)
            below = " or a kind of it" if node.descendants else ""
            return f"{title(node.column)} is {named}{below}" + ("" if node.present else ", looked for and absent")


def _fact_in_words(fact: Fact) -> str:
    said = {"sex": SEXES, "family": FAMILIES}.get(fact.name, {})
    words = " or ".join(said.get(value, value) for value in fact.values)
    match fact.name:
        case "family":
            return f"{words} of the family in the release"
        case "genome_kind":
            return f"a {words} genome in the release"
        case "genome_assembly":
            return f"a genome on {words} in the release"
        case "file_kind":
            return f"a {words.upper().replace(' OR ', ' or ')} file in the release"
    return f"{fact.name.replace('_', ' ')} is {words}"


def _range(low: float | str | None, high: float | str | None) -> str:
    shown: Sequence[str] = [each if isinstance(each, str) else f"{each:g}" for each in (low, high) if each is not None]
    if low is None:
        return f"up to {shown[0]}"
    return f"from {shown[0]} to {shown[1]}" if high is not None else f"from {shown[0]} on"
