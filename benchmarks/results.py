"""A stored result of a million carriers: what a page, a file and the making of it take in memory, bytes and time.

    python benchmarks/results.py                  a million rows; --rows for more
    python benchmarks/results.py --write          also puts the figures into docs/benchmarks.md
    python benchmarks/results.py --json           the same, for a program

Each task runs in a process of its own, first with a thousand rows to warm up, then with all of them. Memory is what the
peak of that process grows by between the two; bytes are what it read of files; times are of the CPU. Ends with 1
when a task needs more memory than it may, or when the last page reads more than the first by more than a row group.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))
sys.path.insert(0, str(CHECKOUT / "benchmarks"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")

import django  # noqa: E402 - after the settings

django.setup()

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
from django.core.files.storage import FileSystemStorage, default_storage  # noqa: E402
from figures import write_section  # noqa: E402

from research_env import engine, stored, tables, worker  # noqa: E402
from research_env.models import QueryResult  # noqa: E402
from research_env.results import PROJECT_CARRIERS_SCHEMA, csv_lines  # noqa: E402

HEADING = "## Results at scale"
ROWS, WARM_ROWS, PEOPLE, PARTS, PER_PAGE = 1_000_000, 1_000, 78_195, 8, 50
MOST_MB = 160  # what a task may add; the rows are some 700 MB as Python objects, 120 MB as Arrow
TASKS = ("pseudonyms", "merge", "first page", "last page", "last page by depth", "one variant", "CSV")


def part_of(first: int, rows: int, path: Path) -> None:
    """Carriers by column as a slice leaves them: rows `first` to `first + rows` of an invented whole."""
    with engine.GroupWriter(path, engine.CARRIERS_SCHEMA) as writer:
        for start in range(first, first + rows, 50_000):
            number = np.arange(start, min(start + 50_000, first + rows), dtype=np.int64)
            position = 10_000 + number // 20 * 7
            names = [f"chr7-{each}-A-G" for each in position]
            known = {
                "variant_id": names,
                "contig": ["chr7"] * number.size,
                "position_1based": position.astype(np.int32),
            }
            known |= {"ref": ["A"] * number.size, "alt": ["G"] * number.size, "zygosity": ["het"] * number.size}
            known |= {"sample": (number * 7_919 % PEOPLE).astype(np.uint32), "phased": [False] * number.size}
            known |= {name: (number * 31 % 97).astype(np.int32) for name in ("depth", "genotype_quality", "alt_depth")}
            columns = [pa.array(known[field.name], field.type) for field in engine.CARRIERS_SCHEMA]
            writer.write(pa.RecordBatch.from_arrays(columns, schema=engine.CARRIERS_SCHEMA))


def task_of(name: str, folder: Path, rows: int) -> Callable[[], Any]:
    """What is measured, on the files of that many rows."""
    here = folder / str(rows)
    parts = [here / f"{number}.parquet" for number in range(PARTS)]
    path = os.path.relpath(here / "whole.parquet", folder)
    whole = tables.StoredRows(QueryResult(variants_path=path, carriers_path=path, carrier_row_count=rows), "carriers")
    last = slice(rows - PER_PAGE, rows)
    shown = pa.array([f"P{number:08}" for number in range(PEOPLE)])
    tasks: dict[str, Callable[[], Any]] = {
        "pseudonyms": lambda: worker.write_under_pseudonyms(here / "by-column", here / "named", shown, lambda: None),
        "merge": lambda: engine.merge(parts, here / "merged", schema=PROJECT_CARRIERS_SCHEMA),
        "first page": lambda: whole[0:PER_PAGE],
        "last page": lambda: whole[last],
        "last page by depth": lambda: whole.order_by("-depth", tables.ROW)[last],
        "one variant": lambda: whole.filter(stored.is_variant(f"chr7-{10_000 + rows // 40 * 7}-A-G"))[0:PER_PAGE],
        "CSV": lambda: sum(1 for _ in csv_lines(whole.result, "carriers")),
    }
    return tasks[name]


def make(folder: Path, rows: int) -> None:
    """The files that the tasks start from."""
    here = folder / str(rows)
    here.mkdir()
    shown = pa.array([f"P{number:08}" for number in range(PEOPLE)])
    part_of(0, rows, here / "by-column")
    for number in range(PARTS):
        part_of(number * rows // PARTS, rows // PARTS, here / "part")
        worker.write_under_pseudonyms(here / "part", here / f"{number}.parquet", shown, lambda: None)
    count = engine.merge([here / f"{n}.parquet" for n in range(PARTS)], here / "whole.parquet")
    if count != rows:
        raise SystemExit(f"{count:,} rows were merged, not {rows:,}")


def bytes_read() -> int:
    """What this process has read of files until now."""
    return int(dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())["rchar"])


def peak_kb() -> int:
    """The most memory that this process has had; ru_maxrss would be that of whoever started it, if that had more."""
    known = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(known["VmHWM"].split()[0])


def measured(name: str, folder: Path, rows: int) -> dict[str, Any]:
    """One task, in this process."""
    default_storage._wrapped = FileSystemStorage(location=folder)
    task_of(name, folder, WARM_ROWS)()
    peak, read, began = peak_kb(), bytes_read(), time.process_time()
    answer = task_of(name, folder, rows)()
    milliseconds, read = (time.process_time() - began) * 1000, bytes_read() - read
    grown = (peak_kb() - peak) / 1024
    if name == "CSV" and answer != rows + 1:
        raise SystemExit(f"{answer:,} lines of CSV for {rows:,} rows")
    if "page" in name and len(answer) != PER_PAGE:
        raise SystemExit(f"{name} has {len(answer)} rows")
    return {"task": name, "memory_mb": round(grown, 1), "read_kb": round(read / 1024), "ms": round(milliseconds, 1)}


def all_measured(rows: int) -> list[dict[str, Any]]:
    """Every task, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), WARM_ROWS)
        make(Path(folder), rows)
        command = [sys.executable, __file__, "--rows", str(rows), "--folder", folder, "--task"]
        found = [subprocess.run([*command, name], check=True, capture_output=True, text=True).stdout for name in TASKS]
        group = pq.ParquetFile(Path(folder) / str(rows) / "whole.parquet").metadata.row_group(0)
        size = sum(group.column(each).total_compressed_size for each in range(group.num_columns))
    return [*map(json.loads, found), {"task": "row group", "read_kb": round(size / 1024)}]


