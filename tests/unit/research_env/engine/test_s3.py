"""Files and columns in S3: the same answers by range reads, few of them, and never from a file that changed."""

from __future__ import annotations

import gzip
import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pysam
import pytest
from moto.server import ThreadedMotoServer

from research_env.engine import (
    BadSource,
    Cohort,
    Filters,
    Region,
    ReleaseSource,
    SourceChanged,
    Target,
    Variant,
    bcf,
    build_columns,
    counts_and_carriers,
    etag_of,
    open_release,
    person_variants,
    plan,
)
from research_env.engine.objects import s3_client
from tests.oracles.vcf_files import release_of, write_vcf

PEOPLE, RECORDS = 40, 5_000
HEADER = [
    "##contig=<ID=chr7,length=159345973>",
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
]
EVERYTHING = Filters(pass_only=False, keep_absent=True)
COHORT = Cohort(np.arange(PEOPLE) % 3 == 0)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> ReleaseSource:
    """Enough records for several groups of rows and blocks of carriers."""
    random = np.random.default_rng(7)
    copies = random.binomial(2, random.beta(0.2, 2, RECORDS)[:, None], (RECORDS, PEOPLE))
    depths = random.integers(5, 60, (RECORDS, PEOPLE))
    calls = np.array(["0/0", "0/1", "1/1"])[copies]
    lines = [
        "\t".join(["chr7", str(1_000 + 40 * place), ".", "A", "G", "50", "PASS", ".", "GT:DP"])
        + "".join(f"\t{call}:{depth}" for call, depth in zip(calls[place], depths[place], strict=True))
        for place in range(RECORDS)
    ]
    folder = tmp_path_factory.mktemp("s3")
    return release_of(write_vcf(folder / "many.vcf.gz", HEADER, [f"s{each}" for each in range(PEOPLE)], lines))


def as_bcf(source: ReleaseSource, folder: Path) -> ReleaseSource:
    """The same release as a BCF."""
    (chunk,) = source.chunks
    path = folder / "many.bcf"
    with (
        pysam.VariantFile(chunk.path) as given,
        pysam.VariantFile(str(path), "wb", header=given.header) as out,
    ):
        for record in given:
            out.write(record)
    pysam.tabix_index(str(path), preset="bcf", force=True)
    there = replace(chunk, path=str(path), index_path=f"{path}.csi", etag=etag_of(path))
    return replace(source, chunks=(there,))


@pytest.fixture(scope="module", params=["vcf", "bcf"])
def held(
    request: pytest.FixtureRequest, local: ReleaseSource, tmp_path_factory: pytest.TempPathFactory
) -> ReleaseSource:
    """The release of ``local``, in each of the forms that a file may have."""
    return local if request.param == "vcf" else as_bcf(local, tmp_path_factory.mktemp("bcf"))


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty bucket behind a server on loopback."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "only-for-tests")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("S3_ENDPOINT_URL", f"http://{host}:{port}")
    name = f"lectern-{uuid.uuid4().hex}"
    s3_client().create_bucket(Bucket=name)
    yield f"s3://{name}"
    server.stop()


def in_bucket(source: ReleaseSource, bucket: str, *, columns: bool) -> ReleaseSource:
    """The same release with its file, and its columns where asked, in the bucket."""
    (chunk,) = source.chunks
    path, index = (f"{bucket}/{Path(each).name}" for each in (chunk.path, chunk.index_path))
    for file, address in ((chunk.path, path), (chunk.index_path, index)):
        s3_client().upload_file(file, bucket.removeprefix("s3://"), Path(address).name)
    there = replace(chunk, path=path, index_path=index, etag=etag_of(path))
    if columns:
        there = replace(there, columns_path=f"{bucket}/columns")
        build_columns(there, source.sample_count, there.columns_path)
    return replace(source, chunks=(there,))


def answers(source: ReleaseSource, targets: list[Target], filters: Filters) -> list[Any]:
    with open_release(source) as release:
        pairs = list(counts_and_carriers(release, targets, COHORT, filters))
        variants, carriers = ([pair[place] for pair in pairs] for place in (0, 1))
        person = person_variants(release, targets, 3, filters)
    return [pa.Table.from_batches(variants), pa.Table.from_batches(carriers), person]


@pytest.mark.parametrize("columns", [False, True])
def test_a_release_in_a_bucket__gives_the_same_answers(
    local: ReleaseSource, held: ReleaseSource, bucket: str, columns: bool
) -> None:
    remote = in_bucket(held, bucket, columns=columns)
    targets: list[Target] = [
        Region("chr7", 50_000, 90_000),
        Variant("chr7", 1_040, "A", "G"),
        Region("chr7", 200_900, 201_000),
    ]
    assert len(plan(remote, targets).slices) == len(plan(local, targets).slices)
    for filters in (EVERYTHING, Filters(max_allele_frequency=0.05), Filters(min_depth=20)):
        assert answers(remote, targets, filters) == answers(local, targets, filters)


def sizes_read() -> list[int]:
    """The bytes of each answer with content that the bucket gives from now on."""
    found: list[int] = []

    def count(http_response: Any, parsed: Any, model: Any, **rest: Any) -> None:
        if model.name == "GetObject":
            found.append(int(parsed["ContentLength"]))

    s3_client().meta.events.register("after-call.s3", count)
    return found


