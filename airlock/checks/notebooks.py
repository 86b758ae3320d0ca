"""Notebooks leave without outputs; their code and notes are read as text."""

from __future__ import annotations

import json
import re
from typing import Any

from airlock.checks.delimited import check_text
from airlock.checks.findings import Place
from airlock.checks.notes import Notes
from airlock.checks.tables import decode
from airlock.checks.texts import rules_of_text

_DATA_IMAGE = re.compile(r"data:[\w/+.-]+;base64,", re.I)
_KNOWN_METADATA = {"kernelspec", "language_info", "toc", "orig_nbformat", "authors", "title"}
_MAX_METADATA_CHARACTERS = 2000


def check_notebook(data: bytes, notes: Notes) -> None:
    """All rules for a notebook."""
    try:
        book = json.loads(decode(data).text)
        cells = [cell for cell in book["cells"] if isinstance(cell, dict)]
    except (ValueError, KeyError, TypeError, RecursionError):
        notes.add("encoding", Place("cannot be parsed: no notebook"))
        rules_of_text(decode(data).text, notes)
        return
    _metadata(book.get("metadata", {}), "metadata of the notebook", notes)
    for number, cell in enumerate(cells, 1):
        _cell(cell, number, notes)


def _cell(cell: dict[str, Any], number: int, notes: Notes) -> None:
    if cell.get("outputs"):
        notes.add("notebook", Place("outputs", rows=(number,)), count=len(cell["outputs"]))
    if cell.get("attachments"):
        notes.add("notebook", Place("attachments", rows=(number,)))
    _metadata(cell.get("metadata", {}), "metadata of cells", notes)
    source = cell.get("source", "")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    if _DATA_IMAGE.search(text):
        notes.add("notebook", Place("pictures in text", rows=(number,)))
    check_text(text.encode("utf-8", "replace"), ".py", notes)
    if literal := _literal_rows(text):
        check_text(literal.encode("utf-8", "replace"), ".csv", notes)


def _metadata(metadata: Any, part: str, notes: Notes) -> None:
    if not isinstance(metadata, dict):
        return
    if "widgets" in metadata:
        notes.add("notebook", Place("widgets"))
    other = json.dumps(
        {name: value for name, value in metadata.items() if name not in _KNOWN_METADATA and name != "widgets"}
    )
    if len(other) > _MAX_METADATA_CHARACTERS:
        notes.add("notebook", Place(part))
    rules_of_text(other, notes, part=part)


_QUOTED = re.compile(r'"""(.*?)"""|\'\'\'(.*?)\'\'\'', re.S)


def _literal_rows(code: str) -> str:
    """Rows of data written into the code as a long text."""
    longest = max((match[1] or match[2] or "" for match in _QUOTED.finditer(code)), key=len, default="").strip("\n")
    return longest if longest.count("\n") >= 3 and longest.count(",") >= longest.count("\n") else ""
