"""Any small VCF, cohort, targets and filters: the engine equals a slow reader, whole or in slices, run after run."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from research_env.engine import (
    CARRIERS_SCHEMA,
    VARIANTS_SCHEMA,
    ChunkSource,
    Cohort,
    Filters,
    Region,
    ReleaseSource,
    Slice,
    Target,
    Variant,
    counts_and_carriers,
    merge,
    open_release,
    person_variants,
    plan,
    run_slice,
)
from tests.oracles import brute_force
from tests.oracles.vcf_files import chunk_of, release_of, with_columns, write_vcf

HEADER = [
    '##FILTER=<ID=low,Description="Low">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">',
    "##contig=<ID=7,length=159345973>",
]
# Positions over several of the index's 16 kb windows, close enough to collide
POSITIONS = st.one_of(st.integers(1, 12), st.integers(16_380, 16_390), st.integers(1, 70_000))
BOTH = {"variants": VARIANTS_SCHEMA, "carriers": CARRIERS_SCHEMA}

VARIANT_COLUMNS = [
    "position_1based",
    "ref",
    "alt",
    "allele_count",
    "allele_number",
    "het_count",
    "hom_count",
    "hemi_count",
    "carrier_count",
    "missing_count",
    "population_allele_count",
    "population_allele_number",
]
CARRIER_COLUMNS = [
    "position_1based",
    "ref",
    "alt",
    "sample",
    "zygosity",
    "phased",
    "depth",
    "genotype_quality",
    "alt_depth",
]


@dataclass(frozen=True)
class Case:
    """A file's text and a question about it."""

    samples: int
    lines: list[str]
    targets: list[Target]
    cohort: Cohort
    population: Cohort
    filters: Filters


@st.composite
def calls(draw: st.DrawFn, alts: int, keys: Sequence[str]) -> str:
    """One sample column; trailing fields may be dropped, anything may be missing."""
    allele = st.sampled_from([".", "0", "0", *(str(number) for number in range(1, alts + 1))])
    genotype = draw(st.one_of(allele, st.tuples(allele, st.sampled_from("/|"), allele).map("".join)))
    values = [genotype]
    for key in keys[1:]:
        number = st.integers(0, 400).map(str)
        depths = st.lists(number, min_size=alts + 1, max_size=alts + 1).map(",".join)
        values.append(draw(st.one_of(st.just("."), depths if key == "AD" else number)))
    return ":".join(values[: draw(st.integers(1, len(values)))])


@st.composite
def lines(draw: st.DrawFn, samples: int) -> list[str]:
    """Records sorted by position; positions may repeat."""
    found = []
    for position in sorted(draw(st.lists(POSITIONS, min_size=1, max_size=8))):
        ref = draw(st.sampled_from(["A", "C", "AC", "ACC", "a"]))
        choices = [alt for alt in ("A", "G", "T", "AT", "ACG", "*", "<DEL>") if alt.upper() != ref.upper()]
        alts = draw(st.lists(st.sampled_from(choices), min_size=1, max_size=3, unique=True))
        extra = draw(st.permutations(["GQ", "DP", "AD"]))[: draw(st.integers(0, 3))]
        keys = ["GT", *extra]
        cells = [draw(calls(len(alts), keys)) for _ in range(samples)]
        quality = draw(st.sampled_from([".", "10", "50.5"]))
        site_filter = draw(st.sampled_from(["PASS", "PASS", "PASS", ".", "low"]))
        fixed = ["7", str(position), ".", ref, ",".join(alts), quality, site_filter, ".", ":".join(keys)]
        found.append("\t".join([*fixed, *cells]))
    return found


@st.composite
def targets(draw: st.DrawFn, records: list[str]) -> list[Target]:
    """Regions, overlapping or not, and variants that are there or not."""
    spans = draw(st.lists(st.tuples(POSITIONS, st.integers(0, 70_000)), max_size=3))
    wanted: list[Target] = [Region("chr7", start, start + length) for start, length in spans]
    named = draw(st.lists(st.sampled_from(records), max_size=2))
    for line in named:
        _, position, _, ref, alts, *_ = line.split("\t")
        spelled = [alt for alt in alts.split(",") if alt.isalpha()]
        if spelled:
            wanted.append(Variant("7", int(position), ref, draw(st.sampled_from(spelled))))
    return wanted or [Region("7", 1, 100_000)]


