"""Estimates from a tabix index (.tbi or .csi): how many records and bytes lie in a region, without reading them."""

import gzip
import math
import os
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .bcf import contigs_of, is_bcf
from .errors import BadSource, InvalidTarget
from .objects import RemoteFile, is_remote, open_bytes
from .regions import Region, canonical_contig
from .sites import Selection
from .sources import ChunkSource, etag_of

# A virtual offset is the place of a compressed block and a place inside of it; the latter is worth this many
# compressed bytes per byte: sample columns pack about 12 to 1. Only estimates depend on it.
_PACKING: Final = 1 / 12
# Compressed bytes between two pieces of a file that are read rather than skipped
_READ_ON: Final = 1 << 18
# Compressed bytes of a record, where neither the index nor the registration counted: a guess for 1,000 samples.
_BYTES_PER_RECORD: Final = 1_500


@dataclass(frozen=True, slots=True)
class Bin:
    """A span of positions (0-based, half-open) and the compressed bytes of the records filed under it."""

    start: int
    end: int
    size: float
    pieces: tuple[tuple[int, int], ...] = ()  # virtual offsets in the file


@dataclass(frozen=True, slots=True)
class ContigIndex:
    """Bins of one contig, and the number of its records where the index knows it."""

    bins: tuple[Bin, ...]
    record_count: int | None

    @property
    def first_offset(self) -> int | None:
        """The virtual offset of its first record."""
        return min((first for each in self.bins for first, _ in each.pieces), default=None)

    def pieces(self, start: int, end: int) -> list[tuple[int, int]]:
        """Where the file may hold records of these positions (0-based, half-open), in its order; near ones as one."""
        found: list[tuple[int, int]] = []
        listed = (piece for each in self.bins if each.start < end and each.end > start for piece in each.pieces)
        for first, last in sorted(listed):
            if found and first >> 16 <= (found[-1][1] >> 16) + _READ_ON:
                found[-1] = (found[-1][0], max(found[-1][1], last))
            else:
                found.append((first, last))
        return found


@dataclass(frozen=True, slots=True)
class Estimate:
    """Expected records and compressed bytes to read."""

    records: int
    size_bytes: int


class Profile:
    """Expected records before each position of a chunk: bins spread evenly over the positions that it owns."""

    def __init__(self, chunk: ChunkSource) -> None:
        index = _index(chunk).get(chunk.contig, ContigIndex((), 0))
        clipped = [
            Bin(max(each.start, chunk.start_1based - 1), min(each.end, chunk.end_1based), each.size)
            for each in index.bins
            if each.start < chunk.end_1based and each.end >= chunk.start_1based and each.size > 0
        ]
        self._edges, self._bytes_before = _cumulate(clipped)
        self._total = float(self._bytes_before[-1])
        self._records = self._record_total(index, chunk)

    def _record_total(self, index: ContigIndex, chunk: ChunkSource) -> float:
        whole = sum(each.size for each in index.bins)
        if index.record_count is not None and whole > 0:
            return index.record_count * self._total / whole
        return chunk.record_count if chunk.record_count is not None else self._total / _BYTES_PER_RECORD

    def estimate(self, region: Region) -> Estimate:
        """What reading the region takes; at least one record wherever the chunk has any."""
        start, end = np.interp([region.start_1based - 1, region.end_1based], self._edges, self._bytes_before)
        if self._total <= 0:
            return Estimate(0, 0)
        records = self._records * float(end - start) / self._total
        return Estimate(max(1, math.ceil(records)), math.ceil(end - start))

    def split(self, region: Region, parts: int) -> list[Region]:
        """At most ``parts`` neighbouring regions of about equal records."""
        ends = np.interp([region.start_1based - 1, region.end_1based], self._edges, self._bytes_before)
        cuts = np.interp(np.linspace(ends[0], ends[1], parts + 1)[1:-1], self._bytes_before, self._edges)
        inside = sorted({int(cut) for cut in cuts if region.start_1based <= int(cut) < region.end_1based})
        starts = [region.start_1based, *(cut + 1 for cut in inside)]
        return [
            Region(region.contig, start, end) for start, end in zip(starts, [*inside, region.end_1based], strict=True)
        ]


def estimate_selection(chunk: ChunkSource, selection: Selection) -> Estimate:
    """The sum over all that is wanted of a chunk. Raises BadSource when the index cannot be read."""
    profile = Profile(chunk)
    each = [profile.estimate(window) for window in selection.windows()]
    return Estimate(sum(one.records for one in each), sum(one.size_bytes for one in each))


def first_offset(chunk: ChunkSource) -> int | None:
    """The virtual offset of the first record of a chunk's contig in its file; None when it has none there."""
    index = _index(chunk).get(chunk.contig)
    return None if index is None else index.first_offset


def _index(chunk: ChunkSource) -> dict[str, ContigIndex]:
    names = contigs_of(chunk.path, etag_of(chunk.path)) if is_bcf(chunk.path) else ()
    return index_of(chunk.index_path, names)


