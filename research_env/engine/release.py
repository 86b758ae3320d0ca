"""An open release: the files of its chunks, opened and checked when they are first touched."""

from types import TracebackType
from typing import Self

from .columnar import Columns, open_columns
from .normalising import LONGEST_MOVE
from .opening import OpenChunk
from .sources import ChunkSource, ReleaseSource, check_unchanged


class Release:
    """An open release: a context manager that opens each file when it is first read and closes all at the end."""

    def __init__(self, source: ReleaseSource) -> None:
        self.source = source
        self._open: dict[int, OpenChunk] = {}
        self._columns: dict[int, Columns | None] = {}

    def chunk(self, number: int) -> OpenChunk:
        """The open chunk at this place of ``source.chunks``. Raises SourceChanged or BadSource."""
        if number not in self._open:
            self._open[number] = OpenChunk(self.source.chunks[number], self.source.sample_count)
        return self._open[number]

    def columns(self, number: int) -> Columns | None:
        """The chunk's columns, or None where its VCF has to be read. Raises SourceChanged or BadSource."""
        if number not in self._columns:
            source = self.source.chunks[number]
            check_unchanged(source)
            self._columns[number] = self._opened(source) if source.columns_path else None
        return self._columns[number]

    def _opened(self, source: ChunkSource) -> Columns | None:
        return open_columns(source, self.source.sample_count, source.columns_path, ploidy=self.source.ploidy)

    def reach(self, number: int) -> int:
        """How far from POS of its line an allele of a chunk may be reported: as its columns know, or at most."""
        if self.source.chunks[number].sequence is None:
            return 0
        columns = self.columns(number)
        return LONGEST_MOVE if columns is None else max(columns.manifest.moved_left, columns.manifest.moved_right)

    def close(self) -> None:
        """Close all files; the release may be used again."""
        self._columns.clear()
        while self._open:
            self._open.popitem()[1].file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_release(source: ReleaseSource) -> Release:
    """Open a release for reading; files are opened, and their etags checked, when first touched."""
    return Release(source)
