"""Alleles in their one spelling by a reference sequence: as ``bcftools norm`` has it, from lines and from columns."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from research_env.engine import (
    LONGEST_MOVE,
    BadRecord,
    BadSource,
    Cohort,
    Filters,
    InvalidTarget,
    Region,
    ReleaseSource,
    Sequence,
    SourceChanged,
    Target,
    Variant,
    counts,
    counts_and_carriers,
    merge,
    normalised,
    open_release,
    person_variants,
    plan,
    run_slice,
)
from research_env.engine.schemas import CARRIERS_SCHEMA, VARIANTS_SCHEMA
from tests.oracles import bcftools, brute_force
from tests.oracles.vcf_files import (
    chunk_of,
    compress,
    release_of,
    with_columns,
    with_sequence,
    write_sequence,
    write_vcf,
)
from tests.unit.research_env.engine.test_columns import contents
from tests.unit.research_env.engine.test_edge_cases import HEADER, RECORDS, SAMPLES

EVERYTHING = Filters(pass_only=False, keep_absent=True)
COUNTED = (
    *("position_1based", "ref", "alt", "allele_count", "allele_number"),
    *("het_count", "hom_count", "hemi_count", "missing_count"),
)
CARRIED = ("position_1based", "ref", "alt", "sample", "zygosity", "depth", "genotype_quality", "alt_depth")
# One of the records says other bases than the one that it reaches over
FITTING = [line.replace("ACGTACGT", "ACGTAAGT") for line in RECORDS.values()]
# Nothing else than runs of A and of AC, where what is put in or taken out says the same in many places
REPEATS = {400: "GAAAAAAAAAAT", 420: "GACACACACACACT", 440: "CTTTTTTTTG"}
MOVING = [
    "chr7 404 . A AA 50 PASS . GT 0/1 0/0 1/1 0/0 ./1",
    "chr7 405 . AAA A,AA 50 PASS . GT 1/2 0/1 2/2 0/0 .",
    "chr7 409 . A G,AA 50 PASS . GT 0/1 0/2 1/2 0/0 0/0",
    "chr7 410 . AT A,*,<DEL> 50 PASS . GT 0/1 0/2 1/3 0/0 0/0",
    "chr7 425 . acac ac 50 PASS . GT 0|1 1|0 0/0 1 0",
    "chr7 430 . C CAC 50 PASS . GT 0/1 0/0 0/0 0/0 0/0",
    "chr7 430 . CAC CAT,CACAC,TAG 50 PASS . GT 0/1 2/3 0/0 1/1 3/3",
    "chr7 447 . TTG T,TTTG 50 low . GT 0/1 2/2 0/0 1/1 ./.",
    "chr7 448 . TG T 50 . . GT 0/1 0/0 0/0 0/0 0/0",
]


def the_sequence() -> dict[str, str]:
    """Bases that fit every record of the edge cases."""
    chosen = random.Random(8)
    chr7 = chosen.choices("ACGT", k=1_200)
    chrx = ["A"] * 5_000_200
    overlays = list(REPEATS.items())
    for line in FITTING:
        name, position, _, ref = line.split()[:4]
        if name == "chr7":
            overlays.append((int(position), ref))
    for position, bases in overlays:
        chr7[position - 1 : position - 1 + len(bases)] = bases
    return {"7": "".join(chr7), "chrX": "".join(chrx)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("normalised")


@pytest.fixture(scope="module")
def edge(folder: Path) -> ReleaseSource:
    """All of the edge cases and what moves, in one file, with its sequence."""
    lines = sorted([*FITTING, *MOVING], key=lambda line: (line.split()[0], int(line.split()[1])))
    path = write_vcf(folder / "edge.vcf.gz", HEADER, SAMPLES, [line.replace(" ", "\t") for line in lines])
    # The sequence calls the contigs in another way than the file; bcftools needs the same names
    bases = the_sequence()
    write_sequence(folder / "named.fa", {"chr7": bases["7"], "chrX": bases["chrX"]})
    return with_sequence(release_of(path), write_sequence(folder / "edge.fa", bases))


@pytest.fixture(scope="module", params=["lines", "columns"])
def source(request: pytest.FixtureRequest, edge: ReleaseSource, folder: Path) -> ReleaseSource:
    return edge if request.param == "lines" else with_columns(edge, folder / "columns")


def ask(source: ReleaseSource, targets: list[Target], filters: Filters = EVERYTHING) -> list[dict[str, Any]]:
    with open_release(source) as release:
        return counts(release, targets, Cohort.everyone(source.sample_count), filters).to_pylist()


def counted(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in COUNTED) for row in rows]


def spelled(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["variant_id"], row["orig_position_1based"], row["orig_alleles"]) for row in rows]


@pytest.mark.parametrize("members", [[0, 1, 2, 3, 4], [1, 3], [4, 2]])
def test_edge_cases__equal_bcftools_norm(
    source: ReleaseSource, folder: Path, members: list[int], tmp_path: Path
) -> None:
    bcftools.require_bcftools()
    regions: list[Target] = [Region("7", 100, 1000), Region("X", 1, 5_000_200)]
    with open_release(source) as release:
        ours = counted(counts(release, regions, Cohort.from_indexes(5, members), EVERYTHING).to_pylist())
    path, named = Path(source.chunks[0].path), folder / "named.fa"
    people = [SAMPLES[member] for member in members]
    theirs = []
    for region in ("chr7:100-1000", "chrX:1-5000200"):
        theirs += sorted(bcftools.count(path, people, region=region, scratch=tmp_path, sequence=named))
    assert sorted(ours[:-2]) + ours[-2:] == theirs
    assert [row[0] for row in ours[:-2]] == sorted(row[0] for row in ours[:-2]), "by position"


def test_an_allele__keeps_what_the_file_wrote__where_that_differs(source: ReleaseSource) -> None:
    found = spelled(ask(source, [Region("7", 400, 400), Region("7", 409, 410), Region("7", 270, 270)]))
    assert found == [
        ("chr7-270-CTT-C", None, None),
        ("chr7-270-CT-C", 270, "CTT>C,CT"),
        ("chr7-400-G-GA", 404, "A>AA"),
        ("chr7-400-GAA-G", 405, "AAA>A,AA"),
        ("chr7-400-GA-G", 405, "AAA>A,AA"),
        ("chr7-400-G-GA", 409, "A>G,AA"),
        ("chr7-409-A-G", None, None),
        ("chr7-410-AT-A", None, None),
    ]


def test_changes_of_several_bases__stay_whole__and_lose_what_they_share(source: ReleaseSource) -> None:
    found = spelled(ask(source, [Region("7", 430, 435)]))
    assert found == [("chr7-430-CAC-TAG", None, None), ("chr7-432-C-T", 430, "CAC>CAT,CACAC,TAG")]


def test_a_region__holds_an_allele_by_the_position_that_it_is_reported_at(source: ReleaseSource) -> None:
    # The line stands at 430 and 425; what it says is reported at 420
    assert [row["variant_id"] for row in ask(source, [Region("7", 420, 420)])] == ["chr7-420-GAC-G"] + [
        "chr7-420-G-GAC"
    ] * 2
    assert ask(source, [Region("7", 424, 429)]) == []


@pytest.mark.parametrize(
    "text", [("chr7", 404, "A", "AA"), ("7", 400, "G", "GA"), ("7", 406, "AAA", "AAAA"), ("CHR7", 410, "aT", "AaT")]
)
def test_a_variant__is_found_however_it_is_spelled(source: ReleaseSource, text: tuple[str, int, str, str]) -> None:
    rows = ask(source, [Variant(*text)], Filters())
    assert [row["variant_id"] for row in rows] == ["chr7-400-G-GA"] * 2
    assert [row["allele_count"] for row in rows] == [4, 2]


def test_a_variant_whose_reference_bases_are_others__is_refused_with_what_is_there(source: ReleaseSource) -> None:
    with pytest.raises(InvalidTarget, match="which has “A” at that place"):
        ask(source, [Variant("7", 404, "T", "C")])


def test_one_person__carries_the_same_from_lines_and_columns(edge: ReleaseSource, folder: Path) -> None:
    columns = with_columns(edge, folder / "columns", rare_copies=2)
    with open_release(edge) as one, open_release(columns) as other:
        for sample in range(5):
            asked: Any = ([Region("7", 1, 1_100)], sample, Filters(pass_only=False))
            assert person_variants(one, *asked) == person_variants(other, *asked)


def test_a_line_that_does_not_fit_the_sequence__is_refused_and_named(edge: ReleaseSource, tmp_path: Path) -> None:
    line = "chr7 404 . C A 50 PASS . GT 0/1".replace(" ", "\t")
    path = write_vcf(tmp_path / "wrong.vcf.gz", HEADER, ["a"], [line])
    assert edge.chunks[0].sequence
    source = with_sequence(release_of(path), edge.chunks[0].sequence)
    for way in (lambda: ask(source, [Region("7", 1, 500)]), lambda: with_columns(source, tmp_path / "columns")):
        with pytest.raises(BadRecord, match=r"The line at chr7:404 of wrong\.vcf\.gz has another REF .* “A” there"):
            way()
    assert not (tmp_path / "columns" / "00000").exists()


def test_an_allele_that_would_move_too_far__stays_as_it_is_written(tmp_path: Path) -> None:
    run = LONGEST_MOVE + 100
    sequence = write_sequence(tmp_path / "long.fa", {"chr7": "G" + "A" * run + "T"})
    lines = [f"chr7 {position} . A AA 50 PASS . GT 0/1".replace(" ", "\t") for position in (LONGEST_MOVE, run)]
    source = with_sequence(release_of(write_vcf(tmp_path / "long.vcf.gz", HEADER, ["a"], lines)), sequence)
    for each in (source, with_columns(source, tmp_path)):
        near, far = (f"chr7-{position}-{bases}" for position, bases in ((1, "G-GA"), (run, "A-AA")))
        assert [row["variant_id"] for row in ask(each, [Region("7", 1, run)])] == [near, far]
        assert len(ask(each, [Region("7", 1, 1)])) == 1
        assert len(ask(each, [Variant("7", run, "A", "AA")], Filters())) == 1


def test_a_sequence_that_is_another__stops_the_question_and_its_columns_are_made_anew(tmp_path: Path) -> None:
    sequence = write_sequence(tmp_path / "some.fa", {"chr7": "GAAAT"})
    line = "chr7 4 . A AA 50 PASS . GT 0/1".replace(" ", "\t")
    source = with_sequence(release_of(write_vcf(tmp_path / "one.vcf.gz", HEADER, ["a"], [line])), sequence)
    columns = with_columns(source, tmp_path)
    write_sequence(tmp_path / "some.fa", {"chr7": "TGAAAT"})
    with pytest.raises(SourceChanged, match=r"some\.fa has changed"):
        ask(columns, [Region("7", 1, 5)])
    other = with_sequence(columns, write_sequence(tmp_path / "other.fa", {"chr7": "GGAAT"}))
    assert [row["variant_id"] for row in ask(other, [Region("7", 1, 5)])] == ["chr7-2-G-GA"]
    without = replace(columns, chunks=tuple(replace(chunk, sequence=None) for chunk in columns.chunks))
    assert [row["variant_id"] for row in ask(without, [Region("7", 1, 5)])] == ["chr7-4-A-AA"]


def test_a_sequence_without_index_or_contig__is_said(edge: ReleaseSource, tmp_path: Path) -> None:
    sequence = write_sequence(tmp_path / "small.fa", {"chr8": "ACGT"})
    with pytest.raises(BadSource, match=r"small\.fa has no chr7"):
        ask(with_sequence(edge, sequence), [Region("7", 1, 500)])
    Path(f"{sequence.path}.fai").unlink()
    with pytest.raises(BadSource, match=r"Run: samtools faidx small\.fa"):
        Sequence(sequence)


# Any sequence with repeats, any lines that fit it

Drawn = tuple[str, list[str], int]


@st.composite
def releases(draw: st.DrawFn) -> Drawn:
    """A sequence of 60 bases or so, lines that fit it, and the number of samples."""
    units = st.lists(
        st.tuples(st.sampled_from(["A", "C", "AC", "AAC", "GT"]), st.integers(1, 9)), min_size=4, max_size=9
    )
    bases = "".join(each * times for each, times in draw(units))
    samples = draw(st.integers(1, 4))
    allele = st.text("ACGT", min_size=1, max_size=4)
    lines = []
    for position in sorted(draw(st.lists(st.integers(1, len(bases)), min_size=1, max_size=8))):
        ref = bases[position - 1 : position - 1 + draw(st.integers(1, 6))]
        end = st.tuples(allele, st.integers(0, len(ref))).map(lambda pair, ref=ref: pair[0] + ref[pair[1] :])
        start = st.tuples(st.integers(1, len(ref)), allele).map(lambda pair, ref=ref: ref[: pair[0]] + pair[1])
        part = st.integers(1, len(ref)).map(lambda size, ref=ref: ref[:size])
        alts = draw(st.lists(st.one_of(end, start, part, st.just("*")), min_size=1, max_size=3, unique=True))
        alts = [alt for alt in alts if alt != ref] or ["<DEL>"]
        called = st.sampled_from([".", "0", *(str(number) for number in range(1, len(alts) + 1))])
        pair = st.tuples(called, st.sampled_from("/|"), called).map("".join)
        cells = [draw(st.one_of(pair, pair, called)) for _ in range(samples)]
        lines.append("\t".join(["chr7", str(position), ".", ref, ",".join(alts), ".", "PASS", ".", "GT", *cells]))
    return bases, lines, samples


def carried(source: ReleaseSource, targets: list[Target]) -> list[tuple[Any, ...]]:
    with open_release(source) as release:
        pairs = list(counts_and_carriers(release, targets, Cohort.everyone(source.sample_count), EVERYTHING))
    return [tuple(row[name] for name in CARRIED) for _, batch in pairs for row in batch.to_pylist()]


def in_slices(source: ReleaseSource, targets: list[Target], folder: Path, most: int) -> Iterator[bytes]:
    """The bytes of the two merged files."""
    people = Cohort.everyone(source.sample_count)
    parts: tuple[list[Path], list[Path]] = ([], [])
    for piece in plan(source, targets, max_records_per_slice=most).slices:
        paths = [folder / f"{kind}-{piece.position}" for kind in ("variants", "carriers")]
        run_slice(source, piece, people, EVERYTHING, paths[0], paths[1])
        for kind, path in zip(parts, paths, strict=True):
            kind.append(path)
    for kind, schema in zip(parts, (VARIANTS_SCHEMA, CARRIERS_SCHEMA), strict=True):
        merge(kind, folder / "merged", schema=schema)
        yield (folder / "merged").read_bytes()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=releases(), start=st.integers(1, 40), length=st.integers(0, 90), cut=st.integers(1, 60))
def test_any_release_with_a_sequence__equals_bcftools_norm(drawn: Drawn, start: int, length: int, cut: int) -> None:
    bcftools.require_bcftools()
    bases, lines, samples = drawn
    names = [f"s{number}" for number in range(samples)]
    region: list[Target] = [Region("chr7", start, start + length)]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        sequence = write_sequence(folder / "any.fa", {"chr7": bases})
        path = write_vcf(folder / "any.vcf.gz", HEADER, names, lines)
        source = with_sequence(release_of(path), sequence)
        theirs = bcftools.count(
            path, names, region=f"chr7:{start}-{start + length}", scratch=folder, sequence=folder / "any.fa"
        )
        ours = ask(source, region)
        assert sorted(counted(ours)) == sorted(theirs)
        columns = with_columns(source, folder / "columns")
        assert ask(columns, region) == ours
        halves = (chunk_of(path, "chr7", 1, cut), chunk_of(path, "chr7", cut + 1, 10_000))
        in_two = with_sequence(replace(source, chunks=halves), sequence)
        assert ask(in_two, region) == ours
        assert ask(with_columns(in_two, folder / "halves"), region) == ours
        sliced = list(in_slices(source, region, folder, 1_000))
        assert list(in_slices(columns, region, folder, 1)) == sliced
        slow = compress(bcftools.normalise(path, folder / "any.fa", folder / "norm.vcf"), folder / "norm.vcf.gz")
        everyone = Cohort.everyone(samples)
        expected = brute_force.ask(slow, region, everyone, EVERYTHING, everyone).carriers
        found = carried(source, region)
        assert sorted(row[:5] for row in found) == sorted(row[:5] for row in expected)
        assert sorted(carried(columns, region), key=str) == sorted(found, key=str)
        for row in ours:
            target = Variant("chr7", row["position_1based"], row["ref"], row["alt"])
            assert normalised(target, Sequence(sequence)) == target, "one spelling, however often"


def test_two_builds__give_the_same_bytes(edge: ReleaseSource, tmp_path: Path) -> None:
    with_columns(edge, tmp_path / "one")
    with_columns(edge, tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
