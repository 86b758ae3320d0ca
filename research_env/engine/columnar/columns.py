"""Columns of a chunk: rows by number, the blocks of their carriers, and rare alleles by person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from research_env.engine.errors import BadSource
from research_env.engine.filters import ZYGOSITIES
from research_env.engine.ploidy import Ploidy
from research_env.engine.sources import ChunkSource, etag_of

from .files import Part, Place, place_of
from .layout import (
    BLOCK_FRAMES,
    BUILDER_VERSION,
    COLUMN_OFFSETS,
    ENTRIES,
    GROUP_BYTES,
    MANIFEST,
    PEOPLE,
    PEOPLE_FRAMES,
    PEOPLE_PER_BLOCK,
    ROWS_PER_GROUP,
    SITE_COLUMNS,
    SITES,
    WORDS,
    WORDS_SCHEMA,
    Manifest,
)
from .packing import DAMAGED, Frames, unpacked, unpacked_evidence, unpacked_steps

Rows = NDArray[np.int64]


def is_current(manifest: Manifest, source: ChunkSource, sample_count: int, ploidy: Ploidy, etag: str) -> bool:
    """The columns were made by this version, of this very file, for this chunk and these people."""
    return (
        manifest.builder_version == BUILDER_VERSION
        and manifest.source_etag == etag
        and manifest.sample_count == sample_count
        and manifest.annotation == source.annotation
        and manifest.ploidy == ploidy.key(source.contig)
        and manifest.sequence_sha256 == (source.sequence.sha256 if source.sequence else "")
        and (manifest.contig, manifest.start_1based, manifest.end_1based)
        == (source.contig, source.start_1based, source.end_1based)
    )


def read_manifest(place: Place) -> Manifest | None:
    """None where there is none that this version can read."""
    try:
        return Manifest.from_bytes(place.read(MANIFEST))
    except OSError:
        return None


def open_columns(
    source: ChunkSource, sample_count: int, folder: str, *, ploidy: Ploidy | None = None
) -> Columns | None:
    """The chunk's columns, or None where there are none that are current: the VCF is read then."""
    place = place_of(folder)
    manifest = read_manifest(place)
    ploidy = ploidy or Ploidy.as_written(sample_count)
    if manifest is None or not is_current(manifest, source, sample_count, ploidy, etag_of(source.path)):
        return None
    return Columns(place, manifest, ploidy)


