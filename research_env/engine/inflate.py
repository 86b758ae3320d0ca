"""Blocks of a bgzipped file, and the text of a VCF in stretches of whole lines, from where its index says."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BufferedIOBase
from typing import IO, Final

import deflate

from .errors import BadSource

# Large enough that work per stretch does not count, small enough that memory does not either
STRETCH_BYTES: Final = 2_000_000
# Behind each stretch: a number of four bytes may be read from where the last cell begins
PADDING: Final = b"\t" * 4
_HEAD: Final = struct.Struct("<4B6xH2BHH")
_TAIL: Final = struct.Struct("<II")
_READ_BYTES: Final = 1 << 20
LARGEST_BLOCK: Final = 1 << 16  # compressed, and of text: a damaged size asks for no more memory
_DAMAGED: Final = (struct.error, ValueError, EOFError, deflate.DeflateError)


def stretches(
    file: IO[bytes] | BufferedIOBase, name: str, virtual_offset: int, stop: int | None = None
) -> Iterator[bytes]:
    """Whole lines, about STRETCH_BYTES or one line at a time, then PADDING; up to the virtual offset ``stop``.

    Raises BadSource for a file that is damaged or ends early.
    """
    waiting: list[bytes | bytearray] = []
    size = 0
    for data in blocks(file, name, virtual_offset, stop):
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


def blocks(
    file: IO[bytes] | BufferedIOBase, name: str, start: int, stop: int | None = None
) -> Iterator[bytes | bytearray]:
    """The blocks of a bgzipped file, inflated and checked, cut where virtual offsets say to begin and to stop.

    Raises BadSource for a file that is damaged or ends early.
    """
    file.seek(start >> 16)
    held, at, has_end = b"", 0, False
    place = start >> 16
    edges = (place, None if stop is None else stop >> 16)  # others are not copied
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
        if place in edges:
            block = block[_inside(start, place, 0) : _inside(stop, place, None)]
        place, at = place + end - at, end
        if block:
            yield block
    if stop is None and not has_end:
        raise BadSource(f"The file {name} ends early: its last block is not there.")


def _inside(virtual_offset: int | None, place: int, otherwise: int | None) -> int | None:
    """Where in the text of the block at a place a virtual offset lies, if it is in that block."""
    return otherwise if virtual_offset is None or virtual_offset >> 16 != place else virtual_offset & 0xFFFF


def _block(held: bytes, at: int) -> tuple[bytes | bytearray, int]:
    """The block at a place, and where the next begins."""
    first, second, method, flags, extra, key, other, length, size = _HEAD.unpack_from(held, at)
    if (first, second, method) != (31, 139, 8) or not flags & 4 or (key, other, length) != (66, 67, 2):
        raise ValueError("no bgzip block")
    end = at + size + 1
    checksum, plain = _TAIL.unpack_from(held, end - 8)
    if end > len(held):
        raise EOFError
    if plain > LARGEST_BLOCK:
        raise ValueError("no bgzip block")
    block = deflate.deflate_decompress(held[at + 12 + extra : end - 8], plain) if plain else b""
    if len(block) != plain or deflate.crc32(block) != checksum:
        raise ValueError("another sum")
    return block, end
