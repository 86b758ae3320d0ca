"""What a token of a program may do: an area of the API, to read or to write. `HouseView` asks; nobody else does."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from portal.kernel.refusals import Refusal

READING = ("GET", "HEAD", "OPTIONS")


class Area(StrEnum):
    """Which part of the API an address belongs to. `OPEN` ones answer everybody alike and need no scope."""

    OPEN = ""
    PROFILE = "profile"
    VISAS = "visas"
    CATALOGUE = "catalogue"
    PROJECTS = "projects"
    QUERIES = "queries"
    ROWS = "rows"
    APPLICATIONS = "applications"
    EXPORTS = "exports"
    PANELS = "panels"


# Every scope, in plain words; the first is what a token is offered at least.
SCOPES = {
    "profile:read": "Read who you are, your access, your memberships and your training",
    "visas:read": "Get visas that tell other houses who you are and what you have signed",
    "catalogue:read": "Read which releases the library has",
    "projects:read": "Read your projects",
    "queries:read": "Read queries, their progress and their results",
    "queries:write": "Ask, submit, cancel and repeat queries",
    "rows:read": "Read the clinical tables of your projects, person by person",
    "applications:read": "Read your applications for projects",
    "applications:write": "Write and submit applications for projects",
    "exports:read": "Read your airlock requests and what the checks found in their files",
    "exports:write": "Start airlock requests and put files into them, which you then submit yourself",
    "panels:read": "Read gene panels, with those that are shown to you alone",
    "panels:write": "Ask to be told of new versions of panels, and stop it",
}
LEAST = ("profile:read",)


class ScopeMissing(Refusal):
    """The token was not given what this needs."""

    status = 403
    code = "scope_missing"

    def __init__(self, scope: str) -> None:
        super().__init__(
            f"This token may not do this: it lacks the scope {scope}. Create a token with it on your account page."
        )
        # RFC 6750, section 3.1
        self.challenge = f'Bearer error="insufficient_scope", scope="{scope}"'


def scope_of(area: Area | None, method: str | None) -> str | None:
    """The scope that this method needs in this area: "" where none is needed, None where nobody has said."""
    if area is None:
        return None
    return f"{area}:{'read' if method in READING else 'write'}" if area else ""


def require_scope(held: Iterable[str], area: Area | None, method: str | None) -> None:
    """Raise ScopeMissing unless the scopes held suffice. Where nobody has said what is needed, only all of them do."""
    needed = scope_of(area, method)
    missing = sorted(({needed} if needed is not None else set(SCOPES)) - set(held) - {""})
    if missing:
        raise ScopeMissing(" ".join(missing))


def scopes_of_token(token: Any) -> Iterable[str] | None:
    """The scopes of what a request came with; None for a session, which may do whatever its person may."""
    return getattr(token, "scopes", None)
