"""Who gets what at every address: tests/expected/access_matrix.csv, line by line.

A change of it is a change of who may see what. To write it anew, run this file with LECTERN_WRITE=matrix in the
environment, and read the difference before you commit it.
"""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import pytest

from tests.addresses import ADDRESSES, routed
from tests.crawl import ADMIN, PROGRAMMERS
from tests.record import Record, Visit
from tests.scene import ANON, FORMER, READERS, SUPERUSER

# One walk serves all of these files: `pytest --dist loadgroup` keeps them in one process.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("walk")]

MATRIX = Path(__file__).resolve().parents[1] / "expected" / "access_matrix.csv"
HEAD = ("method", "address", *READERS)
IN_THE_PROJECT = {"ada", "ben"}
# Whatever has one of these in its label is about eve's project; everything else that is about one, about ada's.
OF_EVES = {"eve", "eves"}


def test_every_url__stands_in_the_register() -> None:
    known = {address.name for address in ADDRESSES}
    assert routed() - known == set(), "say in tests/addresses/ where these lead in the scene"
    assert known - routed() == set(), "these are gone: take them out of tests/addresses/"


def test_labels_are_unique() -> None:
    labels = [(address.method, address.label) for address in ADDRESSES]
    assert len(set(labels)) == len(labels)


def test_every_address__gives_everybody_what_the_matrix_says(record: Record) -> None:
    found = matrix_of(record)
    if os.environ.get("LECTERN_WRITE") == "matrix":
        with MATRIX.open("w", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows([HEAD, *found])
    with MATRIX.open(newline="") as stream:
        expected = [tuple(row) for row in csv.reader(stream)]
    assert expected[0] == HEAD
    changed = [f"{row} was {old}" for row in found if row != (old := _row(expected, row[:2]))]
    gone = [row for row in expected[1:] if row[:2] not in {each[:2] for each in found}]
    assert not changed
    assert not gone


def test_whoever_is_outside_the_project__gets_404_for_everything_of_it(record: Record) -> None:
    """Pages, files and programs alike; a stranger is asked to sign in, a program without a token to bring one."""
    about = [visit for visit in [*record.visits, *record.posts] if _is_of_adas_project(visit)]
    assert len({visit.label for visit in about}) > 100
    for visit in about:
        if visit.reader == ANON:
            assert visit.status in ("sign-in", "401") or (visit.method == "GET" and visit.status == "405"), visit
        elif visit.reader not in IN_THE_PROJECT and visit.status != "405":
            assert visit.status == "404", visit


def test_a_member_sees_only_what_is_shared_with_them(record: Record) -> None:
    pages = {visit.label: visit.status for visit in record.visits if visit.reader == "ben" and visit.by == "session"}
    assert pages["research_env:query-detail (finished)"] == "200"
    assert pages["research_env:query-detail (bens)"] == "200"
    assert pages["research_env:query-detail (spectrum)"] == "404"
    assert pages["research_env:query-detail (planned)"] == "404"


@pytest.mark.parametrize("reader", PROGRAMMERS)
def test_a_program__gets_what_its_person_gets(record: Record, reader: str) -> None:
    theirs = [visit for visit in record.visits if visit.reader == reader]
    pages = {visit.label: visit.status for visit in theirs if visit.by == "session"}
    programs = {visit.label: visit.status for visit in theirs if visit.by == "token"}
    assert programs
    assert programs == {label: pages[label] for label in programs}


def test_a_superuser__sees_no_data_and_changes_nothing(record: Record) -> None:
    """Decision 12: no data and no governance verb by being a superuser."""
    for visit in [*record.visits, *record.posts]:
        if visit.reader == SUPERUSER and _is_of_adas_project(visit):
            assert visit.status in ("404", "405"), visit
        if visit.reader == SUPERUSER and visit.url.startswith(ADMIN) and visit.method == "POST":
            assert visit.status == "403", visit


def test_whose_role_has_ended__is_where_a_newcomer_is(record: Record) -> None:
    """Decision 22: access ends at the next request, for pages and programs, one's own queries included."""
    seen = [*record.visits, *record.posts]
    former, newcomer = (
        {(v.method, v.label): v.status for v in seen if v.reader == reader and v.by == "session" and not _own_factor(v)}
        for reader in (FORMER, "noa")
    )
    assert former == newcomer
    assert "404" in {v.status for v in seen if v.reader == FORMER and v.by == "token"}


def _own_factor(visit: Visit) -> bool:
    """Pages about the second factor that one has, which somebody new has not."""
    return visit.label.startswith(("mfa_", "account_reauthenticate"))


def test_a_forged_form__is_refused(record: Record) -> None:
    forged = [visit for visit in record.faults if visit.label.startswith("forged: ")]
    assert len(forged) > 30
    assert {visit.status for visit in forged} == {"403"}
    assert not [visit for visit in forged if visit.writes]


def test_no_address__fails(record: Record) -> None:
    assert not [str(visit) for visit in [*record.visits, *record.posts, *record.linked] if visit.code >= 500]


def test_links_on_pages__lead_somewhere(record: Record) -> None:
    assert len(record.linked) > 40
    # The gallery shows links that lead nowhere.
    links = [visit for visit in record.linked if visit.label != "linked from ui-gallery"]
    broken = [str(visit) for visit in links if visit.status not in ("200", "302")]
    assert not broken


def test_odd_input__is_answered(record: Record) -> None:
    odd = [visit for visit in record.faults if not visit.label.startswith(("forged: ", "a file of ours is "))]
    assert not [str(visit) for visit in odd if visit.code >= 500]


def test_a_fault_of_ours__says_so_without_details(record: Record) -> None:
    ours = [visit for visit in record.faults if visit.label.startswith("a file of ours is ")]
    assert {visit.status for visit in ours} == {"500"}
    for visit in ours:
        assert "Traceback" not in visit.body
        assert ".parquet" not in visit.body


def matrix_of(record: Record) -> list[tuple[str, ...]]:
    """Rows of the matrix: method, address, and what each reader got; "-" for who was not sent there."""
    got = {(v.method, v.label, v.reader): v.status for v in [*record.visits, *record.posts] if v.by == "session"}
    return [(a.method, a.label, *(got.get((a.method, a.label, reader), "-") for reader in READERS)) for a in ADDRESSES]


def _row(rows: list[tuple[str, ...]], key: tuple[str, ...]) -> tuple[str, ...] | None:
    return next((row for row in rows if row[:2] == key), None)


def _is_of_adas_project(visit: Visit) -> bool:
    is_about_one = visit.label.startswith(("research_env:query-", "api-v1:query-", "research_env:project-detail"))
    is_of_eves = not OF_EVES.isdisjoint(re.findall(r"\w+", visit.label))
    return is_about_one and "api-v1:query-list" not in visit.label and not is_of_eves
