"""PDF: pages and nothing else. What a page shows is shown to checkers as a picture; its words are read here."""

from __future__ import annotations

import ctypes
from io import BytesIO
from typing import IO, Any

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium

from airlock.checks.findings import Place
from airlock.checks.notes import Notes
from airlock.checks.texts import rules_of_text

_ROOT_PARTS = {
    "/OpenAction": "an action on opening",
    "/AA": "actions",
    "/AcroForm": "a form",
    "/OCProperties": "hidden layers",
    "/Collection": "a collection of files",
}
_ANNOTATIONS = {
    "/FileAttachment",
    "/RichMedia",
    "/Screen",
    "/Movie",
    "/Sound",
    "/3D",
    "/Widget",
    "/Text",
    "/Popup",
    "/Redact",
}
_ACTIONS = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition"}
_NEARLY_WHITE = 245
_MAX_LETTERS = 200_000


def check_pdf(stream: IO[bytes], notes: Notes) -> None:
    """All rules for a PDF."""
    stream.seek(0)
    data = stream.read()
    if not _structure(data, notes):
        return
    document = pypdfium2.PdfDocument(data)
    try:
        if len(document) > notes.policy.max_pages:
            notes.add("too_large", Place("pages"), count=len(document))
            return
        for number in range(len(document)):
            _page(document[number], number + 1, notes)
    finally:
        document.close()


def _structure(data: bytes, notes: Notes) -> bool:
    """What the file holds besides pages; False where it cannot be opened."""
    try:
        document = pikepdf.open(BytesIO(data))
    except pikepdf.PasswordError:
        notes.add("pdf", Place("encrypted"))
        return False
    except pikepdf.PdfError:
        notes.add("check_failed", Place("PDF: damaged"))
        return False
    with document:
        if document.is_encrypted:
            notes.add("pdf", Place("encrypted"))
        _root(document, notes)
        endings = data.count(b"%%EOF") - (1 if document.is_linearized else 0)
        if endings > 1:
            notes.add("pdf", Place("an earlier version of itself"))
        _objects(document, notes)
        _metadata(document, notes)
    return True


def _root(document: pikepdf.Pdf, notes: Notes) -> None:
    root = document.Root
    names: Any = root.get("/Names", {})
    for key, part in _ROOT_PARTS.items():
        if key in root:
            notes.add("pdf", Place(part))
    if document.attachments or "/AF" in root or "/EmbeddedFiles" in names:
        notes.add("pdf", Place("attached files"))
    if "/JavaScript" in names:
        notes.add("pdf", Place("scripts"))


def _objects(document: pikepdf.Pdf, notes: Notes) -> None:
    for thing in document.objects:
        if not isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
            continue
        if str(thing.get("/S", "")) in _ACTIONS and not isinstance(thing, pikepdf.Stream):
            notes.add("pdf", Place("scripts"))
        if str(thing.get("/Type", "")) in ("/EmbeddedFile", "/Filespec"):
            notes.add("pdf", Place("attached files"))
        if str(thing.get("/Subtype", "")) in _ANNOTATIONS and "/Rect" in thing:
            notes.add("pdf", Place("annotations"))
        elif "/Contents" in thing and "/Rect" in thing:
            notes.scan(str(thing.get("/Contents", "")), Place("annotations"))


def _metadata(document: pikepdf.Pdf, notes: Notes) -> None:
    for _, value in document.docinfo.items():
        rules_of_text(str(value), notes, part="metadata")
    if "/Metadata" in document.Root:
        packet: Any = document.Root["/Metadata"]
        rules_of_text(packet.read_bytes().decode("utf-8", "replace"), notes, part="metadata")


def _page(page: pypdfium2.PdfPage, number: int, notes: Notes) -> None:
    text_page = page.get_textpage()
    text = text_page.get_text_bounded()
    for line in text.splitlines():
        rules_of_text(line, notes, part=f"page {number}")
    if hidden := _hidden_letters(text_page):
        notes.add("pdf", Place("letters that are not seen", rows=(number,)), count=hidden)
    # Words in the file that lie outside the page
    if len(text_page.get_text_range().split()) > len(text.split()) + 1:
        notes.add("pdf", Place("words beside the page", rows=(number,)))


def _hidden_letters(text_page: pypdfium2.PdfTextPage) -> int:
    """How many letters are drawn white, fully clear, or not at all."""
    hidden = 0
    colour = [ctypes.c_uint() for _ in range(4)]
    for at in range(min(text_page.count_chars(), _MAX_LETTERS)):
        if pdfium.FPDFText_GetUnicode(text_page, at) in (0, 10, 13, 32):
            continue
        thing = pdfium.FPDFText_GetTextObject(text_page, at)
        if thing and pdfium.FPDFTextObj_GetTextRenderMode(thing) in (3, 7):
            hidden += 1
        elif pdfium.FPDFText_GetFillColor(text_page, at, *colour):
            red, green, blue, alpha = (value.value for value in colour)
            hidden += alpha == 0 or min(red, green, blue) >= _NEARLY_WHITE
    return hidden
