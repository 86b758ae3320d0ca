"""Files that changed, vanished or never fitted; plans made from indexes; progress, cancelling and partial files."""

from __future__ import annotations

import gzip
import itertools
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pysam
import pytest

from research_env.engine import (
    CARRIERS_SCHEMA,
    VARIANTS_SCHEMA,
    BadSource,
    Cancelled,
    ChunkSource,
    Cohort,
    Filters,
    InvalidTarget,
    Region,
    ReleaseSource,
    SourceChanged,
    Variant,
    build_columns,
    carriers,
    counts,
    etag_of,
    merge,
    open_release,
    parquet,
    plan,
    run_slice,
)
from research_env.engine.parquet import GroupWriter
from tests.oracles.vcf_files import chunk_of, release_of, write_vcf

HEADER = ['##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">', "##contig=<ID=chr7>", "##contig=<ID=chr1>"]
RECORDS = 3_000
REGION = Region("7", 1, 3_000_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """3,000 records, one each 100 bases from 1,000,000 on; each third person carries each."""
    lines = [f"chr7\t{1_000_000 + 100 * number}\t.\tA\tG\t.\tPASS\t.\tGT\t0/1\t0/0\t0/0" for number in range(RECORDS)]
    return write_vcf(tmp_path / "long.vcf.gz", HEADER, ["canary_a", "canary_b", "canary_c"], lines)


@pytest.fixture
def source(path: Path) -> ReleaseSource:
    return release_of(path)


def _count(source: ReleaseSource) -> int:
    with open_release(source) as release:
        return counts(release, [REGION], Cohort.everyone(source.sample_count), Filters()).num_rows


def test_file_that_changed__is_refused(path: Path, source: ReleaseSource) -> None:
    assert _count(source) == RECORDS
    os.utime(path, ns=(0, 0))
    with pytest.raises(SourceChanged, match=r"long\.vcf\.gz has changed since it was registered"):
        _count(source)


@pytest.mark.parametrize("from_columns", [False, True], ids=["lines", "columns"])
def test_file_that_changes_under_a_running_question__stops_it_and_leaves_no_file(
    source: ReleaseSource, path: Path, tmp_path: Path, from_columns: bool
) -> None:
    (chunk,) = source.chunks
    if from_columns:
        chunk = ChunkSource.from_json(chunk.to_json() | {"columns_path": str(tmp_path / "columns")})
        build_columns(chunk, source.sample_count, chunk.columns_path)
        source = ReleaseSource(source.assembly, source.sample_count, source.sexes, (chunk,))
    outs = (tmp_path / "variants.parquet", tmp_path / "carriers.parquet")

    def touch(read: int, estimated: int) -> None:
        if read:
            os.utime(path, ns=(0, 0))

    (piece,) = plan(source, [REGION]).slices
    with pytest.raises(SourceChanged, match=r"long\.vcf\.gz has changed since it was registered"):
        run_slice(source, piece, Cohort.everyone(source.sample_count), Filters(), *outs, progress=touch)
    assert not any(out.exists() for out in outs)


def test_file_or_index_that_vanished__is_refused_by_name(source: ReleaseSource) -> None:
    os.unlink(source.chunks[0].index_path)
    with pytest.raises(BadSource, match=r"long\.vcf\.gz\.tbi of the release is not there"):
        _count(source)
    os.unlink(source.chunks[0].path)
    with pytest.raises(BadSource, match=r"long\.vcf\.gz cannot be read"):
        _count(source)
    with pytest.raises(BadSource, match=r"index long\.vcf\.gz\.tbi cannot be read"):
        plan(source, [REGION])


def test_damaged_index__is_refused(source: ReleaseSource) -> None:
    Path(source.chunks[0].index_path).write_bytes(b"no index")
    with pytest.raises(BadSource, match="damaged or not a tabix index"):
        plan(source, [REGION])
    with pytest.raises(BadSource, match="cannot be opened as a bgzipped, indexed VCF"):
        _count(source)


def test_truncated_file__is_refused_rather_than_short(path: Path, source: ReleaseSource) -> None:
    os.truncate(path, path.stat().st_size // 2)
    cut = ReleaseSource("GRCh38", 3, source.sexes, (chunk_without_etag(source.chunks[0]),))
    with pytest.raises(BadSource):
        _count(cut)


def chunk_without_etag(chunk: ChunkSource) -> ChunkSource:
    return ChunkSource.from_json(chunk.to_json() | {"etag": ""})


def test_header_with_other_samples__is_refused_without_naming_them(source: ReleaseSource) -> None:
    wrong = ReleaseSource("GRCh38", 2, np.zeros(2, dtype=np.uint8), source.chunks)
    with pytest.raises(BadSource, match=r"has 3 samples; the release has 2\.") as refusal:
        _count(wrong)
    assert "canary" not in str(refusal.value)


def test_chunks_that_overlap__are_refused(path: Path) -> None:
    chunks = (chunk_of(path, "7", 1, 1_500_000), chunk_of(path, "chr7", 1_500_000, 3_000_000))
    with pytest.raises(BadSource, match="both hold chr7:1500000"):
        ReleaseSource("GRCh38", 3, np.zeros(3, dtype=np.uint8), chunks)


def test_release_without_samples_or_with_an_unknown_assembly__is_refused() -> None:
    with pytest.raises(BadSource, match="at least one sample"):
        ReleaseSource("GRCh38", 0, np.zeros(0, dtype=np.uint8), ())
    with pytest.raises(BadSource, match="GRCh37 or GRCh38, not “hg19”"):
        ReleaseSource("hg19", 1, np.zeros(1, dtype=np.uint8), ())
    with pytest.raises(BadSource, match="2 samples but sexes for 1"):
        ReleaseSource("GRCh38", 2, np.zeros(1, dtype=np.uint8), ())


def test_contig_that_the_file_lacks__gives_no_rows(path: Path) -> None:
    source = ReleaseSource("GRCh38", 3, np.zeros(3, dtype=np.uint8), (chunk_of(path, "1"),))
    with open_release(source) as release:
        assert counts(release, [Region("1", 1, 1000)], Cohort.everyone(3), Filters()).num_rows == 0
    assert plan(source, [Region("1", 1, 1000)]).estimated_records == 0


def test_etag__changes_with_size_and_time(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("a")
    first = etag_of(file)
    file.write_text("ab")
    assert etag_of(file) != first
    second = etag_of(file)
    os.utime(file, ns=(1, 1))
    assert etag_of(file) != second


def test_cohort_or_target_that_does_not_fit__is_refused(source: ReleaseSource) -> None:
    with open_release(source) as release:
        with pytest.raises(InvalidTarget, match="over 2 samples does not fit a release of 3"):
            counts(release, [REGION], Cohort.everyone(2), Filters())
        with pytest.raises(InvalidTarget, match="chr7 ends at position 159,345,973"):
            counts(release, [Region("7", 1, 200_000_000)], Cohort.everyone(3), Filters())
    with pytest.raises(InvalidTarget, match="outside the release, which has 3"):
        Cohort.from_indexes(3, [3])
    with pytest.raises(InvalidTarget, match="different releases"):
        Cohort.everyone(3) & Cohort.everyone(4)


def test_cohorts__combine() -> None:
    some, others = Cohort.from_indexes(4, [0, 1, 1]), Cohort.from_indexes(4, [1, 2])
    assert (some & others).indexes.tolist() == [1]
    assert (some | others).indexes.tolist() == [0, 1, 2]
    assert (Cohort.everyone(4) - some).indexes.tolist() == [2, 3]
    assert (some.size, some.n) == (2, 4)
    assert some == Cohort.from_indexes(4, [1, 0])
    assert hash(some) == hash(Cohort.from_indexes(4, [1, 0]))
    with pytest.raises(ValueError, match="read-only"):
        some.mask[0] = 0
    with pytest.raises(InvalidTarget, match="only 0 and 1"):
        Cohort(np.array([2]))


def test_carriers__stop_at_the_limit(source: ReleaseSource) -> None:
    reports: list[tuple[int, int]] = []
    with open_release(source) as release:
        asked = carriers(
            release, [REGION], Cohort.everyone(3), Filters(), limit=7, progress=lambda *now: reports.append(now)
        )
        assert sum(batch.num_rows for batch in asked) == 7


@pytest.mark.parametrize("kind", ["tbi", "csi"])
def test_plan__knows_the_records_from_the_index_alone(path: Path, source: ReleaseSource, kind: str) -> None:
    if kind == "csi":
        os.unlink(source.chunks[0].index_path)
        pysam.tabix_index(str(path), preset="vcf", csi=True, force=True)
        source = release_of(path)
    whole = plan(source, [REGION])
    assert whole.estimated_records == pytest.approx(RECORDS, rel=0.01)
    assert whole.estimated_bytes == pytest.approx(path.stat().st_size, rel=0.5)
    assert whole.estimated_seconds > 0
    third = plan(source, [Region("7", 1_000_000, 1_100_000)])
    assert third.estimated_records == pytest.approx(RECORDS / 3, rel=0.2)


def test_plan__cuts_a_region_into_slices_of_about_the_asked_size(source: ReleaseSource) -> None:
    cut = plan(source, [REGION], max_records_per_slice=500)
    assert 6 <= len(cut.slices) <= 8
    assert [piece.position for piece in cut.slices] == list(range(len(cut.slices)))
    assert all(piece.estimated_records <= 510 for piece in cut.slices)
    regions = [region for piece in cut.slices for region in piece.regions]
    assert all(a.end_1based + 1 == b.start_1based for a, b in itertools.pairwise(regions))


def test_plan__puts_many_small_targets_into_one_slice(source: ReleaseSource) -> None:
    genes = [Region("7", 1_000_000 + 20_000 * gene, 1_000_500 + 20_000 * gene) for gene in range(10)]
    cut = plan(source, [*genes, Variant("7", 1_000_100, "A", "G")], max_records_per_slice=1_000)
    assert [(len(piece.regions), len(piece.variants)) for piece in cut.slices] == [(10, 1)]


def test_plan__says_which_targets_no_file_reaches(source: ReleaseSource) -> None:
    nowhere = Region("8", 1, 100)
    assert plan(source, [nowhere, REGION]).uncovered == (nowhere,)
    empty = plan(source, [nowhere])
    assert (empty.slices, empty.estimated_records, empty.estimated_seconds) == ((), 0, 0)


def test_run_slice__tells_its_progress_and_sums_up(source: ReleaseSource, tmp_path: Path) -> None:
    reports: list[tuple[int, int]] = []
    (piece,) = plan(source, [REGION]).slices
    summary = run_slice(
        source,
        piece,
        Cohort.everyone(3),
        Filters(),
        tmp_path / "v",
        tmp_path / "c",
        progress=lambda *now: reports.append(now),
    )
    assert summary.to_json() == {"records_read": RECORDS, "variant_rows": RECORDS, "carrier_rows": RECORDS}
    assert (reports[0][0], reports[-1][0]) == (0, RECORDS)
    assert len(reports) >= 4
    assert all(read <= estimated for read, estimated in reports)
    assert pq.read_schema(tmp_path / "v") == VARIANTS_SCHEMA
    assert pq.read_schema(tmp_path / "c") == CARRIERS_SCHEMA
    assert pq.ParquetFile(tmp_path / "v").metadata.row_group(0).column(0).compression == "ZSTD"


def test_cancelling__leaves_no_file(source: ReleaseSource, tmp_path: Path) -> None:
    def stop_later(read: int, _: int) -> None:
        if read > 1_500:
            raise Cancelled

    out = tmp_path / "out"
    out.mkdir()
    (piece,) = plan(source, [REGION]).slices
    with pytest.raises(Cancelled):
        run_slice(source, piece, Cohort.everyone(3), Filters(), out / "v", out / "c", progress=stop_later)
    assert list(out.iterdir()) == []


def test_files__hold_no_sample_names(source: ReleaseSource, tmp_path: Path) -> None:
    (piece,) = plan(source, [REGION]).slices
    run_slice(source, piece, Cohort.everyone(3), Filters(), tmp_path / "v", tmp_path / "c")
    assert all(b"canary" not in (tmp_path / name).read_bytes() for name in ("v", "c"))


def test_merge__of_nothing_needs_a_schema(source: ReleaseSource, tmp_path: Path) -> None:
    assert merge([], tmp_path / "none", schema=CARRIERS_SCHEMA) == 0
    assert pq.read_schema(tmp_path / "none") == CARRIERS_SCHEMA
    with pytest.raises(ValueError, match="schema of the table has to be given"):
        merge([], tmp_path / "none")
    (piece,) = plan(source, [REGION]).slices
    run_slice(source, piece, Cohort.everyone(3), Filters(), tmp_path / "v", tmp_path / "c")
    with pytest.raises(ValueError, match="has other columns"):
        merge([tmp_path / "v", tmp_path / "c"], tmp_path / "both")
    assert not (tmp_path / "both").exists()


def test_many_row_groups__have_the_same_bytes_however_they_came(
    source: ReleaseSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", 256)
    files = []
    for most in (10_000, 700, 100):
        parts = []
        for piece in plan(source, [REGION], max_records_per_slice=most).slices:
            parts.append(tmp_path / f"{most}-{piece.position}")
            run_slice(source, piece, Cohort.everyone(3), Filters(), parts[-1], tmp_path / "c")
        merge(parts, tmp_path / f"{most}")
        files.append((tmp_path / f"{most}").read_bytes())
    assert files[0] == files[1] == files[2]
    assert pq.ParquetFile(tmp_path / "100").metadata.num_row_groups == -(-RECORDS // 256)


def test_pages_within_a_row_group__do_not_depend_on_the_batches(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    table = pa.table({"text": [bytes(each).hex() for each in random.integers(0, 256, (70_000, 30), dtype=np.uint8)]})
    for rows in (777, 5_000, 70_000):
        with GroupWriter(tmp_path / f"{rows}", table.schema) as writer:
            for batch in table.to_batches(max_chunksize=rows):
                writer.write(batch)
    assert (tmp_path / "777").read_bytes() == (tmp_path / "5000").read_bytes() == (tmp_path / "70000").read_bytes()


def test_plain_gzip__is_refused(path: Path, source: ReleaseSource) -> None:
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())))
    plain = ReleaseSource("GRCh38", 3, source.sexes, (chunk_without_etag(source.chunks[0]),))
    with pytest.raises(BadSource):
        _count(plain)


@pytest.mark.parametrize("moved", [0, 3, 40])
def test_rows_that_moved__come_in_order_in_stretches_that_share_no_position(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", 64)
    random = np.random.default_rng(moved)
    positions = np.sort(random.integers(1, 400, 1_000)).astype(np.int32)
    for place in random.integers(0, 960, moved):
        positions[place : place + 40] = random.permutation(positions[place : place + 40])
    table = pa.table({"position_1based": positions, "came": np.arange(1_000)})
    pq.write_table(table, tmp_path / "rows", row_group_size=64)
    stretches = list(parquet.stretches_in_order(tmp_path / "rows"))
    assert pa.concat_tables(stretches).equals(table.take(np.argsort(positions, kind="stable")))
    ends = [(each["position_1based"][0].as_py(), each["position_1based"][-1].as_py()) for each in stretches]
    assert len(ends) > 3
    assert all(before[1] < after[0] for before, after in itertools.pairwise(ends))
    parquet.put_in_order(tmp_path / "rows", table.schema)
    assert pq.read_table(tmp_path / "rows").equals(table.take(np.argsort(positions, kind="stable")))


def test_a_file_without_rows__has_no_stretches(tmp_path: Path) -> None:
    pq.write_table(pa.table({"position_1based": pa.array([], pa.int32())}), tmp_path / "rows")
    assert list(parquet.stretches_in_order(tmp_path / "rows")) == []
