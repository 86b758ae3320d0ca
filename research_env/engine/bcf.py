"""An indexed BCF as lines of VCF text, so that nothing else of the engine knows of the form (ADR 83)."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Final

import pysam

from .errors import BadSource
from .inflate import LARGEST_BLOCK, PADDING, STRETCH_BYTES, blocks
from .objects import RemoteFile, is_remote

ENDING: Final = ".bcf"
_MAGIC: Final = b"BCF\2"
_TEXT_SIZE: Final = struct.Struct("<5xI")
_RECORD: Final = struct.Struct("<IIii")  # sizes of its two parts, contig by number, POS from 0
_SIZES: Final = 8  # bytes of the former two, which they do not count
# Read of a bucket for a header, which takes a third of that with 78,195 people
_HEADER_READ: Final = 1 << 20
# Given to htslib at once: large beside a header, which it reads each time
_BATCH_BYTES: Final = 64 << 20


def is_bcf(path: str) -> bool:
    """By its name, as bcftools tells them apart."""
    return path.endswith(ENDING)


class BcfTable:
    """Lines by position: what pysam's TabixFile gives for a VCF."""

    def __init__(self, path: str, index_path: str) -> None:
        told = pysam.set_verbosity(0)  # htslib would print names of files on the console
        try:
            self._file = pysam.VariantFile(path, index_filename=index_path)
        finally:
            pysam.set_verbosity(told)
        self.header = str(self._file.header).splitlines()
        self.contigs = [str(name) for name in self._file.header.contigs]

    def fetch(self, contig: str, start: int, end: int, *, multiple_iterators: bool = False) -> Iterator[str]:
        """Lines that overlap [start, end) (0-based), in file order."""
        for record in self._file.fetch(contig, start, end, reopen=multiple_iterators):
            yield str(record).rstrip("\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def in_stretches(lines: Iterable[str]) -> Iterator[bytes]:
    """Lines as inflate.stretches gives them: about STRETCH_BYTES at a time, then PADDING."""
    waiting: list[bytes] = []
    size = 0
    for line in lines:
        waiting.append(line.encode("latin-1"))
        size += len(waiting[-1])
        if size >= STRETCH_BYTES:
            yield b"\n".join([*waiting, PADDING])
            waiting, size = [], 0
    if waiting:
        yield b"\n".join([*waiting, PADDING])


@dataclass(frozen=True, slots=True)
class BcfHeader:
    """The header of a BCF in a bucket: its bytes, its lines, and the number that records have for each contig."""

    raw: bytes
    lines: tuple[str, ...]
    numbers: dict[str, int]

    @classmethod
    def of(cls, file: RemoteFile) -> BcfHeader:
        """Read little more of the file than its header. Raises BadSource."""
        raw = _header_bytes(file)
        with tempfile.TemporaryFile() as scratch:
            scratch.write(raw)
            with _parsed(scratch, file.name) as found:
                contigs = found.header.contigs
                numbers = {str(name): int(contigs[name].id) for name in contigs}
                return cls(raw, tuple(str(found.header).splitlines()), numbers)

    def lines_of(self, records: Iterator[bytes], name: str) -> Iterator[str]:
        """Records as htslib writes them. Raises BadSource for one that it cannot read."""
        while True:
            with tempfile.TemporaryFile() as scratch:
                size = scratch.write(self.raw)
                for record in records:
                    size += scratch.write(record)
                    if size >= _BATCH_BYTES:
                        break
                if size == len(self.raw):
                    return
                with _parsed(scratch, name) as found:
                    for each in found:
                        yield str(each).rstrip("\n")


def _header_bytes(file: RemoteFile) -> bytes:
    raw = bytearray()
    with file.opened(buffer_bytes=_HEADER_READ) as opened:
        for block in blocks(opened, file.name, 0):
            raw += block
            if not raw.startswith(_MAGIC) or len(raw) < _TEXT_SIZE.size:
                break
            end = _TEXT_SIZE.size + int(_TEXT_SIZE.unpack_from(raw)[0])
            if len(raw) >= end:
                return bytes(raw[:end])
    raise BadSource(f"The file {file.name} does not begin as a BCF does.")


@contextmanager
def _parsed(scratch: IO[bytes], name: str) -> Iterator[pysam.VariantFile]:
    """A header and records without compression, to be read by htslib from their beginning."""
    scratch.seek(0)
    told = pysam.set_verbosity(0)
    try:
        with pysam.VariantFile(scratch) as found:
            yield found
    except (OSError, ValueError) as error:
        raise BadSource(f"The file {name} is damaged: it has a record or a header that cannot be read.") from error
    finally:
        pysam.set_verbosity(told)


def records_at(file: RemoteFile, piece: tuple[int, int], contig: int, start: int, end: int) -> Iterator[bytes]:
    """The records between two virtual offsets whose POS lies on a contig (by number) in [start, end) (0-based)."""
    first, last = piece
    held = bytearray()
    with file.opened((last >> 16) + LARGEST_BLOCK) as opened:
        for block in blocks(opened, file.name, first, last):
            held += block
            at = 0
            while len(held) - at >= _RECORD.size:
                shared, genotypes, number, position = _RECORD.unpack_from(held, at)
                size = _SIZES + shared + genotypes
                if len(held) - at < size:
                    break
                if number == contig and start <= position < end:
                    yield bytes(held[at : at + size])
                at += size
            del held[:at]
    if held:
        raise BadSource(f"The file {file.name} is damaged or ends early.")


@lru_cache(maxsize=64)
def contigs_of(path: str, etag: str) -> tuple[str, ...]:
    """Contigs in the order in which the index of a BCF has them; it does not name them itself."""
    if is_remote(path):
        return tuple(BcfHeader.of(RemoteFile(path)).numbers)
    with pysam.VariantFile(path) as file:
        return tuple(str(name) for name in file.header.contigs)
