"""Real files load by the same command as the demo: in place, never copied, with their own sample tables."""

from __future__ import annotations

import csv
import gzip
import re
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pysam
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ngrl.models import Participant, Release
from ngrl.refusals import ReleaseRefused
from ngrl.vcf_inspection import inspect_vcf
from panelapp.models import Gene, GeneLocation
from panelapp.selectors import resolve_genes
from research_env.engine import Cohort, Filters, counts, open_release
from research_env.engine.regions import canonical_contig
from tests.oracles.vcf_files import everywhere, release_of, with_columns

pytestmark = pytest.mark.real_data
GRCH38_GENES = ("CACNA1S", "CFTR", "COMT", "F5", "MTHFR", "NUDT15", "TPMT", "UGT1A1", "VKORC1")
GRCH38 = tuple(f"1kgp_GRCh38_{gene}" for gene in GRCH38_GENES)
GRCH37 = (
    "1kgp_GRCh37_CFTR", "1kgp_GRCh37_F5", "1kgp_GRCh37_G6PD", "1kgp_GRCh37_MTHFR", "1000G_phase3_GRCh37_chr1_1042",
    "1000G_phase3_GRCh37_chr22_16-16.5mb",
)  # fmt: skip
GRCH38_CHR22 = ("1000G_GRCh38_chr22_2548",)
PLAIN_GZIP = tuple(f"uwgac_1kg_phase3_subset_chr{name}" for name in ("1", "17", "2", "21", "X"))
ROLES = {"father": "father", "mother": "mother", "child": "proband"}
SEXES = {"1": "male", "2": "female"}


def sample_names(path: Path) -> list[str]:
    with gzip.open(path, "rt") as lines:
        return next(line for line in lines if line.startswith("#CHROM")).rstrip("\n").split("\t")[9:]


def pedigree(real_data: Path) -> Mapping[str, Sequence[str]]:
    with (real_data / "samples" / "20130606_g1k.ped").open() as file:
        return {row[1]: row for row in csv.reader(file, delimiter="\t")}


def ancestries(real_data: Path) -> Mapping[str, str]:
    with (real_data / "samples" / "ancestry-labels-1kg.tsv").open() as file:
        return {row[0]: row[1] for row in csv.reader(file, delimiter="\t")}


def folder_of(real_data: Path, folder: Path, files: Sequence[str]) -> Path:
    """A folder of links to the real files, and a sample table made of the pedigree."""
    folder.mkdir()
    for name in files:
        for suffix in (".vcf.gz", ".vcf.gz.tbi"):
            source = real_data / "vcf" / f"{name}{suffix}"
            if source.exists():
                (folder / source.name).symlink_to(source)
    people, groups = pedigree(real_data), ancestries(real_data)
    lines = ["sample\tsex\tancestry\tfamily\tfamily_role\tmother\tfather\tdataset"]
    for name in sorted(sample_names(folder / f"{files[0]}.vcf.gz")):
        row = people[name]
        role = ROLES.get(row[7], "other")
        lines.append("\t".join((name, SEXES[row[4]], groups.get(name, ""), row[0], role, row[3], row[2], "reference")))
    (folder / "samples.tsv").write_text("\n".join(lines) + "\n")
    return folder


def load(folder: Path, assembly: str) -> Release:
    call_command("load_release", str(folder), "--assembly", assembly, "--publish")
    return Release.objects.get(reference=folder.name)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("files", "assembly", "people"),
    [(GRCH38, "GRCh38", 3_202), (GRCH37, "GRCh37", 2_504), (GRCH38_CHR22, "GRCh38", 2_548)],
    ids=["GRCh38-genes", "GRCh37", "GRCh38-chr22"],
)
def test_real_files__load_as_they_lie(
    real_data: Path, tmp_path: Path, files: Sequence[str], assembly: str, people: int
) -> None:
    release = load(folder_of(real_data, tmp_path / "real", files), assembly)
    assert (release.sample_count, release.assembly, release.status) == (people, assembly, "published")
    chunks = {Path(chunk.path).name.removesuffix(".vcf.gz"): chunk for chunk in release.chunks.all()}
    assert set(chunks) == set(files)
    for name, chunk in chunks.items():
        with pysam.TabixFile(chunk.path, index=chunk.index_path) as table:
            positions = [int(line.split("\t", 2)[1]) for line in table.fetch()]
            assert canonical_contig(table.contigs[0]) == chunk.contig
        found = (chunk.start_1based, chunk.end_1based, chunk.record_count)
        assert found == (min(positions), max(positions), len(positions)), name


