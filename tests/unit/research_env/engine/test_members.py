"""What each member of a family has, read at once: the very counts of one person at a time."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from research_env.engine import Cohort, Family, Filters, Member, ReleaseSource, counts, inheritance, open_release
from research_env.engine.members import counts_of_each
from tests.oracles.vcf_files import everywhere, release_of, with_columns, write_vcf
from tests.unit.research_env.engine.test_reader_properties import HEADER, Case, cases

Rows = list[tuple[str, int, int, int]]


def one_at_a_time(source: ReleaseSource, case: Case, samples: list[int], filters: Filters) -> list[Rows]:
    found = []
    with open_release(source) as release:
        for sample in samples:
            alone = Cohort.from_indexes(case.samples, [sample])
            table = counts(release, case.targets, alone, filters, population=alone)
            names = ("variant_id", "allele_count", "allele_number", "het_count")
            found.append(list(zip(*(table[name].to_pylist() for name in names), strict=True)))
    return found


def at_once(source: ReleaseSource, case: Case, samples: list[int], filters: Filters) -> list[Rows]:
    found: list[Rows] = [[] for _ in samples]
    with open_release(source) as release:
        for names, counted in counts_of_each(release, case.targets, samples, filters):
            for rows, mine in zip(found, counted.tolist(), strict=True):
                rows += zip(names, *mine, strict=True)
    return found


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases(), data=st.data())
def test_members_who_are_read_at_once__have_what_each_has_alone(case: Case, data: st.DataObject) -> None:
    samples = data.draw(st.permutations(range(case.samples)))[: data.draw(st.integers(1, case.samples))]
    asked = case.filters
    bounds = Filters(
        pass_only=asked.pass_only,
        min_genotype_quality=asked.min_genotype_quality,
        min_depth=asked.min_depth,
        keep_absent=True,
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        names = [f"s{number}" for number in range(case.samples)]
        source = release_of(write_vcf(folder / "any.vcf.gz", HEADER, names, case.lines))
        columns = with_columns(source, folder / "columns")
        for filters in (bounds, replace(bounds, min_genotype_quality=None, min_depth=None)):
            expected = one_at_a_time(source, case, samples, filters)
            assert at_once(source, case, samples, filters) == expected
            assert at_once(columns, case, samples, filters) == expected


def test_a_file_without_an_allele_in_bases__says_nothing_of_anybody(tmp_path: Path) -> None:
    line = "7\t100\t.\tA\t*\t50\tPASS\t.\tGT\t0/1\t0/0\t0/0"
    source = release_of(write_vcf(tmp_path / "none.vcf.gz", HEADER, list("abc"), [line]))
    for asked in (source, with_columns(source, tmp_path / "columns")):
        with open_release(asked) as release:
            found = list(counts_of_each(release, everywhere(asked), [0, 2], Filters(keep_absent=True)))
            assert not [name for names, _ in found for name in names]
            assert counts(release, everywhere(asked), Cohort.everyone(3), Filters(keep_absent=True)).num_rows == 0


def test_lines_that_repeat_an_allele__are_taken_at_what_any_of_them_says(tmp_path: Path) -> None:
    """The mother carries the allele on the second line alone, the father on the first alone."""
    child, mother, father = range(3)
    start = "7\t100\t.\tA\tG\t50\tPASS\t.\tGT"
    lines = [f"{start}\t1/1\t0/0\t0/1", f"{start}\t0/1\t0/1\t./."]
    source = release_of(write_vcf(tmp_path / "twice.vcf.gz", HEADER, list("abc"), lines))
    family = Family(child, (Member(child, 1, father, mother), Member(mother, 2), Member(father, 1)))
    for asked in (source, with_columns(source, tmp_path / "columns")):
        with open_release(asked) as release:
            told = inheritance(release, everywhere(asked), family, Filters())
        names = ("mode", "mother", "father")
        assert list(zip(*(told[name].to_pylist() for name in names), strict=True)) == [("recessive", "het", "het")] * 2
