"""Tiers of a person's variants, judged against a small pedigree whose every genotype is written out here."""

from __future__ import annotations

from pathlib import Path

import pytest

from research_env.engine import (
    FEMALE,
    MALE,
    TIERS_SCHEMA,
    Cohort,
    Family,
    Filters,
    GeneRule,
    InvalidTarget,
    Member,
    NotAnnotated,
    RareLimits,
    open_release,
    tiering,
)
from tests.oracles.vcf_files import everywhere, release_of, write_vcf

CHILD, MOTHER, FATHER, STRANGER = range(4)
MIS, STOP, SILENT = "missense_variant", "stop_gained", "synonymous_variant"
HEADER = [
    "##contig=<ID=chr1,length=248956422>",
    "##contig=<ID=chrX,length=156040895>",
    "##contig=<ID=chrM,length=16569>",
    '##FILTER=<ID=PASS,Description="">',
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Allele|Consequence|SYMBOL">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="">',
]
ROWS = [
    # position, effect, gene, genotypes of child, mother, father, stranger
    ("chr1", 100, MIS, "NEW", "0/1 0/0 0/0 0/0"),  # new in the child
    ("chr1", 110, MIS, "DOM", "0/1 0/1 0/0 0/0"),  # from a healthy mother
    ("chr1", 120, SILENT, "DOM", "0/1 0/0 0/0 0/0"),  # changes no protein
    ("chr1", 200, STOP, "REC", "1/1 0/1 0/1 0/0"),
    ("chr1", 210, MIS, "REC2", "1/1 0/1 0/1 0/0"),
    ("chr1", 300, MIS, "PAIR", "0/1 0/1 0/0 0/0"),  # one of a pair
    ("chr1", 310, STOP, "PAIR", "0/1 0/0 0/1 0/0"),  # the other
    ("chr1", 400, STOP, "AMBER", "0/1 0/0 0/0 0/0"),  # new, in an amber gene
    ("chr1", 500, STOP, "OUTSIDE", "0/1 0/0 0/0 0/0"),  # in no gene of the panel
    ("chr1", 600, MIS, "VAGUE", "0/1 0/0 0/0 0/0"),  # new; the panel names no mode
    ("chrX", 50_000_000, MIS, "XLR", "1 0/1 0 0/0"),
    ("chrM", 100, MIS, "MITO", "1 0 0 0"),
]
RULES = {
    "NEW": GeneRule(3, ("monoallelic",)),
    "DOM": GeneRule(3, ("monoallelic",)),
    "REC": GeneRule(3, ("biallelic",)),
    "REC2": GeneRule(3, ("biallelic",)),
    "PAIR": GeneRule(3, ("biallelic",)),
    "AMBER": GeneRule(2, ("monoallelic",)),
    "VAGUE": GeneRule(3, ()),
    "XLR": GeneRule(3, ("xlinked_biallelic",)),
    "MITO": GeneRule(3, ("mitochondrial",)),
}
TRIO = Family(
    CHILD,
    (
        Member(CHILD, MALE, FATHER, MOTHER, is_affected=True),
        Member(MOTHER, FEMALE, is_affected=False),
        Member(FATHER, MALE, is_affected=False),
    ),
)
ALONE = Family(CHILD, (Member(CHILD, MALE, is_affected=True),))
# Among four people nothing is rare, so the limits of these tests are wide
WIDE = RareLimits(alone=0.9, as_a_pair=0.9)
EVERYBODY = Cohort.everyone(4)


@pytest.fixture(scope="module")
def vcf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = [
        f"{contig}\t{at}\t.\tC\tT\t50\tPASS\tCSQ=T|{effect}|{gene}\tGT\t" + calls.replace(" ", "\t")
        for contig, at, effect, gene, calls in ROWS
    ]
    return write_vcf(tmp_path_factory.mktemp("tiers") / "trio.vcf.gz", HEADER, list("abcd"), lines)


def tiers(
    vcf: Path,
    family: Family = TRIO,
    rules: dict[str, GeneRule] = RULES,
    limits: RareLimits = WIDE,
    population: Cohort = EVERYBODY,
    filters: Filters | None = None,
) -> dict[str, tuple[int, str | None, str]]:
    """(tier, mode that fits, reason) by gene and position."""
    source = release_of(vcf)
    with open_release(source) as release:
        targets = everywhere(source)
        table = tiering(release, targets, family, rules, limits=limits, population=population, filters=filters)
    assert table.schema == TIERS_SCHEMA
    assert table["tier"].to_pylist() == sorted(table["tier"].to_pylist())
    columns = [table[name].to_pylist() for name in ("gene_symbol", "position_1based", "tier", "fits", "reason")]
    return {f"{gene}:{at}": (tier, fits, reason) for gene, at, tier, fits, reason in zip(*columns, strict=True)}


def of_tier(number: int, found: dict[str, tuple[int, str | None, str]]) -> dict[str, str | None]:
    return {name: fits for name, (tier, fits, _) in found.items() if tier == number}


