"""The whole product of projects: every standing, every act, everybody. tests/expected/project_acts.csv, line by line.

A change of it is a change of who may do what. To write it anew, run this file with LECTERN_WRITE=acts in the
environment and `-n 1`, and read the difference before you commit it. What its cells say: tests/act_tables.py.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from access_review.models import Project
from access_review.workflows import PROJECT
from tests.act_tables import ActTable, lines, outcome
from tests.project_acts import ACTS, COLUMNS, STANDINGS, company

pytestmark = pytest.mark.django_db

TABLE = ActTable(
    Path(__file__).resolve().parents[2] / "expected" / "project_acts.csv",
    COLUMNS,
    [(standing, act) for standing in STANDINGS for act in ACTS],
)


def test_product__has_every_status_and_every_move_of_the_workflow() -> None:
    assert {row.action for row in PROJECT.transitions} <= set(ACTS)
    assert {str(status) for status in Project.Status} <= set(STANDINGS)
    assert set(TABLE.read()) == set(TABLE.order)


@pytest.mark.parametrize("standing", STANDINGS)
def test_everybody__can_do_to_such_a_project_what_the_table_says(standing: str) -> None:
    of = company()
    project = STANDINGS[standing](of)
    found = {(standing, act): {who: outcome(ACTS[act], of.people[who], project) for who in COLUMNS} for act in ACTS}
    if os.environ.get("LECTERN_WRITE") == "acts":
        TABLE.write(found)
    assert lines(found, found) == lines(TABLE.read(), found)


def test_nobody__works_with_data_where_the_door_is_shut_and_outsiders_nowhere() -> None:
    """What must hold, said without the table's help."""
    for (standing, act), row in TABLE.read().items():
        for who in ("nobody", "stranger", "former member", "administrator", "superuser", "data manager", "auditor"):
            assert row[who] != "done", (standing, act, who)
        if act == "work with its data" and not standing.startswith("active"):
            assert "done" not in row.values(), standing
