"""How a family passed a person's variants on: de novo, recessive, compound heterozygous and X-linked.

A claim rests on what was called: "absent" in a parent means called, with the quality asked for, and without the allele.
A call that is missing or weak supports nothing, so it can take a variant out of an answer and never put one in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .assemblies import is_pseudo_autosomal
from .cohort import Cohort
from .errors import InvalidTarget
from .family import MALE, Family, Member
from .filters import Filters
from .members import counts_of_each
from .person import PERSON_SCHEMA, check_readable, person_variants
from .regions import Region, Target, merge_regions
from .release import Release

MODES: Final = ("de_novo", "recessive", "compound_het", "x_linked")

INHERITANCE_SCHEMA: Final = pa.schema(
    [
        *PERSON_SCHEMA,
        pa.field("mode", pa.string(), nullable=False),
        pa.field("mother", pa.string(), nullable=False),  # absent, het, full or unknown
        pa.field("father", pa.string(), nullable=False),
        pa.field("partner_variant_id", pa.string()),  # the other allele of a compound heterozygote
    ]
)

Flags = NDArray[np.bool_]
_MORE: Final = 1 << 16  # than the alleles of a genotype


@dataclass(frozen=True, slots=True)
class Calls:
    """One member at the proband's variants: ``carried``, ``full`` (no other allele) and ``absent`` bool[v]."""

    carried: Flags
    full: Flags
    absent: Flags

    def words(self) -> list[str]:
        """absent, het, full or unknown."""
        choices = ((self.full, "full"), (self.carried, "het"), (self.absent, "absent"))
        found = np.select([flags for flags, _ in choices], [word for _, word in choices], default="unknown")
        return [str(word) for word in found]


def inheritance(
    release: Release,
    targets: Sequence[Target],
    family: Family,
    filters: Filters,
    *,
    population: Cohort | None = None,
    modes: Iterable[str] = MODES,
) -> pa.Table:
    """The proband's variants that fit a mode (INHERITANCE_SCHEMA): by mode as asked, then in the order of the files.

    ``filters`` choose the proband's variants, and their bounds on quality and depth hold for every member.
    ``population`` are the people who may be read: others are taken as never sequenced. De novo needs every parent
    who could have passed the allele on; recessive and X-linked need the parents who are there to carry it; a
    compound heterozygote needs at least one parent, each allele from another one. Unaffected members must not have
    what would make them ill, and affected ones must have it, where they were called. Raises InvalidTarget and
    EngineError.
    """
    chosen = tuple(modes)
    unknown = sorted(set(chosen) - set(MODES))
    if unknown:
        raise InvalidTarget(f"“{unknown[0]}” is no mode of inheritance. Choose from: {', '.join(MODES)}.")
    population = population or Cohort.everyone(release.source.sample_count)
    check_readable(family.proband, population)
    family = family.readable(population)
    wanted = replace(filters, zygosity=None, min_allele_count=None, keep_absent=False)
    own = person_variants(release, targets, family.proband, wanted, population=population)
    segregation = Segregation(own, family, calls_of(release, own, family, wanted), release.source.assembly)
    found = [pa.Table.from_batches([], schema=INHERITANCE_SCHEMA)]
    found += [segregation.table(mode) for mode in chosen]
    return pa.concat_tables(found).combine_chunks()


def calls_of(release: Release, own: pa.Table, family: Family, filters: Filters) -> dict[int, Calls]:
    """What each member has at the variants of ``own``. Lines that repeat an allele: what any of them says."""
    places = merge_regions(Region(contig, at, at) for contig, at in _values(own, "contig", "position_1based"))
    bounds = Filters(
        pass_only=filters.pass_only,
        min_genotype_quality=filters.min_genotype_quality,
        min_depth=filters.min_depth,
        keep_absent=True,
    )
    variants = [name for (name,) in _values(own, "variant_id")]
    slots = {name: slot for slot, name in enumerate(dict.fromkeys(variants))}
    said = np.zeros((len(slots), len(family.members)), dtype=np.int64)
    for names, counted in counts_of_each(release, places, [member.sample for member in family.members], bounds):
        place = np.array([slots.get(name, -1) for name in names], dtype=np.int64)
        copies, called, het = counted[:, :, place >= 0].transpose(1, 0, 2)
        # As one number, so that the line with most copies has the word
        np.maximum.at(said, place[place >= 0], ((copies * _MORE + called) * _MORE + het).T)
    order = [slots[name] for name in variants]
    return {
        member.sample: _calls(mine[order], _ploidy(own, member.sex, release.source.assembly))
        for member, mine in zip(family.members, said.T, strict=True)
    }


