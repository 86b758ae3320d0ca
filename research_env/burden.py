"""Cases against controls, gene by gene, among the carriers that a query found.

The query says which variants count; two cohorts say who is compared. Who fits them is asked anew each time, and nothing
is stored, so a comparison can hold nobody who withdrew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ngrl.cohorts import Vocabulary, vocabulary_of
from ngrl.pseudonyms import ProjectPseudonyms
from portal.kernel.refusals import InvalidInput
from research_env import engine
from research_env.cohorts import asked_samples, check_germline
from research_env.models import Query, SavedCohort
from research_env.questions import Question
from research_env.results import parquet_bytes, read_table
from research_env.saved_cohorts import people_of

COVARIATES = {"sex": "participant__sex", "ancestry": "participant__ancestry"}
_ROWS_AT_ONCE = 500_000
_MEDIAN_OF_CHI_SQUARED = 0.4549364231195724
_ENOUGH_GENES = 20

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Comparison:
    """Who is compared and how. Without `controls`, everybody else in the query's cohort is one."""

    cases: SavedCohort
    controls: SavedCohort | None
    copies_needed: int
    test: str
    covariates: tuple[str, ...] = ()


@dataclass(frozen=True)
class BurdenReport:
    """The genes by p-value (rows of the engine's BURDEN_SCHEMA), and how many people were compared or left out."""

    comparison: Comparison
    table: pa.Table
    case_count: int
    control_count: int
    in_both: int

    @property
    def p_column(self) -> str:
        """The column of the test that was asked for."""
        return "fisher_p" if self.comparison.test == engine.FISHER else "regression_p"

    @property
    def tested(self) -> int:
        """How many genes have a p-value: what the corrections count."""
        return len(self.table) - int(self.table[self.p_column].null_count)

    @property
    def inflation(self) -> float | None:
        """The genomic inflation factor: 1 where nothing but chance is at work. None with few genes, or Fisher's test,
        whose p-values are no even spread by chance."""
        if self.comparison.test == engine.FISHER or self.tested < _ENOUGH_GENES:
            return None
        p = np.array([each for each in self.table[self.p_column].to_pylist() if each is not None])
        return float(_chi_squared_of(float(np.median(p))) / _MEDIAN_OF_CHI_SQUARED)


def compare(query: Query, comparison: Comparison) -> BurdenReport:
    """Compare cases with controls in the genes of a finished query whose result may be read.

    Raises InvalidInput under the field it is about.
    """
    check_comparable(query)
    rows = list(_readable(query).order_by("participant_id").values_list("participant_id", *COVARIATES.values()))
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    groups = [each for each in (comparison.cases, comparison.controls) if each]
    vocabularies = {release: vocabulary_of(release) for release in {each.release for each in groups}}
    is_case, *others = [_are_in(ids, each, vocabularies[each.release]) for each in groups]
    is_control = others[0] if others else ~is_case
    in_both = is_case & is_control
    is_case, is_control = is_case & ~in_both, is_control & ~in_both
    _check(is_case, "cases", "case")
    _check(is_control, "controls", "control")
    named = [list(COVARIATES).index(name) + 1 for name in comparison.covariates]
    design = engine.BurdenDesign(
        is_case, is_control, _as_numbers(rows, named), comparison.copies_needed, comparison.test
    )
    table = engine.burden_of(_carriers(query, ids), design)
    by_p = table.sort_by([(_p_column(comparison), "ascending"), ("gene_symbol", "ascending")])
    return BurdenReport(comparison, by_p, int(is_case.sum()), int(is_control.sum()), int(in_both.sum()))


def check_comparable(query: Query) -> None:
    """Raises InvalidInput where cases and controls cannot be compared in what the query found."""
    reason = "Cases and controls are compared in variants that people are born with: ask a germline release."
    check_germline(query.release, reason, field="")


def _p_column(comparison: Comparison) -> str:
    return "fisher_p" if comparison.test == engine.FISHER else "regression_p"


def _readable(query: Query) -> Any:
    return asked_samples(Question.from_json(query.question), query.project, query.release)


def _are_in(ids: Ids, cohort: SavedCohort, vocabulary: Vocabulary) -> NDArray[np.bool_]:
    members = np.fromiter(people_of(cohort, vocabulary).values_list("pk", flat=True), dtype=np.int64)
    return np.isin(ids, members)


def _check(group: NDArray[np.bool_], field: str, noun: str) -> None:
    if not group.any():
        raise InvalidInput(
            f"Nobody in this query's cohort is a {noun}. Choose a cohort whose people the query counted, "
            "and who are not in both groups.",
            field=field,
        )


def _as_numbers(rows: list[tuple[Any, ...]], columns: list[int]) -> NDArray[np.float64] | None:
    """float[people, k]: one column for each value of each covariate; the engine drops those that say nothing new."""
    indicators = [
        [float(row[column] == value) for row in rows]
        for column in columns
        for value in sorted({row[column] for row in rows})
    ]
    return np.array(indicators).T if indicators else None


def _carriers(query: Query, ids: Ids) -> Iterator[tuple[pa.Table, pa.RecordBatch, Ids]]:
    """The stored result in parts, with each carrier's place among `ids`; -1 for who is not there any more."""
    variants = read_table(query.result, "variants", ["variant_id", "gene_symbol", "contig", "position_1based"])
    cipher = ProjectPseudonyms(query.project.reference)
    with parquet_bytes(query.result, "carriers") as stream, pq.ParquetFile(stream) as file:
        for batch in file.iter_batches(_ROWS_AT_ONCE, columns=["variant_id", "pseudonym", "zygosity"]):
            names = batch["pseudonym"].dictionary_encode()
            found = cipher.decode_many([str(name) for name in names.dictionary.to_pylist()]).ids
            place = np.searchsorted(ids, found)
            place[place == len(ids)] = 0
            place = np.where(ids[place] == found, place, -1)
            yield variants, batch, place[names.indices.to_numpy()]


def _chi_squared_of(p: float) -> float:
    """The value that chi-squared with one degree of freedom exceeds with probability p."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(1 - p / 2) ** 2 if 0 < p < 1 else 0.0
