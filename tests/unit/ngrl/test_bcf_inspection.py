"""A BCF is judged as the VCF that it stands for, by the same rules, with the commands that fit it."""

from __future__ import annotations

import os
from pathlib import Path

import pysam
import pytest

from ngrl.refusals import ReleaseRefused
from ngrl.vcf_inspection import inspect_header, inspect_vcf
from tests.factories.ngrl import CANARY_SAMPLES, record, vcf_text, write_vcf

LINES = [record(100), record(100), record(250), record(7, contig="chrX"), record(9, contig="chrX")]


def bcf(folder: Path, text: str | None = None, *, index: bool = True) -> Path:
    folder.mkdir(exist_ok=True)
    source = write_vcf(folder / "source", text if text is not None else vcf_text(LINES))
    path = folder / "a.bcf"
    with pysam.VariantFile(str(source)) as given, pysam.VariantFile(str(path), "wb", header=given.header) as out:
        for each in given:
            out.write(each)
    if index:
        pysam.tabix_index(str(path), preset="bcf", force=True)
    return path


def refusal_of(path: Path) -> str:
    with pytest.raises(ReleaseRefused) as refused:
        inspect_vcf(path, assembly="GRCh38")
    assert "CANARY" not in refused.value.sentence
    return refused.value.sentence


def test_good_file__is_described_as_its_vcf_is(tmp_path: Path) -> None:
    path = bcf(tmp_path)
    found, told = inspect_vcf(path, assembly="GRCh38"), inspect_vcf(tmp_path / "source" / "a.vcf.gz", assembly="GRCh38")
    assert found.stretches == told.stretches
    assert found.sample_names == told.sample_names == CANARY_SAMPLES
    assert (found.index_path.name, found.size_bytes) == ("a.bcf.csi", path.stat().st_size)
    assert inspect_header(path).contig_lengths == inspect_header(tmp_path / "source" / "a.vcf.gz").contig_lengths


def test_another_assembly__is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseRefused, match="seems to be on GRCh38"):
        inspect_vcf(bcf(tmp_path), assembly="GRCh37")


def test_missing_or_older_index__is_refused_with_the_command(tmp_path: Path) -> None:
    path = bcf(tmp_path, index=False)
    assert refusal_of(path) == "a.bcf: the index is missing. Run: bcftools index a.bcf"
    pysam.tabix_index(str(path), preset="bcf", force=True)
    os.utime(f"{path}.csi", (1, 1))
    assert refusal_of(path) == "a.bcf: the index is older than the file. Run: bcftools index -f a.bcf"


def test_index_of_another_file__is_refused(tmp_path: Path) -> None:
    path, other = bcf(tmp_path), bcf(tmp_path / "other", vcf_text([record(5)]))
    Path(f"{path}.csi").write_bytes(Path(f"{other}.csi").read_bytes())
    assert "the index does not fit the file. Run: bcftools index -f a.bcf" in refusal_of(path)


@pytest.mark.parametrize("cut", [1, 28, 100])
def test_file_that_was_cut_short__is_refused(tmp_path: Path, cut: int) -> None:
    path = bcf(tmp_path)
    path.write_bytes(path.read_bytes()[:-cut])
    assert "cut short" in refusal_of(path)


def test_damaged_file__is_refused(tmp_path: Path) -> None:
    path = bcf(tmp_path, vcf_text([record(position) for position in range(100, 4_000)]))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40] = os.urandom(40)
    path.write_bytes(data)
    os.utime(f"{path}.csi")
    assert "damaged" in refusal_of(path)


def test_record_without_genotypes__is_refused_with_its_line(tmp_path: Path) -> None:
    fixed = record(200).split("\t")[:8]
    text = vcf_text([record(100), "\t".join([*fixed, "DP", *["5"] * len(CANARY_SAMPLES)])])
    depth = '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">'
    assert "no genotypes" in refusal_of(bcf(tmp_path, text.replace("#CHROM", f"{depth}\n#CHROM", 1)))
