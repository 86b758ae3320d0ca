"""Specimens, genomes, pairs and files in the database itself: under the web server's role, of whom the connection has
said that it reads, and nothing without that (ADR 79)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from access_review.models import DatasetGrant
from access_review.selectors import granted_datasets
from ngrl.models import Dataset, Genome, Participant, Release, Specimen
from ngrl.selectors import read_cells_for, read_genomes_for, stop_reading_cells, writing_genomes_of
from ngrl.services import load_release, withdraw_consent
from ngrl.services.publication import publish_at_once
from portal.kernel import clock
from research_env.saved_cohorts import people_of
from research_env.services import save_cohort
from tests.factories.clinical import load_tiny_release_with_tables
from tests.factories.genomes import with_genomes
from tests.factories.ngrl import SETUP
from tests.personas import World
from tests.roles import as_the_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web_role")]

OF_GENOME = "JOIN ngrl_specimen s ON s.id = g.specimen_id"
# Each table, and how its rows are a person's.
TABLES = {
    "ngrl_specimen": "ngrl_specimen t JOIN ngrl_specimen s ON s.id = t.id",
    "ngrl_genome": "ngrl_genome t JOIN ngrl_specimen s ON s.id = t.specimen_id",
    "ngrl_genomepair": f"ngrl_genomepair t JOIN ngrl_genome g ON g.id = t.tumour_id {OF_GENOME}",
    "ngrl_genomefile": f"ngrl_genomefile t JOIN ngrl_genome g ON g.id = t.genome_id {OF_GENOME}",
}
NOTHING = dict.fromkeys(TABLES, frozenset[int]())


@pytest.fixture
def release(world: World) -> Release:
    return load_tiny_release_with_tables(world.people["hana"])


def rows(sql: str, *values: object) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def seen() -> dict[str, frozenset[int]]:
    """What plain SQL without any condition finds in each of the tables."""
    return {table: frozenset(pk for (pk,) in rows(f"SELECT id FROM {table}")) for table in TABLES}


def there(release: Release, *datasets: Dataset, but: int = 0) -> dict[str, frozenset[int]]:
    """What there really is of the people of these datasets, but for one."""
    condition = "t.release_id = %s AND s.dataset_id = ANY (%s) AND s.participant_id <> %s"
    asked = (release.pk, [each.pk for each in datasets], but)
    with as_the_owner():
        return {
            table: frozenset(pk for (pk,) in rows(f"SELECT t.id FROM {of_person} WHERE {condition}", *asked))
            for table, of_person in TABLES.items()
        }


def refused(statement: str, *values: object) -> str:
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        rows(statement, *values)
    return str(caught.value)


def load(folder: Path, *, publish: bool = False) -> Release:
    return load_release(actor=SETUP, folder=with_genomes(folder), assembly="GRCh38", publish=publish).release


def test_connection_without_a_name__sees_nothing_in_any_table(release: Release) -> None:
    assert all(there(release, *Dataset.objects.all()).values())
    assert seen() == NOTHING


def test_project__sees_consenting_people_of_its_datasets_in_the_releases_it_named(
    world: World, release: Release, tmp_path: Path
) -> None:
    another = load(tmp_path / "v1", publish=True)
    granted = [set(granted_datasets(each)) for each in (world.project, world.other_project)]
    assert granted[0] != granted[1]
    for project, datasets in zip((world.project, world.other_project), granted, strict=True):
        stop_reading_cells()
        read_cells_for(project.reference, release)
        assert seen() == there(release, *datasets)
    read_cells_for("PRJ-1900-0001", release)
    assert seen() == NOTHING
    read_genomes_for(world.project.reference)
    both = [there(each, *granted[0]) for each in (release, another)]
    assert both[1]["ngrl_specimen"]
    assert seen() == {table: both[0][table] | both[1][table] for table in TABLES}
    stop_reading_cells()
    assert seen() == NOTHING


def test_release_in_preparation__is_not_among_those_that_are_published(world: World, tmp_path: Path) -> None:
    draft = load(tmp_path / "v1")
    read_genomes_for(world.project.reference)
    assert not seen()["ngrl_specimen"] & there(draft, *Dataset.objects.all())["ngrl_specimen"]


def test_withdrawal__takes_effect_at_the_next_question(world: World, release: Release) -> None:
    granted = granted_datasets(world.project)
    read_cells_for(world.project.reference, release)
    (gone, *_), *_ = rows(
        "SELECT s.participant_id FROM ngrl_genomepair p JOIN ngrl_genome g ON g.id = p.tumour_id "
        "JOIN ngrl_specimen s ON s.id = g.specimen_id"
    )
    before = seen()
    withdraw_consent(actor=world.people["hana"], participant=Participant.objects.get(pk=gone))
    after = seen()
    assert after == there(release, *granted, but=gone)
    assert all(len(after[table]) < len(before[table]) for table in TABLES if table != "ngrl_genomefile")


def test_grant_that_ended__shows_nothing_from_the_next_name_on(world: World, release: Release) -> None:
    DatasetGrant.objects.filter(project=world.project).update(until=clock.now())
    read_cells_for(world.project.reference, release)
    assert seen() == NOTHING


def test_scope__ends_with_the_request(world: World, release: Release) -> None:
    client = Client()
    client.force_login(world.people["ada"])
    page = client.get(f"/environment/projects/{world.project.reference}/genomes/")
    assert page.context["listing"].total == len(there(release, *granted_datasets(world.project))["ngrl_specimen"])
    assert seen() == NOTHING


@pytest.mark.parametrize(
    "condition", [{"genome_kind": ["tumour"]}, {"genome_assembly": ["GRCh38"]}, {"file_kind": ["cram"]}]
)
def test_cohort_of_genomes__is_the_same_as_the_owner_finds(
    world: World, release: Release, condition: dict[str, Any]
) -> None:
    cohort = save_cohort(
        actor=world.people["ada"], project=world.project, release=release, name="Mine", criteria=condition
    )
    found = set(people_of(cohort).values_list("pk", flat=True))
    with as_the_owner():
        assert found == set(people_of(cohort).values_list("pk", flat=True)) != set()


def test_load__sees_what_it_writes_until_it_is_done(tmp_path: Path) -> None:
    draft = load(tmp_path / "v1")
    assert seen() == NOTHING
    with writing_genomes_of(draft):
        assert seen() == there(draft, *Dataset.objects.all()) != NOTHING
    assert seen() == NOTHING


def test_load__adds_to_its_own_release_and_to_that_until_it_is_published(release: Release, tmp_path: Path) -> None:
    draft = load(tmp_path / "v1")
    other = Release.objects.create(reference="other", name="Other", assembly="GRCh38")
    with as_the_owner():
        of = Specimen.objects.filter(release=draft).values_list("participant", "dataset")[0]
    new = (
        "INSERT INTO ngrl_specimen (release_id, participant_id, dataset_id, kind, material, tissue) "
        "VALUES (%s, %s, %s, 'omics', 'rna', '') RETURNING id"
    )
    assert "row-level security" in refused(new, draft.pk, *of)
    with writing_genomes_of(draft):
        assert rows(new, draft.pk, *of)
        assert "row-level security" in refused(new, other.pk, *of)
    publish_at_once(actor=SETUP, release=draft)
    with writing_genomes_of(draft):
        assert seen() == NOTHING
        assert "does not change" in refused(new, draft.pk, *of)


def test_load__reads_no_published_release(release: Release) -> None:
    with writing_genomes_of(release):
        assert seen() == NOTHING


def test_load_that_breaks_off__leaves_no_purpose_behind(tmp_path: Path) -> None:
    draft = load(tmp_path / "v1")
    with pytest.raises(ZeroDivisionError), writing_genomes_of(draft):
        assert Genome.objects.count() // 0
    assert rows("SELECT current_setting('lectern.purpose', true)") in ([("",)], [(None,)])
    assert seen() == NOTHING


@pytest.mark.parametrize("table", TABLES)
def test_web_role__changes_and_deletes_no_row_whatever_it_says(world: World, release: Release, table: str) -> None:
    read_cells_for(world.project.reference, release)
    assert seen()[table]
    assert "permission denied" in refused(f"UPDATE {table} SET id = id")
    assert "permission denied" in refused(f"DELETE FROM {table}")
