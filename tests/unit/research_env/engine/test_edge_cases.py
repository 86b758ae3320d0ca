"""Everything that catches a naive reader, in one file, compared with bcftools and spelled out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from research_env.engine import (
    BadRecord,
    Cohort,
    Filters,
    Region,
    ReleaseSource,
    Target,
    Variant,
    carriers,
    counts,
    open_release,
)
from tests.oracles import bcftools
from tests.oracles.vcf_files import release_of, with_columns, write_vcf

HEADER = [
    '##FILTER=<ID=PASS,Description="All filters passed">',
    '##FILTER=<ID=low,Description="Low">',
    '##ALT=<ID=DEL,Description="Deletion">',
    '##ALT=<ID=NON_REF,Description="Any other">',
    '##INFO=<ID=AC,Number=A,Type=Integer,Description="Wrong on purpose">',
    '##INFO=<ID=AN,Number=1,Type=Integer,Description="Wrong on purpose">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">',
    '##FORMAT=<ID=FT,Number=1,Type=String,Description="Sample filter">',
    "##contig=<ID=chr7,length=159345973>",
    "##contig=<ID=chrX,length=156040895>",
]
SAMPLES = ["canary_a", "canary_b", "canary_c", "canary_d", "canary_e"]
RECORDS = {
    "deletion from before the region": "chr7 95 . ACGTACGT A 50 PASS AC=9;AN=9 GT 0/1 0/0 0/0 0/0 0/0",
    "plain": "chr7 100 rs1 A G 50 PASS AC=9;AN=9 GT 0/0 0/1 1/1 0/0 0/0",
    "half calls": "chr7 110 . A G 50 PASS . GT ./1 1/. ./0 0/. ./.",
    "haploid on an autosome": "chr7 120 . A G 50 PASS . GT 1 0 . 0/1 1/1",
    "phased": "chr7 130 . A G 50 PASS . GT 0|1 1|0 1|1 0|0 .|.",
    "trailing fields dropped": "chr7 140 . A G 50 PASS . GT:DP:GQ:AD 0/1:30:99:15,15 0/1 1/1:12 0/0:.:50 ./.",
    "another order of fields": (
        "chr7 150 . A G 50 PASS . GT:GQ:AD:DP 0/1:40:9,8:17 0/0:50:9,0:9 1/1:.:0,9:9 0/1:3:1,1:2 ."
    ),
    "deep": ("chr7 160 . A G 50 PASS . GT:DP:GQ:AD 0/1:70000:255:300,69700 0/0:256:99:256,0 1/1:300:99:0,300 0/0 0/0"),
    "multi-allelic": (
        "chr7 170 rs2;rs3 A G,T,C 50 PASS . GT:DP:GQ:AD 1/2:30:99:0,15,15,0 0/1:20:50:9,11,0,0 2/2 0/3 ./2"
    ),
    "star": "chr7 180 . A G,* 50 PASS . GT 0/1 1/2 0/2 2/2 1/1",
    "symbolic": "chr7 190 . A <DEL> 50 PASS . GT 0/1 1/1 0/0 0/0 0/0",
    "non-ref": "chr7 200 . A G,<NON_REF> 50 PASS . GT 0/1 0/2 1/2 0/0 0/0",
    "no alternative": "chr7 210 . A . 50 PASS . GT 0/0 0/0 0/0 0/0 0/0",
    "lower case": "chr7 220 . a g 50 PASS . GT 0/1 0/0 0/0 0/0 0/0",
    "duplicate, first": "chr7 230 . A G 50 PASS . GT 0/1 0/0 0/0 0/0 0/0",
    "duplicate, second": "chr7 230 . A G 50 PASS . GT 0/0 0/1 1/1 0/0 0/0",
    "nobody called": "chr7 240 . A G 50 PASS . GT ./. ./. . ./. .|.",
    "failed": "chr7 250 . A G 50 low . GT 0/1 0/0 0/0 0/0 0/0",
    "never filtered": "chr7 260 . A G . . . GT 0/1 0/0 0/0 0/0 0/0",
    "shared end": "chr7 270 . CTT C,CT 50 PASS . GT 0/1 0/2 1/2 0/0 0/0",
    "ten alternatives": ("chr7 280 . A C,G,T,AC,AG,AT,ACC,ACG,ACT,AGC,AGG 50 PASS . GT 0/10 10/11 11|11 0/0 1/10"),
    "no genotypes": "chr7 290 . A G 50 PASS . DP 10 11 12 13 14",
    "sample filter": "chr7 310 . A G 50 PASS . GT:FT 0/1:low 0/1:PASS 0/0:. 0/0 1/1:low",
    "haploid males": "chrX 5000000 . A G 50 PASS . GT 1 0 0/1 1/1 .",
    "diploid-coded male": "chrX 5000100 . A G 50 PASS . GT 1/1 0/0 0/1 0/0 1",
}
EVERYTHING = Filters(pass_only=False, keep_absent=True)
REGIONS = [Region("7", 100, 1000), Region("X", 1, 6_000_000)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = [line.replace(" ", "\t") for line in RECORDS.values()]
    return write_vcf(tmp_path_factory.mktemp("edge") / "edge.vcf.gz", HEADER, SAMPLES, lines)


@pytest.fixture(scope="module", params=["lines", "columns"])
def source(request: pytest.FixtureRequest, path: Path, tmp_path_factory: pytest.TempPathFactory) -> ReleaseSource:
    """The file as both readers take it."""
    source = release_of(path)
    return source if request.param == "lines" else with_columns(source, tmp_path_factory.mktemp("columns"))


def _counts(source: ReleaseSource, targets: list[Target], filters: Filters, cohort: Cohort | None = None) -> pa.Table:
    with open_release(source) as release:
        return counts(release, targets, cohort or Cohort.everyone(5), filters)


def _row(source: ReleaseSource, position: int, alt: str | None = None, **filters: Any) -> dict[str, Any]:
    asked = Filters(**({"pass_only": False, "keep_absent": True} | filters))
    rows = _counts(source, [Region("7", position, position)], asked).to_pylist()
    (row,) = [row for row in rows if alt in (None, row["alt"])]
    return row


def _carriers(source: ReleaseSource, position: int, **filters: Any) -> list[tuple[Any, ...]]:
    asked = Filters(**({"pass_only": False} | filters))
    with open_release(source) as release:
        batches = list(carriers(release, [Region("7", position, position)], Cohort.everyone(5), asked))
    wanted = ("alt", "sample", "zygosity", "phased", "depth", "genotype_quality", "alt_depth")
    return [tuple(row[name] for name in wanted) for batch in batches for row in batch.to_pylist()]


@pytest.mark.parametrize("members", [[0, 1, 2, 3, 4], [0], [1, 3], [4, 2, 0], [3]])
def test_all_records__equal_bcftools(path: Path, source: ReleaseSource, members: list[int], tmp_path: Path) -> None:
    bcftools.require_bcftools()
    table = _counts(source, list(REGIONS), EVERYTHING, Cohort.from_indexes(5, members))
    names = [
        "position_1based",
        "ref",
        "alt",
        "allele_count",
        "allele_number",
        "het_count",
        "hom_count",
        "hemi_count",
        "missing_count",
    ]
    ours = [bcftools.Counted(*(row[name] for name in names)) for row in table.to_pylist()]
    samples = [SAMPLES[index] for index in members]
    theirs = []
    for region in ("chr7:100-1000", "chrX:1-6000000"):
        theirs += bcftools.count(path, samples, region=region, scratch=tmp_path)
    assert ours == theirs


def test_all_carriers__equal_bcftools(path: Path, source: ReleaseSource, tmp_path: Path) -> None:
    bcftools.require_bcftools()
    with open_release(source) as release:
        batches = list(carriers(release, list(REGIONS), Cohort.everyone(5), Filters(pass_only=False)))
    ours = [
        bcftools.Carrier(
            row["position_1based"],
            row["ref"],
            row["alt"],
            SAMPLES[row["sample"]],
            row["genotype_quality"],
            row["depth"],
            row["alt_depth"],
        )
        for batch in batches
        for row in batch.to_pylist()
    ]
    theirs = []
    for region in ("chr7:100-1000", "chrX:1-6000000"):
        theirs += bcftools.carry(path, SAMPLES, region=region, scratch=tmp_path, fields=("GQ", "DP", "AD"))
    assert ours == theirs


def test_region__holds_a_variant_by_its_pos_only(source: ReleaseSource) -> None:
    assert [row["position_1based"] for row in _counts(source, [Region("7", 100, 109)], EVERYTHING).to_pylist()] == [100]
    assert [row["position_1based"] for row in _counts(source, [Region("7", 90, 99)], EVERYTHING).to_pylist()] == [95]


def test_half_call__counts_one_allele_and_is_hemi(source: ReleaseSource) -> None:
    row = _row(source, 110)
    assert (row["allele_count"], row["allele_number"], row["hemi_count"], row["missing_count"]) == (2, 4, 2, 1)


def test_haploid_call__counts_one_allele(source: ReleaseSource) -> None:
    row = _row(source, 120)
    assert (row["allele_count"], row["allele_number"]) == (4, 6)
    assert (row["het_count"], row["hom_count"], row["hemi_count"], row["missing_count"]) == (1, 1, 1, 1)


def test_phase__is_kept_but_does_not_count(source: ReleaseSource) -> None:
    assert [found[:4] for found in _carriers(source, 130)] == [
        ("G", 0, "het", True),
        ("G", 1, "het", True),
        ("G", 2, "hom", True),
    ]


def test_dropped_trailing_fields__are_null_not_zero(source: ReleaseSource) -> None:
    assert _carriers(source, 140) == [
        ("G", 0, "het", False, 30, 99, 15),
        ("G", 1, "het", False, None, None, None),
        ("G", 2, "hom", False, 12, None, None),
    ]


def test_order_of_format_fields__is_read_from_each_line(source: ReleaseSource) -> None:
    assert _carriers(source, 150) == [
        ("G", 0, "het", False, 17, 40, 8),
        ("G", 2, "hom", False, 9, None, 9),
        ("G", 3, "het", False, 2, 3, 1),
    ]


def test_great_depth__is_not_cut(source: ReleaseSource) -> None:
    assert _carriers(source, 160)[0] == ("G", 0, "het", False, 70000, 255, 69700)


def test_two_alternatives_in_one_person__are_het_for_each(source: ReleaseSource) -> None:
    assert [found[:3] for found in _carriers(source, 170)] == [
        ("G", 0, "het"),
        ("G", 1, "het"),
        ("T", 0, "het"),
        ("T", 2, "hom"),
        ("T", 4, "hemi"),
        ("C", 3, "het"),
    ]
    assert [found[-1] for found in _carriers(source, 170)] == [15, 11, 15, None, None, None]
    assert _row(source, 170, "G")["rsid"] == "rs2;rs3"


@pytest.mark.parametrize("position", [190, 210])
def test_symbolic_or_absent_alternative__gives_no_row(source: ReleaseSource, position: int) -> None:
    assert _counts(source, [Region("7", position, position)], EVERYTHING).num_rows == 0


@pytest.mark.parametrize("position", [180, 200])
def test_star_and_non_ref__are_not_variants_but_their_calls_count(source: ReleaseSource, position: int) -> None:
    row = _row(source, position, "G")
    assert row["allele_number"] == 10
    assert _counts(source, [Region("7", position, position)], EVERYTHING).num_rows == 1


def test_lower_case_bases__are_given_in_upper_case(source: ReleaseSource) -> None:
    assert _row(source, 220)["variant_id"] == "chr7-220-A-G"


def test_duplicate_lines__stay_two_rows(source: ReleaseSource) -> None:
    rows = _counts(source, [Region("7", 230, 230)], EVERYTHING).to_pylist()
    assert [row["allele_count"] for row in rows] == [1, 3]


def test_site_where_nobody_was_called__has_no_frequency(source: ReleaseSource) -> None:
    row = _row(source, 240)
    assert (row["allele_number"], row["missing_count"], row["allele_frequency"]) == (0, 5, None)
    assert row["population_allele_frequency"] is None


def test_pass_only__leaves_out_failed_and_never_filtered_sites(source: ReleaseSource) -> None:
    targets: list[Target] = [Region("7", 250, 260)]
    assert _counts(source, targets, Filters()).num_rows == 0
    rows = _counts(source, targets, Filters(pass_only=False)).to_pylist()
    assert [(row["filter"], row["site_quality"]) for row in rows] == [("low", 50.0), (None, None)]
    assert _counts(source, targets, Filters(pass_only=False, min_site_quality=20)).num_rows == 1


def test_variant__is_found_under_its_shorter_spelling(source: ReleaseSource) -> None:
    (row,) = _counts(source, [Variant("7", 270, "CT", "C")], Filters()).to_pylist()
    assert (row["variant_id"], row["carrier_count"]) == ("chr7-270-CTT-CT", 2)
    (row,) = _counts(source, [Variant("7", 270, "CTT", "CT")], Filters()).to_pylist()
    assert row["variant_id"] == "chr7-270-CTT-CT"


def test_allele_number_above_nine__is_read(source: ReleaseSource) -> None:
    assert [found[:3] for found in _carriers(source, 280)] == [
        ("C", 4, "het"),
        ("AGC", 0, "het"),
        ("AGC", 1, "het"),
        ("AGC", 4, "het"),
        ("AGG", 1, "het"),
        ("AGG", 2, "hom"),
    ]


def test_line_without_genotypes__is_missing_for_all(source: ReleaseSource) -> None:
    assert _row(source, 290)["missing_count"] == 5


def test_diploid_call_on_x_of_unknown_sex__is_kept_as_coded(source: ReleaseSource) -> None:
    (row,) = _counts(source, [Region("X", 5_000_100, 5_000_100)], Filters()).to_pylist()
    assert (row["allele_count"], row["allele_number"], row["hom_count"], row["hemi_count"]) == (4, 9, 1, 1)


def test_sample_filter__takes_no_genotype_away(source: ReleaseSource) -> None:
    assert [found[1:3] for found in _carriers(source, 310)] == [(0, "het"), (1, "het"), (4, "hom")]
    assert _row(source, 310)["allele_number"] == 10


def test_site_quality_that_is_no_number__is_none(tmp_path: Path) -> None:
    line = "chr7 5 . A G nan PASS . GT 0/1".replace(" ", "\t")
    lines = release_of(write_vcf(tmp_path / "nan.vcf.gz", HEADER, ["a"], [line]))
    for source in (lines, with_columns(lines, tmp_path)):
        with open_release(source) as release:
            asked = ([Region("7", 5, 5)], Cohort.everyone(1))
            assert counts(release, *asked, Filters())["site_quality"].to_pylist() == [None]
            assert counts(release, *asked, Filters(min_site_quality=0)).num_rows == 0


def test_quality_above_99__is_kept(source: ReleaseSource) -> None:
    assert [found[5] for found in _carriers(source, 160)] == [255, 99]


@pytest.mark.parametrize("contig", ["chrY", "chrM"])
def test_haploid_calls_on_y_and_the_mitochondrion__count_one_allele_each(tmp_path: Path, contig: str) -> None:
    bcftools.require_bcftools()
    records = ["5000 . A G 50 PASS . GT 1 0 . 1 1", "5001 . C T,G 50 PASS . GT 2 1 1/1 0 ./2"]
    lines = [f"{contig} {record}".replace(" ", "\t") for record in records]
    header = [*HEADER, f"##contig=<ID={contig}>"]
    source = release_of(write_vcf(tmp_path / "haploid.vcf.gz", header, SAMPLES, lines))
    path, contig = Path(source.chunks[0].path), contig.removeprefix("chr").replace("M", "MT")
    theirs = bcftools.count(path, SAMPLES, scratch=tmp_path)
    assert [(row.allele_count, row.allele_number, row.hemi) for row in theirs] == [(3, 4, 3), (3, 6, 1), (2, 6, 2)]
    for each in (source, with_columns(source, tmp_path)):
        table = _counts(each, [Region(contig, 4_000, 6_000)], EVERYTHING)
        columns = ("allele_count", "allele_number", "hemi_count", "hom_count", "missing_count")
        ours = [tuple(row[name] for name in columns) for row in table.to_pylist()]
        assert ours == [(row.allele_count, row.allele_number, row.hemi, row.hom, row.missing) for row in theirs]


def test_genotype_quality__makes_failing_genotypes_missing(source: ReleaseSource) -> None:
    row = _row(source, 150, min_genotype_quality=20)
    # kept: het of 40 and reference of 50; "." and 3 fail, and so does the one without any value
    assert (row["allele_count"], row["allele_number"], row["missing_count"]) == (1, 4, 3)
    assert row["population_allele_number"] == 8
    assert [found[1] for found in _carriers(source, 150, min_depth=9)] == [0, 2]


def test_zygosity__narrows_carriers_and_not_counts(source: ReleaseSource) -> None:
    row = _row(source, 120, zygosity={"hemi"})
    assert (row["carrier_count"], row["allele_count"], row["hom_count"]) == (1, 4, 1)
    assert [found[1:3] for found in _carriers(source, 120, zygosity={"hemi"})] == [(0, "hemi")]


def test_named_variant__has_a_row_of_zeros_where_nobody_carries_it(source: ReleaseSource) -> None:
    nobody = Cohort.from_indexes(5, [])
    (row,) = _counts(source, [Variant("7", 100, "A", "G")], Filters(), nobody).to_pylist()
    assert (row["allele_count"], row["allele_number"], row["allele_frequency"]) == (0, 0, None)
    assert _counts(source, [Region("7", 100, 100)], Filters(), nobody).num_rows == 0
    assert _counts(source, [Variant("7", 100, "A", "T")], Filters(), nobody).num_rows == 0


def test_overlapping_targets__count_once(source: ReleaseSource) -> None:
    once = _counts(source, [Region("7", 100, 310)], Filters())
    twice: list[Target] = [Region("7", 100, 200), Region("7", 150, 310), Variant("7", 100, "A", "G")]
    assert _counts(source, twice, Filters()).equals(once)


def test_frequency__is_that_of_the_population_not_of_the_cohort(source: ReleaseSource) -> None:
    # 3 of 10 alleles in the release, all of them in the cohort's two people
    cohort = Cohort.from_indexes(5, [1, 2])
    assert _counts(source, [Region("7", 100, 100)], Filters(max_allele_frequency=0.3), cohort).num_rows == 1
    assert _counts(source, [Region("7", 100, 100)], Filters(max_allele_frequency=0.29), cohort).num_rows == 0
    with open_release(source) as release:
        masked = Cohort.everyone(5) - Cohort.from_indexes(5, [2])
        (row,) = counts(release, [Region("7", 100, 100)], cohort & masked, Filters(), population=masked).to_pylist()
    assert (row["population_allele_count"], row["population_allele_number"]) == (1, 8)
    assert (row["allele_count"], row["allele_number"]) == (1, 2)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("chr7 5 . A G . PASS . GT 0/0 0/1", "has 2 sample columns instead of 3"),
        ("chr7 5 . A G . PASS . GT 0/0 0/1 0/1 0/1", "has 4 sample columns instead of 3"),
        ("chr7 5 . A G . PASS . GT 0/0 0/2 0/1", "an allele that it does not list"),
        ("chr7 5 . A G . PASS . GT 0/0 zero 0/1", "has a genotype that cannot be read"),
        ("chr7 5 . A G . PASS . GT 0/0  0/1", "has an empty sample column"),
        ("chr7 5 . A G bad PASS . GT 0/0 0/1 0/0", "a position or quality that is not a number"),
        ("chr7 5 . A G . PASS", "has too few columns"),
    ],
)
def test_broken_line__is_refused_with_its_place(tmp_path: Path, line: str, complaint: str) -> None:
    good = "chr7 4 . A G . PASS . GT 0/0 0/1 1/1"
    lines = [good.replace(" ", "\t"), line.replace(" ", "\t")]
    source = release_of(write_vcf(tmp_path / "broken.vcf.gz", HEADER, ["a", "b", "c"], lines))
    with open_release(source) as release, pytest.raises(BadRecord, match=complaint) as refusal:
        counts(release, [Region("7", 1, 10)], Cohort.everyone(3), EVERYTHING)
    assert "broken.vcf.gz" in str(refusal.value)


def test_genotype_that_is_not_the_first_field__is_read(tmp_path: Path) -> None:
    # Against the format; bcftools 1.16 crashes when it subsets such a line, so it is no oracle here
    line = "chr7 5 . A G . PASS . DP:GT 10:0/1 11:1/1 12:0|1 13 .:0/0"
    source = release_of(write_vcf(tmp_path / "late.vcf.gz", HEADER, SAMPLES, [line.replace(" ", "\t")]))
    row = _row(source, 5)
    assert (row["allele_count"], row["allele_number"], row["missing_count"]) == (4, 8, 1)
    assert [found[4] for found in _carriers(source, 5)] == [10, 11, 12]


def test_other_ploidy_and_leading_phase__are_read(tmp_path: Path) -> None:
    line = "chr7 5 . A G . PASS . GT 0/0/1 1|1|1 |0|1 /1"
    source = release_of(write_vcf(tmp_path / "ploidy.vcf.gz", HEADER, list("abcd"), [line.replace(" ", "\t")]))
    with open_release(source) as release:
        (row,) = counts(release, [Region("7", 5, 5)], Cohort.everyone(4), Filters()).to_pylist()
    assert (row["allele_count"], row["allele_number"]) == (6, 9)
    assert (row["het_count"], row["hom_count"], row["hemi_count"]) == (2, 1, 1)


def test_deletion_from_one_region_into_a_distant_other__counts_once(tmp_path: Path) -> None:
    deleted = "A" * 9_000
    line = f"chr7 1000 . {deleted} A . PASS . GT 0/1".replace(" ", "\t")
    source = release_of(write_vcf(tmp_path / "long.vcf.gz", HEADER, ["a"], [line]))
    targets = [Region("7", 900, 1_100), Region("7", 9_000, 9_100)]
    with open_release(source) as release:
        assert counts(release, targets, Cohort.everyone(1), Filters()).num_rows == 1
        assert counts(release, targets[1:], Cohort.everyone(1), Filters()).num_rows == 0


def test_qualities_written_as_fractions__are_cut_and_nonsense_is_null(tmp_path: Path) -> None:
    values = ["0.5", "54.9", "1e2", "nan", "-1", "99999999999", "1234567890"]
    cells = [f"0/1:{value}" for value in values]
    line = "\t".join(["chr7", "5", ".", "A", "G", ".", "PASS", ".", "GT:GQ", *cells])
    source = release_of(write_vcf(tmp_path / "fractions.vcf.gz", HEADER, [f"s{n}" for n in range(7)], [line]))
    with open_release(source) as release:
        (batch,) = carriers(release, [Region("7", 5, 5)], Cohort.everyone(7), Filters())
    assert batch["genotype_quality"].to_pylist() == [0, 54, 100, None, None, None, 1234567890]


def test_sexes__change_counts_of_x_alone(path: Path, source: ReleaseSource) -> None:
    told = ReleaseSource("GRCh38", 5, np.array([1, 2, 1, 2, 0], dtype=np.uint8), source.chunks)
    autosome, x = REGIONS
    assert _counts(told, [autosome], EVERYTHING).equals(_counts(source, [autosome], EVERYTHING))
    assert _counts(source, [x], EVERYTHING)["allele_number"].to_pylist() == [6, 9]
    assert _counts(told, [x], EVERYTHING)["allele_number"].to_pylist() == [6, 8]  # 1/1 of the first man
