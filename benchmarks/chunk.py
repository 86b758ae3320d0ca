"""Questions about one whole chunk of a national release, with answers checked.

python benchmarks/chunk.py                     78,195 people, 643,092 alleles, 68 genes: about ten minutes, 4 GB of disk
python benchmarks/chunk.py --people 5000 --alleles 50000
python benchmarks/chunk.py --write             also puts the figures into docs/benchmarks.md

A VCF of that size has 760 GB of text, so the columns are written without one, from alleles whose frequencies are spread
as in such a release (37 % singletons, 98 % below 0.1 %). The answers are those of the arrays that were written.
Peer: DuckDB on Parquet files of the same entries, with one thread, where it is installed.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from engine import REPEATS, measured
from figures import write_section
from numpy.typing import NDArray

from research_env.engine import (
    PROTEIN_CHANGING,
    BurdenDesign,
    ChunkSource,
    Cohort,
    Family,
    Filters,
    Member,
    Region,
    ReleaseSource,
    burden,
    canonical_contig,
    carriers,
    etag_of,
    inheritance,
    open_release,
    person_variants,
)
from research_env.engine.columnar.build import shelves
from research_env.engine.columnar.layout import BUILDER_VERSION, ENTRIES, MANIFEST, PEOPLE, SITES, WORDS, Manifest
from research_env.engine.columnar.people import PeopleWriter
from research_env.engine.columnar.write import BlockWriter
from research_env.engine.consequences import RANK

HEADING: Final = "## Questions of a whole chunk"
PEOPLE_COUNT, ALLELES, GENES, CODING_SHARE = 78_195, 643_092, 68, 0.028
EXONS_PER_GENE: Final = 10
SEED, AT_ONCE, START = 20_261_129, 1_000, 1_000_000
CONTIG: Final = canonical_contig("1")
RARE: Final = 0.001
MISSING_PER_ALLELE: Final = 0.0029
RARE_OF_ONE: Final = 0.01
CHILD, MOTHER, FATHER = TRIO = 1, 2, 3  # no kin of each other: every allele of the child is looked for in both parents
Q2, Q4, Q5, Q6 = "Q2 carriers", "Q4 one person, rare", "Q5 de novo, rare", "Q6 burden"
Arrays = dict[str, NDArray[Any]]


@dataclass
class Chunk:
    """What was written, as far as the answers need it."""

    people: int
    alleles: int
    gene: NDArray[np.int64] = field(init=False)  # by allele, -1 outside coding sequence
    carried: list[Arrays] = field(default_factory=list)  # of coding alleles: row, person and copies
    missed: list[Arrays] = field(default_factory=list)  # of coding alleles: row and person
    by_trio: list[Arrays] = field(default_factory=list)  # of TRIO: row and person who carries it
    not_in_trio: list[Arrays] = field(default_factory=list)  # row and person without a call
    frequency: list[NDArray[np.float64]] = field(default_factory=list)  # by allele, in everyone

    def __post_init__(self) -> None:
        self.gene = _genes(self.alleles)


def _genes(alleles: int) -> NDArray[np.int64]:
    """Genes side by side, each with its exons spread over its part of the chunk."""
    gene = np.full(alleles, -1, dtype=np.int64)
    width = max(1, int(alleles * CODING_SHARE / GENES / EXONS_PER_GENE))
    starts = np.linspace(0, alleles - width, GENES * EXONS_PER_GENE).astype(int)
    for number, start in enumerate(starts.tolist()):
        gene[start : start + width] = number // EXONS_PER_GENE
    return gene


def _frequencies(random: np.random.Generator, size: int, people: int) -> NDArray[np.float64]:
    """Of each allele in the people; about 2,000 alleles of a chunk are carried by each of them."""
    kind = random.choice(4, size, p=[0.366, 0.614, 0.013, 0.007])
    low, high = np.array([0.5 / people, 1 / people, 0.001, 0.01]), np.array([0.5 / people, 0.001, 0.01, 0.5])
    spread = random.random(size)
    return np.asarray(low[kind] * (np.maximum(high, low) / low)[kind] ** spread)


def _carriers(random: np.random.Generator, frequency: NDArray[np.float64], people: int) -> Arrays:
    """Carriers by allele and person: at least one of each allele."""
    sizes = np.maximum(1, random.binomial(people, 1 - (1 - frequency) ** 2))
    samples = [np.sort(random.choice(people, size, replace=False, shuffle=False)) for size in sizes.tolist()]
    owner = np.repeat(np.arange(frequency.size), sizes)
    is_hom = random.random(owner.size) < (frequency / (2 - frequency))[owner]
    code = np.where(is_hom, 1 | 2 << 3, 0 | 1 << 3).astype(np.uint8)
    depth = random.poisson(33, owner.size).astype(np.int32)
    quality = np.minimum(99, 3 * depth).astype(np.int32)
    own = np.where(is_hom, depth, random.binomial(depth, 0.5)).astype(np.int32)
    return {"owner": owner, "sample": np.concatenate(samples), "code": code, "depth": depth,
            "genotype_quality": quality, "alt_depth": own}  # fmt: skip


def _short(random: np.random.Generator, size: int, people: int) -> tuple[Arrays, NDArray[np.int64]]:
    """People without a call, by allele."""
    counts_ = random.poisson(MISSING_PER_ALLELE * people, size)
    samples = [np.unique(random.integers(0, people, each)) for each in counts_.tolist()]
    found = np.concatenate(samples)
    return {"sample": found, "called": np.zeros(found.size, dtype=np.int64)}, np.array([each.size for each in samples])


def _rows(chunk: Chunk, first: int, carried: Arrays, missing: NDArray[np.int64]) -> tuple[Arrays, dict[str, list[Any]]]:
    """The fixed columns and the words of some alleles, one to a record."""
    size = missing.size
    row = np.arange(first, first + size)
    copies = np.bincount(carried["owner"], weights=carried["code"] >> 3, minlength=size).astype(np.int64)
    is_hom = carried["code"] & 3 == 1
    gene = chunk.gene[first : first + size]
    terms = np.where(gene >= 0, 1 << RANK["missense_variant"], 1 << RANK["intron_variant"]).astype(np.uint64)
    columns = {
        "site_quality": np.full(size, 50.0), "consequence_bits": terms, "short_count": missing,
        "position_1based": START + 3 * row, "file_position_1based": START + 3 * row, "record": row,
        "allele_count": copies, "het_count": np.bincount(carried["owner"][~is_hom], minlength=size),
        "hom_count": np.bincount(carried["owner"][is_hom], minlength=size), "hemi_count": np.zeros(size, int),
        "allele_number": 2 * (chunk.people - missing), "missing_count": missing, "is_pass": np.ones(size, int),
        "carried": np.bincount(carried["owner"], minlength=size),
    }  # fmt: skip
    names = [f"GENE{number}" if number >= 0 else None for number in gene.tolist()]
    consequence = ["missense_variant" if name else "intron_variant" for name in names]
    nothing = [None] * size
    words: dict[str, list[Any]] = {
        "ref": ["A"] * size, "alt": ["G"] * size, "rsid": nothing, "filter": ["PASS"] * size, "gene_symbol": names,
        "consequence": consequence, "impact": nothing, "hgvs_protein": nothing, "hgvs_coding": nothing,
        "orig_alleles": nothing,
    }  # fmt: skip
    return columns, words


def write_chunk(chunk: Chunk, folder: Path, tables: dict[str, pq.ParquetWriter] | None) -> Manifest:
    """Columns of the chunk, and the same as tables for the peer."""
    random = np.random.default_rng(SEED)
    rare = max(64, int(0.02 * 2 * chunk.people))
    total = missed = 0
    with BlockWriter(folder) as blocks, PeopleWriter(folder, chunk.people) as people:
        for first in range(0, chunk.alleles, AT_ONCE):
            size = min(AT_ONCE, chunk.alleles - first)
            carried = _carriers(random, _frequencies(random, size, chunk.people), chunk.people)
            short, missing = _short(random, size, chunk.people)
            rows, words = _rows(chunk, first, carried, missing)
            owner = carried.pop("owner")
            is_rare = rows["allele_count"] <= rare
            rows["shelf"] = shelves(rows["record"] - first, is_rare, rows["consequence_bits"])
            people.add({n: v[is_rare[owner]] for n, v in carried.items()} | {"row": owner[is_rare[owner]] + first})
            _keep(chunk, owner + first, carried, tables)
            gone = {"row": np.repeat(rows["record"], missing), "sample": short["sample"]}
            chunk.missed.append(_coding(chunk, gone))
            chunk.by_trio.append(_of_trio({"row": owner + first, "sample": carried["sample"]}))
            chunk.not_in_trio.append(_of_trio(gone))
            chunk.frequency.append(rows["allele_count"] / rows["allele_number"])
            blocks.add(rows, words, carried, short)
            total, missed = total + owner.size, missed + short["sample"].size
        positions, offsets = blocks.finish()
        people.finish()
    print(f"{chunk.alleles:,} alleles, {total:,} carriers and {missed:,} missing calls are written", flush=True)
    return _manifest(chunk, folder, (total, missed, rare), positions, offsets)


def _coding(chunk: Chunk, entries: Arrays) -> Arrays:
    is_coding = chunk.gene[entries["row"]] >= 0
    return {name: values[is_coding] for name, values in entries.items()}


def _of_trio(entries: Arrays) -> Arrays:
    is_wanted = np.isin(entries["sample"], TRIO)
    return {name: values[is_wanted] for name, values in entries.items()}


def _keep(chunk: Chunk, row: NDArray[np.int64], carried: Arrays, tables: dict[str, pq.ParquetWriter] | None) -> None:
    """What the answers are checked by, and the peer's table of carriers."""
    chunk.carried.append(_coding(chunk, {"row": row, "sample": carried["sample"], "copies": carried["code"] >> 3}))
    if tables is not None:
        told = {"row": row.astype("int32"), "sample": carried["sample"].astype("int32"), "code": carried["code"]}
        tables["carriers"].write_table(pa.table(told))