@pytest.mark.django_db
def test_real_people__keep_sex_ancestry_and_family_and_lose_their_names(real_data: Path, tmp_path: Path) -> None:
    folder = folder_of(real_data, tmp_path / "real", GRCH38[-1:])
    release = load(folder, "GRCh38")
    names, people = sample_names(folder / f"{GRCH38[-1]}.vcf.gz"), pedigree(real_data)
    groups = ancestries(real_data)
    samples = release.samples.order_by("index").select_related("participant")
    for name, sample in zip(names, samples, strict=True):
        assert (sample.participant.sex, sample.participant.ancestry) == (SEXES[people[name][4]], groups.get(name, ""))
    in_release = set(names)
    with_mother = sum(people[name][3] in in_release for name in names)
    assert release.samples.filter(participant__mother__isnull=False).count() == with_mother > 500
    trios = release.samples.filter(participant__mother__isnull=False, participant__father__isnull=False)
    assert (release.sample_count, trios.count()) == (3_202, 602)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT count(*) FROM \"{table}\" AS t WHERE t::text ~ '(HG|NA)[0-9]{{5}}'")
            assert cursor.fetchone()[0] == 0, table


@pytest.mark.django_db
def test_people_of_two_real_releases__are_the_same_people(real_data: Path, tmp_path: Path) -> None:
    first = load(folder_of(real_data, tmp_path / "b38", ("1kgp_GRCh38_VKORC1",)), "GRCh38")
    second = load(folder_of(real_data, tmp_path / "b37", ("1kgp_GRCh37_G6PD",)), "GRCh37")
    both = Participant.objects.filter(samples__release=first).filter(samples__release=second)
    names = [set(sample_names(real_data / "vcf" / f"1kgp_{name}.vcf.gz")) for name in ("GRCh38_VKORC1", "GRCh37_G6PD")]
    assert both.count() == len(names[0] & names[1]) > 2_000
    assert Participant.objects.filter(samples__isnull=False).distinct().count() == len(names[0] | names[1])


@pytest.mark.django_db
def test_real_files_of_plain_gzip__are_refused_with_what_to_do_each(real_data: Path, tmp_path: Path) -> None:
    folder = folder_of(real_data, tmp_path / "uwgac", PLAIN_GZIP)
    with pytest.raises(CommandError) as refused:
        load(folder, "GRCh37")
    lines = str(refused.value).splitlines()
    assert len(lines) == 1 + len(PLAIN_GZIP)
    assert all("the file is plain gzip" in line and "bgzip" in line for line in lines[1:])
    assert not Release.objects.filter(reference="uwgac").exists()


@pytest.mark.django_db
def test_real_files_on_another_assembly_or_with_other_samples__are_refused(real_data: Path, tmp_path: Path) -> None:
    folder = folder_of(real_data, tmp_path / "mixed", ("1000G_phase3_GRCh37_chr1_1042",))
    with pytest.raises(CommandError, match="The file seems to be on GRCh37"):
        load(folder, "GRCh38")
    other = folder_of(real_data, tmp_path / "others", ("1kgp_GRCh38_VKORC1", "1000G_GRCh38_chr22_2548"))
    with pytest.raises(CommandError, match=r"1kgp_GRCh38_VKORC1\.vcf\.gz, line \d+: it has 3,202 samples"):
        load(other, "GRCh38")


@pytest.mark.parametrize(
    ("name", "assembly", "people", "annotation"),
    [
        ("giab_ashkenazi_trio", "GRCh37", 3, "BCSQ"),
        ("platinum_NA12878_GRCh37_chr21", "GRCh37", 1, ""),
        ("scout_643594.clinical", "GRCh37", 3, "ANN"),
        ("scout_643594.clinical.SV", "GRCh37", 3, "CSQ"),
        ("talos_trio_GRCh38", "GRCh38", 3, ""),
    ],
)
def test_real_families__are_read_whatever_called_them(
    real_data: Path, name: str, assembly: str, people: int, annotation: str
) -> None:
    path = real_data / "family" / f"{name}.vcf.gz"
    found = inspect_vcf(path, assembly=assembly)
    assert (len(found.sample_names), found.header.fitting_assemblies) == (people, [assembly])
    if annotation:
        assert found.header.annotation
    other = "GRCh38" if assembly == "GRCh37" else "GRCh37"
    with pytest.raises(ReleaseRefused, match=f"The file seems to be on {assembly}"):
        inspect_vcf(path, assembly=other)


