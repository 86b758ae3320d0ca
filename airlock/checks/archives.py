"""Archives: none leaves; on their way in they must unpack to a known size, in plain files, without surprises."""

from __future__ import annotations

import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import IO

from airlock.checks.findings import Finding, Place
from airlock.checks.kinds import SCRIPTS
from airlock.checks.names import folded

MAX_MEMBERS = 2000
MAX_RATIO = 200
_RATIO_FROM_BYTES = 1 << 20
_PIECE_BYTES = 1 << 16
_ARCHIVE_ENDINGS = {".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst", ".jar", ".whl"}
_ARCHIVE_HEADS = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"Rar!", b"\xfd7zX", b"(\xb5/\xfd")
CODE_ENDINGS = SCRIPTS | {".exe", ".dll", ".so", ".jar", ".js", ".pl", ".rb", ".bat", ".ps1", ".pkl", ".pt", ".onnx"}
TOO_LARGE, DAMAGED, NESTED, UNKNOWN = (
    "too large when unpacked",
    "damaged",
    "an archive within",
    "a packing that cannot be looked into",
)
_BROKEN = (zipfile.BadZipFile, ValueError, OverflowError, RuntimeError, NotImplementedError, OSError, EOFError)


def zip_problems(stream: IO[bytes], *, max_total_bytes: int) -> list[str]:
    """Words for what makes a zip file unsafe to unpack; nothing is unpacked to find out."""
    size = stream.seek(0, 2)
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
    except _BROKEN:
        return [DAMAGED]
    finally:
        stream.seek(0)
    problems = _size_problems([(m.file_size, m.compress_size) for m in members], max_total_bytes)
    if any(m.flag_bits & 1 for m in members):
        problems.append("encrypted")
    if any(stat.S_ISLNK(m.external_attr >> 16) for m in members):
        problems.append("links")
    if sum(m.compress_size for m in members) > size:
        problems.append("members that overlap")
    return problems + _name_problems(m.filename for m in members)


def _size_problems(sizes: list[tuple[int, int]], max_total_bytes: int) -> list[str]:
    total, packed = sum(size for size, _ in sizes), sum(size for _, size in sizes)
    problems = []
    if len(sizes) > MAX_MEMBERS:
        problems.append("too many members")
    bomb = any(size > _RATIO_FROM_BYTES and size > MAX_RATIO * max(1, small) for size, small in sizes)
    if bomb or total > max_total_bytes or (total > _RATIO_FROM_BYTES and total > MAX_RATIO * max(1, packed)):
        problems.append(TOO_LARGE)
    return problems


def _name_problems(names: Iterable[str]) -> list[str]:
    problems, seen = [], set()
    for name in names:
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if name.startswith(("/", "\\")) or ".." in parts or ":" in name or "\0" in name:
            problems.append("names that lead outside")
        if folded(name) in seen:
            problems.append("two members of one name")
        seen.add(folded(name))
    return list(dict.fromkeys(problems))


def incoming_archive(stream: IO[bytes], *, max_total_bytes: int) -> list[Finding]:
    """What makes an archive unfit to be brought in: a zip, tar or gzip, with plain files only, and none within."""
    problems = _problems_of_incoming(stream, max_total_bytes)
    stream.seek(0)
    return [Finding("incoming_archive", Place(problem)) for problem in dict.fromkeys(problems)]


def _problems_of_incoming(stream: IO[bytes], max_total_bytes: int) -> list[str]:
    if is_tar(stream):
        return _tar_problems(stream, max_total_bytes)
    stream.seek(0)
    head = stream.read(4)
    if head.startswith(b"\x1f\x8b"):
        return _gzip_problems(stream, max_total_bytes)
    if not head.startswith(b"PK"):
        return [UNKNOWN]
    problems = zip_problems(stream, max_total_bytes=max_total_bytes)
    if problems in ([], [DAMAGED]):
        problems += _within_zip(stream)
    return problems


def is_tar(stream: IO[bytes]) -> bool:
    """Whether this is a tar, packed or not."""
    stream.seek(0)
    try:
        return tarfile.is_tarfile(stream)
    except (OSError, EOFError, zlib.error):
        return False
    finally:
        stream.seek(0)