def _manifest(
    chunk: Chunk, folder: Path, sizes: tuple[int, int, int], positions: list[int], offsets: list[int]
) -> Manifest:
    carried, missed, rare = sizes
    manifest = Manifest(
        builder_version=BUILDER_VERSION, source_etag=etag_of(folder / "none.vcf.gz"), contig=CONTIG, start_1based=START,
        end_1based=START + 3 * chunk.alleles, sample_count=chunk.people, annotation="csq", rows=chunk.alleles,
        records=chunk.alleles, carriers=carried, short_calls=missed, is_plain=True, most_alleles=2, ploidy="",
        sequence_sha256="", moved_left=0, moved_right=0, rare_copies=rare, first_positions=tuple(positions),
        word_offsets=tuple(offsets),
        sizes={name: (folder / name).stat().st_size for name in (SITES, WORDS, ENTRIES, PEOPLE)},
    )  # fmt: skip
    (folder / MANIFEST).write_bytes(manifest.to_bytes())
    return manifest


def _source(chunk: Chunk, folder: Path) -> ReleaseSource:
    path = str(folder / "none.vcf.gz")
    end = START + 3 * chunk.alleles
    held = ChunkSource(path, f"{path}.tbi", "1", START, end, annotation="csq", columns_path=str(folder))
    return ReleaseSource("GRCh38", chunk.people, np.zeros(chunk.people, dtype=np.uint8), (held,))


