"""Numbers out of the sample columns of many VCF lines at once."""

import math
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
MISSING: Final = -1

_COLON = ord(":")
_LARGEST: Final = 2**31 - 1


class Text:
    """Bytes of sample columns: finds sub-tokens of cells and reads them as numbers, without a loop over cells."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.buffer: NDArray[np.uint8] = np.frombuffer(data, dtype=np.uint8)

    @cached_property
    def _colons(self) -> Places:
        return _places(self.buffer == _COLON)

    @cached_property
    def windows(self) -> tuple[NDArray[np.uint32], NDArray[np.uint64]]:
        """The words of four and of eight bytes that begin at each place."""
        size = self.buffer.size
        return (
            np.ndarray(max(size - 3, 0), dtype="<u4", buffer=self.data, strides=(1,)),
            np.ndarray(max(size - 7, 0), dtype="<u8", buffer=self.data, strides=(1,)),
        )

    def keyed(self, starts: Places, ends: Places, index: int) -> tuple[Places, Places]:
        """The ``index``-th ``:``-separated token of each cell; start equals end where the cell has fewer."""
        return _token(self._colons, starts, ends, np.full(starts.size, index, dtype=np.int64))

    def numbers(self, starts: Places, ends: Places, index: int, parts: Places | None = None) -> NDArray[np.int32]:
        """The ``index``-th token of each cell, or that of its ``,``-separated parts, as whole numbers.

        Fractions are cut; MISSING for ``.``, empty and unreadable ones, and where the cell has fewer.
        """
        from .kernels import UNREAD, integers

        found = np.empty(starts.size, dtype=np.int32)
        whole = np.full(starts.size, -1, dtype=np.int64) if parts is None else parts
        integers(self.buffer, (starts, ends), index, whole, found)
        for place in np.flatnonzero(found == UNREAD).tolist():
            token = self.data[starts[place] : ends[place]].split(b":")[index]
            found[place] = _whole_number(token if parts is None else token.split(b",")[parts[place]])
        return found


def _places(found: NDArray[np.bool_]) -> Places:
    """Where it is found, with one sentinel past every end that stands for "no further"."""
    return np.append(np.flatnonzero(found), np.iinfo(np.int64).max)


def _token(places: Places, starts: Places, ends: Places, index: Places) -> tuple[Places, Places]:
    first = np.searchsorted(places, starts)
    last = places.size - 1
    before = places[np.minimum(first + np.maximum(index - 1, 0), last)]
    token_starts = np.where(index == 0, starts, np.minimum(before, ends - 1) + 1)
    token_starts = np.where((index > 0) & (before >= ends), ends, token_starts)
    after = places[np.minimum(first + index, last)]
    return token_starts, np.maximum(token_starts, np.minimum(after, ends))


def _whole_number(token: bytes) -> int:
    try:
        number = float(token)
    except ValueError:
        return MISSING
    return math.floor(number) if 0 <= number <= _LARGEST else MISSING
