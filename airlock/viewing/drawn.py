"""The child that opens what is not plain text: `python -m airlock.viewing.drawn`. Pixels and plain cells come out.

A job on standard input names an open file. The answer is one line of JSON, then bytes of a PNG where there is one. Like
the checks it gives up network, files and programs before the first byte of a stranger's file is read.
"""

from __future__ import annotations

import io
import json
import os
import sys
import warnings
from typing import IO, Any

from airlock.checks.archives import zip_problems
from airlock.checks.confinement import confine

MAX_PIXELS = 50_000_000
MAX_SIDE = 1600
MAX_SHEET_CELLS = 5_000_000
SHEET_ROWS, SHEET_COLUMNS = 200, 60
_PAGE_DPI = 110
_MAX_PAGE_SIDE = 2400
_MAX_UNPACKED = 400 * 1024 * 1024
_MAX_CELL_TEXT = 20_000

Answer = tuple[dict[str, Any], bytes]


class Unfit(Exception):
    """The file cannot be opened or is too large; the text is a sentence."""


def main() -> int:
    """Read the job, load what it needs, give up everything else, open the file."""
    job = json.load(sys.stdin)
    open_it = _OPENERS[job["mode"]]()
    confine()
    try:
        with os.fdopen(job["fd"], "rb") as stream:
            told, pixels = open_it(stream, int(job.get("page", 1)), int(job.get("sheet", 1)))
    except Unfit as error:
        told, pixels = {"cannot": str(error)}, b""
    except Exception as error:  # whatever a hostile file provokes in a reader
        told, pixels = {"cannot": f"The file is damaged, or is not what it says ({type(error).__name__})."}, b""
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + pixels)
    sys.stdout.buffer.flush()
    return 0


def _pictures() -> Any:
    from PIL import Image, JpegImagePlugin, PngImagePlugin  # noqa: F401 - loaded before the child is confined

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS

    def open_picture(stream: IO[bytes], _page: int, _sheet: int) -> Answer:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            try:
                with Image.open(stream, formats=["PNG", "JPEG"]) as picture:
                    width, height = picture.size
                    picture.thumbnail((MAX_SIDE, MAX_SIDE))
                    # Pixels only: a new picture has no text, no profile, no place and no second frame
                    clean = picture.convert(
                        "RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB"
                    )
                    clean.info.clear()
                    return {"width": width, "height": height}, _png(clean)
            except (Image.DecompressionBombError, Image.DecompressionBombWarning):
                raise Unfit("The picture has more pixels than can be shown.") from None

    return open_picture


def _png(picture: Any) -> bytes:
    kept = io.BytesIO()
    picture.save(kept, "PNG")
    return kept.getvalue()


def _pages() -> Any:
    import pypdfium2
    from PIL import PngImagePlugin  # noqa: F401 - loaded before the child is confined

    def open_page(stream: IO[bytes], page: int, _sheet: int) -> Answer:
        try:
            document = pypdfium2.PdfDocument(stream.read())
        except pypdfium2.PdfiumError:
            raise Unfit("The PDF is encrypted or damaged, so its pages cannot be shown.") from None
        pages = len(document)
        if not pages:
            raise Unfit("The PDF has no pages.")
        page = min(max(1, page), pages)
        drawn = document[page - 1]
        longest = max(*drawn.get_size(), 1.0)
        scale = min(_PAGE_DPI / 72, _MAX_PAGE_SIDE / longest)
        pixels = drawn.render(scale=scale, may_draw_forms=False).to_pil()
        return {"page": page, "pages": pages, "width": pixels.width, "height": pixels.height}, _png(pixels)

    return open_page


def _sheets() -> Any:
    import openpyxl

    def open_sheet(stream: IO[bytes], page: int, number: int) -> Answer:
        if zip_problems(stream, max_total_bytes=_MAX_UNPACKED):
            raise Unfit("The spreadsheet unpacks to far more than it seems, so it is not opened.")
        book = openpyxl.load_workbook(stream, data_only=False)
        number = min(max(1, number), len(book.worksheets))
        sheet = book.worksheets[number - 1]
        if sheet.max_row * sheet.max_column > MAX_SHEET_CELLS:
            raise Unfit("The sheet has more cells than can be shown.")
        pages = max(1, -(-sheet.max_row // SHEET_ROWS))
        page = min(max(1, page), pages)
        first = (page - 1) * SHEET_ROWS + 1
        last, width = min(first + SHEET_ROWS - 1, sheet.max_row), min(SHEET_COLUMNS, sheet.max_column)
        rows = sheet.iter_rows(min_row=first, max_row=last, max_col=width, values_only=True)
        sheets = [{"title": each.title[:100], "hidden": each.sheet_state != "visible"} for each in book.worksheets]
        return {
            **{"sheets": sheets, "sheet": number, "page": page, "pages": pages, "first_row": first},
            **{"columns": sheet.max_column, "row_count": sheet.max_row},
            "rows": [["" if cell is None else str(cell)[:_MAX_CELL_TEXT] for cell in row] for row in rows],
        }, b""

    return open_sheet


def _notebook() -> Any:
    def open_notebook(stream: IO[bytes], _page: int, _sheet: int) -> Answer:
        try:
            book = json.loads(stream.read().decode("utf-8-sig", "replace"))
            cells = [cell for cell in book["cells"] if isinstance(cell, dict)]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Unfit("The notebook cannot be read.") from None
        return {"cells": [_cell(cell) for cell in cells[:2000]], "left_out": max(0, len(cells) - 2000)}, b""

    return open_notebook


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    """The code or note of a cell; of its outputs only how many there are."""
    source = cell.get("source", "")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    outputs, attachments = cell.get("outputs"), cell.get("attachments")
    return {
        "type": "code" if cell.get("cell_type") == "code" else "note",
        "text": text[:_MAX_CELL_TEXT],
        "cut": max(0, len(text) - _MAX_CELL_TEXT),
        "outputs": len(outputs) if isinstance(outputs, list) else 0,
        "attachments": len(attachments) if isinstance(attachments, dict) else 0,
    }


_OPENERS = {"picture": _pictures, "pages": _pages, "sheets": _sheets, "notebook": _notebook}


if __name__ == "__main__":
    sys.exit(main())
