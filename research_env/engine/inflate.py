"""The text of a bgzipped VCF in stretches of whole lines, from where its index says that a contig begins."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BufferedIOBase
from typing import IO, Final, cast

from isal import igzip_lib, isal_zlib

from .errors import BadSource

# Large enough that work per stretch does not count, small enough to stay in the cache of a core
STRETCH_BYTES: Final = 400_000
# Behind each stretch: a number of four bytes may be read from where the last cell begins
PADDING: Final = b"\t" * 4
_HEAD: Final = struct.Struct("<4B6xH2BHH")
_TAIL: Final = struct.Struct("<II")
_READ_BYTES: Final = 1 << 20
# The stubs of isal say that its error is a value
_DAMAGED: Final = (struct.error, ValueError, EOFError, cast(type[Exception], igzip_lib.IsalError))


def stretches(
    file: IO[bytes] | BufferedIOBase, name: str, virtual_offset: int, stop: int | None = None
) -> Iterator[bytes]:
    """Whole lines, about STRETCH_BYTES or one line at a time, then PADDING; up to the virtual offset ``stop``.

    Raises BadSource for a file that is damaged or ends early.
    """
    waiting: list[bytes] = []
    size = 0
    skip = virtual_offset & 0xFFFF
    for block in _blocks(file, name, virtual_offset, stop):
        data, skip = (block[skip:], 0) if skip else (block, 0)
        waiting.append(data)
        size += len(data)
        if size >= STRETCH_BYTES and (end := data.rfind(b"\n")) >= 0:
            rest = data[end + 1 :]
            waiting[-1] = data[: end + 1]
            yield b"".join((*waiting, PADDING))
            waiting, size = [rest], len(rest)
    if size:
        end_of_line = b"" if waiting[-1].endswith(b"\n") else b"\n"
        yield b"".join((*waiting, end_of_line, PADDING))


def _blocks(file: IO[bytes] | BufferedIOBase, name: str, start: int, stop: int | None) -> Iterator[bytes]:
    """The blocks of a bgzipped file, inflated and checked; the last one cut where it has to stop."""
    file.seek(start >> 16)
    held, at, has_end = b"", 0, False
    place = start >> 16
    while stop is None or place < stop >> 16 or (place == stop >> 16 and stop & 0xFFFF):
        if len(held) - at < 1 << 17:
            held = held[at:] + file.read(_READ_BYTES)
            at = 0
        if not held:
            break
        try:
            block, end = _block(held, at)
        except _DAMAGED as error:
            raise BadSource(f"The file {name} is damaged or ends early.") from error
        has_end = not block
        if stop is not None and place == stop >> 16:
            block = block[: stop & 0xFFFF]
        place, at = place + end - at, end
        if block:
            yield block
    if stop is None and not has_end:
        raise BadSource(f"The file {name} ends early: its last block is not there.")


def _block(held: bytes, at: int) -> tuple[bytes, int]:
    """The block at a place, and where the next begins."""
    first, second, method, flags, extra, key, other, length, size = _HEAD.unpack_from(held, at)
    if (first, second, method) != (31, 139, 8) or not flags & 4 or (key, other, length) != (66, 67, 2):
        raise ValueError("no bgzip block")
    end = at + size + 1
    checksum, plain = _TAIL.unpack_from(held, end - 8)
    if end > len(held):
        raise EOFError
    block = isal_zlib.decompress(held[at + 12 + extra : end - 8], -15, max(plain, 1))
    if len(block) != plain or isal_zlib.crc32(block) != checksum:
        raise ValueError("another sum")
    return block, end
