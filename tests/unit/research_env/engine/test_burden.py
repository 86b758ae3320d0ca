"""Burden of genes: counts against a slow count by hand, p-values against other implementations of the same tests."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from research_env.engine import (
    BURDEN_SCHEMA,
    REGRESSION,
    BurdenDesign,
    Cohort,
    Filters,
    InvalidTarget,
    burden,
    open_release,
)
from tests.oracles.vcf_files import everywhere, release_of, write_vcf

PEOPLE = 40
GENES = ("ALPHA", "BETA", "GAMMA", "")
HEADER = [
    "##contig=<ID=chr1,length=248956422>",
    '##FILTER=<ID=PASS,Description="">',
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Allele|Consequence|SYMBOL">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="">',
]
# Genotype of each person at each variant, made once from a fixed seed; a variant's gene is its number modulo four.
CALLS = np.random.default_rng(11).choice(["0/0", "0/1", "1/1", "./."], size=(24, PEOPLE), p=[0.8, 0.13, 0.03, 0.04])
COPIES = {"0/0": 0, "0/1": 1, "1/1": 2, "./.": 0}


@pytest.fixture(scope="module")
def vcf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = [
        f"chr1\t{100 + row}\t.\tC\tT\t50\tPASS\tCSQ=T|missense_variant|{GENES[row % 4]}\tGT\t" + "\t".join(calls)
        for row, calls in enumerate(CALLS)
    ]
    return write_vcf(tmp_path_factory.mktemp("burden") / "b.vcf.gz", HEADER, [f"s{n}" for n in range(PEOPLE)], lines)


def groups(cases: set[int], controls: set[int], **more: Any) -> BurdenDesign:
    places = np.arange(PEOPLE)
    return BurdenDesign(np.isin(places, list(cases)), np.isin(places, list(controls)), **more)


def asked(vcf: Path, design: BurdenDesign, population: Cohort | None = None) -> list[dict[str, Any]]:
    source = release_of(vcf)
    with open_release(source) as opened:
        table = burden(opened, everywhere(source), design, Filters(), population=population or Cohort.everyone(PEOPLE))
    assert table.schema == BURDEN_SCHEMA
    return list(table.to_pylist())


def carriers_by_hand(gene: str, people: set[int], copies_needed: int) -> int:
    rows = [row for row in range(len(CALLS)) if GENES[row % 4] == gene]
    return sum(sum(COPIES[CALLS[row][one]] for row in rows) >= copies_needed for one in people)


people = st.sets(st.integers(0, PEOPLE - 1), min_size=1)


@given(cases=people, others=people, copies=st.sampled_from([1, 2]))
def test_counts__are_those_of_a_count_by_hand(vcf: Path, cases: set[int], others: set[int], copies: int) -> None:
    controls = others - cases
    if not controls:
        return
    found = {row["gene_symbol"]: row for row in asked(vcf, groups(cases, controls, copies_needed=copies))}
    for gene in GENES[:3]:
        in_cases, in_controls = (carriers_by_hand(gene, each, copies) for each in (cases, controls))
        if not in_cases + in_controls:
            assert gene not in found
            continue
        row = found[gene]
        assert (row["case_carriers"], row["control_carriers"]) == (in_cases, in_controls)
        assert (row["case_count"], row["control_count"]) == (len(cases), len(controls))
        assert row["fisher_p"] == pytest.approx(fisher_by_hand(in_cases, len(cases), in_controls, len(controls)))


def fisher_by_hand(a: int, cases: int, b: int, controls: int) -> float:
    """The sum over all tables with the same margins that are no likelier than this one."""
    carriers, everybody = a + b, cases + controls

    def likelihood(k: int) -> float:
        return math.comb(cases, k) * math.comb(controls, carriers - k) / math.comb(everybody, carriers)

    possible = range(max(0, carriers - controls), min(cases, carriers) + 1)
    return sum(each for each in map(likelihood, possible) if each <= likelihood(a) * (1 + 1e-7))


def test_genes_without_a_name__and_people_outside_the_groups__are_not_counted(vcf: Path) -> None:
    found = asked(vcf, groups(set(range(10)), set(range(10, 20))))
    assert [row["gene_symbol"] for row in found] == ["ALPHA", "BETA", "GAMMA"]
    assert all(row["case_carriers"] <= 10 and row["control_carriers"] <= 10 for row in found)


def test_regression__is_the_score_test_of_statsmodels(vcf: Path) -> None:
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    cases = set(range(0, PEOPLE, 3))
    controls = set(range(PEOPLE)) - cases
    covariates = np.random.default_rng(5).normal(size=(PEOPLE, 2))
    found = asked(vcf, groups(cases, controls, covariates=covariates, test=REGRESSION))
    null = np.concatenate([np.ones((PEOPLE, 1)), covariates], axis=1)
    outcome = np.isin(np.arange(PEOPLE), list(cases)).astype(float)
    fitted = GLM(outcome, null, family=Binomial()).fit()
    for row in found:
        rows = [at for at in range(len(CALLS)) if GENES[at % 4] == row["gene_symbol"]]
        carried = np.array([[sum(COPIES[CALLS[at][one]] for at in rows) > 0] for one in range(PEOPLE)], dtype=float)
        expected = fitted.model.score_test(fitted.params, exog_extra=carried)[1]
        assert row["regression_p"] == pytest.approx(float(np.squeeze(expected)), rel=1e-6)


def test_covariates_that_say_nothing_new__change_nothing(vcf: Path) -> None:
    one = np.random.default_rng(5).normal(size=(PEOPLE, 1))
    twice = np.concatenate([one, one * 2, np.ones((PEOPLE, 1))], axis=1)
    cases = set(range(0, PEOPLE, 3))
    rest = set(range(PEOPLE)) - cases
    alone, doubled = (asked(vcf, groups(cases, rest, covariates=each, test=REGRESSION)) for each in (one, twice))
    assert [row["regression_p"] for row in alone] == pytest.approx([row["regression_p"] for row in doubled])


def test_covariate_that_tells_cases_from_controls__leaves_nothing_to_test(vcf: Path) -> None:
    cases = set(range(20))
    covariates = np.isin(np.arange(PEOPLE), list(cases)).astype(float)[:, None]
    found = asked(vcf, groups(cases, set(range(20, PEOPLE)), covariates=covariates, test=REGRESSION))
    assert found
    assert all(row["regression_p"] is row["bonferroni_p"] is row["fdr_q"] is None for row in found)


def test_corrections__are_of_the_test_that_was_asked_for(vcf: Path) -> None:
    cases = set(range(0, PEOPLE, 2))
    for test, column in (("fisher", "fisher_p"), (REGRESSION, "regression_p")):
        found = asked(vcf, groups(cases, set(range(PEOPLE)) - cases, test=test))
        p = [row[column] for row in found]
        assert [row["bonferroni_p"] for row in found] == pytest.approx([min(1, each * len(p)) for each in p])
        ranked = sorted(p)
        smallest = [min(ranked[at] * len(p) / (at + 1) for at in range(ranked.index(each), len(p))) for each in p]
        assert [row["fdr_q"] for row in found] == pytest.approx([min(1, each) for each in smallest])


def test_odds_ratio__is_not_made_up_where_a_group_is_empty(vcf: Path) -> None:
    for row in asked(vcf, groups({0}, set(range(1, PEOPLE)))):
        whole = 0 < row["case_carriers"] < row["case_count"] and 0 < row["control_carriers"] < row["control_count"]
        assert (row["odds_ratio_low"] is not None) == whole


@pytest.mark.parametrize(
    ("cases", "controls", "sentence"),
    [(set(), {1}, "at least one case"), ({1}, set(), "at least one case"), ({1, 2}, {2, 3}, "a case and a control")],
)
def test_groups_that_cannot_be_compared__are_refused(cases: set[int], controls: set[int], sentence: str) -> None:
    with pytest.raises(InvalidTarget, match=sentence):
        groups(cases, controls)


def test_somebody_who_may_not_be_read__is_refused(vcf: Path) -> None:
    population = Cohort.from_indexes(PEOPLE, range(1, PEOPLE))
    with pytest.raises(InvalidTarget, match="can be read"):
        asked(vcf, groups({0}, {1}), population)
