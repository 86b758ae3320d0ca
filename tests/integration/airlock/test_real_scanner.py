"""A real clamd between the airlock and the world: what it knows goes to quarantine, and without it nothing moves."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from airlock import services
from airlock.models import CheckRun, ExportRequest, ImportRequest
from portal.kernel.models import AuditEvent, OutboxMessage
from tests.clamd import EICAR, MARKER
from tests.factories import exports, imports
from tests.factories.exports import SAFE, Desk

pytestmark = pytest.mark.django_db
NOWHERE = "unix:///there/is/no/clamd"


def press(desk: Desk, address: str, **body: str) -> int:
    manager = Client()
    manager.force_login(desk.manager)
    return manager.post(address, body).status_code


def test_export__goes_past_the_scanner_or_to_quarantine_and_waits_while_it_is_away(
    desk: Desk, scanner: str, settings: Any
) -> None:
    clean = exports.in_review(desk)
    run = CheckRun.objects.get(file__request=clean)
    assert (clean.status, run.malware, run.scanner[:6]) == ("in_review", "clean", "ClamAV")
    services.withdraw_export(actor=desk.author, request=clean)
    settings.CLAMD_ADDRESS = NOWHERE
    request = exports.checking(desk, SAFE + b"note," + MARKER + b"\n")
    services.check_waiting()
    assert exports.fresh(request).status == ExportRequest.Status.CHECKING
    settings.CLAMD_ADDRESS = scanner
    services.check_waiting()
    assert exports.fresh(request).status == ExportRequest.Status.QUARANTINED
    recheck = reverse("airlock:case-act", args=[request.reference, "recheck"])
    assert press(desk, recheck, reason="Is it a false alarm?") == 302
    services.check_waiting()
    assert exports.fresh(request).status == ExportRequest.Status.QUARANTINED
    assert press(desk, recheck, reason="It was: the signature was withdrawn.") == 302
    settings.CLAMD_ADDRESS = ""
    services.check_waiting()
    assert exports.fresh(request).status == ExportRequest.Status.IN_REVIEW


def test_file_with_malware__is_a_finding_at_once_and_cannot_be_submitted(desk: Desk, scanner: str) -> None:
    request = exports.draft(desk, EICAR, "note.txt")
    author = Client()
    author.force_login(desk.author)
    assert (
        "The malware scanner knows this content as harmful." in author.get(request.get_absolute_url()).content.decode()
    )
    answer = author.post(reverse("airlock:export-submit", args=[request.reference]), {"declares": "on"})
    assert (answer.status_code, exports.fresh(request).status) == (409, "draft")


def test_import__goes_past_the_scanner_or_to_quarantine_and_waits_while_it_is_away(
    desk: Desk, scanner: str, settings: Any
) -> None:
    clean = imports.in_review(desk)
    assert (clean.status, clean.files.get().runs.get().malware) == ("in_review", "clean")
    settings.CLAMD_ADDRESS = NOWHERE
    request = imports.checking(desk, files={"note.txt": b"hello\n" + MARKER, "genes.csv": imports.GUIDELINE})
    for _ in range(2):
        services.check_imports_waiting()
    waits = imports.fresh(request)
    assert (waits.status, "scanner does not answer" in waits.note) == (ImportRequest.Status.CHECKING, True)
    assert AuditEvent.objects.filter(event="airlock.import.checks_wait").count() == 1
    settings.CLAMD_ADDRESS = scanner
    services.check_imports_waiting()
    assert imports.fresh(request).status == ImportRequest.Status.QUARANTINED
    told = OutboxMessage.objects.filter(subject__contains=request.reference).values_list("recipient", flat=True)
    assert {desk.author.email, desk.manager.email} <= set(told)
    recheck = reverse("airlock:incoming-act", args=[request.reference, "recheck"])
    assert press(desk, recheck, reason="Is it a false alarm?") == 302
    services.check_imports_waiting()
    assert imports.fresh(request).status == ImportRequest.Status.QUARANTINED
    condemn = reverse("airlock:incoming-act", args=[request.reference, "condemn"])
    assert press(desk, condemn, reason="It is not.") == 302
    assert imports.fresh(request).status == ImportRequest.Status.REJECTED


def test_import__that_is_known_as_harmful_only_after_its_approval_is_not_delivered(
    desk: Desk, scanner: str, settings: Any
) -> None:
    settings.CLAMD_ADDRESS = ""
    request = imports.review(desk.first, imports.in_review(desk, files={"note.txt": b"hello\n" + MARKER}))
    settings.CLAMD_ADDRESS = NOWHERE
    services.deliver_waiting()
    assert imports.fresh(request).status == ImportRequest.Status.APPROVED
    settings.CLAMD_ADDRESS = scanner
    services.deliver_waiting()
    barred = imports.fresh(request)
    assert (barred.status, barred.files.get().delivered_name) == (ImportRequest.Status.QUARANTINED, "")
