"""Clinical tables load whole or not at all, once, by inner ids, and go on where a broken load stopped."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction

from accounts.models import User
from ngrl.keys import source_digest
from ngrl.models import (
    ClinicalEdition,
    ClinicalFact,
    Dataset,
    DictionaryColumn,
    DictionaryTable,
    Enrolment,
    Participant,
    Release,
)
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.refusals import ReleaseRefused
from ngrl.services import clinical, load_clinical
from ngrl.services.staging import STORE
from portal.kernel import clock
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import PermissionRefused
from tests.factories.clinical import DIAGNOSES, PHENOTYPES, write_clinical
from tests.factories.ngrl import SETUP, make_participant, make_release

pytestmark = pytest.mark.django_db
PEOPLE = ("participant\tsex\tdataset", "CANARY-A\tfemale\tcancer", "CANARY-B\tmale\tcancer")
ROWS = ("CANARY-A\tHP:0001250\tyes\t2024-05-01", "CANARY-B\tHP:0001250\tno\t2024-05-02")
SICK = ("CANARY-A\tC50.9\tBreast\t2\t51\t70.5",)


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return make_release(tmp_path, publish=False)


def everything() -> tuple[int, ...]:
    models = (Participant, Enrolment, ClinicalFact, DictionaryTable, ClinicalEdition)
    return tuple(model.objects.count() for model in models)


def test_load__keeps_typed_cells_by_inner_id_and_parquet_in_storage(tmp_path: Path, release: Release) -> None:
    folder = write_clinical(tmp_path / "c", phenotypes=ROWS, diagnoses=SICK, people=PEOPLE)
    edition = load_clinical(actor=SETUP, folder=folder, release=release).edition
    ada = Participant.objects.get(source_digest=source_digest("CANARY-A"))
    facts = ClinicalFact.objects.filter(participant=ada).order_by("column__table__position", "column__position")
    assert [(f.column.name, f.code, f.number, str(f.day or ""), f.is_present) for f in facts] == [
        ("hpo", "HP:0001250", None, "", True),
        ("seen_on", "", None, "2024-05-01", True),
        ("icd10", "C50.9", None, "", True),
        ("stage", "2", None, "", True),
        ("age", "", 51.0, "", True),
        ("weight", "", 70.5, "", True),
    ]
    assert ClinicalFact.objects.get(code="HP:0001250", is_present=False).participant.sex == "male"
    with default_storage.open(f"{edition.folder}/phenotypes.parquet", "rb") as file:
        kept = pq.read_table(io.BytesIO(file.read()))
    assert kept.column_names == ["person", "hpo", "is_present", "seen_on"]
    assert ProjectPseudonyms(STORE).encode(ada.pk) in kept["person"].to_pylist()
    assert Enrolment.objects.filter(release=release, dataset__slug="cancer").count() == 2
    assert Enrolment.objects.filter(release=release).count() == 2 + 3  # and those whose genomes are there
    told = AuditEvent.objects.get(event="ngrl.clinical.loaded")
    assert told.detail == {"tables": 2, "rows": 3, "people": 5, "broken_cells": 0}


def test_loading_twice__changes_nothing_and_other_content_is_refused(tmp_path: Path, release: Release) -> None:
    folder = write_clinical(tmp_path / "c", phenotypes=ROWS, diagnoses=SICK, people=PEOPLE)
    assert load_clinical(actor=SETUP, folder=folder, release=release).changed
    before = everything()
    assert not load_clinical(actor=SETUP, folder=folder, release=release).changed
    write_clinical(folder, phenotypes=ROWS[:1], diagnoses=SICK, people=PEOPLE)
    with pytest.raises(ReleaseRefused, match="a release does not change"):
        load_clinical(actor=SETUP, folder=folder, release=release)
    assert everything() == before


def test_bad_rows__of_all_tables_are_told_and_nothing_is_loaded(tmp_path: Path, release: Release) -> None:
    before = everything()
    folder = write_clinical(
        tmp_path / "c",
        phenotypes=(ROWS[0], "CANARY-A\tepilepsy\tyes\t"),
        diagnoses=(*SICK, "CANARY-X\tC50.9\t\t\t\t"),
        people=PEOPLE,
    )
    with pytest.raises(CommandError) as refused:
        call_command("load_clinical", str(folder), "--release", release.reference, stdout=io.StringIO())
    assert str(refused.value).splitlines() == [
        "No clinical table was loaded.",
        "phenotypes.tsv, line 3: column hpo: this is not written as a code of HPO.",
        "diagnoses.tsv, line 3: column participant: this person is not among the people of the release.",
    ]
    assert everything() == before


def test_crash__while_writing_leaves_all_as_it_was_and_the_next_load_reads_nothing_again(
    tmp_path: Path, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_clinical(tmp_path / "c", phenotypes=ROWS, diagnoses=SICK, people=PEOPLE)
    before = everything()

    def crash(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(clinical, "_tell", crash)
        with pytest.raises(KeyboardInterrupt), transaction.atomic():
            load_clinical(actor=SETUP, folder=folder, release=release)
    assert everything() == before
    told: list[str] = []
    assert load_clinical(actor=SETUP, folder=folder, release=release, progress=told.append).changed
    assert not [line for line in told if line.startswith("Read ")]
    assert not list(Path(settings.CLINICAL_WORK).glob(f"{release.reference}-*"))


def test_spoilt_cells__are_counted_by_column_and_listed_by_line(tmp_path: Path, release: Release) -> None:
    rows = ("CANARY-A\tC50.9\t#REF!\t2\t#REF!\t70.5", "CANARY-B\tC50.9\tx\t2\t#REF!\t70.5")
    folder = write_clinical(
        tmp_path / "c", diagnoses=rows, people=PEOPLE, tables=[PHENOTYPES, {**DIAGNOSES, "broken_cells": "report"}]
    )
    out = io.StringIO()
    call_command("load_clinical", str(folder), "--release", release.reference, stdout=out)
    assert "diagnoses.tsv: 3 cells in 2 columns were spoilt by a spreadsheet and are empty." in out.getvalue()
    edition = ClinicalEdition.objects.get(release=release)
    with default_storage.open(f"{edition.folder}/diagnoses.broken.tsv") as report:
        assert report.read().decode().splitlines() == ["line\tcolumn", "2\twords", "2\tage", "3\tage"]
    counts = edition.tables.get(name="diagnoses").columns.values_list("name", "broken_count")
    assert {name: count for name, count in counts if count} == {"words": 1, "age": 2}


def test_load__is_for_data_managers(tmp_path: Path, release: Release, people: Mapping[str, User]) -> None:
    folder = write_clinical(tmp_path / "c", phenotypes=ROWS, people=PEOPLE)
    with pytest.raises(PermissionRefused):
        load_clinical(actor=people["ada"], folder=folder, release=release)


def test_database__refuses_to_change_what_was_loaded(tmp_path: Path, release: Release) -> None:
    load_clinical(actor=SETUP, folder=write_clinical(tmp_path / "c", phenotypes=ROWS, people=PEOPLE), release=release)
    for table in ("clinicalfact", "dictionarytable", "enrolment"):
        with (
            pytest.raises(IntegrityError, match="do not change"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE ngrl_{table} SET id = id")


def test_load__under_the_web_role_leaves_no_table_open_to_it(tmp_path: Path, release: Release) -> None:
    """As the commands of a deployment run: the table that is filled is closed and is read through the view alone."""
    folder = write_clinical(tmp_path / "c", phenotypes=ROWS, diagnoses=SICK, people=PEOPLE)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {settings.DATABASE_WEB_ROLE}")
        edition = load_clinical(actor=SETUP, folder=folder, release=release).edition
        for statement in ("SELECT * FROM", "DELETE FROM", "INSERT INTO"):
            ending = " DEFAULT VALUES" if statement == "INSERT INTO" else ""
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                connection.cursor().execute(f"{statement} cells.edition_{edition.pk}{ending}")
        cursor.execute("RESET ROLE")
    assert ClinicalFact.objects.filter(column__table__edition=edition).exists()


def test_cells_of_strangers__are_refused_with_the_edition(tmp_path: Path, release: Release) -> None:
    edition = load_clinical(
        actor=SETUP, folder=write_clinical(tmp_path / "c", phenotypes=ROWS, people=PEOPLE), release=release
    ).edition
    other = ClinicalEdition.objects.create(
        release=make_release(tmp_path, publish=False),
        content_sha256="0",
        folder="x",
        row_count=1,
        loaded_at=clock.now(),
    )
    table = DictionaryTable.objects.create(edition=other, position=0, name="a", title="A", row_count=1)
    column = DictionaryColumn.objects.create(table=table, position=0, name="b", title="B", type="code")
    person = Enrolment.objects.filter(release=edition.release).values_list("participant", flat=True)[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT ngrl_begin_cells(%s)", [other.pk])
        cursor.execute(
            f"INSERT INTO cells.edition_{other.pk} (column_id, participant_id, row, code, is_present) "
            f"VALUES ({column.pk}, {person}, 0, 'x', true)"
        )
        with pytest.raises(IntegrityError, match="not enrolled"), transaction.atomic():
            cursor.execute("SELECT ngrl_end_cells(%s)", [other.pk])


def test_published_release__takes_no_tables_any_more(tmp_path: Path) -> None:
    release = make_release(tmp_path)
    folder = write_clinical(tmp_path / "c", phenotypes=ROWS, people=PEOPLE)
    before = everything()
    with pytest.raises(CommandError, match="is published, and a release does not change"):
        call_command("load_clinical", str(folder), "--release", release.reference, stdout=io.StringIO())
    assert everything() == before


def test_publishing_with_the_tables__is_for_the_operator_and_freezes_both(
    tmp_path: Path, release: Release, people: Mapping[str, User]
) -> None:
    folder = write_clinical(tmp_path / "c", phenotypes=ROWS, people=PEOPLE)
    before = everything()
    with pytest.raises(PermissionRefused), transaction.atomic():
        load_clinical(actor=people["hana"], folder=folder, release=release, publish=True)
    assert everything() == before
    call_command("load_clinical", str(folder), "--release", release.reference, "--publish", stdout=io.StringIO())
    release.refresh_from_db()
    assert release.published_at
    assert not load_clinical(actor=SETUP, folder=folder, release=release).changed


FROZEN = (
    "clinicaledition",
    "dictionarytable",
    "dictionarycolumn",
    "enrolment",
    "clinicalfact",
    "place",
    "datasetmark",
    "mark",
)


@pytest.mark.parametrize("table", FROZEN)
def test_database__refuses_any_change_of_the_tables_of_a_published_release(
    tmp_path: Path, release: Release, table: str
) -> None:
    folder = write_clinical(tmp_path / "c", phenotypes=ROWS, diagnoses=SICK, people=PEOPLE)
    load_clinical(actor=SETUP, folder=folder, release=release, publish=True)
    columns = {
        "clinicaledition": "content_sha256, folder, row_count, loaded_at, release_id",
        "dictionarytable": 'position, name, title, description, "group", source, first_release, last_release, notes, '
        "row_count, edition_id",
        "dictionarycolumn": "position, name, title, type, unit, description, code_system, codes, is_closed_list, "
        "is_required, meaning, first_release, last_release, notes, broken_count, table_id",
        "enrolment": "dataset_id, participant_id, release_id",
        "clinicalfact": "row, code, number, day, is_present, participant_id, column_id",
        "place": "place, edition_id, participant_id",
        "datasetmark": "people, dataset_id, edition_id",
        "mark": "code, low, high, is_present, people, column_id",
    }[table]
    another = {"name": "'other'", "place": "place + 100"}
    another |= {"participant_id": str(make_participant().pk)} if table == "enrolment" else {}
    another |= {"dataset_id": str(Dataset.objects.create(slug="new").pk)} if table == "datasetmark" else {}
    values = ", ".join(another.get(name, name) for name in columns.split(", "))
    # A second edition of a release is refused by the release's being one alone.
    added = "unique constraint" if table == "clinicaledition" else "published release do not change"
    for statement, words in (
        (f"INSERT INTO ngrl_{table} ({columns}) SELECT {values} FROM ngrl_{table} LIMIT 1", added),
        (f"UPDATE ngrl_{table} SET id = id", "do not change"),
        (f"DELETE FROM ngrl_{table}", "published release do not change"),
    ):
        with pytest.raises(IntegrityError, match=words), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_dictionary_pages__show_names_to_all_and_the_rest_to_members(
    tmp_path: Path, release: Release, client_of: Any
) -> None:
    folder = write_clinical(tmp_path / "c", phenotypes=ROWS, diagnoses=SICK, people=PEOPLE)
    load_clinical(actor=SETUP, folder=folder, release=release, publish=True)
    base = f"/data/releases/{release.reference}/dictionary/"
    listed = client_of("anon").get(base, {"text": "icd10"}).content.decode()
    assert "Diagnoses" in listed
    assert "Phenotypes" not in listed.partition("<main")[2]
    public, member = (client_of(key).get(f"{base}diagnoses/").content.decode() for key in ("anon", "ada"))
    assert "Weight" in public
    for word in ("Stage 2", "ICD-10", ">kg<"):
        assert word not in public
        assert word in member
    unpublished = make_release(tmp_path, publish=False)
    assert client_of("hana").get(f"/data/releases/{unpublished.reference}/dictionary/").status_code == 404