def test_tier_1__is_loss_of_function_or_new_in_a_green_gene_that_fits(vcf: Path) -> None:
    assert of_tier(1, tiers(vcf)) == {
        "NEW:100": "monoallelic",
        "REC:200": "biallelic",
        "PAIR:310": "biallelic",
        "VAGUE:600": "unknown",
        "MITO:100": "mitochondrial",
    }


def test_tier_2__is_another_protein_change_in_a_green_gene_that_fits(vcf: Path) -> None:
    assert of_tier(2, tiers(vcf)) == {
        "REC2:210": "biallelic",
        "PAIR:300": "biallelic",
        "XLR:50000000": "xlinked_biallelic",
    }


def test_tier_3__is_what_does_not_fit_or_lies_in_a_gene_of_a_lower_level(vcf: Path) -> None:
    assert of_tier(3, tiers(vcf)) == {"DOM:110": None, "AMBER:400": "monoallelic"}


def test_genes_outside_the_panel_and_silent_changes__are_in_no_tier(vcf: Path) -> None:
    assert not {"OUTSIDE:500", "DOM:120"} & set(tiers(vcf))


def test_the_reason__says_change_origin_fit_and_level(vcf: Path) -> None:
    found = tiers(vcf)
    assert found["NEW:100"][2] == "Changes the protein, new in the person; fits the mode of inheritance; green gene."
    assert "does not fit how the panel says" in found["DOM:110"][2]
    assert found["AMBER:400"][2].endswith("amber gene.")
    assert "names no mode of inheritance" in found["VAGUE:600"][2]


def test_a_common_variant__cannot_cause_a_dominant_condition_but_can_be_one_of_two(vcf: Path) -> None:
    strict = tiers(vcf, limits=RareLimits(alone=0.01, as_a_pair=0.9))
    assert strict["NEW:100"][:2] == (3, None)
    assert strict["REC:200"][:2] == (1, "biallelic")


def test_what_is_not_rare__is_in_no_tier(vcf: Path) -> None:
    # One copy of eight is rare enough at 0.13; the four copies of REC are not
    found = tiers(vcf, limits=RareLimits(alone=0.13, as_a_pair=0.13))
    assert "NEW:100" in found
    assert "REC:200" not in found


def test_without_parents__nothing_is_new_and_a_pair_is_said_to_be_unsure(vcf: Path) -> None:
    found = tiers(vcf, family=ALONE)
    assert found["NEW:100"][:2] == (2, "monoallelic")
    assert found["PAIR:300"][:2] == (2, "biallelic")
    assert "may lie on the same copy" in found["PAIR:300"][2]
    assert found["DOM:110"][:2] == (2, "monoallelic")


def test_a_parent_who_withdrew__is_as_if_never_sequenced(vcf: Path) -> None:
    without_mother = EVERYBODY - Cohort.from_indexes(4, [MOTHER])
    assert tiers(vcf, population=without_mother)["NEW:100"][:2] == (2, "monoallelic")


def test_the_person_who_withdrew__has_no_report(vcf: Path) -> None:
    with pytest.raises(InvalidTarget, match="not among those whose genomes can be read"):
        tiers(vcf, population=EVERYBODY - Cohort.from_indexes(4, [CHILD]))


@pytest.mark.parametrize(
    ("mode", "from_mother_fits", "from_father_fits"),
    [("monoallelic_maternally_imprinted", False, True), ("monoallelic_paternally_imprinted", True, False)],
)
def test_imprinted_genes__count_the_copy_of_the_other_parent(
    vcf: Path, mode: str, *, from_mother_fits: bool, from_father_fits: bool
) -> None:
    ill_parents = Family(CHILD, (TRIO.members[0], Member(MOTHER, FEMALE), Member(FATHER, MALE)))
    rules = {"PAIR": GeneRule(3, (mode,))}
    found = tiers(vcf, family=ill_parents, rules=rules)
    assert (found["PAIR:300"][1] is not None) == from_mother_fits
    assert (found["PAIR:310"][1] is not None) == from_father_fits


def test_x_linked_dominant__is_not_spoken_against_by_a_healthy_mother(vcf: Path) -> None:
    found = tiers(vcf, rules={"XLR": GeneRule(3, ("xlinked_monoallelic",))})
    assert found["XLR:50000000"][:2] == (2, "xlinked_monoallelic")


def test_a_dominant_gene__asks_that_the_ill_have_it(vcf: Path) -> None:
    ill_father = Family(CHILD, (TRIO.members[0], TRIO.members[1], Member(FATHER, MALE, is_affected=True)))
    assert tiers(vcf, family=ill_father)["NEW:100"][:2] == (3, None)


def test_files_without_effects__are_refused(tmp_path: Path) -> None:
    path = write_vcf(
        tmp_path / "bare.vcf.gz", HEADER[:4] + HEADER[5:], ["a"], ["chr1\t100\t.\tC\tT\t50\tPASS\t.\tGT\t0/1"]
    )
    with pytest.raises(NotAnnotated):
        tiers(path, family=ALONE, population=Cohort.everyone(1))
