"""Records of ACRO through the form: read as a stranger's file, compared with what stands beside them, trusted never."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from airlock import services
from airlock.guards import findings_of
from airlock.models import ExportRequest
from tests.factories import acro, exports
from tests.factories.exports import Desk

pytestmark = pytest.mark.django_db
Files = Mapping[str, tuple[bytes, str]]
SMALL = b"region,participants\nNorth,140\nSouth,3\n"
GOOD: Files = {
    acro.NAME: (acro.TABLE, "output"),
    "results.json": (acro.record(acro.result()), "supporting"),
    "config.json": (acro.config(), "supporting"),
    f"{acro.NAME}.txt": (acro.checksum(acro.TABLE), "supporting"),
}


def sent(desk: Desk, client: Client, files: Files) -> ExportRequest:
    """A draft into which the author put these files on the page."""
    request = services.create_export(actor=desk.author, project=desk.project, title="Counts")
    group = services.save_group(
        actor=desk.author, request=request, name="Table", context="By region.", controls="Masked below five."
    )
    address = reverse("airlock:export-file", args=[request.reference, group.pk])
    for name, (data, kind) in files.items():
        assert client.post(address, {"file": SimpleUploadedFile(name, data), "kind": kind}).status_code == 302
    return request


def found(request: ExportRequest) -> set[tuple[str, str, str]]:
    """(file, code, place) of what the record made the checks say."""
    rows = findings_of(request).filter(code__startswith="acro").select_related("file")
    return {(row.file.name if row.file else "", row.code, str(row.place)) for row in rows}


@pytest.fixture
def ada(desk: Desk) -> Client:
    client = Client()
    client.force_login(desk.author)
    return client


def test_session__that_agrees_with_its_files_adds_nothing(desk: Desk, ada: Client) -> None:
    request = sent(desk, ada, GOOD)
    assert found(request) == set()
    asking = findings_of(request).filter(consequence__gt=1).exclude(code="malware_not_scanned")
    assert not asking.exists()


def test_cells_that_acro_marked__are_findings_at_their_place(desk: Desk, ada: Client) -> None:
    request = sent(desk, ada, {**GOOD, "results.json": (acro.record(acro.flagged((1, 0))), "supporting")})
    assert found(request) == {(acro.NAME, "acro_failed", "ACRO: MinimumThresholdCheck, column 2, row 3")}
    assert "ACRO marked cells of this file." in ada.get(request.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {f"{acro.NAME}.txt": (acro.checksum(b"other"), "supporting")},
            (acro.NAME, "acro_mismatch", "checksum"),
            id="checksum of other bytes",
        ),
        pytest.param(
            {"config.json": (acro.config(threshold=3), "supporting")},
            ("results.json", "acro_weaker", "safe_threshold"),
            id="weaker threshold",
        ),
        pytest.param(
            {acro.NAME: (SMALL, "output"), f"{acro.NAME}.txt": (acro.checksum(SMALL), "supporting")},
            (acro.NAME, "acro_mismatch", "“pass” beside our own findings"),
            id="forged pass",
        ),
        pytest.param(
            {"results.json": (acro.record(acro.result("/etc/passwd"), acro.result("../../x.csv")), "supporting")},
            ("results.json", "acro_unsafe", "names that lead outside"),
            id="absolute and climbing names",
        ),
        pytest.param(
            {"results.json": (acro.record(acro.result("gone.csv")), "supporting")},
            ("results.json", "acro_mismatch", "a file that is not in the request"),
            id="file that is not there",
        ),
        pytest.param(
            {
                "x-DONT_RELEASE.csv": (acro.TABLE, "output"),
                "results.json": (acro.record(acro.result("x-DONT_RELEASE.csv")), "supporting"),
            },
            ("x-DONT_RELEASE.csv", "acro_unsafe", "a file that ACRO keeps inside, as output"),
            id="kept inside by ACRO",
        ),
        pytest.param(
            {"results.json": (b'{"version": "1", "results": ' + b"[" * 900 + b"]" * 900 + b"}", "supporting")},
            ("results.json", "acro_unsafe", "ACRO record: too deep"),
            id="deep",
        ),
        pytest.param(
            {"results.json": (acro.record(acro.result(x="y" * 5_300_000)), "supporting")},
            ("results.json", "acro_unsafe", "ACRO record: too large"),
            id="large",
        ),
        pytest.param(
            {"config.json": (b'["safe_threshold"]', "supporting")},
            ("results.json", "acro_mismatch", "config.json cannot be read"),
            id="config that is none",
        ),
    ],
)
def test_44_forged_record__is_a_finding_and_raises_no_trust(
    desk: Desk, ada: Client, files: Files, expected: tuple[str, str, str]
) -> None:
    request = sent(desk, ada, {**GOOD, **files})
    assert expected in found(request)
    assert "/etc/passwd" not in json.dumps(list(findings_of(request).values()))


def test_results_of_another_program__say_nothing(desk: Desk, ada: Client) -> None:
    request = sent(desk, ada, {acro.NAME: (acro.TABLE, "output"), "results.json": (b'{"auc": 0.81}', "supporting")})
    assert found(request) == set()


@pytest.mark.parametrize("version", ["0.4.2", "1.0.2", "10.1"])
def test_record_of_any_version__is_read(desk: Desk, ada: Client, version: str) -> None:
    old = acro.result(status="fail", summary={"threshold": 1}, cells={"threshold": [[0, 0]]})
    request = sent(desk, ada, {**GOOD, "results.json": (acro.record(old, version=version), "supporting")})
    assert {code for _, code, _ in found(request)} == {"acro_failed"}


def test_record__is_read_again_when_a_file_beside_it_is_replaced(desk: Desk, ada: Client) -> None:
    request = sent(desk, ada, GOOD)
    group = request.groups.get()
    services.add_file(
        actor=desk.author, request=request, group=group, name=acro.NAME, pieces=[acro.TABLE + b"West,70\n"]
    )
    assert (acro.NAME, "acro_mismatch", "checksum") in found(request)


def test_receipt__names_the_version_of_acro_that_the_record_names(desk: Desk, ada: Client) -> None:
    request = sent(desk, ada, {**GOOD, "results.json": (acro.record(acro.result(), version="1.0.2"), "supporting")})
    exports.explain(desk, request)
    services.check_submitted(services.submit_export(actor=desk.author, request=request, declares=True))
    request = exports.fresh(request)
    for person in (desk.first, desk.second):
        exports.review(person, request)
    request = exports.fresh(request)
    exports.settle(desk, request)
    exports.approve(desk, request)
    services.release_waiting()
    receipt = ada.get(reverse("airlock:export-receipt", args=[request.reference])).json()
    assert receipt["acro_versions"] == ["1.0.2"]
