"""One file, all its rules: what it is, what is in it, each rule in its own time, and no failure in silence."""

from __future__ import annotations

import signal
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import IO

from airlock.checks.delimited import check_json, check_text, tables_in_text
from airlock.checks.findings import Finding, Place
from airlock.checks.kinds import ARCHIVES, ENDINGS, HEAD_BYTES, REFUSED, Kind, agrees, ending_of, kind_of, unpacked_head
from airlock.checks.names import name_findings
from airlock.checks.notebooks import check_notebook
from airlock.checks.notes import Notes
from airlock.checks.pages import check_page
from airlock.checks.tables import Table

RULE_SECONDS = 60


class OutOfTime(Exception):
    """A rule took longer than it may."""


@dataclass
class Inspected:
    """What came out: the kind of the content, the findings, and how large its tables are (rows, columns)."""

    kind: Kind
    findings: list[Finding]
    tables: list[Table] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows of all its tables together."""
        return sum(len(table.rows) for table in self.tables)

    @property
    def columns(self) -> int:
        """Columns of its widest table."""
        return max((table.width for table in self.tables), default=0)


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Stop what runs inside after some seconds with OutOfTime. In the main thread only."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def inspect(stream: IO[bytes], name: str, notes: Notes, *, supporting: bool = False) -> Inspected:
    """Look at one file. Reads only the stream. What a rule cannot finish is a finding (check_failed), never silence.

    supporting: the file stays inside, so that a page of HTML may stand beside the request to explain it.
    """
    for finding in name_findings(name):
        notes.add(finding.code, finding.place)
    notes.scan(name, Place("name"))
    kind, head, size = _looked_at(stream, name)
    _of_its_kind(kind, head, name, notes, supporting=supporting)
    if size > notes.policy.max_file_bytes:
        notes.add("too_large", Place("bytes"))
        return Inspected(kind, notes.findings())
    tables: list[Table] = []
    _run(lambda: tables.extend(_rules(stream, kind, head, name, notes)), kind, notes)
    return Inspected(kind, notes.findings(), tables)


def tables_in(stream: IO[bytes], name: str, notes: Notes) -> list[Table]:
    """The tables of a file that was judged before, to compare them. Text is parsed and no more: its cells need not be
    judged twice. What breaks or takes too long has none."""
    kind, head, _ = _looked_at(stream, name)
    tables: list[Table] = []

    def read() -> None:
        if kind is Kind.TEXT:
            stream.seek(0)
            tables.extend(tables_in_text(stream.read(), ending_of(name), notes.policy.max_cells))
        else:
            tables.extend(_rules(stream, kind, head, name, notes))

    _run(read, kind, notes)
    return tables


def _looked_at(stream: IO[bytes], name: str) -> tuple[Kind, bytes, int]:
    """(kind, first bytes, size in bytes)."""
    stream.seek(0, 2)
    size = stream.tell()
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    stream.seek(max(0, size - HEAD_BYTES))
    return kind_of(head, name, stream.read(HEAD_BYTES)), head, size


def _run(rules: Callable[[], None], kind: Kind, notes: Notes) -> None:
    try:
        with at_most(RULE_SECONDS):
            rules()
    except OutOfTime:
        notes.add("check_failed", Place(f"{kind}: out of time"))
    except MemoryError:
        notes.add("check_failed", Place(f"{kind}: out of memory"))
    except Exception as error:  # whatever a hostile file provokes in a parser is a finding
        notes.add("check_failed", Place(f"{kind}: {type(error).__name__}"))


def _of_its_kind(kind: Kind, head: bytes, name: str, notes: Notes, *, supporting: bool) -> None:
    """Findings about what the file is."""
    if kind is Kind.GENOMIC:
        notes.add("genotype", Place("file format"))
    elif kind is Kind.MODEL:
        notes.add("model", Place("file format"))
    elif kind in ARCHIVES:
        notes.add("archive", Place("file format"))
    elif kind in REFUSED or ending_of(name) not in ENDINGS or (kind is Kind.HTML and not supporting):
        notes.add("type_refused", Place("file format"))
    if not agrees(kind, name) and kind is not Kind.MODEL:
        notes.add("type_mismatch", Place("file format"))


def _rules(stream: IO[bytes], kind: Kind, head: bytes, name: str, notes: Notes) -> list[Table]:
    stream.seek(0)
    if kind in (Kind.XLSX, Kind.PDF, Kind.PNG, Kind.JPEG):
        return _rules_of_formats(stream, kind, notes)
    if kind in (Kind.HTML, Kind.SVG):
        check_page(stream.read(), notes)
    elif kind is Kind.NOTEBOOK:
        check_notebook(stream.read(), notes)
    elif kind is Kind.JSON:
        return check_json(stream.read(), notes)
    elif kind is Kind.TEXT:
        return check_text(stream.read(), ending_of(name), notes)
    elif kind is Kind.GZIP:
        _packed(stream, head, name, notes)
    return []


def _rules_of_formats(stream: IO[bytes], kind: Kind, notes: Notes) -> list[Table]:
    """Readers of formats are loaded when such a file comes: most files are text."""
    if kind is Kind.XLSX:
        from airlock.checks.spreadsheets import check_xlsx

        return check_xlsx(stream, notes)
    if kind is Kind.PDF:
        from airlock.checks.pdfs import check_pdf

        check_pdf(stream, notes)
    else:
        from airlock.checks.images import check_image

        check_image(stream, kind, notes)
    return []


def _packed(stream: IO[bytes], head: bytes, name: str, notes: Notes) -> None:
    """What is inside a gzipped file, as far as it unpacks within the limit."""
    inner_kind = kind_of(unpacked_head(head), name.removesuffix(".gz"))
    if inner_kind is not Kind.TEXT:
        return
    unpacked = zlib.decompressobj(31).decompress(stream.read(), notes.policy.max_file_bytes)
    check_text(unpacked, ending_of(name.removesuffix(".gz")), notes)
