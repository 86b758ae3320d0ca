"""Cohorts are conditions, asked anew at each use: whoever withdraws is gone, and no other project learns a key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from access_review.models import ProjectMember
from ngrl.models import Participant, Release
from ngrl.services import withdraw_consent
from portal.kernel import clock
from portal.kernel.refusals import InvalidInput, PermissionRefused
from research_env.cohorts import asked_samples, pseudonyms_by_index
from research_env.models import SavedCohort
from research_env.questions import BadQuestion, read_question
from research_env.saved_cohorts import people_of
from research_env.services import plan_query, save_cohort, share_cohort
from tests.factories.clinical import SEIZURE, load_tiny_release_with_tables
from tests.factories.releases import CANARY, REFERENCE
from tests.personas import World

pytestmark = pytest.mark.django_db
BELOW = {"column": "phenotypes.hpo", "codes": [SEIZURE], "descendants": True}


@pytest.fixture
def release(world: World) -> Release:
    return load_tiny_release_with_tables(world.people["hana"])


def saved(world: World, release: Release, criteria: Any, who: str = "ada") -> SavedCohort:
    project = world.project if who in {"ada", "ben"} else world.other_project
    return save_cohort(actor=world.people[who], project=project, release=release, name="Mine", criteria=criteria)


def test_conditions__present_absent_not_and_ages(world: World, release: Release) -> None:
    granted = people_of(saved(world, release, {"all": []})).count()
    present = people_of(saved(world, release, BELOW)).count()
    exactly = people_of(saved(world, release, {**BELOW, "descendants": False})).count()
    absent = people_of(saved(world, release, {**BELOW, "present": False})).count()
    unknown = people_of(saved(world, release, {"not": {"any": [BELOW, {**BELOW, "present": False}]}})).count()
    assert 0 < exactly < present
    assert absent > 0
    assert present + absent + unknown == granted
    forties = saved(world, release, {"column": "diagnoses.age", "from": 40, "to": 49})
    others = saved(world, release, {"not": {"column": "diagnoses.age", "from": 40, "to": 49}})
    assert people_of(forties).count() + people_of(others).count() == granted
    staged = {"any": [{"column": "diagnoses.stage", "codes": [each]} for each in "24"]}
    assert people_of(saved(world, release, {"all": [staged, {"has_genome": True}]})).count() == granted // 2


def test_withdrawal__takes_the_person_out_of_a_saved_cohort_from_the_next_use(world: World, release: Release) -> None:
    cohort = saved(world, release, BELOW)
    question = read_question(world.project, release, {"genes": "CFTR", "cohort": cohort.reference})
    before = people_of(cohort).count()
    assert asked_samples(question, world.project, release).count() == before
    person = people_of(cohort).first()
    assert person is not None
    withdraw_consent(actor=world.people["hana"], participant=person)
    assert people_of(cohort).count() == before - 1
    assert asked_samples(question, world.project, release).count() == before - 1
    assert not people_of(cohort).filter(pk=person.pk).exists()


def test_query__takes_only_cohorts_of_its_own_project(world: World, release: Release) -> None:
    eves = saved(world, release, {"sex": ["female"]}, "eve")
    with pytest.raises(BadQuestion) as refused:
        read_question(world.project, release, {"genes": "CFTR", "cohort": eves.reference})
    assert refused.value.problems["cohort"] == ["The project has no such cohort. Choose one of its own."]


def test_query__on_a_cohort_that_was_not_shared_is_refused_and_not_offered(
    world: World, release: Release, client_of: Callable[[str], Client]
) -> None:
    cohort = saved(world, release, BELOW)
    question = read_question(world.project, release, {"genes": "CFTR", "cohort": cohort.reference})
    with pytest.raises(InvalidInput, match="no such cohort"):
        plan_query(actor=world.people["ben"], project=world.project, release=release, name="", question=question)
    url = f"/environment/projects/{world.project.reference}/queries/new/"
    assert cohort.reference not in client_of("ben").get(url).content.decode()
    assert cohort.reference in client_of("ada").get(url).content.decode()
    assert plan_query(actor=world.people["ada"], project=world.project, release=release, name="", question=question)


def test_two_projects__share_no_key_to_their_people(world: World, release: Release) -> None:
    mine, theirs = (pseudonyms_by_index(each, release) for each in (world.project, world.other_project))
    assert not ({name for name in mine if name} & {name for name in theirs if name})
    cohorts = [saved(world, release, BELOW, who) for who in ("ada", "eve")]
    kept = json.dumps(
        list(
            SavedCohort.objects.filter(pk__in=[each.pk for each in cohorts]).values(),
        ),
        default=str,
    )
    assert not any(str(person) in kept for person in Participant.objects.values_list("pk", flat=True))


def test_saving__is_for_members_and_for_conditions_that_the_release_knows(world: World, release: Release) -> None:
    with pytest.raises(PermissionRefused, match="Only a member of the project"):
        save_cohort(
            actor=world.people["eve"], project=world.project, release=release, name="x", criteria={"sex": ["male"]}
        )
    for criteria, reason in (
        ({"column": "phenotypes.nothing", "codes": ["x"]}, "no column phenotypes.nothing"),
        ({"column": "diagnoses.words", "codes": ["x"]}, "no column diagnoses.words"),
        ({"column": "diagnoses.age", "codes": ["x"]}, "has no codes"),
        ({"column": "diagnoses.stage", "codes": ["9"]}, "has no such code"),
        ({"column": "diagnoses.stage", "from": 1}, "is no number"),
        ({"sex": "female"}, "takes a list"),
    ):
        with pytest.raises(InvalidInput, match=reason):
            saved(world, release, criteria)


def test_sharing__shows_it_to_one_colleague_of_the_project(
    world: World, release: Release, client_of: Callable[[str], Client]
) -> None:
    cohort = saved(world, release, BELOW)
    assert client_of("ben").get(cohort.get_absolute_url()).status_code == 404
    with pytest.raises(InvalidInput, match="Only a member"):
        share_cohort(actor=world.people["ada"], cohort=cohort, person=world.people["eve"])
    share_cohort(actor=world.people["ada"], cohort=cohort, person=world.people["ben"])
    assert client_of("ben").get(cohort.get_absolute_url()).status_code == 200
    with pytest.raises(PermissionRefused):
        share_cohort(actor=world.people["ben"], cohort=cohort, person=world.people["ben"])
    ProjectMember.objects.filter(project=world.project, person=world.people["ben"]).update(until=clock.now())
    assert client_of("ben").get(cohort.get_absolute_url()).status_code == 404


def test_builder__counts_says_it_in_words_saves_and_leads_to_the_passport(
    world: World, release: Release, client_of: Callable[[str], Client]
) -> None:
    browser, url = client_of("ada"), f"/environment/projects/{world.project.reference}/cohorts/new/"
    asked = {"join": "all", "what1": "phenotypes.hpo", "how1": "is", "values1": "seizure", "below1": "on"}
    whole = browser.get(url, asked).content.decode()
    people = people_of(saved(world, release, BELOW)).count()
    assert f"<strong>{people}</strong>" in whole
    assert "Seizure (HP:0001250) or a kind of it" in whole
    part = browser.get(url, asked, headers={"HX-Request": "true"}).content.decode()
    assert f"<strong>{people}</strong>" in part
    assert "<html" not in part
    criteria = json.dumps({"all": [BELOW]})
    answer = browser.post(url, {"name": "Seizures", "criteria": criteria, "release": REFERENCE}, follow=True)
    page = answer.content.decode()
    assert "Seizures" in page
    assert "People by age" in page
    assert CANARY not in page
    assert re.search(rf"<dd[^>]*>{people}</dd>", page)


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"what1": "phenotypes.hpo", "values1": "seizur"}, "is no term of the ontology. Do you mean"),
        ({"what1": "diagnoses.age", "values1": "old"}, "Write a range such as 18 to 40"),
        ({"what1": "diagnoses.age", "values1": "40 to 18"}, "must not be larger"),
        ({"what1": "diagnoses.stage", "values1": "Stage 7"}, "has no such code"),
        ({"what1": "sex", "values1": "lady"}, "one or more of female, male, unknown"),
        ({"what1": "sex", "values1": ""}, "Say which"),
        ({"json": "{"}, "This is not JSON"),
        ({"json": '{"x": 1}'}, "A condition has one of"),
    ],
)
def test_builder__says_beside_the_row_what_it_cannot_read(
    world: World, release: Release, client_of: Callable[[str], Client], conditions: dict[str, str], words: str
) -> None:
    url = f"/environment/projects/{world.project.reference}/cohorts/new/"
    page = client_of("ada").get(url, {"join": "all", **conditions}).content.decode()
    assert words in page
    assert "Keep this cohort" not in page


def test_pages__ask_the_database_twelve_times_and_twice_for_the_scope_of_a_passport(
    world: World, release: Release, client_of: Callable[[str], Client]
) -> None:
    browser, url = client_of("ada"), f"/environment/projects/{world.project.reference}/cohorts/"
    cohort = saved(world, release, {"all": [BELOW, {"sex": ["female"]}]})
    share_cohort(actor=world.people["ada"], cohort=cohort, person=world.people["ben"])
    for address in (url, f"{url}new/?join=all&what1=sex&values1=male", cohort.get_absolute_url()):
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(address).status_code == 200
        assert len(asked) <= (14 if address == cohort.get_absolute_url() else 12), address
