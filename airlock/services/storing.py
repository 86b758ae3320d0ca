"""Bytes in storage, named by their hash: written once, hashed again at each reading that matters."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage

from airlock.models import Blob
from portal.kernel import clock
from portal.kernel.refusals import InvalidInput

CHUNK = 1 << 16


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
    """The stored bytes, open for reading."""
    opened: Any = default_storage.open(blob.storage_name, "rb")
    return opened  # type: ignore[no-any-return]


class BytesDiffer(Exception):
    """What is in storage is not what was voted on."""


def verified_copy(blob: Blob, target: IO[bytes]) -> int:
    """Copy the stored bytes to `target`; returns how many. Raises BytesDiffer unless they are those of the hash."""
    digest, size = hashlib.sha256(), 0
    try:
        with open_blob(blob) as stream:
            while piece := stream.read(CHUNK):
                digest.update(piece)
                size += len(piece)
                target.write(piece)
    except FileNotFoundError as error:
        raise BytesDiffer("The bytes are gone.") from error
    if digest.hexdigest() != blob.sha256 or size != blob.size_bytes:
        raise BytesDiffer("The stored bytes are not those of the hash.")
    target.seek(0)
    return size


def in_pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """A stream in pieces of 64 KiB."""
    while piece := stream.read(CHUNK):
        yield piece
