"""Writes the rows and the blocks of a chunk as its records come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from .layout import (
    BLOCK_FRAMES,
    COLUMN_OFFSETS,
    ENTRIES,
    ENTRIES_PER_BLOCK,
    GROUP_BYTES,
    ROWS_PER_GROUP,
    SITE_COLUMNS,
    SITES,
    WORDS,
    WORDS_SCHEMA,
)
from .packing import packed_evidence, packed_steps, write_frames

Arrays = dict[str, NDArray[Any]]


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


class BlockWriter:
    """Gathers entries into blocks, and hands on rows once it is known where their block is."""

    def __init__(self, folder: Path) -> None:
        self._file: IO[bytes] = (folder / ENTRIES).open("wb")
        self._at = 0
        self._rows, self._carriers, self._short = ListOfArrays(), ListOfArrays(), ListOfArrays()
        self._sites = _SiteWriter(folder)

    def add(self, rows: Arrays, words: Mapping[str, Sequence[str | None]], carriers: Arrays, short: Arrays) -> None:
        """Whole records: rows with ``carrier_at`` and ``short_at`` counted from the first entry of these records."""
        rows["carrier_at"] = rows["carrier_at"] + self._carriers.size
        rows["short_at"] = rows["short_at"] + self._short.size
        self._rows.add(rows)
        self._carriers.add(carriers)
        self._short.add(short)
        self._sites.add_words(words)
        if self._carriers.size + self._short.size >= ENTRIES_PER_BLOCK:
            self._flush()

    def _flush(self) -> None:
        if not self._rows.size:
            return
        carriers, short, rows = self._carriers.take(), self._short.take(), self._rows.take()
        frames = packed_evidence(carriers["code"], carriers)
        frames["sample"], frames["sample_rest"] = packed_steps(carriers["sample"])
        frames["short"], frames["short_rest"] = packed_steps(short["sample"])
        frames["code"] = carriers["code"].tobytes()
        frames["called"] = short["called"].astype(np.uint8).tobytes()
        block = write_frames(BLOCK_FRAMES, frames)
        # A table of sizes is read in place: it begins at a multiple of four
        block += bytes(-len(block) % 4)
        self._file.write(block)
        size = next(iter(rows.values())).size
        rows["block"], rows["block_bytes"] = np.full(size, self._at), np.full(size, len(block))
        self._at += len(block)
        self._sites.add_rows(rows)

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
