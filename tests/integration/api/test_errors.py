"""Every no has one shape, whatever said it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.kernel.problems import KINDS
from research_env import api
from research_env.models import Query
from tests.integration.api.program import Program, fields_of, problem_of
from tests.personas import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/api/", "/api/nothing", "/api/v2/queries/", "/api/v1/", "/api/v1/queries/a%00b/"])
@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "options", "trace"])
def test_unknown_address__is_a_problem_for_whatever_method(path: str, method: str) -> None:
    problem = problem_of(getattr(Client(), method)(path), 404)
    assert problem["code"] == "not_found"


def test_unknown_address__that_only_lacks_its_slash() -> None:
    assert "/api/v1/queries/?" in problem_of(Client().get("/api/v1/queries"), 404)["detail"]


def test_method__that_an_address_does_not_take(ada: Program) -> None:
    for method in ("put", "patch", "delete", "options", "trace"):
        answer = getattr(ada.client, method)("/api/v1/queries/")
        assert problem_of(answer, 405)["code"] == "method_not_allowed"
        assert answer["Allow"] == "GET, POST, HEAD"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_body__that_is_not_called_json(ada: Program, kind: str) -> None:
    answer = ada.client.post("/api/v1/queries/", b"a=b", content_type=kind)
    assert problem_of(answer, 415)["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b'{"a": 1' + b"0" * 5000 + b"}"]
)
def test_body__that_is_not_json(ada: Program, body: bytes) -> None:
    problem_of(ada.client.post("/api/v1/queries/", body, content_type="application/json"), 400)


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b'"text"', b"3", b"{}", b'{"question": []}', b'{"project": {"a": 1}}']
)
def test_body__of_another_shape(ada: Program, body: bytes) -> None:
    problem = problem_of(ada.client.post("/api/v1/queries/", body, content_type="application/json"), 400)
    assert problem["code"] == "invalid"


def test_body__that_is_too_large(ada: Program, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    answer = ada.client.post("/api/v1/queries/", b"[" + b" " * 2_000 + b"]", content_type="application/json")
    assert problem_of(answer, 413)["code"] == "too_large"


def test_several_faults__are_told_at_once_by_field(ada: Program, world: World) -> None:
    problem = problem_of(ada.post("queries/", {"name": "x" * 200, "question": {"min_depth": -1}}), 400)
    assert fields_of(problem).keys() == {"project", "release", "name", "question.min_depth"}
    assert "4 things" in problem["detail"]


def test_problem__leads_to_its_explanation(ada: Program) -> None:
    problem = problem_of(ada.get("queries/QRY-1999-0001/"), 404)
    page = ada.client.get(problem["type"]).content.decode()
    assert f'id="{problem["type"].partition("#")[2]}"' in page
    for code in KINDS:
        assert f'id="problem-{code}"' in page


def test_fault_of_ours__is_logged_and_says_nothing(
    ada: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("a secret of the database")

    monkeypatch.setattr(api, "page_of", broken)
    problem = problem_of(ada.get("queries/"), 500)
    assert problem["code"] == "error"
    assert "secret" not in str(problem)
    assert problem["request_id"] in caplog.text
    assert "a secret of the database" in caplog.text


def test_accept__is_never_a_reason_to_refuse(ada: Program, finished_query: Query) -> None:
    for accept in ("text/html", "application/vnd.apache.parquet", "*/*", "nonsense"):
        answer = ada.client.get(f"/api/v1/queries/{finished_query.reference}/", headers={"Accept": accept})
        assert answer["Content-Type"] == "application/json"


def test_head__is_get_without_a_body(ada: Program) -> None:
    answer = ada.client.head("/api/v1/me/")
    assert (answer.status_code, answer.content) == (200, b"")


def test_host__that_is_not_ours_gets_no_link(program_of: Callable[[str], Program]) -> None:
    assert Client(headers={"Host": "elsewhere.example"}).get(reverse("api-v1:release-list")).status_code == 400
