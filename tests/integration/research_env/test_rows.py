"""Rows of clinical tables: a project gets those of its datasets and of who consents, under its own pseudonyms, and the
database itself shows no cell to a connection that does not say for which project it reads."""

from __future__ import annotations

import io
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client

from access_review.models import DatasetGrant, Project
from access_review.selectors import granted_datasets
from accounts.models import User
from ngrl.cohorts import people_in
from ngrl.models import ClinicalFact, Dataset, Participant, Release
from ngrl.pseudonyms import STORE, ProjectPseudonyms
from ngrl.selectors import read_cells_for, stop_reading_cells
from ngrl.services import withdraw_consent
from portal.kernel import clock
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import PermissionRefused
from research_env.handover import tables_for
from research_env.saved_cohorts import people_of
from research_env.services import hand_over_rows, save_cohort
from tests.factories.accounts import make_token
from tests.factories.clinical import SEIZURE, load_tiny_release_with_tables
from tests.factories.releases import CANARY, REFERENCE
from tests.personas import World
from tests.roles import as_the_web

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(world: World) -> Release:
    return load_tiny_release_with_tables(world.people["hana"])


def cells() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ngrl_fact_in_scope")
        found: int = cursor.fetchone()[0]
        return found


def readable(project: Project, release: Release) -> set[int]:
    return set(people_in(release, granted_datasets(project)).values_list("pk", flat=True))


def answer_of(person: User, project: Project, name: str = "diagnoses") -> Any:
    client = Client()
    client.force_login(person)
    answer = client.get(f"/environment/projects/{project.reference}/data/{REFERENCE}/{name}.parquet")
    assert answer.status_code == 200
    return answer


def taken(person: User, project: Project, name: str = "diagnoses") -> Any:
    return pq.read_table(io.BytesIO(b"".join(answer_of(person, project, name))))


def test_plain_sql_under_the_web_role__sees_no_cell(world: World, release: Release) -> None:
    other = Release.objects.create(reference="other", name="Other", assembly="GRCh38")
    everything = ClinicalFact.objects.count()
    with as_the_web():
        for statement in ("SELECT * FROM ngrl_clinicalfact", "DELETE FROM ngrl_clinicalfact"):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                connection.cursor().execute(statement)
        assert cells() == 0
        read_cells_for("PRJ-1900-0001", release)
        assert cells() == 0
        read_cells_for(world.project.reference, release)
        granted = ClinicalFact.objects.filter(participant__in=readable(world.project, release))
        seen = cells()
        read_cells_for(world.other_project.reference, other)
        assert cells() == 0, "of a release that is not named"
        stop_reading_cells()
        assert cells() == 0
    assert 0 < seen == granted.count() < everything


def test_scope__follows_grants_and_consent(world: World, release: Release) -> None:
    read_cells_for(world.project.reference, release)
    before = cells()
    person = Participant.objects.get(pk=min(readable(world.project, release)))
    withdraw_consent(actor=world.people["hana"], participant=person)
    assert cells() == before - ClinicalFact.objects.filter(participant=person).count()
    DatasetGrant.objects.filter(project=world.project).update(until=clock.now())
    read_cells_for(world.project.reference, release)
    assert cells() == 0


def test_cohorts__work_under_the_web_role_and_leave_nothing_open(world: World, release: Release) -> None:
    criteria = {"column": "phenotypes.hpo", "codes": [SEIZURE], "descendants": True}
    cohort = save_cohort(
        actor=world.people["ada"], project=world.project, release=release, name="Mine", criteria=criteria
    )
    expected = people_of(cohort).count()
    client = Client()
    client.force_login(world.people["ada"])
    with as_the_web():
        assert people_of(cohort).count() == expected > 0
        page = client.get(cohort.get_absolute_url())
        assert page.context["passport"].people == expected
        assert cells() == 0


