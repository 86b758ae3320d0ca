"""A saved cohort as a list of pseudonyms: who fits now, in a form that a query takes, with no key for anybody else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from access_review.models import DatasetGrant, Project
from access_review.selectors import granted_datasets
from ngrl.models import Enrolment, Participant, Release
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.services import load_clinical, publish_at_once, withdraw_consent, withdraw_release
from portal.kernel import clock
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import PermissionRefused
from research_env.cohorts import cohort_size
from research_env.forms import pseudonyms_in
from research_env.models import Query, SavedCohort
from research_env.questions import Question, read_question
from research_env.saved_cohorts import people_of
from research_env.services import hand_over_cohort, save_cohort, share_cohort
from tests.factories.accounts import make_token
from tests.factories.clinical import FOCAL_SEIZURE, SEIZURE, write_clinical
from tests.factories.ngrl import SETUP
from tests.factories.releases import CANARY, PEOPLE, REFERENCE, load_tiny_release
from tests.personas import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web_role")]
BELOW = {"column": "phenotypes.hpo", "codes": [SEIZURE], "descendants": True}
UNSEQUENCED = 4
HANDED_OVER = "research_env.cohort.taken"


@pytest.fixture
def release(world: World, tmp_path: Path) -> Release:
    """Every third person with a genome has a seizure, and so have four people of the cancer dataset without one."""
    release = load_tiny_release(world.people["hana"], publish=False)
    others = [f"{CANARY}-OTHER-{number}" for number in range(UNSEQUENCED)]
    people = ["participant\tsex\tdataset", *(f"{person}\tfemale\tcancer" for person in others)]
    seizures = [f"{CANARY}-P{index:04d}\t{FOCAL_SEIZURE}\tyes\t2024-05-01" for index in range(0, PEOPLE, 3)]
    seizures += [f"{person}\t{SEIZURE}\tyes\t2024-05-02" for person in others]
    folder = write_clinical(tmp_path / "tables", phenotypes=seizures, people=people)
    load_clinical(actor=world.people["hana"], folder=folder, release=release)
    return publish_at_once(actor=SETUP, release=release)


def saved(world: World, release: Release, who: str = "ada") -> SavedCohort:
    project = world.other_project if who == "eve" else world.project
    return save_cohort(actor=world.people[who], project=project, release=release, name="Seizures", criteria=BELOW)


def address(cohort: SavedCohort) -> str:
    return f"{cohort.get_absolute_url()}pseudonyms.csv"


def taken(client: Client, cohort: SavedCohort) -> list[str]:
    """The lines below the header."""
    answer = client.get(address(cohort))
    assert answer.status_code == 200
    header, *names = answer.content.decode().splitlines()
    assert header == "pseudonym"
    return names


def ids_of(project: Project, names: list[str]) -> list[int]:
    found: list[int] = ProjectPseudonyms(project.reference).decode_many(names).ids.tolist()
    return found


def handed_over() -> int:
    return AuditEvent.objects.filter(event=HANDED_OVER).count()


def test_list__is_who_fits_now_in_the_order_of_the_projects_pseudonyms(
    world: World, release: Release, client_of: Callable[[str], Client]
) -> None:
    cohort, ada = saved(world, release), client_of("ada")
    assert address(cohort) in ada.get(cohort.get_absolute_url()).content.decode()
    names = taken(ada, cohort)
    assert names == sorted(names)
    assert set(ids_of(world.project, names)) == set(people_of(cohort).values_list("pk", flat=True))
    assert 0 < len(names) == len(set(names)) < PEOPLE / 3 + UNSEQUENCED, "some are in datasets that were not granted"
    answer = ada.get(address(cohort))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{cohort.reference}-pseudonyms.csv"'
    assert CANARY not in answer.content.decode()


def test_taking_a_list__is_recorded_each_time_and_says_nobodys_name(
    world: World, release: Release, client_of: Callable[[str], Client]
) -> None:
    cohort = saved(world, release)
    names = taken(client_of("ada"), cohort)
    told = AuditEvent.objects.get(event=HANDED_OVER)
    assert (told.actor_name, told.subject_ref, told.detail) == ("Ada Researcher", cohort.reference, {"format": "csv"})
    assert not any(name in str(vars(told)) for name in names)
    taken(client_of("ada"), cohort)
    assert handed_over() == 2


def test_list__given_to_a_query_counts_whom_the_cohort_itself_would_count(
    world: World, release: Release, client_of: Callable[[str], Client]
) -> None:
    """Those without a genome are in the list, too: the form takes them, and they carry nothing."""
    cohort, ada = saved(world, release), client_of("ada")
    answer = ada.get(address(cohort))
    upload = SimpleUploadedFile("people.csv", answer.content)
    typed = {"genes": "CFTR", "release": REFERENCE, "pass_only": "on", "consequence": "any", "name": "Only these"}
    ada.post(f"{world.project.get_absolute_url()}queries/new/", {**typed, "pseudonyms_file": upload})
    question = Question.from_json(Query.objects.get(name="Only these").question)
    assert sorted(question.pseudonyms) == pseudonyms_in(answer.content.decode())
    by_cohort = read_question(world.project, release, {"genes": "CFTR", "cohort": cohort.reference})
    sequenced = cohort_size(by_cohort, world.project, release)
    assert cohort_size(question, world.project, release) == sequenced == len(question.pseudonyms) - UNSEQUENCED > 0


def test_withdrawal__and_the_end_of_a_grant_take_people_out_of_the_next_list(
    world: World, release: Release, client_of: Callable[[str], Client]
) -> None:
    cohort, ada = saved(world, release), client_of("ada")
    before = taken(ada, cohort)
    person = Participant.objects.get(pk=ids_of(world.project, before)[0])
    withdraw_consent(actor=world.people["hana"], participant=person)
    assert taken(ada, cohort) == before[1:]
    granted = granted_datasets(world.project).order_by("slug")
    gone, *left = granted
    DatasetGrant.objects.filter(project=world.project, dataset=gone).update(until=clock.now())
    enrolled = Enrolment.objects.filter(release=release, dataset__in=left).values_list("participant_id", flat=True)
    ids = set(ids_of(world.project, before[1:]))
    assert set(ids_of(world.project, taken(ada, cohort))) == ids & set(enrolled) < ids


@pytest.mark.parametrize("key", ["ben", "eve", "hana", "noa", "sol"])
def test_whoever_does_not_see_the_cohort__gets_no_list_and_nothing_is_recorded(
    world: World, release: Release, client_of: Callable[[str], Client], key: str
) -> None:
    cohort = saved(world, release)
    assert client_of(key).get(address(cohort)).status_code == 404
    program = Client(headers={"authorization": f"Bearer {make_token(world.people[key])[1]}"})
    assert program.get(f"/api/v1/cohorts/{cohort.reference}/pseudonyms/").status_code in (403, 404)
    with pytest.raises(PermissionRefused, match="who sees this cohort"):
        hand_over_cohort(actor=world.people[key], cohort=cohort, file_format="csv")
    assert handed_over() == 0


def test_a_colleague__takes_the_list_once_the_cohort_is_shared(
    world: World, release: Release, client_of: Callable[[str], Client]
) -> None:
    cohort = saved(world, release)
    share_cohort(actor=world.people["ada"], cohort=cohort, person=world.people["ben"])
    assert taken(client_of("ben"), cohort) == taken(client_of("ada"), cohort)


def test_withdrawn_release__gives_neither_passport_nor_list(
    world: World, release: Release, client_of: Callable[[str], Client]
) -> None:
    cohort, ada = saved(world, release), client_of("ada")
    withdraw_release(actor=world.people["hana"], release=release, reason="Two lanes were swapped.")
    both = f"first={cohort.reference}&second={cohort.reference}"
    compared = f"{world.project.get_absolute_url()}cohorts/compare/?{both}"
    for url in (cohort.get_absolute_url(), address(cohort), compared):
        answer = ada.get(url)
        assert answer.status_code == 409, url
        assert "nothing is read from it any more" in answer.content.decode()
    assert handed_over() == 0


def test_two_projects__get_lists_of_the_same_people_that_share_neither_name_nor_order(
    world: World, release: Release, client_of: Callable[[str], Client]
) -> None:
    for dataset in granted_datasets(world.project):
        DatasetGrant.objects.get_or_create(
            project=world.other_project, dataset=dataset, until=None, defaults={"starts_at": clock.now()}
        )
    DatasetGrant.objects.filter(project=world.other_project).exclude(
        dataset__in=granted_datasets(world.project)
    ).update(until=clock.now())
    mine, theirs = (taken(client_of(who), saved(world, release, who)) for who in ("ada", "eve"))
    assert not set(mine) & set(theirs)
    my_ids, their_ids = ids_of(world.project, mine), ids_of(world.other_project, theirs)
    assert set(my_ids) == set(their_ids)
    assert my_ids != their_ids
    assert sorted(my_ids) not in (my_ids, their_ids), "the order of inner ids is a key, too"


def test_program__reads_the_same_list_in_pages(world: World, release: Release, client_of: Any) -> None:
    cohort = saved(world, release)
    names = taken(client_of("ada"), cohort)
    program = Client(headers={"authorization": f"Bearer {make_token(world.people['ada'])[1]}"})
    first = program.get(f"/api/v1/cohorts/{cohort.reference}/pseudonyms/?limit=7").json()
    second = program.get(first["next"]).json()
    assert first["total"] == len(names)
    assert [row["pseudonym"] for row in (*first["results"], *second["results"])] == names[:14]
    withdraw_release(actor=world.people["hana"], release=release, reason="Two lanes were swapped.")
    refused = program.get(f"/api/v1/cohorts/{cohort.reference}/pseudonyms/")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
