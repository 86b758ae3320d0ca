"""Writes the rows and the blocks of a chunk as its records come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from .layout import (
    BLOCK_FRAMES,
    COLUMN_OFFSETS,
    ENTRIES,
    ENTRIES_PER_BLOCK,
    GROUP_BYTES,
    ROWS_PER_GROUP,
    ROWS_PER_STRETCH,
    SHORT_CALLS_PER_ENTRY,
    SITE_COLUMNS,
    SITES,
    WORDS,
    WORDS_SCHEMA,
)
from .packing import packed_evidence, packed_steps, write_frames

Arrays = dict[str, NDArray[Any]]
_ENTRIES_AT_ONCE: Final = 8 * ENTRIES_PER_BLOCK  # of a kind, before they are written: the last block may be short


class ListOfArrays:
    """Arrays by name, in pieces that are joined when they are wanted."""

    def __init__(self) -> None:
        self._pieces: list[Arrays] = []
        self.size = 0

    def add(self, arrays: Arrays) -> None:
        """One more piece; all its arrays are equally long."""
        size = int(next(iter(arrays.values())).size)
        if size or not self._pieces:
            self._pieces.append(arrays)
            self.size += size

    def take(self) -> Arrays:
        """Everything, and be empty."""
        names = list(self._pieces[0]) if self._pieces else []
        joined = {name: np.concatenate([piece[name] for piece in self._pieces]) for name in names}
        self._pieces, self.size = [], 0
        return joined

    def put_back(self, arrays: Arrays) -> None:
        """What was taken and is not used yet."""
        if arrays and next(iter(arrays.values())).size:
            self.add(arrays)


class _Shelf:
    """Records of one kind, until their blocks are written."""

    def __init__(self) -> None:
        self._rows, self._carriers, self._short = ListOfArrays(), ListOfArrays(), ListOfArrays()

    def entries(self, carriers: Any = 0, short: Any = 0) -> Any:
        """How many carriers wait, and as what incomplete calls count; with so many more of both (numbers or arrays)."""
        return self._carriers.size + carriers + (self._short.size + short) // SHORT_CALLS_PER_ENTRY

    def add(self, rows: Arrays, carriers: Arrays, short: Arrays) -> None:
        """Whole records; ``rows`` has the number of each row, its record, and how many carriers and short calls."""
        self._rows.add(rows)
        self._carriers.add(carriers)
        self._short.add(short)

    def take_blocks(self) -> Iterator[tuple[Arrays, bytes]]:
        """Everything, in blocks of whole records: the rows of each, told where in it they begin, and its bytes."""
        if not self._rows.size:
            return
        rows, carriers, short = self._rows.take(), self._carriers.take(), self._short.take()
        is_first = np.diff(rows["record"], prepend=-1) != 0
        carried = np.cumsum(rows["carried"])
        # Rows of one record share its incomplete calls
        incomplete = np.cumsum(np.where(is_first, rows["short_count"], 0))
        at = {"carrier_at": carried - rows["carried"], "short_at": incomplete - rows["short_count"]}
        for start, end in _cuts(is_first, carried + incomplete // SHORT_CALLS_PER_ENTRY):
            first = {name: int(values[start]) for name, values in at.items()}
            placed = {name: values[start:end] - first[name] for name, values in at.items()}
            block = _block(
                {name: values[first["carrier_at"] : carried[end - 1]] for name, values in carriers.items()},
                {name: values[first["short_at"] : incomplete[end - 1]] for name, values in short.items()},
            )
            yield placed | {"row": rows["row"][start:end]}, block


def _cuts(is_first: NDArray[np.bool_], entries: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Rows of each block, about ENTRIES_PER_BLOCK or one record; ``entries`` is how many there are up to each row."""
    total = int(entries[-1])
    wanted = np.arange(1, max(1, total // ENTRIES_PER_BLOCK)) * ENTRIES_PER_BLOCK
    starts = np.flatnonzero(is_first)
    before = np.concatenate(([0], entries))[starts]
    edges = np.unique([0, *starts[np.minimum(np.searchsorted(before, wanted), starts.size - 1)], is_first.size])
    yield from zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)


def _block(carriers: Arrays, short: Arrays) -> bytes:
    frames = packed_evidence(carriers["code"], carriers)
    frames["sample"], frames["sample_rest"] = packed_steps(carriers["sample"])
    frames["short"], frames["short_rest"] = packed_steps(short["sample"])
    frames["code"] = carriers["code"].tobytes()
    frames["called"] = short["called"].astype(np.uint8).tobytes()
    block = write_frames(BLOCK_FRAMES, frames)
    # A table of sizes is read in place: it begins at a multiple of four
    return block + bytes(-len(block) % 4)


class BlockWriter:
    """Gathers entries into blocks by kind of record, and hands on rows in order when it is known where theirs are."""

    def __init__(self, folder: Path) -> None:
        self._file: IO[bytes] = (folder / ENTRIES).open("wb")
        self._at = 0
        self._rows, self._placed = ListOfArrays(), ListOfArrays()
        self._shelves: dict[int, _Shelf] = defaultdict(_Shelf)
        self._sites = _SiteWriter(folder)

    def add(self, rows: Arrays, words: Mapping[str, Sequence[str | None]], carriers: Arrays, short: Arrays) -> None:
        """Whole records, with ``carried`` by row; carriers by row, incomplete calls by record.

        ``shelf`` says of each row, alike for all of a record, with which others its record shares blocks. However
        records come, one by one or many at once, they are written in the same blocks.
        """
        self._sites.add_words(words)
        last = np.flatnonzero(np.diff(rows["record"], append=-1))  # rows, by record
        ends = [last + 1, np.cumsum(rows["carried"])[last], np.cumsum(rows["short_count"][last])]
        sizes = [np.diff(end, prepend=0) for end in ends]
        start = np.zeros(3, dtype=np.int64)
        record = 0
        while record < last.size:
            record += self._until_full(rows["shelf"][last[record:]], *(size[record:] for size in sizes))
            end = np.array([each[record - 1] for each in ends])
            pieces = (
                {name: values[first:past] for name, values in arrays.items()}
                for arrays, first, past in zip((rows, carriers, short), start, end, strict=True)
            )
            self._add(*pieces)
            start = end

    def _until_full(self, shelf: NDArray[Any], rows: NDArray[Any], carriers: NDArray[Any], short: NDArray[Any]) -> int:
        """How many of the next records come before blocks have to be written, with that for which they have to."""
        is_full = self._rows.size + np.cumsum(rows) >= ROWS_PER_STRETCH
        for kind in np.unique(shelf).tolist():
            mine = shelf == kind
            entries = self._shelves[kind].entries(np.cumsum(carriers * mine), np.cumsum(short * mine))
            is_full |= entries >= _ENTRIES_AT_ONCE
        return int(is_full.argmax()) + 1 if is_full.any() else is_full.size

    def _add(self, rows: Arrays, carriers: Arrays, short: Arrays) -> None:
        held = {"row": np.arange(self._rows.size, self._rows.size + rows["shelf"].size)}
        held |= {name: rows[name] for name in ("record", "carried", "short_count")}
        is_first = np.diff(rows["record"], prepend=-1) != 0
        by_carrier = np.repeat(rows["shelf"], rows["carried"])
        by_short = np.repeat(rows["shelf"][is_first], rows["short_count"][is_first])
        for shelf in np.unique(rows["shelf"]).tolist():
            self._shelves[shelf].add(
                {name: values[rows["shelf"] == shelf] for name, values in held.items()},
                {name: values[by_carrier == shelf] for name, values in carriers.items()},
                {name: values[by_short == shelf] for name, values in short.items()},
            )
        self._rows.add(rows)
        for full in self._shelves.values():
            if full.entries() >= _ENTRIES_AT_ONCE:
                self._write(full)
        if self._rows.size >= ROWS_PER_STRETCH:
            self._flush()

    def _write(self, shelf: _Shelf) -> None:
        for placed, block in shelf.take_blocks():
            self._file.write(block)
            size = placed["row"].size
            placed |= {"block": np.full(size, self._at), "block_bytes": np.full(size, len(block))}
            self._placed.add(placed)
            self._at += len(block)

    def _flush(self) -> None:
        for _, shelf in sorted(self._shelves.items()):
            self._write(shelf)
        rows, placed = self._rows.take(), self._placed.take()
        if rows:
            order = np.argsort(placed.pop("row"))
            self._sites.add_rows(rows | {name: values[order] for name, values in placed.items()})

    def finish(self) -> tuple[list[int], list[int]]:
        """Write what is left; returns the first position of each group, and where its words are."""
        self._flush()
        return self._sites.finish()

    def close(self) -> None:
        """Close the files."""
        self._file.close()
        self._sites.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class _SiteWriter:
    """Cuts rows into groups, and gives the texts of each group numbers."""

    def __init__(self, folder: Path) -> None:
        self._sites: IO[bytes] = (folder / SITES).open("wb")
        self._words: IO[bytes] = (folder / WORDS).open("wb")
        self._rows = ListOfArrays()
        self._texts: dict[str, list[str | None]] = {name: [] for name in WORDS_SCHEMA.names}
        self._first_positions: list[int] = []
        self._word_offsets = [0]

    def add_words(self, words: Mapping[str, Sequence[str | None]]) -> None:
        """Texts of the next rows, which may come later themselves."""
        for name, texts in self._texts.items():
            texts.extend(words[name])

    def add_rows(self, rows: Arrays) -> None:
        """The next rows."""
        self._rows.add(rows)
        while self._rows.size >= ROWS_PER_GROUP:
            self._write_group(ROWS_PER_GROUP)

    def _write_group(self, size: int) -> None:
        held = self._rows.take()
        rows = {name: values[:size] for name, values in held.items()}
        self._rows.put_back({name: values[size:] for name, values in held.items()})
        self._first_positions.append(int(rows["file_position_1based"][0]))
        rows |= self._write_words(size)
        group = np.zeros(GROUP_BYTES, dtype=np.uint8)
        for name, dtype in SITE_COLUMNS.items():
            values = rows[name].astype(dtype).view(np.uint8)
            group[COLUMN_OFFSETS[name] : COLUMN_OFFSETS[name] + values.size] = values
        self._sites.write(group.tobytes())

    def _write_words(self, size: int) -> Arrays:
        """Each different text once, in the order of its first use; returns the numbers by column."""
        numbers: dict[str | None, int] = {None: 0}
        codes: Arrays = {}
        for name, texts in self._texts.items():
            codes[name] = np.array([numbers.setdefault(text, len(numbers)) for text in texts[:size]], dtype="<u2")
            del texts[:size]
        heap = [b"" if text is None else text.encode() for text in numbers]
        ends = np.cumsum([0, *map(len, heap)])
        written = np.array([len(heap), *ends], dtype="<i4").tobytes() + b"".join(heap)
        written += bytes(-len(written) % 4)
        self._words.write(written)
        self._word_offsets.append(self._word_offsets[-1] + len(written))
        return codes

    def finish(self) -> tuple[list[int], list[int]]:
        if self._rows.size:
            self._write_group(self._rows.size)
        return self._first_positions, self._word_offsets

    def close(self) -> None:
        self._sites.close()
        self._words.close()
