"""Archives with a surprise, made in code: what an import must not bring in, with the word for what is wrong."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile

from tests.airlock_files.hostile import zip_of


def _tar(*members: tuple[str, bytes, bytes], packed: bool = False) -> bytes:
    """Members are (name, type, content or target)."""
    kept = io.BytesIO()
    with tarfile.open(fileobj=kept, mode="w:gz" if packed else "w") as archive:
        for name, kind, content in members:
            told = tarfile.TarInfo(name)
            told.type = kind
            if kind == tarfile.REGTYPE:
                told.size = len(content)
            else:
                told.linkname = content.decode()
            archive.addfile(told, io.BytesIO(content))
    return kept.getvalue()


def _zip_with_link() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return kept.getvalue()


def _encrypted() -> bytes:
    """A zip that says of its member that it has a password."""
    data = bytearray(zip_of(**{"a.txt": b"secret"}))
    central = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[central + 8] |= 1
    return bytes(data)


def _lying() -> bytes:
    """A zip that says of ten million bytes that they are ten."""
    data = bytearray(zip_of(**{"a.txt": b"\0" * 900_000}))
    central = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, 22, 10)
    struct.pack_into("<I", data, central + 24, 10)
    return bytes(data)


def _overlapping() -> bytes:
    """A list of contents that names one member many times over."""
    single = zip_of(**{"a.txt": bytes(range(256)) * 40})
    central, end = single.index(b"PK\x01\x02"), single.index(b"PK\x05\x06")
    entry = single[central:end]
    many = b"".join(entry.replace(b"a.txt", b"%c.txt" % letter) for letter in b"abcdefgh")
    tail = bytearray(single[end:])
    struct.pack_into("<HHI", tail, 8, 8, 8, len(many))
    return single[:central] + many + bytes(tail)


_PLAIN = ("a.txt", tarfile.REGTYPE, b"1")
_CASES: dict[str, tuple[bytes, str]] = {
    "bomb.zip": (zip_of(a=bytes(9_000_000)), "too large when unpacked"),
    "bomb.csv.gz": (gzip.compress(gzip.compress(b"1")), "an archive within"),
    "cut.gz": (gzip.compress(b"1" * 1000)[:-9], "damaged"),
    "nested.zip": (zip_of(**{"inner.zip": zip_of(a=b"1")}), "an archive within"),
    "disguised.zip": (zip_of(**{"inner.txt": gzip.compress(b"1")}), "an archive within"),
    "nested.tar.gz": (_tar(("x.txt", tarfile.REGTYPE, zip_of(a=b"1")), packed=True), "an archive within"),
    "away.zip": (zip_of(**{"../x": b"1"}), "names that lead outside"),
    "away.tar": (_tar(("/etc/x", tarfile.REGTYPE, b"1")), "names that lead outside"),
    "link.zip": (_zip_with_link(), "links"),
    "link.tar": (_tar(_PLAIN, ("b", tarfile.SYMTYPE, b"/etc/passwd")), "links"),
    "hard.tar": (_tar(_PLAIN, ("b", tarfile.LNKTYPE, b"a.txt")), "links"),
    "pipe.tar": (_tar(("p", tarfile.FIFOTYPE, b"")), "devices"),
    "password.zip": (_encrypted(), "encrypted"),
    "lying.zip": (_lying(), "sizes that are not true"),
    "overlap.zip": (_overlapping(), "members that overlap"),
    "twice.zip": (zip_of(**{"a.txt": b"1", "A.TXT": b"2"}), "two members of one name"),
    "broken.zip": (b"PK\x03\x04broken", "damaged"),
    "seven.7z": (b"7z\xbc\xaf\x27\x1c and so on", "a packing that cannot be looked into"),
}
SURPRISES = {name: data for name, (data, _) in _CASES.items()}
PLACES = {name: place for name, (_, place) in _CASES.items()}
FINE = {
    "plain.zip": zip_of(**{"a.txt": b"1", "b/c.txt": b"2"}),
    "plain.tar.gz": _tar(_PLAIN, packed=True),
    "table.csv.gz": gzip.compress(b"gene,n\nCFTR,1\n" * 3) + gzip.compress(b"G6PD,1\n"),
}
