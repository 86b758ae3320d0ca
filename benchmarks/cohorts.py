"""Counts of a cohort by three conditions, at the size of a national library, against SQL by hand and DuckDB on Parquet.

    python benchmarks/cohorts.py                         100,000 people, 20 tables, 4 million rows
    python benchmarks/cohorts.py --rows 40000000         the whole size: some ten minutes and 10 GB of disk
    python benchmarks/cohorts.py --write                 also puts the figures into docs/benchmarks.md

Cells are made by the database from a seed, in a scratch database beside that of DATABASE_URL. All three give the same
answer or the command ends with 1. DuckDB is asked where it is installed. Times are milliseconds of wall clock in one
process, the median of nine after one to warm up.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")

import django  # noqa: E402 - after the settings

django.setup()

import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
from django.db import connection  # noqa: E402
from figures import write_section  # noqa: E402

from access_review.models import DatasetGrant, Project  # noqa: E402
from accounts.models import User  # noqa: E402
from ngrl.cohorts import vocabulary_of  # noqa: E402
from ngrl.criteria import read_criteria  # noqa: E402
from ngrl.models import ClinicalEdition, Dataset, DictionaryColumn, DictionaryTable, Release  # noqa: E402
from portal.kernel import clock  # noqa: E402
from research_env.saved_cohorts import count_for  # noqa: E402

TABLES, REPEATS, MOST_MS = 20, 9, 300.0
HEADING = "## Counts of cohorts"
QUESTION = {
    "all": [
        {"column": "table0.code", "codes": ["C5"], "descendants": True},
        {"column": "table1.code", "codes": ["C20", "C21", "C22"]},
        {"column": "table2.age", "from": 40, "to": 59},
    ]
}
# Each person has a code of 100 in each row; which one follows from the row's number, so that it is the same each time.
_CODE = "'C' || (abs(hashint8(n * 31 + %(column)s)) %% 100)"
_PEOPLE = """
INSERT INTO ngrl_participant (id, source_digest, sex, ancestry, family_role, consent_withdrawn_at)
SELECT n, lpad(n::text, 64, '0'), CASE n %% 2 WHEN 0 THEN 'female' ELSE 'male' END, 'Invented', 'singleton',
  CASE WHEN n %% 100 = 0 THEN now() END FROM generate_series(1, %(people)s) AS n;
INSERT INTO ngrl_enrolment (release_id, participant_id, dataset_id)
SELECT %(release)s, n, CASE WHEN n %% 4 = 0 THEN %(closed)s ELSE %(open)s END FROM generate_series(1, %(people)s) AS n;
"""
_CELLS = f"""
INSERT INTO cells.edition_%(edition)s (column_id, participant_id, row, code, number, is_present)
SELECT %(column)s, 1 + abs(hashint8(n + %(column)s)) %% %(people)s, n,
  CASE WHEN %(is_code)s THEN {_CODE} ELSE '' END,
  CASE WHEN NOT %(is_code)s THEN abs(hashint8(n * 17)) %% 90 END, true
FROM generate_series(1, %(rows)s) AS n
"""
_BY_HAND = """
SELECT count(*) FROM ngrl_participant p JOIN ngrl_enrolment e ON e.participant_id = p.id AND e.release_id = %(release)s
WHERE p.consent_withdrawn_at IS NULL AND e.dataset_id = %(open)s
  AND p.id IN (SELECT participant_id FROM ngrl_clinicalfact WHERE column_id = %(one)s AND code LIKE 'C5%%')
  AND p.id IN (SELECT participant_id FROM ngrl_clinicalfact WHERE column_id = %(two)s AND code IN ('C20', 'C21', 'C22'))
  AND p.id IN (SELECT participant_id FROM ngrl_clinicalfact WHERE column_id = %(three)s AND number BETWEEN 40 AND 59)
"""
_IN_DUCKDB = """
SELECT count(*) FROM 'people.parquet' p WHERE p.open
  AND p.id IN (SELECT person FROM 'one.parquet' WHERE code LIKE 'C5%')
  AND p.id IN (SELECT person FROM 'two.parquet' WHERE code IN ('C20', 'C21', 'C22'))
  AND p.id IN (SELECT person FROM 'three.parquet' WHERE number BETWEEN 40 AND 59)
