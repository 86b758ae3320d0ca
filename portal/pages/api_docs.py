"""The API's reference page, drawn from the OpenAPI document without a line of script, and the document itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from portal.kernel.api import HouseView
from portal.kernel.listing import Column, Table, table
from portal.kernel.problems import KINDS, NOTHING_HERE
from portal.kernel.refusals import InvalidInput
from portal.kernel.scopes import Area

RENDERERS = {"json": OpenApiJsonRenderer, "yaml": OpenApiYamlRenderer}
_DEEPEST = 4
_FIELD_COLUMNS = (Column("Name", "name", is_key=True), Column("Type", "kind"), Column("What it is", "words"))


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document as a dictionary; read from the code once in each process."""
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


class Schema(HouseView):
    """The OpenAPI document for programs."""

    area = Area.OPEN
    permission_classes = [AllowAny]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """JSON, or YAML for `?format=yaml` and for who accepts it."""
        wanted = request.query_params.get("format") or (
            "yaml" if "yaml" in request.headers.get("Accept", "") else "json"
        )
        if wanted not in RENDERERS:
            raise InvalidInput("The document comes as json or yaml.", field="format")
        renderer = RENDERERS[wanted]()
        return HttpResponse(renderer.render(document()), content_type=renderer.media_type)


class NothingHere(HouseView):
    """Every address under /api/ that is none."""

    area = Area.OPEN
    authentication_classes = []
    permission_classes = [AllowAny]
    http_method_names = []

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """404 for whatever method, with the right address where only the slash is missing."""
        raise NotFound(f"{NOTHING_HERE}{_with_slash(request.path)}")


def _with_slash(path: str) -> str:
    try:
        match = resolve(f"{path}/")
    except Resolver404:
        return ""
    return "" if match.url_name == "api-nothing-here" else f" Did you mean {path}/?"


@dataclass(frozen=True)
class FieldLine:
    """A parameter or field: its name, its type in words, and what it means."""

    name: str
    kind: str
    words: str


@dataclass(frozen=True)
class Operation:
    """One method on one address, as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    description: SafeString
    needs_token: bool
    scope: str
    tables: list[Table]
    curl: str
    answer: str
    media_type: str
    same_as: tuple[str, str] | None
    errors: list[int]


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """How programs ask questions: every operation with its fields and an example."""
    base = request.build_absolute_uri("/api/v1/")
    problems = [(code, kind, with_code(kind.advice)) for code, kind in KINDS.items()]
    context = {"groups": _groups(base.removesuffix("/api/v1/")), "problems": problems, "base": base}
    return render(request, "portal/api_docs.html", context)


def _groups(host: str) -> dict[str, list[Operation]]:
    """Operations by tag. An answer that several operations give is shown with the first of them."""
    groups: dict[str, list[Operation]] = {}
    first: dict[str, tuple[str, str]] = {}
    for path, methods in document()["paths"].items():
        for method, facts in methods.items():
            shape = str(_answer(facts)[1]["schema"])
            operation = _operation(f"{host}{path}", path, method, facts, same_as=first.get(shape))
            groups.setdefault(facts["tags"][0], []).append(operation)
            if "$ref" in shape:
                first.setdefault(shape, (operation.anchor, operation.summary))
    return groups


def _operation(
    address: str, path: str, method: str, facts: Mapping[str, Any], *, same_as: tuple[str, str] | None
) -> Operation:
    media_type, content = _answer(facts)
    return Operation(
        anchor=facts["operationId"],
        method=method.upper(),
        path=path,
        summary=facts["summary"],
        description=with_code(facts["description"]),
        needs_token=_needs_token(facts),
        scope=" ".join(scope for way in facts.get("security", ()) for scope in way.get("token", ())),
        tables=list(_tables(facts, {} if same_as else content["schema"])),
        curl=_curl(address, method, facts, media_type),
        answer=_printed(_example(content)),
        media_type=media_type,
        same_as=same_as,
        errors=sorted(int(status) for status in facts["responses"] if int(status) >= 400),
    )


def _answer(facts: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Media type and content of the first good answer."""
    good = min(status for status in facts["responses"] if status.startswith("2"))
    found: tuple[str, Mapping[str, Any]] = next(iter(facts["responses"][good]["content"].items()))
    return found


def with_code(text: str) -> SafeString:
    """A text in which what stands between backticks is set as code."""
    parts = enumerate(text.split("`"))
    return format_html_join("", "{}", ((format_html("<code>{}</code>", part) if n % 2 else part,) for n, part in parts))