def test_a_point_lookup__takes_at_most_four_requests_and_half_a_megabyte(local: ReleaseSource, bucket: str) -> None:
    remote = in_bucket(local, bucket, columns=True)
    asked = sizes_read()
    target: list[Target] = [Variant("chr7", 1_000 + 40 * 3_000, "A", "G")]
    with open_release(remote) as release:
        pairs = list(counts_and_carriers(release, target, COHORT, EVERYTHING))
    assert pairs[0][0].num_rows == 1
    assert len(asked) <= 4
    assert sum(asked) <= 500_000


def test_columns_of_a_bcf_in_a_bucket__have_the_bytes_of_those_of_the_vcf(
    local: ReleaseSource, bucket: str, tmp_path: Path
) -> None:
    remote = in_bucket(as_bcf(local, tmp_path), bucket, columns=False)
    for source, name in ((local, "vcf"), (remote, "bcf")):
        build_columns(source.chunks[0], source.sample_count, tmp_path / name)
    for name in ("sites.bin", "words.bin", "entries.bin", "people.bin"):
        assert (tmp_path / "bcf" / name).read_bytes() == (tmp_path / "vcf" / name).read_bytes()


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> ReleaseSource:
    """A BCF of several megabytes, most of which are numbers that nobody asks for."""
    random = np.random.default_rng(3)
    numbers = random.integers(1 << 28, 1 << 30, (3_000, 20, 20)).astype(str)
    fixed = "\t.\tA\tG\t50\tPASS\t.\tGT:XX\t"
    lines = [
        f"chr7\t{1_000 + 40 * place}{fixed}" + "\t".join(f"0/1:{','.join(each)}" for each in row)
        for place, row in enumerate(numbers)
    ]
    folder = tmp_path_factory.mktemp("wide")
    header = [*HEADER, '##FORMAT=<ID=XX,Number=.,Type=Integer,Description="Numbers">']
    return as_bcf(
        release_of(write_vcf(folder / "many.vcf.gz", header, [f"s{each}" for each in range(20)], lines)), folder
    )


def test_a_point_lookup_in_a_bcf__reads_its_header_and_what_the_index_names(wide: ReleaseSource, bucket: str) -> None:
    remote = in_bucket(wide, bucket, columns=False)
    size = Path(wide.chunks[0].path).stat().st_size
    assert size > 4_000_000
    asked = sizes_read()
    with open_release(remote) as release:
        target: list[Target] = [Variant("chr7", 1_000 + 40 * 2_500, "A", "G")]
        pairs = list(counts_and_carriers(release, target, Cohort.everyone(20), EVERYTHING))
    assert pairs[0][1].num_rows == 20
    assert len(asked) <= 3
    assert sum(asked) < size / 2


def test_a_bcf_in_a_bucket__is_read_through_to_its_end(
    wide: ReleaseSource, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = in_bucket(wide, bucket, columns=False)
    monkeypatch.setattr(bcf, "_BATCH_BYTES", 100_000)
    read = []
    for source in (wide, remote):
        with open_release(source) as release:
            (chunk,) = source.chunks
            read.append(list(release.chunk(0).file.fetch(chunk.contig, 0, 159_345_973)))
    assert len(read[0]) == 3_000
    assert read[1] == read[0]


@pytest.mark.parametrize("start", [b"", b"no BCF at all", gzip.compress(b"BCF\2\2")])
def test_a_bcf_that_is_none__is_said_to_be_damaged(wide: ReleaseSource, bucket: str, start: bytes) -> None:
    (chunk,) = in_bucket(wide, bucket, columns=False).chunks
    s3_client().put_object(Bucket=bucket.removeprefix("s3://"), Key="many.bcf", Body=start)
    with open_release(replace(wide, chunks=(replace(chunk, etag=""),))) as release, pytest.raises(BadSource):
        list(counts_and_carriers(release, [Region("chr7", 1, 9_000)], Cohort.everyone(20), EVERYTHING))


@pytest.mark.parametrize("columns", [False, True])
def test_a_file_that_changes_in_the_bucket__stops_the_question(held: ReleaseSource, bucket: str, columns: bool) -> None:
    remote = in_bucket(held, bucket, columns=columns)
    name = Path(held.chunks[0].path).name
    with open_release(remote) as release:
        pairs = counts_and_carriers(
            release, [Region("chr7", 1, 60_000), Region("chr7", 90_000, 300_000)], COHORT, EVERYTHING
        )
        if not columns:
            next(pairs)
        s3_client().put_object(Bucket=bucket.removeprefix("s3://"), Key=name, Body=b"another file")
        with pytest.raises(SourceChanged, match=f"{re.escape(name)} has changed"):
            list(pairs)


def test_a_file_that_changes_before_a_stretch_without_variants__stops_the_question(
    held: ReleaseSource, bucket: str
) -> None:
    remote = in_bucket(held, bucket, columns=False)
    name = Path(held.chunks[0].path).name
    with open_release(remote) as release:
        pairs = counts_and_carriers(
            release, [Region("chr7", 1, 1_000), Region("chr7", 300_000, 400_000)], COHORT, EVERYTHING
        )
        next(pairs)
        s3_client().put_object(Bucket=bucket.removeprefix("s3://"), Key=name, Body=b"another file")
        with pytest.raises(SourceChanged):
            list(pairs)


def test_a_file_that_is_not_there__is_named(local: ReleaseSource, bucket: str) -> None:
    (chunk,) = local.chunks
    with pytest.raises(BadSource, match=r"gone\.vcf\.gz cannot be read from its bucket"):
        etag_of(f"{bucket}/gone.vcf.gz")
    with pytest.raises(BadSource, match=r"gone\.tbi"):
        plan(replace(local, chunks=(replace(chunk, index_path=f"{bucket}/gone.tbi"),)), [Region("chr7", 1, 10_000)])
