"""Each of the 55 hostile cases of the airlock has the tests that the table names, or says what is missing."""

from __future__ import annotations

import csv
import re

from tests.architecture.tree import ROOT

CASES = ROOT / "tests" / "expected" / "airlock_cases.csv"


def rows() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def test_table__holds_every_case_once() -> None:
    assert [row["number"] for row in rows()] == [str(number) for number in range(1, 56)]
    assert all(row["case"] for row in rows())


def test_each_case__has_tests_or_says_what_is_missing() -> None:
    assert [row["number"] for row in rows() if bool(row["tests"]) == bool(row["open"])] == []


def test_each_named_test__exists() -> None:
    missing = []
    for row in rows():
        for named in row["tests"].split():
            path, _, name = named.partition("::")
            text = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).is_file() else ""
            if not re.search(rf"^ *def {name}\(", text, re.M):
                missing.append(f"{row['number']}: {named}")
    assert missing == []
