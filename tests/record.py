"""What a walk through the portal leaves on paper: who asked for what, and what they got."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit


@dataclass(frozen=True)
class Visit:
    """What somebody got. `status` is a number, or "sign-in" for being sent there; `writes` are tables written to."""

    reader: str
    method: str
    label: str
    url: str
    status: str
    code: int
    headers: Mapping[str, str]
    body: str
    queries: int
    writes: tuple[str, ...]
    seconds: float
    by: str = "session"

    @property
    def is_html(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/html")

    @property
    def is_page(self) -> bool:
        """A whole page, not a part of one that htmx puts in its place."""
        return self.is_html and "<html" in self.body[:200]

    def __str__(self) -> str:
        return f"{self.reader} {self.method} {self.url} ({self.label}) -> {self.status}"


@dataclass
class Record:
    """The whole walk: visits of the register's addresses, of links found on pages, of faults, and what lay about."""

    visits: list[Visit] = field(default_factory=list)
    posts: list[Visit] = field(default_factory=list)
    linked: list[Visit] = field(default_factory=list)
    faults: list[Visit] = field(default_factory=list)
    grown: list[Visit] = field(default_factory=list)
    tables_before: dict[str, str] = field(default_factory=dict)
    tables_after: dict[str, str] = field(default_factory=dict)
    database: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    participant_ids: frozenset[str] = frozenset()
    planted: dict[str, str] = field(default_factory=dict)

    @property
    def everything_read(self) -> list[Visit]:
        """Every answer to anybody."""
        return [*self.visits, *self.posts, *self.linked, *self.faults, *self.grown]


class Links(HTMLParser):
    """Addresses of a page's links, and those from which its live parts come."""

    def __init__(self, body: str, base: str) -> None:
        super().__init__()
        self.base, self.found = base, set[str]()
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and ((tag == "a" and name == "href") or name == "hx-get"):
                target = urlsplit(urljoin(f"http://testserver{self.base}", value))
                if target.netloc == "testserver" and target.scheme == "http":
                    self.found.add(f"{target.path}?{target.query}" if target.query else target.path)
