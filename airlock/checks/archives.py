"""Archives: none leaves; on their way in they must unpack to a known size, in plain files, without surprises."""

from __future__ import annotations

import stat
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import IO

from airlock.checks.findings import Finding, Place
from airlock.checks.names import folded

MAX_MEMBERS = 2000
MAX_RATIO = 200
_RATIO_FROM_BYTES = 1 << 20
_ARCHIVE_ENDINGS = {".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst", ".jar", ".whl"}


def zip_problems(stream: IO[bytes], *, max_total_bytes: int) -> list[str]:
    """Words for what makes a zip file unsafe to unpack; nothing is unpacked to find out."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, EOFError, NotImplementedError):
        return ["damaged"]
    finally:
        stream.seek(0)
    problems = _size_problems([(m.file_size, m.compress_size) for m in members], max_total_bytes)
    if any(m.flag_bits & 1 for m in members):
        problems.append("encrypted")
    if any(stat.S_ISLNK(m.external_attr >> 16) for m in members):
        problems.append("links")
    return problems + _name_problems(m.filename for m in members)


def _size_problems(sizes: list[tuple[int, int]], max_total_bytes: int) -> list[str]:
    total, packed = sum(size for size, _ in sizes), sum(size for _, size in sizes)
    problems = []
    if len(sizes) > MAX_MEMBERS:
        problems.append("too many members")
    bomb = any(size > _RATIO_FROM_BYTES and size > MAX_RATIO * max(1, small) for size, small in sizes)
    if bomb or total > max_total_bytes or (total > _RATIO_FROM_BYTES and total > MAX_RATIO * max(1, packed)):
        problems.append("too large when unpacked")
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
    """What makes an archive unfit to be brought in: zip or tar, with plain files only, and no archive within."""
    problems = (
        _tar_problems(stream, max_total_bytes)
        if _is_tar(stream)
        else zip_problems(stream, max_total_bytes=max_total_bytes)
    )
    if not problems or problems == ["damaged"]:
        problems += _nested(stream)
    return [Finding("archive", Place(problem)) for problem in dict.fromkeys(problems)]


def _is_tar(stream: IO[bytes]) -> bool:
    stream.seek(0)
    try:
        return tarfile.is_tarfile(stream)
    except (OSError, EOFError):
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
    except (tarfile.TarError, OSError, EOFError, ValueError):
        problems.append("damaged")
    stream.seek(0)
    return list(dict.fromkeys(problems + _size_problems(sizes, max_total_bytes) + _name_problems(names)))


def _nested(stream: IO[bytes]) -> list[str]:
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            heads = [archive.open(name).read(4) for name in names[:MAX_MEMBERS] if not name.endswith("/")]
    except (zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError, OSError, EOFError):
        names, heads = [], []
    finally:
        stream.seek(0)
    packed = any(
        head.startswith((b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"Rar!", b"\xfd7zX")) for head in heads
    )
    return (
        ["an archive within"]
        if packed or any(PurePosixPath(name).suffix.lower() in _ARCHIVE_ENDINGS for name in names)
        else []
    )
