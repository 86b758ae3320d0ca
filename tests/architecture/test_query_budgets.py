"""No page asks the database more than twelve times, and none asks more because there is more to show."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.urls import resolve

from tests.crawl import ADMIN
from tests.record import Record, Visit

# One walk serves all of these files: `pytest --dist loadgroup` keeps them in one process.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("walk")]

BUDGET = 12
# (what, how many, why): nothing else may take more.
EXCEPTIONS: dict[str, tuple[int, str]] = {
    "access_review:case": (16, "a whole case on one page: its bench, content, advice, votes, comments and history"),
    "access_review:case-triage": (13, "what triage needs on one page: checks, reviewers, conflicts and the advice"),
    "airlock:export-detail": (25, "a whole request on one page: files, findings, remarks, clocks, queue and history"),
    "airlock:case": (
        36,
        "the Five Safes on one page: project, people, data, votes, findings, what left, all acts",
    ),
    "api-v1:export-detail": (14, "a whole request for programs: groups, files, findings, queue and usual time"),
    "airlock:metrics": (20, "all figures of the airlock on one page, each a count of its own"),
    "airlock:metrics-json": (20, "the same figures"),
    "ngrl:release-changes": (15, "two releases: both summaries, people in both, tables, and whether rows may be read"),
    "ngrl:preparation-detail": (14, "the same, and what can be done now"),
    "research_env:person-detail": (
        17,
        "one person: project, releases, cells, family, specimens and their files, and the look on record",
    ),
    "research_env:cohort-detail": (14, "a passport, and the scope in which its cells are read, begun and ended"),
    "research_env:query-burden": (15, "two cohorts, each read in a scope that is begun, and ended with the page"),
    "research_env:cohort-compare": (19, "two passports, and who is in both"),
    "research_env:query-create": (13, "a copy: the source, what the form offers of panels, people and cohorts"),
}


def test_pages__ask_the_database_at_most_twelve_times(record: Record) -> None:
    over = [
        f"{visit.queries} queries: {visit}"
        for visit in [*record.visits, *record.linked]
        if not visit.url.startswith(ADMIN) and visit.queries > BUDGET
        if visit.queries > EXCEPTIONS.get(_name(visit), (BUDGET, ""))[0]
    ]
    assert not over, "\n".join(over)


def test_pages__ask_as_often_when_there_is_ten_times_as_much(record: Record) -> None:
    before = {(v.reader, v.label): v.queries for v in record.visits if v.by == "session" and v.method == "GET"}
    grown = [visit for visit in record.grown if visit.code == 200]
    assert len(grown) > 80
    more = [f"{visit.queries} after {n}: {visit}" for visit in grown if visit.queries > (n := before[_key(visit)])]
    assert not more


def test_there_was_ten_times_as_much(record: Record) -> None:
    """The growth reached the lists: otherwise the test above says nothing."""
    before = {_key(v): len(v.body) for v in record.visits if v.by == "session" and v.method == "GET"}
    grown = {visit.label: len(visit.body) - before[_key(visit)] for visit in record.grown if visit.reader == "ada"}
    for label in (
        "token-list",
        "notification-list",
        "research_env:environment",
        "research_env:project-detail",
        "home",
        "api-v1:query-list",
        "api-v1:project-list",
        "api-v1:release-list",
        "research_env:query-detail (finished)",
    ):
        assert grown[label] > 300, label


def test_exceptions__are_needed(record: Record) -> None:
    most: dict[str, int] = {}
    for visit in record.visits:
        most[_name(visit)] = max(most.get(_name(visit), 0), visit.queries)
    assert not [name for name in EXCEPTIONS if most[name] <= BUDGET]


def _key(visit: Visit) -> tuple[str, str]:
    return visit.reader, visit.label


def _name(visit: Visit) -> str:
    if visit.label.startswith("linked from "):  # what is excepted is the page, however one comes to it
        return str(resolve(urlsplit(visit.url).path).view_name)
    return visit.label.split(" (")[0]
