"""The whole product of the review: every state, every act, everybody. tests/expected/review_acts.csv, line by line.

A change of it is a change of who decides. To write it anew, run this file with LECTERN_WRITE=acts in the environment
and `-n 1`, and read the difference before you commit it. What its cells say: tests/act_tables.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from access_review.models import Application
from access_review.workflows import APPLICATION
from tests.act_tables import ActTable, lines, outcome
from tests.review_acts import ACTS, COLUMNS, MOVES, STANDINGS, company

pytestmark = pytest.mark.django_db

TABLE = ActTable(
    Path(__file__).resolve().parents[2] / "expected" / "review_acts.csv",
    COLUMNS,
    [(state, act) for state in STANDINGS for act in ACTS],
)


def test_product__has_every_state_and_every_move_of_the_workflow() -> None:
    assert set(STANDINGS) == {str(state) for state in Application.Status}
    moves = {row.action for row in APPLICATION.transitions}
    assert set(MOVES) == moves - {"lapse"}, "nobody lets an application lapse but the clock: test_the_clock.py"
    assert set(TABLE.read()) == {(state, act) for state in STANDINGS for act in ACTS}


@pytest.mark.parametrize("state", STANDINGS)
def test_everybody__can_do_in_this_state_what_the_table_says(state: str) -> None:
    found = dict(_tried(state))
    if os.environ.get("LECTERN_WRITE") == "acts":
        TABLE.write(found)
    assert lines(found, found) == lines(TABLE.read(), found)


def test_a_move__is_done_in_the_table_where_the_workflow_has_it_and_nowhere_else() -> None:
    """Submitting and submitting again are one press. A minor change of a project: test_every_act_on_projects.py."""
    table = TABLE.read()
    sources = {row.action: {str(each) for each in row.sources} for row in APPLICATION.transitions}
    sources["submit"] = sources["resubmit"] = sources["submit"] | sources["resubmit"]
    sources["accept-minor"] = set()
    for action in MOVES:
        assert {state for state in STANDINGS if "done" in table[state, action].values()} == sources[action], action


def test_nobody__decides_votes_or_reads_who_is_in_the_team_or_has_an_interest() -> None:
    """What must hold, said without the table's help."""
    for (state, act), row in TABLE.read().items():
        for who in ("lead", "colleague", "involved secretary", "interested"):
            if act in ("approve", "approve-with-conditions", "decline", "defer", "vote", "claim", "review", "open"):
                assert row[who] != "done", (state, act, who)
        assert {row[who] for who in ("nobody", "stranger", "data manager", "administrator", "superuser")} <= {"-", ""}
        if act == "see it under review":
            assert {row[who] for who in ("lead", "colleague", "involved secretary")} == {"-"}


def _tried(state: str) -> Iterator[tuple[tuple[str, str], dict[str, str]]]:
    of = company()
    application = STANDINGS[state](of)
    assert application.status == state
    for name in ACTS:
        yield (state, name), {who: outcome(ACTS[name], of.people[who], application) for who in COLUMNS}
