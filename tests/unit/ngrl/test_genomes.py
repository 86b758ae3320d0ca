"""Specimens, genomes, pairs and files of a release: loaded with it or refused with it, by line, and frozen with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from ngrl.genome_models import Genome, GenomeFile, GenomePair, Referral, Specimen
from ngrl.models import Release
from ngrl.refusals import ReleaseRefused
from ngrl.services import load_release
from portal.kernel.models import AuditEvent
from tests.factories.genomes import FIRST, GOOD, OMICS, OTHER_TUMOUR, SECOND, with_genomes
from tests.factories.ngrl import SETUP

pytestmark = pytest.mark.django_db


def load(folder: Path, *, publish: bool = False) -> tuple[Release, bool]:
    loaded = load_release(actor=SETUP, folder=folder, assembly="GRCh38", publish=publish)
    return loaded.release, loaded.changed


def test_tables_in_the_folder__are_loaded_with_the_release_once(tmp_path: Path) -> None:
    release, _ = load(with_genomes(tmp_path / "v1"))
    normal, tumour = release.genomes.order_by("specimen__kind")
    assert (normal.mean_coverage, normal.share_at_15x, normal.sex_check) == (36.5, 0.981, "fits")
    assert (normal.column, tumour.column) == (release.samples.get(index=0), None)
    assert tumour.as_tumour.normal == normal
    assert normal.specimen.referral == tumour.specimen.referral == Referral.objects.get()
    assert [(each.kind, each.path, each.genome) for each in release.genome_files.all()] == [
        ("vcf", "own/1.vcf.gz", tumour)
    ]
    omics = release.specimens.get(kind="omics")
    assert (omics.material, hasattr(omics, "genome"), omics.dataset.slug) == ("rna", False, "rare-disease")
    before = AuditEvent.objects.count()
    assert load(tmp_path / "v1") == (release, False)
    assert (AuditEvent.objects.count(), Genome.objects.count(), GenomeFile.objects.count()) == (before, 2, 1)
    with (tmp_path / "v1" / "genomes.tsv").open("a") as file:
        file.write("\n")
    with pytest.raises(ReleaseRefused, match="other content"):
        load(with_genomes(tmp_path / "v1", {**OMICS, "specimen": "another"}))


def test_names__are_nowhere_in_the_tables_of_the_database(tmp_path: Path) -> None:
    load(with_genomes(tmp_path / "v1"))
    with connection.cursor() as cursor:
        for table in ("referral", "specimen", "genome", "genomepair", "genomefile"):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM ngrl_{table} t")
            assert "CANARY" not in cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ({"specimen": ""}, "genomes.tsv, line 5: column specimen: it is empty."),
        ({"specimen": "CANARY-SPECIMEN-N"}, "line 5: column specimen: the same as in line 2."),
        ({"participant": "CANARY-NOBODY"}, "line 5: column participant: this person is not in samples.tsv."),
        ({"kind": "both"}, "line 5: column kind: write one of germline, tumour, omics."),
        ({"material": "rna"}, "line 5: column material: a germline or tumour specimen is DNA."),
        ({"kind": "omics"}, "line 5: column assembly: a specimen for other omics has no genome."),
        ({"assembly": ""}, "line 5: column assembly: it is empty, and the line tells of a genome."),
        ({"assembly": "hg19"}, "line 5: column assembly: write one of GRCh37, GRCh38."),
        ({"share_15x": "98.1"}, "line 5: column share_15x: write a number from 0 to 1."),
        ({"mean_coverage": "nan"}, "line 5: column mean_coverage: write a number from 0 to 100,000."),
        ({"delivered_on": "last May"}, "line 5: column delivered_on: write a date as 2026-09-30."),
        ({"indication": "CANARY SYNDROME"}, "line 5: column indication: write a code of the test directory"),
        ({"indication": "R30"}, "line 5: column indication: line 2 has another one for this referral."),
        ({"sample": SECOND}, "line 5: column sample: in samples.tsv this sample is another person's."),
        ({"sample": FIRST}, "line 5: column sample: the same as in line 2."),
        ({"normal": "CANARY-SPECIMEN-N"}, "line 5: column normal: only a tumour has a normal beside it."),
        ({**OTHER_TUMOUR, "normal": "CANARY-SPECIMEN-T"}, "line 5: column normal: this is no germline specimen"),
        ({**OTHER_TUMOUR, "participant": SECOND}, "line 5: column normal: the specimen in line 2 is another person's."),
    ],
)
def test_bad_line__refuses_the_whole_release_by_line_and_column(
    tmp_path: Path, line: Mapping[str, str], sentence: str
) -> None:
    bad = {**GOOD, "specimen": "CANARY-SPECIMEN-4", "sample": "", **line}
    with pytest.raises(ReleaseRefused) as refused:
        load(with_genomes(tmp_path / "v1", bad))
    assert sentence in refused.value.sentence
    assert "CANARY" not in refused.value.sentence
    assert not Release.objects.exists()
    assert not Specimen.objects.exists()


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ({"specimen": "CANARY-SPECIMEN-R"}, "genome_files.tsv, line 2: column specimen: no specimen of genomes.tsv"),
        ({"kind": "cram"}, "line 2: column index: the index of a cram ends with .crai."),
        ({"index": ""}, "line 2: column index: it is empty."),
        ({"index": "own/2.vcf.gz.tbi"}, "line 2: column index: there is no such file."),
        ({"path": "own/2.vcf.gz"}, "line 2: column path: there is no such file."),
        ({"path": "../1.vcf.gz"}, "line 2: column path: name a file inside the folder."),
        ({"path": f"own/{FIRST}.vcf.gz"}, "line 2: column path: it holds a name of the person or the specimen"),
        ({"size": "17"}, "line 2: column size: the file has another size."),
        ({"sha256": "canary"}, "line 2: column sha256: write 64 hexadecimal digits."),
    ],
)
def test_bad_file__refuses_the_whole_release(tmp_path: Path, file: dict[str, str], sentence: str) -> None:
    with pytest.raises(ReleaseRefused) as refused:
        load(with_genomes(tmp_path / "v1", **file))
    assert sentence in refused.value.sentence
    assert "CANARY" not in refused.value.sentence
    assert not Release.objects.exists()


def refused(statement: str) -> str:
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return str(error.value)


def test_database__keeps_pairs_of_one_person_and_files_with_an_index(tmp_path: Path) -> None:
    other = {**GOOD, "specimen": "other", "participant": SECOND, "sample": SECOND, "referral": "", "indication": ""}
    release, _ = load(with_genomes(tmp_path / "v1", other))
    theirs = release.genomes.get(column__index=1)
    pair = GenomePair.objects.get()
    assert "one person" in refused(f"UPDATE ngrl_genomepair SET normal_id = {theirs.pk}")
    assert "one person" in refused(f"UPDATE ngrl_genomepair SET tumour_id = {theirs.pk}")
    assert "its person's column" in refused(f"UPDATE ngrl_genome SET column_id = NULL, specimen_id = {_omics(release)}")
    column = release.samples.get(index=2).pk
    assert "its person's column" in refused(f"UPDATE ngrl_genome SET column_id = {column} WHERE id = {pair.normal_id}")
    assert "genome_file_has_an_index" in refused("UPDATE ngrl_genomefile SET index_path = ''")
    assert "shares_of_a_genome" in refused("UPDATE ngrl_genome SET contamination = 1.5")


def _omics(release: Release) -> int:
    return release.specimens.get(kind="omics").pk


def test_published_release__has_its_genomes_frozen(tmp_path: Path) -> None:
    load(with_genomes(tmp_path / "v1"), publish=True)
    for statement in (
        "UPDATE ngrl_genome SET mean_coverage = 99",
        "DELETE FROM ngrl_genomepair",
        "DELETE FROM ngrl_genomefile",
        "UPDATE ngrl_specimen SET tissue = 'saliva'",
        "UPDATE ngrl_referral SET indication = 'R1'",
        "INSERT INTO ngrl_referral (release_id, indication) SELECT id, 'R1' FROM ngrl_release",
    ):
        assert "does not change" in refused(statement)
