"""In which of a few ways a file is shown, by what it is and never by what its name says alone."""

from __future__ import annotations

from enum import StrEnum

from airlock.checks.kinds import Kind, ending_of


class Mode(StrEnum):
    """One way of showing a file."""

    TABLE = "table"
    TEXT = "text"
    LOG = "log"  # as text, beginning with its last page
    SOURCE = "source"  # a page or drawing as the text it is written in
    NOTEBOOK = "notebook"
    SHEETS = "sheets"
    PICTURE = "picture"
    PAGES = "pages"
    NOTHING = "nothing"


class CannotBeShown(Exception):
    """A file that cannot be shown safely or at all; the text is a sentence for the person who looks."""


_BY_KIND = {
    Kind.JSON: Mode.TEXT,
    Kind.NOTEBOOK: Mode.NOTEBOOK,
    Kind.HTML: Mode.SOURCE,
    Kind.SVG: Mode.SOURCE,
    Kind.PNG: Mode.PICTURE,
    Kind.JPEG: Mode.PICTURE,
    Kind.PDF: Mode.PAGES,
    Kind.XLSX: Mode.SHEETS,
}
_TABLES = frozenset({".csv", ".tsv"})


def mode_of(kind: Kind, name: str) -> Mode:
    """How a file is shown. What is not listed cannot be shown, whatever it is called."""
    if kind is Kind.TEXT:
        ending = ending_of(name)
        return Mode.TABLE if ending in _TABLES else Mode.LOG if ending == ".log" else Mode.TEXT
    return _BY_KIND.get(kind, Mode.NOTHING)
