"""The demo release: families that inherit, a spectrum as in nature, known findings, the same each time."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pysam
import pytest
from numpy.typing import NDArray

from ngrl.demo.tumours import make_demo_tumours
from ngrl.demo_release import make_demo_release, read_genes
from ngrl.models import Dataset, Participant
from ngrl.selectors import everyone_in
from ngrl.services import load_release
from ngrl.vcf_inspection import inspect_vcf
from tests.factories.ngrl import SETUP

PLANTED = {
    "chr7-117559590-ATCT-A": (25, 24, 1, 0),
    "chr2-166012345-G-A": (1, 1, 0, 0),
    "chr1-94008251-C-T": (3, 3, 0, 0),
    "chr1-94029480-TG-T": (2, 2, 0, 0),
    "chrX-32345678-G-A": (2, 1, 0, 1),
    "chr13-32340300-GT-G": (4, 4, 0, 0),
    "chr17-43124027-ACT-A": (9, 9, 0, 0),
    "chr16-2110101-GC-G": (7, 7, 0, 0),
    "chr19-11105587-C-A": (7, 7, 0, 0),
    "chr19-11105587-C-T": (4, 4, 0, 0),
    "chr14-23420101-C-T": (6, 6, 0, 0),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    made = make_demo_release(folder, people=1_000, seed=1)
    assert made.people == 1_000
    assert 5_000 <= made.records <= 6_000
    assert 10 <= made.chunks <= 15
    return folder


@pytest.fixture(scope="module")
def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "samples.tsv").open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


class Genotypes:
    """All genotypes, read back from the files with pysam: int8[records, people, 2]; -1 missing, -2 absent."""

    def __init__(self, folder: Path) -> None:
        self.ids: list[str] = []
        self.filters: list[str] = []
        rows = []
        for path in sorted(folder.glob("*.vcf.gz")):
            with pysam.VariantFile(str(path)) as file:
                self.samples = list(file.header.samples)
                for record in file:
                    self.ids.append(f"{record.chrom}-{record.pos}-{record.ref}-{','.join(record.alts or ())}")
                    self.filters.append(",".join(record.filter))
                    rows.append([_alleles(call["GT"]) for call in record.samples.values()])
        self.alleles: NDArray[np.int8] = np.array(rows, dtype=np.int8)

    def at(self, variant_id: str) -> NDArray[np.int8]:
        found: NDArray[np.int8] = self.alleles[self.ids.index(variant_id)]
        return found


def _alleles(genotype: tuple[int | None, ...]) -> tuple[int, int]:
    first, second = (*genotype, -2)[:2]
    return (-1 if first is None else first, -1 if second is None else second)


@pytest.fixture(scope="module")
def genotypes(folder: Path) -> Genotypes:
    return Genotypes(folder)


def test_people__stand_in_families_of_every_kind(table: list[dict[str, str]]) -> None:
    sizes = Counter(Counter(row["family"] for row in table if row["family"]).values())
    assert set(sizes) == {2, 3, 4}
    assert {row["dataset"] for row in table} == {"rare-disease", "cancer", "covid-19"}
    assert {row["sex"] for row in table} == {"female", "male"}
    assert len({row["ancestry"] for row in table}) >= 4
    assert all(row["affected"] == "yes" for row in table if row["family_role"] == "proband")


def test_names_and_ids__say_nothing_about_each_other(table: list[dict[str, str]], genotypes: Genotypes) -> None:
    assert [row["sample"] for row in table] != genotypes.samples
    assert {row["sample"] for row in table} == set(genotypes.samples)
    assert {row["sample"] for row in table}.isdisjoint(row["participant"] for row in table)


def test_genes__are_more_than_forty_with_facts_on_both_assemblies() -> None:
    genes = read_genes()
    assert len(genes) >= 40
    assert {"CFTR", "TTN", "AARS1", "QARS1", "EPRS1", "DMD", "BRCA2"} <= set(genes)


def test_same_seed__gives_the_same_bytes_and_another_seed_others(folder: Path, tmp_path: Path) -> None:
    def digests(path: Path) -> dict[str, str]:
        return {
            str(each.relative_to(path)): hashlib.sha256(each.read_bytes()).hexdigest()
            for each in path.rglob("*")
            if each.is_file() and each.suffix != ".tbi"
        }

    make_demo_release(tmp_path / "again", people=1_000, seed=1)
    assert digests(tmp_path / "again") == digests(folder)
    make_demo_release(tmp_path / "other", people=300, seed=2)
    assert digests(tmp_path / "other")["samples.tsv"] != digests(folder)["samples.tsv"]


@pytest.mark.parametrize("people", [300, 450])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_small_cohorts__have_the_same_findings(tmp_path: Path, people: int, seed: int) -> None:
    make_demo_release(tmp_path, people=people, seed=seed)
    entries = {entry["variant_id"]: entry for entry in json.loads((tmp_path / "planted.json").read_text())}
    assert {
        name: tuple(entries[name][key] for key in ("carriers", "het", "hom", "hemi")) for name in PLANTED
    } == PLANTED


def test_too_few_people__are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 300 people"):
        make_demo_release(tmp_path, people=299)


def test_planted_findings__are_in_the_files_as_the_list_says(folder: Path, genotypes: Genotypes) -> None:
    entries: list[dict[str, Any]] = json.loads((folder / "planted.json").read_text())
    assert {entry["variant_id"] for entry in entries if entry["is_planted"]} == set(PLANTED)
    for entry in entries:
        contig, position, ref, alt = entry["variant_id"].split("-")
        site = next(each for each in genotypes.ids if each.startswith(f"{contig}-{position}-{ref}-"))
        number = site.rpartition("-")[2].split(",").index(alt) + 1
        alleles = genotypes.at(site)
        copies = (alleles == number).sum(axis=1)
        haploid = alleles[:, 1] == -2
        counted = (int((copies > 0).sum()), int((copies == 2).sum()), int(((copies == 1) & haploid).sum()))
        assert counted == (entry["carriers"], entry["hom"], entry["hemi"]), entry["variant_id"]
        assert int((alleles >= 0).sum()) == entry["allele_number"]
        assert genotypes.filters[genotypes.ids.index(site)] == entry["filter"]
        if entry["is_planted"]:
            assert (entry["carriers"], entry["het"], entry["hom"], entry["hemi"]) == PLANTED[entry["variant_id"]]


def test_stories__of_families_are_true(table: list[dict[str, str]], genotypes: Genotypes) -> None:
    column = {name: place for place, name in enumerate(genotypes.samples)}
    by_person = {row["participant"]: row for row in table}

    def carriers(variant_id: str) -> list[dict[str, str]]:
        found = {name for name, place in column.items() if (genotypes.at(variant_id)[place] > 0).any()}
        return [row for row in table if row["sample"] in found]

    (new_in,) = carriers("chr2-166012345-G-A")
    assert new_in["affected"] == "yes"
    assert {by_person[new_in["mother"]]["sex"], by_person[new_in["father"]]["sex"]} == {"female", "male"}

    in_both = [row for row in carriers("chr1-94008251-C-T") if row in carriers("chr1-94029480-TG-T")]
    (child,) = in_both
    assert by_person[child["mother"]] in carriers("chr1-94008251-C-T")
    assert by_person[child["father"]] in carriers("chr1-94029480-TG-T")

    son, mother = sorted(carriers("chrX-32345678-G-A"), key=lambda row: row["sex"], reverse=True)
    assert (son["sex"], by_person[son["mother"]]) == ("male", mother)
    assert Counter(row["dataset"] for row in carriers("chr17-43124027-ACT-A")) == {
        "rare-disease": 3, "cancer": 3, "covid-19": 3,
    }  # fmt: skip


def test_children__have_their_alleles_from_their_parents(table: list[dict[str, str]], genotypes: Genotypes) -> None:
    column = {row["participant"]: genotypes.samples.index(row["sample"]) for row in table}
    on_x = np.array([each.startswith("chrX") for each in genotypes.ids])
    for row in table:
        if not row["mother"]:
            continue
        child, mother = genotypes.alleles[:, column[row["participant"]]], genotypes.alleles[:, column[row["mother"]]]
        called = (child[:, 0] >= 0) & (mother[:, 0] >= 0)
        shares = (child[:, :1] == mother).any(axis=1) | ((child[:, 1:] == mother) & (child[:, 1:] >= 0)).any(axis=1)
        assert shares[called].all()
        if row["father"]:
            father = genotypes.alleles[:, column[row["father"]]]
            inherits = ~on_x if row["sex"] == "male" else np.ones_like(on_x)
            called &= inherits & (father[:, 0] >= 0) & (child[:, 1] >= 0)
            unexplained = ~(child[:, 1:] == father).any(axis=1) & called
            assert [genotypes.ids[place] for place in np.flatnonzero(unexplained)] in ([], ["chr2-166012345-G-A"])


def test_men__have_one_copy_of_x(table: list[dict[str, str]], genotypes: Genotypes) -> None:
    is_male = {row["sample"]: row["sex"] == "male" for row in table}
    men = np.array([is_male[name] for name in genotypes.samples])
    on_x = np.array([each.startswith("chrX") for each in genotypes.ids])
    absent = genotypes.alleles[:, :, 1] == -2
    assert (absent == (on_x[:, None] & men[None, :])).all()


def test_variants__are_mostly_rare_some_missing_some_filtered_some_with_two_alternatives(genotypes: Genotypes) -> None:
    counts = (genotypes.alleles > 0).sum(axis=(1, 2))
    frequency = counts / (genotypes.alleles >= 0).sum(axis=(1, 2))
    assert counts.min() >= 1
    assert 0.6 < (frequency < 0.01).mean() < 0.95
    assert (frequency > 0.05).mean() > 0.05
    assert 0.02 < np.mean([each != "PASS" for each in genotypes.filters]) < 0.12
    assert 0.001 < (genotypes.alleles == -1).mean() < 0.05
    assert 0.01 < np.mean(["," in each for each in genotypes.ids]) < 0.08


def test_lines__carry_consequences_and_depths(folder: Path) -> None:
    with pysam.VariantFile(str(folder / "05-chr6-chr7-chr8.vcf.gz")) as file:
        fields = file.header.info["CSQ"].description.rpartition("Format: ")[2].split("|")
        record = next(file.fetch("chr7", 117_559_589, 117_559_590))
        annotation = dict(zip(fields, record.info["CSQ"][0].split("|"), strict=True))
        assert (annotation["SYMBOL"], annotation["HGVSp"], annotation["Allele"]) == ("CFTR", "p.Phe508del", "-")
        for call in record.samples.values():
            assert call["DP"] == sum(call["AD"])
    assert inspect_vcf(folder / "05-chr6-chr7-chr8.vcf.gz", assembly="GRCh38").header.annotation == "CSQ"


@pytest.mark.django_db
def test_demo_release__loads(folder: Path) -> None:
    release = load_release(actor=SETUP, folder=folder, publish=True).release
    assert (release.sample_count, release.assembly, release.status) == (1_000, "GRCh38", "published")
    assert release.samples.filter(participant__mother__isnull=False).count() > 150
    assert Participant.objects.filter(samples__release=release, family_role="proband").count() > 100
    assert Dataset.objects.filter(samples__release=release).distinct().count() == 3


@pytest.mark.django_db
def test_demo_tumours__are_of_people_of_the_demo_and_the_same_each_time(folder: Path, tmp_path: Path) -> None:
    first, again = (make_demo_tumours(folder, tmp_path / name, read_genes()) for name in ("one", "two"))
    for file in ("tumours.vcf.gz", "samples.tsv", "manifest.json"):
        assert (first / file).read_bytes() == (again / file).read_bytes()
    known = load_release(actor=SETUP, folder=folder, publish=True).release
    tumours = load_release(actor=SETUP, folder=first, publish=True).release
    people = set(everyone_in(tumours).values_list("participant", flat=True))
    assert tumours.is_somatic
    assert people < set(known.samples.values_list("participant", flat=True))
    assert len(people) > tumours.sample_count - len(people) > 0, "most have a normal, some have none"
    with pysam.VariantFile(str(first / "tumours.vcf.gz")) as file:
        (often,) = file.fetch("chr17", 7_675_087, 7_675_088)
        assert sum(any(call["GT"]) for call in often.samples.values()) == len(people) // 6
        fractions = [call["AD"][1] / call["DP"] for call in often.samples.values() if any(call["GT"])]
    assert min(fractions) < 0.25, "few reads have what part of a tumour has"