"""


@contextmanager
def scratch_database() -> Iterator[None]:
    """A database that is there for this run alone."""
    connection.settings_dict["TEST"]["NAME"] = f"lectern_bench_cohorts_{os.getpid()}"
    old = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(old, verbosity=0)


def fill(people: int, rows: int) -> tuple[Project, Release, dict[str, int]]:
    """A published release, a project that may read three in four of its people, and the tables with their cells."""
    at = clock.now()
    release = Release.objects.create(reference="bench", name="Bench", assembly="GRCh38")
    datasets = [Dataset.objects.create(slug=slug, name=slug) for slug in ("open", "closed")]
    lead = User.objects.create(email="lead@bench.example", display_name="Invented Lead")
    project = Project.objects.create(
        reference="PRJ-2026-9001", title="Bench", lead=lead, starts_at=at, ends_at=at + timedelta(days=9)
    )
    DatasetGrant.objects.create(project=project, dataset=datasets[0], starts_at=at)
    edition = ClinicalEdition.objects.create(
        release=release, content_sha256="0" * 64, folder="bench", row_count=rows, loaded_at=at
    )
    values: dict[str, Any] = {"people": people, "release": release.pk, "rows": rows // TABLES}
    values |= {"open": datasets[0].pk, "closed": datasets[1].pk}
    values |= {"edition": edition.pk}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # the invented people refer to what is there
        cursor.execute(_PEOPLE, values)
        cursor.execute("RESET session_replication_role")
        cursor.execute("SELECT ngrl_begin_cells(%s)", [edition.pk])
        for number in range(TABLES):
            table = DictionaryTable.objects.create(
                edition=edition, position=number, name=f"table{number}", title=f"Table {number}", row_count=rows
            )
            is_code = number != 2
            column = DictionaryColumn.objects.create(
                table=table,
                position=0,
                name="code" if is_code else "age",
                title="Column",
                type="code" if is_code else "integer",
            )
            cursor.execute(_CELLS, {**values, "column": column.pk, "is_code": is_code})
            values |= {("one", "two", "three")[number]: column.pk} if number < 3 else {}
            print(f"table {number + 1} of {TABLES}", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT ngrl_end_cells(%s)", [edition.pk])
        cursor.execute("SELECT ngrl_make_marks(%s)", [edition.pk])
        cursor.execute("VACUUM ANALYZE")
    return project, release, values


def median_ms(ask: Callable[[], int]) -> tuple[float, int]:
    """Milliseconds, the median of REPEATS after one to warm up, and the answer."""
    answer, times = ask(), []
    for _ in range(REPEATS):
        began = time.perf_counter()
        ask()
        times.append(1_000 * (time.perf_counter() - began))
    return statistics.median(times), answer


def by_hand(values: dict[str, Any]) -> int:
    """The same count as somebody writes it who knows the tables."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_HAND, values)
        found: int = cursor.fetchone()[0]
        return found


def in_duckdb(folder: Path, values: dict[str, Any]) -> Callable[[], int] | None:
    """The same count over Parquet files of the three tables; None where DuckDB is not installed."""
    try:
        import duckdb
    except ImportError:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.consent_withdrawn_at IS NULL AND e.dataset_id = %(open)s FROM ngrl_participant p "
            "JOIN ngrl_enrolment e ON e.participant_id = p.id",
            values,
        )
        ids, is_open = zip(*cursor.fetchall(), strict=True)
        pq.write_table(pa.table({"id": ids, "open": is_open}), folder / "people.parquet")
        for name in ("one", "two", "three"):
            cursor.execute(
                "SELECT participant_id, code, number FROM ngrl_clinicalfact WHERE column_id = %s", [values[name]]
            )
            person, code, number = zip(*cursor.fetchall(), strict=True)
            pq.write_table(pa.table({"person": person, "code": code, "number": number}), folder / f"{name}.parquet")
    session = duckdb.connect()
    session.execute(f"SET file_search_path = '{folder}'")
    return lambda: int(session.execute(_IN_DUCKDB).fetchone()[0])


def compared(project: Project, release: Release, values: dict[str, Any], folder: Path) -> tuple[list[str], int, bool]:
    """A table of the count asked in each way; the answer; whether all give it, and Lectern within MOST_MS."""
    vocabulary, node = vocabulary_of(release), read_criteria(QUESTION)
    asked: dict[str, Callable[[], int] | None] = {
        "Lectern, through the project's scope": lambda: count_for(project, release, node, vocabulary),
        "SQL by hand": lambda: by_hand(values),
        "DuckDB on Parquet": in_duckdb(folder, values),
    }
    found = {name: median_ms(ask) for name, ask in asked.items() if ask}
    ours, answer = next(iter(found.values()))
    table = [
        "| | milliseconds | Lectern's time as a multiple |\n|---|---:|---:|",
        *(f"| {name} | {took:.0f} | {ours / took:.2f} |" for name, (took, _) in found.items()),
    ]
    same = len({count for _, count in found.values()}) == 1
    print("The answers are the same." if same else "THE ANSWERS DIFFER.")
    return table, answer, same and ours <= MOST_MS


def main() -> int:
    """Fill, ask, compare."""
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--people", type=int, default=100_000)
    wanted.add_argument("--rows", type=int, default=4_000_000)
    wanted.add_argument("--write", action="store_true")
    chosen = wanted.parse_args()
    with scratch_database(), tempfile.TemporaryDirectory() as folder:
        project, release, values = fill(chosen.people, chosen.rows)
        table, answer, is_good = compared(project, release, values, Path(folder))
    lines = [
        f"{HEADING}\n",
        f"Three conditions (a code with what is below it, one of three codes, an age) over {chosen.people:,} people "
        f"and {TABLES} tables with {chosen.rows:,} rows; {answer:,} people fit. "
        f"`python benchmarks/cohorts.py --rows {chosen.rows}`\n",
        *table,
    ]
    print("\n".join(lines))
    if chosen.write:
        write_section(HEADING, "\n".join(lines) + "\n")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