def _tables(facts: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[Table]:
    """Parameters, fields to send, and fields of the answer, each where there are any."""
    summary = facts["summary"]
    if parameters := [_parameter(each) for each in facts.get("parameters", [])]:
        yield table(f"{summary}: parameters", _FIELD_COLUMNS, parameters)
    if asked := _request_content(facts):
        yield table(f"{summary}: fields to send", _FIELD_COLUMNS, _fields(asked["schema"], says_required=True))
    if lines := list(_fields(answer)):
        yield table(f"{summary}: fields of the answer", _FIELD_COLUMNS, lines)


def _request_content(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = facts.get("requestBody", {}).get("content", {}).get("application/json", {})
    return found


def _parameter(facts: Mapping[str, Any]) -> FieldLine:
    place = {"path": "in the address", "query": "after the ?", "header": "header"}[facts["in"]]
    needed = ", required" if facts.get("required") else ""
    return FieldLine(facts["name"], f"{_kind(facts['schema'])}; {place}{needed}", facts.get("description", ""))


def _fields(
    schema: Mapping[str, Any], *, says_required: bool = False, name: str = "", depth: int = 0
) -> Iterator[FieldLine]:
    """The fields of an object, those of objects inside it with a dot before them."""
    whole = _whole(schema)
    for field, inner in whole.get("properties", {}).items():
        needed = says_required and field in whole.get("required", ())
        full_name = f"{name}{field}"
        yield FieldLine(full_name, _kind(inner) + (", required" if needed else ""), _said(inner))
        if depth < _DEEPEST:
            nested = _whole(inner)
            nested = _whole(nested.get("items", nested))
            yield from _fields(nested, says_required=says_required, name=f"{full_name}.", depth=depth + 1)


def _whole(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema with its reference followed, and of "this or nothing" the this."""
    if "$ref" in schema:
        found: Mapping[str, Any] = document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        return found
    parts = [part for key in ("allOf", "oneOf") for part in schema.get(key, []) if part.get("type") != "null"]
    return _whole(parts[0]) if len(parts) == 1 else schema


def _said(schema: Mapping[str, Any]) -> str:
    said = str(schema.get("description") or _whole(schema).get("description", ""))
    return said.partition("\n\n")[0].replace("`", "")


def _kind(schema: Mapping[str, Any]) -> str:
    """A type in words: "text", "list of text", "whole number or null", "one of: het, hom"."""
    whole = _whole(schema)
    nothing = " or null" if _takes_null(schema) or _takes_null(whole) else ""
    if choices := [str(each) for each in whole.get("enum", []) if each is not None]:
        return f"one of: {', '.join(choices)}{nothing}"
    if "oneOf" in whole:
        return " or ".join(_kind(part) for part in whole["oneOf"])
    if "items" in whole:
        return f"list of {_kind(whole['items'])}{nothing}"
    return f"{_plain_kind(whole)}{nothing}"


def _takes_null(schema: Mapping[str, Any]) -> bool:
    kind = schema.get("type", ())
    return (
        "null" in kind
        if isinstance(kind, list)
        else any(part.get("type") == "null" for part in schema.get("oneOf", ()))
    )


def _plain_kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "object")
    kind = next(each for each in kind if each != "null") if isinstance(kind, list) else kind
    formats = {"date-time": "date and time", "uri": "address", "binary": "file"}
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    return formats.get(schema.get("format", ""), words.get(kind, "object"))


def _example(content: Mapping[str, Any]) -> Any:
    return next((each["value"] for each in content.get("examples", {}).values()), None)


def _printed(example: Any) -> str:
    return "" if example is None else json.dumps(example, indent=2, ensure_ascii=False)


def _needs_token(facts: Mapping[str, Any]) -> bool:
    return bool(facts.get("security")) and {} not in facts["security"]


def _curl(address: str, method: str, facts: Mapping[str, Any], media_type: str) -> str:
    address = address.replace("{reference}", "v2026-09-demo" if facts["tags"] == ["Releases"] else "QRY-2026-0042")
    lines = [f"curl {address}" if method == "get" else f"curl -X {method.upper()} {address}"]
    if _needs_token(facts):
        lines.append('-H "Authorization: Bearer $LECTERN_TOKEN"')
    if body := _request_content(facts):
        lines += ["-H 'Content-Type: application/json'", '-H "Idempotency-Key: $(uuidgen)"']
        lines.append(f"-d '{_printed(_example(body))}'")
    if "parquet" in media_type:
        lines.append("--remote-name")
    return " \\\n  ".join(lines)
