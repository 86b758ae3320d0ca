"""The variant engine against bcftools on the same questions, in one run: CPU times, their ratio, and equal answers.

python benchmarks/engine.py                  the files of ../shared/data/vcf and a simulated one
python benchmarks/engine.py FILE.vcf.gz ...  your own bgzipped, indexed files
python benchmarks/engine.py --constants      the constants of research_env/engine/planning.py
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pysam
from measuring import REPEATS, Answer, Ask, measured, pipe

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from research_env.engine import (  # noqa: E402 - after the path of the checkout
    ChunkSource,
    Cohort,
    Filters,
    Region,
    ReleaseSource,
    Variant,
    build_columns,
    canonical_contig,
    carriers,
    counts,
    detect_annotation,
    open_release,
    plan,
    run_slice,
)

REAL_DATA = Path(os.environ.get("LECTERN_REAL_DATA", CHECKOUT.parent / "shared" / "data"))
SAMPLES, RECORDS, SEED = 2_504, 5_000, 20_261_123
SHARE_OF_SAMPLES = 0.2
RARE, GOOD_QUALITY = 0.00123, 20  # an odd bound: bcftools keeps AF as a 32-bit float
HEADER = """##fileformat=VCFv4.3
##contig=<ID=chr20,length=64444167>
##FILTER=<ID=low,Description="Low">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\t"""
COUNTED = "%POS\\t%REF\\t%ALT\\t%AC\\t%AN\\t%AC_Hom\\n"


@dataclass(frozen=True)
class Subject:
    """A file under test: its contig as written, its span, its samples and the random cohort."""

    path: Path
    contig: str
    span: tuple[int, int]
    names: list[str]
    has_quality: bool
    has_multi_allelic: bool
    record_count: int
    annotation: str = ""
    consequence_fields: tuple[str, ...] = ()  # of CSQ, where each line has the entry of one transcript
    columns_path: str = ""
    asked: tuple[int, int] | None = None  # a region, where it is not the whole span

    @cached_property
    def cohort(self) -> Cohort:
        size = max(1, int(SHARE_OF_SAMPLES * len(self.names)))
        return Cohort.from_indexes(
            len(self.names), np.random.default_rng(1).choice(len(self.names), size, False).tolist()
        )

    @property
    def source(self) -> ReleaseSource:
        chunk = ChunkSource(
            str(self.path),
            f"{self.path}.tbi",
            self.contig,
            *self.span,
            annotation=self.annotation,
            columns_path=self.columns_path,
        )
        assembly = "GRCh37" if "GRCh37" in self.path.name else "GRCh38"
        return ReleaseSource(assembly, len(self.names), np.zeros(len(self.names), dtype=np.uint8), (chunk,))

    @property
    def region(self) -> Region:
        return Region(canonical_contig(self.contig), *(self.asked or self.span))


def describe(path: Path) -> Subject:
    """Read what the benchmark has to know of a file with one contig."""
    positions: list[int] = []
    has_multi_allelic = has_choice = False
    with pysam.TabixFile(str(path)) as file:
        header = list(file.header)
        for line in file.fetch(file.contigs[0]):
            _, position, _, _, alts, _, _, info, _ = line.split("\t", 8)
            positions.append(int(position))
            has_multi_allelic |= "," in alts
            has_choice |= "," in info.partition("CSQ=")[2].partition(";")[0]
        contig = file.contigs[0]
    return Subject(
        path=path,
        contig=contig,
        span=(positions[0], positions[-1]),
        names=header[-1].split("\t")[9:],
        has_quality=any(line.startswith("##FORMAT=<ID=GQ,") for line in header),
        has_multi_allelic=has_multi_allelic,
        record_count=len(positions),
        annotation=detect_annotation(header),
        consequence_fields=() if has_multi_allelic or has_choice else consequence_fields(header),
    )


def consequence_fields(header: Sequence[str]) -> tuple[str, ...]:
    """What an entry of CSQ holds, as VEP declares it; nothing where it does not."""
    declared = next((line for line in header if line.startswith("##INFO=<ID=CSQ,")), "")
    names = declared.partition("Format: ")[2].rstrip('">').split("|")
    return tuple(names) if "Consequence" in names and "SYMBOL" in names else ()


