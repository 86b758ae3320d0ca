"""One file on its way in: what it is, whether its archive is fit, whether it holds code that nobody declared.

What it says of people is no question here: that is for those who review the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

from airlock.checks.archives import CODE_ENDINGS, holds_code, incoming_archive, is_tar
from airlock.checks.findings import Finding, Place
from airlock.checks.kinds import ARCHIVES, ENDINGS, HEAD_BYTES, Kind, agrees, ending_of, kind_of
from airlock.checks.names import name_findings
from airlock.checks.policy import Consequence, Policy

_PROGRAMS = (b"\x7fELF", b"MZ", b"#!", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_PACKED_DOCUMENTS = frozenset({Kind.XLSX, Kind.OLE, Kind.MODEL})  # zip inside, without being an archive for people
# What a finding means on the way in; what is named nowhere sends the request back.
INCOMING_POLICY = Policy(
    version="incoming-1",
    consequences={
        "incoming_type": Consequence.INFORM,
        "name_confusable": Consequence.INFORM,
        "malware_not_scanned": Consequence.INFORM,
    },
)


@dataclass(frozen=True)
class Declaration:
    """What the request says that matters here. unpacked_bytes: how large an archive may become."""

    holds_code: bool
    unpacked_bytes: int


def check_incoming(stream: IO[bytes], name: str, declared: Declaration) -> tuple[Kind, list[Finding]]:
    """The kind of a file and what was found. Reads only the stream, and unpacks nothing to anywhere."""
    size = stream.seek(0, 2)
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    stream.seek(max(0, size - HEAD_BYTES))
    kind = kind_of(head, name, stream.read(HEAD_BYTES))
    found = name_findings(name)
    if ending_of(name) in ENDINGS and not agrees(kind, name):
        found.append(Finding("incoming_type", Place("file format")))
    if kind in ARCHIVES or is_tar(stream) or (kind in _PACKED_DOCUMENTS and head.startswith(b"PK")):
        found += incoming_archive(stream, max_total_bytes=declared.unpacked_bytes)
    if not declared.holds_code and _is_code(stream, kind, head, name):
        found.append(Finding("incoming_code", Place("file format")))
    return kind, found


def _is_code(stream: IO[bytes], kind: Kind, head: bytes, name: str) -> bool:
    if kind in (Kind.MODEL, Kind.NOTEBOOK) or head.startswith(_PROGRAMS) or ending_of(name) in CODE_ENDINGS:
        return True
    return holds_code(stream)
