"""Airlock requests over the API: a program fills one by the rules of the pages; it neither submits nor reviews."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from airlock import api
from airlock.models import ExportRequest
from tests.factories import exports
from tests.factories.accounts import make_token
from tests.factories.exports import SMALL, Desk
from tests.factories.research_env import finished
from tests.integration.api.program import Program, fields_of, problem_of
from tests.personas import World

pytestmark = pytest.mark.django_db
TABLE = b"region,n\nNorth,40\nSouth,60\n"
SAID = {"name": "Table 1", "context": "Carriers by region.", "controls": "Masked below five."}


@pytest.fixture
def desk(world: World, settings: Any) -> Desk:
    """Ada asks; no scanner is set up, as in the demo."""
    settings.MALWARE_DEMO_WITHOUT_SCANNER, settings.CLAMD_ADDRESS = True, ""
    return Desk(world.people["ada"], world.project)


@pytest.fixture
def key(desk: Desk) -> str:
    return make_token(desk.author, "Pipeline")[1]


def started(program: Program, desk: Desk) -> str:
    """A request with one group; gives its address."""
    made = program.post("exports/", {"project": desk.project.reference, "title": "Counts"})
    assert made.status_code == 201
    program.post(f"exports/{made.json()['reference']}/groups/", SAID)
    return f"exports/{made.json()['reference']}/"


def put(key: str, address: str, name: str, data: bytes, query: str = "group=Table 1", **more: Any) -> Any:
    """The body is the file itself, as a pipeline would send it."""
    client = Client(headers={"Authorization": f"Bearer {key}"})
    path = f"/api/v1/{address}files/{name}/?{query}"
    return client.generic("PUT", path, data, content_type="text/csv", **more)


def test_pipeline__fills_a_request_and_reads_what_the_checks_found(desk: Desk, ada: Program, key: str) -> None:
    address = started(ada, desk)
    answer = put(key, address, "counts.csv", SMALL).json()
    assert [file["sha256"] for file in answer["files"]] == [hashlib.sha256(SMALL).hexdigest()]
    assert ("small_count", True) in {(each["code"], each["is_open"]) for each in answer["findings"]}
    assert answer["next_step"] == "Answer each finding that asks for it."
    replaced = put(key, address, "counts.csv", TABLE).json()
    assert [file["size_bytes"] for file in replaced["files"]] == [len(TABLE)]
    assert "small_count" not in {each["code"] for each in replaced["findings"]}
    assert ada.get(f"{address}files/counts.csv/").json() == replaced["files"][0]
    assert "North" not in str(replaced)
    client = Client(headers={"Authorization": f"Bearer {key}"})
    assert client.delete(f"/api/v1/{address}files/counts.csv/").json()["files"] == []
    problem_of(ada.get(f"{address}files/counts.csv/"), 404)


def test_result_of_a_query__is_copied_by_its_reference(world: World, desk: Desk, ada: Program, release: Any) -> None:
    query = finished(world)
    address = started(ada, desk)
    asked = {"group": "table 1", "kind": "supporting", "query": query.reference, "table": "variants"}
    answer = ada.post(f"{address}results/", asked).json()
    assert [(file["name"], file["source"]) for file in answer["files"]] == [
        (f"{query.reference}-variants.csv", query.reference)
    ]
    refused = problem_of(ada.post(f"{address}results/", {**asked, "query": "QRY-1999-0001"}), 400)
    assert set(fields_of(refused)) == {"query"}


def test_request_sent_again__is_the_same_request(desk: Desk, ada: Program) -> None:
    body = {"project": desk.project.reference, "title": "Counts"}
    first = ada.post("exports/", body, idempotency_key="once")
    again = ada.post("exports/", body, idempotency_key="once")
    assert (first.status_code, again.status_code, again["Idempotent-Replay"]) == (201, 200, "true")
    assert first.json()["reference"] == again.json()["reference"]
    assert "open request" in problem_of(ada.post("exports/", body), 400)["detail"]


def test_group_of_a_known_name__is_changed(desk: Desk, ada: Program) -> None:
    address = started(ada, desk)
    answer = ada.post(f"{address}groups/", {**SAID, "name": "TABLE 1", "people": 180}).json()
    assert [(each["people"], each["context"]) for each in answer["groups"]] == [(180, SAID["context"])]


def test_body_beyond_the_limit__is_refused_before_it_is_read(desk: Desk, ada: Program, key: str) -> None:
    class Unread(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError("the body was read")

    address = started(ada, desk)
    refused = put(key, address, "big.csv", b"", **{"CONTENT_LENGTH": str(20 * 1024**2 + 1), "wsgi.input": Unread()})
    assert problem_of(refused, 413)["detail"] == "A body can have up to 20,971,520 bytes."
    assert not ExportRequest.objects.get().files.exists()


@pytest.mark.parametrize(
    ("name", "query", "status"),
    [
        ("counts.csv", "", 400),
        ("counts.csv", "group=Other", 400),
        ("counts.csv", "group=Table 1&kind=secret", 400),
        ("counts.csv", "group=Table 1&publish=yes", 400),
        ("..%5Cx.csv", "group=Table 1", 400),
        (".hidden", "group=Table 1", 400),
    ],
)
def test_file_without_a_place_or_with_an_unsafe_name__is_refused(
    desk: Desk, ada: Program, key: str, name: str, query: str, status: int
) -> None:
    problem_of(put(key, started(ada, desk), name, TABLE, query), status)
    assert not ExportRequest.objects.get().files.exists()


def test_request_under_review__is_not_changed(desk: Desk, ada: Program, key: str) -> None:
    request = exports.in_review(desk)
    address = f"exports/{request.reference}/"
    problem_of(put(key, address, "more.csv", TABLE), 409)
    problem_of(ada.post(f"{address}groups/", SAID), 409)
    seen = ada.get(address).json()
    assert (seen["status"], seen["can_be_changed"], seen["next_step"]) == ("in_review", False, "")


def test_p4__nothing_of_votes_is_read_over_the_api(desk: Desk, ada: Program) -> None:
    request = exports.in_review(desk)
    before = ada.get(f"exports/{request.reference}/").json()
    exports.vote(desk.first, request, "change")
    assert ada.get(f"exports/{request.reference}/").json() == before


@pytest.mark.parametrize("persona", ["eve", "finn", "hana", "noa"])
def test_request_of_others__does_not_exist(desk: Desk, program_of: Any, persona: str) -> None:
    request = exports.in_review(desk)
    problem_of(program_of(persona).get(f"exports/{request.reference}/"), 404)


def test_programs__neither_submit_nor_review_nor_explain(desk: Desk) -> None:
    deeds = {name for name in dir(api) if name.startswith("Export")}
    assert deeds == {"ExportCollection", "ExportFile", "ExportGroups", "ExportItem", "ExportResults"}
    request = exports.draft(desk)
    client = Client(headers={"Authorization": f"Bearer {make_token(desk.author, 'Script')[1]}"})
    answer = client.post(reverse("airlock:export-submit", args=[request.reference]), {"declares": "on"})
    assert answer.status_code in (302, 403)
    assert ExportRequest.objects.get().status == "draft"
