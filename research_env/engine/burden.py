"""Whether cases carry rare variants of a gene more often than controls do: counts, and two tests with corrections.

A person counts once in a gene, however many of its variants they carry. Fisher's exact test compares the two groups as
they are; the score test of a logistic regression does so at equal covariates, as SAIGE and REGENIE do, with one fit of
the null model for all genes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .cohort import Cohort
from .errors import InvalidTarget
from .filters import Filters
from .reader import counts_and_carriers
from .regions import Target
from .release import Release

FISHER: Final = "fisher"
REGRESSION: Final = "regression"
TESTS: Final = (FISHER, REGRESSION)

_FIELDS: Final[list[pa.Field[Any]]] = [
    pa.field("gene_symbol", pa.string(), nullable=False),
    pa.field("contig", pa.string(), nullable=False),
    pa.field("position_1based", pa.int32(), nullable=False),  # of the gene's first variant that somebody carries
    pa.field("variant_count", pa.int32(), nullable=False),  # that a case or a control carries
    pa.field("case_carriers", pa.int32(), nullable=False),  # people, as the next three
    pa.field("case_count", pa.int32(), nullable=False),
    pa.field("control_carriers", pa.int32(), nullable=False),
    pa.field("control_count", pa.int32(), nullable=False),
    pa.field("odds_ratio", pa.float64()),  # null where no control or every case is a carrier
    pa.field("odds_ratio_low", pa.float64()),  # 95 % by Woolf; null where a group of the table is empty
    pa.field("odds_ratio_high", pa.float64()),
    pa.field("fisher_p", pa.float64(), nullable=False),
    pa.field("regression_p", pa.float64()),  # null where the null model cannot be fitted, or says all
    pa.field("bonferroni_p", pa.float64()),  # of the test that was asked for, as the next
    pa.field("fdr_q", pa.float64()),  # Benjamini and Hochberg
]
BURDEN_SCHEMA: Final = pa.schema(_FIELDS)

_POSITION: Final = "position_1based"
_NO_GENE, _NOT_MET = -1, -2
_MOST_STEPS, _CONVERGED, _SINGULAR = 50, 1e-9, 1e12

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BurdenDesign:
    """Who is compared with whom. ``is_case`` and ``is_control`` are bool[n], ``covariates`` float[n, k] or None.

    ``copies_needed`` is 1 where one altered copy of the gene makes a carrier, 2 where both have to be.
    """

    is_case: Flags
    is_control: Flags
    covariates: Floats | None = None
    copies_needed: int = 1
    test: str = FISHER

    def __post_init__(self) -> None:
        if not self.is_case.any() or not self.is_control.any():
            raise InvalidTarget("A comparison needs at least one case and one control.")
        if (self.is_case & self.is_control).any():
            raise InvalidTarget("Nobody can be a case and a control at once.")
        if self.copies_needed not in (1, 2):
            raise InvalidTarget("A carrier has one altered copy of a gene at least, or two.")
        if self.test not in TESTS:
            raise InvalidTarget(f"“{self.test}” is no test. Choose from: {', '.join(TESTS)}.")


def burden(
    release: Release, targets: Sequence[Target], design: BurdenDesign, filters: Filters, *, population: Cohort
) -> pa.Table:
    """The genes in which somebody carries a variant that passes the filters (BURDEN_SCHEMA), in genomic order.

    Raises InvalidTarget when a case or control may not be read, and EngineError as ``counts`` does.
    """
    compared = design.is_case | design.is_control
    if (compared & ~population.mask.astype(bool)).any():
        raise InvalidTarget("Somebody to be compared is not among those whose genomes can be read in this release.")
    cohort = Cohort.from_indexes(population.n, np.flatnonzero(compared))
    batches = counts_and_carriers(release, targets, cohort, filters, population=population)
    return burden_of(((variants, carried, _samples(carried)) for variants, carried in batches), design)


def _samples(carried: pa.RecordBatch) -> NDArray[np.int64]:
    return carried["sample"].to_numpy().astype(np.int64)


def burden_of(
    batches: Iterable[tuple[pa.RecordBatch | pa.Table, pa.RecordBatch | pa.Table, NDArray[np.int64]]],
    design: BurdenDesign,
) -> pa.Table:
    """The same from tables of variants and of their carriers; each third is int64[rows], the carriers' places in the
    design, -1 for people who are neither case nor control. Carriers of one table of variants may come in parts."""
    tally = _Tally(len(design.is_case), design.copies_needed, design.is_case | design.is_control)
    for variants, carried, people in batches:
        tally.add(variants, carried, people)
    return _tested(tally, design)


class _Tally:
    """Copies by gene and person, kept sparsely: a genome of genes times 80,000 people does not fit as a table."""

    def __init__(self, size: int, copies_needed: int, compared: Flags) -> None:
        self.size, self.copies_needed, self.compared = size, copies_needed, compared
        self.genes: dict[str, int] = {}
        self.places: list[tuple[str, int]] = []
        self.variants: list[int] = []
        self._keys: list[NDArray[np.int64]] = []
        self._copies: list[NDArray[np.int64]] = []
        self._table: Any = None
        self._gene_of = np.zeros(0, dtype=np.int64)

    def add(self, variants: Any, carried: Any, people: NDArray[np.int64]) -> None:
        """Take in one batch."""
        if variants is not self._table:
            self._table, self._gene_of = variants, np.full(len(variants), _NOT_MET, dtype=np.int64)
        rows = pc.index_in(carried["variant_id"], value_set=_one_array(variants["variant_id"]))
        rows = rows.to_numpy(zero_copy_only=False).astype(np.int64)
        # Who has no other copy of a gene is as one with two
        is_het = pc.equal(carried["zygosity"], pa.scalar("het")).to_numpy(zero_copy_only=False)
        copies = np.where(is_het.astype(bool), 1, 2)
        counted = people >= 0
        counted[counted] = self.compared[people[counted]]
        rows, people, copies = rows[counted], people[counted], copies[counted]
        self._meet(np.unique(rows))
        genes = self._gene_of[rows]
        self._keys.append((genes * self.size + people)[genes >= 0])
        self._copies.append(copies[genes >= 0])

    def _meet(self, rows: NDArray[np.int64]) -> None:
        """Number the genes of variants that somebody to be compared carries; each variant counts once."""
        new = rows[self._gene_of[rows] == _NOT_MET]
        taken = [self._table[name].take(pa.array(new)).to_pylist() for name in ("gene_symbol", "contig", _POSITION)]
        for row, name, contig, position in zip(new.tolist(), *taken, strict=True):
            if name is None:
                self._gene_of[row] = _NO_GENE
                continue
            number = self.genes.setdefault(name, len(self.genes))
            if number == len(self.places):
                self.places.append((contig, position))
                self.variants.append(0)
            self.variants[number] += 1
            self._gene_of[row] = number

    def carriers(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Gene and person of each carrier, once each."""
        if not self._keys:
            nothing = np.zeros(0, dtype=np.int64)
            return nothing, nothing
        keys, where = np.unique(np.concatenate(self._keys), return_inverse=True)
        copies = np.bincount(where, weights=np.concatenate(self._copies), minlength=len(keys))
        keys = keys[copies >= self.copies_needed]
        return keys // self.size, keys % self.size


