"""Columns of a chunk: made once, the same each time, and never trusted when the file behind them is another."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from research_env.engine import (
    BadRecord,
    BadSource,
    Cohort,
    Filters,
    ReleaseSource,
    SourceChanged,
    build_columns,
    counts,
    open_release,
)
from research_env.engine.columnar import open_columns
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
