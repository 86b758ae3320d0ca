"""Files of an application, looked at by a real scanner: what is kept, what is refused and where, who reads it."""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from access_review import services
from access_review.models import Application, Attachment
from access_review.services.attaching import LARGEST_BYTES
from accounts.models import User
from portal.kernel.malware import ScannerUnavailable
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from tests.clamd import EICAR
from tests.factories import reviews
from tests.factories.reviews import Case, fresh

pytestmark = pytest.mark.django_db
LETTER = b"%PDF-1.7\nA letter of support.\n%%EOF\n"


@pytest.fixture
def case() -> Case:
    return Case()


def attach(actor: User, application: Application, name: str = "letter.pdf", body: bytes = LETTER) -> Attachment:
    return services.attach_file(
        actor=actor, application=application, name=name, stream=io.BytesIO(body), size_bytes=len(body)
    )


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def status_of(browser: Client, address: str) -> int:
    """What the address answers; a file that is streamed is closed."""
    answer = browser.get(address)
    read(answer)
    return int(answer.status_code)


def read(answer: Any) -> bytes:
    """A file to its end, which closes it."""
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


def without_token(page: bytes) -> bytes:
    """A page without what differs at each reading: the token that its form of signing out carries."""
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", page)


def send(case: Case, application: Application, name: str, body: bytes) -> str:
    """The page that the lead sees after pressing "Attach"."""
    address = reverse("access_review:file-list", args=[application.reference])
    answer = browser_of(case.lead).post(address, {"file": SimpleUploadedFile(name, body)}, follow=True)
    return answer.content.decode()


@pytest.mark.usefixtures("scanner")
def test_clean_file__is_kept_under_its_hash_and_named_in_the_version(case: Case) -> None:
    application = reviews.draft(case)
    held = attach(case.lead, application)
    assert held.sha256 == hashlib.sha256(LETTER).hexdigest()
    assert held.stored_as == f"access_review/files/{held.sha256}"
    with default_storage.open(held.stored_as, "rb") as stream:
        assert stream.read() == LETTER
    sent = services.submit_application(actor=case.lead, application=fresh(application))
    assert sent.versions.get().content["attachments"] == [{"name": "letter.pdf", "sha256": held.sha256}]
    assert AuditEvent.objects.get(event="access_review.file.attached").detail == {"sha256": held.sha256}


@pytest.mark.usefixtures("scanner")
def test_infected_file__is_named_beside_its_field_and_not_kept(case: Case) -> None:
    application = reviews.draft(case)
    page = send(case, application, "letter.pdf", b"%PDF-1.7\n" + EICAR)
    assert "govuk-error-message" in page
    assert "This file holds malware" in page
    assert not Attachment.objects.exists()
    assert not AuditEvent.objects.filter(event="access_review.file.attached").exists()


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("program.exe", b"MZ", "Choose a PDF, PNG or Word (docx) file."),
        ("page.html", b"<script>", "Choose a PDF, PNG or Word (docx) file."),
        ("drawing.svg", b"<svg onload=x>", "Choose a PDF, PNG or Word (docx) file."),
        ("nothing", b"%PDF-", "Choose a PDF, PNG or Word (docx) file."),
        ("letter.pdf", b"<html>", "This file is no PDF file, whatever its name says."),
        ("letter.pdf", b"%PDF-" + b"0" * LARGEST_BYTES, "Choose a file of at most 10 MB: this one has 10.0 MB."),
        ("letter.pdf", b"", "empty"),
    ],
    ids=["program", "page", "drawing", "no-ending", "disguised", "over-the-limit", "empty"],
)
def test_file_that_cannot_be_kept__is_refused_beside_its_field(
    case: Case, name: str, body: bytes, sentence: str
) -> None:
    page = send(case, reviews.draft(case), name, body)
    assert "govuk-error-message" in page
    assert sentence in page
    assert not Attachment.objects.exists()


