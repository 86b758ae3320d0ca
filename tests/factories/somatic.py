"""A small somatic release: the tumours of twelve people, with the normals of six, in one VCF over CFTR."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ngrl.models import Release
from ngrl.services import load_release
from panelapp.services import load_genes
from portal.demo_people import SETUP
from tests.factories.ngrl import record, vcf_text, write_samples, write_vcf
from tests.factories.releases import CANARY, GENES_FILE

PEOPLE, WITH_NORMAL = 12, 6
ONE = "chr7-117480100-A-G"  # in tumours and in normals
ONLY_IN_NORMALS = "chr7-117480200-A-G"
DEEP = "chr7-117480300-A-G"  # in four tumours, with half of the reads in one and 3 % in another
_HEADER = (
    "##fileformat=VCFv4.2",
    '##FILTER=<ID=PASS,Description="All filters passed">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">',
    "##contig=<ID=chr7,length=159345973>",
)
# By variant what each tumour and each normal was called as; "0/0" is left out
TUMOURS: Mapping[str, Mapping[int, str]] = {
    ONE: {0: "0/1", 1: "0/1", 2: "0/1", 4: "0/1", 5: "0/1", 6: "0/1", 7: "./."},
    ONLY_IN_NORMALS: {},
    DEEP: {0: "0/1:100:50,50", 1: "0/1:100:97,3", 4: "0/1:.:9,9", 5: "0/1:40:38,2"},
}
NORMALS: Mapping[str, Mapping[int, str]] = {
    ONE: {0: "0/0:30", 1: "0/1:30", 2: "./.", 3: "0/1", 4: "0/.:30", 5: "0/0:3"},
    ONLY_IN_NORMALS: {0: "0/1", 5: "1/1"},
    DEEP: {},
}
# What pages and files say of the normals of those who carry ONE
STATES_OF_ONE = {0: "absent", 1: "carried", 2: "not_called", 4: "not_called", 5: "absent", 6: "no_normal"}


def tumour_name(person: int) -> str:
    return f"{CANARY}-T{person}"


def somatic_folder(folder: Path) -> Path:
    """Normals stand first and tumours in another order than the people, so that no number fits by chance."""
    normals, tumours = range(WITH_NORMAL), list(reversed(range(PEOPLE)))
    names = [f"{CANARY}-N{person}" for person in normals] + [tumour_name(person) for person in tumours]
    lines = []
    for variant, called in TUMOURS.items():
        cells = [NORMALS[variant].get(person, "0/0") for person in normals]
        cells += [called.get(person, "0/0") for person in tumours]
        line = record(int(variant.split("-")[1]), genotypes=cells)
        lines.append(line.replace("\tGT\t", "\tGT:DP:AD\t"))
    write_vcf(folder, vcf_text(lines, samples=names, header=_HEADER), "chr7.vcf.gz")
    told = [f"{CANARY}-PT{person}\t{('male', 'female')[person % 2]}\tcancer" for person in range(PEOPLE)]
    rows = [f"{CANARY}-N{person}\tnormal\t{told[person]}" for person in normals]
    rows += [f"{tumour_name(person)}\ttumour\t{told[person]}" for person in tumours]
    write_samples(folder, rows, header="sample\tkind\tparticipant\tsex\tdataset")
    return folder


def load_somatic_release(folder: Path) -> Release:
    """Published at once, with the genes that questions name."""
    load_genes(actor=SETUP, path=GENES_FILE)
    return load_release(
        actor=SETUP,
        folder=somatic_folder(folder / "tumours"),
        reference="tumours",
        assembly="GRCh38",
        callset="somatic",
        publish=True,
    ).release
