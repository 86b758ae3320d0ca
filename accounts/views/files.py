"""Files that pages give out."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

# A cell that begins with one of these would be run by a spreadsheet.
_LEADING = ("=", "+", "-", "@", "\t", "\r")


def csv_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> HttpResponse:
    """A CSV file as a download; a cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(answer)
    writer.writerow(head)
    writer.writerows([f"'{cell}" if cell.startswith(_LEADING) else cell for cell in row] for row in rows)
    return answer