def _design(chunk: Chunk) -> BurdenDesign:
    """A random fifth against all others."""
    is_case = np.zeros(chunk.people, dtype=bool)
    is_case[np.random.default_rng(1).choice(chunk.people, chunk.people // 5, replace=False)] = True
    return BurdenDesign(is_case, ~is_case)


def _ours(chunk: Chunk, folder: Path, population: Cohort) -> dict[str, Callable[[], Any]]:
    source, design = _source(chunk, folder), _design(chunk)
    filters = Filters(max_allele_frequency=RARE, consequences=PROTEIN_CHANGING)
    everywhere = [Region(CONTIG, START, START + 3 * chunk.alleles)]
    cohort = Cohort.from_indexes(chunk.people, np.flatnonzero(design.is_case & population.mask.astype(bool)))
    compared = BurdenDesign(*(each & population.mask.astype(bool) for each in (design.is_case, design.is_control)))

    def q2() -> list[tuple[int, int]]:
        with open_release(source) as release:
            found = list(carriers(release, everywhere, cohort, filters, population=population))
        position, sample = (np.concatenate([b[n].to_numpy() for b in found]) for n in ("position_1based", "sample"))
        return list(zip(((position - START) // 3).tolist(), sample.tolist(), strict=True))

    def q6() -> list[tuple[str, int, int]]:
        with open_release(source) as release:
            found = burden(release, everywhere, compared, filters, population=population)
        names = ("gene_symbol", "case_carriers", "control_carriers")
        return sorted(zip(*(found[name].to_pylist() for name in names), strict=True))

    return {Q2: q2, Q6: q6}


def _rows_at(positions: Any) -> list[int]:
    return [int(position - START) // 3 for position in positions.to_pylist()]


def _of_family(chunk: Chunk, folder: Path) -> dict[str, Callable[[], Any]]:
    source, filters = _source(chunk, folder), Filters(max_allele_frequency=RARE_OF_ONE)
    everywhere = [Region(CONTIG, START, START + 3 * chunk.alleles)]
    family = Family(CHILD, (Member(CHILD, 0, FATHER, MOTHER), Member(MOTHER), Member(FATHER)))

    def q4() -> list[int]:
        with open_release(source) as release:
            found = person_variants(release, everywhere, CHILD, filters)
        return _rows_at(found["position_1based"])

    def q5() -> list[int]:
        with open_release(source) as release:
            found = inheritance(release, everywhere, family, filters, modes=["de_novo"])
        return _rows_at(found["position_1based"])

    return {Q4: q4, Q5: q5}


def _expected_of_family(chunk: Chunk) -> dict[str, Any]:
    """Rows that the child carries and the parents were called without, from the arrays that were written."""
    carried, missed = _joined(chunk.by_trio), _joined(chunk.not_in_trio)
    frequency = np.concatenate(chunk.frequency)
    own = carried["row"][carried["sample"] == CHILD]
    own = own[frequency[own] <= RARE_OF_ONE]
    parents = [each["row"][each["sample"] != CHILD] for each in (missed, carried)]
    return {Q4: own.tolist(), Q5: own[~np.isin(own, np.concatenate(parents))].tolist()}


def _joined(pieces: list[Arrays]) -> Arrays:
    return {name: np.concatenate([each[name] for each in pieces]) for name in pieces[0]}


def _frequency(chunk: Chunk, population: Cohort) -> NDArray[np.float64]:
    """Of each coding allele in the people who may be read."""
    mask = population.mask
    carried, missed = _joined(chunk.carried), _joined(chunk.missed)
    copies = np.bincount(carried["row"], weights=carried["copies"] * mask[carried["sample"]], minlength=chunk.alleles)
    missing = np.bincount(missed["row"], weights=mask[missed["sample"]], minlength=chunk.alleles)
    return np.asarray(copies / (2 * (population.size - missing)))


def _expected(chunk: Chunk, population: Cohort) -> dict[str, Any]:
    """The same from the arrays that were written."""
    carried = _joined(chunk.carried)
    is_asked = (_frequency(chunk, population) <= RARE)[carried["row"]] & (population.mask[carried["sample"]] == 1)
    row, sample = carried["row"][is_asked], carried["sample"][is_asked]
    is_case = _design(chunk).is_case
    keys = np.unique(chunk.gene[row] * chunk.people + sample)
    gene, person = keys // chunk.people, keys % chunk.people
    groups = [np.bincount(gene[is_case[person] == kind], minlength=GENES).tolist() for kind in (True, False)]
    tables = [(f"GENE{number}", *both) for number, both in enumerate(zip(*groups, strict=True)) if any(both)]
    mine = is_case[sample]
    return {Q2: list(zip(row[mine].tolist(), sample[mine].tolist(), strict=True)), Q6: sorted(tables)}


_COMPARED: Final = """
select 'GENE' || gene, count(distinct sample) filter (is_case), count(distinct sample) filter (not is_case)
from read_parquet('{folder}/carriers.parquet') as carriers
join read_parquet('{folder}/sites.parquet') as sites using (row)
join people using (sample) where gene >= 0 and frequency <= {rare} group by gene
"""
_CARRIED: Final = """
select row, sample from read_parquet('{folder}/carriers.parquet') as carriers
join read_parquet('{folder}/sites.parquet') as sites using (row) join people using (sample)
where gene >= 0 and frequency <= {rare} and is_case order by row, sample
"""


def _duckdb(chunk: Chunk, folder: Path) -> dict[str, Callable[[], Any]]:
    """The same questions of Parquet files, where DuckDB is installed."""
    if not find_spec("duckdb"):
        return {}
    frequency = _frequency(chunk, Cohort.everyone(chunk.people))
    rows = {"row": np.arange(chunk.alleles, dtype="int32"), "gene": chunk.gene, "frequency": frequency}
    pq.write_table(pa.table(rows), folder / "sites.parquet")
    base: Any = importlib.import_module("duckdb").connect(config={"threads": 1})
    base.register("listed", pa.table({"sample": np.arange(chunk.people), "is_case": _design(chunk).is_case}))
    base.execute("create table people as select * from listed")

    def ask(text: str) -> Callable[[], Any]:
        return lambda: sorted(base.execute(text.format(folder=folder, rare=RARE)).fetchall())

    return {Q2: ask(_CARRIED), Q6: ask(_COMPARED)}


def compare(chunk: Chunk, folder: Path) -> tuple[list[str], bool]:
    """A row of figures for each question, and whether all answers were equal."""
    path = folder / "carriers.parquet"
    kinds: Any = pa.schema([("row", pa.int32()), ("sample", pa.int32()), ("code", pa.uint8())])
    with pq.ParquetWriter(path, kinds, compression="zstd") as table:
        manifest = write_chunk(chunk, folder, {"carriers": table} if find_spec("duckdb") else None)
    print(f"columns: {sum(manifest.sizes.values()) / 1e6:,.0f} MB", {n: s // 10**6 for n, s in manifest.sizes.items()})
    peers, everyone = _duckdb(chunk, folder), Cohort.everyone(chunk.people)
    most = Cohort.from_indexes(chunk.people, np.flatnonzero(np.arange(chunk.people) % 200))
    rows, all_equal = [], True
    for population, label in ((everyone, "everyone"), (most, "1 in 200 withdrawn")):
        expected, asked = _expected(chunk, population), _ours(chunk, folder, population)
        if population is everyone:
            expected, asked = expected | _expected_of_family(chunk), asked | _of_family(chunk, folder)
        for question, ask in asked.items():
            ask()  # to load the compiled loops is no part of an answer
            seconds, answer = measured(ask)
            all_equal &= answer == expected[question]
            told = "–"
            if population is everyone and question in peers:
                theirs, other = measured(peers[question])
                all_equal &= other == expected[question]
                told = f"{theirs * 1000:,.0f} ms, {theirs / seconds:.1f} times ours"
            ours = f"{seconds * 1000:.{0 if seconds >= 0.01 else 1}f}"
            rows.append(f"| {question} | {label} | {len(answer):,} | {ours} | {told} |")
            print(rows[-1], "equal" if all_equal else "DIFFERENT", flush=True)
    return rows, all_equal


def main() -> int:
    """Write the chunk, ask, tell, and write the figures where asked. Ends with 1 when an answer differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=PEOPLE_COUNT)
    parser.add_argument("--alleles", type=int, default=ALLELES)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lectern-chunk-") as scratch:
        folder = Path(scratch)
        (folder / "none.vcf.gz").write_bytes(b"")
        rows, all_equal = compare(Chunk(asked.people, asked.alleles), folder)
    told = (
        f"`python benchmarks/chunk.py --write`: {asked.people:,} people, {asked.alleles:,} alleles, {GENES} genes; "
        f"coding alleles with a frequency of {RARE:.1%} at most, in a random fifth of the people (Q2) or there against "
        f"the others (Q6); alleles of {RARE_OF_ONE:.0%} at most that a person carries (Q4), and those of them that two "
        f"others, who were called there, do not (Q5). CPU milliseconds, median of {REPEATS}; DuckDB has one thread and "
        "the frequencies. Every answer was that of the arrays that were written."
    )
    head = "| question | population | rows | ours, ms | DuckDB on Parquet |\n|---|---|---|---|---|"
    text = "\n".join([HEADING, "", told, "", head, *rows, ""])
    print(text)
    if asked.write and all_equal:
        write_section(HEADING, text)
    return 0 if all_equal else 1


if __name__ == "__main__":
    sys.exit(main())
