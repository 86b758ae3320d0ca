"""Papers as PDF: tagged, the same for the same data, and nothing that was typed becomes mark-up."""

from __future__ import annotations

from datetime import UTC, datetime

from portal.kernel import pdf

AT = datetime(2026, 3, 27, 14, 5, tzinfo=UTC)
DATA = {
    "title": "Certificate of training",
    "name": "Zoë Ωμέγα",
    "course": "Information governance",
    "rows": [["Number", "AB12"], ["Valid until", "27 March 2027"]],
    "check": "Look it up.",
}


def test_a_paper__is_a_tagged_pdf_with_its_title_and_language() -> None:
    content = pdf.render("certificate", DATA, at=AT)
    assert content.startswith(b"%PDF-1.7")
    assert b"/MarkInfo" in content
    assert b"/Lang(en-GB)" in content
    assert b"pdfuaid:part>1<" in content


def test_a_paper__same_data_and_instant__is_the_same_bytes() -> None:
    assert pdf.render("certificate", DATA, at=AT) == pdf.render("certificate", DATA, at=AT)
    assert pdf.render("certificate", DATA, at=AT) != pdf.render("certificate", {**DATA, "name": "Ann"}, at=AT)


def test_what_was_typed__never_becomes_markup() -> None:
    """A call that would fail, were it run, stands there as letters."""
    hostile = '#panic("run") *bold* $x$ #read("/etc/passwd") \\'
    content = pdf.render("certificate", {**DATA, "name": hostile}, at=AT)
    assert content.startswith(b"%PDF-1.7")


def test_a_download__says_what_it_is() -> None:
    answer = pdf.as_answer(b"%PDF-", "certificate.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="certificate.pdf"'
