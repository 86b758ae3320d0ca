"""Asking, planning, running and stopping queries over the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from access_review.services import add_member
from ngrl.models import Participant, Release
from ngrl.services import withdraw_release
from portal.kernel import clock
from portal.pages.api_docs import document
from research_env.models import Query
from research_env.services import share_query
from research_env.worker import drain, fail_query
from research_env.workflows import QUERY
from tests.factories.accounts import SETUP
from tests.factories.research_env import plan
from tests.integration.api.program import Program, fields_of, problem_of
from tests.personas import World

pytestmark = pytest.mark.django_db


def test_query__made_run_and_read(ada: Program, new_query: dict[str, Any]) -> None:
    made = ada.post("queries/", new_query)
    assert made.status_code == 201
    assert made["Location"] == made.json()["links"]["self"]
    assert made.json()["status"] == "queued"
    drain(Query.objects.get(reference=made.json()["reference"]))
    read = ada.get(made["Location"]).json()
    assert read["status"] == "finished"
    assert read["result"]["variant_count"] > 0
    assert read["no_result_because"] is None
    assert {"label": "Genes", "text": "CFTR"} in read["in_words"]
    assert read["actions"] == []


def test_query__planned_only_until_it_is_submitted(ada: Program, new_query: dict[str, Any]) -> None:
    planned = ada.post("queries/", {**new_query, "submit": False}).json()
    assert (planned["status"], planned["actions"]) == ("planned", ["submit", "cancel"])
    assert planned["estimates"]["records"] > 0
    assert planned["no_result_because"]
    submitted = ada.post(f"queries/{planned['reference']}/submit/")
    assert (submitted.status_code, submitted.json()["status"]) == (200, "queued")
    again = problem_of(ada.post(f"queries/{planned['reference']}/submit/"), 409)
    assert again["code"] == "wrong_state"


def test_query__sent_again_as_it_was_read(ada: Program, new_query: dict[str, Any]) -> None:
    first = ada.post("queries/", new_query).json()
    second = ada.post("queries/", {**new_query, "question": first["question"]}).json()
    assert second["question"] == first["question"]


@pytest.mark.parametrize("genes", ["CFTR G6PD", "CFTR,\nG6PD", ["CFTR", "G6PD"], ["HGNC:1884", "g6pd"]])
def test_query__genes_as_text_or_list(ada: Program, new_query: dict[str, Any], genes: Any) -> None:
    made = ada.post("queries/", {**new_query, "question": {"genes": genes}, "submit": False})
    assert len(made.json()["question"]["genes"]) == 2


def test_query__remarks_on_a_name_that_is_not_the_symbol(ada: Program, new_query: dict[str, Any]) -> None:
    made = ada.post("queries/", {**new_query, "question": {"genes": "ABCC7"}, "submit": False}).json()
    assert made["question"]["genes"] == ["HGNC:1884"]
    assert made["notes"] == ["ABCC7 is now CFTR."]


@pytest.mark.parametrize(
    ("question", "field", "word"),
    [
        ({"genes": ["CFTRR"]}, "question.genes", "CFTR"),
        ({}, "question.genes", "at least one"),
        ({"genes": [f"GENE{n}" for n in range(10_000)]}, "question.genes", "10,000"),
        ({"targets": ["chr7:1-999999999"]}, "question.targets", ""),
        ({"genes": "CFTR", "max_allele_frequency": 2}, "question.max_allele_frequency", ""),
        ({"genes": "CFTR", "max_allele_frequency": "nan"}, "question.max_allele_frequency", ""),
        ({"genes": "CFTR", "max_alele_frequency": 0.1}, "question.max_alele_frequency", "spelt"),
        ({"genes": "CFTR", "min_depth": -1}, "question.min_depth", ""),
        ({"genes": "CFTR", "zygosity": ["both"]}, "question.zygosity.0", ""),
        ({"genes": "CFTR", "pseudonyms": ["7KQ2M-4XD9P-3TW8"]}, "question.pseudonyms", "Line 1"),
        ({"genes": "CFTR", "datasets": ["covid-19"]}, "question.datasets", "granted"),
        ({"genes": "CF\x00TR"}, "question.genes", ""),
        ({"targets": ["chr1:1000-2000"]}, "question.genes", "No file"),
    ],
)
def test_query__bad_question_gets_a_sentence_and_makes_nothing(
    ada: Program, new_query: dict[str, Any], question: Any, field: str, word: str
) -> None:
    problem = problem_of(ada.post("queries/", {**new_query, "question": question}), 400)
    assert problem["code"] == "invalid"
    assert word in fields_of(problem)[field]
    assert not Query.objects.exists()


def test_query__release_that_was_withdrawn(
    ada: Program, world: World, release: Release, new_query: dict[str, Any]
) -> None:
    planned = ada.post("queries/", {**new_query, "submit": False}).json()
    withdraw_release(actor=world.people["hana"], release=release, reason="A sample was swapped.")
    refused = problem_of(ada.post(f"queries/{planned['reference']}/submit/"), 409)
    assert "A sample was swapped." in refused["detail"]
    assert fields_of(problem_of(ada.post("queries/", new_query), 400))["release"]


def test_query__of_another_project_is_as_if_it_were_not(
    program_of: Callable[[str], Program], world: World, finished_query: Query
) -> None:
    paths = [
        "",
        "progress/",
        "provenance/",
        "results/variants/",
        "results/carriers/",
        "results/variants.parquet",
        "results/carriers.parquet",
    ]
    for persona in ("eve", "ben", "cora", "noa", "ivo"):
        program = program_of(persona)
        for path in paths:
            theirs = problem_of(program.get(f"queries/{finished_query.reference}/{path}"), 404)
            nobodys = problem_of(program.get(f"queries/QRY-1999-0001/{path}"), 404)
            assert theirs["detail"] == nobodys["detail"]
        for action in ("submit", "cancel", "retry"):
            problem_of(program.post(f"queries/{finished_query.reference}/{action}/"), 404)


def test_query__shared_with_a_colleague_can_be_read_but_not_cancelled(
    program_of: Callable[[str], Program], world: World, release: Release
) -> None:
    query = plan(world)
    share_query(actor=world.people["ada"], query=query, person=world.people["ben"])
    ben = program_of("ben")
    assert ben.get(f"queries/{query.reference}/").json()["actions"] == []
    assert "author" in problem_of(ben.post(f"queries/{query.reference}/cancel/"), 403)["detail"]


def test_query__in_a_project_of_others_is_refused_like_one_that_is_not(
    program_of: Callable[[str], Program], new_query: dict[str, Any]
) -> None:
    eve = program_of("eve")
    theirs = problem_of(eve.post("queries/", new_query), 400)
    nobodys = problem_of(eve.post("queries/", {**new_query, "project": "PRJ-1999-0001"}), 400)
    assert set(fields_of(theirs)) == set(fields_of(nobodys)) == {"project"}
    problem_of(eve.get("queries/", project=new_query["project"]), 400)


def test_query__cancelled_and_tried_again(ada: Program, new_query: dict[str, Any]) -> None:
    reference = ada.post("queries/", new_query).json()["reference"]
    assert ada.post(f"queries/{reference}/cancel/").json()["status"] == "cancelled"
    problem_of(ada.post(f"queries/{reference}/cancel/"), 409)
    assert ada.post(f"queries/{reference}/retry/").json()["status"] == "queued"


def test_query__that_failed_says_why(ada: Program, new_query: dict[str, Any]) -> None:
    reference = ada.post("queries/", new_query).json()["reference"]
    fail_query(Query.objects.get(reference=reference), "The file chr7.vcf.gz has changed.", SETUP)
    failed = ada.get(f"queries/{reference}/").json()
    assert (failed["status"], failed["failure"]) == ("failed", "The file chr7.vcf.gz has changed.")
    assert failed["actions"] == ["retry"]


def test_progress__says_when_to_ask_again_until_it_ends(ada: Program, new_query: dict[str, Any]) -> None:
    reference = ada.post("queries/", new_query).json()["reference"]
    waiting = ada.get(f"queries/{reference}/progress/")
    assert int(waiting["Retry-After"]) > 0
    assert waiting.json() | {"status": "queued", "ended": False, "percent": 0} == waiting.json()
    drain(Query.objects.get(reference=reference))
    done = ada.get(f"queries/{reference}/progress/")
    assert "Retry-After" not in done
    assert done.json() | {"status": "finished", "ended": True, "percent": 100} == done.json()


def test_list__newest_first_in_stable_pages(ada: Program, world: World, release: Release) -> None:
    made = [plan(world, name=f"Question {number}").reference for number in range(7)]
    assert [row["reference"] for row in ada.rows("queries/", limit="2")] == made[::-1]
    first = ada.get("queries/", limit="2").json()
    second = ada.get(first["next"]).json()
    plan(world, name="In between")
    assert ada.get(second["previous"]).json()["results"] == first["results"]


def test_list__narrowed_by_project_and_status(ada: Program, world: World, release: Release) -> None:
    reference = plan(world).reference
    project = world.project.reference
    assert [row["reference"] for row in ada.rows("queries/", project=project, status="planned")] == [reference]
    assert ada.rows("queries/", status="finished") == []
    assert fields_of(problem_of(ada.get("queries/", status="done"), 400)).keys() == {"status"}
    assert fields_of(problem_of(ada.get("queries/", statuss="planned"), 400)).keys() == {"statuss"}


@pytest.mark.parametrize("cursor", ["x", "1:2:3", "é", "W10:1abcde:xyz", "\x00", "a" * 5000])
def test_list__cursor_of_ones_own_making_is_refused(ada: Program, cursor: str) -> None:
    assert fields_of(problem_of(ada.get("queries/", cursor=cursor), 400)).keys() == {"cursor"}


def test_list__cursor_belongs_to_its_list(ada: Program, world: World, release: Release) -> None:
    for _ in range(3):
        plan(world)
    cursor = ada.get("queries/", limit="1").json()["next"].partition("cursor=")[2].partition("&")[0]
    for path in (f"projects/?cursor={cursor}", f"queries/?status=planned&cursor={cursor}"):
        problem_of(ada.get(f"/api/v1/{path}"), 400)


@pytest.mark.parametrize("limit", ["0", "-1", "201", "ten", "1e2", "٣", "9" * 50])
def test_list__limit_that_is_none(ada: Program, limit: str) -> None:
    assert fields_of(problem_of(ada.get("queries/", limit=limit), 400)).keys() == {"limit"}


def test_projects__mine_with_what_they_may_read(program_of: Callable[[str], Program], world: World) -> None:
    adas, eves = program_of("ada").rows("projects/"), program_of("eve").rows("projects/")
    assert [(row["reference"], row["datasets"]) for row in adas] == [
        (world.project.reference, ["cancer", "rare-disease"])
    ]
    assert [(row["reference"], row["datasets"]) for row in eves] == [(world.other_project.reference, ["covid-19"])]


def test_projects__of_two_are_both_there(ada: Program, world: World) -> None:
    add_member(actor=SETUP, project=world.other_project, person=world.people["ada"])
    assert len(ada.rows("projects/", limit="1")) == 2


def test_releases__are_public_and_small_numbers_hidden(program_of: Callable[[str], Program], release: Release) -> None:
    anon = program_of("anon")
    (listed,) = anon.rows("releases/")
    assert (listed["reference"], listed["genome_count"]) == (release.reference, 120)
    assert anon.get(f"releases/{release.reference}/").json() == listed
    people = list(release.samples.values_list("participant_id", flat=True))
    Participant.objects.filter(pk__in=people[3:]).update(consent_withdrawn_at=clock.now() - timedelta(minutes=1))
    assert anon.get(f"releases/{release.reference}/").json()["genome_count"] is None
    problem_of(anon.get("releases/no-such/"), 404)


def test_reading__takes_few_queries_to_the_database(
    ada: Program, finished_query: Query, django_assert_max_num_queries: Any
) -> None:
    for path in (
        "queries/",
        "projects/",
        "releases/",
        "me/",
        f"queries/{finished_query.reference}/",
        f"queries/{finished_query.reference}/progress/",
        f"queries/{finished_query.reference}/results/variants/",
    ):
        ada.get(path)
        with django_assert_max_num_queries(12):
            ada.get(path)


def test_workflow__offers_programs_what_the_document_says() -> None:
    offered = {row.action for row in QUERY.transitions if row.allowed.name != "only_system"} - {"stop", "withhold"}
    assert set(document()["components"]["schemas"]["ActionsEnum"]["enum"]) == offered
