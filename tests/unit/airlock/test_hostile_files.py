"""Hostile files: each is stopped by the finding that tells the author why. Numbers are those of the airlock's list."""

from __future__ import annotations

import io
import json
from typing import Any

import pikepdf
import pytest

from airlock.checks import Consequence, Policy
from airlock.checks.identifiers import KnownIdentifiers
from airlock.checks.inspection import inspect
from airlock.checks.names import name_findings, safe_name, shown
from airlock.checks.notes import Notes
from airlock.checks.texts import typed_texts
from tests.airlock_files import hostile
from tests.airlock_files.hostile import IDENTIFIER, pdf, words

KNOWN = (KnownIdentifiers.of(b"key", [IDENTIFIER, "NA18500"]),)
POLICY = Policy()
BLOCK, COMMITTEE, ASK = Consequence.BLOCK, Consequence.COMMITTEE, Consequence.ACKNOWLEDGE


def found_in(data: bytes, name: str, **options: Any) -> dict[str, list[str]]:
    """Codes with their places."""
    codes: dict[str, list[str]] = {}
    for finding in inspect(io.BytesIO(data), name, Notes(POLICY, KNOWN), **options).findings:
        codes.setdefault(finding.code, []).append(str(finding.place))
    return codes


def gravest(codes: dict[str, list[str]]) -> Consequence:
    return max((POLICY.consequence(code) for code in codes), default=Consequence.INFORM)


