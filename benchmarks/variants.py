"""The engine's columns against whatever else a researcher could ask, in one run, with answers checked equal.

python benchmarks/variants.py                  the files of ../shared/data/vcf and a simulated one
python benchmarks/variants.py FILE.vcf.gz ...  your own: bgzipped, with a .tbi beside it, one contig
python benchmarks/variants.py --write          also puts the figures into docs/benchmarks.md

Peers: bcftools on the VCF with its own index, with a fine index (256 bases) and on BCF; cyvcf2, pgenlib and DuckDB
where they are installed.
"""

from __future__ import annotations

import argparse
import importlib
import platform
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import engine as questions
import numpy as np
import pysam
from engine import Answer, Ask, Subject, measured, pipe, where
from figures import write_section
from peers import columns_of, duckdb_asks, pgenlib_asks

from research_env.engine import Filters, build_columns, open_release, person_variants

HEADING: Final = "## Columns against every peer"
NOT_ASKED: Final = "Not asked: vcztools, whose form of a file takes minutes to make."
OPTIONAL: Final = ("cyvcf2", "pgenlib", "duckdb")
FINE_SHIFT: Final = 8
Peers = Mapping[str, Subject]
AsksOf = Callable[[Subject], Ask]


@dataclass
class Figure:
    """One question of one file: our time and, by name, that of each peer, in CPU seconds."""

    file: str
    question: str
    ours: float
    peers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Files:
    """A file under test in all its forms: the VCF, with columns, and as each bcftools peer reads it."""

    plain: Subject
    columnar: Subject
    peers: Peers
    listed: Path
    columns_bytes: int
    others: Mapping[str, Mapping[str, Ask]]  # by peer and question


def prepare(path: Path, scratch: Path) -> Files:
    """Make columns, a fine index and a BCF of a file, and write down its cohort."""
    plain = questions.describe(path)
    listed = scratch / "cohort.txt"
    listed.write_text("".join(f"{plain.names[index]}\n" for index in plain.cohort.indexes))
    columnar = questions.in_columns(plain, scratch / "columns")
    fine, bcf = scratch / "fine.vcf.gz", scratch / "file.bcf"
    fine.symlink_to(path.resolve())
    subprocess.run(["bcftools", "index", "-c", "-m", str(FINE_SHIFT), fine], check=True)
    subprocess.run(["bcftools", "view", "-Ob", "-o", bcf, path], check=True)
    subprocess.run(["bcftools", "index", bcf], check=True)
    peers = {"VCF": plain, "VCF, fine index": replace(plain, path=fine), "BCF": replace(plain, path=bcf)}
    size = sum(each.stat().st_size for each in (scratch / "columns").iterdir())
    others = {
        "pgenlib, PGEN": pgenlib_asks(columnar, scratch),
        "DuckDB, Parquet": duckdb_asks(columnar, scratch),
    }
    return Files(plain, columnar, peers, listed, size, others)


def asked_of(files: Files) -> Iterator[tuple[str, Ask, dict[str, Ask]]]:
    """Each question with our way to answer it and those of the peers."""
    found = questions.engine_counts(files.columnar)
    single = next(row for row in found if row[3] != "0" and questions.stands_alone(files.plain, row))

    def bcftools(ask: AsksOf) -> dict[str, Ask]:
        return {f"bcftools, {name}": ask(subject) for name, subject in files.peers.items()}

    q1 = bcftools(lambda subject: partial(questions.bcftools_counts, subject, files.listed))
    ingest = {"bcftools +fill-tags, VCF": partial(bcftools_ingest, files.plain)}
    if find_spec("cyvcf2"):
        q1["cyvcf2, VCF"] = partial(cyvcf2_counts, files.plain)
        ingest["cyvcf2, VCF, genotypes and DP, GQ, AD"] = partial(cyvcf2_ingest, files.plain)
    q1 |= {peer: asks["Q1 counts"] for peer, asks in files.others.items() if "Q1 counts" in asks}
    yield "Q1 counts", partial(questions.engine_counts, files.columnar), q1
    carriers = bcftools(lambda subject: partial(questions.bcftools_carriers, subject, files.listed, by_quality=False))
    yield "Q2 carriers", partial(questions.engine_carriers, files.columnar, by_quality=False), carriers
    point = bcftools(lambda subject: partial(questions.bcftools_point, subject, files.listed, single))
    yield "Q3 one variant", partial(questions.engine_point, files.columnar, single), point
    person = bcftools(lambda each: partial(bcftools_person, each))
    person |= {peer: asks["Q4 one person"] for peer, asks in files.others.items() if "Q4 one person" in asks}
    yield "Q4 one person", partial(engine_person, files.columnar), person
    yield "ingest", partial(engine_ingest, files.plain), ingest


