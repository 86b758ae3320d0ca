"""Where the files of queries lie in storage, a folder or S3: parts while a query runs, results once it has finished."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage

from research_env.models import Query

_SCRATCH = "lectern-scratch-"


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for this process's work on a slice, named after the process so that others know when nobody owns it."""
    with tempfile.TemporaryDirectory(prefix=f"{_SCRATCH}{os.getpid()}-") as folder:
        yield Path(folder)


def sweep_scratch() -> int:
    """Remove what killed processes of this machine left in the folder for temporary files; returns how many folders."""
    swept = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{_SCRATCH}*"):
        owner = folder.name.removeprefix(_SCRATCH).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
    return swept


def part_path(query: Query, position: int, table: str) -> str:
    """A name of its own for each attempt, so that two workers never write the same file."""
    return f"queries/{query.reference}/parts/{position:05d}-{uuid.uuid4().hex}.{table}.parquet"


def result_path(query: Query, table: str) -> str:
    """Likewise: whichever attempt commits first names its files in the database, the other removes its own."""
    return f"queries/{query.reference}/{uuid.uuid4().hex}.{table}.parquet"


def store(source: Path, name: str) -> str:
    """Copy a local file into storage; returns the name it got."""
    with source.open("rb") as stream:
        return default_storage.save(name, File(stream))


def fetch_all(
    names: Sequence[str], folder: Path, *, progress: Callable[[int, int], None] = lambda done, whole: None
) -> list[Path]:
    """Local copies of stored files, in the same order; `progress` is told after each how many of how many."""
    copies = []
    for number, name in enumerate(names):
        copy = folder / f"{number:05d}-{Path(name).name}"
        with default_storage.open(name, "rb") as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target)
        copies.append(copy)
        progress(len(copies), len(names))
    return copies


def remove(names: Iterable[str]) -> None:
    """Delete stored files; one that is gone already is no error."""
    for name in names:
        if name:
            default_storage.delete(name)


def leftovers_of(query: Query, *, kept: Sequence[str]) -> list[str]:
    """All stored files of a query but those to be kept: its parts, and what workers that were killed left behind."""
    folder = f"queries/{query.reference}"
    names = [f"{place}/{name}" for place in (folder, f"{folder}/parts") for name in _files_in(place)]
    return [name for name in names if name not in kept]


def _files_in(folder: str) -> list[str]:
    try:
        return list(default_storage.listdir(folder)[1])
    except FileNotFoundError:
        return []


def sha256_of(path: Path) -> str:
    """Digest of a local file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
