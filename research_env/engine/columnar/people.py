"""Rare alleles once more, by person: spilled as records come, sorted at the end a stretch of people at a time."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from .layout import EVIDENCE, PEOPLE, PEOPLE_FRAMES, PEOPLE_PER_BLOCK
from .packing import packed, packed_evidence, packed_steps, write_frames
from .write import ListOfArrays

_SPILLED: Final = {"sample": "<u4", "row": "<u4", "code": "|u1", **dict.fromkeys(EVIDENCE, "<i4")}
_ENTRIES_AT_ONCE: Final = 2_000_000
_SPILLED_AT_ONCE: Final = 100_000


class PeopleWriter:
    """Takes entries by row and writes them by person; memory is bounded whatever their number."""

    def __init__(self, folder: Path, sample_count: int) -> None:
        self._folder = folder
        self._streams: dict[str, IO[bytes]] = {name: (folder / f"{name}.spilled").open("w+b") for name in _SPILLED}
        self._counts = np.zeros(sample_count, dtype=np.int64)
        self._waiting = ListOfArrays()

    def add(self, entries: dict[str, NDArray[Any]]) -> None:
        """Entries of the next rows: ``row`` and what a carrier has."""
        self._waiting.add(entries)
        if self._waiting.size >= _SPILLED_AT_ONCE:
            self._spill()

    def _spill(self) -> None:
        if self._waiting.size:
            entries = self._waiting.take()
            for name, dtype in _SPILLED.items():
                self._streams[name].write(entries[name].astype(dtype).tobytes())
            self._counts += np.bincount(entries["sample"], minlength=self._counts.size)

    def finish(self) -> None:
        """Write the file."""
        self._spill()
        for stream in self._streams.values():
            stream.flush()
        spilled = {name: self._mapped(name) for name in _SPILLED}
        blocks = -(-self._counts.size // PEOPLE_PER_BLOCK)
        head = np.zeros(blocks + 1, dtype="<u8")
        with (self._folder / PEOPLE).open("wb") as file:
            file.write(head.tobytes())
            head[0] = file.tell()
            for first, last in self._stretches():
                for number, block in enumerate(self._blocks(spilled, first, last), first):
                    file.write(block)
                    head[number + 1] = file.tell()
            file.seek(0)
            file.write(head.tobytes())

    def _mapped(self, name: str) -> NDArray[Any]:
        path = self._folder / f"{name}.spilled"
        dtype = np.dtype(_SPILLED[name])
        return np.asarray(np.memmap(path, dtype, "r")) if path.stat().st_size else np.empty(0, dtype)

    def _stretches(self) -> list[tuple[int, int]]:
        """Blocks of people, first and last (exclusive), with so many entries at once."""
        per_block = np.add.reduceat(self._counts, np.arange(0, self._counts.size, PEOPLE_PER_BLOCK))
        before = np.concatenate(([0], np.cumsum(per_block)))
        found, first = [], 0
        while first < per_block.size:
            last = int(np.searchsorted(before, before[first] + _ENTRIES_AT_ONCE, side="right")) - 1
            last = max(last, first + 1)
            found.append((first, last))
            first = last
        return found

    def _blocks(self, spilled: dict[str, NDArray[Any]], first: int, last: int) -> list[bytes]:
        """The blocks of some people, from all entries."""
        low, high = first * PEOPLE_PER_BLOCK, last * PEOPLE_PER_BLOCK
        sample = spilled["sample"]
        mine = np.flatnonzero((sample >= low) & (sample < high))
        # Entries come by row, so a stable sort by person leaves each person's rows ascending
        mine = mine[np.argsort(sample[mine], kind="stable")]
        own = {name: values[mine] for name, values in spilled.items()}
        edges = np.searchsorted(own["sample"], np.arange(low, high + 1, PEOPLE_PER_BLOCK))
        found = []
        for number in range(last - first):
            inside = slice(int(edges[number]), int(edges[number + 1]))
            entries = {name: values[inside] for name, values in own.items()}
            people = self._counts[low + number * PEOPLE_PER_BLOCK :][:PEOPLE_PER_BLOCK]
            frames = packed_evidence(entries["code"], entries)
            frames["count"], frames["count_rest"] = packed(people)
            frames["row"], frames["row_rest"] = packed_steps(entries["row"])
            frames["code"] = entries["code"].tobytes()
            block = write_frames(PEOPLE_FRAMES, frames)
            found.append(block + bytes(-len(block) % 4))
        return found

    def close(self) -> None:
        """Close what was spilled, and remove it."""
        for name, stream in self._streams.items():
            stream.close()
            (self._folder / f"{name}.spilled").unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
