"""One VCF is read whole and described, or refused with file, line and reason, and never with a sample's name."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pysam
import pytest

from ngrl.assemblies import CONTIG_LENGTHS
from ngrl.refusals import ReleaseRefused
from ngrl.vcf_inspection import etag_of, inspect_header, inspect_vcf
from research_env.engine import assemblies as engine_assemblies
from research_env.engine import sources as engine_sources
from tests.factories.ngrl import CANARY_SAMPLES, COLUMNS, HEADER, record, vcf_text, write_vcf


def refusal_of(path: Path, assembly: str = "GRCh38") -> str:
    with pytest.raises(ReleaseRefused) as refused:
        inspect_vcf(path, assembly=assembly)
    sentence = refused.value.sentence
    assert sentence.startswith(path.name)
    assert "CANARY" not in sentence
    return sentence.removeprefix(path.name)


def refusal_of_text(folder: Path, text: str, assembly: str = "GRCh38") -> str:
    return refusal_of(write_vcf(folder, text), assembly)


def refusal_of_record(folder: Path, place: int, value: str) -> str:
    columns = record(117_480_300).split("\t")
    columns[place] = value
    sentence = refusal_of_text(folder, vcf_text([record(117_480_100), "\t".join(columns)]))
    assert sentence.startswith(", line 7: ")
    return sentence


def test_good_file__is_described(tmp_path: Path) -> None:
    csq = '##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Allele|Consequence">'
    records = [record(100), record(100), record(250), record(7, contig="chrX"), record(9, contig="chrX")]
    path = write_vcf(tmp_path, vcf_text(records, header=[*HEADER, csq]))
    found = inspect_vcf(path, assembly="GRCh38")
    assert [(s.contig, s.start_1based, s.end_1based, s.record_count) for s in found.stretches] == [
        ("chr7", 100, 250, 3),
        ("chrX", 7, 9, 2),
    ]
    assert found.sample_names == CANARY_SAMPLES
    assert (found.header.annotation, found.size_bytes) == ("CSQ", path.stat().st_size)
    assert found.index_path.name == "a.vcf.gz.tbi"


def test_content_digest__stays_when_the_file_is_compressed_anew(tmp_path: Path) -> None:
    first, second = write_vcf(tmp_path / "one"), write_vcf(tmp_path / "two")
    os.utime(second, ns=(1, 1))
    found = [inspect_vcf(path, assembly="GRCh38") for path in (first, second)]
    assert found[0].content_sha256 == found[1].content_sha256
    assert found[0].etag != found[1].etag


def test_etag_and_contigs__are_those_that_the_engine_uses(tmp_path: Path) -> None:
    path = write_vcf(tmp_path)
    assert etag_of(path) == engine_sources.etag_of(path)
    assert CONTIG_LENGTHS == engine_assemblies.CONTIG_LENGTHS


@pytest.mark.parametrize("name", ["7", "chr7", "CHR7"])
def test_contig__may_be_spelled_with_or_without_chr(tmp_path: Path, name: str) -> None:
    path = write_vcf(tmp_path, vcf_text([record(5, contig=name)], header=HEADER[:3]))
    assert inspect_vcf(path, assembly="GRCh37").stretches[0].contig == "chr7"


def test_csi_index__is_as_good_as_a_tbi(tmp_path: Path) -> None:
    path = write_vcf(tmp_path, index=False)
    pysam.tabix_index(str(path), preset="vcf", csi=True, force=True)
    assert inspect_vcf(path, assembly="GRCh38").index_path.suffix == ".csi"


def test_missing_index__is_refused_with_the_command_to_run(tmp_path: Path) -> None:
    assert refusal_of(write_vcf(tmp_path, index=False)) == ": the index is missing. Run: tabix -p vcf a.vcf.gz"


def test_index_older_than_the_file__is_refused(tmp_path: Path) -> None:
    path = write_vcf(tmp_path)
    index = path.with_name("a.vcf.gz.tbi")
    os.utime(index, ns=(path.stat().st_mtime_ns - 1, path.stat().st_mtime_ns - 1))
    assert refusal_of(path) == ": the index is older than the file. Run: tabix -f -p vcf a.vcf.gz"


@pytest.mark.parametrize("content", [b"", b"nonsense", gzip.compress(b"TBI\1nonsense")], ids=["empty", "text", "gzip"])
def test_index_that_is_none__is_refused(tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_vcf(tmp_path)
    path.with_name("a.vcf.gz.tbi").write_bytes(content)
    assert "the index does not fit the file" in refusal_of(path)
    assert capfd.readouterr().err == ""


def test_index_of_another_file__is_refused(tmp_path: Path) -> None:
    other = write_vcf(tmp_path / "other", vcf_text([record(40, contig="chr9")], header=HEADER[:3]))
    path = write_vcf(tmp_path)
    shutil.copy(f"{other}.tbi", f"{path}.tbi")
    assert "the index does not fit the file" in refusal_of(path)


def test_plain_gzip__is_refused_with_the_commands_to_run(tmp_path: Path) -> None:
    path = tmp_path / "a.vcf.gz"
    path.write_bytes(gzip.compress(vcf_text().encode()))
    told = refusal_of(path)
    assert "plain gzip" in told
    assert told.endswith("Run: gunzip a.vcf.gz && bgzip a.vcf && tabix -p vcf a.vcf.gz")


def test_uncompressed_file__is_refused_with_the_commands_to_run(tmp_path: Path) -> None:
    path = tmp_path / "a.vcf"
    path.write_text(vcf_text())
    assert refusal_of(path) == ": the file is not compressed. Run: bgzip a.vcf && tabix -p vcf a.vcf.gz"


def test_bcf_under_another_name__is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = write_vcf(tmp_path, index=False)
    with pysam.BGZFile(str(path), "wb", None) as file:
        file.write(b"BCF\2\2rest")
    path.with_name("a.vcf.gz.tbi").write_bytes(b"")
    assert "this is BCF. Name it so, and index it: bcftools index FILE.bcf" in refusal_of(path)


@pytest.mark.parametrize("cut", [1, 28, 100])
def test_file_that_was_cut_short__is_refused(tmp_path: Path, cut: int) -> None:
    path = write_vcf(tmp_path)
    path.write_bytes(path.read_bytes()[:-cut])
    assert "cut short" in refusal_of(path)


def test_damaged_file__is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_vcf(tmp_path)
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    os.utime(f"{path}.tbi")
    assert "the file is damaged and cannot be read" in refusal_of(path)
    assert capfd.readouterr().err == ""


def test_empty_and_absent_files__are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.vcf.gz"
    assert "cannot be read (No such file or directory)" in refusal_of(path)
    path.touch()
    assert refusal_of(path) == ": the file is empty."


@pytest.mark.parametrize(
    ("header", "line", "reason"),
    [
        (HEADER[1:], 1, "the first line must be ##fileformat"),
        (["##fileformat=VCFv3.3", *HEADER[1:]], 1, "the first line must be ##fileformat"),
        ([*HEADER, "##nonsense"], 5, "##key=value"),
        ([*HEADER, "##INFO=<Number=1>"], 5, "##INFO=<ID=...,...>"),
        ([*HEADER, "##contig=<ID=chr7"], 5, "##contig=<ID=...,...>"),
        ([*HEADER, "##contig=<ID=7,length=5>"], 5, "chr7 is declared twice"),
    ],
)
def test_broken_header__is_refused_with_its_line(tmp_path: Path, header: Sequence[str], line: int, reason: str) -> None:
    told = refusal_of_text(tmp_path, vcf_text(header=header))
    assert told.startswith(f", line {line}: ")
    assert reason in told


@pytest.mark.parametrize(
    ("columns", "samples", "reason"),
    [
        (COLUMNS[:-1], CANARY_SAMPLES, "the columns must be #CHROM POS"),
        ([*COLUMNS[:3], "ALT", "REF", *COLUMNS[5:]], CANARY_SAMPLES, "the columns must be #CHROM POS"),
        (COLUMNS[:8], (), "the columns must be #CHROM POS"),
        (COLUMNS, (), "the file has no samples"),
        (COLUMNS, ("CANARY", "B", "CANARY"), "columns 10 and 12 have the same sample"),
        (COLUMNS, ("A", "", "C"), "the sample in column 11 has no name"),
    ],
)
def test_broken_column_line__is_refused(
    tmp_path: Path, columns: Sequence[str], samples: Sequence[str], reason: str
) -> None:
    told = refusal_of_text(tmp_path, vcf_text(columns=columns, samples=samples))
    assert told.startswith(", line 5: ")
    assert reason in told


def test_genotypes_that_the_header_does_not_declare__are_taken_as_other_programs_do(tmp_path: Path) -> None:
    assert inspect_vcf(write_vcf(tmp_path, vcf_text(header=HEADER[:2])), assembly="GRCh38")


def test_missing_column_line__is_refused(tmp_path: Path) -> None:
    assert "lacks the line that starts with #CHROM" in refusal_of_text(tmp_path, "\n".join([*HEADER, record(1)]) + "\n")
    assert "no line that starts with #CHROM" in refusal_of_text(tmp_path, "\n".join(HEADER) + "\n")


@pytest.mark.parametrize(
    ("declared", "assembly", "reason"),
    [
        ("##contig=<ID=chr1,length=249250621>", "GRCh38", "The file seems to be on GRCh37."),
        ("##contig=<ID=1,length=248956422>", "GRCh37", "The file seems to be on GRCh38."),
        ("##contig=<ID=1,length=1000>", "GRCh38", "on GRCh38 it has 248,956,422."),
        ("##contig=<ID=1,assembly=b37>", "GRCh38", "the header says GRCh37; the release is on GRCh38."),
        ('##contig=<ID=1,assembly="GRCh38.p13">', "GRCh37", "the header says GRCh38; the release is on GRCh37."),
    ],
)
def test_header_of_another_assembly__is_refused(tmp_path: Path, declared: str, assembly: str, reason: str) -> None:
    told = refusal_of_text(tmp_path, vcf_text(header=[*HEADER[:3], declared]), assembly)
    assert told.startswith(", line 4: ")
    assert reason in told


def test_header_of_hg19__may_have_its_own_mitochondrion_as_long_as_no_record_is_on_it(tmp_path: Path) -> None:
    header = [*HEADER[:3], "##contig=<ID=chrM,length=16571>"]
    assert inspect_vcf(write_vcf(tmp_path, vcf_text(header=header)), assembly="GRCh37")
    told = refusal_of_text(tmp_path, vcf_text([record(5, contig="chrM")], header=header), "GRCh37")
    assert "chrM is declared with 16,571 positions" in told


def test_contigs_that_no_record_uses__may_be_in_the_header(tmp_path: Path) -> None:
    header = [*HEADER, "##contig=<ID=chrUn_KI270302v1,length=2274>", "##contig=<ID=HLA-A*01:01,length=3503>"]
    assert inspect_vcf(write_vcf(tmp_path, vcf_text(header=header)), assembly="GRCh38")


def test_file_without_contig_lines__is_taken_until_a_position_lies_past_the_end(tmp_path: Path) -> None:
    length = CONTIG_LENGTHS["GRCh37"]["chr21"]
    text = vcf_text([record(length, contig="21")], header=HEADER[:3])
    assert inspect_vcf(write_vcf(tmp_path, text), assembly="GRCh37")
    told = refusal_of_text(tmp_path, text, "GRCh38")
    assert told.startswith(", line 5: position 48,129,895 lies past the end of chr21")


def test_unknown_contig__is_refused(tmp_path: Path) -> None:
    told = refusal_of_text(tmp_path, vcf_text([record(5, contig="CANARY")]))
    assert told.startswith(", line 6: the contig is not one of 1 to 22, X, Y and MT")


def test_unsorted_records__are_refused(tmp_path: Path) -> None:
    told = refusal_of_text(tmp_path, vcf_text([record(200), record(100)]))
    assert told.startswith(", line 7: the file is not sorted: 100 comes after 200.")
    contigs = [record(1), record(1, contig="chr8"), record(2)]
    assert "line 8: the file is not sorted: chr7 comes back" in refusal_of_text(tmp_path, vcf_text(contigs))
    spellings = [record(1), record(1, contig="7")]
    assert "line 7: the file is not sorted: chr7 comes back" in refusal_of_text(tmp_path, vcf_text(spellings))


@pytest.mark.parametrize("genotypes", [("0/1",), ("0/1", "0/0", "1/1", "0/0"), ()])
def test_line_with_other_columns_than_the_header__is_refused(tmp_path: Path, genotypes: Sequence[str]) -> None:
    told = refusal_of_text(tmp_path, vcf_text([record(5, genotypes=genotypes)]))
    assert told.startswith(f", line 6: the line has {9 + len(genotypes)} columns; the header has 12.")


def test_line_that_was_cut_in_the_middle__is_refused(tmp_path: Path) -> None:
    assert "line 7: the line has 10 columns" in refusal_of_text(tmp_path, vcf_text()[:-10])


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (1, "CANARY", "the column POS does not hold a position"),
        (1, "0", "the column POS does not hold a position"),
        (1, "-5", "the column POS does not hold a position"),
        (3, "", "the column REF does not hold bases"),
        (3, "CANARY!", "the column REF does not hold bases"),
        (4, "A,,G", "the column ALT does not hold alleles"),
        (4, "Z", "the column ALT does not hold alleles"),
        (5, "good", "the column QUAL does not hold a number"),
        (6, "", "the column FILTER or INFO is empty"),
        (7, "", "the column FILTER or INFO is empty"),
        (8, "DP", "the column FORMAT does not start with GT"),
        (8, "DP:GT", "the column FORMAT does not start with GT"),
        (9, "CANARY", "a sample has no readable genotype"),
        (10, "", "a sample has no readable genotype"),
        (11, "0/", "a sample has no readable genotype"),
        (11, "0/2", "a sample has an allele that is neither REF nor in ALT"),
        (8, "GTX", "the column FORMAT does not start with GT"),
    ],
)
def test_broken_value__is_refused_with_its_line(tmp_path: Path, place: int, value: str, reason: str) -> None:
    assert reason in refusal_of_record(tmp_path, place, value)


@pytest.mark.parametrize("genotype", ["0", "1", ".", "./.", "0|1", "1/0/1", ".|1", "0/1:12:99"])
def test_genotypes_of_every_ploidy__are_taken(tmp_path: Path, genotype: str) -> None:
    columns = record(5, genotypes=("0/0", genotype, "./.")).split("\t")
    columns[8] = "GT:DP:GQ" if ":" in genotype else "GT"
    assert inspect_vcf(write_vcf(tmp_path, vcf_text(["\t".join(columns)])), assembly="GRCh38")


@pytest.mark.parametrize("alt", ["<DEL>", "*", ".", "g,TT,*", "N[chr2:123[", "]2:321]A", "<INS:ME:ALU>"])
def test_symbolic_and_structural_alleles__are_taken(tmp_path: Path, alt: str) -> None:
    columns = record(5).split("\t")
    columns[4] = alt
    assert inspect_vcf(write_vcf(tmp_path, vcf_text(["\t".join(columns)])), assembly="GRCh38")


def test_file_without_records__is_taken_and_covers_nothing(tmp_path: Path) -> None:
    assert inspect_vcf(write_vcf(tmp_path, vcf_text([])), assembly="GRCh38").stretches == []


def test_lines_that_end_as_on_windows__are_taken(tmp_path: Path) -> None:
    found = inspect_vcf(write_vcf(tmp_path, vcf_text().replace("\n", "\r\n")), assembly="GRCh38")
    assert found.sample_names == CANARY_SAMPLES


def test_header_alone__tells_which_assembly_fits(tmp_path: Path) -> None:
    assert inspect_header(write_vcf(tmp_path)).fitting_assemblies == ["GRCh38"]
    assert inspect_header(write_vcf(tmp_path, vcf_text(header=HEADER[:3]))).fitting_assemblies == []
