"""Counts per allele, in the cohort and in the population, and the carriers behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .cohort import Cohort
from .errors import BadRecord
from .fields import MISSING, Places
from .filters import ZYGOSITIES, Filters
from .genotypes import Calls
from .ploidy import Ploidy, counted_once
from .sites import Site

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

HET, HOM, HEMI = range(len(ZYGOSITIES))
_FIELDS: Final = (("GQ", "min_genotype_quality"), ("DP", "min_depth"))


@dataclass(frozen=True, slots=True)
class Question:
    """Whom a question is about and what narrows it."""

    cohort: Cohort
    population: Cohort
    filters: Filters
    ploidy: Ploidy
    normals: Places | None = None  # int64[sample_count], of a somatic callset: see ReleaseSource


@dataclass(frozen=True, slots=True)
class Rows:
    """The alleles to report of a block: ``record`` and ``allele`` int64[r]; ``lookup[record, allele]`` is the row."""

    record: Places
    allele: Places
    named: Flags
    lookup: Places
    alt_counts: Places

    @classmethod
    def of(cls, sites: Sequence[Site]) -> "Rows":
        """Rows in file order: one for each wanted allele of each site."""
        chosen = [(record, number, number in site.named) for record, site in enumerate(sites) for number in site.wanted]
        record, allele, named = (np.array(column) for column in zip(*chosen, strict=True))
        alt_counts = np.array([len(site.alts) for site in sites])
        lookup = np.full((len(sites), int(alt_counts.max()) + 1), -1, dtype=np.int64)
        lookup[record, allele] = np.arange(record.size)
        return cls(record, allele, named.astype(bool), lookup, alt_counts)


@dataclass(frozen=True, slots=True)
class Carried:
    """(allele, person) pairs sorted by row and sample: ``row``, ``cell`` (place in Calls), ``zygosity`` int64[p]."""

    row: Places
    cell: Places
    zygosity: Places


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts for each row, all int64[r]; ``kept`` are the rows that the filters leave; ``carried`` the wanted pairs."""

    allele_count: Counts
    allele_number: Counts
    zygosity_counts: Counts  # [3, r], in the order of ZYGOSITIES
    carrier_count: Counts
    missing_count: Counts
    population_allele_count: Counts
    population_allele_number: Counts
    kept: Flags
    carried: Carried


def tally(calls: Calls, keys: Sequence[str], rows: Rows, question: Question, is_single: Flags) -> Tally:
    """Count each row. A person is het when an allele beside this one was called, be it the reference or another;
    hom when all of two or more called alleles are this one; hemi when the only called allele is this one, in a
    haploid call (``1``) or a half call (``1/.``). A person is missing when no allele is called at all. Men have one
    copy at the records of ``is_single``.
    """
    filters = question.filters
    check_alleles(calls, rows)
    calls = counted_once(calls, is_single, question.ploidy.men)
    called = (calls.alleles >= 0).sum(axis=1)
    is_good = good_cells(calls, keys, question)
    members = _Members(question.cohort, question.ploidy.men, is_single)
    public = _Members(question.population, question.ploidy.men, is_single)
    in_cohort, in_population = members.listed(calls), public.listed(calls)
    numbers, missing = members.called_alleles(calls, called, is_good)
    population_numbers, _ = public.called_alleles(calls, called, None)
    row, cell, copies = pairs(calls, rows)
    zygosity = np.where(called[cell] == 1, HEMI, np.where(copies == called[cell], HOM, HET))
    counted = in_cohort[cell] if is_good is None else in_cohort[cell] & is_good[calls.record[cell], calls.sample[cell]]
    counted &= _has_fraction(calls, keys, (cell, rows.allele[row]), filters.min_variant_allele_fraction)
    wanted = counted & np.isin(zygosity, wanted_zygosities(filters))
    size = rows.record.size
    by_zygosity = np.stack([_count(row[counted & (zygosity == kind)], size) for kind in (HET, HOM, HEMI)])
    result = Tally(
        allele_count=_count(row[counted], size, copies[counted]),
        allele_number=numbers[rows.record],
        zygosity_counts=by_zygosity,
        carrier_count=_count(row[wanted], size),
        missing_count=missing[rows.record],
        population_allele_count=_count(row[in_population[cell]], size, copies[in_population[cell]]),
        population_allele_number=population_numbers[rows.record],
        kept=np.ones(size, dtype=bool),
        carried=Carried(row[wanted], cell[wanted], zygosity[wanted]),
    )
    result.kept[:] = kept_rows(result, rows.named, filters)
    return result


def _has_fraction(calls: Calls, keys: Sequence[str], pairs: tuple[Places, Places], least: float | None) -> Flags:
    """Which pairs of a cell and an allele have at least this part of the reads; all where nothing is asked."""
    cell, allele = pairs
    if least is None:
        return np.ones(cell.size, dtype=bool)
    spans = calls.spans(calls.place[cell])
    depth, alt_depth = field_values(calls, keys, "DP", spans), field_values(calls, keys, "AD", spans, allele)
    return has_fraction(depth, alt_depth, least)


def has_fraction(depth: NDArray[np.int32], alt_depth: NDArray[np.int32], least: float) -> Flags:
    """Whether so large a part of the reads has the allele; never where one of the numbers is missing (below 0)."""
    # Divided, as pages and files show it: a product would lose 7 reads of 100 where 0.07 is asked for
    fraction = np.divide(alt_depth, depth, out=np.full(depth.size, -1.0), where=(depth > 0) & (alt_depth >= 0))
    fits: Flags = fraction >= least
    return fits


