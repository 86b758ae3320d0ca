"""An indexed BCF as lines of VCF text, so that nothing else of the engine knows of the form (ADR 83)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import pysam

from .inflate import PADDING, STRETCH_BYTES

ENDING: Final = ".bcf"


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

    def stretches(self, contig: str, start: int, end: int) -> Iterator[bytes]:
        """The same as inflate.stretches gives it: whole lines, about STRETCH_BYTES at a time, then PADDING."""
        waiting: list[bytes] = []
        size = 0
        for line in self.fetch(contig, start, end):
            waiting.append(line.encode("latin-1"))
            size += len(waiting[-1])
            if size >= STRETCH_BYTES:
                yield b"\n".join([*waiting, PADDING])
                waiting, size = [], 0
        if waiting:
            yield b"\n".join([*waiting, PADDING])

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@lru_cache(maxsize=64)
def contigs_of(path: str, etag: str) -> tuple[str, ...]:
    """Contigs in the order in which the index of a BCF has them; it does not name them itself."""
    with pysam.VariantFile(path) as file:
        return tuple(str(name) for name in file.header.contigs)
