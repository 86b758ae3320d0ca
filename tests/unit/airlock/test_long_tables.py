"""What a check does to a long table grows with its rows: no rule reads a whole column again for each row."""

from __future__ import annotations

import io

import pytest

from airlock.checks.inspection import inspect, tables_in
from airlock.checks.notes import Declared, Notes
from airlock.checks.tables import Table
from airlock.checks.together import is_compared
from tests.airlock_files.labelled import Labelled, labelled_files


def _counts(rows: int) -> str:
    return "".join(f"GENE{at},{100_000 + at * 10}\n" for at in range(rows))


def _shares(rows: int) -> str:
    return "".join(f"GENE{at},200,{at % 90 + 10}%\n" for at in range(rows))


def _masked(rows: int) -> str:
    lines = [f"GENE{at},200,{'<5' if at % 7 == 0 else 50},{at % 20}.5%\n" for at in range(rows)]
    return "".join([*lines, f"Total,{200 * rows},{50 * rows},25.0%\n"])


def _facts(rows: int) -> str:
    return "".join(f"Number of cases {at},{at + 10}\n" for at in range(rows))


TABLES = {
    "counts": ("gene,people\n", _counts),
    "shares": ("gene,people_tested,percent\n", _shares),
    "masked counts beside shares": ("gene,people_tested,carriers,percent\n", _masked),
    "facts, one a row": ("fact,value\n", _facts),
}


@pytest.mark.parametrize("kind", TABLES)
def test_long_table__is_read_as_often_as_a_short_one(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    short, long = _columns_read(kind, 60, monkeypatch), _columns_read(kind, 600, monkeypatch)
    assert 0 < long <= short + 2


def _columns_read(kind: str, rows: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often a rule took a whole column out of the table."""
    header, lines = TABLES[kind]
    column, taken = Table.column, []

    def counted(self: Table, index: int) -> list[str]:
        taken.append(index)
        return column(self, index)

    notes = Notes(declared=Declared(people=500))
    with monkeypatch.context() as patch:
        patch.setattr(Table, "column", counted)
        inspected = inspect(io.BytesIO((header + lines(rows)).encode()), "table.csv", notes)
    assert inspected.rows >= rows
    assert "check_failed" not in {finding.code for finding in inspected.findings}
    return len(taken)


@pytest.mark.parametrize("file", labelled_files(), ids=lambda file: file.name)
def test_tables_that_are_compared__are_those_that_were_judged(file: Labelled) -> None:
    judged = inspect(io.BytesIO(file.data), file.name, Notes()).tables
    assert tables_in(io.BytesIO(file.data), file.name, Notes()) == judged


def test_list_of_many_rows__is_not_put_beside_others_and_a_table_of_counts_is() -> None:
    long = tables_in(io.BytesIO(("gene,people\n" + _counts(60_000)).encode()), "long.csv", Notes())
    short = tables_in(io.BytesIO(("gene,people\n" + _counts(600)).encode()), "short.csv", Notes())
    assert [is_compared(table) for table in (*long, *short)] == [False, True]
