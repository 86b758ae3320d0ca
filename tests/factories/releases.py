"""A small real release for tests: bgzipped, indexed VCFs over CFTR and G6PD, 120 people, loaded by the real command.

Its sample names and source ids are canaries: `CANARY` must appear nowhere outside the files.
"""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pysam
from django.conf import settings

from accounts.models import User
from ngrl.models import Release
from ngrl.services import load_release
from panelapp.services import load_genes
from portal.demo_people import SETUP

CANARY = "LPCANARY"
PEOPLE = 120
GENOMES_FOLDER, CANARY_DIGITS = "canary-shelf", "918273"
REFERENCE = "test-release"
PHE508DEL = "chr7-117559590-ATCT-A"
# Who carries p.Phe508del, by column: thirteen people of the rare-disease dataset, two of covid-19.
PHE508DEL_CARRIERS = (*range(0, 39, 3), 81, 84)
GENES_FILE = Path(settings.BASE_DIR) / "ngrl" / "demo" / "genes.tsv"
_DATASETS = ("rare-disease", "cancer", "covid-19")
_CSQ = 'Description="Consequence annotations. Format: Allele|Consequence|IMPACT|SYMBOL|Gene|HGVSc|HGVSp"'
_HEADER = f"""##fileformat=VCFv4.2
##FILTER=<ID=PASS,Description="All filters passed">
##FILTER=<ID=LowQual,Description="Low quality">
##contig=<ID=chr7,length=159345973>
##contig=<ID=chrX,length=156040895>
##INFO=<ID=CSQ,Number=.,Type=String,{_CSQ}>
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality">
"""


