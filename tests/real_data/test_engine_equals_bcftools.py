"""The engine gives exactly what Debian's bcftools gives, on every real multi-sample VCF at hand."""

from __future__ import annotations

import gzip
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from research_env.engine import (
    Cohort,
    Filters,
    Region,
    ReleaseSource,
    Target,
    Variant,
    counts_and_carriers,
    open_release,
)
from tests.oracles import bcftools
from tests.oracles.vcf_files import compress, everywhere, release_of, sample_names, with_columns

pytestmark = pytest.mark.real_data

ROOT = Path(os.environ.get("LECTERN_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
FILES = sorted((ROOT / "vcf").glob("*.vcf.gz"))
FAMILIES = sorted((ROOT / "family").glob("*.vcf.gz"))
EVERYTHING = Filters(pass_only=False, keep_absent=True)


@dataclass(frozen=True)
class RealFile:
    """A real VCF, as a file with an index and as a release of ours."""

    path: Path
    names: list[str]
    source: ReleaseSource

    def contig(self, region: Region) -> str:
        """The region as the file spells it."""
        prefix = "chr" if "GRCh38" in self.path.name else ""
        return f"{prefix}{region.contig.removeprefix('chr')}:{region.start_1based}-{region.end_1based}"


@pytest.fixture(scope="module", params=[*FILES] or [Path("none")], ids=lambda path: path.name)
def prepared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RealFile:
    """Each file of the folder; the plainly gzipped ones re-compressed and indexed first."""
    if not FILES:
        pytest.skip(f"no real data in {ROOT.name}/ (set LECTERN_REAL_DATA)")
    bcftools.require_bcftools()
    return _prepare(request.param, tmp_path_factory.mktemp("bgzipped"))


@pytest.fixture(scope="module", params=["lines", "columns"])
def real(request: pytest.FixtureRequest, prepared: RealFile, tmp_path_factory: pytest.TempPathFactory) -> RealFile:
    """The file as both of our readers take it: line by line, and as columns made of it."""
    if request.param == "lines":
        return prepared
    return replace(prepared, source=with_columns(prepared.source, tmp_path_factory.mktemp("columns")))


def _prepare(path: Path, scratch: Path) -> RealFile:
    if not Path(f"{path}.tbi").exists():
        path = compress(path, scratch / path.name)
    return RealFile(path, sample_names(path), release_of(path, "GRCh38" if "GRCh38" in path.name else "GRCh37"))


def _ours(
    real: RealFile, targets: Sequence[Target], cohort: Cohort
) -> tuple[list[bcftools.Counted], list[bcftools.Carrier]]:
    counted, carried = [], []
    with open_release(real.source) as release:
        for variants, carriers in counts_and_carriers(release, targets, cohort, EVERYTHING):
            counted += [
                bcftools.Counted(
                    row["position_1based"],
                    row["ref"],
                    row["alt"],
                    row["allele_count"],
                    row["allele_number"],
                    row["het_count"],
                    row["hom_count"],
                    row["hemi_count"],
                    row["missing_count"],
                )
                for row in variants.to_pylist()
            ]
            columns = [carriers[name].to_pylist() for name in ("position_1based", "ref", "alt", "sample")]
            carried += [
                bcftools.Carrier(position, ref, alt, real.names[sample])
                for position, ref, alt, sample in zip(*columns, strict=True)
            ]
    return counted, carried


def _theirs(
    real: RealFile, cohort: Cohort, region: Region | None, scratch: Path
) -> tuple[list[bcftools.Counted], list[bcftools.Carrier]]:
    names = [real.names[index] for index in cohort.indexes]
    where = real.contig(region) if region else None
    return (
        bcftools.count(real.path, names, region=where, scratch=scratch),
        bcftools.carry(real.path, names, region=where, scratch=scratch),
    )


def _random_cohort(real: RealFile, seed: int, share: float) -> Cohort:
    chosen = random.Random(seed).sample(range(len(real.names)), max(1, int(share * len(real.names))))
    return Cohort.from_indexes(len(real.names), chosen)


def test_whole_file__everyone(real: RealFile, tmp_path: Path) -> None:
    everyone = Cohort.everyone(len(real.names))
    expected = _theirs(real, everyone, None, tmp_path)
    assert expected[0], "the oracle found nothing"
    assert _ours(real, everywhere(real.source), everyone) == expected


def test_whole_file__random_fifth_of_the_samples(real: RealFile, tmp_path: Path) -> None:
    cohort = _random_cohort(real, seed=20, share=0.2)
    assert _ours(real, everywhere(real.source), cohort) == _theirs(real, cohort, None, tmp_path)


def test_regions_within__random_cohorts(real: RealFile, tmp_path: Path) -> None:
    counted, _ = _ours(real, everywhere(real.source), Cohort.from_indexes(len(real.names), []))
    positions = sorted({row.position_1based for row in counted})
    choose = random.Random(real.path.name)
    for seed in range(3):
        start, end = sorted(choose.sample(positions, 2))
        region = Region(real.source.chunks[0].contig, start, end)
        cohort = _random_cohort(real, seed=seed, share=choose.choice([0.01, 0.1, 0.6]))
        assert _ours(real, [region], cohort) == _theirs(real, cohort, region, tmp_path)


def test_single_variants__multi_allelic_and_random(real: RealFile, tmp_path: Path) -> None:
    everyone = Cohort.everyone(len(real.names))
    counted = bcftools.count(real.path, real.names, scratch=tmp_path)
    places = [row.position_1based for row in counted]
    shared = [row for row in counted if places.count(row.position_1based) > 1]
    choose = random.Random(7)
    contig = real.source.chunks[0].contig
    for row in [*choose.sample(shared, min(10, len(shared))), *choose.sample(counted, 10)]:
        ours, carried = _ours(real, [Variant(contig, row.position_1based, row.ref, row.alt)], everyone)
        assert ours == [each for each in counted if each[:3] == row[:3]]
        assert len(carried) == sum(each.het + each.hom + each.hemi for each in ours)


def test_males_on_chr_x__make_an_odd_allele_number(tmp_path: Path) -> None:
    path = ROOT / "vcf" / "uwgac_1kg_phase3_subset_chrX.vcf.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not there")
    real = _prepare(path, tmp_path)
    counted, _ = _ours(real, everywhere(real.source), Cohort.everyone(len(real.names)))
    assert any(row.allele_number % 2 for row in counted)
    assert any(row.hemi for row in counted)


@pytest.mark.parametrize("reader", ["lines", "columns"])
@pytest.mark.parametrize("path", FAMILIES, ids=lambda path: path.name)
def test_families__depths_and_qualities_of_carriers(path: Path, reader: str, tmp_path: Path) -> None:
    bcftools.require_bcftools()
    real = _prepare(path, tmp_path)
    if reader == "columns":
        real = replace(real, source=with_columns(real.source, tmp_path / "columns"))
    cohort = Cohort.everyone(len(real.names))
    header = gzip.decompress(path.read_bytes()).decode().split("#CHROM")[0]
    fields = [field for field in ("GQ", "DP", "AD") if f"##FORMAT=<ID={field}," in header]
    theirs = bcftools.carry(real.path, real.names, scratch=tmp_path, fields=fields)
    ours = []
    with open_release(real.source) as release:
        for _, carriers in counts_and_carriers(release, everywhere(real.source), cohort, EVERYTHING):
            for row in carriers.to_pylist():
                values = {"GQ": row["genotype_quality"], "DP": row["depth"], "AD": row["alt_depth"]}
                place = (row["position_1based"], row["ref"], row["alt"], real.names[row["sample"]])
                ours.append(bcftools.Carrier(*place, *(values[field] for field in fields)))
    assert ours == theirs


def test_cftr_f508del__has_the_published_carriers() -> None:
    path = ROOT / "vcf" / "1kgp_GRCh38_CFTR.vcf.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not there")
    source = release_of(path)
    with open_release(source) as release:
        target = [Variant("7", 117559590, "ATCT", "A")]
        found = list(counts_and_carriers(release, target, Cohort.everyone(source.sample_count), Filters()))
    assert [(row["allele_count"], row["carrier_count"]) for row in found[0][0].to_pylist()] == [(25, 25)]
    assert found[0][1].num_rows == 25
