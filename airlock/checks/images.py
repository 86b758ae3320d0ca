"""Images: pixels and nothing else. No machine can judge what the pixels show, so every image asks the checkers."""

from __future__ import annotations

import struct
import warnings
from typing import IO

from PIL import Image, UnidentifiedImageError

from airlock.checks.findings import Place
from airlock.checks.kinds import Kind
from airlock.checks.notes import Notes
from airlock.checks.texts import rules_of_text

_MAX_PROFILE_BYTES = 4096
_TEXT_CHUNKS = {b"tEXt", b"zTXt", b"iTXt"}
_FRAME_CHUNKS = {b"acTL", b"fcTL", b"fdAT"}
_GPS, _THUMBNAIL = 0x8825, 1


def check_image(stream: IO[bytes], kind: Kind, notes: Notes) -> None:
    """All rules for a PNG or JPEG."""
    stream.seek(0)
    data = stream.read()
    notes.add("image_scatter", Place("picture"))
    if kind is Kind.PNG:
        _png_chunks(data, notes)
    else:
        _jpeg_end(data, notes)
    stream.seek(0)
    Image.MAX_IMAGE_PIXELS = notes.policy.max_pixels
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(stream, formats=[kind.name]) as picture:
                _metadata(picture, notes)
                picture.load()
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            notes.add("image_hidden", Place("more pixels than can be looked at"))
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error):
            notes.add("check_failed", Place("image: damaged"))


def _png_chunks(data: bytes, notes: Notes) -> None:
    at = 8
    while at + 12 <= len(data):
        (length,), name = struct.unpack_from(">I", data, at), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + min(length, 1 << 20)]
        if name in _TEXT_CHUNKS and not body.lower().startswith(b"software\0"):
            notes.add("image_meta", Place("text"), [name.decode("latin-1")])
        if name in _TEXT_CHUNKS and len(body) > 2000:
            notes.add("image_hidden", Place("much text"))
        if name in _FRAME_CHUNKS:
            notes.add("image_hidden", Place("more pictures than one"))
        if name == b"iCCP" and length > _MAX_PROFILE_BYTES:
            notes.add("image_meta", Place("colour profile"))
        at += 12 + length
        if name == b"IEND":
            break
    if data[at:].strip(b"\0\r\n "):
        notes.add("image_hidden", Place("bytes after its end"))


def _jpeg_end(data: bytes, notes: Notes) -> None:
    """Walk the segments to the end of the picture; what follows is not part of it."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            at += 2
            break
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker == 0xFE:
            notes.add("image_meta", Place("text"))
        at += 2 + length
        if marker == 0xDA:
            at = _after_scan(data, at)
    if data[at:].strip(b"\0\r\n "):
        notes.add("image_hidden", Place("bytes after its end"))


def _after_scan(data: bytes, at: int) -> int:
    """Where the entropy-coded data ends: at the next marker that is neither stuffing nor a restart."""
    while (at := data.find(b"\xff", at)) != -1 and at + 1 < len(data):
        if data[at + 1] not in (0x00, 0xFF, *range(0xD0, 0xD8)):
            return at
        at += 1 if data[at + 1] == 0xFF else 2
    return len(data)


def _metadata(picture: Image.Image, notes: Notes) -> None:
    _exif(picture.getexif(), notes)
    if len(picture.info.get("icc_profile", b"")) > _MAX_PROFILE_BYTES:
        notes.add("image_meta", Place("colour profile"))
    for name, value in picture.info.items():
        if isinstance(value, (str, bytes)) and name not in ("icc_profile", "exif"):
            rules_of_text(_plain(value), notes, part="metadata")
        if str(name).lower() in ("xmp", "photoshop", "comment", "xml:com.adobe.xmp"):
            notes.add("image_meta", Place("text"))


def _exif(exif: Image.Exif, notes: Notes) -> None:
    if exif:
        notes.add("image_meta", Place("EXIF"), count=len(exif))
        for value in exif.values():
            rules_of_text(str(value), notes, part="metadata")
    if exif.get_ifd(_GPS):
        notes.add("image_meta", Place("where it was taken"))
    if exif.get_ifd(_THUMBNAIL):
        notes.add("image_hidden", Place("a small picture inside"))


def _plain(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