def _calls(said: NDArray[np.int64], ploidy: NDArray[np.int64]) -> Calls:
    rest, het = np.divmod(said, _MORE)
    copies, called = np.divmod(rest, _MORE)
    is_called = called >= ploidy
    carried = copies > 0
    return Calls(carried, carried & (het == 0) & is_called, ~carried & is_called)


def _values(table: pa.Table, *names: str) -> Iterator[tuple[Any, ...]]:
    """Rows of some columns."""
    return zip(*(table[name].to_pylist() for name in names), strict=True)


def _ploidy(own: pa.Table, sex: int, assembly: str) -> NDArray[np.int64]:
    return np.array([1 if is_single(place, sex) else 2 for place in _places(own, assembly)], dtype=np.int64)


def _places(own: pa.Table, assembly: str) -> Iterator[str]:
    """The contig of each variant, or "PAR" where X and Y recombine."""
    for contig, position in _values(own, "contig", "position_1based"):
        yield "PAR" if is_pseudo_autosomal(assembly, contig, position) else contig


def is_single(place: str, sex: int) -> bool:
    """Whether a person of this sex has one copy of a contig."""
    return place in {"chrY", "chrM"} or (place == "chrX" and sex == MALE)


class Segregation:
    """The proband's variants beside what each member of the family has there."""

    def __init__(self, own: pa.Table, family: Family, calls: dict[int, Calls], assembly: str) -> None:
        self.own, self.family, self.calls = own, family, calls
        self.places = list(_places(own, assembly))
        self.is_x = np.array([place == "chrX" for place in self.places], dtype=bool)
        self.is_paired = np.array([not is_single(place, family.child.sex) for place in self.places], dtype=bool)
        self.child = calls[family.proband]
        nobody = np.zeros(own.num_rows, dtype=bool)
        unknown = Calls(nobody, nobody, nobody)
        self.mother = unknown if family.child.mother is None else calls[family.child.mother]
        self.father = unknown if family.child.father is None else calls[family.child.father]

    def table(self, mode: str) -> pa.Table:
        """The variants that fit one of MODES (INHERITANCE_SCHEMA)."""
        if mode == "compound_het":
            pairs = list(self.pairs())
            rows = [row for row, _ in pairs]
            partners = [self.own["variant_id"][other].as_py() for _, other in pairs]
        else:
            fits = {"de_novo": self.de_novo, "recessive": self.recessive, "x_linked": self.x_linked}[mode]()
            rows = np.flatnonzero(fits).tolist()
            partners = [None] * len(rows)
        columns: list[Any] = self.own.take(pa.array(rows, type=pa.int64())).columns
        mother, father = self.mother.words(), self.father.words()
        columns += [
            pa.array([mode] * len(rows), type=pa.string()),
            pa.array([mother[row] for row in rows], type=pa.string()),
            pa.array([father[row] for row in rows], type=pa.string()),
            pa.array(partners, type=pa.string()),
        ]
        return pa.Table.from_arrays(columns, schema=INHERITANCE_SCHEMA)

    def de_novo(self) -> Flags:
        """Absent in all who pass on that contig; a son has his X from his mother and his Y from his father."""
        is_son = self.family.child.sex == MALE
        from_mother = np.array([place != "chrY" for place in self.places], dtype=bool)
        from_father = np.array(
            [place != "chrM" and not (place == "chrX" and is_son) for place in self.places], dtype=bool
        )
        fits: Flags = (self.mother.absent | ~from_mother) & (self.father.absent | ~from_father)
        return fits & ~self._any(self._unaffected(), "carried")

    def recessive(self) -> Flags:
        """No other allele, passed on by each parent who is there; X outside of its ends has a mode of its own."""
        fits: Flags = self.child.full & self.is_paired & ~self.is_x
        for parent, calls in ((self.family.child.mother, self.mother), (self.family.child.father, self.father)):
            if parent is not None:
                fits &= calls.carried
        return fits & self._agrees()

    def x_linked(self) -> Flags:
        """No other allele on X: from the mother, and for a daughter from the father too, where they are there."""
        fits: Flags = self.child.full & self.is_x
        if self.family.child.mother is not None:
            fits &= self.mother.carried
        if self.family.child.father is not None and self.family.child.sex != MALE:
            fits &= self.father.carried
        return fits & self._agrees()

    def _agrees(self) -> Flags:
        """Nobody healthy without the other allele, nobody ill with it."""
        ill_without = np.zeros(self.own.num_rows, dtype=bool)
        for calls in self._affected():
            ill_without |= (calls.carried & ~calls.full) | calls.absent
        return ~self._any(self._unaffected(), "full") & ~ill_without

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Two different alleles of one gene from two parents: each pair both ways, in the order of the files."""
        het = self.child.carried & ~self.child.full & self.is_paired & ~self._any(self._unaffected(), "full")
        maternal = het & self._only_from(self.family.child.mother, self.mother, self.family.child.father, self.father)
        paternal = het & self._only_from(self.family.child.father, self.father, self.family.child.mother, self.mother)
        by_gene: dict[str, tuple[list[int], list[int]]] = {}
        genes = self.own["gene_symbol"].to_pylist()
        for row in np.flatnonzero(maternal ^ paternal).tolist():
            gene = genes[row]
            if gene is not None:
                by_gene.setdefault(gene, ([], []))[0 if maternal[row] else 1].append(row)
        found = [
            (first, second)
            for from_mother, from_father in by_gene.values()
            for first in from_mother
            for second in from_father
            if self._pair_agrees(first, second)
        ]
        yield from sorted(found + [(second, first) for first, second in found])

    def _only_from(self, parent: int | None, calls: Calls, other: int | None, other_calls: Calls) -> Flags:
        """Carried by one parent and absent in the other; of one parent who is not there, the other decides."""
        if parent is None and other is None:
            return np.zeros(self.own.num_rows, dtype=bool)
        passed_on = calls.carried if parent is not None else np.ones(self.own.num_rows, dtype=bool)
        return passed_on & (other_calls.absent if other is not None else True)

    def _pair_agrees(self, first: int, second: int) -> bool:
        healthy_with_both = any(calls.carried[first] and calls.carried[second] for calls in self._unaffected())
        ill_without = any(calls.absent[first] or calls.absent[second] for calls in self._affected())
        return not healthy_with_both and not ill_without

    def healthy_carry(self, *, males_only: bool = False) -> Flags:
        """Whether somebody known to be healthy carries the allele."""
        healthy = [one for one in self._others() if one.is_affected is False and (one.sex == MALE or not males_only)]
        return self._any([self.calls[one.sample] for one in healthy], "carried")

    def ill_lack(self) -> Flags:
        """Whether somebody known to be ill was called without the allele."""
        return self._any(self._affected(), "absent")

    def _unaffected(self) -> list[Calls]:
        return [self.calls[one.sample] for one in self._others() if one.is_affected is False]

    def _affected(self) -> list[Calls]:
        return [self.calls[one.sample] for one in self._others() if one.is_affected]

    def _others(self) -> list[Member]:
        return [member for member in self.family.members if member.sample != self.family.proband]

    def _any(self, people: list[Calls], what: str) -> Flags:
        found: Flags = np.zeros(self.own.num_rows, dtype=bool)
        for calls in people:
            found |= getattr(calls, what)
        return found
