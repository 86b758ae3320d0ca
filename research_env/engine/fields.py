"""Numbers out of the sample columns of many VCF lines at once."""

import math
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
MISSING: Final = -1

_COLON, _COMMA, _ZERO = ord(":"), ord(","), ord("0")
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
    def _commas(self) -> Places:
        return _places(self.buffer == _COMMA)

    def only(self, starts: Places, ends: Places) -> tuple["Text", Places, Places]:
        """A text of these cells alone, and where each lies in it: what is not asked for is never searched."""
        widths = ends - starts + 1  # with the sign that ends the cell
        own_ends = np.cumsum(widths)
        own_starts = own_ends - widths
        taken = np.repeat(starts - own_starts, widths) + np.arange(own_ends[-1] if widths.size else 0)
        return Text(self.buffer[taken].tobytes()), own_starts, own_ends - 1

    def keyed(self, starts: Places, ends: Places, index: int) -> tuple[Places, Places]:
        """The ``index``-th ``:``-separated token of each cell; start equals end where the cell has fewer."""
        return _token(self._colons, starts, ends, np.full(starts.size, index, dtype=np.int64))

    def listed(self, starts: Places, ends: Places, index: Places) -> tuple[Places, Places]:
        """The ``index``-th (one index for each token) ``,``-separated part of each token."""
        return _token(self._commas, starts, ends, index)

    def integers(self, starts: Places, ends: Places) -> NDArray[np.int32]:
        """The tokens as whole numbers (fractions are cut), MISSING for ``.``, empty and unreadable ones."""
        width = ends - starts
        value = np.zeros(starts.size, dtype=np.int64)
        plain = (width > 0) & (width < 10)
        for offset in range(int(width[plain].max(initial=0))):
            inside = plain & (offset < width)
            digit = self.buffer[np.where(inside, starts + offset, 0)].astype(np.int64) - _ZERO
            plain &= ~inside | ((digit >= 0) & (digit <= 9))
            value = np.where(inside, value * 10 + digit, value)
        value[~plain] = MISSING
        for place in np.flatnonzero(~plain & (width > 1)):
            value[place] = _whole_number(self.data[starts[place] : ends[place]])
        return value.astype(np.int32)


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
