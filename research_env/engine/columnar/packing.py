"""Lists of numbers as compressed frames: a byte each where it fits, the rest beside them in planes."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import zstandard
from numpy.typing import NDArray

from research_env.engine.errors import BadSource

Numbers = NDArray[np.uint32]
DAMAGED: Final = "The columns of this chunk are damaged: make them anew with index_release."
_REST: Final = 255
# Steps back (at the start of the next row) wrap around at 24 bits, which the fourth plane then never needs
_WRAP: Final = np.uint32(0xFFFFFF)
LARGEST_SAMPLE: Final = int(_WRAP)


class _Codec(threading.local):
    """The contexts of one thread: to make one takes ten times longer than to read a small frame."""

    def __init__(self) -> None:
        self.write = zstandard.ZstdCompressor(level=3).compress
        self.read = zstandard.ZstdDecompressor().decompress


_codec: Final = _Codec()


def packed(values: NDArray[Any]) -> tuple[bytes, bytes]:
    """Whole numbers from 0 below 2**32: one byte each, and the planes of those that do not fit."""
    numbers = values.astype(np.uint32)
    is_rest = numbers >= _REST
    small = np.where(is_rest, np.uint32(_REST), numbers).astype(np.uint8)
    rest = np.ascontiguousarray(numbers[is_rest].astype("<u4").view(np.uint8).reshape(-1, 4).T)
    return small.tobytes(), rest.tobytes()


def unpacked(small: NDArray[np.uint8], rest: NDArray[np.uint8]) -> Numbers:
    """The inverse of packed."""
    numbers: Numbers = small.astype(np.uint32)
    if rest.size:
        planes = rest.reshape(4, -1)
        numbers[np.flatnonzero(small == _REST)] = np.ascontiguousarray(planes.T).view("<u4").reshape(-1)
    return numbers


def unpacked_at(small: NDArray[np.uint8], rest: NDArray[np.uint8], places: NDArray[np.int64]) -> Numbers:
    """Some of the numbers: what unpacked gives at these places."""
    numbers: Numbers = small[places].astype(np.uint32)
    large = np.flatnonzero(numbers == _REST)
    if large.size:
        order = np.searchsorted(np.flatnonzero(small == _REST), places[large])
        planes = np.ascontiguousarray(rest.reshape(4, -1)[:, order].T)
        numbers[large] = planes.view("<u4").reshape(-1)
    return numbers


def packed_steps(values: NDArray[Any]) -> tuple[bytes, bytes]:
    """Numbers below 2**24 that mostly climb, as steps."""
    numbers = values.astype(np.uint32)
    return packed(np.diff(numbers, prepend=np.uint32(0)) & _WRAP)


def unpacked_steps(small: NDArray[np.uint8], rest: NDArray[np.uint8]) -> Numbers:
    """The inverse of packed_steps. Raises BadSource for frames that do not belong together."""
    from research_env.engine.kernels import steps

    numbers: Numbers = np.empty(small.size, dtype=np.uint32)
    planes = rest.reshape(4, -1)
    if steps(small, planes, numbers) != planes.shape[1]:
        raise BadSource(DAMAGED)
    return numbers


def packed_signed(values: NDArray[Any]) -> tuple[bytes, bytes]:
    """Whole numbers of either sign, small ones either way in a byte."""
    wide = values.astype(np.int64)
    return packed(np.where(wide < 0, -2 * wide - 1, 2 * wide))


def _signed(numbers: Numbers) -> NDArray[np.int64]:
    """The inverse of packed_signed, from what was unpacked."""
    wide = numbers.astype(np.int64)
    return np.where(wide & 1, -(wide >> 1) - 1, wide >> 1)


def write_frames(names: Sequence[str], frames: Mapping[str, bytes]) -> bytes:
    """Compressed frames in order, behind a table of their sizes: (compressed, plain) for each."""
    pieces = [_codec.write(frames[name]) if frames[name] else b"" for name in names]
    sizes = [(len(piece), len(frames[name])) for piece, name in zip(pieces, names, strict=True)]
    return np.array(sizes, dtype="<u4").tobytes() + b"".join(pieces)


class Frames:
    """Reads frames of one block; each is decompressed when it is asked for. Raises BadSource for damaged ones."""

    def __init__(self, names: Sequence[str], data: NDArray[np.uint8]) -> None:
        head = len(names) * 8
        sizes = data[:head].view("<u4").reshape(-1, 2).tolist()
        self._data = data
        self._spans: dict[str, tuple[int, int, int]] = {}
        at = head
        for name, (size, plain) in zip(names, sizes, strict=True):
            self._spans[name] = (at, size, plain)
            at += size

    def __getitem__(self, name: str) -> NDArray[np.uint8]:
        at, size, plain = self._spans[name]
        if not plain:
            return np.empty(0, dtype=np.uint8)
        frame = self._data[at : at + size].data
        try:
            if zstandard.frame_content_size(frame) != plain:
                raise BadSource(DAMAGED)
            return np.frombuffer(_codec.read(frame), dtype=np.uint8)
        except zstandard.ZstdError as error:
            raise BadSource(DAMAGED) from error

    def pair(self, name: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The two frames of a list of numbers."""
        return self[name], self[f"{name}_rest"]


def expected_alt_depth(depth: NDArray[Any], code: NDArray[np.uint8]) -> NDArray[np.int64]:
    """What the depth of the allele mostly is: half the depth in a het call (zygosity 0), all of it in others."""
    whole = np.maximum(depth.astype(np.int64), 0)
    return np.where(code & 3 == 0, whole >> 1, whole)


def packed_evidence(code: NDArray[np.uint8], evidence: Mapping[str, NDArray[np.int32]]) -> dict[str, bytes]:
    """Depth and quality (-1 is none) of carriers, and the allele's depth as its distance from what is expected."""
    found: dict[str, bytes] = {}
    depth = evidence["depth"]
    lists = {
        "depth": packed(depth.astype(np.int64) + 1),
        "genotype_quality": packed(evidence["genotype_quality"].astype(np.int64) + 1),
        "alt_depth": packed_signed(evidence["alt_depth"] - expected_alt_depth(depth, code)),
    }
    for name, (small, rest) in lists.items():
        found[name], found[f"{name}_rest"] = small, rest
    return found


def unpacked_evidence(
    frames: Frames, code: NDArray[np.uint8], places: NDArray[np.int64]
) -> dict[str, NDArray[np.int32]]:
    """The inverse of packed_evidence at some places; ``code`` is that of these places."""
    depth = unpacked_at(*frames.pair("depth"), places).astype(np.int64) - 1
    quality = unpacked_at(*frames.pair("genotype_quality"), places).astype(np.int64) - 1
    own = _signed(unpacked_at(*frames.pair("alt_depth"), places)) + expected_alt_depth(depth, code)
    values = {"depth": depth, "genotype_quality": quality, "alt_depth": own}
    return {name: each.astype(np.int32) for name, each in values.items()}
