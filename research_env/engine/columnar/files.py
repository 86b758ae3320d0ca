"""The files of a chunk's columns: mapped from a folder, or read by range from a bucket. Nothing is read unasked."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from research_env.engine.objects import RemoteFile, is_remote, read_object, write_object

from .layout import MANIFEST

Bytes = NDArray[np.uint8]
Span = tuple[int, int]
_PAGE: Final = 1 << 13
_PAGES_READ_ON: Final = 16
_MAPPED_FILES: Final = 32  # of 8 chunks


class Part(Protocol):
    """One file as bytes. What ``need`` was told of may be looked at."""

    data: Bytes

    def need(self, spans: Iterable[Span]) -> None:
        """Bring these bytes (start, end) near."""


class Place(Protocol):
    """Where the files of a chunk's columns are."""

    def read(self, name: str) -> bytes:
        """A whole small file. Raises OSError."""

    def part(self, name: str, size: int) -> Part:
        """A file to look into. Raises OSError."""


@lru_cache(maxsize=_MAPPED_FILES)
def _mapped(path: Path, state: tuple[int, int, int]) -> Bytes:
    """A file as bytes, kept for the next question: mapping its pages anew takes longer than finding a person's alleles.

    ``state`` tells it from another file in its place.
    """
    with path.open("rb") as file:
        found = os.fstat(file.fileno())
        if _state_of(found) != state:
            raise OSError(f"{path.name} was replaced while it was opened")
        # An empty file cannot be mapped
        return np.asarray(np.memmap(file, np.uint8, "r")) if found.st_size else np.empty(0, dtype=np.uint8)


def _state_of(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns


class MappedPart:
    """A file on a disk of this machine, mapped into memory."""

    def __init__(self, path: Path, size: int) -> None:
        found = path.stat()
        if found.st_size != size:
            raise OSError(f"{path.name} has another size than its manifest says")
        self.data: Bytes = _mapped(path, _state_of(found))

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


class RemotePart:
    """An object in S3, of which the pages that were needed are here; the others read as zero."""

    def __init__(self, address: str, size: int) -> None:
        self._file = RemoteFile(address, size)
        # Zeros take no memory before they are written
        self.data: Bytes = np.zeros(size, dtype=np.uint8)
        self._is_here = np.zeros(-(-size // _PAGE), dtype=bool)

    def need(self, spans: Iterable[Span]) -> None:
        """One request for pages that lie together."""
        wanted = np.zeros(self._is_here.size, dtype=bool)
        for start, end in spans:
            wanted[start // _PAGE : -(-end // _PAGE)] = True
        missing = np.flatnonzero(wanted & ~self._is_here)
        for run in np.split(missing, np.flatnonzero(np.diff(missing) > _PAGES_READ_ON) + 1):
            if run.size:
                start, end = int(run[0]) * _PAGE, min((int(run[-1]) + 1) * _PAGE, self.data.size)
                self.data[start:end] = np.frombuffer(self._file.read(start, end), dtype=np.uint8)
                self._is_here[run[0] : run[-1] + 1] = True


class Bucket:
    """The files of one chunk below an address in S3. They lie in a folder named by their manifest, so that columns that
    are made anew leave those alone that are being read."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self._version = ""

    def read(self, name: str) -> bytes:
        """A whole small object. Raises OSError."""
        data = read_object(f"{self._address}/{name}")
        self._version = _version(data)
        return data

    def part(self, name: str, size: int) -> Part:
        """An object to look into."""
        return RemotePart(f"{self._address}/{self._version}/{name}", size)


def place_of(folder: str) -> Place:
    """Where columns are, by path or address."""
    return Bucket(folder) if is_remote(folder) else Folder(folder)


def upload(folder: Path, address: str) -> None:
    """Put a chunk's files into a bucket, the manifest last. Raises BadSource."""
    version = _version((folder / MANIFEST).read_bytes())
    for path in sorted(folder.iterdir()):
        if path.name != MANIFEST:
            write_object(f"{address.rstrip('/')}/{version}/{path.name}", path)
    write_object(f"{address.rstrip('/')}/{MANIFEST}", folder / MANIFEST)


def _version(manifest: bytes) -> str:
    return hashlib.sha256(manifest).hexdigest()[:16]
