"""Every hostile file of the list through the form on the page: its author reads why, and it cannot be submitted."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from airlock import services
from airlock.checks import CODES
from airlock.guards import findings_of
from airlock.models import ExportRequest
from ngrl.keys import source_digest
from ngrl.models import Participant
from tests.airlock_files.hostile import IDENTIFIER
from tests.factories.exports import Desk, fresh
from tests.unit.airlock.test_hostile_files import CASES

pytestmark = pytest.mark.django_db
SLICES = 3  # each a test of its own, so that two processes share the work


@pytest.mark.parametrize("part", range(SLICES))
def test_hostile_file__that_is_sent_is_explained_to_its_author_and_cannot_be_submitted(desk: Desk, part: int) -> None:
    Participant.objects.create(source_digest=source_digest(IDENTIFIER))
    request = services.create_export(actor=desk.author, project=desk.project, title="Files")
    services.save_group(actor=desk.author, request=request, name="Files", context="Counts.", controls="Masked.")
    ada = Client()
    ada.force_login(desk.author)
    wrong = []
    for name, data, code, case, least in CASES[part::SLICES]:
        answer = _send(ada, request, name, data)
        found = {each.code: each.consequence for each in findings_of(request)}
        page = ada.get(request.get_absolute_url()).content.decode()
        told = CODES[code].noticed.replace("'", "&#x27;") in page
        if answer.status_code != 302 or code not in found or max(found.values()) < least or not told:
            wrong.append((case, answer.status_code, found, told))
        submitted = ada.post(reverse("airlock:export-submit", args=[request.reference]), {"declares": "on"})
        if submitted.status_code != 409 or fresh(request).status != "draft":
            wrong.append((case, "was submitted"))
        for file in request.files.current():
            ada.post(reverse("airlock:export-file-remove", args=[request.reference, file.pk]))
    assert wrong == []


def _send(client: Client, request: ExportRequest, name: str, data: bytes) -> Any:
    address = reverse("airlock:export-file", args=[request.reference, request.groups.get().pk])
    return client.post(address, {"file": SimpleUploadedFile(name, data), "kind": "output"})


@pytest.mark.parametrize("name", ["..%2fx.csv", "nul.csv", ".hidden", "x.csv.", "e\u0301.csv"])
def test_01_23_name_that_leads_elsewhere_or_fools_the_reader__is_refused_at_the_form(desk: Desk, name: str) -> None:
    request = services.create_export(actor=desk.author, project=desk.project, title="Files")
    services.save_group(actor=desk.author, request=request, name="Files", context="Counts.", controls="Masked.")
    ada = Client()
    ada.force_login(desk.author)
    answer = _send(ada, request, name, b"gene,n\nSMAD4,40\n")
    assert answer.status_code == 200
    assert "The name cannot be used safely." in answer.content.decode()
    assert not request.files.exists()


def test_23_character_that_cannot_be_seen__does_not_reach_the_name(desk: Desk) -> None:
    request = services.create_export(actor=desk.author, project=desk.project, title="Files")
    services.save_group(actor=desk.author, request=request, name="Files", context="Counts.", controls="Masked.")
    ada = Client()
    ada.force_login(desk.author)
    _send(ada, request, "a\u202egpj.csv", b"gene,n\nSMAD4,40\n")
    assert request.files.get().name == "agpj.csv"
