"""The words and examples by which the OpenAPI document describes the addresses of airlock.api."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from airlock.api import serializers
from portal.kernel.api import CURSOR_PARAMETERS, paged, problems

_TAG = "Airlock"
_SIGNED_IN = ("not_authenticated", "not_found")
_WRITING = (*_SIGNED_IN, "not_allowed", "invalid", "wrong_state")
_REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH, description="Such as EXP-2026-0001.")
_NAME = OpenApiParameter("name", str, OpenApiParameter.PATH, description="The file's name, such as counts.csv.")
_PLACE = [
    OpenApiParameter("group", str, required=True, description="The name of a group of the request."),
    OpenApiParameter("kind", str, enum=["output", "supporting", "code"], description="Whether it is to leave."),
]

SUMMARY: dict[str, Any] = {
    "reference": "EXP-2026-0001",
    "project": "PRJ-2026-0001",
    "title": "Carriers by gene, for a poster",
    "status": "draft",
    "turn": 0,
    "is_on_hold": False,
    "created_at": "2026-09-27T14:05:09Z",
    "submitted_at": None,
}
GROUP = {
    "name": "Table 1",
    "context": "Carriers of a rare variant in each gene, of 180 people.",
    "controls": "Counts below five are masked.",
    "people": 180,
    "rounding_base": 0,
}
FILE = {
    "name": "carriers.csv",
    "group": "Table 1",
    "kind": "output",
    "size_bytes": 61,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "source": "Workspace",
}
FINDING = {
    "file": "carriers.csv",
    "code": "small_count",
    "noticed": "A count is below the threshold for small numbers.",
    "remedy": "Mask it as fewer than the threshold, or merge groups.",
    "place": "column 3, row 4",
    "count": 1,
    "consequence": "acknowledge",
    "is_open": True,
}
EXPORT = {
    **SUMMARY,
    "can_be_changed": True,
    "next_step": "Answer each finding that asks for it.",
    "requests_before": 0,
    "usual_time": "1.5 working days",
    "checked_files": 1,
    "groups": [GROUP],
    "files": [FILE],
    "findings": [FINDING],
    "page": "https://lectern.example/airlock/requests/EXP-2026-0001/",
}
_WHOLE = OpenApiExample("The request", value=EXPORT, response_only=True, status_codes=["200", "201"])

exports_list = extend_schema(
    operation_id="exports_list",
    summary="List airlock requests",
    description="Your own, and those of projects in which you work, the newest first.",
    tags=[_TAG],
    parameters=CURSOR_PARAMETERS,
    responses={200: paged(serializers.ExportSummarySerializer), **problems("not_authenticated", "invalid")},
    examples=[
        OpenApiExample("Requests", value={"next": None, "previous": None, "results": [SUMMARY]}, response_only=True)
    ],
)
exports_create = extend_schema(
    operation_id="exports_create",
    summary="Start an airlock request",
    description="An empty draft of yours. Add groups and files; then explain and submit it on its page.",
    tags=[_TAG],
    request=serializers.NewExportSerializer,
    responses={
        **dict.fromkeys((200, 201), serializers.ExportSerializer),
        **problems("not_authenticated", "not_allowed", "invalid", "malformed", "idempotency_mismatch"),
    },
    examples=[
        OpenApiExample("A poster", value={"project": "PRJ-2026-0001", "title": SUMMARY["title"]}, request_only=True),
        OpenApiExample(
            "The draft",
            value={**EXPORT, "groups": [], "files": [], "findings": [], "checked_files": 0},
            response_only=True,
            status_codes=["200", "201"],
        ),
    ],
)
exports_read = extend_schema(
    operation_id="exports_read",
    summary="Read an airlock request",
    description="How it stands, whose turn it is, its files and what the checks found in them.",
    tags=[_TAG],
    parameters=[_REFERENCE],
    responses={200: serializers.ExportSerializer, **problems(*_SIGNED_IN)},
    examples=[_WHOLE],
)
exports_save_group = extend_schema(
    operation_id="exports_save_group",
    summary="Describe a group of files",
    description="Makes the group of this name, or changes what is said of it. Sending it twice changes nothing.",
    tags=[_TAG],
    parameters=[_REFERENCE],
    request=serializers.NewGroupSerializer,
    responses={200: serializers.ExportSerializer, **problems(*_WRITING, "malformed")},
    examples=[OpenApiExample("A group", value=GROUP, request_only=True), _WHOLE],
)
exports_add_result = extend_schema(
    operation_id="exports_add_result",
    summary="Add a table of a query",
    description="Copies a table that a finished query of the project found into the request, and checks it.",
    tags=[_TAG],
    parameters=[_REFERENCE],
    request=serializers.NewResultSerializer,
    responses={200: serializers.ExportSerializer, **problems(*_WRITING, "malformed")},
    examples=[
        OpenApiExample(
            "Variants",
            value={"group": "Table 1", "kind": "output", "query": "QRY-2026-0042", "table": "variants"},
            request_only=True,
        ),
        _WHOLE,
    ],
)
exports_read_file = extend_schema(
    operation_id="exports_read_file",
    summary="Read about a file",
    description="Its hash, its size and its group; never its content.",
    tags=[_TAG],
    parameters=[_REFERENCE, _NAME],
    responses={200: serializers.FileSerializer, **problems(*_SIGNED_IN)},
    examples=[OpenApiExample("A file", value=FILE, response_only=True)],
)
exports_put_file = extend_schema(
    operation_id="exports_put_file",
    summary="Add or replace a file",
    description=(
        "The body is the file itself, with its length in Content-Length. It takes the place of one of the same name, "
        "and is checked. A body that is larger than the airlock takes is refused before it is read."
    ),
    tags=[_TAG],
    parameters=[_REFERENCE, _NAME, *_PLACE],
    request={"application/octet-stream": OpenApiTypes.BINARY},
    responses={200: serializers.ExportSerializer, **problems(*_WRITING, "too_large")},
    examples=[_WHOLE],
)
exports_remove_file = extend_schema(
    operation_id="exports_remove_file",
    summary="Take a file out",
    description="The file is no longer part of the request; the record of it stays.",
    tags=[_TAG],
    parameters=[_REFERENCE, _NAME],
    request=None,
    responses={200: serializers.ExportSerializer, **problems(*_SIGNED_IN, "not_allowed", "wrong_state")},
    examples=[
        OpenApiExample(
            "Without it", value={**EXPORT, "files": [], "findings": [], "checked_files": 0}, response_only=True
        )
    ],
)
