"""Texts of any size in pages of lines: what a terminal would obey is taken out, what cannot be seen is written out."""

from __future__ import annotations

import unicodedata
from array import array
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

from airlock.checks.texts import ANSI
from airlock.viewing.lines import Lines, encoding_of

PAGE_LINES = 500
SHOWN_CHARACTERS = 2000
_CUT = 1 << 16


@dataclass(frozen=True)
class TextIndex:
    """What is kept of one text: its code, the number of its lines, and the byte at which each page begins."""

    encoding: str
    lines: int
    offsets: array[int]

    @property
    def pages(self) -> int:
        """Number of pages; at least 1."""
        return max(1, len(self.offsets))

    def as_json(self) -> dict[str, Any]:
        """For a cache."""
        return {"encoding": self.encoding, "lines": self.lines, "offsets": list(self.offsets)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> TextIndex:
        """What `as_json` wrote."""
        return cls(data["encoding"], data["lines"], array("Q", data["offsets"]))


@dataclass(frozen=True)
class TextPage:
    """Some lines of a text; `first_line` is the number of the first of them, from 1."""

    number: int
    first_line: int
    lines: list[str]


def index_text(stream: IO[bytes]) -> TextIndex:
    """Read a text once, in bounded memory. Raises CannotBeShown where its bytes are damaged."""
    encoding, mark = encoding_of(stream)
    lines, offsets, count, at = Lines(stream, encoding, mark, cut=_CUT), array("Q"), 0, mark
    for _ in lines:
        if count % PAGE_LINES == 0:
            offsets.append(at)
        at, count = lines.consumed, count + 1
    return TextIndex(encoding, count, offsets)


def text_page(stream: IO[bytes], index: TextIndex, page: int) -> TextPage:
    """One page (from 1) of lines; beyond the end: the last."""
    page = min(max(1, page), index.pages)
    if not index.offsets:
        return TextPage(1, 1, [])
    lines = Lines(stream, index.encoding, index.offsets[page - 1], cut=_CUT)
    return TextPage(page, (page - 1) * PAGE_LINES + 1, [plain_line(line) for line in islice(lines, PAGE_LINES)])


def plain_line(line: str) -> str:
    """A line as it is shown: without codes for terminals, with marks for what changes how the rest is read."""
    visible = "".join(map(_visible, ANSI.sub("", line.rstrip("\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"))))
    if len(visible) <= SHOWN_CHARACTERS:
        return visible
    return f"{visible[:SHOWN_CHARACTERS]}… ({len(visible) - SHOWN_CHARACTERS:,} more characters)"


def _visible(character: str) -> str:
    if character.isprintable() or character == "\t":
        return character
    return (
        f"⟨U+{ord(character):04X}⟩" if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn") else character
    )
