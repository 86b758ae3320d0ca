"""Where the files of queries lie in storage, a folder or S3: parts while a query runs, results once it has finished."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage

from research_env.models import Query


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


def fetch_all(names: Sequence[str], folder: Path) -> list[Path]:
    """Local copies of stored files, in the same order."""
    copies = []
    for number, name in enumerate(names):
        copy = folder / f"{number:05d}-{Path(name).name}"
        with default_storage.open(name, "rb") as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target)
        copies.append(copy)
    return copies


def remove(names: Iterable[str]) -> None:
    """Delete stored files; one that is gone already is no error."""
    for name in names:
        if name:
            default_storage.delete(name)


def sha256_of(path: Path) -> str:
    """Digest of a local file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
