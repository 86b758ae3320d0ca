"""The reference sequence that a release's files were called against: a FASTA file with its index."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final

import pysam

from .errors import BadSource, InvalidTarget
from .regions import canonical_contig

_BLOCK: Final = 1 << 16
_BLOCKS_HELD: Final = 8
_OTHER: Final = re.compile(r"[^ACGT]")


@dataclass(frozen=True, slots=True)
class SequenceSource:
    """A FASTA file with ``.fai`` beside it (and ``.gzi`` where it is bgzipped), on a local path.

    ``etag`` is what ``etag_of(path)`` was at registration, ``sha256`` that of its content: part of what columns are
    made of, and of the provenance of an answer.
    """

    path: str
    etag: str = ""
    sha256: str = ""

    def to_json(self) -> dict[str, str]:
        """Plain values by field name."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> SequenceSource:
        """The inverse of to_json."""
        return cls(**values)


class Sequence:
    """An open reference sequence; every base that is not A, C, G or T reads as N."""

    def __init__(self, source: SequenceSource) -> None:
        self.name = os.path.basename(source.path)
        if not os.path.isfile(f"{source.path}.fai"):
            raise BadSource(f"The index of the reference sequence is missing. Run: samtools faidx {self.name}")
        told = pysam.set_verbosity(0)  # htslib would print names of files on the console
        try:
            self._file = pysam.FastaFile(source.path)
        except (OSError, ValueError) as error:
            raise BadSource(f"The reference sequence {self.name} cannot be read, or not with its index.") from error
        finally:
            pysam.set_verbosity(told)
        self._names = _canonical(self._file.references)
        self._block = lru_cache(maxsize=_BLOCKS_HELD)(self._read)

    def length(self, contig: str) -> int:
        """How many positions a contig has. Raises BadSource where the sequence has no such contig."""
        return int(self._file.get_reference_length(self._name(contig)))

    def bases(self, contig: str, start_1based: int, end_1based: int) -> str:
        """The bases of these positions, both inclusive; shorter past the end of the contig."""
        start = max(start_1based, 1) - 1
        first, last = start // _BLOCK, max(end_1based - 1, start) // _BLOCK
        joined = "".join(self._block(contig, number) for number in range(first, last + 1))
        return joined[start - first * _BLOCK : max(end_1based - first * _BLOCK, 0)]

    def _read(self, contig: str, number: int) -> str:
        name = self._name(contig)
        try:
            read = self._file.fetch(name, number * _BLOCK, (number + 1) * _BLOCK)
        except (OSError, ValueError) as error:
            raise BadSource(f"The reference sequence {self.name} is damaged at {contig}.") from error
        return plain_bases(read)

    def _name(self, contig: str) -> str:
        if contig not in self._names:
            raise BadSource(f"The reference sequence {self.name} has no {contig}.")
        return self._names[contig]

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def plain_bases(text: str) -> str:
    """In capitals, with N for everything that is not A, C, G or T."""
    return _OTHER.sub("N", text.upper())


def _canonical(names: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        try:
            found.setdefault(canonical_contig(name), name)
        except InvalidTarget:
            continue
    return found
