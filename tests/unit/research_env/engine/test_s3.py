"""Files and columns in S3: the same answers by range reads, few of them, and never from a file that changed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
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
    address = f"{bucket}/many.vcf.gz"
    for path, key in ((chunk.path, "many.vcf.gz"), (chunk.index_path, "many.vcf.gz.tbi")):
        s3_client().upload_file(path, bucket.removeprefix("s3://"), key)
    there = replace(chunk, path=address, index_path=f"{address}.tbi", etag=etag_of(address))
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
def test_a_release_in_a_bucket__gives_the_same_answers(local: ReleaseSource, bucket: str, columns: bool) -> None:
    remote = in_bucket(local, bucket, columns=columns)
    targets: list[Target] = [
        Region("chr7", 50_000, 90_000),
        Variant("chr7", 1_040, "A", "G"),
        Region("chr7", 200_900, 201_000),
    ]
    assert len(plan(remote, targets).slices) == len(plan(local, targets).slices)
    for filters in (EVERYTHING, Filters(max_allele_frequency=0.05), Filters(min_depth=20)):
        assert answers(remote, targets, filters) == answers(local, targets, filters)


def test_a_point_lookup__takes_at_most_four_requests_and_half_a_megabyte(local: ReleaseSource, bucket: str) -> None:
    remote = in_bucket(local, bucket, columns=True)
    asked: list[int] = []

    def count(http_response: Any, parsed: Any, model: Any, **rest: Any) -> None:
        if model.name == "GetObject":
            asked.append(int(parsed["ContentLength"]))

    s3_client().meta.events.register("after-call.s3", count)
    target: list[Target] = [Variant("chr7", 1_000 + 40 * 3_000, "A", "G")]
    with open_release(remote) as release:
        pairs = list(counts_and_carriers(release, target, COHORT, EVERYTHING))
    assert pairs[0][0].num_rows == 1
    assert len(asked) <= 4
    assert sum(asked) <= 500_000


@pytest.mark.parametrize("columns", [False, True])
def test_a_file_that_changes_in_the_bucket__stops_the_question(
    local: ReleaseSource, bucket: str, columns: bool
) -> None:
    remote = in_bucket(local, bucket, columns=columns)
    with open_release(remote) as release:
        pairs = counts_and_carriers(
            release, [Region("chr7", 1, 60_000), Region("chr7", 90_000, 300_000)], COHORT, EVERYTHING
        )
        if not columns:
            next(pairs)
        s3_client().put_object(Bucket=bucket.removeprefix("s3://"), Key="many.vcf.gz", Body=b"another file")
        with pytest.raises(SourceChanged, match=r"many\.vcf\.gz has changed"):
            list(pairs)


def test_a_file_that_is_not_there__is_named(local: ReleaseSource, bucket: str) -> None:
    (chunk,) = local.chunks
    with pytest.raises(BadSource, match=r"gone\.vcf\.gz cannot be read from its bucket"):
        etag_of(f"{bucket}/gone.vcf.gz")
    with pytest.raises(BadSource, match=r"gone\.tbi"):
        plan(replace(local, chunks=(replace(chunk, index_path=f"{bucket}/gone.tbi"),)), [Region("chr7", 1, 10_000)])
