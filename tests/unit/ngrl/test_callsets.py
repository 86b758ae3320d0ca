"""What a release was called from: told once, by manifest or command, and held against its tables and its columns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from ngrl.models import Release, Sample
from ngrl.refusals import ReleaseRefused
from ngrl.sample_table import read_sample_table
from ngrl.services import load_release
from tests.factories.genomes import GOOD, write_table
from tests.factories.ngrl import CANARY_SAMPLES, SETUP, record, release_folder, vcf_text, write_samples, write_vcf

pytestmark = pytest.mark.django_db
A, B, C = CANARY_SAMPLES
HEADER = "sample\tkind\tparticipant\tsex\tdataset"
PAIR = (f"{A}\ttumour\tone\tfemale\tcancer", f"{B}\tnormal\tone\tfemale\tcancer")
ALONE = f"{C}\ttumour\ttwo\tmale\tcancer"


def somatic(folder: Path, *rows: str, callset: str = "somatic", publish: bool = False) -> Release:
    release_folder(folder)
    write_samples(folder, rows or (*PAIR, ALONE), header=HEADER)
    return load_release(actor=SETUP, folder=folder, assembly="GRCh38", callset=callset, publish=publish).release


def test_a_person__may_have_a_tumour_and_its_normal(tmp_path: Path) -> None:
    release = somatic(tmp_path / "v1")
    assert list(release.samples.order_by("index").values_list("kind", flat=True)) == ["tumour", "normal", "tumour"]
    assert release.samples.get(index=0).participant == release.samples.get(index=1).participant
    assert str(release).endswith("(GRCh38, somatic)")
    assert somatic(tmp_path / "v1") == release
    assert Sample.objects.count() == 3


def test_the_manifest__can_say_it_and_the_command_must_agree(tmp_path: Path) -> None:
    folder = tmp_path / "v1"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"callset": "somatic"}))
    with pytest.raises(ReleaseRefused, match="its callset is somatic, the command says germline"):
        somatic(folder, callset="germline")
    assert somatic(folder, callset="").is_somatic
    (folder / "manifest.json").write_text(json.dumps({"callset": "tumour"}))
    with pytest.raises(ReleaseRefused, match="the callset is germline or somatic"):
        somatic(folder, callset="")


@pytest.mark.parametrize(
    ("rows", "callset", "sentence"),
    [
        ((*PAIR, ALONE), "germline", "line 2: column kind: tumours and their normals are in somatic callsets alone"),
        ((f"{A}\tgermline\tone\tfemale\tcancer", PAIR[1], ALONE), "somatic", "line 2: column kind: write tumour or"),
        ((*PAIR, ALONE.replace("tumour", "")), "somatic", "line 4: column kind: write tumour or normal"),
        ((PAIR[0], f"{B}\ttumour\tone\tfemale\tcancer", ALONE), "somatic", "line 3: column participant: the same"),
        ((PAIR[0], PAIR[1].replace("one", "three"), ALONE), "somatic", "line 3: column participant: a normal stands"),
        ((PAIR[0], PAIR[1].replace("female", "male"), ALONE), "somatic", "line 3: column sex: line 2 says otherwise"),
        (
            (*PAIR, ALONE.replace("tumour\ttwo\tmale", "normal\tone\tfemale")),
            "somatic",
            "line 4: column participant: a person has one normal, and another is in line 3",
        ),
    ],
)
def test_tables_that_do_not_fit__are_refused_by_line(
    tmp_path: Path, rows: tuple[str, ...], callset: str, sentence: str
) -> None:
    with pytest.raises(ReleaseRefused) as refused:
        somatic(tmp_path / "v1", *rows, callset=callset)
    assert sentence in refused.value.sentence
    assert "CANARY" not in refused.value.sentence
    assert not Release.objects.exists()


def test_genomes__are_of_the_column_of_their_kind(tmp_path: Path) -> None:
    tumour = {**GOOD, "specimen": "t", "participant": "one", "kind": "tumour", "sample": A, "normal": "n"}
    normal = {**GOOD, "specimen": "n", "participant": "one", "sample": B}
    folder = tmp_path / "v1"
    folder.mkdir()
    write_table(folder / "genomes.tsv", [normal, tumour])
    release = somatic(folder)
    pair = release.genome_pairs.get()
    assert (pair.tumour.column, pair.normal.column) == (release.samples.get(index=0), release.samples.get(index=1))
    write_table(folder / "genomes.tsv", [{**normal, "sample": A}])
    with pytest.raises(ReleaseRefused, match=r"column sample: in samples\.tsv this sample is of another kind"):
        somatic(folder)
    genomes = release.genomes.filter(pk=pair.tumour.pk)
    release.genomes.filter(pk=pair.normal.pk).update(column=None)
    with pytest.raises(IntegrityError, match="a tumour is in a column of tumours"), transaction.atomic():
        genomes.update(column=release.samples.get(index=1))


def test_database__lets_no_callset_change_and_no_column_be_of_another(tmp_path: Path) -> None:
    release = somatic(tmp_path / "v1")
    with pytest.raises(IntegrityError, match="the callset of a release does not change"), transaction.atomic():
        Release.objects.filter(pk=release.pk).update(callset="germline")
    with pytest.raises(IntegrityError, match="a somatic one tumours and normals"), transaction.atomic():
        release.samples.filter(index=2).update(kind="germline")


def test_which_column_is_a_tumour__must_be_said(tmp_path: Path) -> None:
    """Normals that nobody named would be people with tumours."""
    with pytest.raises(ReleaseRefused, match="with the column kind"):
        load_release(actor=SETUP, folder=release_folder(tmp_path / "v1"), assembly="GRCh38", callset="somatic")


def test_an_allele_on_two_lines__is_refused_of_tumours_alone(tmp_path: Path) -> None:
    folder = tmp_path / "v1"
    release_folder(folder)
    write_vcf(folder, vcf_text([record(9), record(12), record(12).replace("\tA\tG\t", "\ta\tC,g\t")]))
    write_samples(folder, (*PAIR, ALONE), header=HEADER)
    with pytest.raises(ReleaseRefused, match="line 8: an allele stands on two lines") as refused:
        load_release(actor=SETUP, folder=folder, assembly="GRCh38", callset="somatic")
    assert "bcftools norm -m +any" in refused.value.sentence
    write_samples(folder)
    assert load_release(actor=SETUP, folder=folder, assembly="GRCh38").changed


def test_tables_of_people__may_have_a_column_kind_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "people.tsv"
    path.write_text("participant\tdataset\tkind\none\tcancer\ttumour\n")
    (row,) = read_sample_table(path, key="participant").rows.values()
    assert row.kind == "germline"
