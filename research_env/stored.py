"""Stored tables of results, read by row group: of a file in a folder or in a bucket, only what a question needs."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from django.core.files.storage import default_storage
from numpy.typing import NDArray

Places = NDArray[np.int64]


class _Ranges(io.RawIOBase):
    """An object of a bucket as a file: each read asks for its range alone, where opening the storage takes it whole."""

    def __init__(self, stored: Any) -> None:
        self._object, self._size, self._at = stored.obj, int(stored.obj.content_length), 0
        self._if_match = stored.obj.e_tag

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        end = min(self._at + len(buffer), self._size)
        if end <= self._at:
            return 0
        asked = self._object.get(Range=f"bytes={self._at}-{end - 1}", IfMatch=self._if_match)
        data = asked["Body"].read()
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def open_stored(name: str) -> Any:
    """A stored file to read from any place, wherever the storage is. Raises FileNotFoundError."""
    stored = default_storage.open(name, "rb")
    return _Ranges(stored) if hasattr(stored, "obj") else stored


@dataclass(frozen=True)
class Groups:
    """The row groups of an open file. A place is a row's number in the file, from 0."""

    fragment: Any
    starts: Places  # int64[groups + 1]: place of the first row of each group, and how many rows there are

    def where(self, conditions: Sequence[Any]) -> Places:
        """Places of the rows for which all conditions hold, in order.

        Of a group whose least and greatest values exclude every row nothing is read; of the others, the columns that
        the conditions speak of.
        """
        whole = reduce(and_, conditions)
        found = [np.empty(0, np.int64)]
        for piece in self.fragment.split_by_row_group(filter=whole):
            held = piece.to_table(columns={"held": whole}, use_threads=False)["held"]
            inside = np.flatnonzero(held.fill_null(False).to_numpy())
            found.append(inside + self.starts[piece.row_groups[0].id])
        return np.concatenate(found)

    def read(self, places: Places, columns: Sequence[str] | None = None) -> Iterator[tuple[Places, pa.Table]]:
        """Rows at these places (ascending): for each group that has some, which they are and what they hold."""
        bounds = np.searchsorted(places, self.starts)
        for group in np.flatnonzero(np.diff(bounds)):
            mine = places[bounds[group] : bounds[group + 1]]
            piece = self.fragment.subset(row_group_ids=[int(group)])
            table = piece.to_table(columns=None if columns is None else list(columns), use_threads=False)
            yield mine, table if len(mine) == table.num_rows else table.take(pa.array(mine - self.starts[group]))

    def rows(self, places: Places) -> list[dict[str, Any]]:
        """Whole rows, in the order of the places."""
        ascending = np.unique(places)
        read = [row for _, table in self.read(ascending) for row in table.to_pylist()]
        return [read[place] for place in np.searchsorted(ascending, places)]


@contextmanager
def row_groups(name: str) -> Iterator[Groups]:
    """A stored Parquet file, of which only the footer has been read."""
    with open_stored(name) as stream:
        fragment: Any = ds.ParquetFileFormat().make_fragment(stream)
        fragment.ensure_complete_metadata()
        sizes = [group.num_rows for group in fragment.row_groups]
        yield Groups(fragment, np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64))


def is_variant(variant_id: str) -> Any:
    """The condition that a row is about this variant; its position tells which row groups cannot hold it."""
    condition = pc.field("variant_id") == variant_id
    contig, *rest = variant_id.split("-")
    if rest and rest[0].isascii() and rest[0].isdigit() and int(rest[0]) < 1 << 31:
        condition &= (pc.field("contig") == contig) & (
            pc.field("position_1based") == pa.scalar(int(rest[0]), pa.int32())
        )
    return condition
