"""What real trios carry and passed on: the engine against a reader that looks at one person and record at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pysam
import pytest

from research_env.engine import (
    FEMALE,
    MALE,
    Cohort,
    Family,
    Filters,
    Member,
    ReleaseSource,
    canonical_contig,
    inheritance,
    is_pseudo_autosomal,
    open_release,
    person_variants,
)
from tests.oracles import bcftools
from tests.oracles.vcf_files import everywhere, release_of, with_columns
from tests.real_data.test_engine_equals_bcftools import ROOT

pytestmark = pytest.mark.real_data

EVERYTHING = Filters(pass_only=False)
# Child (a son in each), father, mother, and the assembly
TRIOS = {
    "family/giab_ashkenazi_trio.vcf.gz": ("HG002", "HG003", "HG004", "GRCh37"),
    "family/scout_643594.clinical.vcf.gz": ("ADM1059A2", "ADM1059A1", "ADM1059A3", "GRCh37"),
    "family/talos_trio_GRCh38.vcf.gz": ("proband", "father", "mother", "GRCh38"),
    "vcf/1kgp_GRCh38_CFTR.vcf.gz": ("HG00420", "HG00418", "HG00419", "GRCh38"),
}


@dataclass(frozen=True)
class Trio:
    """Places of child, father and mother among the samples."""

    path: Path
    places: tuple[int, int, int]
    source: ReleaseSource

    @property
    def family(self) -> Family:
        child, father, mother = self.places
        return Family(
            child,
            (
                Member(child, MALE, father, mother, is_affected=True),
                Member(mother, FEMALE, is_affected=False),
                Member(father, MALE, is_affected=False),
            ),
        )


@pytest.fixture(params=sorted(TRIOS))
def trio(request: pytest.FixtureRequest) -> Trio:
    path = ROOT / request.param
    if not path.exists():
        pytest.skip(f"{path.name} is not there")
    *names, assembly = TRIOS[request.param]
    with pysam.VariantFile(str(path)) as file:
        samples = list(file.header.samples)
    child, father, mother = (samples.index(name) for name in names)
    source = release_of(path, assembly)
    sexes = np.zeros(source.sample_count, dtype=np.uint8)
    sexes[[child, father, mother]] = MALE, MALE, FEMALE
    return Trio(path, (child, father, mother), replace(source, sexes=sexes))


@dataclass(frozen=True)
class Seen:
    """One allele of one record, as each of the three was called: copies, called alleles, and copies one can have."""

    name: str
    contig: str
    is_single: bool  # a man has one copy here
    calls: tuple[tuple[int, int, int], ...]

    def carried(self, who: int) -> bool:
        return self.calls[who][0] > 0

    def full(self, who: int) -> bool:
        copies, called, expected = self.calls[who]
        return copies > 0 and copies == called and called >= expected

    def absent(self, who: int) -> bool:
        copies, called, expected = self.calls[who]
        return copies == 0 and called >= expected


def seen(trio: Trio) -> Iterator[Seen]:
    """Every allele in bases of every record, in file order."""
    with pysam.VariantFile(str(trio.path)) as file:
        for record in file:
            contig = canonical_contig(record.chrom)
            is_end = is_pseudo_autosomal(trio.source.assembly, contig, record.pos)
            is_single = contig in ("chrX", "chrY") and not is_end
            for number, alt in enumerate(record.alts or (), 1):
                if not alt.isalpha():
                    continue
                calls = []
                for place, is_man in zip(trio.places, (True, True, False), strict=True):
                    alleles = list(record.samples[place].allele_indices or ())
                    if is_single and is_man and len(set(alleles)) == 1:
                        alleles = alleles[:1]
                    called = [each for each in alleles if each is not None]
                    calls.append((called.count(number), len(called), 1 if is_single and is_man else 2))
                name = f"{contig}-{record.pos}-{record.ref.upper()}-{alt.upper()}"
                yield Seen(name, contig, is_single, tuple(calls))


CHILD, FATHER, MOTHER = range(3)
OTHERS = ("chrY", "chrM")  # of one parent only


def expected(each: Seen) -> set[str]:
    """Which modes of inheritance it fits in an ill son of healthy parents."""
    is_x = each.is_single and each.contig == "chrX"
    parents = [MOTHER] if is_x else [MOTHER, FATHER]
    found = set()
    if not each.carried(CHILD):
        return found
    nobody_else = not each.carried(MOTHER) and not each.carried(FATHER)
    if all(each.absent(who) for who in parents) and nobody_else:
        found.add("de_novo")
    healthy = not each.full(MOTHER) and not each.full(FATHER)
    if each.full(CHILD) and healthy and all(each.carried(who) for who in parents):
        found.add("x_linked" if is_x else "recessive")
    return found


@pytest.mark.parametrize("reader", ["lines", "columns"])
def test_what_a_child_carries_and_how_it_was_passed_on__is_what_brute_force_finds(
    trio: Trio, reader: str, tmp_path: Path
) -> None:
    alleles = [each for each in seen(trio) if each.contig not in OTHERS]
    assert len({each.name for each in alleles}) == len(alleles), (
        "a line repeats an allele: this reader does not join them"
    )
    source = with_columns(trio.source, tmp_path) if reader == "columns" else trio.source
    everyone = Cohort.everyone(source.sample_count)
    modes = ["de_novo", "recessive", "x_linked"]
    with open_release(source) as release:
        places = [place for place in everywhere(source) if place.contig not in OTHERS]
        own = person_variants(release, places, trio.places[CHILD], EVERYTHING, population=everyone)
        told = inheritance(release, places, trio.family, EVERYTHING, population=everyone, modes=modes)
    assert own["variant_id"].to_pylist() == [each.name for each in alleles if each.carried(CHILD)]
    for mode in modes:
        ours = [row["variant_id"] for row in told.to_pylist() if row["mode"] == mode]
        assert ours == [each.name for each in alleles if mode in expected(each)], mode


def test_de_novo__is_what_bcftools_selects(trio: Trio) -> None:
    bcftools.require_bcftools()
    child, father, mother = trio.places
    alone = f'GT[{child}]="alt" && GT[{mother}]="RR" && GT[{father}]="RR"'
    found = bcftools.select(trio.path, alone)
    with open_release(trio.source) as release:
        told = inheritance(release, everywhere(trio.source), trio.family, EVERYTHING, modes=["de_novo"])
    sex = ("chrX", "chrY", "chrM")  # where bcftools knows nothing of men
    assert [name for name in told["variant_id"].to_pylist() if not name.startswith(sex)] == [
        name for name in found if not name.startswith(sex)
    ]
