"""Bytes by their hash: kept once, opened as a real local file, and hashed anew before anybody sees or judges them."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from django.core.files import File
from django.core.files.storage import default_storage

from airlock.models import Blob, ImportFile
from portal.kernel import clock
from portal.kernel.refusals import InvalidInput, TransitionRefused

_READ_BYTES = 1 << 20
_PIECE_BYTES = 1 << 16
Stored = Blob | ImportFile  # bytes in storage of which the hash is on record


class BlobDamaged(Exception):
    """What lies in storage is not what was stored: nothing of it may be shown, judged or released."""


def store_bytes(pieces: Iterable[bytes], *, limit: int) -> Blob:
    """Keep a stream as a blob and return its row; the same bytes are kept once.

    The hash is of the bytes as they were read, whatever happens to their source meanwhile. Raises InvalidInput for
    more than `limit` bytes.
    """
    with tempfile.TemporaryFile() as copy:
        sha256, size = _read_into(copy, pieces, limit)
        kept = Blob.objects.filter(pk=sha256).first()
        if kept is not None:
            return kept
        name = default_storage.save(f"airlock/blobs/{sha256[:2]}/{sha256}", File(copy))
    blob, is_new = Blob.objects.get_or_create(
        sha256=sha256, defaults={"size_bytes": size, "storage_name": name, "created_at": clock.now()}
    )
    if not is_new and blob.storage_name != name:
        default_storage.delete(name)  # somebody else was quicker
    return blob


def _read_into(copy: IO[bytes], pieces: Iterable[bytes], limit: int) -> tuple[str, int]:
    """Copy a stream, and return the SHA-256 and the size of what was read; the copy stands at its beginning."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise InvalidInput(
                f"The file is larger than {limit // 1024**2} MB. Summarise it, or split it.", field="file"
            )
        digest.update(piece)
        copy.write(piece)
    copy.seek(0)
    return digest.hexdigest(), size


@dataclass(frozen=True)
class Received:
    """Bytes that were put into the outside area, where nothing but their request leads to them."""

    sha256: str
    size_bytes: int
    storage_name: str

    def discard(self) -> None:
        """Delete them, because they are not wanted after all."""
        default_storage.delete(self.storage_name)


def store_outside(pieces: Iterable[bytes], *, folder: str, limit: int) -> Received:
    """Put a stream into the outside area under a name that nobody chose. Raises InvalidInput beyond `limit` bytes."""
    with tempfile.TemporaryFile() as copy:
        sha256, size = _read_into(copy, pieces, limit)
        name = default_storage.save(f"airlock/outside/{folder}/{uuid.uuid4().hex}", File(copy))
    return Received(sha256, size, name)


def put_read_only(source: IO[bytes], name: str) -> None:
    """Write a stored file of this very name, in the place of what a killed worker left there, for nobody to change."""
    default_storage.delete(name)
    saved = default_storage.save(name, File(source))
    if saved != name:
        default_storage.delete(saved)
        raise FileExistsError(name)
    try:
        os.chmod(default_storage.path(name), 0o444)
    except NotImplementedError:
        return  # S3 has no such mark: there the workspace's own rights decide


def open_blob(blob: Stored) -> IO[bytes]:
    """A real open file (with a file number) at its beginning. Raises BlobDamaged where its bytes are not the blob's."""
    return open_verified(blob.storage_name, blob.sha256)


def open_verified(name: str, sha256: str) -> IO[bytes]:
    """A stored file of this name, if it is a plain one with bytes of this hash. Raises BlobDamaged."""
    stream = _local(name)
    if _digest(stream) != sha256:
        stream.close()
        raise BlobDamaged(sha256)
    stream.seek(0)
    return stream


def open_for_reader(name: str, sha256: str) -> IO[bytes]:
    """The same, with a sentence for whoever wants to take it. Raises TransitionRefused."""
    try:
        return open_verified(name, sha256)
    except (BlobDamaged, FileNotFoundError):
        raise TransitionRefused(
            "What lies there is not what people agreed to, so it is not given. Tell the service desk."
        ) from None


def _local(name: str) -> IO[bytes]:
    """The stored file itself, where it is a plain file on this machine; otherwise a copy that nobody can name.

    What is no plain file, or is gone, is BlobDamaged: no link is followed, and no pipe is waited for.
    """
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
        raise BlobDamaged("There is no plain file with the stored bytes.") from error
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise BlobDamaged("In the place of the stored bytes is no plain file.")
    return os.fdopen(number, "rb")


def _digest(stream: IO[bytes]) -> str:
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


def verified_copy(blob: Stored, target: IO[bytes]) -> int:
    """Copy the stored bytes to `target`; returns how many. Raises BlobDamaged unless they are those of the hash."""
    digest, size = hashlib.sha256(), 0
    try:
        with _local(blob.storage_name) as stream:
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
