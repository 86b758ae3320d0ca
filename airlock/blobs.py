"""Bytes by their hash: kept once, opened as a real local file, and hashed anew before anybody sees or judges them."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

from django.core.files import File
from django.core.files.storage import default_storage

from airlock.models import Blob
from portal.kernel import clock
from portal.kernel.refusals import InvalidInput

_READ_BYTES = 1 << 20
_PIECE_BYTES = 1 << 16


class BlobDamaged(Exception):
    """What lies in storage is not what was stored: nothing of it may be shown, judged or released."""


def store_bytes(pieces: Iterable[bytes], *, limit: int) -> Blob:
    """Keep a stream as a blob and return its row; the same bytes are kept once.

    The hash is of the bytes as they were read, whatever happens to their source meanwhile. Raises InvalidInput for
    more than `limit` bytes.
    """
    digest, size = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as copy:
        for piece in pieces:
            size += len(piece)
            if size > limit:
                raise InvalidInput(f"The file is larger than {limit // 1024**2} MB. Summarise it, or split it.")
            digest.update(piece)
            copy.write(piece)
        sha256 = digest.hexdigest()
        kept = Blob.objects.filter(pk=sha256).first()
        if kept is not None:
            return kept
        copy.seek(0)
        name = default_storage.save(f"airlock/blobs/{sha256[:2]}/{sha256}", File(copy))
    blob, is_new = Blob.objects.get_or_create(
        sha256=sha256, defaults={"size_bytes": size, "storage_name": name, "created_at": clock.now()}
    )
    if not is_new and blob.storage_name != name:
        default_storage.delete(name)  # somebody else was quicker
    return blob


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


def verified_copy(blob: Blob, target: IO[bytes]) -> int:
    """Copy the stored bytes to `target`; returns how many. Raises BlobDamaged unless they are those of the hash."""
    digest, size = hashlib.sha256(), 0
    try:
        with default_storage.open(blob.storage_name, "rb") as stream:
            while piece := stream.read(_PIECE_BYTES):
                digest.update(piece)
                size += len(piece)
                target.write(piece)
    except FileNotFoundError as error:
        raise BlobDamaged("The bytes are gone.") from error
    if digest.hexdigest() != blob.sha256 or size != blob.size_bytes:
        raise BlobDamaged("The stored bytes are not those of the hash.")
    target.seek(0)
    return size


def in_pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """A stream in pieces of 64 KiB."""
    while piece := stream.read(_PIECE_BYTES):
        yield piece
