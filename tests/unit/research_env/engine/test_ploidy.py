"""Men have one copy of X and Y outside of their ends, whichever way the file writes it; all else counts as written."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from research_env.engine import (
    Cohort,
    Filters,
    Region,
    ReleaseSource,
    build_columns,
    counts,
    counts_and_carriers,
    open_release,
    person_variants,
)
from tests.oracles import bcftools
from tests.oracles.vcf_files import release_of, with_columns, write_vcf

HEADER = [
    "##contig=<ID=chrX,length=156040895>",
    "##contig=<ID=chrY,length=57227415>",
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">',
]
EVERYTHING = Filters(pass_only=False, keep_absent=True)
UNKNOWN, MAN, WOMAN = 0, 1, 2
END_OF_X, MIDDLE_OF_X = 2_781_479, 2_781_480
X = Region("X", 1, 156_040_895)
NAMES = ["allele_count", "allele_number", "het_count", "hom_count", "hemi_count", "missing_count"]
BOTH_WAYS = pytest.mark.parametrize("in_columns", [False, True], ids=["lines", "columns"])


def release(folder: Path, lines: Sequence[str], sexes: Sequence[int], *, in_columns: bool) -> ReleaseSource:
    names = [f"s{number}" for number in range(len(sexes))]
    path = write_vcf(folder / "x.vcf.gz", HEADER, names, ["\t".join(line.split()) for line in lines])
    source = replace(release_of(path), sexes=np.array(sexes, dtype=np.uint8))
    return with_columns(source, folder / "columns") if in_columns else source


def record(position: int, genotypes: str, contig: str = "chrX") -> str:
    return f"{contig} {position} . A G . PASS . GT {genotypes}"


def told(source: ReleaseSource, people: Sequence[int] | None = None, region: Region = X) -> list[tuple[int, ...]]:
    cohort = Cohort.from_indexes(source.sample_count, list(people or range(source.sample_count)))
    with open_release(source) as opened:
        table = counts(opened, [region], cohort, EVERYTHING)
    return list(zip(*(table[name].to_pylist() for name in NAMES), strict=True))


@BOTH_WAYS
def test_a_man_written_with_two_copies__counts_once(tmp_path: Path, in_columns: bool) -> None:
    source = release(tmp_path, [record(MIDDLE_OF_X, "1/1 0/0 ./. 1 0 .")], [MAN] * 6, in_columns=in_columns)
    assert told(source) == [(2, 4, 0, 0, 2, 2)]
    assert told(source, [0, 1, 2]) == told(source, [3, 4, 5]) == [(1, 2, 0, 0, 1, 1)]


@BOTH_WAYS
def test_a_man_at_the_ends_of_x__has_two_copies(tmp_path: Path, in_columns: bool) -> None:
    source = release(tmp_path, [record(END_OF_X, "1/1 0/0 0/1")], [MAN] * 3, in_columns=in_columns)
    assert told(source) == [(3, 6, 1, 1, 0, 0)]


@BOTH_WAYS
@pytest.mark.parametrize("sex", [UNKNOWN, WOMAN])
def test_women_and_people_of_unknown_sex__count_as_written(tmp_path: Path, in_columns: bool, sex: int) -> None:
    source = release(tmp_path, [record(MIDDLE_OF_X, "1/1 0/0 ./. 0/1")], [sex] * 4, in_columns=in_columns)
    assert told(source) == [(3, 6, 1, 1, 0, 1)]


@BOTH_WAYS
def test_two_different_alleles_of_a_man__stay_two(tmp_path: Path, in_columns: bool) -> None:
    source = release(tmp_path, [record(MIDDLE_OF_X, "0/1 0/0 0/0")], [MAN] * 3, in_columns=in_columns)
    assert told(source) == [(1, 4, 1, 0, 0, 0)]


@BOTH_WAYS
def test_y_of_a_man__is_one_copy(tmp_path: Path, in_columns: bool) -> None:
    lines = [record(10_000_000, "1/1 0/0 ./.", "chrY")]
    source = release(tmp_path, lines, [MAN, MAN, WOMAN], in_columns=in_columns)
    assert told(source, region=Region("Y", 1, 57_000_000)) == [(1, 2, 0, 0, 1, 1)]


@BOTH_WAYS
def test_a_man_written_twice__is_a_hemizygous_carrier(tmp_path: Path, in_columns: bool) -> None:
    source = release(tmp_path, [record(MIDDLE_OF_X, "1|1 1/1")], [MAN, WOMAN], in_columns=in_columns)
    hemi, hom = Filters(zygosity=frozenset({"hemi"})), Filters(zygosity=frozenset({"hom"}))
    with open_release(source) as opened:
        assert person_variants(opened, [X], 0, hemi)["zygosity"].to_pylist() == ["hemi"]
        assert person_variants(opened, [X], 0, hom).num_rows == 0
        assert person_variants(opened, [X], 1, hom)["zygosity"].to_pylist() == ["hom"]


def test_columns_made_for_other_men__are_not_read(tmp_path: Path) -> None:
    source = release(tmp_path, [record(MIDDLE_OF_X, "1/1 0/0")], [MAN, WOMAN], in_columns=True)
    corrected = replace(source, sexes=np.array([WOMAN, WOMAN], dtype=np.uint8))
    with open_release(source) as as_made, open_release(corrected) as other:
        assert as_made.columns(0) is not None
        assert other.columns(0) is None
    assert (told(source), told(corrected)) == ([(1, 3, 0, 0, 1, 0)], [(2, 4, 0, 1, 0, 0)])


def test_sexes__change_nothing_in_columns_of_an_autosome(tmp_path: Path) -> None:
    line = "\t".join(["chr7", "100", ".", "A", "G", ".", "PASS", ".", "GT", "1/1", "0/0"])
    header = ["##contig=<ID=chr7,length=159345973>", HEADER[2]]
    source = release_of(write_vcf(tmp_path / "seven.vcf.gz", header, ["a", "b"], [line]))
    made = [
        build_columns(source.chunks[0], 2, tmp_path / name, ploidy=replace(source, sexes=np.array(sexes)).ploidy)
        for name, sexes in (("one", [MAN, MAN]), ("two", [UNKNOWN, WOMAN]))
    ]
    assert made[0] == made[1]


cells = st.sampled_from(["0/0", "0/0", "0|0", "1/1", "0/1", "1|0", "./.", "0", "1", ".", "./1", "1/2", "2/2", "2"])
positions = st.sampled_from([100_000, END_OF_X, MIDDLE_OF_X, 50_000_000, 155_701_382, 155_701_383])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), sexes=st.lists(st.sampled_from([UNKNOWN, MAN, MAN, WOMAN]), min_size=1, max_size=6))
def test_columns__answer_as_lines_do(data: st.DataObject, sexes: list[int]) -> None:
    """Whatever is written, whoever is asked about, with and without a bound on quality."""
    size = len(sexes)
    lines = []
    for position in sorted(data.draw(st.lists(positions, min_size=1, max_size=6))):
        row = [f"{data.draw(cells)}:{data.draw(st.sampled_from([5, 50]))}" for _ in sexes]
        lines.append("\t".join(["chrX", str(position), ".", "A", "C,G", ".", "PASS", ".", "GT:GQ", *row]))
    masks = st.lists(st.sampled_from([1, 1, 0]), min_size=size, max_size=size).map(np.array)
    cohort, population = Cohort(data.draw(masks)), Cohort(data.draw(masks))
    filters = replace(EVERYTHING, min_genotype_quality=data.draw(st.sampled_from([None, 20])))
    with tempfile.TemporaryDirectory() as scratch:
        source = release(Path(scratch), lines, sexes, in_columns=False)
        found = [
            _tables(each, cohort, population, filters) for each in (source, with_columns(source, Path(scratch) / "c"))
        ]
        once = release(
            Path(scratch), [_written_once(line, sexes) for line in lines], [UNKNOWN] * size, in_columns=False
        )
        expected = _tables(once, cohort, population, filters)
    assert found[0] == found[1]
    assert [_without_phase(each) for each in found[0]] == [_without_phase(each) for each in expected]


def _tables(source: ReleaseSource, cohort: Cohort, population: Cohort, filters: Filters) -> list[pa.Table]:
    with open_release(source) as opened:
        both = zip(*counts_and_carriers(opened, [X], cohort, filters, population=population), strict=True)
        return [pa.Table.from_batches(each) for each in both]


def _without_phase(table: pa.Table) -> pa.Table:
    return table.drop_columns(["phased"]) if "phased" in table.column_names else table


def _written_once(line: str, sexes: Sequence[int]) -> str:
    """The line as a caller writes it that knows of men."""
    fixed, row = line.split("\t")[:9], line.split("\t")[9:]
    is_single = END_OF_X < int(fixed[1]) < 155_701_383
    return "\t".join([*fixed, *(_once(each) if is_single and s == MAN else each for each, s in zip(row, sexes))])  # noqa: B905


def _once(cell: str) -> str:
    genotype, quality = cell.split(":")
    first, *others = genotype.replace("|", "/").split("/")
    return f"{first}:{quality}" if others == [first] else cell


def test_counts__are_those_of_bcftools_after_fixploidy(tmp_path: Path) -> None:
    """Men with two different alleles are left out: bcftools keeps the first of them."""
    bcftools.require_bcftools()
    random = np.random.default_rng(3)
    sexes = [MAN, WOMAN] * 40
    lines = []
    for number in range(300):
        position = int(random.integers(1, 4)) * 1_000_000 + number
        row = random.choice(["0/0", "0/1", "1/1", "./."], len(sexes), p=[0.7, 0.1, 0.15, 0.05])
        if position > END_OF_X:
            row[np.array(sexes) == MAN] = np.where(row == "0/1", "1/1", row)[np.array(sexes) == MAN]
        lines.append((position, record(position, " ".join(row))))
    lines.sort()
    source = release(tmp_path, [line for _, line in lines], sexes, in_columns=True)
    (path,) = [Path(chunk.path) for chunk in source.chunks]
    listed, rules = tmp_path / "sexes.txt", tmp_path / "ploidy.txt"
    listed.write_text("".join(f"s{n} {'M' if sex == MAN else 'F'}\n" for n, sex in enumerate(sexes)))
    rules.write_text(f"chrX {MIDDLE_OF_X} 155701382 M 1\n* * * M 2\n* * * F 2\n")
    fixed = tmp_path / "fixed.vcf.gz"
    command = ["bcftools", "+fixploidy", str(path), "-Oz", "-o", str(fixed), "--", "-s", str(listed), "-p", str(rules)]
    subprocess.run(command, check=True, capture_output=True)
    subprocess.run(["bcftools", "index", "-t", str(fixed)], check=True)
    for people in (range(80), range(0, 80, 2), range(0, 80, 3)):
        names = [f"s{number}" for number in people]
        theirs = bcftools.count(fixed, names, scratch=tmp_path)
        assert told(source, list(people)) == [row[3:] for row in theirs]