def simulate(folder: Path) -> Path:
    """A seeded VCF of SAMPLES x RECORDS with GT:DP:GQ:AD, mostly rare alleles, some missing and failing calls."""
    random = np.random.default_rng(SEED)
    depths = random.poisson(33, 4_096)
    pool = np.array([f"0/0:{depth}:{min(99, 3 * depth)}:{depth},0" for depth in depths], dtype=object)
    plain = folder / "simulated.vcf"
    with plain.open("w") as out:
        out.write(HEADER + "\t".join(["FORMAT", *(f"S{sample}" for sample in range(SAMPLES))]))
        for number in range(RECORDS):
            cells = pool[random.integers(0, pool.size, SAMPLES)]
            frequency = min(0.5, 10 ** random.uniform(-4.5, 0))
            copies = random.binomial(2, frequency, SAMPLES)
            for sample in np.flatnonzero(copies):
                depth, quality = int(random.poisson(33)), int(random.integers(5, 100))
                alt = depth if copies[sample] == 2 else depth // 2
                cells[sample] = f"{'0/1' if copies[sample] == 1 else '1/1'}:{depth}:{quality}:{depth - alt},{alt}"
            cells[random.random(SAMPLES) < 0.003] = "./.:0:0:0,0"
            verdict = "PASS" if random.random() < 0.95 else "low"
            out.write(f"\nchr20\t{100_000 + 20 * number}\t.\tA\tG\t50\t{verdict}\t.\tGT:DP:GQ:AD\t" + "\t".join(cells))
        out.write("\n")
    path = folder / f"simulated_{SAMPLES}x{RECORDS}.vcf.gz"
    pysam.tabix_compress(str(plain), str(path), force=True)
    plain.unlink()
    pysam.tabix_index(str(path), preset="vcf", force=True)
    return path


def engine_counts(subject: Subject) -> Answer:
    """Q1 by the engine."""
    with open_release(subject.source) as release:
        table = counts(release, [subject.region], subject.cohort, Filters(pass_only=False, keep_absent=True))
    names = ("position_1based", "ref", "alt", "allele_count", "allele_number", "hom_count")
    columns = [table[name].to_pylist() for name in names]
    return [tuple(map(str, row)) for row in zip(*columns, strict=True)]


def bcftools_counts(subject: Subject, listed: Path) -> Answer:
    """Q1 by bcftools; alleles of one site come as lists, AC_Hom counts two alleles a person."""
    text = pipe(
        [
            ["bcftools", "view", *where(subject), "-S", str(listed), "-Ou", str(subject.path)],
            ["bcftools", "+fill-tags", "-Ou", "--", "-t", "AC,AN,AC_Hom"],
            ["bcftools", "query", "-f", COUNTED],
        ]
    )
    return counted_rows(text)


