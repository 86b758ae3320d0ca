"""Fine indexes: the same answers, from a small part of what the index that comes with a file makes one read."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from research_env.engine import (
    BadSource,
    Cohort,
    Filters,
    Region,
    ReleaseSource,
    Target,
    Variant,
    build_fine_index,
    counts,
    etag_of,
    open_release,
)
from tests.oracles.vcf_files import release_of, write_vcf

PEOPLE, RECORDS = 100, 1_600
HEADER = [
    "##contig=<ID=chr7,length=159345973>",
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
]
# The last line of the first 16,384 positions
POINT: list[Target] = [Variant("chr7", 16_381, "A", "G")]


@pytest.fixture
def source(tmp_path: Path) -> ReleaseSource:
    """A line at every twentieth position, of numbers that do not pack well."""
    depths = np.random.default_rng(5).integers(0, 60_000, (RECORDS, PEOPLE))
    lines = [
        f"chr7\t{1 + 20 * place}\t.\tA\tG\t.\tPASS\t.\tGT:DP" + "".join(f"\t0/1:{depth}" for depth in depths[place])
        for place in range(RECORDS)
    ]
    found = release_of(write_vcf(tmp_path / "dense.vcf.gz", HEADER, [f"s{n}" for n in range(PEOPLE)], lines))
    (chunk,) = found.chunks
    return replace(found, chunks=(replace(chunk, fine_indexes=str(tmp_path / "indexes")),))


def ask(source: ReleaseSource, targets: list[Target]) -> tuple[int, list[object]]:
    """Bytes that were read of files after opening, and the answer."""
    with open_release(source) as release:
        release.chunk(0)
        before = _bytes_read()
        table = counts(release, targets, Cohort.everyone(PEOPLE), Filters())
        return _bytes_read() - before, table.to_pylist()


def _bytes_read() -> int:
    return int(Path("/proc/self/io").read_text().split()[1])


def test_a_point_lookup__reads_a_small_part_and_answers_the_same(source: ReleaseSource) -> None:
    coarse, expected = ask(source, POINT)
    (chunk,) = source.chunks
    made = build_fine_index(chunk)
    assert made is not None
    fine, found = ask(source, POINT)
    assert found == expected
    assert len(found) == 1
    assert fine < coarse / 4, (fine, coarse)
    everything: list[Target] = [Region("chr7", 1, 40_000)]
    without = replace(source, chunks=(replace(chunk, fine_indexes=""),))
    assert ask(source, everything)[1] == ask(without, everything)[1]
    assert [path.name for path in Path(chunk.fine_indexes).iterdir()] == [made.name]
    assert not [path for path in Path(chunk.path).parent.iterdir() if path.suffix == ".csi"], "beside the file"


def test_an_index_of_a_file_that_is_another_now__is_not_used_and_made_anew(source: ReleaseSource) -> None:
    (chunk,) = source.chunks
    first = build_fine_index(chunk)
    assert first is not None
    assert build_fine_index(chunk) == first
    first.write_bytes(b"of another file")
    os.utime(chunk.path, ns=(1, 1))
    changed = replace(source, chunks=(replace(chunk, etag=etag_of(chunk.path)),))
    assert len(ask(changed, POINT)[1]) == 1
    assert build_fine_index(changed.chunks[0]) != first


def test_a_damaged_file__leaves_no_index(source: ReleaseSource) -> None:
    (chunk,) = source.chunks
    whole = Path(chunk.path).read_bytes()
    Path(chunk.path).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadSource, match=r"dense\.vcf\.gz"):
        build_fine_index(replace(chunk, etag=""))
    assert list(Path(chunk.fine_indexes).iterdir()) == []
