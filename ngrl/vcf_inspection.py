"""Opens one VCF or BCF, reads it whole, and says what a release needs to know of it, or refuses it. Pure: no database.

Each refusal names the file, the line where there is one, and what to do. No refusal repeats a value of the file, apart
from contigs and positions: any other could be the name of a sample.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pysam

from ngrl.assemblies import CONTIG_LENGTHS
from ngrl.bcf import ENDING as BCF
from ngrl.bcf import bcf_lines, index_endings, reaches
from ngrl.refusals import Fault, ReleaseRefused
from ngrl.sequences import ReferenceSequence
from ngrl.vcf_header import FIXED_COLUMNS, Header, read_header
from panelapp.contigs import canonical_contig

_GZIP = b"\x1f\x8b"
_BGZF_EXTRA = b"BC\x02\x00"
_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_REF = re.compile(rb"[ACGTNRYSWKMBDHV]+", re.IGNORECASE)
_GENOTYPE = re.compile(rb"[|/]?(?:\d+|\.)(?:[|/](?:\d+|\.))*")
_ALLELE = re.compile(rb"\d+")
# Bases, an overlapping deletion, a symbolic allele, or a breakend
_ONE_ALT = rb"(?:[ACGTNRYSWKMBDHV]+|\*|<[^<>,\s]+>|[^,\s]*[\[\]][^,\s]+|\.[ACGTN]+|[ACGTN]+\.)"
_ALT = re.compile(rb"\.|" + _ONE_ALT + rb"(?:," + _ONE_ALT + rb")*", re.IGNORECASE)
_QUAL = re.compile(rb"\.|[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|[-+]?inf(?:inity)?|nan", re.IGNORECASE)


@dataclass
class Stretch:
    """The part of one contig that a file covers: positions of its first and last record, and how many there are."""

    contig: str
    contig_in_file: str
    start_1based: int
    end_1based: int
    record_count: int = 1


@dataclass
class InspectedFile:
    """What a release keeps of one file, and the names of its samples, to be compared and forgotten.

    `content_sha256` is of the uncompressed text: it stays when the file is copied or compressed anew.
    """

    path: Path
    index_path: Path
    etag: str
    size_bytes: int
    header: Header
    stretches: list[Stretch] = field(default_factory=list)
    content_sha256: str = ""
    address: str = ""
    index_address: str = ""

    @property
    def places(self) -> tuple[str, str]:
        """Where the file and its index are read from: in a bucket, or on this machine."""
        if self.address:
            return self.address, self.index_address
        return str(self.path.resolve()), str(self.index_path.resolve())

    @property
    def sample_names(self) -> tuple[str, ...]:
        """Names of the samples in the order of their columns."""
        return self.header.sample_names


def etag_of(path: Path) -> str:
    """Identity of a file's present content: size and time of last change in nanoseconds, in hexadecimal.

    The engine computes the same before it reads (research_env/engine/sources.py); a test holds the two together.
    """
    found = path.stat()
    return f"{found.st_size:x}-{found.st_mtime_ns:x}"


def inspect_vcf(
    path: Path, *, assembly: str, sequence: ReferenceSequence | None = None, alleles_once: bool = False
) -> InspectedFile:
    """Read one bgzipped, indexed VCF from start to end, each REF against the sequence. Raises ReleaseRefused.

    With `alleles_once` also for an allele on two lines: what a normal has on one is no word on the other.
    """
    _check_container(path)
    index_path = _index_of(path)
    etag = etag_of(path)
    header, stretches, digest = _read(path, partial(_Walk, assembly=assembly, sequence=sequence, once=alleles_once))
    if etag_of(path) != etag:
        raise _refusal(path, "the file changed while it was read. Load it when it is complete.")
    _check_index(path, index_path, stretches)
    return InspectedFile(path, index_path, etag, path.stat().st_size, header, stretches, digest)


def inspect_header(path: Path) -> Header:
    """Read only the header. Raises ReleaseRefused."""
    _check_container(path)
    with _readable(path), _lines_of(path) as lines:
        return read_header(path.name, lines)


def _refusal(path: Path, reason: str, line: int | None = None) -> ReleaseRefused:
    return ReleaseRefused(Fault(path.name, line, reason))


def _check_container(path: Path) -> None:
    """Refuse what is not BGZF, or was cut short."""
    try:
        with path.open("rb") as file:
            start = file.read(18)
            file.seek(max(0, path.stat().st_size - len(_BGZF_END)))
            end = file.read()
    except OSError as error:
        raise _refusal(path, f"the file cannot be read ({error.strerror}).") from error
    if not start:
        raise _refusal(path, "the file is empty.")
    if start[:2] != _GZIP:
        raise _refusal(path, f"the file is not compressed. Run: bgzip {path.name} && tabix -p vcf {path.name}.gz")
    if start[12:16] != _BGZF_EXTRA:
        plain = path.name.removesuffix(".gz")
        raise _refusal(
            path,
            "the file is plain gzip, in which no place can be looked up. "
            f"Run: gunzip {path.name} && bgzip {plain} && tabix -p vcf {path.name}",
        )
    if end != _BGZF_END:
        raise _refusal(path, "the file was cut short: its end marker is missing. Copy it again from its source.")


def _index_of(path: Path) -> Path:
    endings = index_endings(path.name)
    found = [index for ending in endings if (index := path.with_name(path.name + ending)).is_file()]
    if not found:
        raise _refusal(path, f"the index is missing. Run: {_indexing(path, anew=False)}")
    if found[0].stat().st_mtime_ns < path.stat().st_mtime_ns:
        raise _refusal(path, f"the index is older than the file. Run: {_indexing(path)}")
    return found[0]


def _indexing(path: Path, *, anew: bool = True) -> str:
    """The command that makes an index, or replaces one."""
    forced = " -f" if anew else ""
    return f"bcftools index{forced} {path.name}" if path.suffix == BCF else f"tabix{forced} -p vcf {path.name}"


@contextmanager
def _lines_of(path: Path) -> Iterator[Iterator[bytes]]:
    if path.suffix == BCF:
        with bcf_lines(path) as lines:
            yield lines
    else:
        with gzip.open(path, "rb") as file:
            yield iter(file)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what the decompressor says of a damaged file into a refusal."""
    try:
        yield
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise _refusal(path, "the file is damaged and cannot be read. Copy it again from its source.") from error


