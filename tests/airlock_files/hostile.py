"""Hostile files, made in code: what somebody who wants to carry data out, or to harm the checker, would send."""

from __future__ import annotations

import base64
import gzip
import io
import json
import random
import struct
import zipfile
import zlib

import openpyxl
import pikepdf
from openpyxl.comments import Comment
from openpyxl.styles import Font
from PIL import Image, PngImagePlugin

IDENTIFIER = "HG00096"


def png(size: tuple[int, int] = (20, 10), **text: str) -> bytes:
    """A small picture, with text in its metadata where given."""
    kept, info = io.BytesIO(), PngImagePlugin.PngInfo()
    for name, value in text.items():
        info.add_text(name, value)
    Image.new("RGB", size, "#0b5f6b").save(kept, "PNG", pnginfo=info)
    return kept.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that would be a very large picture."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def animated_png() -> bytes:
    """Two pictures, of which most viewers show one."""
    kept = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("white", "black")]
    frames[0].save(kept, "PNG", save_all=True, append_images=frames[1:])
    return kept.getvalue()


def jpeg_with_exif() -> bytes:
    """A photograph that says where it was taken."""
    kept, picture = io.BytesIO(), Image.new("RGB", (16, 16))
    exif = Image.Exif()
    exif[0x010E] = f"sample {IDENTIFIER}"
    exif.get_ifd(0x8825)[1] = "N"
    picture.save(kept, "JPEG", exif=exif)
    return kept.getvalue()


def zip_of(**members: bytes) -> bytes:
    """A zip file."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return kept.getvalue()


def bgzf(inner: bytes) -> bytes:
    """Gzipped bytes with the extra field of BGZF."""
    packed = zlib.compressobj(wbits=-15)
    body = packed.compress(inner) + packed.flush()
    extra = struct.pack("<BBHH", 66, 67, 2, len(body) + 25)
    header = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff" + struct.pack("<H", len(extra)) + extra
    return header + body + struct.pack("<II", zlib.crc32(inner), len(inner))


def bam() -> bytes:
    """The beginning of a BAM."""
    text = f"@HD\tVN:1.6\n@RG\tID:1\tSM:{IDENTIFIER}\n".encode()
    return bgzf(b"BAM\x01" + struct.pack("<i", len(text)) + text + struct.pack("<i", 0))


def vcf(samples: int, info: str = "AC=2;AN=10", records: int = 3) -> bytes:
    """A VCF with so many samples."""
    head = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
    head += ["FORMAT", *(f"S{at}" for at in range(samples))] if samples else []
    rows = [
        ["1", str(100 + at), ".", "A", "G", "50", "PASS", info, *(["GT", *(["0/1"] * samples)] if samples else [])]
        for at in range(records)
    ]
    return ("##fileformat=VCFv4.2\n" + "\n".join("\t".join(row) for row in [head, *rows]) + "\n").encode()


def plink_bed() -> bytes:
    """PLINK's binary genotypes."""
    return b"l\x1b\x01" + bytes(random.Random(1).randrange(256) for _ in range(400))


def transposed_matrix(people: int = 60) -> bytes:
    """One row for each person, one column for each variant, cells of 0, 1 and 2."""
    rng = random.Random(2)
    rows = ["row," + ",".join(f"v{at}" for at in range(12))]
    rows += [f"r{at}," + ",".join(rng.choice("00012") for _ in range(12)) for at in range(people)]
    return ("\n".join(rows) + "\n").encode()


def base64_column() -> bytes:
    """A table whose column holds packed genotypes."""
    rng = random.Random(3)
    rows = [f"{at},{base64.b64encode(rng.randbytes(300)).decode()}" for at in range(5)]
    return ("block,payload\n" + "\n".join(rows) + "\n").encode()


def hex_of_bgzf() -> bytes:
    """A BAM as hexadecimal digits."""
    return ("data\n" + bam().hex() + "\n").encode()


def html_widget() -> bytes:
    """A page that holds its whole data frame."""
    data = json.dumps({"x": {"data": [[IDENTIFIER, 1], ["HG00097", 2]]}})
    return (
        '<!DOCTYPE html><html><body><script type="application/json">' + data + "</script>"
        '<script src="//example.invalid/plotly.js"></script></body></html>'
    ).encode()


