"""What every address of the API shares: one media type, strict input, opaque cursors, and the refusals it declares."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from portal.kernel.problems import KINDS, MEDIA_TYPE, ProblemSerializer
from portal.kernel.refusals import InvalidInput, Refusal
from portal.kernel.scopes import Area, require_scope, scopes_of_token

CURSOR, LIMIT = "cursor", "limit"
CURSOR_PARAMETERS = [
    OpenApiParameter(CURSOR, str, description="Where to go on: take `next` or `previous` of the last answer as it is."),
    OpenApiParameter(LIMIT, {"type": "integer", "minimum": 1}, description="How many to give at once."),
]


class TooLarge(Refusal):
    """The body is larger than the server takes."""

    status = 413
    code = "too_large"


class OneMediaType(BaseContentNegotiation):
    """Each address answers in the one form that it documents, whatever the client says it would like."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """The parser for what the body says it is, or None, which becomes a 415."""
        kind = (request.content_type or "").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The first and only renderer."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class HouseJSONParser(JSONParser):
    """JSON; one that is nested a thousand deep is malformed, not a fault of ours."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The parsed body. Raises ParseError, which becomes a 400."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise InvalidInput("The body is nested too deeply.") from error


class HouseView(APIView):
    """The base of all API views. Views parse, ask a service or selector, and serialise."""

    content_negotiation_class = OneMediaType
    parser_classes = [HouseJSONParser]
    metadata_class = None
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]
    # Which area's scopes a token needs here; each address says so. None: only a token with all scopes gets in.
    area: Area | None = None

    def check_permissions(self, request: Request) -> None:
        """Refuse a token without the scope, before anything else is asked."""
        held = scopes_of_token(request.auth)
        if held is not None:
            require_scope(held, self.area, request.method)
        super().check_permissions(request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a body that is too large before it is read."""
        super().initial(request, *args, **kwargs)
        size, most = str(request.META.get("CONTENT_LENGTH") or 0), self.most_bytes()
        if size.isdigit() and int(size) > most:
            raise TooLarge(f"A body can have up to {most:,} bytes.")

    def most_bytes(self) -> float:
        """How large a body may be here; an address that takes files says so."""
        return settings.DATA_UPLOAD_MAX_MEMORY_SIZE or math.inf


class StrictSerializer(serializers.Serializer[Any]):
    """Input in which an unknown field is an error: a filter that is misspelt and ignored would give a wrong answer."""

    def to_internal_value(self, data: Any) -> Any:
        """The checked values. Raises ValidationError with a sentence for each field."""
        surplus = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else []
        if surplus:
            raise serializers.ValidationError(
                {name[:100]: ["There is no such field. Check how it is spelt."] for name in surplus[:20]}
            )
        return super().to_internal_value(data)


class Instant(serializers.DateTimeField):
    """An instant in UTC, as 2026-03-27T14:05:09.123456Z."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)


class FiniteNumber(serializers.FloatField):
    """A number with a place on the line: neither infinite nor "nan", and small enough to be kept."""

    def to_internal_value(self, data: Any) -> float:
        """The number. Raises ValidationError."""
        if isinstance(data, bool) or not isinstance(data, (int, float)):
            self.fail("invalid")
        try:
            number = float(data)
        except OverflowError:
            self.fail("invalid")
        if not math.isfinite(number):
            self.fail("invalid")
        return number


Input = TypeVar("Input", bound=StrictSerializer)


def parameters(request: Request, serializer_class: type[Input]) -> dict[str, Any]:
    """The checked parameters of the query string, without those of paging; empty ones count as absent."""
    given = {name: value for name, value in request.query_params.items() if value and name not in (CURSOR, LIMIT)}
    serializer = serializer_class(data=given)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def problems(*codes: str) -> dict[tuple[int, str], Any]:
    """The refusals of an operation as drf-spectacular declares them, by code; 429 and 500 can always happen."""
    if "not_authenticated" in codes and "not_allowed" not in codes:
        codes = (*codes, "scope_missing")
    kinds = sorted((KINDS[code] for code in (*codes, "throttled", "error")), key=lambda kind: kind.status)
    return {
        (kind.status, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, description=f"{kind.title}.") for kind in kinds
    }


class HouseCursorPagination(CursorPagination):
    """Pages of a queryset in a stable order. Cursors are signed, and belong to the list that gave them."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = LIMIT
    cursor_query_param = CURSOR

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """One page as a list. Raises InvalidInput for a cursor or limit that is none."""
        self._salt = _salt(request)
        return super().paginate_queryset(queryset, request, view)

    def get_page_size(self, request: Request) -> int:
        """The limit that was asked for."""
        return _limit(request, self.page_size, self.max_page_size)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The place that a cursor of ours means."""
        values = _read_cursor(request)
        return None if values is None else Cursor(*values)

    def encode_cursor(self, cursor: Cursor) -> str:
        """The address of the page at this place."""
        return str(replace_query_param(str(self.base_url), CURSOR, signing.dumps(list(cursor), salt=self._salt)))


class SlicedRows(Protocol):
    """Rows that are not in the database: they can be counted and cut."""

    def count(self) -> int:
        """How many rows there are."""

    def __getitem__(self, window: slice, /) -> list[Any]:
        """The rows from `window.start` up to `window.stop`."""


class RowPages:
    """Pages of rows that are not in the database: a signed cursor holds the place of the first row and the size."""

    page_size = 100
    max_page_size = 1_000

    def __init__(self, request: Request) -> None:
        """Read cursor and limit. Raises InvalidInput where they are none."""
        self._request = request
        limit = _limit(request, self.page_size, self.max_page_size)
        self.start: int
        self.size: int
        self.start, self.size = _read_cursor(request) or (0, limit)

    def response(self, rows: SlicedRows, serialise: Callable[[list[Any]], Any]) -> Response:
        """The page as {next, previous, total, results}."""
        total, stop = rows.count(), self.start + self.size
        body = {
            "next": self._address(stop) if stop < total else None,
            "previous": self._address(max(0, self.start - self.size)) if self.start > 0 else None,
            "total": total,
            "results": serialise(rows[self.start : min(stop, total)]),
        }
        return Response(body)

    def _address(self, start: int) -> str:
        cursor = signing.dumps([start, self.size], salt=_salt(self._request))
        return str(replace_query_param(self._request.build_absolute_uri(), CURSOR, cursor))


def page_of(request: Request, queryset: Any, ordering: str, serialise: Callable[[list[Any]], Any]) -> Response:
    """One page of a queryset as {next, previous, results}. `ordering` is a unique field, so that pages never shift."""
    paginator = HouseCursorPagination()
    paginator.ordering = ordering
    page = paginator.paginate_queryset(queryset, request) or []
    return paginator.get_paginated_response(serialise(page))


def paged(item: type[serializers.Serializer[Any]], *, with_total: bool = False) -> type[serializers.Serializer[Any]]:
    """The serializer of a page of items, for the OpenAPI document."""
    name = item.__name__.removesuffix("Serializer")
    fields: dict[str, Any] = {
        "next": serializers.URLField(allow_null=True, help_text="Address of the next page; null on the last."),
        "previous": serializers.URLField(allow_null=True, help_text="Address of the page before; null on the first."),
        "results": item(many=True),
        "__doc__": f"A page of {name}.",
    }
    if with_total:
        fields["total"] = serializers.IntegerField(help_text="Rows on all pages together.")
    return type(f"{name}PageSerializer", (serializers.Serializer,), fields)


BINARY = OpenApiTypes.BINARY


def _limit(request: Request, default: int, maximum: int) -> int:
    text = request.query_params.get(LIMIT)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 8 and 1 <= int(text) <= maximum):
        raise InvalidInput(f"A limit is a whole number from 1 to {maximum:,}.", field=LIMIT)
    return int(text)


def _salt(request: Request) -> str:
    """The list that a cursor belongs to: its address with all parameters but those of paging."""
    kept = sorted((name, value) for name, value in request.query_params.items() if name not in (CURSOR, LIMIT))
    return f"cursor {request.path}?{urlencode(kept)}"


def _read_cursor(request: Request) -> list[Any] | None:
    text = request.query_params.get(CURSOR)
    if not text:
        return None
    try:
        values: list[Any] = signing.loads(text, salt=_salt(request))
    except signing.BadSignature as error:
        sentence = "This cursor is not one that this list gave. Start again without it."
        raise InvalidInput(sentence, field=CURSOR) from error
    return values
