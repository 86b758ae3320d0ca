"""A person's rare variants against a gene panel: tier 1, 2 or 3, each with its reason.

Tier 1: in a green gene, fitting how the panel says the gene's conditions are passed on, and a loss of function or new
in the person. Tier 2: the same, with another change of the protein. Tier 3: everything else that passes the filters:
genes of lower levels, and variants that do not fit. ADR 23 has the reasons. Research only: no diagnosis.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa

from .cohort import Cohort
from .consequences import LOSS_OF_FUNCTION, PROTEIN_CHANGING
from .family import MALE, Family
from .filters import Filters
from .inheritance import Flags, Segregation, calls_of
from .person import PERSON_SCHEMA, check_readable, person_variants
from .regions import Target
from .release import Release

GREEN: Final = 3
LEVEL_WORDS: Final = {1: "red", 2: "amber", 3: "green"}
TIERS: Final = (1, 2, 3)
TIERS_SCHEMA: Final = pa.schema(
    [
        *PERSON_SCHEMA,
        pa.field("tier", pa.int8(), nullable=False),
        pa.field("fits", pa.string()),  # the mode of inheritance that the variant fits, in words
        pa.field("reason", pa.string(), nullable=False),
    ]
)
_NEEDS_BOTH: Final = frozenset({"biallelic", "xlinked_biallelic"})
_NO_MODE: Final = frozenset({"unknown", "other"})


@dataclass(frozen=True, slots=True)
class GeneRule:
    """What a panel says of a gene: its level (1 red, 2 amber, 3 green) and its modes of inheritance by short name."""

    level: int
    modes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RareLimits:
    """The highest allele frequency of a variant that can cause a condition alone, and as one of two copies."""

    alone: float = 0.001
    as_a_pair: float = 0.01


def tiering(
    release: Release,
    targets: Sequence[Target],
    family: Family,
    rules: Mapping[str, GeneRule],
    *,
    limits: RareLimits | None = None,
    filters: Filters | None = None,
    population: Cohort | None = None,
) -> pa.Table:
    """The proband's rare protein-changing variants in genes of ``rules`` (by symbol), as TIERS_SCHEMA, by tier.

    ``filters`` gives the bounds on sites and genotypes; frequency and consequence are set here. ``population`` are
    the people who may be read: frequencies refer to them, and relatives outside of it count as never sequenced.
    Raises InvalidTarget, NotAnnotated where the files name no consequences, and EngineError.
    """
    limits = limits or RareLimits()
    population = population or Cohort.everyone(release.source.sample_count)
    check_readable(family.proband, population)
    family = family.readable(population)
    wanted = replace(
        filters or Filters(pass_only=True),
        max_allele_frequency=max(limits.alone, limits.as_a_pair),
        consequences=PROTEIN_CHANGING,
        zygosity=None,
        min_allele_count=None,
        keep_absent=False,
    )
    own = person_variants(release, targets, family.proband, wanted, population=population)
    own = own.filter(pa.array([gene in rules for gene in own["gene_symbol"].to_pylist()], type=pa.bool_()))
    calls = calls_of(release, own, family, wanted)
    fits = _Fits(own, Segregation(own, family, calls, release.source.assembly), limits)
    return _judged(own, fits, rules)


class _Fits:
    """For each of the person's variants, whether it fits a mode of inheritance."""

    def __init__(self, own: pa.Table, segregation: Segregation, limits: RareLimits) -> None:
        self.own, self.seg = own, segregation
        child = segregation.family.child
        self.is_male = child.sex == MALE
        self.has_parents = child.mother is not None or child.father is not None
        frequency = np.array(own["population_allele_frequency"].to_pylist(), dtype=float)
        self.is_rare_alone: Flags = frequency <= limits.alone
        places = np.array(segregation.places, dtype=object)
        self.is_x, self.is_mitochondrial = segregation.is_x, places == "chrM"
        self.is_autosomal: Flags = ~self.is_x & ~self.is_mitochondrial & (places != "chrY")
        self.de_novo: Flags = segregation.de_novo() if self._both_parents() else np.zeros(own.num_rows, dtype=bool)
        self._alone: Flags = self.is_rare_alone & ~segregation.ill_lack()
        self._pair = self._in_pairs()
        self._modes: dict[str, Callable[[], Flags]] = {
            "monoallelic_not_imprinted": self._monoallelic,
            "monoallelic": self._monoallelic,
            "monoallelic_maternally_imprinted": lambda: self._monoallelic() & ~self._only_from_mother(),
            "monoallelic_paternally_imprinted": lambda: self._monoallelic() & ~self._only_from_father(),
            "biallelic": self._biallelic,
            "monoallelic_and_biallelic": lambda: self._monoallelic() | self._biallelic(),
            "monoallelic_and_more_severe_biallelic": lambda: self._monoallelic() | self._biallelic(),
            "xlinked_biallelic": self._x_biallelic,
            "xlinked_monoallelic": self._x_monoallelic,
            "mitochondrial": lambda: self.is_mitochondrial & self._alone & ~segregation.healthy_carry(),
        }

    def mode(self, name: str) -> Flags:
        """bool[v]. A mode that nobody knows is fitted by what fits any mode that is known."""
        if name not in self._modes:
            any_mode: Flags = np.logical_or.reduce([fit() for fit in self._modes.values()])
            return any_mode
        return self._modes[name]()

    def _both_parents(self) -> bool:
        child = self.seg.family.child
        return child.mother is not None and child.father is not None

    def _monoallelic(self) -> Flags:
        return self.is_autosomal & self._alone & ~self.seg.healthy_carry()

    def _biallelic(self) -> Flags:
        return self.is_autosomal & (self.seg.recessive() | self._pair)

    def _x_biallelic(self) -> Flags:
        return self.is_x & (self.seg.x_linked() | (self._pair if not self.is_male else False))

    def _x_monoallelic(self) -> Flags:
        return self.is_x & self._alone & ~self.seg.healthy_carry(males_only=True)

    def _only_from_mother(self) -> Flags:
        return self.seg.mother.carried & self.seg.father.absent

    def _only_from_father(self) -> Flags:
        return self.seg.father.carried & self.seg.mother.absent

    def _in_pairs(self) -> Flags:
        """One of two alleles of a gene: from two parents where these are there, else two whose phase is not known."""
        found: Flags = np.zeros(self.own.num_rows, dtype=bool)
        if self.has_parents:
            rows = [row for row, _ in self.seg.pairs()]
            found[rows] = True
            return found
        single = self.seg.child.carried & ~self.seg.child.full & self.seg.is_paired
        by_gene: dict[str, list[int]] = {}
        genes = _genes(self.own)
        for row in np.flatnonzero(single).tolist():
            by_gene.setdefault(genes[row], []).append(row)
        found[[row for rows in by_gene.values() if len(rows) > 1 for row in rows]] = True
        return found

    def phase_is_unknown(self, row: int) -> bool:
        """Whether a pair is only two variants of one gene, which may lie on the same copy."""
        return bool(self._pair[row]) and not self.has_parents


