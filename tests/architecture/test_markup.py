"""Every page that anybody was given: valid HTML, one heading, its landmarks, nothing inline, a strict policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser

import html5lib
import pytest

from tests.crawl import ADMIN
from tests.record import Record, Visit

# One walk serves all of these files: `pytest --dist loadgroup` keeps them in one process.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("walk")]

TITLE = re.compile(r"<title>(Error: )?\S.* - Lectern</title>")
STANDALONE_TITLE = re.compile(r"<title>\S.*</title>")
VOLATILE = re.compile(r"Notifications \(\d+\)|(?<=href=\"/account/\">)[^<]*")


def pages(record: Record) -> list[Visit]:
    """One of each different page, whoever it was for; not those of Django's admin, whose markup is Django's."""
    different: dict[str, Visit] = {}
    for visit in record.everything_read:
        # A zero byte comes back in the field where it was typed; no HTML has a way to write it.
        if visit.is_page and not visit.url.startswith(ADMIN) and "%00" not in visit.url:
            different.setdefault(VOLATILE.sub("", visit.body), visit)
    return list(different.values())


def test_pages__are_valid_html(record: Record) -> None:
    faults = []
    for visit in pages(record):
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(visit.body)
        faults += [f"{visit}: {position} {code} {details}" for position, code, details in parser.errors[:3]]
    assert not faults


def test_parts_of_pages__are_valid_html(record: Record) -> None:
    parts = [visit for visit in record.everything_read if visit.is_html and not visit.is_page and visit.body.strip()]
    assert {visit.label.split(" (")[0] for visit in parts} == {
        "ui-gallery",
        "research_env:query-progress",
        "research_env:cohort-create",
    }
    for visit in parts:
        parser = html5lib.HTMLParser(strict=False)
        parser.parseFragment(visit.body)
        assert not parser.errors, visit


class Outline(HTMLParser):
    """What a page is made of, as far as the rules ask."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.inline: list[str] = []
        self.outside: list[str] = []
        self.lang = ""
        self.first_link = ""
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if "id" in values:
            self.ids.append(values["id"])
        self.lang = values.get("lang", "") if tag == "html" else self.lang
        if tag == "a" and not self.first_link:
            self.first_link = values.get("href", "")
        self.inline += [f"{tag} {name}" for name in values if name == "style" or name.startswith(("on", "hx-on"))]
        if tag == "style" or (tag == "script" and "src" not in values):
            self.inline.append(tag)
        for name in ("src", "href", "action", "srcset", "data"):
            is_link = tag == "a" and name == "href"
            if re.match(r"(https?:)?//|javascript:|data:", values.get(name, "")) and not is_link:
                self.outside.append(f"{tag} {name}={values[name]}")


def outlines(record: Record) -> Iterator[tuple[Visit, Outline]]:
    for visit in pages(record):
        yield visit, _outline(visit.body)


@cache
def _outline(body: str) -> Outline:
    return Outline(body)


def test_pages__have_one_heading_of_the_first_rank(record: Record) -> None:
    assert not [f"{visit}: {n}" for visit, page in outlines(record) if (n := page.tags.count("h1")) != 1]


def test_pages__name_their_language_and_landmarks(record: Record) -> None:
    for visit, page in outlines(record):
        assert page.lang == "en-GB", visit
        assert page.tags.count("main") == 1, visit
        if not _is_standalone(visit):
            assert {"header", "nav", "footer"} <= set(page.tags), visit


def test_pages__begin_with_a_skip_link_to_the_content(record: Record) -> None:
    for visit, page in outlines(record):
        if not _is_standalone(visit):
            assert page.first_link == "#main-content", visit
            assert "main-content" in page.ids, visit


def test_pages__have_a_title_of_the_house(record: Record) -> None:
    for visit in pages(record):
        pattern = STANDALONE_TITLE if _is_standalone(visit) else TITLE
        assert pattern.search(visit.body), visit


def test_titles__say_that_there_is_an_error(record: Record) -> None:
    """A form that comes back says so first in its title."""
    returned = [v for v in pages(record) if v.method == "POST" and v.code == 200 and "govuk-error-summary" in v.body]
    assert len(returned) >= 3
    assert not [str(visit) for visit in returned if "<title>Error: " not in visit.body]


def test_ids__are_unique_on_a_page(record: Record) -> None:
    twice = [f"{v}: {i}" for v, page in outlines(record) for i in set(page.ids) if page.ids.count(i) > 1]
    assert not twice


def test_pages__have_nothing_inline_and_nothing_from_elsewhere(record: Record) -> None:
    assert not [f"{visit}: {page.inline}" for visit, page in outlines(record) if page.inline]
    assert not [f"{visit}: {page.outside}" for visit, page in outlines(record) if page.outside]


def test_every_answer__has_the_strict_policy(record: Record) -> None:
    for visit in record.everything_read:
        if visit.is_html:
            policy = visit.headers.get("content-security-policy", "")
            assert "default-src 'self'" in policy, visit
            assert "unsafe" not in policy, visit
        assert visit.headers.get("x-content-type-options") == "nosniff", visit
        assert visit.headers.get("x-request-id"), visit


def test_what_a_person_was_given__stays_out_of_caches(record: Record) -> None:
    for visit in record.visits:
        if visit.reader != "anon" and visit.code == 200:
            assert "no-store" in visit.headers.get("cache-control", ""), visit


def _is_standalone(visit: Visit) -> bool:
    """Pages for when nothing can be relied upon: they stand by themselves."""
    return visit.code >= 500 or visit.code == 400