@st.composite
def filters(draw: st.DrawFn) -> Filters:
    """Each condition now and then."""
    high = draw(st.sampled_from([None, None, 0.2, 0.5, 1.0]))
    return Filters(
        max_allele_frequency=high,
        min_allele_frequency=draw(st.sampled_from([None, None, 0.0, 0.1])),
        min_allele_count=draw(st.sampled_from([None, None, 0, 2])),
        pass_only=draw(st.booleans()),
        min_genotype_quality=draw(st.sampled_from([None, None, 0, 100])),
        min_depth=draw(st.sampled_from([None, None, 50])),
        min_variant_allele_fraction=draw(st.sampled_from([None, None, 0.0, 0.07, 0.4])),
        min_site_quality=draw(st.sampled_from([None, None, 20])),
        zygosity=draw(st.sampled_from([None, None, frozenset({"het"}), frozenset({"hom", "hemi"})])),
        keep_absent=draw(st.booleans()),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    samples = draw(st.integers(1, 5))
    records = draw(lines(samples))
    masks = st.lists(st.sampled_from([1, 1, 0]), min_size=samples, max_size=samples)
    return Case(
        samples=samples,
        lines=records,
        targets=draw(targets(records)),
        cohort=Cohort(np.array(draw(masks))),
        population=Cohort(np.array(draw(masks))),
        filters=draw(filters()),
    )


def _write(case: Case, folder: Path) -> Path:
    return write_vcf(folder / "any.vcf.gz", HEADER, [f"s{number}" for number in range(case.samples)], case.lines)


def _ours(source: ReleaseSource, case: Case) -> tuple[pa.Table, pa.Table]:
    with open_release(source) as release:
        pairs = list(counts_and_carriers(release, case.targets, case.cohort, case.filters, population=case.population))
    return (
        pa.Table.from_batches([variants for variants, _ in pairs], schema=VARIANTS_SCHEMA),
        pa.Table.from_batches([carriers for _, carriers in pairs], schema=source.carriers_schema),
    )


def _in_slices(source: ReleaseSource, case: Case, folder: Path, most: int) -> tuple[bytes, bytes]:
    """Plan, run each slice from its JSON, and merge: the bytes of the two files."""
    parts: dict[str, list[Path]] = {"variants": [], "carriers": []}
    for piece in plan(source, case.targets, max_records_per_slice=most).slices:
        paths = {kind: folder / f"{kind}-{piece.position}.parquet" for kind in parts}
        again = Slice.from_json(piece.to_json())
        run_slice(
            source, again, case.cohort, case.filters, paths["variants"], paths["carriers"], population=case.population
        )
        for kind, path in paths.items():
            parts[kind].append(path)
    merged = {}
    for kind, paths_of_kind in parts.items():
        merge(paths_of_kind, folder / f"{kind}.parquet", schema=BOTH[kind])
        merged[kind] = (folder / f"{kind}.parquet").read_bytes()
    return merged["variants"], merged["carriers"]


def _read(content: bytes) -> pa.Table:
    return pq.read_table(pa.BufferReader(content))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases())
def test_answer__equals_the_slow_reader(case: Case) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        path = _write(case, Path(scratch))
        variants, carriers = _ours(release_of(path), case)
        assert _ours(with_columns(release_of(path), Path(scratch)), case) == (variants, carriers), "columns differ"
        expected = brute_force.ask(path, case.targets, case.cohort, case.filters, case.population)
    assert [tuple(row[name] for name in VARIANT_COLUMNS) for row in variants.to_pylist()] == expected.variants
    assert [tuple(row[name] for name in CARRIER_COLUMNS) for row in carriers.to_pylist()] == expected.carriers


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases(), drawn=st.lists(st.integers(-1, 4), min_size=5, max_size=5))
def test_carriers_in_tumours__are_told_with_what_their_normals_have(case: Case, drawn: list[int]) -> None:
    normals = np.array([each if each < case.samples else -1 for each in drawn[: case.samples]], dtype=np.int64)
    with tempfile.TemporaryDirectory() as scratch:
        path = _write(case, Path(scratch))
        germline = release_of(path)
        somatic = replace(germline, normals=normals)
        variants, carriers = _ours(somatic, case)
        assert (variants, carriers.drop_columns(["normal"])) == _ours(germline, case), "it changes nothing else"
        assert _ours(with_columns(somatic, Path(scratch)), case) == (variants, carriers), "columns differ"
        asked = (case.targets, case.cohort, case.filters, case.population)
        expected = brute_force.ask(path, *asked, normals=normals.tolist())
    assert [tuple(row[name] for name in CARRIER_COLUMNS) for row in carriers.to_pylist()] == expected.carriers
    assert carriers["normal"].to_pylist() == expected.normals


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases(), rare_copies=st.sampled_from([0, 1, 3, 64]))
def test_one_person__has_the_same_variants_from_columns_however_many_are_kept_by_person(
    case: Case, rare_copies: int
) -> None:
    readable = case.population.indexes.tolist()
    with tempfile.TemporaryDirectory() as scratch:
        lines = release_of(_write(case, Path(scratch)))
        columns = with_columns(lines, Path(scratch), rare_copies=rare_copies)
        for sample in readable:
            with open_release(lines) as one, open_release(columns) as other:
                asked = (case.targets, sample, case.filters)
                found = person_variants(other, *asked, population=case.population)
                assert found == person_variants(one, *asked, population=case.population)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases(), cut=st.integers(1, 69_999))
def test_chunks_and_slices__change_nothing(case: Case, cut: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        path = _write(case, folder)
        whole = release_of(path)
        variants, carriers = _ours(whole, case)
        chunks: tuple[ChunkSource, ...] = (chunk_of(path, "7", 1, cut), chunk_of(path, "7", cut + 1, 400_000))
        in_two = ReleaseSource("GRCh38", case.samples, whole.sexes, chunks)
        unsplit = _in_slices(whole, case, folder, most=1_000_000)
        assert (_read(unsplit[0]), _read(unsplit[1])) == (variants, carriers)
        assert _in_slices(whole, case, folder, most=1_000_000) == unsplit, "two runs differ"
        assert _in_slices(whole, case, folder, most=1) == unsplit
        assert _in_slices(in_two, case, folder, most=2) == unsplit
        assert _in_slices(with_columns(in_two, folder / "columns"), case, folder, most=2) == unsplit
