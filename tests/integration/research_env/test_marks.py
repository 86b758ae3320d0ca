"""Marks answer what the cells say, condition by condition, and show nobody whom the scope does not."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from access_review.models import DatasetGrant
from access_review.selectors import granted_datasets
from ngrl.cohorts import people_fitting, people_in, vocabulary_of
from ngrl.criteria import read_criteria
from ngrl.models import ClinicalFact, DictionaryColumn, Mark, Participant, Release
from ngrl.selectors import read_cells_for, stop_reading_cells
from ngrl.services import load_clinical, withdraw_consent
from portal.kernel import clock
from research_env.saved_cohorts import count_for
from tests.factories.clinical import DIAGNOSES, PHENOTYPES, SEIZURE, TALL, load_tiny_release_with_tables, write_clinical
from tests.factories.releases import CANARY, PEOPLE, load_tiny_release
from tests.personas import World
from tests.roles import as_the_web

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(world: World) -> Release:
    return load_tiny_release_with_tables(world.people["hana"])


@pytest.fixture
def many_values(world: World, tmp_path: Any) -> Release:
    """A release whose weights and days have more values than there are bands, several rows a person."""
    release = load_tiny_release(world.people["hana"], publish=False)
    dice = random.Random(5)
    people = [f"{CANARY}-P{index:04d}" for index in range(PEOPLE)]
    diagnoses = [
        f"{dice.choice(people)}\tC{dice.randrange(100):02d}\t\t\t{dice.randrange(90)}\t{dice.random() * 100:.4f}"
        for _ in range(1500)
    ]
    phenotypes = [
        f"{dice.choice(people)}\t{dice.choice((SEIZURE, TALL))}\t{dice.choice(('yes', 'no'))}"
        f"\t{1980 + n % 40}-{1 + n % 12:02d}-{1 + n % 28:02d}"
        for n in range(900)
    ]
    folder = write_clinical(
        tmp_path / "many", phenotypes=phenotypes, diagnoses=diagnoses, tables=(PHENOTYPES, DIAGNOSES)
    )
    load_clinical(actor=world.people["hana"], folder=folder, release=release)
    return release


def fitting(world: World, release: Release, condition: Any) -> set[int]:
    read_cells_for(world.project.reference, release)
    people = people_fitting(read_criteria(condition), release, granted_datasets(world.project))
    found = set(people.values_list("pk", flat=True))
    counted = count_for(world.project, release, read_criteria(condition), vocabulary_of(release))
    assert counted == len(found), "who is counted and who is found"
    return found


def by_cells(world: World, release: Release, column: str, **wanted: Any) -> set[int]:
    """Who has such a cell, asked of the cells themselves."""
    table, name = column.split(".")
    readable = people_in(release, granted_datasets(world.project))
    facts = ClinicalFact.objects.filter(column__name=name, column__table__name=table, **wanted)
    return set(facts.filter(participant__in=readable).values_list("participant", flat=True))


def column(name: str) -> DictionaryColumn:
    return DictionaryColumn.objects.get(name=name)


def marked(text: str) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {text}")
        found: str | None = cursor.fetchone()[0]
        return found


def test_codes__are_those_of_the_cells(world: World, many_values: Release) -> None:
    for codes in (["C50"], ["C01", "C77", "C99"], ["C5"], ["C"], ["X"]):
        asked = {"column": "diagnoses.icd10", "codes": codes}
        exact = by_cells(world, many_values, "diagnoses.icd10", code__in=codes)
        assert fitting(world, many_values, asked) == exact
        below = by_cells(world, many_values, "diagnoses.icd10", code__regex=f"^({'|'.join(codes)})")
        assert fitting(world, many_values, {**asked, "descendants": True}) == below
    said_no = {"column": "phenotypes.hpo", "codes": [TALL], "present": False}
    cells = [by_cells(world, many_values, "phenotypes.hpo", code=TALL, is_present=each) for each in (False, True)]
    assert fitting(world, many_values, said_no) == cells[0] - cells[1] != set()


@pytest.mark.parametrize(
    ("low", "high"), [(40, 59), (40, 40), (None, 12.3456), (33.21, 33.29), (71.5, None), (200, 300)]
)
def test_numbers__are_those_of_the_cells_at_the_ends_of_bands_too(
    world: World, many_values: Release, low: float | None, high: float | None
) -> None:
    assert Mark.objects.filter(column=column("weight")).count() < 260
    for name in ("diagnoses.age", "diagnoses.weight"):
        bounds = {"from": low, "to": high}
        wanted = {"number__gte": -1 if low is None else low, "number__lte": 1e9 if high is None else high}
        found = fitting(world, many_values, {"column": name, **{k: v for k, v in bounds.items() if v is not None}})
        assert found == by_cells(world, many_values, name, **wanted)


@pytest.mark.parametrize(("low", "high"), [("1990-03-05", "1990-03-28"), (None, "1985-01-01"), ("2019-12-01", None)])
def test_days__are_those_of_rows_that_say_present(
    world: World, many_values: Release, low: str | None, high: str | None
) -> None:
    bounds = {key: value for key, value in (("from", low), ("to", high)) if value}
    wanted = {"day__gte": low or "0001-01-01", "day__lte": high or "9999-12-31", "is_present": True}
    found = fitting(world, many_values, {"column": "phenotypes.seen_on", **bounds})
    assert found == by_cells(world, many_values, "phenotypes.seen_on", **wanted)


def test_all_any_and_not__join_marks_with_what_is_known_of_people(world: World, many_values: Release) -> None:
    old, cancer = (
        {"column": "diagnoses.age", "from": 60},
        {"column": "diagnoses.icd10", "codes": ["C2"], "descendants": True},
    )
    women = {"sex": ["female"]}
    everybody = fitting(world, many_values, {"all": []})
    a, b, c = (fitting(world, many_values, each) for each in (old, cancer, women))
    assert fitting(world, many_values, {"all": [old, women, cancer]}) == a & b & c
    assert fitting(world, many_values, {"any": [old, women, cancer]}) == a | b | c
    assert fitting(world, many_values, {"all": [{"not": old}, {"not": women}]}) == everybody - a - c
    assert fitting(world, many_values, {"not": {"any": [cancer, {"all": [old, women]}]}}) == everybody - b - (a & c)


def test_column_without_marks__is_searched_by_its_cells(world: World, many_values: Release) -> None:
    """As one with more than 20,000 codes is."""
    asked = {"column": "diagnoses.icd10", "codes": ["C5", "C61"], "descendants": True}
    before = fitting(world, many_values, asked)
    Mark.objects.filter(column=column("icd10")).delete()
    assert fitting(world, many_values, asked) == before != set()
    stop_reading_cells()
    assert marked(f"ngrl_marked_with({column('icd10').pk}, ARRAY['C5'], true, true)") is None


def test_web_role__reads_no_mark_and_gets_what_its_scope_allows(world: World, release: Release) -> None:
    asked = f"ngrl_marked_with({column('hpo').pk}, ARRAY['HP'], true, true)"
    ages = f"ngrl_marked_between({column('age').pk}, NULL, NULL)"
    readable = set(people_in(release, granted_datasets(world.project)).values_list("pk", flat=True))
    with as_the_web():
        for table in ("ngrl_mark", "ngrl_datasetmark"):
            for statement in (f"SELECT * FROM {table}", f"DELETE FROM {table}", f"INSERT INTO {table} DEFAULT VALUES"):
                with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                    connection.cursor().execute(statement)
        assert marked(asked) is marked(ages) is None
        read_cells_for("PRJ-1900-0001", release)
        assert marked(asked) is marked(ages) is None
        read_cells_for(world.project.reference, release)
        assert str(marked(ages)).count("1") == len(readable) < PEOPLE
        people = people_fitting(
            read_criteria({"not": {"column": "diagnoses.age", "from": 200}}), release, granted_datasets(world.project)
        )
        assert set(people.values_list("pk", flat=True)) == readable
        read_cells_for(
            world.other_project.reference, Release.objects.create(reference="o", name="O", assembly="GRCh38")
        )
        assert marked(asked) is marked(ages) is None, "of a release that is not named"
        stop_reading_cells()
        assert marked(asked) is marked(ages) is None
    assert settings.DATABASE_WEB_ROLE


def test_marks__follow_consent_and_grants_at_once(world: World, release: Release) -> None:
    ages = f"ngrl_marked_between({column('age').pk}, NULL, NULL)"
    read_cells_for(world.project.reference, release)
    before = str(marked(ages)).count("1")
    person = people_in(release, granted_datasets(world.project)).first()
    assert person is not None
    withdraw_consent(actor=world.people["hana"], participant=Participant.objects.get(pk=person.pk))
    assert str(marked(ages)).count("1") == before - 1
    DatasetGrant.objects.filter(project=world.project).update(until=clock.now())
    read_cells_for(world.project.reference, release)
    assert marked(ages) is None
    assert fitting(world, release, {"not": {"column": "diagnoses.age", "from": 0}}) == set()