def svg_with_script() -> bytes:
    """A drawing that runs."""
    return b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="//example.invalid/b.png"/></svg>'


def workbook(change: object = None, rows: int = 3) -> bytes:
    """A spreadsheet of large counts, after `change(book)`."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in [("gene", "n"), *((f"GENE{at}", 40 + at) for at in range(rows))]:
        sheet.append(row)
    if callable(change):
        change(book)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def very_hidden_sheet() -> bytes:
    """A sheet that no menu shows."""

    def change(book: openpyxl.Workbook) -> None:
        hidden = book.create_sheet("raw")
        hidden.append([IDENTIFIER])
        hidden.sheet_state = "veryHidden"

    return workbook(change)


def white_on_white() -> bytes:
    """Letters in the colour of the paper."""

    def change(book: openpyxl.Workbook) -> None:
        cell = book.worksheets[0]["D2"]
        cell.value, cell.font = "hidden words", Font(color="FFFFFFFF")

    return workbook(change)


def hidden_column() -> bytes:
    """A column of no width."""

    def change(book: openpyxl.Workbook) -> None:
        book.worksheets[0]["C2"] = "kept"
        book.worksheets[0].column_dimensions["C"].hidden = True

    return workbook(change)


def commented_cell() -> bytes:
    """A note on a cell."""

    def change(book: openpyxl.Workbook) -> None:
        book.worksheets[0]["A2"].comment = Comment(IDENTIFIER, "nobody")

    return workbook(change)


def with_member(name: str, body: bytes = b"x") -> bytes:
    """A spreadsheet with one more file inside, such as xl/vbaProject.bin."""
    kept = io.BytesIO(workbook())
    with zipfile.ZipFile(kept, "a") as archive:
        archive.writestr(name, body)
    return kept.getvalue()


def bomb_workbook() -> bytes:
    """A sheet that unpacks to a thousand times its size."""
    kept = io.BytesIO(workbook())
    with zipfile.ZipFile(kept, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b"<row/>" * 5_000_000)
    return kept.getvalue()


def xml_entity_workbook() -> bytes:
    """A sheet whose entities multiply."""
    lol = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9)
    )
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as source, zipfile.ZipFile(kept, "w") as target:
        for name in source.namelist():
            body = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                body = (lol + "]><worksheet>&j;</worksheet>").encode()
            target.writestr(name, body)
    return kept.getvalue()


def notebook(**cell: object) -> bytes:
    """A notebook with one cell."""
    plain = {"cell_type": "code", "source": ["print(1)"], "outputs": [], "metadata": {}, "execution_count": None}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [plain | cell]}).encode()


def pdf(content: str = "", change: object = None, **saving: object) -> bytes:
    """One page with some drawing instructions, after `change(document)`."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(300, 200))
    font = document.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    page = document.pages[0]
    page.obj["/Resources"] = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    page.obj["/Contents"] = document.make_stream(content.encode())
    if callable(change):
        change(document)
    kept = io.BytesIO()
    document.save(kept, **saving)  # type: ignore[arg-type]
    return kept.getvalue()


def words(text: str, before: str = "0 g") -> str:
    """Drawing instructions that write a line."""
    return f"{before} BT /F1 12 Tf 20 100 Td ({text}) Tj ET"


def pdf_with_attachment() -> bytes:
    """A file within a file."""

    def change(document: pikepdf.Pdf) -> None:
        document.attachments["data.csv"] = b"a,b\n1,2\n"

    return pdf(words("A figure"), change)


def pdf_with_script() -> bytes:
    """A PDF that runs when it is opened."""

    def change(document: pikepdf.Pdf) -> None:
        action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        document.Root.OpenAction = document.make_indirect(action)

    return pdf(words("A figure"), change)


def pdf_with_revision() -> bytes:
    """An earlier version is still in the file."""
    first = pdf(words("secret"))
    return first + b"\n" + first[first.rindex(b"startxref") - 20 :]


def gzipped(inner: bytes) -> bytes:
    """Gzipped bytes."""
    return gzip.compress(inner, mtime=0)