def test_file_without_contig_lines__is_refused_as_plain_gzip_and_taken_once_compressed_in_blocks(
    real_data: Path, tmp_path: Path
) -> None:
    source = real_data / "robustness" / "hail_sample2_100samples_nocontig.vcf.gz"
    with pytest.raises(ReleaseRefused, match="plain gzip"):
        inspect_vcf(source, assembly="GRCh37")
    plain, path = tmp_path / "a.vcf", tmp_path / "a.vcf.gz"
    with gzip.open(source) as content, plain.open("wb") as file:
        shutil.copyfileobj(content, file)
    pysam.tabix_compress(str(plain), str(path))
    pysam.tabix_index(str(path), preset="vcf")
    (stretch,) = inspect_vcf(path, assembly="GRCh37").stretches
    assert (stretch.contig, stretch.start_1based, stretch.end_1based, stretch.record_count) == (
        "chr22", 16_050_036, 17_421_565, 735,
    )  # fmt: skip


def _inspected(text: bytes, folder: Path) -> str:
    """ "" for a file that is taken, or the refusal."""
    plain, path = folder / "a.vcf", folder / "a.vcf.gz"
    plain.write_bytes(text)
    pysam.tabix_compress(str(plain), str(path), force=True)
    told = pysam.set_verbosity(0)
    try:
        pysam.tabix_index(str(path), preset="vcf", force=True)
    except OSError:
        path.with_name("a.vcf.gz.tbi").write_bytes(b"")
    finally:
        pysam.set_verbosity(told)
    try:
        inspect_vcf(path, assembly="GRCh37")
    except ReleaseRefused as refusal:
        return refusal.sentence
    return ""


def test_corpus_of_good_and_broken_files__is_described_or_refused_and_nothing_else(
    real_data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Good files are refused only for what a release cannot hold; broken genotypes, columns and orders always are."""
    lacks = ("the columns must be", "the contig is not one of", "the column POS", "does not start with GT")
    must_refuse = (
        "pos_",
        "chrom_",
        "contiguous",
        "unsorted",
        "fileformat",
        "failed_header",
        "sample_000",
        "sample_001",
    )
    with zipfile.ZipFile(real_data / "robustness" / "hts-specs_vcf4.2_passed_failed.zip") as corpus:
        names = [name for name in corpus.namelist() if name.endswith(".vcf")]
        told = {name: _inspected(corpus.read(name), tmp_path) for name in names}
        for name in (name for name, refusal in told.items() if not refusal):
            _inspected(corpus.read(name), tmp_path)
            _read_the_same(tmp_path / "a.vcf.gz", tmp_path / Path(name).stem)
    assert len(told) > 200
    for name, refusal in told.items():
        if "/passed/" in name:
            assert not refusal or any(reason in refusal for reason in lacks), (name, refusal)
        elif re.search("|".join(must_refuse), name):
            assert refusal, name
    assert sum(not refusal for name, refusal in told.items() if "/passed/" in name) >= 8
    assert capfd.readouterr().err == ""


def _read_the_same(path: Path, folder: Path) -> None:
    """A file that is taken is read by the engine, from its lines as from columns."""
    lines = release_of(path, "GRCh37")
    found = []
    for source in (lines, with_columns(lines, folder)):
        with open_release(source) as release:
            everybody = Cohort.everyone(source.sample_count)
            found.append(counts(release, everywhere(source), everybody, Filters(pass_only=False, keep_absent=True)))
    assert found[0] == found[1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("file", "genes", "assemblies"),
    [("hgnc_2023_coords.tsv.gz", 48_859, {"GRCh37", "GRCh38"}), ("protein_coding_grch38.tsv", 19_209, {"GRCh38"})],
)
def test_whole_tables_of_genes__load_twice_with_the_same_outcome(
    real_data: Path, capsys: pytest.CaptureFixture[str], file: str, genes: int, assemblies: set[str]
) -> None:
    path = str(real_data / "genes" / file)
    call_command("load_genes", path)
    call_command("load_genes", path)
    assert capsys.readouterr().out.splitlines()[1] == f"Genes: 0 added, 0 changed, {genes:,} as they were."
    assert Gene.objects.count() >= genes
    assert set(GeneLocation.objects.values_list("assembly", flat=True).distinct()) == assemblies
    found = resolve_genes(["AARS", "QARS", "cftr", "HGNC:1100", "BRCA11"])
    assert [gene.symbol for gene in found.genes] == ["AARS1", "CFTR", "BRCA1"]
    assert {each.word: each.suggestions for each in found.unknown}["QARS"] == ["EPRS1", "QARS1"]
    assert "BRCA1" in found.unknown[1].suggestions