def engine_person(subject: Subject) -> Answer:
    """Q4: what the first person of the cohort carries in the whole span."""
    with open_release(subject.source) as release:
        table = person_variants(release, [subject.region], person_of(subject), Filters(pass_only=False))
    return sorted(zip(*(map(str, table[name].to_pylist()) for name in ("position_1based", "ref", "alt")), strict=True))


def person_of(subject: Subject) -> int:
    """The first person of the random cohort."""
    return int(subject.cohort.indexes[0])


def bcftools_person(subject: Subject) -> Answer:
    """Q4 by bcftools; sites are split only where a file needs it."""
    split = [["bcftools", "norm", "-m", "-any", "-Ou"]] if subject.has_multi_allelic else []
    name = subject.names[person_of(subject)]
    text = pipe(
        [
            ["bcftools", "view", *where(subject), "-s", name, "-Ou", str(subject.path)],
            *split,
            ["bcftools", "query", "-i", 'GT="alt"', "-f", "%POS\\t%REF\\t%ALT\\n"],
        ]
    )
    rows = [tuple(line.split("\t")) for line in text.splitlines()]
    return sorted(row for row in rows if row[2].isalpha())


def engine_ingest(subject: Subject) -> Answer:
    """Columns made anew; the answer is the allele count in the whole file, as the columns hold it."""
    (chunk,) = subject.source.chunks
    with tempfile.TemporaryDirectory() as scratch:
        build_columns(chunk, len(subject.names), Path(scratch) / "columns")
        columns = columns_of(replace(subject, columns_path=str(Path(scratch) / "columns")))
        columns.need(np.arange(columns.manifest.rows))
        rows = np.arange(columns.manifest.rows)
        words = columns.words(rows, ["ref", "alt"])
        position, count = (columns.values(name, rows).tolist() for name in ("position_1based", "allele_count"))
        told = (position, *(words[name].to_pylist() for name in ("ref", "alt")), count)
        return [tuple(map(str, row)) for row in zip(*told, strict=True)]


def bcftools_ingest(subject: Subject) -> Answer:
    """Every genotype of the file read and counted once, as +fill-tags does."""
    text = pipe(
        [
            ["bcftools", "+fill-tags", "-Ou", str(subject.path), "--", "-t", "AC,AN,AC_Hom"],
            ["bcftools", "query", "-f", "%POS\\t%REF\\t%ALT\\t%AC\\n"],
        ]
    )
    rows: Answer = []
    for position, ref, alts, counts in (line.split("\t") for line in text.splitlines()):
        pairs = zip(alts.split(","), counts.split(","), strict=True)
        rows += [(position, ref, alt, count) for alt, count in pairs if alt.isalpha()]
    return rows


def cyvcf2_counts(subject: Subject) -> Answer:
    """Q1 by cyvcf2 and numpy."""
    reader: Any = importlib.import_module("cyvcf2").VCF(str(subject.path))
    members = subject.cohort.indexes
    rows: Answer = []
    for variant in reader:
        alleles = variant.genotype.array()[members, :-1]
        called = (alleles >= 0).sum(axis=1)
        for number, alt in enumerate(variant.ALT, 1):
            copies = (alleles == number).sum(axis=1)
            homozygous = int(((copies == called) & (called > 1)).sum())
            told = (variant.POS, variant.REF, alt, int(copies.sum()), int(called.sum()), homozygous)
            if alt.isalpha():
                rows.append(tuple(map(str, told)))
    return rows


