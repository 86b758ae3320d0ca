"""Reads the two tables of genomes that a release's folder may hold. Pure: no database.

genomes.tsv has a line for each specimen, with the genome that was read from it if there is one; genome_files.tsv a line
for each file of a genome. Every fault is reported at once, by line and column, and never with the value.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ngrl.assemblies import CONTIG_LENGTHS
from ngrl.refusals import Fault, ReleaseRefused
from ngrl.sample_table import SampleTable

GENOMES, FILES = "genomes.tsv", "genome_files.tsv"
KINDS = ("germline", "tumour", "omics")
MATERIALS = ("dna", "rna", "plasma", "serum", "other")
TISSUES = ("blood", "saliva", "marrow", "frozen", "fixed", "other")
SEX_CHECKS = ("fits", "differs", "unclear")
INDEXES = {"vcf": (".tbi", ".csi"), "gvcf": (".tbi", ".csi"), "bam": (".bai", ".csi"), "cram": (".crai",)}
GENOME_COLUMNS = (
    "specimen", "participant", "kind", "material", "tissue", "referral", "indication", "assembly", "delivered_on",
    "delivery_version", "mean_coverage", "share_15x", "contamination", "sex_check", "sample", "normal",
)  # fmt: skip
FILE_COLUMNS = ("specimen", "kind", "path", "index", "size", "sha256")
_INDICATION = re.compile(r"[A-Z]{1,3}[0-9]{1,6}(\.[0-9]{1,3})?")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}")
_CODE = "write a code of the test directory, such as R29."
_LETTERS = "write up to 20 letters, digits, . _ and -."
_LONGEST = 1_000
_LONG_NAME = 6
T = TypeVar("T")


@dataclass(frozen=True)
class GenomeRow:
    """One specimen. Its name, and that of the referral and the sample, are compared and forgotten."""

    line: int
    specimen: str
    participant: str
    kind: str
    material: str
    tissue: str
    referral: str
    indication: str
    assembly: str
    delivered_on: datetime.date | None
    delivery_version: str
    mean_coverage: float | None
    share_at_15x: float | None
    contamination: float | None
    sex_check: str
    sample: str
    normal: str

    @property
    def has_genome(self) -> bool:
        """Whether a genome was read from it."""
        return bool(self.assembly)


@dataclass(frozen=True)
class FileRow:
    """One file of the genome of a specimen."""

    line: int
    specimen: str
    kind: str
    path: str
    index_path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class GenomeTables:
    """Both tables; `digests` are of the files that there are, so that a release without them is as it was."""

    genomes: tuple[GenomeRow, ...] = ()
    files: tuple[FileRow, ...] = ()
    digests: tuple[str, ...] = ()


class _BadValue(Exception):
    """Why one value cannot be taken."""


def read_genome_tables(folder: Path, samples: SampleTable) -> GenomeTables:
    """Both tables of the folder, or empty ones. Raises ReleaseRefused with every fault."""
    faults: list[Fault] = []
    genomes, genomes_digest = _table(folder / GENOMES, GENOME_COLUMNS, _genome, faults)
    files, files_digest = _table(folder / FILES, FILE_COLUMNS, _file, faults)
    if not faults:  # what is said about other lines would mislead while lines are missing
        faults += [*_doubled(genomes), *_people(genomes, samples), *_columns(genomes, samples)]
        faults += [*_pairs(genomes), *_referrals(genomes), *_file_faults(folder, files, genomes)]
        faults += _named_files(files, genomes)
    if faults:
        raise ReleaseRefused(*sorted(faults, key=lambda fault: (fault.file, fault.line or 0)))
    return GenomeTables(tuple(genomes), tuple(files), tuple(each for each in (genomes_digest, files_digest) if each))


class _Cells:
    """The cells of one line; what cannot be read becomes a fault with the column's name."""

    def __init__(self, file: str, line: int, values: Mapping[str, str], faults: list[Fault]) -> None:
        self.file, self.line, self._values, self._faults = file, line, values, faults

    def is_empty(self, column: str) -> bool:
        """Whether nothing stands there."""
        return self._values.get(column, "").strip() in {"", "."}

    def read(self, column: str, read: Callable[[str], T], nothing: T) -> T:
        """The value of a column; `nothing` where it is empty or cannot be read."""
        if self.is_empty(column):
            return nothing
        text = self._values[column].strip()
        try:
            if len(text) > _LONGEST or not text.isprintable():
                raise _BadValue(f"write at most {_LONGEST:,} characters, none of them a control character.")
            return read(text)
        except _BadValue as error:
            self.fault(column, str(error))
            return nothing

    def fault(self, column: str, reason: str) -> None:
        """Note what is wrong with a column of this line."""
        self._faults.append(Fault(self.file, self.line, f"column {column}: {reason}"))

    def required(self, column: str, read: Callable[[str], T], nothing: T) -> T:
        """The same, and a fault where it is empty."""
        if self.is_empty(column):
            self.fault(column, "it is empty.")
        return self.read(column, read, nothing)


