"""One's sessions, as a list."""

from __future__ import annotations

import re

from django.urls import reverse

from accounts.models import SignedInSession
from portal.kernel.listing import Cell, Column, Empty, Listing

_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Mac", "Linux")


def browser_in_words(agent: str) -> str:
    """ "Firefox on Linux", of what a browser says of itself; a program is "Another program"."""
    browser = next((name for mark, name in _BROWSERS if re.search(rf"\b{mark}", agent)), "")
    system = next((name for name in _SYSTEMS if name in agent), "")
    return f"{browser or 'Another program'}{f' on {system}' if system else ''}"


def _end(session: SignedInSession) -> Cell:
    return Cell(
        "Sign out", url=reverse("session-end", args=[session.reference]), note=browser_in_words(session.browser)
    )


SESSIONS = Listing(
    caption="Where you are signed in",
    noun=("session", "sessions"),
    columns=(
        Column("Browser", lambda session: Cell(browser_in_words(session.browser)), is_key=True),
        Column("Address", lambda session: Cell(session.address or "Not known")),
        Column("Signed in", "started_at", sort="started", order_by=("started_at",)),
        Column("Ends by itself", "expire_date", sort="ends", order_by=("expire_date",)),
        Column("Action", _end),
    ),
    default_sort="-started",
    empty=Empty("You are signed in nowhere", "This page shows each browser in which you are signed in."),
)
