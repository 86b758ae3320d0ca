"""Invented people in families: who is whose parent, sex, ancestry, dataset; and names that look like a laboratory's."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

MALE, FEMALE = "male", "female"
ANCESTRIES = ("European", "South Asian", "African", "East Asian", "Mixed")
_ANCESTRY_SHARES = (0.62, 0.15, 0.11, 0.06, 0.06)
# Of families, by number of people: child with both parents, that with a sibling, child with mother, a person alone
KINDS = ("trio", "quad", "duo", "singleton")
_KIND_SHARES = (0.22, 0.10, 0.08, 0.60)
RARE_DISEASE, CANCER, COVID_19 = DATASETS = ("rare-disease", "cancer", "covid-19")
FEWEST_PEOPLE = 300


@dataclass
class Person:
    """One invented person. Parents are places in the list of people."""

    family: int
    role: str
    sex: str
    ancestry: str
    affected: bool
    dataset: str
    mother: int | None = None
    father: int | None = None


@dataclass
class Families:
    """Everybody, and the families of each kind as lists of places: child first, then mother, father, sibling."""

    people: list[Person] = field(default_factory=list)
    by_kind: dict[str, list[list[int]]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    @property
    def is_male(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """bool[people]."""
        return np.array([person.sex == MALE for person in self.people])


def make_families(count: int, rng: np.random.Generator) -> Families:
    """`count` people in families of one to four. ValueError below 300: the planted findings need so many."""
    if count < FEWEST_PEOPLE:
        raise ValueError(f"The demo cohort needs at least {FEWEST_PEOPLE} people.")
    families = Families()
    sizes = {"trio": 3, "quad": 4, "duo": 2, "singleton": 1}
    while len(families.people) < count:
        kind = str(rng.choice(KINDS, p=_KIND_SHARES))
        if len(families.people) + sizes[kind] > count:
            kind = "singleton"
        _add_family(families, kind, rng)
    return families


def _add_family(families: Families, kind: str, rng: np.random.Generator) -> None:
    people = families.people
    number, first = sum(len(each) for each in families.by_kind.values()), len(people)
    ancestry = str(rng.choice(ANCESTRIES, p=_ANCESTRY_SHARES))
    alone = kind == "singleton"
    shares = (0.15, 0.50, 0.35) if alone else (0.96, 0.02, 0.02)
    dataset = str(rng.choice(DATASETS, p=shares))

    def add(role: str, sex: str, chance_affected: float, **parents: int) -> int:
        affected = bool(rng.random() < chance_affected)
        people.append(Person(number, role, sex, ancestry, affected, dataset, **parents))
        return len(people) - 1

    if alone:
        add("singleton", _any_sex(rng), 0.5 if dataset == COVID_19 else 0.97)
        families.by_kind[kind].append([first])
        return
    mother = add("mother", FEMALE, 0.04)
    parents = {"mother": mother}
    if kind != "duo":
        parents["father"] = add("father", MALE, 0.04)
    child = add("proband", _any_sex(rng), 1.0, **parents)
    members = [child, *parents.values()]
    if kind == "quad":
        members.append(add("sibling", _any_sex(rng), 0.2, **parents))
    families.by_kind[kind].append(members)


def _any_sex(rng: np.random.Generator) -> str:
    return MALE if rng.random() < 0.5 else FEMALE


def sample_names(count: int, rng: np.random.Generator) -> list[str]:
    """Names as a sequencing laboratory gives them, such as LP3000417-DNA_C07: they say nothing about the person."""
    plates = rng.choice(90_000, size=count // 96 + 1, replace=False) + 3_000_000
    wells = [f"{row}{column:02d}" for row in "ABCDEFGH" for column in range(1, 13)]
    names = [f"LP{plate}-DNA_{well}" for plate in plates for well in wells]
    return [names[place] for place in rng.permutation(len(names))[:count]]


def participant_ids(count: int, rng: np.random.Generator) -> list[str]:
    """Nine digits each, all different: what the source calls the person, in every release."""
    return [str(number + 100_000_000) for number in rng.choice(899_999_999, size=count, replace=False)]