def _count(places: Places, size: int, weights: NDArray[np.integer] | None = None) -> Counts:
    # bincount adds weights as float64: exact below 2**53
    return np.bincount(places, weights=weights, minlength=size).astype(np.int64)


def wanted_zygosities(filters: Filters) -> list[int]:
    """Places in ZYGOSITIES of those that are wanted."""
    return [place for place, name in enumerate(ZYGOSITIES) if filters.zygosity is None or name in filters.zygosity]


def check_alleles(calls: Calls, rows: Rows) -> None:
    """Raises BadRecord for a genotype with an allele that its line does not list."""
    highest = calls.alleles.max(axis=1, initial=0)
    wrong = np.flatnonzero(highest > rows.alt_counts[calls.record])
    if wrong.size:
        raise BadRecord("has a genotype with an allele that it does not list", int(calls.record[wrong[0]]))


def good_cells(calls: Calls, keys: Sequence[str], question: Question) -> Flags | None:
    """``bool[record, sample]``, False for people of the cohort whose call fails; None when nothing is asked."""
    asked = [(key, bound) for key, name in _FIELDS if (bound := getattr(question.filters, name)) is not None]
    if not asked:
        return None
    members = question.cohort.indexes.astype(np.int64)
    lines = np.arange(calls.record_count) * calls.sample_count
    places = (lines[:, None] + members[None, :]).reshape(-1)
    good = np.ones(calls.record_count * calls.sample_count, dtype=bool)
    spans = calls.spans(places)
    for key, bound in asked:
        good[places] &= field_values(calls, keys, key, spans) >= bound
    return good.reshape(calls.record_count, calls.sample_count)


def field_values(
    calls: Calls, keys: Sequence[str], key: str, spans: tuple[Places, Places], parts: Places | None = None
) -> NDArray[np.int32]:
    """FORMAT value ``key``, or a part of it, of the cells at ``Calls.spans``; MISSING where the file has none."""
    if key not in keys:
        return np.full(spans[0].size, MISSING, dtype=np.int32)
    return calls.text.numbers(*spans, list(keys).index(key), parts)


@dataclass(frozen=True, slots=True)
class _Members:
    """People who are counted; the men among them have one copy at the records of ``is_single``."""

    cohort: Cohort
    men: Flags
    is_single: Flags

    def listed(self, calls: Calls) -> Flags:
        """Which of the listed calls are theirs."""
        return self.cohort.mask[calls.sample].astype(bool)

    def called_alleles(self, calls: Calls, called: Counts, good: Flags | None) -> tuple[Counts, Counts]:
        """For each record, their called alleles, and how many of them have none."""
        lines, members = calls.record_count, self.listed(calls)
        usable = members if good is None else members & good[calls.record, calls.sample]
        failing = self._failing_unlisted(calls, good, members & ~usable)
        plain = self.cohort.size - _count(calls.record[members], lines) - failing
        numbers = 2 * plain + _count(calls.record[usable], lines, called[usable])
        if self.is_single.any():
            numbers -= self.is_single * self._plain_men(calls, good, members, usable)
        return numbers, failing + _count(calls.record[members & (~usable | (called == 0))], lines)

    def _failing_unlisted(self, calls: Calls, good: Flags | None, failing: Flags) -> Counts:
        """How many of those with two reference alleles have a call that fails."""
        if good is None:
            return np.zeros(calls.record_count, dtype=np.int64)
        failing_of_all: Counts = (~good).sum(axis=1)
        return failing_of_all - _count(calls.record[failing], calls.record_count)

    def _plain_men(self, calls: Calls, good: Flags | None, members: Flags, usable: Flags) -> Counts:
        """How many men have nothing but reference alleles, in a call that does not fail."""
        is_man = self.men[calls.sample]
        all_men = int((self.cohort.mask.astype(bool) & self.men).sum())
        plain = all_men - _count(calls.record[members & is_man], calls.record_count)
        if good is not None:
            plain -= self._failing_unlisted(calls, good[:, self.men], members & ~usable & is_man)
        return plain


def pairs(calls: Calls, rows: Rows) -> tuple[Places, Places, Counts]:
    """Each reported allele with each call that has it: row, cell and number of copies, by row and sample.

    ``check_alleles`` was called before.
    """
    from .kernels import count_pairs, list_pairs

    carried = np.zeros(rows.record.size, dtype=np.int64)
    count_pairs(calls.record, calls.alleles, rows.lookup, carried)
    row, cell, copies = (np.empty(int(carried.sum()), dtype=np.int64) for _ in range(3))
    list_pairs(calls.record, calls.alleles, rows.lookup, np.cumsum(carried) - carried, (row, cell, copies))
    return row, cell, copies


def kept_rows(result: Tally, named: Flags, filters: Filters) -> Flags:
    """Which rows the filters leave; ``named`` are those that were asked for by name."""
    # An allele asked for by name is reported also when nobody carries it
    kept: Flags = named | (result.carrier_count > 0)
    if filters.keep_absent:
        kept[:] = True
    if filters.min_allele_count is not None:
        kept &= result.allele_count >= filters.min_allele_count
    frequency = np.full(named.size, np.nan)
    np.divide(
        result.population_allele_count,
        result.population_allele_number,
        out=frequency,
        where=result.population_allele_number > 0,
    )
    # NaN compares as False: without a called allele there is no frequency to satisfy
    if filters.max_allele_frequency is not None:
        kept &= frequency <= filters.max_allele_frequency
    if filters.min_allele_frequency is not None:
        kept &= frequency >= filters.min_allele_frequency
    return kept
