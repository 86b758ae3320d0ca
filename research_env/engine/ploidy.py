"""Where a person has one copy: men outside the ends of X and Y, whichever way the file writes their calls (ADR 64)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .assemblies import are_pseudo_autosomal
from .family import MALE
from .genotypes import NO_ALLELE, Calls

Flags = NDArray[np.bool_]
_OF_MEN: Final = ("chrX", "chrY")


@dataclass(frozen=True, eq=False, slots=True)
class Ploidy:
    """Who of a release has one copy of X and Y: ``men`` is bool[n]; people of unknown sex are taken as written."""

    assembly: str
    men: Flags

    @classmethod
    def of(cls, assembly: str, sexes: NDArray[np.uint8]) -> Ploidy:
        """From ``ReleaseSource.sexes``."""
        return cls(assembly, sexes == MALE)

    @classmethod
    def as_written(cls, sample_count: int) -> Ploidy:
        """Nobody's sex is known."""
        return cls("", np.zeros(sample_count, dtype=bool))

    def is_single(self, contig: str, positions_1based: ArrayLike) -> Flags:
        """At which positions of a canonical contig men have one copy: bool[positions]."""
        positions = np.asarray(positions_1based, dtype=np.int64)
        if contig not in _OF_MEN or not self.men.any():
            return np.zeros(positions.size, dtype=bool)
        return ~are_pseudo_autosomal(self.assembly, contig, positions)

    def key(self, contig: str) -> str:
        """What counts on this contig depend on: columns of another key are not current."""
        if contig not in _OF_MEN or not self.men.any():
            return ""
        return sha256(self.assembly.encode() + np.packbits(self.men).tobytes()).hexdigest()


def counted_once(calls: Calls, is_single: Flags, men: Flags) -> Calls:
    """Calls of men in whom one allele was written twice (``1/1``, ``./.``), as one, in the records of ``is_single``.

    Two different alleles stay two: nobody can say which of them is wrong. Plain ``0/0`` is not listed; whoever counts
    takes it as one.
    """
    if not is_single.any():
        return calls
    alleles = calls.alleles
    is_same = ((alleles == alleles[:, :1]) | (alleles == NO_ALLELE)).all(axis=1)
    twice = np.flatnonzero(is_same & is_single[calls.record] & men[calls.sample])
    alleles = alleles.copy()
    alleles[twice, 1:] = NO_ALLELE
    return replace(calls, alleles=alleles)