def _one_array(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _tested(tally: _Tally, design: BurdenDesign) -> pa.Table:
    genes, people = tally.carriers()
    number = len(tally.genes)
    cases, controls = int(design.is_case.sum()), int(design.is_control.sum())
    case_carriers = np.bincount(genes[design.is_case[people]], minlength=number)
    control_carriers = np.bincount(genes[design.is_control[people]], minlength=number)
    fisher = _fisher(case_carriers, cases, control_carriers, controls)
    regression = _score_test(genes, people, number, design)
    chosen = fisher if design.test == FISHER else regression
    bonferroni, fdr = _corrected(chosen)
    ratio, low, high = _odds_ratios(case_carriers, cases, control_carriers, controls)
    columns: list[Any] = [
        pa.array(list(tally.genes), pa.string()),
        pa.array([contig for contig, _ in tally.places], pa.string()),
        pa.array([position for _, position in tally.places], pa.int32()),
        pa.array(tally.variants, pa.int32()),
        pa.array(case_carriers, pa.int32()),
        pa.array([cases] * number, pa.int32()),
        pa.array(control_carriers, pa.int32()),
        pa.array([controls] * number, pa.int32()),
        *(_nullable(each) for each in (ratio, low, high, fisher, regression, bonferroni, fdr)),
    ]
    table = pa.Table.from_arrays(columns, schema=BURDEN_SCHEMA)
    # A gene in which nobody has as many copies as asked for was not tested: it stays out, and out of the corrections.
    return table.filter(pa.array(case_carriers + control_carriers > 0, pa.bool_()))


def _nullable(values: Floats) -> pa.Array[Any]:
    return pa.array(values, pa.float64(), mask=np.isnan(values))


def _fisher(case_carriers: NDArray[np.int64], cases: int, control_carriers: NDArray[np.int64], controls: int) -> Floats:
    """Two-sided p of each gene: the sum over all tables with its margins that are no likelier; nan without carriers."""
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, cases + controls + 1)))])

    def log_choose(n: int, k: NDArray[np.int64] | int) -> Any:
        return log_factorial[n] - log_factorial[k] - log_factorial[n - k]

    known: dict[tuple[int, int], float] = {}  # rare genes share few tables
    for found in zip(case_carriers.tolist(), control_carriers.tolist(), strict=True):
        if found not in known:
            in_cases, carriers = found[0], sum(found)
            possible = np.arange(max(0, carriers - controls), min(cases, carriers) + 1)
            log_p = log_choose(cases, possible) + log_choose(controls, carriers - possible)
            log_p -= log_choose(cases + controls, carriers)
            likely = np.exp(log_p)
            itself = likely[in_cases - possible[0]]
            known[found] = min(1.0, float(likely[likely <= itself * (1 + 1e-7)].sum())) if carriers else float("nan")
    return np.array([known[found] for found in zip(case_carriers.tolist(), control_carriers.tolist(), strict=True)])


