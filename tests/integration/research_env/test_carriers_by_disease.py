"""CINECA's people joined to the genomes they are known by: carriers of CFTR p.Phe508del by sex and disease."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pysam
import pytest

from ngrl.conversions import convert_beacon
from ngrl.keys import source_digest
from ngrl.models import Participant, Release
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.services import load_clinical, load_release
from panelapp.services import load_genes
from portal.demo_people import SETUP
from research_env.results import read_table
from research_env.services import save_cohort
from tests.factories.releases import GENES_FILE, PHE508DEL
from tests.factories.research_env import run_question
from tests.personas import World

pytestmark = [pytest.mark.django_db, pytest.mark.real_data]
DATASET = "rare-disease"


@pytest.fixture
def release(real_data: Path, tmp_path: Path, world: World) -> Release:
    """3,202 genomes at CFTR, whose samples are their own participants, and the clinical tables of 2,157 of them."""
    load_genes(actor=world.people["hana"], path=GENES_FILE)
    folder = tmp_path / "release"
    folder.mkdir()
    for ending in ("", ".tbi"):
        shutil.copyfile(real_data / "vcf" / f"1kgp_GRCh38_CFTR.vcf.gz{ending}", folder / f"cftr.vcf.gz{ending}")
    with pysam.VariantFile(str(folder / "cftr.vcf.gz")) as file:
        names = list(file.header.samples)
    (folder / "samples.tsv").write_text("\n".join(["sample", *names]) + "\n")
    release = load_release(actor=SETUP, folder=folder, reference="real", assembly="GRCh38", dataset=DATASET).release
    made = convert_beacon(real_data / "cohort" / "cineca_uk1_individuals.json", tmp_path / "uk1", DATASET)
    load_clinical(actor=SETUP, folder=made.folder, release=release, publish=True)
    release.refresh_from_db()
    return release


def test_carriers__are_counted_by_sex_and_disease_in_the_projects_pseudonyms(
    real_data: Path, world: World, release: Release
) -> None:
    people = {
        each["id"]: each for each in json.loads((real_data / "cohort" / "cineca_uk1_individuals.json").read_text())
    }
    carriers = {name for name in _carriers(real_data) if name in people}
    cipher = ProjectPseudonyms(world.project.reference)
    expected: Counter[tuple[str, str]] = Counter()
    for name in carriers:
        for disease in people[name].get("diseases", []):
            expected[people[name]["sex"]["label"], disease["diseaseCode"]["id"].removeprefix("ICD10:")] += 1
    assert expected
    for (sex, code), count in sorted(expected.items())[:3]:
        criteria = {"all": [{"sex": [sex]}, {"column": "diagnoses.code", "codes": [code]}, {"has_genome": True}]}
        cohort = save_cohort(
            actor=world.people["ada"], project=world.project, release=release, name=code, criteria=criteria
        )
        query = run_question(world, release, targets=PHE508DEL, cohort=cohort.reference)
        found = set(read_table(query.result, "carriers")["pseudonym"].to_pylist())
        wanted = {
            name
            for name in carriers
            if people[name]["sex"]["label"] == sex
            and any(each["diseaseCode"]["id"].endswith(code) for each in people[name].get("diseases", []))
        }
        digests = [source_digest(name) for name in wanted]
        ids = Participant.objects.filter(source_digest__in=digests).values_list("pk", flat=True)
        assert found == {cipher.encode(pk) for pk in ids}
        assert len(found) == count


def _carriers(real_data: Path) -> set[str]:
    """Read by htslib straight from the file."""
    with pysam.VariantFile(str(real_data / "vcf" / "1kgp_GRCh38_CFTR.vcf.gz")) as file:
        for record in file.fetch("chr7", 117559589, 117559590):
            if (record.ref, record.alts) == ("ATCT", ("A",)):
                return {name for name, call in record.samples.items() if 1 in (call["GT"] or ())}
    return set()
