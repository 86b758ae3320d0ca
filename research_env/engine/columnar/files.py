"""The files of a chunk's columns, mapped from a folder: nothing is read before it is looked at."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Span = tuple[int, int]


class Part(Protocol):
    """One file as bytes. What ``need`` was told of may be looked at."""

    data: Bytes

    def need(self, spans: Iterable[Span]) -> None:
        """Bring these bytes (start, end) near."""


class MappedPart:
    """A file on a disk of this machine, mapped into memory."""

    def __init__(self, path: Path, size: int) -> None:
        if path.stat().st_size != size:
            raise OSError(f"{path.name} has another size than its manifest says")
        # An empty file cannot be mapped
        self.data: Bytes = np.asarray(np.memmap(path, np.uint8, "r")) if size else np.empty(0, dtype=np.uint8)

    def need(self, spans: Iterable[Span]) -> None:
        """The system reads pages when they are looked at."""


class Folder:
    """The files of one chunk below a path."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def read(self, name: str) -> bytes:
        """A whole small file. Raises OSError."""
        return (self._path / name).read_bytes()

    def part(self, name: str, size: int) -> Part:
        """A file to look into. Raises OSError when it has not this size."""
        return MappedPart(self._path / name, size)
