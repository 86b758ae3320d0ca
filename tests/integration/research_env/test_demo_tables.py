"""The demo's clinical tables hang together, show no free text in public, and make the timeline of a person."""

from __future__ import annotations

import csv
import datetime
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.test import Client

from access_review.selectors import granted_datasets
from ngrl.demo.clinical import make_demo_clinical
from ngrl.demo.clinical_tables import TABLES
from ngrl.demo_release import make_demo_release
from ngrl.keys import source_digest
from ngrl.models import ClinicalEdition, DictionaryColumn, Enrolment, Participant, PublicFigure
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.services import load_clinical, load_release
from tests.factories.ngrl import SETUP
from tests.personas import World

Rows = Mapping[str, list[dict[str, str]]]
_PEOPLE = 300


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    make_demo_release(folder / "release", people=_PEOPLE)
    make_demo_clinical(folder / "release", folder / "tables")
    return folder


@pytest.fixture(scope="module")
def rows(files: Path) -> Rows:
    """Every table as it was written."""
    found = {}
    for name in TABLES:
        with (files / "tables" / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            found[name] = list(csv.DictReader(file, delimiter="\t"))
    return found


@pytest.fixture
def edition(files: Path, world: World) -> ClinicalEdition:
    release = load_release(actor=SETUP, folder=files / "release").release
    return load_clinical(actor=SETUP, folder=files / "tables", release=release, publish=True).edition


def day_of(name: str, row: Mapping[str, str]) -> datetime.date | None:
    """The day of a row, of the tables whose rows have one."""
    dated = [column["name"] for column in TABLES[name]["columns"] if column.get("meaning") == "event_date"]
    return datetime.date.fromisoformat(row[dated[0]]) if dated else None


def events_of(rows: Rows) -> dict[str, list[tuple[datetime.date, str]]]:
    """(day, table) of everything that has a day, by the source's number of the person."""
    found = defaultdict(list)
    for name, lines in rows.items():
        for row in lines:
            if (day := day_of(name, row)) is not None:
                found[row["participant"]].append((day, name))
    return found


def test_every_table__has_rows_and_few(rows: Rows) -> None:
    assert all(rows.values()), [name for name, lines in rows.items() if not lines]
    assert sum(len(lines) for lines in rows.values()) < 10 * _PEOPLE


def test_deaths__come_after_a_diagnosis_and_nothing_comes_after_a_death(rows: Rows) -> None:
    events, diagnosed = events_of(rows), {row["participant"] for row in rows["diagnoses"]}
    dead = {row["participant"]: datetime.date.fromisoformat(row["died_on"]) for row in rows["mortality"]}
    assert len(dead) == len(rows["mortality"]) > 1, "nobody dies twice"
    assert set(dead) <= diagnosed
    late = [(day, name) for person, died in dead.items() for day, name in events[person] if day >= died]
    assert {name for _, name in late} == {"mortality"}
    assert sum(len(events[person]) for person in dead) > len(dead), "some of the dead were seen before"


def test_treatments_and_reports__follow_the_tumour(rows: Rows) -> None:
    found_on = {row["participant"]: row["diagnosed_on"] for row in rows["tumours"]}
    for name, day in (("cancer_treatment", "began_on"), ("pathology", "reported_on")):
        assert all(row[day] > found_on[row["participant"]] for row in rows[name]), name


@pytest.mark.django_db
def test_free_text__is_loaded_and_is_no_public_figure(edition: ClinicalEdition, rows: Rows, client: Client) -> None:
    assert edition.row_count == sum(len(lines) for lines in rows.values())
    columns = DictionaryColumn.objects.filter(table__edition=edition).select_related("table")
    texts = list(columns.filter(type=DictionaryColumn.Type.TEXT))
    assert "pathology.report" in {f"{each.table.name}.{each.name}" for each in texts}
    assert not PublicFigure.objects.filter(column__in=texts).exists()
    assert PublicFigure.objects.filter(column__in=columns).count() == columns.count() - len(texts)
    for column in texts:
        field = f"/data/fields/{column.table.name}/{column.name}/"
        page = client.get(field).content.decode()
        assert "This is free text" in page
        assert client.get(f"{field}distribution.json").json()["distribution"] == []
        assert not any(row[column.name] in page for row in rows[column.table.name]), column
    shown = client.get(f"/data/releases/{edition.release.reference}/dictionary/pathology/").content.decode()
    assert "Invented report" not in shown


@pytest.mark.django_db
def test_page_of_a_person__shows_what_happened_in_order_the_latest_on_top(
    world: World, edition: ClinicalEdition, rows: Rows, client: Client
) -> None:
    """The one of the project of whom the most tables know something."""
    enrolled = Enrolment.objects.filter(release=edition.release, dataset__in=granted_datasets(world.project))
    inside = set(enrolled.values_list("participant__source_digest", flat=True))
    events = events_of(rows)
    number = max(
        (each for each in events if source_digest(each) in inside),
        key=lambda each: len({name for _, name in events[each]}),
    )
    assert len({name for _, name in events[number]}) >= 4
    person = Participant.objects.get(source_digest=source_digest(number))
    name = ProjectPseudonyms(world.project.reference).encode(person.pk)
    client.force_login(world.people["ada"])
    answer = client.get(f"/environment/projects/{world.project.reference}/people/{name}/")
    shown = [(event.day, event.table) for event in answer.context["record"].events]
    assert [day for day, _ in shown] == sorted((day for day, _ in shown), reverse=True)
    assert sorted(shown) == sorted((day, TABLES[table]["title"]) for day, table in events[number])
    text = answer.content.decode()
    places = [text.find(f"{day:%-d %B %Y}") for day, _ in shown]
    assert -1 not in places
    assert number not in text
    assert "Invented report" not in text
