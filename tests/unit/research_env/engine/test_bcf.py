"""A BCF gives the answers of the VCF that it stands for, from its lines and from columns made of it."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from research_env.engine import (
    Cohort,
    Filters,
    Region,
    ReleaseSource,
    build_fine_index,
    counts_and_carriers,
    etag_of,
    inflate,
    open_release,
    plan,
)
from research_env.engine import bcf as bcf_module
from research_env.engine.columnar import write
from tests.oracles import bcftools
from tests.oracles.vcf_files import everywhere, release_of, with_columns, write_vcf

HEADER = [
    "##contig=<ID=chr6,length=170805979>",
    "##contig=<ID=chr7,length=159345973>",
    '##FILTER=<ID=low,Description="Low">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">',
]
PEOPLE = 40
EVERYTHING = Filters(pass_only=False, keep_absent=True)


@pytest.fixture(scope="module")
def vcf(tmp_path_factory: pytest.TempPathFactory) -> ReleaseSource:
    random = np.random.default_rng(5)
    lines = []
    for record in range(400):
        alts = "G" if record % 5 else "G,T"
        genotypes = random.choice(["0/0", "0/1", "1|1", "./.", ".", "1", "./1"], PEOPLE, p=[0.6, 0.2, *[0.04] * 5])
        cells = [
            f"{each}:{random.integers(1, 60)}:{random.integers(1, 99)}:20,10{',3' * ('T' in alts)}"
            for each in genotypes
        ]
        verdict = "PASS" if record % 7 else "low"
        lines.append(
            "\t".join(["chr7", str(100 + 50 * record), ".", "A", alts, "50", verdict, ".", "GT:DP:GQ:AD", *cells])
        )
    folder = tmp_path_factory.mktemp("bcf")
    return release_of(write_vcf(folder / "a.vcf.gz", HEADER, [f"s{number}" for number in range(PEOPLE)], lines))


@pytest.fixture(scope="module")
def bcf(vcf: ReleaseSource, tmp_path_factory: pytest.TempPathFactory) -> ReleaseSource:
    bcftools.require_bcftools()
    (chunk,) = vcf.chunks
    path = tmp_path_factory.mktemp("bcf") / "a.bcf"
    subprocess.run(["bcftools", "view", "-Ob", "-o", str(path), chunk.path], check=True)
    subprocess.run(["bcftools", "index", str(path)], check=True)
    found = replace(chunk, path=str(path), index_path=f"{path}.csi", etag=etag_of(path))
    return replace(vcf, chunks=(found,))


def told(source: ReleaseSource, filters: Filters, *regions: Region) -> list[object]:
    half = Cohort.from_indexes(PEOPLE, list(range(0, PEOPLE, 2)))
    with open_release(source) as release:
        both = counts_and_carriers(release, regions or everywhere(source), half, filters)
        return [batch.to_pylist() for pair in both for batch in pair]


@pytest.mark.parametrize("in_columns", [False, True], ids=["lines", "columns"])
@pytest.mark.parametrize("filters", [EVERYTHING, Filters(min_genotype_quality=30, min_depth=20)], ids=["all", "good"])
def test_answers__are_those_of_the_vcf(
    vcf: ReleaseSource, bcf: ReleaseSource, tmp_path: Path, filters: Filters, in_columns: bool
) -> None:
    asked = with_columns(bcf, tmp_path) if in_columns else bcf
    for regions in ((), (Region("7", 1_000, 5_000), Region("7", 9_999, 10_000)), (Region("6", 1, 1_000),)):
        assert told(asked, filters, *regions) == told(vcf, filters, *regions)


def test_columns__have_the_bytes_of_those_of_the_vcf(
    vcf: ReleaseSource, bcf: ReleaseSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where there are many blocks, and lines come in other portions."""
    monkeypatch.setattr(write, "_ENTRIES_AT_ONCE", 500)
    monkeypatch.setattr(write, "ROWS_PER_STRETCH", 150)
    made = []
    for source, portion in ((vcf, 2_000_000), (vcf, 9_000), (bcf, 5_000), (bcf, 40_000)):
        for module in (inflate, bcf_module):
            monkeypatch.setattr(module, "STRETCH_BYTES", portion)
        made.append(with_columns(source, tmp_path / str(len(made))).chunks[0])
    for name in ("sites.bin", "words.bin", "entries.bin", "people.bin"):
        assert len({(Path(each.columns_path) / name).read_bytes() for each in made}) == 1


def test_plans__know_how_many_records_there_are(vcf: ReleaseSource, bcf: ReleaseSource) -> None:
    for source in (vcf, bcf):
        pieces = plan(source, everywhere(source), max_records_per_slice=100).slices
        assert len(pieces) > 1
        assert sum(piece.estimated_records for piece in pieces) == pytest.approx(400, rel=0.1)


def test_fine_index__is_not_made_for_it(bcf: ReleaseSource, tmp_path: Path) -> None:
    assert build_fine_index(replace(bcf.chunks[0], fine_indexes=str(tmp_path))) is None