def _genes(own: pa.Table) -> list[str]:
    return [str(gene) for gene in own["gene_symbol"].to_pylist()]


def _judged(own: pa.Table, fits: _Fits, rules: Mapping[str, GeneRule]) -> pa.Table:
    by_mode: dict[str, Flags] = {}
    tiers, modes, reasons = [], [], []
    terms, genes = own["consequence"].to_pylist(), _genes(own)
    for row in range(own.num_rows):
        rule = rules[genes[row]]
        named = rule.modes or ("unknown",)
        fitted = next((name for name in named if by_mode.setdefault(name, fits.mode(name))[row]), None)
        tier, reason = _verdict(row, rule, fitted, terms[row] in LOSS_OF_FUNCTION, fits)
        tiers.append(tier)
        modes.append(fitted)
        reasons.append(reason)
    columns: list[Any] = [
        *own.columns,
        pa.array(tiers, pa.int8()),
        pa.array(modes, pa.string()),
        pa.array(reasons, pa.string()),
    ]
    table = pa.Table.from_arrays(columns, schema=TIERS_SCHEMA)
    # Sorting by tier alone keeps the order of the files inside a tier
    order = np.argsort(np.array(tiers, dtype=np.int8), kind="stable")
    return table.take(pa.array(order, type=pa.int64()))


def _verdict(row: int, rule: GeneRule, fitted: str | None, is_loss: bool, fits: _Fits) -> tuple[int, str]:
    change = "Loss of function" if is_loss else "Changes the protein"
    is_new = bool(fits.de_novo[row])
    words = [f"{change}{', new in the person' if is_new else ''}"]
    if fitted is None:
        words.append("does not fit how the panel says the gene's conditions are passed on")
    elif fitted in _NO_MODE:
        words.append("the panel names no mode of inheritance, and it fits one of those there are")
    else:
        words.append("fits the mode of inheritance")
    if fitted in _NEEDS_BOTH and fits.phase_is_unknown(row):
        words.append("one of two in the gene, which may lie on the same copy")
    words.append(f"{LEVEL_WORDS.get(rule.level, 'unrated')} gene")
    if rule.level < GREEN or fitted is None:
        return 3, "; ".join(words) + "."
    return 1 if is_loss or is_new else 2, "; ".join(words) + "."
