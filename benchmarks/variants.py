"""The engine's columns against whatever else a researcher could ask, in one run, with answers checked equal.

python benchmarks/variants.py                  the files of ../shared/data/vcf and a simulated one
python benchmarks/variants.py FILE.vcf.gz ...  your own: bgzipped, with a .tbi beside it, one contig
python benchmarks/variants.py --sets FOLDER    slices of the simulated sets A, B and C, made by ../shared/tools
python benchmarks/variants.py --write          also puts the figures into docs/benchmarks.md

Peers: bcftools on the VCF with its own index, with a fine index (256 bases) and on BCF; cyvcf2, pgenlib, vcztools and
DuckDB where they are installed.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import engine
import pysam
from engine import Subject
from figures import write_section
from measuring import REPEATS, SLOW_SECONDS, measured, pipe
from peers import bcftools, cyvcf2, duckdb, pgenlib, vcztools
from questions import QUESTIONS, SMALL_RECORDS, Asked, Asks, engine_asks
from simulated_sets import simulated_sets

HEADING: Final = "## Columns against every peer"
OPTIONAL: Final = ("cyvcf2", "pgenlib", "duckdb", "vcztools")
FINE_SHIFT: Final = 8


@dataclass
class Figure:
    """One question of one file: our time and, by name, that of each peer, in CPU seconds."""

    file: str
    question: str
    ours: float
    peers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class File:
    """What is said of a file beside its figures."""

    name: str
    people: int
    records: int
    columns_share: float
    not_asked: tuple[str, ...]

    @property
    def share(self) -> str:
        """As a fraction where it is small."""
        return f"1/{1 / self.columns_share:.0f}" if self.columns_share < 0.1 else f"{self.columns_share:.1g}"


def prepare(path: Path, scratch: Path) -> tuple[Asked, dict[str, Asks]]:
    """Make columns, a fine index, a BCF and what other peers read; by peer, how each is asked."""
    plain = engine.describe(path)
    listed = scratch / "cohort.txt"
    listed.write_text("".join(f"{plain.names[index]}\n" for index in plain.cohort.indexes))
    columnar = engine.in_columns(plain, scratch / "columns")
    found = engine.engine_counts(columnar)
    single = next(row for row in found if row[3] != "0" and engine.stands_alone(plain, row))
    small = small_region([int(row[0]) for row in found])
    asked = Asked(columnar, scratch, listed, single, small, some_person(columnar))
    fine, bcf = scratch / "fine.vcf.gz", scratch / "file.bcf"
    fine.symlink_to(path.resolve())
    subprocess.run(["bcftools", "index", "-c", "-m", str(FINE_SHIFT), fine], check=True)
    subprocess.run(["bcftools", "view", "-Ob", "-o", bcf, path], check=True)
    subprocess.run(["bcftools", "index", bcf], check=True)
    return asked, {
        "bcftools +fill-tags, VCF": bcftools.ingest_asks(asked),
        "bcftools, VCF": bcftools.asks(asked),
        "bcftools, VCF, fine index": bcftools.asks(asked.at(fine)),
        "bcftools, BCF": bcftools.asks(asked.at(bcf)),
        "cyvcf2, VCF": cyvcf2.asks(asked),
        "pgenlib, PGEN": pgenlib.asks(asked),
        "DuckDB, Parquet": duckdb.asks(asked),
        "vcztools, Zarr": vcztools.asks(asked),
    }


def some_person(columnar: Subject) -> int:
    """Who of the cohort carries most rare alleles, so that no question about a person has an empty answer."""
    carried = Counter(row[3] for row in engine.engine_carriers(columnar, by_quality=False))
    names = (columnar.names[index] for index in columnar.cohort.indexes)
    return columnar.names.index(max(names, key=carried.__getitem__))


def small_region(positions: list[int]) -> tuple[int, int] | None:
    """A region of about SMALL_RECORDS alleles in the middle, where the file is much larger."""
    first = (len(positions) - SMALL_RECORDS) // 2
    return (positions[first], positions[first + SMALL_RECORDS - 1]) if 2 * first > SMALL_RECORDS // 2 else None


def compare(path: Path) -> tuple[list[Figure], File, bool]:
    """Figures of one file, what its columns weigh, and whether all answers were equal."""
    figures: list[Figure] = []
    all_equal = True
    with tempfile.TemporaryDirectory(prefix="lectern-variants-") as folder:
        asked, peers = prepare(path, Path(folder))
        ours = engine_asks(asked)
        for question in asked.questions:
            seconds, answer = measured(ours[question])
            figure = Figure(path.name, question, seconds)
            for name, asks in peers.items():
                if question not in asks:
                    continue
                figure.peers[name], theirs = measured(asks[question])
                all_equal &= theirs == answer
                verdict = f"equal ({len(answer):,} rows)" if theirs == answer else "DIFFERENT"
                times = f"{seconds * 1000:8.1f} ms {figure.peers[name] * 1000:9.1f} ms"
                print(f"{path.name:36.36} {question:24} {name:26} {times}  {verdict}", flush=True)
            figures.append(figure)
        size = sum(each.stat().st_size for each in (Path(folder) / "columns").iterdir())
    names = tuple(question for question in QUESTIONS if question not in asked.questions)
    people, records = len(asked.subject.names), asked.subject.record_count
    return figures, File(path.name, people, records, size / path.stat().st_size, names), all_equal


def as_text(figures: list[Figure], files: list[File]) -> str:
    """The section of docs/benchmarks.md: a table for few files, medians over many."""
    told = (
        f"`python benchmarks/variants.py --write`, {len(files)} files; CPU milliseconds of all processes, median of "
        f"{REPEATS} after a warm-up; what takes more than {SLOW_SECONDS:.0f} seconds is run once. {versions()}. "
        f"“Times less” is the peer's time divided by ours. Every answer was equal. {not_asked(files)}"
    )
    rows = list(each_file(figures, files) if len(files) < 4 else over_files(figures))
    sizes = [f"| {each.name} | {each.people:,} | {each.records:,} | {each.share} |" for each in files]
    size_head = "| file | people | records | columns, as a share of the VCF |\n|---|---|---|---|"
    return "\n".join([HEADING, "", told, "", *rows, "", size_head, *sizes, ""])


def each_file(figures: list[Figure], files: list[File]) -> Iterator[str]:
    """A row for each question and peer, with columns for each file."""
    yield "| question | peer |" + "".join(f" {file.people:,} people: ours | peer's | times less |" for file in files)
    yield "|---|---|" + "---|---|---|" * len(files)
    for question, peer in pairs(figures):
        cells = []
        for file in files:
            one = next((f for f in figures if (f.file, f.question) == (file.name, question) and peer in f.peers), None)
            cells += told_times(one.ours, one.peers[peer]) if one else ["", "", ""]
        yield f"| {question} | {peer} | {' | '.join(cells)} |"


def told_times(ours: float, theirs: float) -> list[str]:
    """Milliseconds of both and their ratio, with no more digits than say something."""
    return [f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 10 else f"{value:.0f}"
            for value in (ours * 1000, theirs * 1000, theirs / ours)]  # fmt: skip


def over_files(figures: list[Figure]) -> Iterator[str]:
    """A row for each question and peer: medians over the files, and the worst of them."""
    yield "| question | peer | ours | peer's | times less, median | worst file |\n|---|---|---|---|---|---|"
    for question, peer in pairs(figures):
        times = [(each.ours, each.peers[peer]) for each in figures if each.question == question and peer in each.peers]
        ratios = [theirs / ours for ours, theirs in times]
        ours, theirs = (statistics.median(column) for column in zip(*times, strict=True))
        cells = [*told_times(ours, theirs)[:2], f"{statistics.median(ratios):.2g}", f"{min(ratios):.2g}"]
        yield f"| {question} | {peer} | {' | '.join(cells)} |"


def pairs(figures: list[Figure]) -> list[tuple[str, str]]:
    """Questions with their peers, by question."""
    found = dict.fromkeys((figure.question, peer) for figure in figures for peer in figure.peers)
    return sorted(found, key=lambda pair: QUESTIONS.index(pair[0]))


def versions() -> str:
    """Of whom we compare with."""
    installed = [f"{name} {version(name)}" for name in OPTIONAL if find_spec(name)]
    program = pipe([["bcftools", "--version"]]).splitlines()[0]
    return ", ".join([program, *installed, f"Python {platform.python_version()}"])


def not_asked(files: list[File]) -> str:
    """What is missing from the table, and why, in sentences."""
    told = [f"{name} is not installed." for name in OPTIONAL if not find_spec(name)]
    told += [
        vcztools.REFUSES,
        "DuckDB and pgenlib are not asked about quality: their files have none of people who carry nothing.",
    ]
    for question in dict.fromkeys(name for file in files for name in file.not_asked):
        lacking = sum(question in file.not_asked for file in files)
        told.append(f"{question} is not asked of {lacking} of the files, for want of what it needs.")
    return " ".join(told)


def main() -> int:
    """Compare each file, tell, and write where asked. Ends with 1 when an answer differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE.vcf.gz")
    parser.add_argument("--sets", type=Path, metavar="FOLDER", help="make slices of the simulated sets there")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    given = parser.parse_args()
    pysam.set_verbosity(0)
    figures: list[Figure] = []
    files, all_equal = [], True
    asked = [*given.files, *(simulated_sets(given.sets) if given.sets else [])]
    with tempfile.TemporaryDirectory(prefix="lectern-benchmark-") as folder:
        for path in engine.subjects(asked, Path(folder)):
            found, file, is_equal = compare(path)
            figures += found
            files.append(file)
            all_equal &= is_equal
    text = as_text(figures, files)
    print(text if all_equal else "Answers differ: see above.")
    if given.write and all_equal:
        write_section(HEADING, text)
    return 0 if all_equal else 1


if __name__ == "__main__":
    raise SystemExit(main())
