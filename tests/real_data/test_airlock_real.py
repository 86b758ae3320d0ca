"""Results of a query on the real 1000 Genomes release, and tables that a researcher makes of them, as a checker judges.

Each file is labelled by hand. What tells of one person or of a few is stopped; what tells of many is let be.
"""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from airlock.checks import Consequence, Policy
from airlock.checks.identifiers import KnownIdentifiers
from airlock.checks.inspection import inspect
from airlock.checks.notes import Declared, Notes
from research_env.engine import Cohort, Filters, counts_and_carriers, open_release
from tests.oracles.vcf_files import everywhere, release_of, sample_names

pytestmark = pytest.mark.real_data

ROOT = Path(os.environ.get("LECTERN_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
VCF = ROOT / "vcf" / "1kgp_GRCh38_TPMT.vcf.gz"
POLICY, KEY = Policy(), b"key of these tests"
WINDOW_BASES = 5_000
Row = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a query on the whole file gives: variants with their counts, and who carries which."""

    people: list[str]
    variants: list[Row]
    carriers: list[Row]

    def carriers_by_window(self) -> list[tuple[str, int]]:
        """(stretch, people who carry a rare variant in it), in order."""
        rare = {_key(row) for row in self.variants if row["allele_count"] <= 20}
        people: dict[int, set[int]] = {}
        for row in self.carriers:
            if _key(row) in rare:
                people.setdefault(row["position_1based"] // WINDOW_BASES, set()).add(row["sample"])
        return [(f"stretch {at}", len(people[at])) for at in sorted(people)]


def _key(row: Row) -> tuple[Any, ...]:
    return row["position_1based"], row["ref"], row["alt"]


@cache
def answer() -> Answer:
    """Read once for all tests of this file."""
    if not VCF.exists():
        pytest.skip(f"no real data in {ROOT.name}/ (set LECTERN_REAL_DATA)")
    names, source = sample_names(VCF), release_of(VCF)
    variants, carriers = [], []
    with open_release(source) as release:
        everyone = Cohort.everyone(len(names))
        for counted, carried in counts_and_carriers(release, everywhere(source), everyone, Filters(pass_only=False)):
            variants += counted.to_pylist()
            carriers += carried.to_pylist()
    return Answer(names, variants, carriers)


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    return "".join(",".join(map(str, row)) + "\n" for row in (header, *rows)).encode()


def _pseudonym(column: int) -> str:
    """In the form of the project's, each of another person."""
    return f"{column:05d}-ABCDE-{column % 10000:04d}"


def _site(row: Row) -> tuple[object, ...]:
    return row["contig"], row["position_1based"], row["ref"], row["alt"]


SITE = ("contig", "position_1based", "ref", "alt")


def carriers_with_pseudonyms() -> bytes:
    rows = ((*_site(row), _pseudonym(row["sample"]), row["zygosity"]) for row in answer().carriers[:5000])
    return _csv((*SITE, "pseudonym", "zygosity"), rows)


def carriers_with_names() -> bytes:
    rows = ((*_site(row), answer().people[row["sample"]], row["zygosity"]) for row in answer().carriers[:5000])
    return _csv((*SITE, "person", "zygosity"), rows)


def variants_with_exact_counts() -> bytes:
    rows = ((*_site(row), row["allele_count"], row["allele_number"], row["het_count"]) for row in answer().variants)
    return _csv((*SITE, "allele_count", "allele_number", "het_count"), rows)


def sites_that_few_carry() -> bytes:
    few = [row for row in answer().variants if row["allele_count"] < POLICY.threshold]
    return _csv((*SITE, "allele_count"), ((*_site(row), row["allele_count"]) for row in few))


def genotypes() -> bytes:
    """Variants by people, 0, 1 or 2."""
    carried = {(*_key(row), row["sample"]): 2 if row["zygosity"] == "hom" else 1 for row in answer().carriers}
    chosen, people = answer().variants[:40], range(60)
    rows = ((f"v{n}", *(carried.get((*_key(row), who), 0) for who in people)) for n, row in enumerate(chosen))
    return _csv(("variant", *(f"p{who}" for who in people)), rows)


def lines_of_the_vcf() -> bytes:
    with gzip.open(VCF, "rb") as stream:
        return b"".join(line for _, line in zip(range(300), stream, strict=False))


def people_by_stretch_with_a_small_one() -> bytes:
    return _csv(("stretch", "people"), [*answer().carriers_by_window(), ("stretch of the promoter", 3)])


def masked_beside_its_total() -> bytes:
    windows = answer().carriers_by_window()
    rows = [*windows, ("stretch of the promoter", "<5"), ("Total", sum(count for _, count in windows) + 3)]
    return _csv(("stretch", "people"), rows)


def people_by_stretch() -> bytes:
    return _csv(("stretch", "people"), [row for row in answer().carriers_by_window() if row[1] >= POLICY.threshold])


def people_by_stretch_rounded() -> bytes:
    rows = ((name, max(5, 5 * round(count / 5))) for name, count in answer().carriers_by_window() if count >= 5)
    return _csv(("stretch", "people (rounded to 5)"), rows)


def small_ones_masked() -> bytes:
    windows = [(name, count if count >= 5 else "<5") for name, count in answer().carriers_by_window()]
    return _csv(("stretch", "people"), windows)


def variants_by_frequency() -> bytes:
    """How many variants are how frequent: a spectrum counts variants, not people."""
    bands = {"below 0.1%": 0.001, "0.1% to 1%": 0.01, "1% to 5%": 0.05, "above 5%": 1.1}
    found = dict.fromkeys(bands, 0)
    for row in answer().variants:
        found[next(name for name, most in bands.items() if (row["allele_frequency"] or 0) < most)] += 1
    return _csv(("allele frequency", "variants"), found.items())


def variants_by_kind() -> bytes:
    kinds = ["SNV" if len(row["ref"]) == len(row["alt"]) == 1 else "indel" for row in answer().variants]
    return _csv(("kind", "variants"), [(kind, kinds.count(kind)) for kind in ("SNV", "indel")])


def words() -> bytes:
    many = len(answer().variants)
    return f"We read {many} variants of TPMT in {len(answer().people)} people of the 1000 Genomes Project.\n".encode()


Make = Callable[[], bytes]
UNSAFE: dict[str, tuple[str, Make]] = {
    "carriers with pseudonyms": ("carriers.csv", carriers_with_pseudonyms),
    "carriers with names of samples": ("carriers.csv", carriers_with_names),
    "variants with exact counts": ("variants.csv", variants_with_exact_counts),
    "sites that a few people carry": ("sites.csv", sites_that_few_carry),
    "genotypes": ("matrix.csv", genotypes),
    "lines of the VCF": ("slice.txt", lines_of_the_vcf),
    "a count of three": ("stretches.csv", people_by_stretch_with_a_small_one),
    "a masked count beside its total": ("stretches.csv", masked_beside_its_total),
}
SAFE: dict[str, tuple[str, Make]] = {
    "people by stretch, all many": ("stretches.csv", people_by_stretch),
    "people by stretch, rounded": ("stretches.csv", people_by_stretch_rounded),
    "people by stretch, small ones masked": ("stretches.csv", small_ones_masked),
    "variants by frequency": ("spectrum.csv", variants_by_frequency),
    "variants by kind": ("kinds.csv", variants_by_kind),
    "a sentence": ("readme.txt", words),
}


def stopped_by(name: str, data: bytes) -> set[str]:
    """Codes of the findings that ask somebody to do something."""
    known = (KnownIdentifiers.of(KEY, answer().people),)
    notes = Notes(POLICY, known, Declared(len(answer().people)))
    findings = inspect(io.BytesIO(data), name, notes).findings
    return {each.code for each in findings if POLICY.consequence(each.code) >= Consequence.ACKNOWLEDGE}


def test_answer__is_large_enough_to_say_anything() -> None:
    assert len(answer().people) > 2000
    assert len(answer().variants) > 300
    assert {row["allele_count"] for row in answer().variants} >= {2, 3, 4}
    assert len(answer().carriers_by_window()) > 3


@pytest.mark.parametrize("what", UNSAFE)
def test_what_tells_of_a_few_people__is_stopped(what: str) -> None:
    name, make = UNSAFE[what]
    assert stopped_by(name, make())


@pytest.mark.parametrize("what", SAFE)
def test_what_tells_of_many__is_let_be(what: str) -> None:
    name, make = SAFE[what]
    assert stopped_by(name, make()) == set()
