"""Lines of a text of any size, with the byte at which each begins: what tables and texts are paged by.

Lines end where `str.splitlines` ends them, as in the checks, so that row 17 of a finding is row 17 on the page. Memory
is bounded by a chunk and one line; a line beyond the limit is cut into pieces or refused, as the reader wishes.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import IO

from airlock.viewing.modes import CannotBeShown

CHUNK_BYTES = 1 << 16
MAX_LINE_CHARACTERS = 1 << 20
_ENDS = frozenset("\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")  # without "\r", which "\n" may follow


def encoding_of(stream: IO[bytes]) -> tuple[str, int]:
    """(name of the code, bytes of its mark): UTF-16 by its mark, UTF-8 where all bytes fit, else Windows-1252."""
    stream.seek(0)
    head = stream.read(3)
    if head.startswith(b"\xff\xfe"):
        return "utf-16-le", 2
    if head.startswith(b"\xfe\xff"):
        return "utf-16-be", 2
    mark = 3 if head == b"\xef\xbb\xbf" else 0
    stream.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := stream.read(1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252", mark
    return "utf-8", mark


class Lines:
    """An iterator of lines with their ends. `consumed` is the byte in the file after the last line handed out."""

    def __init__(self, stream: IO[bytes], encoding: str, start: int, *, cut: int = 0) -> None:
        """Begin at byte `start`, which must be the start of a line.

        cut: length of the pieces that a line beyond the limit is handed out in; 0 refuses it with CannotBeShown.
        """
        self.consumed = start
        self._encoding = encoding
        self._cut = cut
        stream.seek(start)
        self._lines = self._counted(stream)

    def __iter__(self) -> Iterator[str]:
        return self._lines

    def _counted(self, stream: IO[bytes]) -> Iterator[str]:
        for lines in self._read(stream):
            for line in lines:
                self.consumed += self._bytes(line)
                yield line.replace("\0", "\ufffd") if "\0" in line else line

    def _bytes(self, text: str) -> int:
        if self._encoding == "cp1252" or (self._encoding == "utf-8" and text.isascii()):
            return len(text)
        return len(text.encode(self._encoding))

    def _read(self, stream: IO[bytes]) -> Iterator[list[str]]:
        """Whole lines, some at a time; the last one waits for the rest of it, as "\\r" waits for "\\n"."""
        decoder = codecs.getincrementaldecoder(self._encoding)("replace" if self._encoding == "cp1252" else "strict")
        waiting, chunk = "", b"first"
        while chunk:
            chunk = stream.read(CHUNK_BYTES)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError:
                raise CannotBeShown("The text is damaged: it is not in the code that it begins with.") from None
            lines = text.splitlines(keepends=True)
            if waiting.endswith("\r") and not text.startswith("\n"):
                lines.insert(0, waiting)
            elif waiting:
                lines[:1] = [waiting + (lines[0] if lines else "")]
            waiting = lines.pop() if chunk and lines and not _is_over(lines[-1]) else ""
            yield lines
            if len(waiting) > MAX_LINE_CHARACTERS:
                yield self._pieces_of(waiting)
                waiting = ""

    def _pieces_of(self, line: str) -> list[str]:
        if not self._cut:
            raise CannotBeShown("A line has more than a million characters, so the file cannot be shown as a table.")
        return [line[at : at + self._cut] for at in range(0, len(line), self._cut)]


def _is_over(line: str) -> bool:
    """Whether nothing can be added to a line by what follows."""
    return line[-1] in _ENDS
