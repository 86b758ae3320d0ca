"""Parquet files with the same bytes for the same rows, however these were batched."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

# Small enough to page through, large enough for zstd
ROWS_PER_GROUP: Final = 65_536


def in_order(table: pa.Table) -> pa.Table:
    """Rows of one contig by position, and as they came where they share one."""
    positions = table["position_1based"].to_numpy()
    if (positions[1:] >= positions[:-1]).all():
        return table
    return table.take(np.argsort(positions, kind="stable"))


def stretches_in_order(path: str | os.PathLike[str]) -> Iterator[pa.Table]:
    """The rows of a file of one contig, in order, in stretches of some ROWS_PER_GROUP that share no position.

    Lines are in order but where alleles have moved, so that a stretch is all that is held besides the positions.
    """
    positions = pq.read_table(Path(path), columns=["position_1based"])["position_1based"].to_numpy()
    highest_before = np.maximum.accumulate(positions)[:-1]
    lowest_after = np.minimum.accumulate(positions[::-1])[::-1][1:]
    ends = np.append(np.flatnonzero(highest_before < lowest_after) + 1, positions.size)
    held: list[pa.RecordBatch] = []
    done = read = 0
    with pq.ParquetFile(Path(path)) as file:
        for batch in file.iter_batches(batch_size=ROWS_PER_GROUP):
            held.append(batch)
            read += batch.num_rows
            end = int(ends[np.searchsorted(ends, read, side="right") - 1]) if ends[0] <= read else done
            if end > done:
                table = pa.Table.from_batches(held)
                yield in_order(table.slice(0, end - done))
                held, done = table.slice(end - done).to_batches(), end


def put_in_order(path: str | os.PathLike[str], schema: pa.Schema) -> None:
    """Bring the rows of a file of one contig into order; one that is in order stays as it is."""
    positions = pq.read_table(Path(path), columns=["position_1based"])["position_1based"].to_numpy()
    if (positions[1:] >= positions[:-1]).all():
        return
    with GroupWriter(path, schema) as writer:
        for table in stretches_in_order(path):
            for batch in table.to_batches():
                writer.write(batch)


class GroupWriter:
    """Writes full row groups of ROWS_PER_GROUP rows; the file appears at its path only when all went well."""

    def __init__(self, path: str | os.PathLike[str], schema: pa.Schema) -> None:
        self._path = Path(path)
        self._partial = self._path.with_name(f".{self._path.name}.{os.getpid()}.partial")
        self._schema = schema
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = 0
        self._writer = pq.ParquetWriter(self._partial, schema, compression="zstd", compression_level=3)
        self.row_count = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        self._waiting.append(batch)
        self._waiting_rows += batch.num_rows
        self.row_count += batch.num_rows
        if self._waiting_rows >= ROWS_PER_GROUP:
            self._flush(ROWS_PER_GROUP)

    def _flush(self, at_least: int) -> None:
        table = pa.Table.from_batches(self._waiting, schema=self._schema)
        done = 0
        while table.num_rows - done >= max(1, at_least):
            # One chunk per column, so that pages do not depend on how the rows came
            group = table.slice(done, ROWS_PER_GROUP).combine_chunks()
            self._writer.write_table(group, row_group_size=ROWS_PER_GROUP)
            done += group.num_rows
        self._waiting = table.slice(done).to_batches()
        self._waiting_rows = table.num_rows - done

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._flush(1)
            self._writer.close()
            if error is None:
                os.replace(self._partial, self._path)
        finally:
            self._partial.unlink(missing_ok=True)


def merge(
    parts: Sequence[str | os.PathLike[str]],
    out_path: str | os.PathLike[str],
    *,
    schema: pa.Schema | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Join the files of slices, in the order given, into one; returns the number of rows.

    ``progress`` is called after each batch with the rows joined so far and 0, for nobody has counted them all.

    Streams, so memory is bounded by a row group. The bytes are those that one unsplit slice would have written.
    ``schema`` is needed when there are no parts (a question that touches no file). Raises ValueError then, and
    when the parts have different columns.
    """
    schema = schema or (pq.read_schema(Path(parts[0])) if parts else None)
    if schema is None:
        raise ValueError("Without parts, the schema of the table has to be given.")
    schema = schema.remove_metadata()
    with GroupWriter(out_path, schema) as writer:
        for part in parts:
            for batch in _batches(part, schema):
                writer.write(batch)
                if progress is not None:
                    progress(writer.row_count, 0)
    return writer.row_count


def _batches(part: str | os.PathLike[str], schema: pa.Schema) -> Iterable[pa.RecordBatch]:
    with pq.ParquetFile(Path(part)) as file:
        if file.schema_arrow.remove_metadata() != schema:
            raise ValueError(f"{Path(part).name} has other columns than the first part.")
        yield from file.iter_batches(batch_size=ROWS_PER_GROUP)