def test_without_a_scanner__nothing_is_kept_and_the_page_says_so(case: Case, settings: object, tmp_path: Path) -> None:
    settings.CLAMD_ADDRESS = f"unix://{tmp_path}/nobody"  # type: ignore[attr-defined]
    application = reviews.draft(case)
    with pytest.raises(ScannerUnavailable):
        attach(case.lead, application)
    page = send(case, application, "letter.pdf", LETTER)
    assert "govuk-error-message" in page
    assert not Attachment.objects.exists()


@pytest.mark.usefixtures("scanner")
def test_path_in_a_name__is_cut_off_and_the_same_bytes_are_attached_once(case: Case) -> None:
    application = reviews.draft(case)
    assert attach(case.lead, application, "../../etc/letter.pdf").name == "letter.pdf"
    with pytest.raises(InvalidInput, match=r"attached already, as letter\.pdf"):
        attach(case.lead, application, "again.pdf")


@pytest.mark.usefixtures("scanner")
def test_file_of_another_application__cannot_be_attached_read_or_removed(case: Case) -> None:
    """Case 2: a number is worth nothing without the application it belongs to."""
    theirs = Case()
    own, other = reviews.draft(case), reviews.draft(theirs)
    held = attach(theirs.lead, other)
    with pytest.raises(PermissionRefused):
        attach(case.lead, other, "mine.pdf")
    with pytest.raises(PermissionRefused):
        services.remove_file(actor=case.lead, attachment=held)
    browser = browser_of(case.lead)
    missing = browser.get(reverse("access_review:file-read", args=[own.reference, 999_999_999]))
    for reference in (own.reference, other.reference):
        answers = [
            browser.get(reverse("access_review:file-read", args=[reference, held.pk])),
            browser.post(reverse("access_review:file-remove", args=[reference, held.pk])),
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert without_token(answers[0].content) == without_token(missing.content)
    posted = browser.post(reverse("access_review:file-list", args=[other.reference]))
    assert posted.status_code == 404
    assert Attachment.objects.get(pk=held.pk).removed_at is None


@pytest.mark.usefixtures("scanner")
def test_file_after_submission__stays_and_none_is_added(case: Case) -> None:
    application = reviews.draft(case)
    held = attach(case.lead, application)
    services.submit_application(actor=case.lead, application=fresh(application))
    with pytest.raises(TransitionRefused):
        attach(case.lead, fresh(application), "late.pdf", LETTER + b"late")
    with pytest.raises(TransitionRefused):
        services.remove_file(actor=case.lead, attachment=held)


@pytest.mark.usefixtures("scanner")
def test_committee__reads_the_files_that_were_sent_and_no_others(case: Case) -> None:
    application = reviews.draft(case)
    sent = attach(case.lead, application)
    services.submit_application(actor=case.lead, application=fresh(application))
    back = services.return_application(
        actor=case.secretary, application=reviews.in_triage(case, fresh(application)), questions=["And the ethics?"]
    )
    services.remove_file(actor=case.lead, attachment=sent)
    later = attach(case.lead, back, "ethics.pdf", LETTER + b"ethics")
    desk = browser_of(case.secretary)
    shown = desk.get(reverse("access_review:case", args=[back.reference])).content.decode()
    assert "letter.pdf" in shown
    assert "ethics.pdf" not in shown
    addresses = [reverse("access_review:file-read", args=[back.reference, each.pk]) for each in (sent, later)]
    assert [status_of(desk, address) for address in addresses] == [200, 404]
    assert status_of(browser_of(case.lead), addresses[1]) == 200


@pytest.mark.usefixtures("scanner")
def test_file__is_a_download_that_no_browser_draws(case: Case) -> None:
    application = reviews.draft(case)
    held = attach(case.lead, application, "figure.png", b"\x89PNG\r\n\x1a\n<script>")
    answer = browser_of(case.lead).get(reverse("access_review:file-read", args=[application.reference, held.pk]))
    assert read(answer).startswith(b"\x89PNG")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