def _tar_problems(stream: IO[bytes], max_total_bytes: int) -> list[str]:
    """Read the headers one by one and stop at the first excess, so that a bomb is never unpacked whole."""
    sizes: list[tuple[int, int]] = []
    names: list[str] = []
    problems: list[str] = []
    stream.seek(0)
    try:
        with tarfile.open(fileobj=stream, mode="r:*") as archive:
            for member in archive:
                sizes.append((member.size, member.size))
                names.append(member.name)
                if member.issym() or member.islnk():
                    problems.append("links")
                elif not (member.isfile() or member.isdir()):
                    problems.append("devices")
                if len(sizes) > MAX_MEMBERS or sum(size for size, _ in sizes) > max_total_bytes:
                    break
                if member.isfile() and _is_packed(member.name, _head_in(archive, member)):
                    problems.append(NESTED)
    except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error):
        problems.append(DAMAGED)
    return list(dict.fromkeys(problems + _size_problems(sizes, max_total_bytes) + _name_problems(names)))


def _head_in(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    opened = archive.extractfile(member)
    return opened.read(8) if opened else b""


def _gzip_problems(stream: IO[bytes], max_total_bytes: int) -> list[str]:
    """Unpack it once into nothing, piece by piece, up to the limit."""
    stream.seek(0)
    total, head = 0, b""
    try:
        for piece in _unpacked(lambda: stream.read(_PIECE_BYTES), 31):
            head = head or piece[:8]
            total += len(piece)
            if total > max_total_bytes:
                return [TOO_LARGE]
    except (zlib.error, EOFError):
        return [DAMAGED]
    return [NESTED] if head.startswith(_ARCHIVE_HEADS) else []


def _unpacked(read: Callable[[], bytes], wbits: int) -> Iterator[bytes]:
    """What packed pieces unpack to, in pieces; of gzip several streams one after the other.

    Raises zlib.error for what is no such packing, and EOFError where it breaks off.
    """
    unpacker, packed = zlib.decompressobj(wbits), read()
    while packed:
        yield unpacker.decompress(packed, _PIECE_BYTES)
        if unpacker.eof:
            packed = unpacker.unused_data or read()
            if wbits < 0 or not packed:
                return
            unpacker = zlib.decompressobj(wbits)
        else:
            packed = unpacker.unconsumed_tail or read()
    while not unpacker.eof:
        rest = unpacker.decompress(b"", _PIECE_BYTES)
        if not rest:
            raise EOFError
        yield rest


def _within_zip(stream: IO[bytes]) -> list[str]:
    """Archives within, and members that are longer than they say: some programs believe one, some the other."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            members = [member for member in archive.infolist()[:MAX_MEMBERS] if not member.is_dir()]
            if any(m.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for m in members):
                return [UNKNOWN]
            if any(m.compress_type == zipfile.ZIP_DEFLATED and not _says_its_size(stream, m) for m in members):
                return ["sizes that are not true"]
            return [NESTED] if any(_is_packed(m.filename, archive.open(m).read(8)) for m in members) else []
    except (struct.error, *_BROKEN):
        return [DAMAGED]


def _says_its_size(stream: IO[bytes], member: zipfile.ZipInfo) -> bool:
    """Whether a packed member unpacks to exactly as much as the list of contents says."""
    stream.seek(member.header_offset)
    header = stream.read(30)
    name_bytes, extra_bytes = struct.unpack("<HH", header[26:30])
    stream.seek(name_bytes + extra_bytes, 1)
    left = member.compress_size

    def read() -> bytes:
        nonlocal left
        piece = stream.read(min(left, _PIECE_BYTES))
        left -= len(piece)
        return piece

    total = 0
    try:
        for piece in _unpacked(read, -15):
            total += len(piece)
            if total > member.file_size:
                return False
    except (zlib.error, EOFError):
        return False
    return total == member.file_size


def _is_packed(name: str, head: bytes) -> bool:
    return head.startswith(_ARCHIVE_HEADS) or PurePosixPath(name).suffix.lower() in _ARCHIVE_ENDINGS


def holds_code(stream: IO[bytes]) -> bool:
    """Whether the list of contents of a zip or tar names a script, a program or a model."""
    try:
        return any(PurePosixPath(name).suffix.lower() in CODE_ENDINGS for name in _names_in(stream))
    except (tarfile.TarError, zlib.error, *_BROKEN):
        return False
    finally:
        stream.seek(0)


def _names_in(stream: IO[bytes]) -> Iterator[str]:
    if is_tar(stream):
        with tarfile.open(fileobj=stream, mode="r:*") as archive:
            for number, member in enumerate(archive):
                if number >= MAX_MEMBERS:
                    return
                yield member.name
    elif zipfile.is_zipfile(stream):
        stream.seek(0)
        with zipfile.ZipFile(stream) as packed:
            yield from packed.namelist()[:MAX_MEMBERS]