def dataset_of(index: int) -> str:
    """Forty people in each dataset, by column."""
    return _DATASETS[index * len(_DATASETS) // PEOPLE]


@cache
def tiny_release_folder() -> Path:
    """The files, written once per test process."""
    folder = Path(settings.SCRATCH) / "releases" / REFERENCE
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(20)
    _write_samples(folder / "samples.tsv")
    _write_genomes(folder)
    _write_vcf(folder / "chr7.vcf", "chr7", _cftr_lines(dice))
    _write_vcf(folder / "chrX.vcf", "chrX", _g6pd_lines(dice))
    return folder


def load_tiny_release(actor: User, *, publish: bool = True) -> Release:
    """The release in the database; loaded once, found again afterwards."""
    found = Release.objects.filter(reference=REFERENCE, status=Release.Status.PUBLISHED).first()
    if found:
        return found
    load_genes(actor=actor, path=GENES_FILE)
    return load_release(
        actor=SETUP, folder=tiny_release_folder(), reference=REFERENCE, assembly="GRCh38", publish=publish
    ).release


def sample_name(index: int) -> str:
    return f"{CANARY}{index:04d}"


def _write_samples(path: Path) -> None:
    rows = ["sample\tparticipant\tsex\tancestry\tdataset"]
    for index in range(PEOPLE):
        sex, ancestry = ("male", "female")[index % 2], ("EUR", "SAS", "AFR")[index % 3]
        rows.append(f"{sample_name(index)}\t{CANARY}-P{index:04d}\t{sex}\t{ancestry}\t{dataset_of(index)}")
    path.write_text("\n".join(rows) + "\n")


def _write_genomes(folder: Path) -> None:
    """A germline genome of everybody but the last ten; beside those of the first people in cancer a tumour with a file.

    Names of specimens, referrals and folders are canaries too, and so are the digits of the quality.
    """
    head = "specimen\tparticipant\tkind\tassembly\tdelivered_on\tdelivery_version\tmean_coverage\tshare_15x"
    rows = [f"{head}\tcontamination\tsex_check\tsample\tnormal\treferral\tindication"]
    files = ["specimen\tkind\tpath\tindex\tsize\tsha256"]
    (folder / GENOMES_FOLDER).mkdir(exist_ok=True)
    for index in range(PEOPLE - 10):
        person, normal = f"{CANARY}-P{index:04d}", f"{CANARY}-SG{index:04d}"
        said = f"GRCh38\t2026-{1 + index % 9:02d}-17\tV{3 + index % 2}"
        coverage = "" if index % 20 == 5 else f"{30 + index % 20}.{CANARY_DIGITS}"
        quality = f"{coverage}\t{0.85 + index % 15 / 100:.2f}1234\t0.00{index % 10}1234\tfits"
        rows.append(f"{normal}\t{person}\tgermline\t{said}\t{quality}\t{sample_name(index)}\t\t{CANARY}-R{index}\tR29")
        if 40 <= index < 60:
            rows.append(f"{CANARY}-ST{index:04d}\t{person}\ttumour\t{said}\t{quality}\t\t{normal}\t\t")
            path = f"{GENOMES_FOLDER}/{index}.cram"
            (folder / path).write_bytes(b"x" * (1_000 + index))
            (folder / f"{path}.crai").write_bytes(b"x")
            files.append(f"{CANARY}-ST{index:04d}\tcram\t{path}\t{path}.crai\t{1_000 + index}\t{'ab' * 32}")
    (folder / "genomes.tsv").write_text("\n".join(rows) + "\n")
    (folder / "genome_files.tsv").write_text("\n".join(files) + "\n")


def _write_vcf(path: Path, contig: str, lines: list[str]) -> None:
    names = "\t".join(sample_name(index) for index in range(PEOPLE))
    columns = f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{names}\n"
    path.write_text(_HEADER + columns + "\n".join(lines) + "\n")
    pysam.tabix_compress(str(path), f"{path}.gz", force=True)
    pysam.tabix_index(f"{path}.gz", preset="vcf", force=True)
    path.unlink()


def _cftr_lines(dice: random.Random) -> list[str]:
    """A variant every 150 bases, most of them rare, and p.Phe508del where it belongs."""
    lines = []
    for position in range(117_480_100, 117_668_000, 150):
        if position - 150 < 117_559_590 <= position:
            carriers = dict.fromkeys(PHE508DEL_CARRIERS, "0/1")
            lines.append(_line("chr7", 117_559_590, "ATCT", "A", carriers, "inframe_deletion", "p.Phe508del", dice))
        rate = dice.choice([0.01, 0.01, 0.02, 0.2])
        carriers = {i: dice.choice(["0/1", "0/1", "1/1"]) for i in range(PEOPLE) if dice.random() < rate}
        consequence = dice.choice(["missense_variant", "intron_variant", "synonymous_variant", "stop_gained"])
        lines.append(_line("chr7", position, "A", "G", carriers, consequence, "", dice))
    return lines


def _g6pd_lines(dice: random.Random) -> list[str]:
    """On chrX men have one copy."""
    lines = []
    for position in range(154_531_500, 154_547_000, 300):
        found = [index for index in range(PEOPLE) if dice.random() < 0.03]
        carriers = {index: ("1", "0/1")[index % 2] for index in found}
        lines.append(_line("chrX", position, "C", "T", carriers, "missense_variant", "", dice, men_haploid=True))
    return lines


def _line(
    contig: str,
    position: int,
    ref: str,
    alt: str,
    carriers: dict[int, str],
    consequence: str,
    protein: str,
    dice: random.Random,
    men_haploid: bool = False,
) -> str:
    gene = "CFTR" if contig == "chr7" else "G6PD"
    info = f"CSQ={alt}|{consequence}|MODERATE|{gene}|||{protein}"
    filters = "PASS" if protein or dice.random() < 0.95 else "LowQual"
    calls = []
    for index in range(PEOPLE):
        reference = "0" if men_haploid and index % 2 == 0 else "0/0"
        missing = index not in carriers and dice.random() < 0.01
        calls.append(
            f"{'./.' if missing else carriers.get(index, reference)}:{dice.randint(18, 45)}:{dice.randint(20, 99)}"
        )
    return "\t".join([contig, str(position), ".", ref, alt, "500", filters, info, "GT:DP:GQ", *calls])