def cyvcf2_ingest(subject: Subject) -> Answer:
    """Every genotype, depth, quality and allele depth of the file read once; the allele counts."""
    reader: Any = importlib.import_module("cyvcf2").VCF(str(subject.path))
    rows: Answer = []
    for variant in reader:
        alleles = variant.genotype.array()[:, :-1]
        for key in ("DP", "GQ", "AD"):
            if key in variant.FORMAT:
                variant.format(key)
        for number, alt in enumerate(variant.ALT, 1):
            if alt.isalpha():
                rows.append(tuple(map(str, (variant.POS, variant.REF, alt, int((alleles == number).sum())))))
    return rows


def compare(path: Path) -> tuple[list[Figure], str, bool]:
    """Figures of one file, what its columns weigh, and whether all answers were equal."""
    figures: list[Figure] = []
    all_equal = True
    with tempfile.TemporaryDirectory(prefix="lectern-variants-") as scratch:
        files = prepare(path, Path(scratch))
        for question, ours, peers in asked_of(files):
            seconds, answer = measured(ours)
            figure = Figure(path.name, question, seconds)
            for name, ask in peers.items():
                figure.peers[name], theirs = measured(ask)
                all_equal &= theirs == answer
                verdict = f"equal ({len(answer):,} rows)" if theirs == answer else "DIFFERENT"
                times = f"{seconds * 1000:8.1f} ms {figure.peers[name] * 1000:8.1f} ms"
                print(f"{path.name:42.42} {question:15} {name:26} {times}  {verdict}", flush=True)
            figures.append(figure)
        share = files.columns_bytes / path.stat().st_size
    people, records = len(files.plain.names), files.plain.record_count
    return figures, f"| {path.name} | {people:,} | {records:,} | {share:.2f} |", all_equal


def as_text(figures: list[Figure], sizes: list[str], program: str) -> str:
    """The section of docs/benchmarks.md."""
    keys = dict.fromkeys((figure.question, peer) for figure in figures for peer in figure.peers)
    rows = []
    for question, peer in keys:
        times = [(each.ours, each.peers[peer]) for each in figures if each.question == question and peer in each.peers]
        ratios = [theirs / ours for ours, theirs in times]
        ours, theirs = (statistics.median(column) * 1000 for column in zip(*times, strict=True))
        rows.append(
            f"| {question} | {peer} | {ours:.1f} | {theirs:.1f} | {statistics.median(ratios):.1f} | {min(ratios):.1f} |"
        )
    told = (
        f"`python benchmarks/variants.py --write`, {len(sizes)} files; CPU milliseconds of all processes, median of "
        f"{questions.REPEATS} after a warm-up, then the median over the files; {program}, Python "
        f"{platform.python_version()}. “Times less” is the peer's time divided by ours. Every answer was equal. "
        f"{NOT_ASKED}"
    )
    head = "| question | peer | ours | peer's | times less, median | worst file |\n|---|---|---|---|---|---|"
    size_head = "| file | people | records | columns, as a share of the VCF |\n|---|---|---|---|"
    return "\n".join([HEADING, "", told, "", head, *rows, "", size_head, *sizes, ""])


def main() -> int:
    """Compare each file, tell, and write where asked. Ends with 1 when an answer differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE.vcf.gz")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    asked = parser.parse_args()
    program = pipe([["bcftools", "--version"]]).splitlines()[0]
    absent = [name for name in OPTIONAL if not find_spec(name)]
    print(NOT_ASKED, *(f"Skipped: {name}, which is not installed." for name in absent), sep="\n")
    pysam.set_verbosity(0)
    figures: list[Figure] = []
    sizes, all_equal = [], True
    with tempfile.TemporaryDirectory(prefix="lectern-benchmark-") as folder:
        for path in questions.subjects(asked.files, Path(folder)):
            found, size, is_equal = compare(path)
            figures += found
            sizes.append(size)
            all_equal &= is_equal
    text = as_text(figures, sizes, program)
    print(text)
    if asked.write and all_equal:
        write_section(HEADING, text)
    return 0 if all_equal else 1


if __name__ == "__main__":
    raise SystemExit(main())
