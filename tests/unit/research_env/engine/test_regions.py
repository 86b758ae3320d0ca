"""Regions and variants as people write them, and what we tell those who write them wrong."""

from __future__ import annotations

import pytest

from research_env.engine import (
    InvalidTarget,
    Region,
    Variant,
    canonical_contig,
    is_pseudo_autosomal,
    merge_regions,
    parse_region,
    parse_target,
    parse_variant,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("7", "chr7"), ("chr7", "chr7"), ("CHR7", "chr7"), (" x ", "chrX"), ("MT", "chrM"), ("chrM", "chrM")],
)
def test_contig__has_one_spelling(written: str, meant: str) -> None:
    assert canonical_contig(written) == meant


@pytest.mark.parametrize("written", ["", "23", "chr", "chr7_KI270803v1_alt", "GL000192.1", "07"])
def test_contig__unknown__is_refused_with_the_choices(written: str) -> None:
    with pytest.raises(InvalidTarget, match="Write 1 to 22, X, Y or MT"):
        canonical_contig(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("chr7:117559590-117559700", Region("7", 117559590, 117559700)),
        ("7:117,559,590-117,559,700", Region("7", 117559590, 117559700)),
        (" 7:100 - 200 ", Region("7", 100, 200)),
        ("7:100–200", Region("7", 100, 200)),
        ("7:100..200", Region("7", 100, 200)),
        ("X:5", Region("X", 5, 5)),
        ("chr21", Region("21", 1, 46_709_983)),
    ],
)
def test_region__as_people_write_it(written: str, meant: Region) -> None:
    assert parse_region(written, "GRCh38") == meant


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("", "is not a region"),
        ("chr7:abc-200", "is not a region"),
        ("chr7:200-100", "ends at 100, before it starts at 200"),
        ("chr7:0-100", "starts at position 1 or later"),
        ("chr7:1-999999999", "chr7 ends at position 159,345,973 in GRCh38, but .* reaches 999,999,999"),
        ("chr7:1-99999999999999999999", "is not a position"),
        ("chr99:1-100", "not a chromosome we know"),
        ("chr7:,-,", "is not a position"),
    ],
)
def test_region__wrong__is_refused_with_a_sentence(written: str, complaint: str) -> None:
    with pytest.raises(InvalidTarget, match=complaint):
        parse_region(written, "GRCh38")


def test_region__past_the_end_in_one_assembly_only() -> None:
    assert parse_region("chr1:249,000,000-249,250,621", "GRCh37").length == 250_622
    with pytest.raises(InvalidTarget, match="in GRCh38"):
        parse_region("chr1:249,000,000-249,250,621", "GRCh38")


@pytest.mark.parametrize(
    "written",
    [
        "chr7-117559590-ATCT-A",
        "7:117559590:ATCT:A",
        "7:117,559,590 ATCT>A",
        "chr7-117559590-atct-a",
        "7 117559590 ATCT A",
    ],
)
def test_variant__as_people_write_it(written: str) -> None:
    assert parse_variant(written, "GRCh38") == Variant("chr7", 117559590, "ATCT", "A")
    assert parse_target(written, "GRCh38").to_json() == ["chr7", 117559590, "ATCT", "A"]


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("rs113993960", "is not a variant"),
        ("chr7-117559590-ATCT-", "is not a variant"),
        ("chr7-117559590-ATCT-<DEL>", "is not a variant"),
        ("chr7-117559590-AXCT-A", "given by its bases"),
        ("chr7-117559590-A-A", "are the same"),
        ("chr7-0-A-G", "stands at position 1 or later"),
        ("chr7-159345973-ACGT-A", "ends at position 159,345,973"),
    ],
)
def test_variant__wrong__is_refused_with_a_sentence(written: str, complaint: str) -> None:
    with pytest.raises(InvalidTarget, match=complaint):
        parse_variant(written, "GRCh38")


def test_target__that_is_neither__is_refused_as_a_region() -> None:
    assert parse_target("7:1-2", "GRCh37") == Region("7", 1, 2)
    with pytest.raises(InvalidTarget, match="is not a region"):
        parse_target("BRCA2 please", "GRCh38")


def test_merging__joins_overlapping_and_touching_regions_in_genome_order() -> None:
    regions = [Region("10", 5, 9), Region("2", 50, 60), Region("2", 10, 20), Region("2", 21, 30), Region("2", 15, 25)]
    assert merge_regions(regions) == [Region("2", 10, 30), Region("2", 50, 60), Region("10", 5, 9)]
    assert merge_regions(regions, gap=19) == [Region("2", 10, 60), Region("10", 5, 9)]


def test_pseudo_autosomal_regions__differ_between_assemblies() -> None:
    assert is_pseudo_autosomal("GRCh38", "chrX", 2_781_479)
    assert not is_pseudo_autosomal("GRCh37", "chrX", 2_781_479)
    assert not is_pseudo_autosomal("GRCh38", "chr7", 20_000)