def counted_rows(text: str) -> Answer:
    """The rows of Q1 from lines of COUNTED."""
    rows: Answer = []
    for line in text.splitlines():
        position, ref, alts, ac, an, hom = line.split("\t")
        for alt, copies, homozygous in zip(alts.split(","), ac.split(","), hom.split(","), strict=True):
            if alt.isalpha():
                rows.append((position, ref, alt, copies, an, str(int(homozygous) // 2)))
    return rows


def in_columns(subject: Subject, folder: Path) -> Subject:
    """The same file, its columns made."""
    (chunk,) = subject.source.chunks
    build_columns(chunk, len(subject.names), folder)
    return replace(subject, columns_path=str(folder))


def engine_point(subject: Subject, row: tuple[str, ...]) -> Answer:
    """Q3 by the engine: the counts of one variant."""
    position, ref, alt = int(row[0]), row[1], row[2]
    target = Variant(canonical_contig(subject.contig), position, ref, alt)
    with open_release(subject.source) as release:
        table = counts(release, [target], subject.cohort, Filters(pass_only=False))
    return [tuple(str(table[name][0].as_py()) for name in ("position_1based", "allele_count", "allele_number"))]


def bcftools_point(subject: Subject, listed: Path, row: tuple[str, ...]) -> Answer:
    """Q3 by bcftools, at a site with one alternative."""
    place = ["-r", f"{subject.contig}:{row[0]}", "--regions-overlap", "0"]
    text = pipe(
        [
            ["bcftools", "view", *place, "-S", str(listed), "-Ou", str(subject.path)],
            ["bcftools", "+fill-tags", "-Ou", "--", "-t", "AC,AN"],
            ["bcftools", "query", "-f", "%POS\\t%AC\\t%AN\\n"],
        ]
    )
    return [tuple(line.split("\t")) for line in text.splitlines()]


def engine_carriers(subject: Subject, *, by_quality: bool) -> Answer:
    """Q2 by the engine."""
    quality = GOOD_QUALITY if by_quality else None
    asked = Filters(max_allele_frequency=RARE, min_genotype_quality=quality)
    rows: Answer = []
    with open_release(subject.source) as release:
        for batch in carriers(release, [subject.region], subject.cohort, asked):
            columns = [batch[name].to_pylist() for name in ("position_1based", "ref", "alt", "sample")]
            rows += [(str(p), ref, alt, subject.names[sample]) for p, ref, alt, sample in zip(*columns, strict=True)]
    return rows


def bcftools_carriers(subject: Subject, listed: Path, *, by_quality: bool) -> Answer:
    """Q2 by bcftools: the frequency of all samples, then the cohort; sites are split only where a file needs it."""
    carried = 'GT="alt" | GT="mis"'
    if by_quality:
        carried = f"({carried}) & GQ>={GOOD_QUALITY}"
    split = [["bcftools", "norm", "-m", "-any", "-Ou"]] if subject.has_multi_allelic else []
    text = pipe(
        [
            ["bcftools", "view", *where(subject), "-f", "PASS", "-Ou", str(subject.path)],
            *split,
            ["bcftools", "+fill-tags", "-Ou", "--", "-t", "AF"],
            ["bcftools", "view", "-i", f"AF<={RARE}", "-Ou"],
            ["bcftools", "view", "-S", str(listed), "-Ou"],
            ["bcftools", "query", "-i", carried, "-f", "[%POS\\t%REF\\t%ALT\\t%SAMPLE\\t%GT\\n]"],
        ]
    )
    found = [tuple(line.split("\t")) for line in text.splitlines()]
    return [row[:4] for row in found if "1" in row[4] and row[2].isalpha()]


def where(subject: Subject) -> list[str]:
    """The region as arguments; overlap 0 is "POS in the region"."""
    start, end = subject.asked or subject.span
    return ["-r", f"{subject.contig}:{start}-{end}", "--regions-overlap", "0"]


def compare(paths: Iterator[Path]) -> bool:
    """Print one line for each file and question; False when an answer differs."""
    heads = f"{'file':42} {'samples':>7} {'records':>7}  {'question':11} {'engine':>8} {'bcftools':>9} {'ratio':>6}"
    print(f"{heads}  answers")
    ratios: dict[str, list[float]] = {}
    all_equal = True
    for path in paths:
        subject = describe(path)
        with tempfile.TemporaryDirectory() as scratch:
            listed = Path(scratch) / "cohort.txt"
            listed.write_text("".join(f"{subject.names[index]}\n" for index in subject.cohort.indexes))
            columnar = in_columns(subject, Path(scratch) / "columns")
            for name, (ours, theirs) in _questions(subject, columnar, listed).items():
                our_time, our_answer = measured(ours)
                their_time, their_answer = measured(theirs)
                is_equal = our_answer == their_answer
                all_equal &= is_equal
                ratios.setdefault(name, []).append(our_time / their_time)
                print(
                    f"{path.name:42.42} {len(subject.names):7,} {subject.record_count:7,}  {name:11}"
                    f" {our_time * 1000:5.1f} ms {their_time * 1000:6.0f} ms {our_time / their_time:6.3f}"
                    f"  {f'equal ({len(our_answer):,} rows)' if is_equal else 'DIFFERENT'}",
                    flush=True,
                )
    for name, values in ratios.items():
        print(f"{name}: engine / bcftools CPU, median {statistics.median(values):.3f}, worst {max(values):.3f}")
    print(f"CPU time is the median of {REPEATS} runs after one to warm up")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process, both answers included: {peak:,.0f} MB")
    return all_equal


def _questions(lines: Subject, columns: Subject, listed: Path) -> dict[str, tuple[Ask, Ask]]:
    """Each question by one of our readers and by bcftools. A bound on quality is always answered from the lines."""
    single = next(row for row in engine_counts(lines) if row[3] != "0" and stands_alone(lines, row))
    asked: dict[str, tuple[Ask, Ask]] = {}
    for kind, subject in (("lines", lines), ("columns", columns)):
        asked[f"Q1 {kind}"] = (partial(engine_counts, subject), partial(bcftools_counts, subject, listed))
        asked[f"Q2 {kind}"] = (
            partial(engine_carriers, subject, by_quality=False),
            partial(bcftools_carriers, subject, listed, by_quality=False),
        )
        asked[f"Q3 {kind}"] = (partial(engine_point, subject, single), partial(bcftools_point, subject, listed, single))
    if lines.has_quality:
        asked["Q2 by GQ"] = (
            partial(engine_carriers, lines, by_quality=True),
            partial(bcftools_carriers, lines, listed, by_quality=True),
        )
    return asked


def stands_alone(subject: Subject, row: tuple[str, ...]) -> bool:
    """No other allele at this position, so that the answer of bcftools is one number."""
    with pysam.TabixFile(str(subject.path)) as file:
        found = list(file.fetch(subject.contig, int(row[0]) - 1, int(row[0])))
    return len(found) == 1 and "," not in found[0].split("\t", 5)[4]


def measure_constants(paths: Iterator[Path]) -> None:
    """CPU seconds of run_slice over whole files, as a sum over calls (records x samples) and compressed bytes."""
    work, spent = [], []
    for path in paths:
        subject = describe(path)
        (piece,) = plan(subject.source, [subject.region], max_records_per_slice=10**9).slices
        everyone = Cohort.everyone(len(subject.names))
        with tempfile.TemporaryDirectory() as scratch:
            outs = (Path(scratch) / "variants", Path(scratch) / "carriers")

            def ask(subject: Subject = subject) -> Answer:
                run_slice(subject.source, piece, everyone, Filters(), *outs)  # noqa: B023 - called in this turn
                return []

            seconds, _ = measured(ask)
        calls = subject.record_count * len(subject.names)
        work.append((calls, path.stat().st_size))
        spent.append(seconds)
        print(f"{path.name:42.42} {subject.record_count:7,} records {calls:12,} calls {seconds * 1000:7.0f} ms"
              f" {seconds / calls * 1e9:6.1f} ns a call")  # fmt: skip
    solution, *_ = np.linalg.lstsq(np.array(work, dtype=float), np.array(spent), rcond=None)
    print(f"SECONDS_PER_CALL = {solution[0] * 1e9:.0f}e-9\nSECONDS_PER_BYTE = {solution[1] * 1e9:.0f}e-9")


def subjects(asked: Sequence[Path], folder: Path) -> Iterator[Path]:
    """The files asked for, or else the indexed real ones and the simulated one."""
    yield from asked or sorted(path for path in (REAL_DATA / "vcf").glob("*.vcf.gz") if Path(f"{path}.tbi").exists())
    if not asked:
        yield simulate(folder)


def main() -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE.vcf.gz")
    parser.add_argument("--constants", action="store_true", help="measure the constants of the plan")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lectern-benchmark-") as folder:
        paths = subjects(asked.files, Path(folder))
        if asked.constants:
            measure_constants(paths)
            return 0
        return 0 if compare(paths) else 1


if __name__ == "__main__":
    raise SystemExit(main())
