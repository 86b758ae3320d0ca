"""What the data of each dataset may be used for: told by the storey above, shown on public pages and in metadata."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

DUO = "http://purl.obolibrary.org/obo/DUO_"


@dataclass(frozen=True)
class Term:
    """A term of the Data Use Ontology: its seven digits and what it says."""

    digits: str
    words: str

    @property
    def code(self) -> str:
        """Such as DUO:0000042."""
        return f"DUO:{self.digits}"

    @property
    def address(self) -> str:
        """The term's own address, by which metadata names it."""
        return f"{DUO}{self.digits}"

    @property
    def text(self) -> str:
        """Words and code."""
        return f"{self.words}, {self.code}"


@dataclass(frozen=True)
class Terms:
    """What two people approved: a permission, what else holds, and the MONDO ids of diseases where it is for some."""

    permission: Term
    modifiers: tuple[Term, ...] = ()
    diseases: tuple[str, ...] = ()


@dataclass(frozen=True)
class DatasetUse:
    """A dataset by its name and its terms in force; None where none are recorded yet."""

    dataset: str
    terms: Terms | None

    @property
    def permission(self) -> str:
        """The permission with its code and diseases; says so where there is none."""
        if self.terms is None:
            return "No terms are recorded yet"
        diseases = f": {', '.join(self.terms.diseases)}" if self.terms.diseases else ""
        return f"{self.terms.permission.text}{diseases}"

    @property
    def modifiers(self) -> str:
        """What else holds, each with its code."""
        if self.terms is None:
            return ""
        return "; ".join(each.text for each in self.terms.modifiers) or "Nothing"

    @property
    def in_words(self) -> str:
        """All of it in one line."""
        return f"{self.permission}. What else holds: {self.modifiers}." if self.terms else f"{self.permission}."


Reader = Callable[[Collection[str]], Mapping[str, Terms]]
_readers: list[Reader] = []


def tells_terms(reader: Reader) -> Reader:
    """Register who knows the terms in force of datasets, by their names; those without are left out."""
    _readers.append(reader)
    return reader


def uses_of(names: Collection[str]) -> list[DatasetUse]:
    """The datasets of these names, in their order, with the terms in force: one query for each reader."""
    told: dict[str, Terms] = {}
    for reader in _readers:
        told |= reader(names)
    return [DatasetUse(name, told.get(name)) for name in sorted(names)]