def kept(figures: list[dict[str, Any]]) -> bool:
    """Whether memory is bounded, and the last page reads as little as the first."""
    of = {each["task"]: each for each in figures}
    more = of["last page"]["read_kb"] - of["first page"]["read_kb"]
    return all(of[name]["memory_mb"] <= MOST_MB for name in TASKS) and more <= of["row group"]["read_kb"]


def as_text(figures: list[dict[str, Any]], rows: int) -> str:
    """The section of docs/benchmarks.md."""
    lines = [
        HEADING,
        "",
        f"`python benchmarks/results.py --write`, {rows:,} carriers in one stored table, {PER_PAGE} rows a page.",
        f"Memory is what a process grows by over the same with {WARM_ROWS:,} rows, at most {MOST_MB} MB;",
        "bytes are what it read of files.",
        "",
        "| task | memory, MB | read, kB | CPU ms |",
        "|---|---|---|---|",
        *(f"| {e['task']} | {e['memory_mb']} | {e['read_kb']:,} | {e['ms']:,} |" for e in figures if "ms" in e),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure; print, and write where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.task:
        print(json.dumps(measured(arguments.task, arguments.folder, arguments.rows)))
        return 0
    figures = all_measured(arguments.rows)
    print(json.dumps(figures) if arguments.json else as_text(figures, arguments.rows))
    if arguments.write:
        write_section(HEADING, as_text(figures, arguments.rows))
    return 0 if kept(figures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
