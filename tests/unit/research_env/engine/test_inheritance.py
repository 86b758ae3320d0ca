"""What a family passed on, judged against a small pedigree whose every genotype is written out here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from research_env.engine import (
    FEMALE,
    MALE,
    Cohort,
    Family,
    Filters,
    InvalidTarget,
    Member,
    Region,
    build_columns,
    inheritance,
    open_release,
    person_variants,
)
from tests.oracles.vcf_files import everywhere, release_of, write_vcf

# Columns: child, mother, father, healthy brother, a stranger
SON, MOTHER, FATHER, BROTHER, STRANGER = range(5)
HEADER = [
    "##contig=<ID=chr1,length=248956422>",
    "##contig=<ID=chrX,length=156040895>",
    '##FILTER=<ID=PASS,Description="">',
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Allele|Consequence|SYMBOL">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="">',
]
ROWS = [
    ("chr1", 100, "A", "G", "G1", "0/1 0/0 0/0 0/0 0/0"),  # de novo
    ("chr1", 110, "A", "G", "G1", "0/1 ./. 0/0 0/0 0/0"),  # nobody knows what the mother has
    ("chr1", 120, "A", "G", "G1", "0/1 ./0 0/0 0/0 0/0"),  # nor here: half a call
    ("chr1", 130, "A", "G", "G1", "0/1 0/0:9 0/0 0/0 0/0"),  # the mother's call is weak
    ("chr1", 140, "A", "G", "G1", "0/1 0/0 0/0 0/1 0/0"),  # the healthy brother has it too
    ("chr1", 200, "C", "T", "G2", "1/1 0/1 0/1 0/1 0/1"),  # recessive
    ("chr1", 210, "C", "T", "G2", "1/1 0/1 0/1 1/1 0/0"),  # the healthy brother is like the child
    ("chr1", 220, "C", "T", "G2", "1/1 0/1 0/0 0/0 0/0"),  # the father does not carry it
    ("chr1", 300, "C", "T", "G3", "0/1 0/1 0/0 0/1 0/0"),  # compound, maternal
    ("chr1", 310, "C", "A", "G3", "0|1 0/0 0/1 0/0 0/0"),  # compound, paternal
    ("chr1", 320, "C", "A", "G4", "0/1 0/0 0/1 0/0 0/0"),  # of another gene
    ("chr1", 400, "C", "A,T", "G5", "1/2 0/1 0/2 0/0 0/0"),  # both alleles of one line, one from each parent
    ("chr1", 500, "C", "A", "G6", "0/1 0/1 0/1 0/0 0/0"),  # from either parent: nobody can say
    ("chr1", 510, "C", "T", "G6", "0/1 0/1 0/0 0/0 0/0"),
    ("chr1", 600, "C", "A", "G7", "0/1 0/1 0/0 0/1 0/0"),  # a pair that the healthy brother has as well
    ("chr1", 610, "C", "T", "G7", "0/1 0/0 0/1 0/1 0/0"),
    ("chrX", 50_000_000, "C", "T", "GX", "1 0/1 0 0 0/0"),  # X-linked
    ("chrX", 50_000_010, "C", "T", "GX", "1/1 0/1 0 0 0/0"),  # the same, coded as two copies
    ("chrX", 50_000_020, "C", "T", "GX", "1 0/0 1 0 0/0"),  # new in a son: his X is not his father's
    ("chrX", 100_000, "C", "T", "GP", "1/1 0/1 0/1 0/0 0/0"),  # where X and Y recombine: as on an autosome
]
FAMILY = Family(
    SON,
    (
        Member(SON, MALE, FATHER, MOTHER, is_affected=True),
        Member(MOTHER, FEMALE, is_affected=False),
        Member(FATHER, MALE, is_affected=False),
        Member(BROTHER, MALE, FATHER, MOTHER, is_affected=False),
    ),
)
GOOD = Filters(min_genotype_quality=20)
EVERYBODY = Cohort.everyone(5)


@pytest.fixture(scope="module")
def vcf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pedigree on disk; a genotype without a quality has 50."""
    lines = []
    for contig, at, ref, alt, gene, calls in sorted(ROWS, key=lambda row: (row[0], row[1])):
        info = "CSQ=" + ",".join(f"{each}|missense_variant|{gene}" for each in alt.split(","))
        cells = [call if ":" in call else f"{call}:50" for call in calls.split()]
        lines.append("\t".join([contig, str(at), ".", ref, alt, "50", "PASS", info, "GT:GQ", *cells]))
    return write_vcf(tmp_path_factory.mktemp("family") / "family.vcf.gz", HEADER, list("abcde"), lines)


def found(vcf: Path, mode: str, family: Family = FAMILY, population: Cohort = EVERYBODY) -> list[str]:
    """Position and allele of each variant of a mode."""
    source = release_of(vcf)
    with open_release(source) as release:
        table = inheritance(release, everywhere(source), family, GOOD, population=population, modes=[mode])
    assert set(table["mode"].to_pylist()) <= {mode}
    return [
        f"{at}{alt}" for at, alt in zip(table["position_1based"].to_pylist(), table["alt"].to_pylist(), strict=True)
    ]


def test_de_novo__needs_parents_who_were_called_without_it(vcf: Path) -> None:
    assert found(vcf, "de_novo") == ["100G"]


def test_de_novo__in_a_son__does_not_ask_his_father_about_x(vcf: Path) -> None:
    """The father has the allele on his X, which he did not pass on. Known to be healthy, he speaks against it."""
    members = tuple(replace(one, is_affected=None) if one.sample == FATHER else one for one in FAMILY.members)
    assert found(vcf, "de_novo", Family(SON, members)) == ["100G", "50000020T"]


