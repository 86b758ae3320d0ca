"""Loads a generated release of clinical tables as an operator does: how fast, in how much memory, after what crash.

    python benchmarks/clinical_load.py                     100,000 people, 20 tables, 2 million rows
    python benchmarks/clinical_load.py --rows 40000000     the whole size: 15 GB of disk
    python benchmarks/clinical_load.py --write             also puts the figures into docs/benchmarks.md

The files are made from a seed: each row has a code and an age or a day. `load_clinical` runs in processes of its own on
a scratch database beside that of DATABASE_URL. The first finds a bad row, the second is killed when a third of
the tables is read, the third goes on from there, the fourth must change nothing. Then a cohort of three conditions is
counted as a project does, by SQL by hand and by DuckDB over the same cells as Parquet; all must give the same answer.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")

import django  # noqa: E402 - after the settings

django.setup()

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
from cohorts import compared, scratch_database  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from figures import write_section  # noqa: E402
from pyarrow import csv  # noqa: E402

from access_review.models import DatasetGrant, Project  # noqa: E402
from accounts.models import User  # noqa: E402
from ngrl.models import ClinicalFact, Dataset, DictionaryColumn, Release  # noqa: E402
from portal.kernel import clock  # noqa: E402

HEADING = "## Loading clinical tables"
REFERENCE = "bench"
MOST_MB = 1024
TABLES = 20
BATCH = 500_000
_TEXT = csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="none")


def person(number: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[str]:
    """Names of people at their source."""
    return [f"P{each:06d}" for each in number.tolist()]


def write_folder(folder: Path, people: int, rows: int) -> None:
    """A dictionary and its files, the same for the same numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    names = person(np.arange(people))
    listed = [
        f"{name}\t{('female', 'male')[place % 2]}\t{('open', 'closed')[place % 4 == 0]}"
        for place, name in enumerate(names)
    ]
    (folder / "people.tsv").write_text("\n".join(["participant\tsex\tdataset", *listed]) + "\n")
    dice, known = np.random.default_rng(1), pa.array(names)
    for number in range(TABLES):
        _write_table(folder / f"table{number}.tsv", number, rows // TABLES, known, dice)
    said = {"people": "people.tsv", "tables": [_declared(number) for number in range(TABLES)]}
    (folder / "dictionary.json").write_text(json.dumps(said))


def _has_days(number: int) -> bool:
    return number % 2 == 1


def _declared(number: int) -> dict[str, object]:
    second = (
        {"name": "seen_on", "type": "date"}
        if _has_days(number)
        else {"name": "age", "type": "integer", "unit": "years"}
    )
    columns = [{"name": "code", "type": "code", "code_system": "ICD-10"}, second]
    return {"name": f"table{number}", "file": f"table{number}.tsv", "columns": columns}


def _write_table(path: Path, number: int, rows: int, people: pa.Array[Any], dice: np.random.Generator) -> None:
    codes = pa.array([f"{letter}{place:02d}" for letter in "CEGI" for place in range(100)])
    with path.open("wb") as file:
        file.write(f"participant\tcode\t{'seen_on' if _has_days(number) else 'age'}\n".encode())
        for size in _sizes(rows):
            # Some codes are common and most are rare.
            drawn = np.minimum(dice.exponential(60, size).astype(np.int64), len(codes) - 1)
            cells = [people.take(pa.array(dice.integers(0, len(people), size))), codes.take(pa.array(drawn))]
            if _has_days(number):
                cells.append(pa.array(dice.integers(11_000, 20_000, size).astype(np.int32)).cast(pa.date32()))
            else:
                cells.append(pa.array(dice.integers(0, 90, size)))
            csv.write_csv(pa.table(cells, names=["a", "b", "c"]), file, _TEXT)


def _sizes(rows: int) -> Iterator[int]:
    while rows > 0:
        yield min(rows, BATCH)
        rows -= BATCH


def write_with_bad_row(folder: Path, source: Path, line: int) -> None:
    """The first table alone, with a row that cannot be: its code is none."""
    folder.mkdir()
    said = json.loads((source / "dictionary.json").read_text())
    (folder / "dictionary.json").write_text(json.dumps({**said, "tables": said["tables"][:1]}))
    (folder / "people.tsv").write_bytes((source / "people.tsv").read_bytes())
    with (source / "table0.tsv").open() as whole, (folder / "table0.tsv").open("w") as spoilt:
        spoilt.writelines("P000001\tcancer\t40\n" if place == line else row for place, row in enumerate(whole, 1))


@dataclass(frozen=True)
class Run:
    """One process that loaded: seconds of wall clock, megabytes at the most, how it ended, what it said."""

    seconds: float
    peak_mb: float
    status: int
    said: tuple[str, ...]


def load(state: Path, folder: Path, kill_at: str = "") -> Run:
    """Load in a process of its own; killed without a word when it says that `kill_at` is read."""
    began, said = time.perf_counter(), []
    name = str(connection.settings_dict["NAME"])
    with subprocess.Popen(
        [sys.executable, "-u", __file__, "--child", name, str(state), str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        for line in process.stdout:
            said.append(line.strip())
            print(f"{time.perf_counter() - began:7.1f} {line}", end="", flush=True)
            if kill_at and line.startswith(f"Read {kill_at}"):
                process.send_signal(signal.SIGKILL)
                break
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Run(time.perf_counter() - began, used.ru_maxrss / 1024, process.returncode, tuple(said))


def load_here(name: str, state: Path, folder: Path) -> None:
    """What the process does: the command, with files and ready tables in `state`."""
    connection.settings_dict["NAME"] = name
    files = {**settings.STORAGES["default"], "OPTIONS": {"location": str(state / "files")}}
    with override_settings(CLINICAL_WORK=str(state / "work"), STORAGES={**settings.STORAGES, "default": files}):
        call_command("load_clinical", str(folder), "--release", REFERENCE)


def size_of_library() -> tuple[int, int]:
    """Cells, and people, in the library."""
    return ClinicalFact.objects.count(), Release.objects.get(reference=REFERENCE).enrolments.count()


def measure(folder: Path, people: int, rows: int) -> tuple[list[str], bool]:
    """The lines of the report, and whether everything held."""
    source, state = folder / "source", folder / "state"
    write_folder(source, people, rows)
    bad_line = rows // TABLES - 77
    write_with_bad_row(folder / "bad", source, bad_line)
    Release.objects.create(reference=REFERENCE, name="Bench", assembly="GRCh38")
    bad = load(state, folder / "bad")
    killed = load(state, source, f"table{TABLES // 3}.tsv")
    nothing_yet = size_of_library() == (0, 0)
    whole = load(state, source)
    loaded = size_of_library()
    again = load(state, source)
    read_anew = sum(line.startswith("Read ") for line in whole.said)
    peak = max(each.peak_mb for each in (bad, killed, whole, again))
    held = {
        f"A row that cannot be was told by file and line ({bad.seconds:.0f} s)": bad.status != 0
        and any(f"table0.tsv, line {bad_line:,}:" in line for line in bad.said),
        f"Killed after {TABLES // 3 + 1} tables ({killed.seconds:.0f} s), it left nothing in the library": nothing_yet,
        f"The next load read the other {read_anew} tables and finished": whole.status == 0
        and read_anew == TABLES - TABLES // 3 - 1,
        f"Loading once more changed nothing ({again.seconds:.0f} s)": again.status == 0 and size_of_library() == loaded,
        f"At most {peak:,.0f} MB of memory": peak <= MOST_MB,
    }
    seconds = killed.seconds + whole.seconds
    with connection.cursor() as cursor:
        cursor.execute("SHOW fsync")
        (fsync,) = cursor.fetchone()
    lines = [
        f"{people:,} people, {TABLES} tables, {rows:,} rows with two cells each, in {seconds / 60:.1f} minutes of two "
        f"runs ({rows / seconds:,.0f} rows a second). "
        f"`python benchmarks/clinical_load.py --rows {rows}`, fsync {fsync}.\n",
        *(f"- {told}: {'yes' if is_so else 'NO'}." for told, is_so in held.items()),
    ]
    return lines, all(held.values())


def counted(folder: Path) -> tuple[list[str], bool]:
    """How long a count takes of what was loaded, as lines of a table, and whether the answers are the same."""
    at, release = clock.now(), Release.objects.get(reference=REFERENCE)
    lead = User.objects.create(email="lead@bench.example", display_name="Invented Lead")
    project = Project.objects.create(
        reference="PRJ-2026-9001", title="Bench", lead=lead, starts_at=at, ends_at=at + timedelta(days=9)
    )
    granted = Dataset.objects.get(slug="open")
    DatasetGrant.objects.create(project=project, dataset=granted, starts_at=at)
    values: dict[str, Any] = {"release": release.pk, "open": granted.pk}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ngrl_participant SET consent_withdrawn_at = now() WHERE id % 100 = 0")
        cursor.execute("VACUUM ANALYZE")
    for name, table, column in (("one", 0, "code"), ("two", 1, "code"), ("three", 2, "age")):
        values[name] = DictionaryColumn.objects.get(table__name=f"table{table}", name=column).pk
    table, answer, is_good = compared(project, release, values, folder)
    return [f"\nA cohort of three conditions over them, which {answer:,} people fit:\n", *table], is_good


def main() -> int:
    """Generate, load, count, tell."""
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--people", type=int, default=100_000)
    wanted.add_argument("--rows", type=int, default=2_000_000)
    wanted.add_argument("--write", action="store_true")
    chosen = wanted.parse_args()
    with scratch_database(), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines, held = measure(folder, chosen.people, chosen.rows)
        counts, is_quick = counted(folder)
    report = "\n".join([f"{HEADING}\n", *lines, *counts])
    print(report)
    if chosen.write:
        write_section(HEADING, f"{report}\n")
    return 0 if held and is_quick else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        load_here(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
        sys.exit(0)
    sys.exit(main())
