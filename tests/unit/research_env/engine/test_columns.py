"""Columns of a chunk: made once, the same each time, and never trusted when the file behind them is another."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from research_env.engine import (
    PROTEIN_CHANGING,
    BadRecord,
    BadSource,
    Cohort,
    Filters,
    ReleaseSource,
    SourceChanged,
    build_columns,
    counts,
    counts_and_carriers,
    open_release,
)
from research_env.engine.columnar import Columns, open_columns
from tests.oracles.vcf_files import everywhere, release_of, with_columns, write_vcf

HEADER = ["##contig=<ID=chr7,length=159345973>", '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">']
EVERYTHING = Filters(pass_only=False, keep_absent=True)


def vcf(folder: Path, genotypes: str, name: str = "small.vcf.gz") -> ReleaseSource:
    line = "\t".join(["chr7", "100", ".", "A", "G", ".", "PASS", ".", "GT", *genotypes.split()])
    return release_of(write_vcf(folder / name, HEADER, ["a", "b"], [line]))


def allele_count(source: ReleaseSource) -> int:
    with open_release(source) as release:
        table = counts(release, everywhere(source), Cohort.everyone(2), EVERYTHING)
    return int(table["allele_count"][0].as_py())


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_builds__give_the_same_bytes(tmp_path: Path) -> None:
    source = vcf(tmp_path, "0/1 1/1")
    with_columns(source, tmp_path / "one")
    with_columns(source, tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_what_is_current__is_not_made_again(tmp_path: Path) -> None:
    source = vcf(tmp_path, "0/1 1/1")
    with_columns(source, tmp_path / "columns")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "columns").rglob("*.bin")}
    with_columns(source, tmp_path / "columns")
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_columns_that_are_made_anew__are_those_of_the_next_question(tmp_path: Path) -> None:
    """Whoever asks keeps files open for the next question, of the same path and perhaps of the same size."""
    counted = []
    for calls in ("0/1 1/1", "0/0 0/1"):
        source = with_columns(vcf(tmp_path, calls), tmp_path / "columns")
        with open_release(source) as release:
            assert release.columns(0) is not None
            found = counts(release, everywhere(source), Cohort.from_indexes(2, [1]), EVERYTHING)
        counted.append(found["allele_count"].to_pylist())
    assert counted == [[2], [1]]


def test_columns_of_a_file_that_is_another_now__are_not_read_and_are_made_anew(tmp_path: Path) -> None:
    old = with_columns(vcf(tmp_path, "0/1 1/1"), tmp_path / "columns")
    assert allele_count(old) == 3
    new = vcf(tmp_path, "0/0 0/1")
    chunk = replace(new.chunks[0], columns_path=old.chunks[0].columns_path)
    assert open_columns(chunk, 2, chunk.columns_path) is None
    assert allele_count(replace(new, chunks=(chunk,))) == 1
    build_columns(chunk, 2, chunk.columns_path)
    assert open_columns(chunk, 2, chunk.columns_path) is not None
    assert allele_count(replace(new, chunks=(chunk,))) == 1


def test_a_file_that_changes_after_registration__stops_the_question(tmp_path: Path) -> None:
    source = with_columns(vcf(tmp_path, "0/1 1/1"), tmp_path / "columns")
    os.utime(source.chunks[0].path, ns=(1, 1))
    with pytest.raises(SourceChanged, match="has changed since it was registered"):
        allele_count(source)


def test_a_file_that_changes_while_its_columns_are_made__leaves_no_columns(tmp_path: Path) -> None:
    source = vcf(tmp_path, "0/1 1/1")

    def touch(read: int, estimated: int) -> None:
        os.utime(source.chunks[0].path, ns=(1, 1))

    with pytest.raises(SourceChanged, match="has changed"):
        build_columns(source.chunks[0], 2, tmp_path / "columns", progress=touch)
    assert not (tmp_path / "columns").exists()


def test_a_broken_line__leaves_no_half_columns_and_says_where(tmp_path: Path) -> None:
    source = vcf(tmp_path, "0/1 0/7")
    with pytest.raises(BadRecord, match=r"chr7:100 of small\.vcf\.gz"):
        with_columns(source, tmp_path / "columns")
    assert not [path for path in (tmp_path / "columns").rglob("*") if path.is_file()]


def test_a_damaged_file__leaves_no_columns_and_is_named(tmp_path: Path) -> None:
    source = vcf(tmp_path, "0/1 1/1")
    path = Path(source.chunks[0].path)
    whole = path.read_bytes()
    # The header is in order: a byte of the data is another, or the end is missing
    for damaged in (whole[:-60] + b"\0" + whole[-59:], whole[:-28]):
        path.write_bytes(damaged)
        chunk = replace(source.chunks[0], etag="")
        with pytest.raises(BadSource, match=r"small\.vcf\.gz"):
            build_columns(chunk, 2, tmp_path / "columns")
        assert not (tmp_path / "columns").exists()


def test_columns_of_another_release__are_not_read(tmp_path: Path) -> None:
    source = with_columns(vcf(tmp_path, "0/1 1/1"), tmp_path / "columns")
    chunk = source.chunks[0]
    assert open_columns(chunk, 3, chunk.columns_path) is None
    assert open_columns(replace(chunk, start_1based=50), 2, chunk.columns_path) is None
    assert open_columns(replace(chunk, annotation="csq"), 2, chunk.columns_path) is None


def test_progress__is_told__and_stopping_leaves_nothing(tmp_path: Path) -> None:
    source = vcf(tmp_path, "0/1 1/1")
    told: list[tuple[int, int]] = []
    build_columns(source.chunks[0], 2, tmp_path / "one", progress=lambda *both: told.append(both))
    assert told[-1] == (1, 1)

    def stop(*both: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_columns(source.chunks[0], 2, tmp_path / "two", progress=stop)
    assert [path.name for path in tmp_path.iterdir() if "two" in path.name] == []


ANNOTATED = '##INFO=<ID=BCSQ,Number=.,Type=String,Description="Local consequence annotation from BCFtools/csq. Format: '
PEOPLE, RECORDS = 300, 9_000


@pytest.fixture(scope="module")
def gene(tmp_path_factory: pytest.TempPathFactory) -> ReleaseSource:
    """Many common alleles, some rare ones, and every fiftieth of these in coding sequence."""
    folder = tmp_path_factory.mktemp("gene")
    random = np.random.default_rng(7)
    lines = []
    for record in range(RECORDS):
        is_rare = record % 4 > 0
        copies = random.binomial(2, 0.002 if is_rare else 0.3, PEOPLE)
        calls = np.array(["0/0", "0/1", "1/1"])[copies]
        calls[random.random(PEOPLE) < 0.01] = "./."
        term = "missense" if record % 50 == 1 else "intron"
        info = f"BCSQ={term}|GENE|T1|protein_coding"
        lines.append("\t".join(["chr7", str(100 + record), ".", "A", "G", ".", "PASS", info, "GT", *calls]))
    header = [*HEADER, f'{ANNOTATED}Consequence|gene|transcript|biotype">']
    names = [f"s{number}" for number in range(PEOPLE)]
    source = release_of(write_vcf(folder / "gene.vcf.gz", header, names, lines))
    chunks = tuple(replace(chunk, annotation="bcsq") for chunk in source.chunks)
    return with_columns(replace(source, chunks=chunks), folder / "columns")


def columns_of(source: ReleaseSource) -> Columns:
    (chunk,) = source.chunks
    found = open_columns(chunk, source.sample_count, chunk.columns_path)
    assert found is not None
    found.need(np.arange(found.manifest.rows))
    return found


def test_a_question_about_rare_coding_alleles__reads_a_small_part_of_the_columns(gene: ReleaseSource) -> None:
    columns = columns_of(gene)
    rows = np.arange(columns.manifest.rows)
    is_asked = (rows % 50 == 1) & (columns.values("allele_count", rows) <= columns.manifest.rare_copies)
    asked = rows[is_asked]
    assert asked.size > 100
    sizes = {int(columns.values("block", asked[inside])[0]): block for inside, block in columns.blocks(asked)}
    read = sum(int(columns.values("block_bytes", asked[columns.values("block", asked) == at])[0]) for at in sizes)
    assert read < columns.manifest.sizes["entries.bin"] / 20


@pytest.mark.parametrize("withdrawn", [0, 30])
@pytest.mark.parametrize("highest", [None, 0.004, 0.02])
def test_where_an_allele_lies__changes_no_answer(gene: ReleaseSource, withdrawn: int, highest: float | None) -> None:
    """Columns against lines: counts and carriers in file order, with people who are left out of the population."""
    filters = Filters(max_allele_frequency=highest, consequences=PROTEIN_CHANGING if highest else None)
    lines = replace(gene, chunks=tuple(replace(chunk, columns_path="") for chunk in gene.chunks))
    population = Cohort.from_indexes(PEOPLE, list(range(withdrawn, PEOPLE)))
    cohort = Cohort.from_indexes(PEOPLE, list(range(withdrawn, PEOPLE, 2)))
    found = []
    for source in (gene, lines):
        with open_release(source) as release:
            both = counts_and_carriers(release, everywhere(source), cohort, filters, population=population)
            variants, carried = zip(*both, strict=True)
            found.append([pa.Table.from_batches(each).to_pylist() for each in (variants, carried)])
    assert found[0] == found[1]
    assert len(found[0][0]) > 50


@pytest.mark.parametrize(("name", "first"), [("entries.bin", 200), ("words.bin", 0), ("words.bin", 7)])
def test_columns_that_were_damaged__are_refused_with_what_to_do(
    gene: ReleaseSource, tmp_path: Path, name: str, first: int
) -> None:
    (chunk,) = gene.chunks
    shutil.copytree(chunk.columns_path, tmp_path / "columns")
    file = tmp_path / "columns" / name
    data = bytearray(file.read_bytes())
    for at in range(first, len(data), 97):
        data[at] ^= 0xDA
    file.write_bytes(data)
    damaged = replace(gene, chunks=(replace(chunk, columns_path=str(tmp_path / "columns")),))
    half = Cohort.from_indexes(PEOPLE, list(range(0, PEOPLE, 2)))
    with open_release(damaged) as release, pytest.raises(BadSource, match="damaged: make them anew with index_release"):
        counts(release, everywhere(damaged), half, EVERYTHING)
