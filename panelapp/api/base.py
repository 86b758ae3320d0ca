"""What all addresses of panels share: open to all, both slash forms, pages of 100, refusals as clients know."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, NoReturn

from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from panelapp.models import Panel
from panelapp.versions import encode
from portal.kernel.api import HouseView
from portal.kernel.problems import problem_of
from portal.kernel.scopes import Area
from portal.kernel.throttling import AnonymousThrottle, PersonThrottle

JSON = "application/json"
PAGE_SIZE = 100


class PanelsThrottle(AnonymousThrottle):
    """A full sync of every panel fits into a minute; see docs/panels-api.md."""

    scope = "panels-anonymous"


class PanelsPersonThrottle(PersonThrottle):
    """With a token, ten full syncs do."""

    scope = "panels-person"


class PanelsView(HouseView):
    """Base of all addresses of panels."""

    area = Area.PANELS
    permission_classes = [AllowAny]
    throttle_classes = [PanelsThrottle, PanelsPersonThrottle]
    http_method_names = ["get", "head", "options"]

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response]:
        """Refusals are one sentence under `detail`, or a list of sentences for each field."""
        return refusal_response

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """What everybody may read, a page of another site may read too."""
        finished = super().finalize_response(request, response, *args, **kwargs)
        finished.headers["Access-Control-Allow-Origin"] = "*"
        finished.headers["Access-Control-Expose-Headers"] = "ETag, Last-Modified, Link, Retry-After"
        return finished

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What a browser asks before it sends a token from another site."""
        headers = {
            "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
            "Access-Control-Allow-Headers": "Authorization, If-None-Match, If-Modified-Since",
        }
        return Response(status=HTTPStatus.NO_CONTENT, headers=headers)


class Gone(NotFound):
    """The panel was there for everybody, and was deleted."""

    status_code = HTTPStatus.GONE


def refusal_response(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler for panels: the shapes that clients of PanelApp look for."""
    if isinstance(error, ValidationError):
        return Response(error.detail, status=error.status_code, content_type=JSON)
    if isinstance(error, Gone):
        return Response(error.detail, status=error.status_code, content_type=JSON)
    problem = problem_of(error)
    said = "Not found." if problem.code == "not_found" else problem.detail
    if isinstance(error, NotFound) and str(error.detail) == "Invalid page.":
        said = "Invalid page."
    return Response({"detail": said}, status=problem.status, headers=dict(problem.headers), content_type=JSON)


def not_found() -> NoReturn:
    """404 {"detail": "Not found."}."""
    raise NotFound


def find_panel(request: Request, key: str) -> Panel:
    """A panel by id, hash id or name, if the reader sees it. 410 for one that was deleted, 404 for all others."""
    wanted = {"pk": int(key)} if key.isascii() and key.isdigit() and len(key) < 10 else _named(key)
    seen = Panel.objects.visible_to(request.user)
    if "retired" in request.query_params:
        seen = Panel.objects.with_retired(request.user)
    panel: Panel | None = seen.select_related("current").filter(**wanted).order_by("pk").first()
    if panel is None or panel.status == Panel.Status.DELETED:
        raise_gone(Panel.objects.gone().filter(**wanted).order_by("pk").first())
    return panel


def _named(key: str) -> dict[str, str]:
    is_hash = len(key) == 24 and all(letter in "0123456789abcdef" for letter in key)
    return {"hash_id" if is_hash else "name": key.replace("\0", "")}


def raise_gone(panel: Panel | None) -> NoReturn:
    """410 with reason and successor, or 404 where there is nothing to tell."""
    if panel is None or panel.deleted_at is None:
        raise NotFound
    raise Gone(
        {
            "detail": "This panel was deleted.",
            "reason": panel.deleted_reason,
            "deleted": panel.deleted_at.isoformat(),
            "successor": str(panel.successor_id or ""),
            "versions": f"/api/v1/panels/{panel.pk}/versions/",
        }
    )


def json_response(request: Request, text: str | bytes) -> HttpResponse:
    """JSON that is written already."""
    return HttpResponse(text, content_type=JSON)


def numbered_page(request: Request, count: int, rows: Callable[[int, int], Sequence[str]]) -> HttpResponse:
    """One page as {count, next, previous, results}. `rows(start, stop)` gives JSON texts."""
    page = _page_number(request, count)
    address = request.build_absolute_uri()
    following = replace_query_param(address, "page", page + 1) if page * PAGE_SIZE < count else None
    before = replace_query_param(address, "page", page - 1) if page > 1 else None
    if page == 2:
        before = remove_query_param(address, "page")
    results = ",".join(rows((page - 1) * PAGE_SIZE, min(page * PAGE_SIZE, count)))
    head = encode({"count": count, "next": following, "previous": before})
    return json_response(request, f'{head[:-1]},"results":[{results}]}}')


def _page_number(request: Request, count: int) -> int:
    text = request.query_params.get("page") or "1"
    last = max(1, -(-count // PAGE_SIZE))
    if text == "last":
        return last
    if not (text.isascii() and text.isdigit() and len(text) < 8 and 1 <= int(text) <= last):
        raise NotFound("Invalid page.")
    return int(text)


def words(request: Request, name: str) -> list[str]:
    """The words of a comma list in the query string."""
    return [word.strip() for word in request.query_params.get(name, "").replace("\0", "").split(",") if word.strip()]


def cached_response(request: Request, *, digest: str, at: datetime, body: Callable[[bool], bytes]) -> HttpResponse:
    """JSON with ETag and date; 304 for a client that has it. `body(True)` gives it gzipped."""
    etag = f'W/"{digest}"'
    headers = {"ETag": etag, "Last-Modified": http_date(at.timestamp())}
    if not request.user.is_authenticated:
        headers["Cache-Control"] = "public, no-cache"
    if _has_it(request, etag, headers["Last-Modified"]):
        response = HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        del response.headers["Content-Type"]
    else:
        zipped = "gzip" in request.headers.get("Accept-Encoding", "")
        response = HttpResponse(body(zipped), content_type=JSON, headers=headers)
        if zipped:
            response.headers["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ("Accept-Encoding",))
    return response


def _has_it(request: Request, etag: str, last_modified: str) -> bool:
    given = request.headers.get("If-None-Match")
    if given is not None:
        return given.strip() == "*" or etag.removeprefix("W/") in [
            each.strip().removeprefix("W/") for each in given.split(",")
        ]
    return request.headers.get("If-Modified-Since") == last_modified


def gzipped(text: bytes) -> bytes:
    """A small answer gzipped, the same bytes each time."""
    return gzip.compress(text, 1, mtime=0)