def _read(path: Path, walk_of: Callable[[Header], _Walk]) -> tuple[Header, list[Stretch], str]:
    digest = hashlib.sha256()
    with _readable(path), _lines_of(path) as found:
        lines = _hashed(found, digest.update)
        header = read_header(path.name, lines)
        walk = walk_of(header)
        header.check_assembly(walk.assembly)
        for number, line in enumerate(lines, start=header.line_count + 1):
            walk.take(number, line)
    return header, walk.stretches, digest.hexdigest()


def _hashed(lines: Iterable[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
    for line in lines:
        update(line)
        yield line


class _Walk:
    """Goes through the records of one file in order, judges each, and keeps the stretches they make."""

    def __init__(self, header: Header, assembly: str, sequence: ReferenceSequence | None, once: bool) -> None:
        self.header = header
        self.alleles_here: set[tuple[bytes, bytes]] | None = set() if once else None
        self.sequence = sequence
        self.assembly = assembly
        self.tabs = len(FIXED_COLUMNS) + len(header.sample_names) - 1
        self.stretches: list[Stretch] = []
        self.seen: defaultdict[int, set[bytes]] = defaultdict(set)  # good genotypes by number of alternatives

    def take(self, number: int, line: bytes) -> None:
        """Judge one record and count it in its stretch."""
        tabs = line.count(b"\t")
        if tabs != self.tabs:
            raise self.header.refuse(
                number, f"the line has {tabs + 1:,} columns; the header has {self.tabs + 1:,}. Is the file complete?"
            )
        columns = line.split(b"\t", len(FIXED_COLUMNS))
        self._check_values(number, columns)
        self._check_genotypes(number, columns)
        position = int(columns[1]) if columns[1].isdigit() else 0
        if position < 1:
            raise self.header.refuse(number, "the column POS does not hold a position of 1 or more.")
        name = columns[0].decode("utf-8", errors="replace")
        if not self.stretches or self.stretches[-1].contig_in_file != name:
            self._start_stretch(number, name, position)
        else:
            self._continue_stretch(number, position)
        if position > CONTIG_LENGTHS[self.assembly][self.stretches[-1].contig]:
            contig = self.stretches[-1].contig
            raise self.header.refuse(
                number,
                f"position {position:,} lies past the end of {contig}, which has "
                f"{CONTIG_LENGTHS[self.assembly][contig]:,} positions on {self.assembly}. Is it another assembly?",
            )
        self._check_reference(number, position, columns[3])
        self._check_alleles(number, columns[3].upper(), columns[4].upper())

    def _check_alleles(self, number: int, ref: bytes, alts: bytes) -> None:
        if self.alleles_here is None:
            return
        alleles = {(ref, alt) for alt in alts.split(b",")}
        if alleles & self.alleles_here:
            raise self.header.refuse(
                number, "an allele stands on two lines. In a release of tumours join them: bcftools norm -m +any"
            )
        self.alleles_here |= alleles

    def _check_reference(self, number: int, position: int, ref: bytes) -> None:
        if self.sequence is None:
            return
        contig = self.stretches[-1].contig
        if not self.sequence.has(contig):
            raise self.header.refuse(number, f"the reference sequence {self.sequence.path.name} has no {contig}.")
        if not self.sequence.agrees(contig, position, ref):
            raise self.header.refuse(
                number,
                f"REF at {contig}:{position:,} is not what the reference sequence {self.sequence.path.name} has. "
                "Give the one that the file was called against, or find such records with: bcftools norm -c w -f",
            )

    def _check_values(self, number: int, columns: list[bytes]) -> None:
        _, _, _, ref, alt, qual, filters, info, keys, _ = columns
        if not _REF.fullmatch(ref):
            raise self.header.refuse(number, "the column REF does not hold bases.")
        if not _ALT.fullmatch(alt):
            raise self.header.refuse(number, "the column ALT does not hold alleles.")
        if not _QUAL.fullmatch(qual):
            raise self.header.refuse(number, "the column QUAL does not hold a number or a dot.")
        if not filters.strip() or not info.strip():
            raise self.header.refuse(number, "the column FILTER or INFO is empty. Write a dot where there is nothing.")
        if keys != b"GT" and not keys.startswith(b"GT:"):
            raise self.header.refuse(number, "the record has no genotypes: the column FORMAT does not start with GT.")

    def _check_genotypes(self, number: int, columns: list[bytes]) -> None:
        """Refuse genotypes that are none, or that name an allele which the line does not have."""
        cells = columns[-1].rstrip(b"\r\n").split(b"\t")
        genotypes = set(cells) if columns[8] == b"GT" else {cell.partition(b":")[0] for cell in cells}
        alternatives = columns[4].count(b",") + 1
        for genotype in genotypes - self.seen[alternatives]:
            if not _GENOTYPE.fullmatch(genotype):
                raise self.header.refuse(number, "a sample has no readable genotype, such as 0/1, 0|1, 1 or ./.")
            if max((int(allele) for allele in _ALLELE.findall(genotype)), default=0) > alternatives:
                raise self.header.refuse(number, "a sample has an allele that is neither REF nor in ALT.")
        self.seen[alternatives] |= genotypes

    def _start_stretch(self, number: int, name: str, position: int) -> None:
        contig = canonical_contig(name)
        if contig is None:
            raise self.header.refuse(
                number,
                "the contig is not one of 1 to 22, X, Y and MT, with or without “chr”. "
                "Leave other contigs out: bcftools view -t FILE.vcf.gz with those to keep.",
            )
        if any(stretch.contig == contig for stretch in self.stretches):
            raise self.header.refuse(number, f"the file is not sorted: {contig} comes back. Run: bcftools sort")
        if contig in self.header.contig_lengths:
            self.header.check_length(contig, self.header.contig_lengths[contig], self.assembly)
        self.stretches.append(Stretch(contig, name, position, position))
        self._leave_position()

    def _continue_stretch(self, number: int, position: int) -> None:
        stretch = self.stretches[-1]
        if position < stretch.end_1based:
            raise self.header.refuse(
                number,
                f"the file is not sorted: {position:,} comes after {stretch.end_1based:,}. Run: bcftools sort",
            )
        if position > stretch.end_1based:
            self._leave_position()
        stretch.end_1based = position
        stretch.record_count += 1

    def _leave_position(self) -> None:
        if self.alleles_here is not None:
            self.alleles_here = set()


def _check_index(path: Path, index_path: Path, stretches: list[Stretch]) -> None:
    """Refuse an index that does not lead to the last record of each stretch: it belongs to another file."""
    told = pysam.set_verbosity(0)  # htslib would print its own complaint, with names of files, on the console
    try:
        for stretch in stretches:
            if not _reaches(path, index_path, stretch.contig_in_file, stretch.end_1based):
                raise ValueError(f"nothing at the end of {stretch.contig}")
    except (OSError, ValueError) as error:
        raise _refusal(path, f"the index does not fit the file. Run: {_indexing(path)}") from error
    finally:
        pysam.set_verbosity(told)


def _reaches(path: Path, index_path: Path, contig: str, position_1based: int) -> bool:
    if path.suffix == BCF:
        return reaches(path, index_path, contig, position_1based)
    with pysam.TabixFile(str(path), index=str(index_path), encoding="latin-1") as table:
        return any(True for _ in table.fetch(contig, position_1based - 1, position_1based))
