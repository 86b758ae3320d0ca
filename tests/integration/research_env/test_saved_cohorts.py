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
from access_review.selectors import granted_datasets
from ngrl.cohorts import vocabulary_of, worded
from ngrl.criteria import read_criteria
from ngrl.models import Family, Participant, Release
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
from tests.roles import as_the_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web_role")]
BELOW = {"column": "phenotypes.hpo", "codes": [SEIZURE], "descendants": True}


@pytest.fixture
def release(world: World) -> Release:
    return load_tiny_release_with_tables(world.people["hana"])


def saved(world: World, release: Release, criteria: Any, who: str = "ada") -> SavedCohort:
    project = world.project if who in {"ada", "ben"} else world.other_project
    return save_cohort(actor=world.people[who], project=project, release=release, name="Mine", criteria=criteria)


def in_plain_sql(release: Release, world: World, condition: str) -> int:
    """People of the project's datasets who fit; `p` is the person."""
    with as_the_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT p.id) FROM ngrl_participant p JOIN ngrl_enrolment e ON e.participant_id = p.id "
            "WHERE e.release_id = %(release)s AND e.dataset_id = ANY (%(datasets)s) AND p.consent_withdrawn_at IS NULL "
            f"AND {condition}",
            {"release": release.pk, "datasets": [each.pk for each in granted_datasets(world.project)]},
        )
        found: int = cursor.fetchone()[0]
        return found


_OF_GENOMES = (
    "p.id IN (SELECT s.participant_id FROM ngrl_specimen s JOIN ngrl_genome g ON g.specimen_id = s.id "
    "LEFT JOIN ngrl_genomefile f ON f.genome_id = g.id "
    "WHERE s.release_id = %(release)s AND s.dataset_id = ANY (%(datasets)s) AND "
)
_STAGE = (
    "p.id IN (SELECT c.participant_id FROM ngrl_clinicalfact c JOIN ngrl_dictionarycolumn d ON d.id = c.column_id "
    "WHERE d.name = 'stage' AND c.code IN ('3', '4'))"
)


@pytest.mark.parametrize(
    ("criteria", "condition", "words"),
    [
        ({"genome_kind": ["tumour"]}, f"{_OF_GENOMES} s.kind = 'tumour')", "A tumour genome in the release."),
        (
            {"genome_kind": ["tumour", "germline"]},
            f"{_OF_GENOMES} s.kind <> 'omics')",
            "A tumour or germline genome in the release.",
        ),
        (
            {"genome_assembly": ["GRCh38"]},
            f"{_OF_GENOMES} g.assembly = 'GRCh38')",
            "A genome on GRCh38 in the release.",
        ),
        ({"genome_assembly": ["GRCh37"]}, "false", "A genome on GRCh37 in the release."),
        ({"file_kind": ["cram"]}, f"{_OF_GENOMES} f.kind = 'cram')", "A CRAM file in the release."),
        ({"not": {"file_kind": ["cram", "bam"]}}, f"NOT {_OF_GENOMES} f.kind IN ('cram', 'bam'))", ""),
        ({"column": "diagnoses.stage", "codes": ["3", "4"]}, _STAGE, ""),
    ],
)
def test_genomes_files_and_stages__count_what_plain_sql_counts(
    world: World, release: Release, criteria: Any, condition: str, words: str
) -> None:
    cohort = saved(world, release, criteria)
    assert people_of(cohort).count() == in_plain_sql(release, world, condition)
    whole = {"genome_kind": ["tumour", "germline"]}, {"genome_assembly": ["GRCh38"]}
    if condition != "false" and criteria not in whole:
        assert 0 < people_of(cohort).count() < in_plain_sql(release, world, "true")
    assert not words or worded(read_criteria(criteria), vocabulary_of(release)) == words


def test_families__are_as_large_as_the_project_may_read(world: World, release: Release) -> None:
    """Families of two, three and four, and one of which half is in a dataset that the project may not read."""
    outside = release.samples.exclude(dataset__in=granted_datasets(world.project)).first()
    assert outside is not None
    inside = list(release.samples.filter(dataset__in=granted_datasets(world.project)).order_by("index"))
    places = iter([each.participant_id for each in inside])
    for size in (2, 3, 4):
        members = [next(places) for _ in range(size)]
        Participant.objects.filter(pk__in=members).update(family=Family.objects.create())
    half = Family.objects.create()
    Participant.objects.filter(pk__in=[next(places), outside.participant_id]).update(family=half)
    everybody = people_of(saved(world, release, {"all": []})).count()

    def size_of(*families: str) -> int:
        return people_of(saved(world, release, {"family": list(families)})).count()

    assert [size_of(each) for each in ("duo", "trio", "bigger")] == [2, 3, 4]
    assert size_of("singleton") == everybody - 9
    assert size_of("trio", "duo") == 5
    withdraw_consent(actor=world.people["hana"], participant=inside[2].participant)
    assert [size_of(each) for each in ("duo", "trio", "bigger")] == [4, 0, 4]
    assert worded(read_criteria({"family": ["trio"]}), vocabulary_of(release)) == (
        "Three people of the family in the release."
    )


def test_builder__takes_genomes_files_and_families_in_words(world: World, release: Release, client: Client) -> None:
    client.force_login(world.people["ada"])
    address = f"/environment/projects/{world.project.reference}/cohorts/new/"
    asked = {"join": "all", "what1": "genome_kind", "values1": "Tumour", "what2": "file_kind", "values2": "CRAM"}
    answer = client.get(address, {**asked, "what3": "genome_assembly", "values3": "grch38"})
    assert "A tumour genome in the release and a CRAM file in the release and a genome on GRCh38" in (
        answer.content.decode()
    )
    refused = client.get(address, {"join": "all", "what1": "family", "values1": "quartet"}).content.decode()
    assert "Write one or more of singleton, duo, trio, bigger." in refused


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
