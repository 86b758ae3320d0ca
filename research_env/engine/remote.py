"""Bgzipped, indexed VCFs and BCFs in S3, read by range with the index: what pysam's TabixFile gives, for a bucket."""

from __future__ import annotations

from collections.abc import Iterator

from .bcf import BcfHeader, records_at
from .errors import BadSource, InvalidTarget
from .indexes import index_of
from .inflate import LARGEST_BLOCK, PADDING, stretches
from .objects import RemoteFile
from .regions import canonical_contig


class RemoteTabix:
    """Lines by position. The text is latin-1, as where pysam reads it."""

    def __init__(self, path: str, index_path: str, name: str) -> None:
        self._file, self._name = RemoteFile(path), name
        self._index = index_of(index_path)
        self.contigs = list(self._index)
        self.header = self._read_header()

    def _read_header(self) -> list[str]:
        found: list[str] = []
        with self._file.opened() as file:
            for text in stretches(file, self._name, 0):
                for line in text[: -len(PADDING)].splitlines():
                    if not line.startswith(b"#"):
                        return found
                    found.append(line.decode("latin-1"))
        return found

    def fetch(self, contig: str, start: int, end: int, *, multiple_iterators: bool = False) -> Iterator[str]:
        """Lines whose POS lies in (start, end] (0-based, half-open), in file order."""
        for first, last in self._index[contig].pieces(start, end):
            with self._file.opened((last >> 16) + LARGEST_BLOCK) as file:
                for text in stretches(file, self._name, first, last):
                    for line in text[: -len(PADDING)].split(b"\n"):
                        columns = line.split(b"\t", 2)
                        if len(columns) < 2 or not self._is_on(columns[0], contig):
                            continue
                        if start < _position(columns[1], self._name) <= end:
                            yield line.decode("latin-1")

    def _is_on(self, name: bytes, contig: str) -> bool:
        try:
            return canonical_contig(name.decode("latin-1")) == contig
        except InvalidTarget:
            return False

    def close(self) -> None:
        """Nothing is held open between two questions."""


class RemoteBcf:
    """Lines by position, from the pieces of a BCF that its CSI index names."""

    def __init__(self, path: str, index_path: str) -> None:
        self._file = RemoteFile(path)
        self._header = BcfHeader.of(self._file)
        self.header, self.contigs = list(self._header.lines), list(self._header.numbers)
        self._index = index_of(index_path, tuple(self.contigs))

    def fetch(self, contig: str, start: int, end: int, *, multiple_iterators: bool = False) -> Iterator[str]:
        """Lines whose POS lies in (start, end] (0-based, half-open), in file order."""
        index = self._index.get(canonical_contig(contig))
        for piece in index.pieces(start, end) if index is not None else []:
            records = records_at(self._file, piece, self._header.numbers[contig], start, end)
            yield from self._header.lines_of(records, self._file.name)

    def close(self) -> None:
        """Nothing is held open between two questions."""


def _position(text: bytes, name: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise BadSource(f"The file {name} has a line whose position is not a number.") from error
