"""Bytes by their hash: kept once, opened as a real local file, and hashed anew before anybody sees or judges them."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from typing import IO

from django.core.files.storage import default_storage

from airlock.models import Blob

_READ_BYTES = 1 << 20


class BlobDamaged(Exception):
    """What lies in storage is not what was stored: nothing of it may be shown, judged or released."""


def open_blob(blob: Blob) -> IO[bytes]:
    """A real open file (with a file number) at its beginning. Raises BlobDamaged where its bytes are not the blob's."""
    stream = _local(blob.storage_name)
    if _digest(stream) != blob.sha256:
        stream.close()
        raise BlobDamaged(blob.sha256)
    stream.seek(0)
    return stream


def _local(name: str) -> IO[bytes]:
    """The stored file itself, where it is a plain file on this machine; otherwise a copy that nobody can name."""
    try:
        path = default_storage.path(name)
    except NotImplementedError:
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller, who closes it
        with default_storage.open(name, "rb") as stored:
            shutil.copyfileobj(stored, copy, _READ_BYTES)
        copy.flush()
        copy.seek(0)
        return copy
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise BlobDamaged(name) from error
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise BlobDamaged(name)
    return os.fdopen(number, "rb")


def _digest(stream: IO[bytes]) -> str:
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
