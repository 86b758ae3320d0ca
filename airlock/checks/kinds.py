"""What a file is, by its first bytes and never by its name, and whether the two agree."""

from __future__ import annotations

import re
import zlib
from enum import StrEnum
from pathlib import PurePosixPath

HEAD_BYTES = 1 << 16


class Kind(StrEnum):
    """What content turned out to be."""

    TEXT = "text"
    JSON = "json"
    NOTEBOOK = "notebook"
    HTML = "html"
    SVG = "svg"
    PNG = "png"
    JPEG = "jpeg"
    PDF = "pdf"
    XLSX = "xlsx"
    ZIP = "zip"
    GZIP = "gzip"
    OLE = "ole"
    GENOMIC = "genomic"
    MODEL = "model"
    BINARY = "binary"


# What each ending promises. Endings that are not here are refused.
ENDINGS: dict[str, Kind] = {
    **dict.fromkeys((".csv", ".tsv", ".txt", ".md", ".log", ".yaml", ".yml"), Kind.TEXT),
    **dict.fromkeys((".py", ".r", ".sh", ".sql", ".wdl", ".nf"), Kind.TEXT),
    ".json": Kind.JSON,
    ".ipynb": Kind.NOTEBOOK,
    ".png": Kind.PNG,
    ".jpg": Kind.JPEG,
    ".jpeg": Kind.JPEG,
    ".pdf": Kind.PDF,
    ".xlsx": Kind.XLSX,
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
}
SCRIPTS = frozenset({".py", ".r", ".sh", ".sql", ".wdl", ".nf"})
# A page in the browser's language may stand beside a request, to explain it, but does not leave.
SUPPORTING_ONLY = frozenset({Kind.HTML})
REFUSED = frozenset({Kind.SVG, Kind.OLE, Kind.BINARY})
ARCHIVES = frozenset({Kind.ZIP, Kind.GZIP})

_SIGNATURES: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"%PDF-", Kind.PDF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.OLE),
    (b"CRAM", Kind.GENOMIC),
    (b"BAM\x01", Kind.GENOMIC),
    (b"BCF\x02", Kind.GENOMIC),
    (b"BAI\x01", Kind.GENOMIC),
    (b"CSI\x01", Kind.GENOMIC),
    (b"TBI\x01", Kind.GENOMIC),
    (b"l\x1b\x01", Kind.GENOMIC),
    (b"l\x1b\x00", Kind.GENOMIC),
    (b"l\x1b\x10", Kind.GENOMIC),
    (b"\x93NUMPY", Kind.MODEL),
    (b"\x89HDF\r\n\x1a\n", Kind.MODEL),
    (b"\x80\x02", Kind.MODEL),
    (b"\x80\x03", Kind.MODEL),
    (b"\x80\x04", Kind.MODEL),
    (b"\x80\x05", Kind.MODEL),
    (b"PAR1", Kind.BINARY),
    (b"ARROW1", Kind.BINARY),
    (b"FEA1", Kind.BINARY),
    (b"SQLite format 3\x00", Kind.BINARY),
    (b"RDX2\n", Kind.BINARY),
    (b"RDX3\n", Kind.BINARY),
    (b"\x7fELF", Kind.BINARY),
    (b"MZ", Kind.BINARY),
    (b"BZh", Kind.ZIP),
    (b"\xfd7zXZ\x00", Kind.ZIP),
    (b"(\xb5/\xfd", Kind.ZIP),
    (b"7z\xbc\xaf\x27\x1c", Kind.ZIP),
    (b"Rar!\x1a\x07", Kind.ZIP),
    (b"GIF8", Kind.BINARY),
    (b"RIFF", Kind.BINARY),
    (b"II*\x00", Kind.BINARY),
    (b"MM\x00*", Kind.BINARY),
)
_HTML = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body|script|iframe|meta|table|div)\b",
    re.I | re.S,
)
_SVG = re.compile(rb"<(?:\w+:)?svg\b", re.I)
_NOTEBOOK = re.compile(rb'"(?:cells|worksheets)"\s*:')


def ending_of(name: str) -> str:
    """The last ending of a name, in lower case, with its dot; "" where there is none."""
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()


def kind_of(head: bytes, name: str = "", tail: bytes = b"") -> Kind:
    """What content is, from its first 64 KiB; `name` only tells JSON, HTML and scripts from other text."""
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _zip_kind(head, tail)
    if head.startswith(b"\x1f\x8b"):
        return _gzip_kind(head)
    if b"bgen" in head[16:24]:
        return Kind.GENOMIC
    if not looks_like_text(head):
        return Kind.BINARY
    return _text_kind(head, ending_of(name))


def _zip_kind(head: bytes, tail: bytes) -> Kind:
    if b"[Content_Types].xml" in head[:4096] or b"xl/workbook" in head or b"xl/workbook" in tail:
        return Kind.XLSX if b"xl/" in head + tail else Kind.OLE
    if b"data.pkl" in head or b".npy" in head[:200]:
        return Kind.MODEL
    return Kind.ZIP


def _gzip_kind(head: bytes) -> Kind:
    """BAM, BCF and VCF come gzipped: look inside."""
    inner = unpacked_head(head)
    if inner.startswith((b"BAM\x01", b"BCF\x02", b"##fileformat=VCF", b"TBI\x01", b"CSI\x01")):
        return Kind.GENOMIC
    return Kind.GZIP


def unpacked_head(packed: bytes, limit_bytes: int = 4096) -> bytes:
    """The first bytes inside gzipped ones; b"" where they cannot be unpacked."""
    try:
        return zlib.decompressobj(31).decompress(packed, limit_bytes)
    except zlib.error:
        return b""


def looks_like_text(head: bytes) -> bool:
    """Whether bytes are text in UTF-8, UTF-16 with a mark, or an 8-bit code: few control characters."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    controls = sum(head.count(code) for code in _CONTROLS)
    return controls * 50 <= len(head) + 100  # a short text may have one or two


_CONTROLS = [bytes([code]) for code in range(32) if code not in (9, 10, 11, 12, 13, 27)] + [b"\x7f"]


def _text_kind(head: bytes, ending: str) -> Kind:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<") and (_SVG.search(start[:4096]) and not _HTML.match(head)):
        return Kind.SVG
    if _HTML.match(head):
        return Kind.HTML
    if start[:1] in b"{[" and start:
        if _NOTEBOOK.search(head) and (b'"nbformat"' in head or ending == ".ipynb" or b'"cell_type"' in head):
            return Kind.NOTEBOOK
        if ending in (".json", ".ipynb"):
            return Kind.JSON
    return Kind.TEXT


def agrees(kind: Kind, name: str) -> bool:
    """Whether content is what the ending of its name promises."""
    promised = ENDINGS.get(ending_of(name))
    if promised is None:
        return False
    # A page of HTML or a drawing in a .txt would be run by whoever opens it elsewhere.
    return kind is promised
