"""Folders of a release with tables of genomes: a whole one, and lines to break it with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.factories.ngrl import CANARY_SAMPLES, release_folder, write_vcf

FIRST, SECOND, _ = CANARY_SAMPLES
GOOD: Mapping[str, str] = {
    "specimen": "CANARY-SPECIMEN-N", "participant": FIRST, "kind": "germline", "tissue": "blood",
    "referral": "CANARY-REFERRAL", "indication": "R29", "assembly": "GRCh38", "delivered_on": "2026-03-04",
    "delivery_version": "V4", "mean_coverage": "36.5", "share_15x": "0.981", "contamination": "0.002",
    "sex_check": "fits", "sample": FIRST,
}  # fmt: skip
TUMOUR = {"specimen": "CANARY-SPECIMEN-T", "kind": "tumour", "sample": "", "normal": "CANARY-SPECIMEN-N"}
OTHER_TUMOUR = {**TUMOUR, "specimen": "CANARY-SPECIMEN-4"}
OMICS = {"specimen": "CANARY-SPECIMEN-R", "participant": SECOND, "kind": "omics", "material": "rna"}
FILE = {"specimen": "CANARY-SPECIMEN-T", "kind": "vcf", "path": "own/1.vcf.gz", "index": "own/1.vcf.gz.tbi"}


def write_table(path: Path, lines: list[Mapping[str, str]]) -> None:
    columns = list(dict.fromkeys(column for line in lines for column in line))
    rows = ["\t".join(line.get(column, "") for column in columns) for line in lines]
    path.write_text("\n".join(["\t".join(columns), *rows]) + "\n")


def with_genomes(folder: Path, *more: Mapping[str, str], **file: str) -> Path:
    """A folder that loads: a germline genome, its tumour with a file, a specimen without a genome, then `more`."""
    release_folder(folder)
    own = write_vcf(folder / "own", name="1.vcf.gz")
    write_table(folder / "genomes.tsv", [GOOD, {**GOOD, **TUMOUR}, OMICS, *more])
    size = str(own.stat().st_size)
    write_table(folder / "genome_files.tsv", [{**FILE, "size": size, "sha256": "a" * 64, **file}])
    return folder
