"""A researcher's program: a client with a token that holds every answer to what the OpenAPI document promises."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.test import Client
from django.urls import resolve
from openapi_schema_validator import OAS31Validator

from portal.pages.api_docs import document

PROBLEM = "application/problem+json"


class Program:
    """Sends JSON with a bearer token (none for ""); every answer is checked against the document."""

    def __init__(self, key: str = "", client: Client | None = None) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.client = client or Client(headers=headers)

    def get(self, path: str, **parameters: str) -> Any:
        """Ask for an address under /api/v1/, or for a whole one such as `next`."""
        return _checked(self.client.get(_whole(path), parameters or None))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """Send a body, if there is one."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return _checked(self.client.post(_whole(path), body, content_type="application/json", headers=named))

    def rows(self, path: str, **parameters: str) -> list[Any]:
        """All rows of a list, page after page."""
        page = self.get(path, **parameters).json()
        found = list(page["results"])
        while page["next"]:
            page = self.get(page["next"]).json()
            found += page["results"]
        return found


def problem_of(response: Any, status: int) -> Any:
    """The body of a refusal, after a look at its form."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == PROBLEM
    body = response.json()
    assert set(body) == {"type", "title", "status", "detail", "code", "errors", "request_id"}
    assert body["status"] == status
    assert body["request_id"] == response["X-Request-ID"]
    assert body["detail"][-1] in ".?…", "a refusal is a sentence"
    return body


def fields_of(problem: Any) -> dict[str, str]:
    """Sentence by field."""
    return {each["field"]: each["detail"] for each in problem["errors"]}


def declared(method: str, path: str) -> Any:
    """The operation that the document has for this request, or None."""
    template = re.sub(r"<\w+:(\w+)>", r"{\1}", "/" + resolve(path).route)
    return document()["paths"].get(template, {}).get(method.lower())


def faults_of(value: Any, schema: Any) -> list[str]:
    """Where a value is not what a schema of the document says."""
    root = {**schema, "components": document()["components"]}
    return [f"{list(error.path)}: {error.message}" for error in OAS31Validator(root).iter_errors(value)]


def _checked(response: Any) -> Any:
    request = response.wsgi_request
    operation = declared(request.method, request.path)
    if operation is None:
        return response
    promised = operation["responses"].get(str(response.status_code))
    assert promised, f"{operation['operationId']} does not promise {response.status_code}: {response.content[:500]}"
    media_type = response["Content-Type"].partition(";")[0]
    assert media_type in promised["content"], f"{media_type} is not promised"
    if "json" in media_type:
        assert not faults_of(response.json(), promised["content"][media_type]["schema"])
    return response


def _whole(path: str) -> str:
    if path.startswith("http"):
        parts = urlsplit(path)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return path if path.startswith("/") else f"/api/v1/{path}"