def index_of(path: str, names: tuple[str, ...] = ()) -> dict[str, ContigIndex]:
    """An index by canonical contig; that of a BCF has no names of its own. Raises BadSource when it cannot be read."""
    return _read_index(path, _stamp(path), names)


def _cumulate(bins: list[Bin]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Edges of the bins, and the bytes before each edge; strictly increasing where there is something."""
    if not bins:
        return np.zeros(1), np.zeros(1)
    edges = np.unique([edge for each in bins for edge in (each.start, each.end)]).astype(np.float64)
    density = np.zeros(edges.size)
    for each in bins:
        share = each.size / (each.end - each.start)
        density[np.searchsorted(edges, each.start)] += share
        density[np.searchsorted(edges, each.end)] -= share
    within = np.cumsum(density)[:-1] * np.diff(edges)
    return edges, np.concatenate((np.zeros(1), np.cumsum(np.maximum(within, 0))))


def _stamp(path: str) -> int | str:
    if is_remote(path):
        return RemoteFile(path).etag
    try:
        return os.stat(path).st_mtime_ns
    except OSError as error:
        raise BadSource(f"The index {os.path.basename(path)} cannot be read: {error.strerror}.") from error


@lru_cache(maxsize=64)
def _read_index(path: str, stamp: int | str, names: tuple[str, ...]) -> dict[str, ContigIndex]:
    """Bins by canonical contig; other contigs are left out. ``stamp`` only keeps the cache fresh."""
    name = os.path.basename(path)
    try:
        with open_bytes(path) as packed:
            return _parse(_Cursor(gzip.decompress(packed.read())), names)
    except (OSError, EOFError, struct.error, ValueError) as error:
        raise BadSource(f"The index {name} is damaged or not a tabix index. Make it again with “tabix”.") from error


class _Cursor:
    """Reads little-endian numbers one after another."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def take(self, size: int) -> bytes:
        piece = self._data[self._place : self._place + size]
        if len(piece) < size:
            raise EOFError
        self._place += size
        return piece

    def numbers(self, layout: str) -> tuple[int, ...]:
        return struct.unpack(f"<{layout}", self.take(struct.calcsize(f"<{layout}")))


def _parse(cursor: _Cursor, known: tuple[str, ...]) -> dict[str, ContigIndex]:
    magic = cursor.take(4)
    if magic == b"TBI\1":
        min_shift, depth = 14, 5
        (contigs,) = cursor.numbers("i")
        names = _names(cursor)
    elif magic == b"CSI\1":
        min_shift, depth, named = cursor.numbers("iii")
        names = _names(cursor) if named else list(known)
        (contigs,) = cursor.numbers("i")
    else:
        raise ValueError("neither TBI nor CSI")
    found = {}
    for name in names[:contigs]:
        index = _contig(cursor, min_shift, depth, is_tbi=magic == b"TBI\1")
        try:
            found[canonical_contig(name)] = index
        except InvalidTarget:
            continue
    return found


def _names(cursor: _Cursor) -> list[str]:
    *_, size = cursor.numbers("7i")
    return [name.decode("latin-1") for name in cursor.take(size).split(b"\0") if name]


def _contig(cursor: _Cursor, min_shift: int, depth: int, *, is_tbi: bool) -> ContigIndex:
    # One number past the last real bin holds statistics: (first, last offset), (records, 0)
    statistics = ((1 << 3 * (depth + 1)) - 1) // 7 + 1
    record_count = None
    bins = []
    (bin_count,) = cursor.numbers("i")
    for _ in range(bin_count):
        (number,) = cursor.numbers("I")
        if not is_tbi:
            cursor.numbers("Q")
        (piece_count,) = cursor.numbers("i")
        offsets = cursor.numbers(f"{2 * piece_count}Q")
        if number == statistics:
            record_count = offsets[2]
            continue
        pieces = tuple(zip(offsets[::2], offsets[1::2], strict=True))
        size = sum(_place(end) - _place(start) for start, end in pieces)
        start, length = _span(number, min_shift, depth)
        bins.append(Bin(start, start + length, max(0.0, size), pieces))
    if is_tbi:
        (window_count,) = cursor.numbers("i")
        cursor.take(8 * window_count)
    return ContigIndex(tuple(bins), record_count)


def _place(virtual_offset: int) -> float:
    return (virtual_offset >> 16) + (virtual_offset & 0xFFFF) * _PACKING


def _span(number: int, min_shift: int, depth: int) -> tuple[int, int]:
    for level in range(depth + 1):
        first = ((1 << 3 * level) - 1) // 7
        if number < ((1 << 3 * (level + 1)) - 1) // 7:
            length = 1 << (min_shift + 3 * (depth - level))
            return (number - first) * length, length
    raise ValueError("a bin beyond the depth of the index")
