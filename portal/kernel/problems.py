"""The one shape in which the API says no: `application/problem+json` (RFC 9457), in the same sentences as the pages."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, UnreadablePostError
from django.urls import reverse
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from portal.kernel.proof import ProofNeeded
from portal.kernel.refusals import Refusal
from portal.kernel.requests import current_request_id
from portal.kernel.scopes import ScopeMissing

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
NOTHING_HERE = "There is nothing at this address, or it is not yours to see."


@dataclass(frozen=True)
class ProblemKind:
    """What a code means: its status, a short title, and what a program should do about it."""

    status: int
    title: str
    advice: str


KINDS = {
    "malformed": ProblemKind(400, "The request could not be read", "Send the body as JSON, in UTF-8."),
    "invalid": ProblemKind(400, "What was sent cannot be used", "Correct the fields in `errors` and send it again."),
    "not_authenticated": ProblemKind(
        401, "No valid token", "Send `Authorization: Bearer` and a token that still works."
    ),
    "not_allowed": ProblemKind(403, "You may not do this", "The sentence in `detail` says why, and what to do."),
    "scope_missing": ProblemKind(
        403, "The token may not do this", "Create a token with the scope that `detail` names, and use it instead."
    ),
    "second_factor": ProblemKind(
        403, "A second factor is needed", "Do this on the pages of the portal, where you are asked for it."
    ),
    "not_found": ProblemKind(404, "Nothing here", "Check the address. Things of other projects answer the same."),
    "method_not_allowed": ProblemKind(405, "Not this method", "Use a method of the header `Allow`."),
    "wrong_state": ProblemKind(409, "Not in this state", "Read the thing again; `detail` says what stands in the way."),
    "gone": ProblemKind(410, "Deleted", "Stop asking; the answer says why it was deleted and what comes in its place."),
    "too_large": ProblemKind(413, "Too much at once", "Send a smaller body."),
    "unsupported_media_type": ProblemKind(415, "Not JSON", "Send `Content-Type: application/json`."),
    "idempotency_mismatch": ProblemKind(422, "Key used before", "Take a new `Idempotency-Key` for another body."),
    "throttled": ProblemKind(429, "Too many requests", "Wait as many seconds as the header `Retry-After` says."),
    "error": ProblemKind(500, "A fault of ours", "Try again in a minute; then tell the service desk the `request_id`."),
}
_ASIDE = ("malformed", "scope_missing", "second_factor")  # said by name, never by the status alone
_CODE_OF_STATUS = {kind.status: code for code, kind in KINDS.items() if code not in _ASIDE}
_SENTENCES = {
    "malformed": "The body is not JSON that we can read.",
    "not_authenticated": "This address needs a token. Create one on your account page and send it with each request.",
    "not_allowed": "You may not do this.",
    "second_factor": (
        "This needs a second factor, given just now, which a program cannot give. Do it on the portal's pages."
    ),
    "not_found": NOTHING_HERE,
    "too_large": "The body is larger than we take. Send less at once.",
    "unsupported_media_type": "Send JSON, with the header Content-Type: application/json.",
    "error": "Something went wrong on our side, and it was recorded. Try again in a minute.",
}


@dataclass(frozen=True)
class Problem:
    """One no. `errors` are (field, sentence) pairs; a field inside another is written with a dot."""

    status: int
    code: str
    detail: str
    errors: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The members of RFC 9457, and ours: code, errors and the id under which our log knows the request."""
        kind = KINDS.get(self.code)
        return {
            "type": f"{reverse('api-docs')}#problem-{self.code}" if kind else "about:blank",
            "title": kind.title if kind else HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": _sayable(self.detail),
            "code": self.code,
            "errors": [{"field": _sayable(name), "detail": _sayable(said)} for name, said in self.errors],
            "request_id": current_request_id(),
        }


def _sayable(text: str) -> str:
    """What somebody sent may be named in a sentence, though not every text of JSON can be written in UTF-8."""
    return text.encode("utf-8", "replace").decode()


