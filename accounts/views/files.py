"""Files that pages give out."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import HttpResponse, StreamingHttpResponse

# A cell that begins with one of these would be run by a spreadsheet.
_LEADING = ("=", "+", "-", "@", "\t", "\r")


def csv_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> HttpResponse:
    """A CSV file as a download; a cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    return HttpResponse("".join(_lines(head, rows)), headers=_headers(name))


def csv_stream(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> StreamingHttpResponse:
    """The same for a file of any length: never held whole."""
    return StreamingHttpResponse(_lines(head, rows), headers=_headers(name))


def _headers(name: str) -> dict[str, str]:
    return {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": f'attachment; filename="{name}"'}


class _Line:
    """A file to which nothing is written: each line is given back instead."""

    def write(self, text: str) -> str:
        return text


def _lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(head)
    for row in rows:
        yield writer.writerow([f"'{cell}" if cell.startswith(_LEADING) else cell for cell in row])
