"""Files that pages give out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.http import HttpResponse, StreamingHttpResponse

from portal.kernel.sheets import csv_line


def csv_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> HttpResponse:
    """A CSV file as a download; a cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    return HttpResponse("".join(_lines(head, rows)), headers=_headers(name))


def csv_stream(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> StreamingHttpResponse:
    """The same for a file of any length: never held whole."""
    return StreamingHttpResponse(_lines(head, rows), headers=_headers(name))


def _headers(name: str) -> dict[str, str]:
    return {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": f'attachment; filename="{name}"'}


def _lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield csv_line(head, ending="\r\n")
    for row in rows:
        yield csv_line(row, ending="\r\n")
