"""What every request gets: an id for the audit, privacy headers, and a page for each refusal."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from redis.exceptions import RedisError

from portal.kernel.refusals import Refusal

log = logging.getLogger(__name__)
denied_log = logging.getLogger("lectern.access")

Handler = Callable[[HttpRequest], HttpResponse]
Fact = TypeVar("Fact")
READING = ("GET", "HEAD")
_CACHE_IS_AWAY = (
    "Attempts to sign in are counted before they are let through, and at this moment they cannot be counted."
)
_REFERENCE = re.compile(r"[A-Z]{2,6}-[0-9]{4}-[0-9]{1,8}")
AWAY = (OperationalError, InterfaceError, RedisError)
_request_id: ContextVar[str] = ContextVar("request_id", default="")
_facts: ContextVar[dict[tuple[Any, ...], Any] | None] = ContextVar("facts", default=None)


def current_request_id() -> str:
    """Id of the request being answered, or "" outside of one."""
    return _request_id.get()


def once_per_reading(key: tuple[Any, ...], find: Callable[[], Fact]) -> Fact:
    """A fact that one request asks for many times, such as membership: found once while a page is being read.

    Outside of a request, and in requests that change something, it is found anew each time.
    """
    facts = _facts.get()
    if facts is None:
        return find()
    if key not in facts:
        facts[key] = find()
    return facts[key]  # type: ignore[no-any-return]


class RequestIdMiddleware:
    """Give each request an id of our own making, keep it for the audit, and return it in X-Request-ID."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _request_id.set(uuid.uuid4().hex)
        facts = _facts.set({} if request.method in READING else None)
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = current_request_id()
            return response
        finally:
            _request_id.reset(token)
            _facts.reset(facts)


class PrivatePagesMiddleware:
    """Keep what a signed-in person sees out of every cache, the browser's own included."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user = getattr(request, "user", None)
        if (user is not None and user.is_authenticated) or request.headers.get("Authorization"):
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response


class DeniedMiddleware:
    """Leave a line in the log when somebody signed in is refused a thing, or guesses at one that may not be there.

    The line names the person by number, the page by its name, and the thing by its reference; whether there is such
    a thing it does not say. Nothing else of the address is written: it may hold a key, or whatever somebody typed.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            self._note(request, response.status_code)
        return response

    def _note(self, request: HttpRequest, status: int) -> None:
        user, match = getattr(request, "user", None), request.resolver_match
        if user is None or not user.is_authenticated or match is None or not match.kwargs:
            return
        asked = str(match.kwargs.get("reference", ""))
        thing = asked if _REFERENCE.fullmatch(asked) else "-"
        denied_log.warning("access_denied %s person=%s %s %s", status, user.pk, match.view_name, thing)


class RefusalMiddleware:
    """Turn a refusal raised anywhere below into a page that says why, with the refusal's own status.

    A database or a cache that cannot be reached is no fault of the request: its page says to come back.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, AWAY):
            return away(request, exception)
        if not isinstance(exception, Refusal):
            return None
        templates = [f"{exception.status}.html", "400.html"]
        return render(request, templates, {"exception": exception.sentence}, status=exception.status)


def away(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The database or the cache cannot be reached: a page that needs neither.

    It is made without the request, so that nobody asks who is signed in.
    """
    log.error("%s %s: %s", request.method, request.path, type(exception).__name__, exc_info=exception)
    reason = _CACHE_IS_AWAY if isinstance(exception, RedisError) else ""
    page = render_to_string("503.html", {"reason": reason})
    return HttpResponse(page, status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "60"})
