"""Columns of a chunk, mapped into memory: nothing is read before it is looked at."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from research_env.engine.sources import ChunkSource, etag_of

from .layout import BUILDER_VERSION, WORDS, WORDS_PER_BATCH, WORDS_SCHEMA, Manifest


def is_current(manifest: Manifest, source: ChunkSource, sample_count: int, etag: str) -> bool:
    """The columns were made by this version, of this very file, for this chunk and this many people."""
    return (
        manifest.builder_version == BUILDER_VERSION
        and manifest.source_etag == etag
        and manifest.sample_count == sample_count
        and manifest.annotation == source.annotation
        and (manifest.contig, manifest.start_1based, manifest.end_1based)
        == (source.contig, source.start_1based, source.end_1based)
    )


def open_columns(source: ChunkSource, sample_count: int, folder: str | os.PathLike[str]) -> Columns | None:
    """The chunk's columns, or None where there are none that are current: the VCF is read then."""
    path = Path(folder)
    manifest = Manifest.read(path)
    if manifest is None or not is_current(manifest, source, sample_count, etag_of(source.path)):
        return None
    return Columns(path, manifest)


class Columns:
    """The arrays of layout.ARRAYS by name, read-only, and the words of rows."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._arrays: dict[str, NDArray[Any]] = {}
        self.manifest = manifest

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._arrays:
            path = self._folder / f"{name}.bin"
            # An empty file cannot be mapped
            dtype = np.dtype(self.manifest.dtypes[name])
            self._arrays[name] = np.memmap(path, dtype, "r") if path.stat().st_size else np.empty(0, dtype)
        return self._arrays[name]

    @cached_property
    def _words(self) -> Any:
        return pa.ipc.open_file(pa.memory_map(str(self._folder / WORDS)))

    def words(self, rows: NDArray[np.int64], names: list[str] | None = None) -> pa.Table:
        """The words of these rows (ascending), all columns or those named."""
        chosen = names or WORDS_SCHEMA.names
        schema = pa.schema([WORDS_SCHEMA.field(name) for name in chosen])
        batches = []
        for number in np.unique(rows // WORDS_PER_BATCH):
            inside = rows[rows // WORDS_PER_BATCH == number] - number * WORDS_PER_BATCH
            batches.append(self._words.get_batch(int(number)).select(chosen).take(pa.array(inside)))
        return pa.Table.from_batches(batches, schema=schema)


def runs(starts: NDArray[np.int64], rows: NDArray[np.int64]) -> tuple[slice | NDArray[np.int64], NDArray[np.int64]]:
    """Where the runs of these rows lie in the arrays behind ``starts``, and of which row (0, 1, ...) each entry is.

    Neighbouring rows give a slice, which copies nothing.
    """
    first, last = np.asarray(starts[rows]), np.asarray(starts[rows + 1])
    lengths = last - first
    owner = np.repeat(np.arange(rows.size), lengths)
    if rows.size and rows[-1] - rows[0] == rows.size - 1:
        return slice(int(first[0]), int(last[-1])), owner
    before = np.cumsum(lengths) - lengths
    return np.arange(owner.size) + np.repeat(first - before, lengths), owner