def _table(path: Path, known: Collection[str], read: Callable[[_Cells], T], faults: list[Fault]) -> tuple[list[T], str]:
    """The rows of a file and its digest; nothing where there is no such file."""
    if not path.exists():
        return [], ""
    try:
        raw = path.read_bytes()
        lines = csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter="\t", quoting=csv.QUOTE_NONE)
        header = [name.strip().lower() for name in next(lines, [])]
        if len(set(header)) < len(header) or not set(header) <= set(known):
            faults.append(Fault(path.name, 1, f"the columns are some of {', '.join(known)}, each once."))
            return [], ""
        rows = []
        for number, values in enumerate(lines, start=2):
            if not any(value.strip() for value in values):
                continue
            if len(values) != len(header):
                reason = f"the line has {len(values)} columns; the header has {len(header)}."
                faults.append(Fault(path.name, number, reason))
                continue
            rows.append(read(_Cells(path.name, number, dict(zip(header, values, strict=True)), faults)))
        return rows, hashlib.sha256(raw).hexdigest()
    except (OSError, UnicodeDecodeError, csv.Error):
        faults.append(Fault(path.name, None, "the file cannot be read as text in UTF-8."))
        return [], ""


def _genome(cells: _Cells) -> GenomeRow:
    kind = cells.required("kind", _one_of(KINDS), "germline")
    row = GenomeRow(
        line=cells.line,
        specimen=cells.required("specimen", str, ""),
        participant=cells.required("participant", str, ""),
        kind=kind,
        material=cells.read("material", _one_of(MATERIALS), "other" if kind == "omics" else "dna"),
        tissue=cells.read("tissue", _one_of(TISSUES), ""),
        referral=cells.read("referral", str, ""),
        indication=cells.read("indication", _matching(_INDICATION, _CODE), ""),
        assembly=cells.read("assembly", _one_of(tuple(CONTIG_LENGTHS), lower=False), ""),
        delivered_on=cells.read("delivered_on", _day, None),
        delivery_version=cells.read("delivery_version", _matching(_VERSION, _LETTERS), ""),
        mean_coverage=cells.read("mean_coverage", _number(100_000), None),
        share_at_15x=cells.read("share_15x", _number(1), None),
        contamination=cells.read("contamination", _number(1), None),
        sex_check=cells.read("sex_check", _one_of(SEX_CHECKS), ""),
        sample=cells.read("sample", str, ""),
        normal=cells.read("normal", str, ""),
    )
    for wrong, column, reason in (
        (kind != "omics" and row.material != "dna", "material", "a germline or tumour specimen is DNA."),
        (kind == "omics" and row.has_genome, "assembly", "a specimen for other omics has no genome."),
        (
            cells.is_empty("assembly") and _says_of_genome(row),
            "assembly",
            "it is empty, and the line tells of a genome.",
        ),
        (bool(row.normal) and kind != "tumour", "normal", "only a tumour has a normal beside it."),
        (bool(row.referral) is not bool(row.indication), "indication", "a referral and its indication go together."),
    ):
        if wrong:
            cells.fault(column, reason)
    return row


def _says_of_genome(row: GenomeRow) -> bool:
    numbers = (row.mean_coverage, row.share_at_15x, row.contamination)
    words = (row.delivered_on, row.delivery_version, row.sex_check, row.sample, row.normal)
    return any(each is not None for each in numbers) or any(words)


def _file(cells: _Cells) -> FileRow:
    return FileRow(
        line=cells.line,
        specimen=cells.required("specimen", str, ""),
        kind=cells.required("kind", _one_of(tuple(INDEXES)), ""),
        path=cells.required("path", _inside, ""),
        index_path=cells.required("index", _inside, ""),
        size_bytes=cells.required("size", _whole, 0),
        sha256=cells.required("sha256", _matching(re.compile("[0-9a-f]{64}"), "write 64 hexadecimal digits."), ""),
    )


def _one_of(words: tuple[str, ...], *, lower: bool = True) -> Callable[[str], str]:
    def read(text: str) -> str:
        word = text.lower() if lower else text
        if word not in words:
            raise _BadValue(f"write one of {', '.join(words)}.")
        return word

    return read