def problem_response(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: every exception becomes a problem; one that nobody foresaw is logged and kept to us."""
    problem = problem_of(error)
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        request = context.get("request")
        log.error(
            "%s %s failed (request %s)",
            getattr(request, "method", ""),
            getattr(request, "path", ""),
            current_request_id(),
            exc_info=error,
        )
    return Response(problem.body(), status=problem.status, headers=dict(problem.headers), content_type=MEDIA_TYPE)


def problem_of(error: Exception) -> Problem:
    """What an exception means to whoever sent the request."""
    if isinstance(error, Refusal):
        name = getattr(error, "field", "")
        headers = {"WWW-Authenticate": error.challenge} if isinstance(error, ScopeMissing) else {}
        return Problem(error.status, error.code, error.sentence, ((name, error.sentence),) if name else (), headers)
    if isinstance(error, ProofNeeded):
        return problem("second_factor")
    if isinstance(error, exceptions.APIException):
        return _of_rest_framework(error)
    if isinstance(error, RequestDataTooBig):
        return problem("too_large")
    if isinstance(error, (SuspiciousOperation, UnreadablePostError)):
        return problem("malformed")
    if isinstance(error, Http404):
        return problem("not_found")
    return problem("not_allowed" if isinstance(error, PermissionDenied) else "error")


def problem(code: str, detail: str = "", **headers: str) -> Problem:
    """A problem of this kind, in the kind's own sentence or in `detail`."""
    return Problem(KINDS[code].status, code, detail or _SENTENCES[code], headers=headers)


def _of_rest_framework(error: exceptions.APIException) -> Problem:
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error)
    if isinstance(error, exceptions.ParseError):
        return problem("malformed")
    if isinstance(error, exceptions.Throttled):
        seconds = max(1, round(getattr(error, "wait", None) or 1))
        sentence = f"You have sent more requests than we take at once. Wait {seconds} seconds, then go on."
        return problem("throttled", sentence, **{"Retry-After": str(seconds)})
    code = _CODE_OF_STATUS.get(error.status_code, "error")
    sentence = _sentence(error, code)
    scheme = getattr(error, "auth_header", None)
    challenge = {"WWW-Authenticate": str(scheme)} if scheme else {}
    return Problem(error.status_code, code, sentence, headers=challenge)


def _sentence(error: exceptions.APIException, code: str) -> str:
    """Our words where the exception only has the framework's; its own where somebody wrote them for this case."""
    said = str(error.detail)
    if isinstance(error, exceptions.MethodNotAllowed):
        return "This address does not take that method. The header Allow lists those that it takes."
    if said.startswith("CSRF Failed"):
        return "With a session cookie, send the header X-CSRFToken too. Programs use a token instead."
    if isinstance(error, exceptions.UnsupportedMediaType) or said == str(error.default_detail):
        return _SENTENCES.get(code, said)
    return said


def _invalid(error: exceptions.ValidationError) -> Problem:
    errors = tuple(_flattened(error.detail))
    if len(errors) == 1:
        detail = errors[0][1]
    else:
        detail = f"There are {len(errors)} things to correct; errors lists them by field."
    return Problem(KINDS["invalid"].status, "invalid", detail, tuple((name, text) for name, text in errors if name))


def _flattened(detail: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """(field, sentence) pairs of DRF's nested errors: {"question": {"genes": {3: ["..."]}}} is "question.genes.3"."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            inner_name = "" if key == "non_field_errors" else str(key)
            yield from _flattened(inner, ".".join(filter(None, (name, inner_name))))
    elif isinstance(detail, (list, tuple)):
        for inner in detail:
            yield from _flattened(inner, name)
    else:
        yield name, _ended(str(detail))


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


class FieldProblemSerializer(serializers.Serializer[Any]):
    """One field that cannot be used."""

    field = serializers.CharField(help_text="Name of the field; a dot leads into an object, a number into a list.")
    detail = serializers.CharField(help_text="What is wrong with it, and what to do.")


class ProblemSerializer(serializers.Serializer[Any]):
    """How every refusal and every error is told (RFC 9457)."""

    type = serializers.CharField(help_text="Address of an explanation of this kind of problem.")
    title = serializers.CharField(help_text="The kind of problem in a few words.")
    status = serializers.IntegerField(help_text="The HTTP status again.")
    detail = serializers.CharField(help_text="What happened, as a sentence for people.")
    code = serializers.ChoiceField(choices=sorted(KINDS), help_text="The kind of problem, for programs.")
    errors = FieldProblemSerializer(  # type: ignore[assignment]  # a field of that name, as RFC 9457 suggests
        many=True, help_text="The fields that cannot be used, if it is about fields."
    )
    request_id = serializers.CharField(help_text="Tell this to the service desk; the header X-Request-ID has it too.")