def _odds_ratios(
    case_carriers: NDArray[np.int64], cases: int, control_carriers: NDArray[np.int64], controls: int
) -> tuple[Floats, Floats, Floats]:
    """Of the sample, with Woolf's interval of 95 %."""
    a, b = case_carriers.astype(float), cases - case_carriers.astype(float)
    c, d = control_carriers.astype(float), controls - control_carriers.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(b * c > 0, a * d / (b * c), np.nan)
        half = 1.959963984540054 * np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
        known = (a > 0) & (b > 0) & (c > 0) & (d > 0)
        low, high = (np.where(known, ratio * np.exp(sign * half), np.nan) for sign in (-1, 1))
    return ratio, low, high


def _corrected(p: Floats) -> tuple[Floats, Floats]:
    """Bonferroni and Benjamini-Hochberg over the genes that have a p-value."""
    bonferroni, fdr = np.full(len(p), np.nan), np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    if len(known):
        bonferroni[known] = np.minimum(p[known] * len(known), 1)
        falling = known[np.argsort(-p[known], kind="stable")]
        ranks = np.arange(len(known), 0, -1)
        fdr[falling] = np.minimum.accumulate(np.minimum(p[falling] * len(known) / ranks, 1))
    return bonferroni, fdr


def _score_test(genes: NDArray[np.int64], people: NDArray[np.int64], number: int, design: BurdenDesign) -> Floats:
    """float[genes]: p of the score test of each gene in a logistic regression on the covariates; nan where none is."""
    unknown: Floats = np.full(number, np.nan)
    compared = np.flatnonzero(design.is_case | design.is_control)
    covariates = _independent(design, compared)
    fitted = _null_model(design.is_case[compared].astype(float), covariates)
    if fitted is None:
        return unknown
    place = np.full(len(design.is_case), -1, dtype=np.int64)
    place[compared] = np.arange(len(compared))
    carrier = place[people]
    residual, weight = design.is_case[compared] - fitted, fitted * (1 - fitted)
    score = np.bincount(genes, weights=residual[carrier], minlength=number)
    own = np.bincount(genes, weights=weight[carrier], minlength=number)
    shared = np.stack(
        [np.bincount(genes, weights=(weight * column)[carrier], minlength=number) for column in covariates.T], axis=1
    )
    inverse = np.linalg.inv((covariates * weight[:, None]).T @ covariates)
    variance = own - np.einsum("gi,ij,gj->g", shared, inverse, shared)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(variance > 1e-9, score**2 / variance, np.nan)
    # The upper tail of chi-squared with one degree of freedom
    return np.array([math.erfc(math.sqrt(each / 2)) if each >= 0 else math.nan for each in statistic.tolist()])


def _independent(design: BurdenDesign, compared: NDArray[np.int64]) -> Floats:
    """float[people, k]: a constant, and the covariates that add something to those before them."""
    kept = [np.ones(len(compared))]
    columns = [] if design.covariates is None else list(design.covariates[compared].T)
    for column in columns:
        candidate = np.stack([*kept, column], axis=1)
        if np.linalg.matrix_rank(candidate) > len(kept):
            kept.append(column.astype(float))
    return np.stack(kept, axis=1)


def _null_model(is_case: Floats, covariates: Floats) -> Floats | None:
    """float[people]: how likely each is a case by the covariates alone; None where these tell cases from controls.

    Newton's method for the logistic likelihood, which has one maximum, or none where the groups can be told apart.
    """
    slopes = np.zeros(covariates.shape[1])
    for _ in range(_MOST_STEPS):
        likely: Floats = 1 / (1 + np.exp(-np.clip(covariates @ slopes, -500, 500)))
        weight = likely * (1 - likely)
        information = (covariates * weight[:, None]).T @ covariates
        if np.linalg.cond(information) > _SINGULAR:
            return None
        step = np.linalg.solve(information, covariates.T @ (is_case - likely))
        slopes = slopes + step
        if np.abs(step).max() < _CONVERGED:
            return likely
    return None
