"""A set of samples of one release, as a mask over their dense indexes."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import InvalidTarget


@dataclass(frozen=True, eq=False, slots=True)
class Cohort:
    """Samples by their index, which is the column position in every VCF of the release.

    ``mask`` is ``uint8[n]``, read-only, 1 for members. Cohorts combine with ``&``, ``|`` and ``-``. The caller
    takes withdrawn people out (``cohort - withdrawn``); the engine knows nothing of consent.
    """

    mask: NDArray[np.uint8]

    def __post_init__(self) -> None:
        mask = np.array(self.mask, dtype=np.uint8, copy=True).reshape(-1)
        if mask.size and mask.max() > 1:
            raise InvalidTarget("A cohort mask holds only 0 and 1.")
        mask.setflags(write=False)
        object.__setattr__(self, "mask", mask)

    @classmethod
    def from_indexes(cls, n: int, indexes: Iterable[int]) -> "Cohort":
        """Members by index, 0 to n - 1, in any order; repeats count once. Raises InvalidTarget out of range."""
        chosen = np.fromiter(indexes, dtype=np.int64)
        if chosen.size and (chosen.min() < 0 or chosen.max() >= n):
            raise InvalidTarget(f"The cohort names a sample outside the release, which has {n:,}.")
        mask = np.zeros(n, dtype=np.uint8)
        mask[chosen] = 1
        return cls(mask)

    @classmethod
    def everyone(cls, n: int) -> "Cohort":
        """All n samples."""
        return cls(np.ones(n, dtype=np.uint8))

    @property
    def size(self) -> int:
        """Number of members."""
        return int(np.count_nonzero(self.mask))

    @property
    def n(self) -> int:
        """Number of samples of the release."""
        return int(self.mask.size)

    @property
    def indexes(self) -> NDArray[np.uint32]:
        """Members, ascending."""
        return np.flatnonzero(self.mask).astype(np.uint32)

    def __and__(self, other: "Cohort") -> "Cohort":
        return Cohort(self.mask & self._aligned(other))

    def __or__(self, other: "Cohort") -> "Cohort":
        return Cohort(self.mask | self._aligned(other))

    def __sub__(self, other: "Cohort") -> "Cohort":
        return Cohort(self.mask & (1 - self._aligned(other)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cohort) and np.array_equal(self.mask, other.mask)

    def __hash__(self) -> int:
        return hash(self.mask.tobytes())

    def _aligned(self, other: "Cohort") -> NDArray[np.uint8]:
        if other.n != self.n:
            raise InvalidTarget(f"Cohorts of different releases ({self.n:,} and {other.n:,} samples) do not combine.")
        return other.mask