CASES: list[tuple[str, bytes, str, str, Consequence]] = [
    # name, content, code that is expected, number and case, at least this consequence
    ("calls.txt", hostile.vcf(2), "genotype", "26 VCF renamed to text", BLOCK),
    ("figure.png", hostile.bam(), "genotype", "26 BAM renamed to PNG", BLOCK),
    ("figure.png", hostile.bam(), "type_mismatch", "26 BAM renamed to PNG", BLOCK),
    ("regions.bed", hostile.plink_bed(), "genotype", "26 PLINK as UCSC bed", BLOCK),
    ("table.csv", hostile.gzipped(b"a,b\n1,2\n"), "type_mismatch", "26 gzip inside .csv", BLOCK),
    ("calls.vcf.gz", hostile.bgzf(hostile.vcf(1)), "genotype", "26 packed VCF", BLOCK),
    ("sites.txt", hostile.vcf(0, info="GTS=0/1,1/1,0|1"), "genotype", "27 calls in INFO", BLOCK),
    ("sites.txt", hostile.vcf(0, info=f"CARRIER={IDENTIFIER}"), "id_exact", "27 identifiers in INFO", BLOCK),
    ("one.txt", hostile.vcf(1), "genotype", "27 VCF with one sample", BLOCK),
    ("matrix.csv", hostile.transposed_matrix(), "genotype", "28 transposed matrix", BLOCK),
    ("packed.csv", hostile.base64_column(), "high_entropy", "28 base64 column", COMMITTEE),
    ("hex.csv", hostile.hex_of_bgzf(), "high_entropy", "28 hexadecimal BGZF", COMMITTEE),
    ("reads.txt", b"@r1\nACGTACGTAC\n+\nIIIIIIIIII\n", "genotype", "28 FASTQ", BLOCK),
    ("ragged.csv", b"a,b\n1,2\n3\n4,5,6\n", "encoding", "30 ragged rows", ASK),
    ("wide.csv", "gene;n\nÅ;40\n".encode("utf-16"), "encoding", "30 UTF-16", ASK),
    ("zero.csv", b"gene,n\nSMAD4,4\x000\n", "encoding", "30 NUL", ASK),
    ("cr.csv", b"gene,n\rSMAD4,40\r", "encoding", "30 lone CR", ASK),
    ("bom.csv", b"\xef\xbb\xbfgene,n\nSMAD4,40\n", "encoding", "30 byte order mark", ASK),
    ("long.csv", b"gene,n\n" + b"x" * 200_000 + b",40\n", "encoding", "30 field beyond the limit", ASK),
    ("link.csv", b'gene,n\n=HYPERLINK("//x.invalid"),40\n', "formula", "31 formula", ASK),
    ("sum.csv", b"gene,n\n@SUM(A1),40\n", "formula", "31 formula", ASK),
    ("dde.csv", b"gene,n\n+cmd|' /C calc'!A0,40\n", "formula", "31 DDE", ASK),
    ("tabbed.csv", b'gene,n\n"\t=1+1",40\n', "formula", "31 leading tab", ASK),
    ("spaced.csv", b"gene,n\n  =1+1,40\n", "formula", "31 leading blanks", ASK),
    ("chart.svg", hostile.svg_with_script(), "type_refused", "32 SVG", BLOCK),
    ("chart.txt", hostile.svg_with_script(), "type_mismatch", "32 SVG renamed", BLOCK),
    ("page.html", hostile.html_widget(), "type_refused", "32 and 40 HTML", BLOCK),
    ("page.html", hostile.html_widget(), "html_embed", "40 page with its data", BLOCK),
    ("page.html", hostile.html_widget(), "id_exact", "40 page with its data", BLOCK),
    ("huge.png", hostile.png_that_claims(60_000, 60_000), "image_hidden", "35 60k x 60k", BLOCK),
    ("moving.png", hostile.animated_png(), "image_hidden", "35 APNG", BLOCK),
    ("both.png", hostile.png() + hostile.zip_of(data=b"x"), "image_hidden", "35 PNG and ZIP", BLOCK),
    ("photo.jpg", hostile.jpeg_with_exif(), "image_meta", "35 EXIF and GPS", ASK),
    ("photo.jpg", hostile.jpeg_with_exif(), "id_exact", "24 identifier in EXIF", BLOCK),
    ("note.png", hostile.png(note=IDENTIFIER), "id_exact", "24 identifier in the text of a PNG", BLOCK),
    ("bomb.xlsx", hostile.bomb_workbook(), "archive", "36 sheet of 1000:1", BLOCK),
    ("entities.xlsx", hostile.xml_entity_workbook(), "check_failed", "36 entities", COMMITTEE),
    ("files.zip", hostile.zip_of(a=b"1"), "archive", "36 zip as output", BLOCK),
    ("hidden.xlsx", hostile.very_hidden_sheet(), "hidden_xlsx", "37 veryHidden sheet", BLOCK),
    ("hidden.xlsx", hostile.very_hidden_sheet(), "id_exact", "24 identifier on a hidden sheet", BLOCK),
    ("white.xlsx", hostile.white_on_white(), "hidden_xlsx", "37 white on white", BLOCK),
    ("column.xlsx", hostile.hidden_column(), "hidden_xlsx", "37 hidden column", BLOCK),
    ("comment.xlsx", hostile.commented_cell(), "hidden_xlsx", "37 comment", BLOCK),
    ("macro.xlsx", hostile.with_member("xl/vbaProject.bin"), "hidden_xlsx", "37 macros", BLOCK),
    ("pivot.xlsx", hostile.with_member("xl/pivotCache/p.xml"), "hidden_xlsx", "37 pivot cache", BLOCK),
    ("links.xlsx", hostile.with_member("xl/externalLinks/e.xml"), "hidden_xlsx", "37 external link", BLOCK),
    ("run.ipynb", hostile.notebook(outputs=[{"text": "x"}]), "notebook", "38 outputs", BLOCK),
    ("run.ipynb", hostile.notebook(attachments={"a.png": {}}), "notebook", "38 attachment", BLOCK),
    ("run.ipynb", hostile.notebook(metadata={"note": IDENTIFIER}), "id_exact", "38 metadata", BLOCK),
    ("run.ipynb", hostile.notebook(metadata={"data": "x, " * 2000}), "notebook", "38 data in metadata", BLOCK),
    (
        "run.ipynb",
        hostile.notebook(source=['d = """participant_id,age\n', "P1234,50\nP1235,61\nP1236,48\n", '"""']),
        "person_rows",
        "38 rows in a literal",
        COMMITTEE,
    ),
    ("figure.pdf", hostile.pdf_with_attachment(), "pdf", "39 attachment", BLOCK),
    ("figure.pdf", hostile.pdf_with_script(), "pdf", "39 script", BLOCK),
    ("figure.pdf", pdf(words("white words", "1 g")), "pdf", "39 white text", BLOCK),
    ("figure.pdf", pdf(words("no ink", "3 Tr")), "pdf", "39 text that is not drawn", BLOCK),
    ("figure.pdf", hostile.pdf_with_revision(), "pdf", "39 second revision", BLOCK),
    (
        "figure.pdf",
        pdf(words("x"), encryption=pikepdf.Encryption(owner="o", user="u")),
        "pdf",
        "39 encrypted",
        BLOCK,
    ),
    ("figure.pdf", pdf(words(f"Sample {IDENTIFIER}")), "id_exact", "39 identifier on the page", BLOCK),
    ("words.csv", b"group,people\na,four\nb,40\n", "small_count", "42 count in words", ASK),
    ("macro.docm", b"PK\x03\x04" + b"[Content_Types].xml word/vbaProject.bin", "type_refused", "types", BLOCK),
    ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(200), "type_refused", "types", BLOCK),
    ("model.pkl", b"\x80\x04\x95" + bytes(50), "model", "types", COMMITTEE),
    ("data.parquet", b"PAR1" + bytes(100), "type_refused", "types", BLOCK),
    ("key.txt", b"-----BEGIN RSA PRIVATE KEY-----\nabc\n", "secret", "secrets", BLOCK),
    (f"{IDENTIFIER}.csv", b"gene,n\nSMAD4,40\n", "id_exact", "24 identifier in the name", BLOCK),
    ("notes.csv", f"gene,{IDENTIFIER}\nSMAD4,40\n".encode(), "id_exact", "24 identifier as a column", BLOCK),
    ("glued.csv", f"file,n\nout_{IDENTIFIER}.bam,40\n".encode(), "id_exact", "24 identifier glued to words", BLOCK),
    ("spelt.csv", b"file,n\nhg-00096,40\n", "id_exact", "24 identifier spelt otherwise", BLOCK),
]


