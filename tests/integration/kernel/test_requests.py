"""What every request gets: an id, privacy, and a page for each refusal."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from access_review.events import Event
from access_review.models import Project
from portal import urls as portal_urls
from portal.kernel import audit
from portal.kernel.access import WORKER
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import InvalidInput, PermissionRefused, Refusal, TransitionRefused
from portal.kernel.requests import current_request_id

REFUSALS: dict[str, Refusal] = {
    "permission": PermissionRefused("Only the committee's secretary opens projects."),
    "transition": TransitionRefused("This query is finished & done."),
    "input": InvalidInput("There is no gene called <QXZ>.", field="genes"),
}


class Unforeseen(Refusal):
    status = 418


def refuse(request: HttpRequest, kind: str) -> HttpResponse:
    raise REFUSALS.get(kind) or Unforeseen("Something else.")


def write(request: HttpRequest) -> HttpResponse:
    audit.record(Event.MEMBER_REMOVED, Project(reference="PRJ-2026-9999"), WORKER)
    return HttpResponse(current_request_id())


def cached(request: HttpRequest) -> HttpResponse:
    return HttpResponse("for all", headers={"Cache-Control": "max-age=60"})


def lose_the_database(request: HttpRequest) -> HttpResponse:
    raise OperationalError("connection to server at 10.1.2.3 failed")


urlpatterns = [
    path("tests/away/", lose_the_database),
    path("tests/refuse/<str:kind>/", refuse),
    path("tests/write/", write),
    path("tests/cached/", cached),
    path("", include(portal_urls)),
]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.mark.parametrize(("kind", "status"), [("permission", 403), ("transition", 409), ("input", 400)])
def test_refusal__becomes_a_page_with_its_status_and_sentence(client: Client, kind: str, status: int) -> None:
    response = client.get(f"/tests/refuse/{kind}/")
    assert response.status_code == status
    escaped = (
        REFUSALS[kind].sentence.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#x27;")
    )
    assert escaped in response.content.decode()
    assert "<h1" in response.content.decode()


def test_refusal__of_a_status_without_a_page_of_its_own__still_is_a_page(client: Client) -> None:
    response = client.get("/tests/refuse/other/")
    assert response.status_code == 418
    assert "Something else." in response.content.decode()


def test_database_that_is_away__is_a_page_that_says_to_come_back_and_not_where_it_lies(client: Client) -> None:
    response = client.get("/tests/away/")
    assert response.status_code == 503
    assert "cannot reach its database" in response.text
    assert "10.1.2.3" not in response.text


def test_request_id__is_in_the_header_and_in_the_audit(client: Client) -> None:
    response = client.get("/tests/write/")
    request_id = response.headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", request_id)
    assert response.content.decode() == request_id
    assert AuditEvent.objects.get(subject_ref="PRJ-2026-9999").request_id == request_id


def test_request_id__given_by_the_browser__is_not_taken(client: Client) -> None:
    """Whoever asks could otherwise write another's id, or anything at all, into the log."""
    response = client.get("/tests/write/", headers={"X-Request-ID": "of-somebody-else"})
    assert response.headers["X-Request-ID"] != "of-somebody-else"


def test_request_id__two_requests__two_ids__and_none_outside_of_one(client: Client) -> None:
    first, second = (client.get("/tests/write/").headers["X-Request-ID"] for _ in range(2))
    assert first != second
    assert current_request_id() == ""


@pytest.mark.parametrize("address", ["/tests/refuse/permission/", "/no/such/page/"])
def test_request_id__refused_or_not_found__is_there_too(client: Client, address: str) -> None:
    assert client.get(address).headers["X-Request-ID"]


@pytest.mark.parametrize("address", ["/tests/write/", "/tests/refuse/permission/", "/no/such/page/"])
def test_private_pages__signed_in__are_kept_by_no_cache(client_of: Callable[[str], Client], address: str) -> None:
    assert client_of("ada").get(address).headers["Cache-Control"] == "no-store, private"


def test_private_pages__with_a_token__are_kept_by_no_cache(client: Client) -> None:
    response = client.get("/tests/write/", headers={"Authorization": "Bearer anything"})
    assert response.headers["Cache-Control"] == "no-store, private"


def test_private_pages__view_that_says_how_long_it_keeps__is_believed(client_of: Callable[[str], Client]) -> None:
    assert client_of("ada").get("/tests/cached/").headers["Cache-Control"] == "max-age=60"


def test_public_pages__nobody_signed_in__may_be_kept(client: Client) -> None:
    assert "Cache-Control" not in client.get("/tests/write/").headers
