"""The parent of the child that opens pictures, PDF pages, spreadsheets and notebooks."""

from __future__ import annotations

import json
from typing import IO, Any

from airlock.checks.children import ChildFailed, run_child
from airlock.viewing.modes import CannotBeShown, Mode

SECONDS = 30
_MAX_ANSWER_BYTES = 64 * 1024 * 1024


def open_in_child(mode: Mode, stream: IO[bytes], *, page: int = 1, sheet: int = 1) -> tuple[dict[str, Any], bytes]:
    """(facts, PNG bytes or b"") of one page of a file, which must be a real open one. Raises CannotBeShown."""
    job = {"mode": mode.value, "page": page, "sheet": sheet}
    try:
        answer = run_child("airlock.viewing.drawn", job, [stream], seconds=SECONDS, max_output=_MAX_ANSWER_BYTES)
        told, _, pixels = answer.partition(b"\n")
        facts: dict[str, Any] = json.loads(told)
    except (ChildFailed, ValueError):
        raise CannotBeShown("The file could not be opened within the time and memory that viewing has.") from None
    if "cannot" in facts:
        raise CannotBeShown(str(facts["cannot"]))
    return facts, pixels