def test_de_novo__of_a_parent_who_withdrew__is_not_claimed(vcf: Path) -> None:
    without_mother = EVERYBODY - Cohort.from_indexes(5, [MOTHER])
    assert found(vcf, "de_novo", population=without_mother) == []
    # What the brother who withdrew has is used neither for nor against
    without_brother = EVERYBODY - Cohort.from_indexes(5, [BROTHER])
    assert found(vcf, "de_novo", population=without_brother) == ["100G", "140G"]


def test_recessive__is_carried_by_both_parents_and_not_full_in_the_healthy(vcf: Path) -> None:
    assert found(vcf, "recessive") == ["200T", "100000T"]


def test_recessive__with_one_parent__rests_on_that_one(vcf: Path) -> None:
    without_father = EVERYBODY - Cohort.from_indexes(5, [FATHER])
    assert found(vcf, "recessive", population=without_father) == ["200T", "220T", "100000T"]


def test_recessive__an_affected_brother_must_have_it_too(vcf: Path) -> None:
    members = tuple(replace(one, is_affected=True) if one.sample == BROTHER else one for one in FAMILY.members)
    assert found(vcf, "recessive", Family(SON, members)) == ["210T"]


def test_x_linked__a_son_has_it_from_his_mother(vcf: Path) -> None:
    assert found(vcf, "x_linked") == ["50000000T", "50000010T"]


def test_compound_het__is_one_allele_from_each_parent_in_one_gene(vcf: Path) -> None:
    source = release_of(vcf)
    with open_release(source) as release:
        table = inheritance(release, everywhere(source), FAMILY, GOOD, modes=["compound_het"])
    names = ("variant_id", "partner_variant_id", "mother", "father")
    assert list(zip(*(table[name].to_pylist() for name in names), strict=True)) == [
        ("chr1-300-C-T", "chr1-310-C-A", "het", "absent"),
        ("chr1-310-C-A", "chr1-300-C-T", "absent", "het"),
        ("chr1-400-C-A", "chr1-400-C-T", "het", "absent"),
        ("chr1-400-C-T", "chr1-400-C-A", "absent", "het"),
    ]


def test_compound_het__without_any_parent__is_not_claimed(vcf: Path) -> None:
    orphan = EVERYBODY - Cohort.from_indexes(5, [MOTHER, FATHER])
    assert found(vcf, "compound_het", population=orphan) == []


def test_a_person_who_may_not_be_read__is_refused(vcf: Path) -> None:
    gone = EVERYBODY - Cohort.from_indexes(5, [SON])
    with pytest.raises(InvalidTarget, match="not among those"):
        found(vcf, "de_novo", population=gone)
    source = release_of(vcf)
    with open_release(source) as release, pytest.raises(InvalidTarget, match="not among those"):
        person_variants(release, everywhere(source), 5, Filters())


def test_a_mode_nobody_knows__is_refused(vcf: Path) -> None:
    with pytest.raises(InvalidTarget, match="is no mode of inheritance"):
        found(vcf, "dominant-ish")


def test_one_person__has_what_the_line_says_and_nobody_else_does(vcf: Path) -> None:
    source = release_of(vcf)
    with open_release(source) as release:
        table = person_variants(release, [Region("chr1", 200, 320)], BROTHER, Filters())
    names = ("position_1based", "zygosity", "genotype_quality", "population_allele_count")
    assert list(zip(*(table[name].to_pylist() for name in names), strict=True)) == [
        (200, "het", 50, 6),
        (210, "hom", 50, 6),
        (300, "het", 50, 3),
    ]


def test_a_chunked_release__gives_the_same(vcf: Path) -> None:
    source = release_of(vcf)
    cut = [
        replace(chunk, start_1based=start, end_1based=end)
        for chunk in source.chunks
        for start, end in ((1, 305), (306, 500_000_000))
    ]
    pieces = type(source)(source.assembly, source.sample_count, np.zeros(5, dtype=np.uint8), tuple(cut))
    with open_release(source) as whole, open_release(pieces) as parts:
        targets = everywhere(source)
        assert inheritance(parts, targets, FAMILY, GOOD).equals(inheritance(whole, targets, FAMILY, GOOD))


def test_a_release_in_columns__gives_the_same(vcf: Path, tmp_path: Path) -> None:
    source = release_of(vcf)
    built = []
    for number, chunk in enumerate(source.chunks):
        built.append(replace(chunk, columns_path=str(tmp_path / str(number))))
        build_columns(built[-1], source.sample_count, built[-1].columns_path)
    columnar = type(source)(source.assembly, source.sample_count, source.sexes, tuple(built))
    # Bounds on genotypes need the lines, so here they are left out: that is what columns answer
    with open_release(source) as lines, open_release(columnar) as columns:
        assert all(columns.columns(number) is not None for number in range(len(built)))
        targets = everywhere(source)
        expected = inheritance(lines, targets, FAMILY, Filters())
        assert expected.num_rows
        assert inheritance(columns, targets, FAMILY, Filters()).equals(expected)


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ((Member(0), Member(0)), "twice"),
        ((Member(1),), "not a member"),
        ((Member(0, father=1),), "List both parents"),
        ((Member(0, father=1), Member(1, FEMALE)), "sex of a father"),
        ((Member(0, father=1), Member(1, MALE, father=0)), "own ancestor"),
    ],
)
def test_a_pedigree_that_cannot_be__is_refused(members: tuple[Member, ...], says: str) -> None:
    with pytest.raises(InvalidTarget, match=says):
        Family(0, members)