@pytest.mark.parametrize(
    ("name", "data", "code", "at_least"),
    [pytest.param(name, data, code, least, id=f"{case}: {code}") for name, data, code, case, least in CASES],
)
def test_hostile_file__is_stopped_with_its_reason(name: str, data: bytes, code: str, at_least: Consequence) -> None:
    codes = found_in(data, name)
    assert code in codes, codes
    assert gravest(codes) >= at_least


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("figure.png", hostile.png()),
        ("figure.png", hostile.png(Software="Plots 3.9")),
        ("figure.pdf", pdf(words("Carriers by region"))),
        ("counts.xlsx", hostile.workbook()),
        ("run.ipynb", hostile.notebook()),
        ("log.log", b"\x1b[31mwarning\x1b[0m 2504 samples read\n"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_plain_file_of_each_kind__asks_nobody(name: str, data: bytes) -> None:
    codes = found_in(data, name)
    assert gravest(codes) is Consequence.INFORM, codes


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            *("../../etc/x.csv", "/etc/x.csv", "a\\b.csv", "%2e%2e.csv", "a\0.csv", ".hidden", "x.csv ", "x.csv."),
            *("repo\u202evsc.exe", "a\u200bb.csv", "nul.csv", "COM1.txt", "e\u0301.csv", 'a"b.csv', "a;\r\nb.csv", ""),
            "x" * 151,
        ],
    )
    def test_name__that_leads_elsewhere_or_fools_the_reader__is_unsafe(self, name: str) -> None:
        assert not safe_name(name)
        assert next(finding.code for finding in name_findings(name)) == "name_unsafe"

    @pytest.mark.parametrize("name", ["table 1.csv", "é.csv", "β-values.csv", "a;b.csv", "o'neill.csv"])
    def test_name__of_an_ordinary_file__is_safe(self, name: str) -> None:
        assert safe_name(name)

    def test_names__that_some_file_system_takes_for_one__collide(self) -> None:
        assert name_findings("Table.CSV", ["table.csv"])
        assert name_findings("ﬁle.csv", ["file.csv"])
        assert not name_findings("a.csv", ["b.csv"])

    def test_name__of_two_alphabets__asks(self) -> None:
        assert [finding.code for finding in name_findings("pаper.csv")] == ["name_confusable"]  # a Cyrillic а

    def test_unseen_characters__are_shown_as_code_points(self) -> None:
        assert shown("repo\u202evsc.exe") == "repo⟨U+202E⟩vsc.exe"


def test_24_typed_text__with_an_identifier__is_a_finding_that_does_not_repeat_it() -> None:
    found = typed_texts({"context": f"Counts without {IDENTIFIER}", "title": "Counts"}, Notes(POLICY, KNOWN))
    assert [(finding.code, finding.place.part) for finding in found] == [("id_in_text", "context")]
    assert IDENTIFIER not in json.dumps(found[0].as_json())


def test_32_supporting_page__may_stand_beside_a_request_but_its_scripts_are_told() -> None:
    codes = found_in(b"<!doctype html><html><p>Methods</p></html>", "methods.html", supporting=True)
    assert codes == {}
    assert "html_embed" in found_in(hostile.html_widget(), "page.html", supporting=True)


@pytest.mark.parametrize(("name", "data", "code", "case", "least"), CASES, ids=[f"{c[3]}: {c[2]}" for c in CASES])
def test_findings__hold_places_and_never_values(name: str, data: bytes, code: str, case: str, least: object) -> None:
    said = json.dumps([f.as_json() for f in inspect(io.BytesIO(data), name, Notes(POLICY, KNOWN, key=b"k")).findings])
    for value in (IDENTIFIER, "HYPERLINK", "P1234", "hidden words", "PRIVATE KEY", "secret words"):
        assert value not in said


def test_29_file__that_is_too_large__is_refused_before_it_is_parsed() -> None:
    class Counting(io.BytesIO):
        read_bytes = 0

        def read(self, size: int | None = -1) -> bytes:
            body = super().read(size)
            Counting.read_bytes += len(body)
            return body

    stream = Counting(b"x" * (POLICY.max_file_bytes + 1))
    codes = {finding.code for finding in inspect(stream, "line.csv", Notes(POLICY)).findings}
    assert codes == {"too_large"}
    assert Counting.read_bytes < 200_000