def _matching(pattern: re.Pattern[str], reason: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not pattern.fullmatch(text):
            raise _BadValue(reason)
        return text

    return read


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise _BadValue("write a date as 2026-09-30.") from None


def _number(most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = -1.0
        if not 0 <= number <= most:
            raise _BadValue(f"write a number from 0 to {most:,}.")
        return number

    return read


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise _BadValue("write a whole number of bytes.")
    return int(text)


def _inside(text: str) -> str:
    if Path(text).is_absolute() or ".." in Path(text).parts:
        raise _BadValue("name a file inside the folder.")
    return text


def _doubled(rows: list[GenomeRow]) -> Iterator[Fault]:
    for column in ("specimen", "sample"):
        first: dict[str, int] = {}
        for row in rows:
            name = getattr(row, column)
            if name and name in first:
                yield Fault(GENOMES, row.line, f"column {column}: the same as in line {first[name]}.")
            first.setdefault(name, row.line)


def _people(rows: list[GenomeRow], samples: SampleTable) -> Iterator[Fault]:
    known = {row.participant for row in samples.rows.values()}
    for row in rows:
        if row.participant not in known:
            yield Fault(GENOMES, row.line, f"column participant: this person is not in {samples.file}.")


def _columns(rows: list[GenomeRow], samples: SampleTable) -> Iterator[Fault]:
    for row in rows:
        if not row.sample:
            continue
        if row.sample not in samples.rows:
            yield Fault(GENOMES, row.line, f"column sample: this sample is not in {samples.file}.")
        elif samples.rows[row.sample].participant != row.participant:
            yield Fault(GENOMES, row.line, f"column sample: in {samples.file} this sample is another person's.")
        elif (samples.rows[row.sample].kind == "tumour") is not (row.kind == "tumour"):
            yield Fault(GENOMES, row.line, f"column sample: in {samples.file} this sample is of another kind.")


def _pairs(rows: list[GenomeRow]) -> Iterator[Fault]:
    """A pair has one tumour and one normal of one person, both with a genome."""
    by_name = {row.specimen: row for row in rows}
    for row in rows:
        normal = by_name.get(row.normal)
        if not row.normal:
            continue
        if normal is None or normal.kind != "germline" or not normal.has_genome:
            yield Fault(GENOMES, row.line, "column normal: this is no germline specimen of the table with a genome.")
        elif normal.participant != row.participant:
            yield Fault(GENOMES, row.line, f"column normal: the specimen in line {normal.line} is another person's.")


def _referrals(rows: list[GenomeRow]) -> Iterator[Fault]:
    first: dict[str, GenomeRow] = {}
    for row in rows:
        known = first.setdefault(row.referral, row) if row.referral else row
        if known.indication != row.indication:
            yield Fault(GENOMES, row.line, f"column indication: line {known.line} has another one for this referral.")


def _file_faults(folder: Path, files: list[FileRow], genomes: list[GenomeRow]) -> Iterator[Fault]:
    with_genome = {row.specimen for row in genomes if row.has_genome}
    first: dict[str, int] = {}
    for row in files:
        if row.specimen not in with_genome:
            yield Fault(FILES, row.line, f"column specimen: no specimen of {GENOMES} that has a genome is called so.")
        if row.path in first:
            yield Fault(FILES, row.line, f"column path: the same file as in line {first[row.path]}.")
        first.setdefault(row.path, row.line)
        if not row.index_path.endswith(INDEXES[row.kind]):
            reason = f"the index of a {row.kind} ends with {' or '.join(INDEXES[row.kind])}."
            yield Fault(FILES, row.line, f"column index: {reason}")
        if not (folder / row.path).is_file():
            yield Fault(FILES, row.line, "column path: there is no such file.")
        elif (folder / row.path).stat().st_size != row.size_bytes:
            yield Fault(FILES, row.line, "column size: the file has another size.")
        if not (folder / row.index_path).is_file():
            yield Fault(FILES, row.line, "column index: there is no such file.")


def _named_files(files: list[FileRow], genomes: list[GenomeRow]) -> Iterator[Fault]:
    """Paths are kept, names of people and samples are not: so no path may hold one of its person's."""
    by_specimen = {row.specimen: row for row in genomes}
    for row in files:
        known = by_specimen.get(row.specimen)
        names = (known.specimen, known.participant, known.sample, known.referral) if known else ()
        if any(_holds(f"{row.path} {row.index_path}".lower(), name.lower()) for name in names):
            reason = "it holds a name of the person or the specimen, which is never kept. Link the file under another."
            yield Fault(FILES, row.line, f"column path: {reason}")


def _holds(path: str, name: str) -> bool:
    """Whether a path has a name in it; a short one only where it stands apart, for "1" is in every other path."""
    if len(name) >= _LONG_NAME:
        return name in path
    return bool(name) and bool(re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", path))