def test_file__holds_granted_and_consenting_people_under_the_projects_pseudonyms(
    world: World, release: Release
) -> None:
    people = readable(world.project, release)
    gone = Participant.objects.get(pk=max(people))
    withdraw_consent(actor=world.people["hana"], participant=gone)
    table = taken(world.people["ada"], world.project)
    cipher = ProjectPseudonyms(world.project.reference)
    names = table["pseudonym"].to_pylist()
    assert set(cipher.decode_many(names).ids.tolist()) == people - {gone.pk}
    assert table.column_names == ["pseudonym", "icd10", "words", "stage", "age", "weight"]
    assert CANARY not in str(table.to_pydict())
    told = AuditEvent.objects.filter(event="research_env.rows.handed_over").latest("pk")
    assert (told.actor_name, told.subject_ref) == ("Ada Researcher", world.project.reference)


def test_two_projects__cannot_join_their_files(world: World, release: Release) -> None:
    """Of people who are in both: no pseudonym in common, nor with the store, and another order, row by row."""
    dataset = Dataset.objects.get(slug="rare-disease")
    DatasetGrant.objects.exclude(dataset=dataset).update(until=clock.now())
    for project in (world.project, world.other_project):
        DatasetGrant.objects.get_or_create(
            project=project, dataset=dataset, until=None, defaults={"starts_at": clock.now()}
        )
    tables = [taken(world.people["ada"], world.project), taken(world.people["eve"], world.other_project)]
    ids = []
    for table, project in zip(tables, (world.project, world.other_project), strict=True):
        names = table["pseudonym"].to_pylist()
        assert names == sorted(names)
        ids.append(ProjectPseudonyms(project.reference).decode_many(names).ids.tolist())
    assert set(ids[0]) == set(ids[1])
    assert ids[0] != ids[1]
    stored = {ProjectPseudonyms(STORE).encode(pk) for pk in ids[0]}
    names = [set(table["pseudonym"].to_pylist()) for table in tables]
    assert not names[0] & names[1]
    assert not stored & (names[0] | names[1])
    assert tables[0].schema.metadata is None


def test_a_file__says_when_it_was_made_nowhere_and_is_called_by_its_table_alone(world: World, release: Release) -> None:
    """So that two projects find no row of a person by the time, the name or the pieces of a file."""
    for who, project in (("ada", world.project), ("eve", world.other_project)):
        answer = answer_of(world.people[who], project)
        assert answer["Content-Disposition"] == f'attachment; filename="{REFERENCE}-diagnoses.parquet"'
        assert not {"Last-Modified", "ETag"} & set(answer.headers)
        content = b"".join(answer)
        assert f"{clock.now():%Y-%m-%d}".encode() not in content
        assert content == b"".join(answer_of(world.people[who], project)), "nothing in it is of the moment"
        assert pq.ParquetFile(io.BytesIO(content)).num_row_groups == 1


def test_program__reads_tables_rows_in_pages_and_files(world: World, release: Release) -> None:
    _, key = make_token(world.people["ada"])
    client = Client(headers={"authorization": f"Bearer {key}"})
    address = f"/api/v1/projects/{world.project.reference}/tables/"
    tables = client.get(address).json()["results"]
    assert {each["name"] for each in tables} == {"phenotypes", "diagnoses"}
    assert tables[0]["columns"][0].keys() == {"name", "type", "unit"}
    first = client.get(f"{address}{REFERENCE}/phenotypes/?limit=7").json()
    second = client.get(first["next"]).json()
    whole = taken(world.people["ada"], world.project, "phenotypes")
    assert first["total"] == whole.num_rows
    rows = [*first["results"], *second["results"]]
    assert [row["pseudonym"] for row in rows] == whole["pseudonym"].to_pylist()[: len(rows)]
    assert client.get(f"{address}{REFERENCE}/phenotypes.parquet").headers["Content-Type"].endswith("parquet")
    assert client.get(f"{address}{REFERENCE}/nothing/").status_code == 404


@pytest.mark.parametrize("key", ["eve", "hana", "noa", "sol"])
def test_others__get_no_rows(world: World, release: Release, key: str) -> None:
    project, client = world.project, Client()
    client.force_login(world.people[key])
    table = tables_for(project).get(name="diagnoses")
    for url in ("", f"{REFERENCE}/diagnoses.parquet"):
        assert client.get(f"/environment/projects/{project.reference}/data/{url}").status_code in (403, 404)
    with pytest.raises(PermissionRefused, match="clinical tables"):
        hand_over_rows(actor=world.people[key], project=project, table=table, file_format="parquet")
