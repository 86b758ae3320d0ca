"""A reference sequence as a release is loaded with it: a FASTA file, judged before any record is. Pure: no database.

The engine reads it anew at each question (research_env/engine/sequences.py); here records are only held against it.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

import pysam

from ngrl.assemblies import CONTIG_LENGTHS
from ngrl.refusals import Fault, ReleaseRefused
from panelapp.contigs import canonical_contig

_BLOCK: Final = 1 << 16
_OTHER: Final = re.compile(r"[^ACGT]")


class ReferenceSequence:
    """The bases of an assembly. Raises ReleaseRefused when the file cannot be read or is of another assembly."""

    def __init__(self, path: Path, assembly: str) -> None:
        self.path = path
        indexes = [path.with_name(path.name + ".fai")]
        if path.suffix in {".gz", ".bgz"}:
            indexes.append(path.with_name(path.name + ".gzi"))
        if not all(each.is_file() for each in indexes):
            raise self._refusal(f"the index is missing. Run: samtools faidx {path.name}")
        told = pysam.set_verbosity(0)  # htslib would print names of files on the console
        try:
            self._file = pysam.FastaFile(str(path))
        except (OSError, ValueError) as error:
            raise self._refusal("the file cannot be read as FASTA, or its index belongs to another file.") from error
        finally:
            pysam.set_verbosity(told)
        self._names = {found: name for name in self._file.references if (found := canonical_contig(name))}
        for contig, name in self._names.items():
            length, wanted = self._file.get_reference_length(name), CONTIG_LENGTHS[assembly][contig]
            if length != wanted:
                raise self._refusal(f"{contig} has {length:,} positions; on {assembly} it has {wanted:,}.")
        self._block = lru_cache(maxsize=8)(self._read)

    def _refusal(self, reason: str) -> ReleaseRefused:
        return ReleaseRefused(Fault(self.path.name, None, reason))

    def has(self, contig: str) -> bool:
        """Whether it has a contig at all."""
        return contig in self._names

    def agrees(self, contig: str, position_1based: int, ref: bytes) -> bool:
        """Whether REF is what stands at a position; letters that are no bases agree with each other."""
        start = position_1based - 1
        first, last = start // _BLOCK, (start + len(ref) - 1) // _BLOCK
        joined = "".join(self._block(contig, number) for number in range(first, last + 1))
        held = joined[start - first * _BLOCK : start - first * _BLOCK + len(ref)]
        return held == _OTHER.sub("N", ref.decode("ascii").upper())

    def _read(self, contig: str, number: int) -> str:
        return _OTHER.sub("N", self._file.fetch(self._names[contig], number * _BLOCK, (number + 1) * _BLOCK).upper())

    def sha256(self) -> str:
        """Of the whole file."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