class Block:
    """The carriers of some rows, and the incomplete calls of their records; each list is unpacked when asked for."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames

    @cached_property
    def sample(self) -> NDArray[np.uint32]:
        """By carrier, ascending inside a row."""
        return unpacked_steps(*self._frames.pair("sample"))

    @cached_property
    def code(self) -> NDArray[np.uint8]:
        """By carrier: zygosity | phased << 2 | copies << 3."""
        return self._frames["code"]

    @cached_property
    def short_sample(self) -> NDArray[np.uint32]:
        """By incomplete call, ascending inside a record."""
        return unpacked_steps(*self._frames.pair("short"))

    @cached_property
    def short_called(self) -> NDArray[np.uint8]:
        """How many alleles it has: 0 is missing, 1 haploid or half called."""
        return self._frames["called"]

    def evidence(self, places: Rows) -> dict[str, NDArray[np.int32]]:
        """Of some carriers: depth, genotype quality, depth of the allele; fields.MISSING where there is none."""
        return unpacked_evidence(self._frames, self.code[places], places)


class Person:
    """Rare alleles of one person: ``rows`` ascending, and by row its code and evidence."""

    def __init__(self, frames: Frames, number: int) -> None:
        counts = unpacked(*frames.pair("count"))
        start = int(counts[:number].sum())
        mine = np.arange(start, start + int(counts[number]))
        self.rows: Rows = unpacked_steps(*frames.pair("row"))[mine].astype(np.int64)
        self.code = frames["code"][mine]
        self.evidence = unpacked_evidence(frames, self.code, mine)


class Columns:
    """A chunk's rows, read-only."""

    def __init__(self, place: Place, manifest: Manifest, ploidy: Ploidy) -> None:
        self._place = place
        self._views: dict[str, NDArray[Any]] = {}
        self.manifest, self.ploidy = manifest, ploidy

    def _part(self, name: str) -> Part:
        return self._place.part(name, self.manifest.sizes[name])

    @cached_property
    def _sites(self) -> Part:
        return self._part(SITES)

    @cached_property
    def _words(self) -> Part:
        return self._part(WORDS)

    @cached_property
    def _entries(self) -> Part:
        return self._part(ENTRIES)

    @cached_property
    def _people(self) -> Part:
        return self._part(PEOPLE)

    @cached_property
    def _first_positions(self) -> NDArray[np.int64]:
        return np.array(self.manifest.first_positions, dtype=np.int64)

    @cached_property
    def _word_offsets(self) -> NDArray[np.int64]:
        return np.array(self.manifest.word_offsets, dtype=np.int64)

    def _view(self, name: str) -> NDArray[Any]:
        if name not in self._views:
            kind = np.dtype(SITE_COLUMNS[name])
            shape = (len(self.manifest.first_positions), ROWS_PER_GROUP)
            strides = (GROUP_BYTES, kind.itemsize)
            found: NDArray[Any] = np.empty(shape, kind)
            if found.size:
                found = np.ndarray(shape, kind, self._sites.data, COLUMN_OFFSETS[name], strides)
            self._views[name] = found
        return self._views[name]

    def need(self, rows: Rows) -> None:
        """Bring the groups of these rows near, before their values are looked at."""
        groups = rows // ROWS_PER_GROUP
        groups = groups[np.diff(groups, prepend=-1) != 0]
        self._sites.need((group * GROUP_BYTES, (group + 1) * GROUP_BYTES) for group in groups.tolist())

    def values(self, name: str, rows: Rows) -> NDArray[Any]:
        """A column of SITE_COLUMNS at these rows, for which ``need`` was called."""
        view = self._view(name)
        found: NDArray[Any]
        if rows.size > 1 and rows[-1] - rows[0] + 1 == rows.size:  # neighbours
            first = int(rows[0] // ROWS_PER_GROUP)
            stretch = view[first : int(rows[-1] // ROWS_PER_GROUP) + 1].reshape(-1)
            start = int(rows[0]) - first * ROWS_PER_GROUP
            found = stretch[start : start + rows.size]
        else:
            found = view[rows // ROWS_PER_GROUP, rows % ROWS_PER_GROUP]
        return found

    def carrier_counts(self, rows: Rows) -> Rows:
        """How many people of the whole release carry each row."""
        kinds = [self.values(f"{kind}_count", rows).astype(np.int64) for kind in ZYGOSITIES]
        return kinds[0] + kinds[1] + kinds[2]

    def is_single(self, rows: Rows) -> NDArray[np.bool_]:
        """Where men have one copy."""
        return self.ploidy.is_single(self.manifest.contig, self.values("file_position_1based", rows))

    def row_range(self, start_1based: int, end_1based: int) -> Rows:
        """All rows of alleles that are reported from start to end, both inclusive."""
        left, right = self.manifest.moved_left, self.manifest.moved_right
        rows = np.arange(self._row_at(start_1based - right), self._row_at(end_1based + left + 1))
        if left or right:
            self.need(rows)
            reported = self.values("position_1based", rows)
            rows = rows[(reported >= start_1based) & (reported <= end_1based)]
        return rows

    def _row_at(self, position_1based: int) -> int:
        """The first row of a line at this position or after it."""
        # Rows at one position may reach over groups: the last group that begins before it
        group = int(np.searchsorted(self._first_positions, position_1based, side="left")) - 1
        if group < 0:
            return 0
        first = group * ROWS_PER_GROUP
        held = np.arange(first, min(first + ROWS_PER_GROUP, self.manifest.rows))
        self.need(held[:1])
        return first + int(np.searchsorted(self._view("file_position_1based")[group, : held.size], position_1based))

    def words(self, rows: Rows, names: list[str] | None = None) -> pa.Table:
        """The words of these rows (ascending), all columns or those named. Raises BadSource for damaged ones."""
        chosen = names or WORDS_SCHEMA.names
        self.need(rows)
        offsets, group = self._word_offsets, rows // ROWS_PER_GROUP
        near = group[np.diff(group, prepend=-1) != 0]
        self._words.need(zip(offsets[near].tolist(), offsets[near + 1].tolist(), strict=True))
        texts = [_texts(self._words.data, offsets[group], self.values(name, rows)) for name in chosen]
        return pa.Table.from_arrays(texts, schema=pa.schema([WORDS_SCHEMA.field(name) for name in chosen]))

    def blocks(self, rows: Rows) -> Iterator[tuple[Rows, Block]]:
        """The blocks of these rows (ascending), each with the places in ``rows`` of those in it, ascending."""
        if not rows.size:
            return
        block = self.values("block", rows)
        order = np.argsort(block, kind="stable")
        places, starts = np.unique(block[order], return_index=True)
        ends = (places + self.values("block_bytes", rows[order[starts]])).tolist()
        self._entries.need(zip(places.tolist(), ends, strict=True))
        for place, end, inside in zip(places.tolist(), ends, np.split(order, starts[1:]), strict=True):
            yield inside, Block(Frames(BLOCK_FRAMES, self._entries.data[place:end]))

    def person(self, sample: int) -> Person:
        """The rows with at most ``rare_copies`` copies that this person carries."""
        block, number = divmod(sample, PEOPLE_PER_BLOCK)
        head = 8 * (-(-self.manifest.sample_count // PEOPLE_PER_BLOCK) + 1)
        self._people.need([(0, head)])
        start, end = self._people.data[:head].view("<u8")[block : block + 2].tolist()
        self._people.need([(start, end)])
        return Person(Frames(PEOPLE_FRAMES, self._people.data[start:end]), number)


def _texts(data: NDArray[np.uint8], start: Rows, code: NDArray[np.uint16]) -> pa.StringArray:
    """Texts by the first byte of their group and their number in it, of which 0 is none.

    A group has the number of its texts, where each of them begins and the last one ends, and their letters.
    """
    from research_env.engine.kernels import copy_runs

    numbers, head = data.view("<i4"), start // 4
    place = head + 1 + code
    if (place + 1 >= numbers.size).any():
        raise BadSource(DAMAGED)
    text = start + 4 * (numbers[head].astype(np.int64) + 2)
    begins, ends = text + numbers[place], text + numbers[place + 1]
    if (ends < begins).any() or begins.min(initial=0) < 0 or ends.max(initial=0) > data.size:
        raise BadSource(DAMAGED)
    edges = np.zeros(code.size + 1, dtype=np.int32)
    np.cumsum(ends - begins, out=edges[1:])
    found = np.empty(int(edges[-1]), dtype=np.uint8)
    copy_runs(data, begins, ends, found)
    known = np.packbits(code > 0, bitorder="little")
    starts, letters, is_known = (pa.py_buffer(each.data) for each in (edges, found, known))
    texts = pa.StringArray.from_buffers(code.size, starts, letters, is_known)
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid as error:
        raise BadSource(DAMAGED) from error
    return texts


def ascending(pieces: Sequence[Rows]) -> Rows:
    """All of these rows, once each; quick where they ascend already, as those of regions mostly do."""
    rows = np.concatenate([*pieces, np.empty(0, dtype=np.int64)]).astype(np.int64, copy=False)
    return rows if (rows[1:] > rows[:-1]).all() else np.unique(rows).astype(np.int64)


def runs(starts: NDArray[Any], lengths: NDArray[Any]) -> tuple[Rows, Rows]:
    """The entries of runs, one run after another, and of which run (0, 1, ...) each is."""
    lengths = lengths.astype(np.int64)
    owner = np.repeat(np.arange(lengths.size), lengths)
    before = np.cumsum(lengths) - lengths
    return np.arange(owner.size) + np.repeat(starts - before, lengths), owner
