"""Small releases for tests: folders of real VCFs with a sample table, broken in whichever way a test asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import pysam

from ngrl.models import Dataset, Participant, Release
from ngrl.services import load_release
from portal.kernel.access import SystemActor

SETUP = SystemActor("Test set-up")
CANARY_SAMPLES = ("CANARY-SAMPLE-A", "CANARY-SAMPLE-B", "CANARY-SAMPLE-C")
HEADER = (
    "##fileformat=VCFv4.2",
    '##FILTER=<ID=PASS,Description="All filters passed">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    "##contig=<ID=chr7,length=159345973>",
)
COLUMNS = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"]
_numbers = count(1)


def record(position: int, *, contig: str = "chr7", genotypes: Sequence[str] = ("0/1", "0/0", "1/1")) -> str:
    """One line of a VCF: an A that became a G."""
    return "\t".join([contig, str(position), ".", "A", "G", "50", "PASS", ".", "GT", *genotypes])


def vcf_text(
    records: Sequence[str] = (record(117_480_100), record(117_480_200)),
    *,
    samples: Sequence[str] = CANARY_SAMPLES,
    header: Sequence[str] = HEADER,
    columns: Sequence[str] = tuple(COLUMNS),
) -> str:
    """A whole VCF as text."""
    return "\n".join([*header, "\t".join([*columns, *samples]), *records]) + "\n"


def write_vcf(folder: Path, text: str = "", name: str = "a.vcf.gz", *, index: bool = True) -> Path:
    """Write, bgzip and index; a text that tabix cannot index gets the index of one that it can."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    plain = folder / "plain.vcf"
    plain.write_text(text or vcf_text(), encoding="utf-8", newline="")
    pysam.tabix_compress(str(plain), str(path), force=True)
    if index:
        _index(path)
    plain.unlink()
    return path


def _index(path: Path) -> None:
    told = pysam.set_verbosity(0)
    try:
        pysam.tabix_index(str(path), preset="vcf", force=True)
    except OSError:
        path.with_name(f"{path.name}.tbi").write_bytes(b"not an index, and no test gets so far as to open it")
    finally:
        pysam.set_verbosity(told)


def write_samples(folder: Path, rows: Sequence[str] = (), *, header: str = "sample\tsex\tdataset") -> Path:
    """Write samples.tsv; by default the three samples of `vcf_text`."""
    folder.mkdir(parents=True, exist_ok=True)
    sexes = ("female", "male", "unknown")
    rows = rows or [f"{name}\t{sex}\trare-disease" for name, sex in zip(CANARY_SAMPLES, sexes, strict=True)]
    path = folder / "samples.tsv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def release_folder(folder: Path) -> Path:
    """A folder that loads: one file, three samples."""
    write_vcf(folder)
    write_samples(folder)
    return folder


def make_release(
    folder: Path,
    people: int = 3,
    *,
    describe: Callable[[int], str] = lambda place: "female\tEuropean\trare-disease",
    header: str = "sample\tparticipant\tsex\tancestry\tdataset",
    publish: bool = True,
) -> Release:
    """Load a release of so many people through the service; `describe` gives a row's columns after participant.

    The people are new in each release.
    """
    number = next(_numbers)
    names = [f"S{number}-{place}" for place in range(people)]
    genotypes = ["0/1" if place == 0 else "0/0" for place in range(people)]
    folder = folder / f"release-{number}"
    write_vcf(folder, vcf_text([record(117_480_100, genotypes=genotypes)], samples=names))
    rows = [f"{name}\tperson-{name}\t{describe(place)}" for place, name in enumerate(names)]
    write_samples(folder, rows, header=header)
    reference = f"test-{number}"
    return load_release(actor=SETUP, folder=folder, reference=reference, assembly="GRCh38", publish=publish).release


def make_participant(**facts: object) -> Participant:
    """A person who is in no release."""
    return Participant.objects.create(source_digest=f"{next(_numbers):064x}", **facts)


def make_dataset(slug: str) -> Dataset:
    """A dataset by its slug."""
    return Dataset.objects.get_or_create(slug=slug, defaults={"name": slug.capitalize()})[0]
