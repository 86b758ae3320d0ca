"""Reading what a query found: rows, files, provenance, and why sometimes not."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import Any

import pyarrow.parquet as pq
import pytest

from ngrl.models import Release
from ngrl.services import withdraw_consent, withdraw_release
from portal.kernel.models import AuditEvent
from research_env.events import Event
from research_env.models import Query
from research_env.serializers import COLUMNS
from research_env.services import share_query
from tests.factories.releases import CANARY, PHE508DEL, PHE508DEL_CARRIERS
from tests.factories.research_env import finished, plan
from tests.integration.api.program import Program, fields_of, problem_of
from tests.personas import World

pytestmark = pytest.mark.django_db
TABLES = ("variants", "carriers")


def table_of(program: Program, query: Query, table: str) -> Any:
    """The Parquet file as a table."""
    answer = program.get(f"queries/{query.reference}/results/{table}.parquet")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/vnd.apache.parquet"
    assert f"{query.reference}-{table}.parquet" in answer["Content-Disposition"]
    return pq.read_table(io.BytesIO(b"".join(answer.streaming_content)))


@pytest.mark.parametrize("table", TABLES)
def test_rows__are_the_same_on_pages_and_in_the_file(ada: Program, finished_query: Query, table: str) -> None:
    path = f"queries/{finished_query.reference}/results/{table}/"
    rows = ada.rows(path, limit="137")
    assert rows == ada.rows(path, limit="1000")
    file = table_of(ada, finished_query, table).to_pylist()
    assert [row["variant_id"] for row in rows] == [row["variant_id"] for row in file]
    assert rows[0].keys() == file[0].keys()
    assert ada.get(path).json()["total"] == len(file) > 100


def test_rows__can_be_walked_back(ada: Program, finished_query: Query) -> None:
    path = f"queries/{finished_query.reference}/results/carriers/"
    first = ada.get(path, limit="5").json()
    second = ada.get(first["next"]).json()
    assert ada.get(second["previous"]).json()["results"] == first["results"]
    assert first["previous"] is None


def test_variant__by_its_name_with_its_carriers(ada: Program, finished_query: Query) -> None:
    path = f"queries/{finished_query.reference}/results"
    (variant,) = ada.rows(f"{path}/variants/", variant_id=PHE508DEL)
    carriers = ada.rows(f"{path}/carriers/", variant_id=PHE508DEL, limit="4")
    of_the_project = [index for index in PHE508DEL_CARRIERS if index < 80]
    assert variant["carrier_count"] == len(carriers) == len(of_the_project)
    assert len({row["pseudonym"] for row in carriers}) == len(carriers)
    assert ada.rows(f"{path}/variants/", variant_id="chr7-1-A-G") == []


def test_carrier__by_pseudonym_however_it_is_typed(ada: Program, finished_query: Query) -> None:
    path = f"queries/{finished_query.reference}/results/carriers/"
    pseudonym = ada.get(path, limit="1").json()["results"][0]["pseudonym"]
    theirs = ada.rows(path, pseudonym=pseudonym)
    assert {row["pseudonym"] for row in theirs} == {pseudonym}
    assert ada.rows(path, pseudonym=f" {pseudonym.lower().replace('-', '')}") == theirs
    assert fields_of(problem_of(ada.get(path, pseudonym="somebody"), 400)).keys() == {"pseudonym"}


def test_rows__parameter_that_is_misspelt_is_refused(ada: Program, finished_query: Query) -> None:
    answer = ada.get(f"queries/{finished_query.reference}/results/variants/", variant="chr7-1-A-G")
    assert fields_of(problem_of(answer, 400)).keys() == {"variant"}


def test_columns__have_words_each(finished_query: Query, ada: Program) -> None:
    named = {name for table in TABLES for name in table_of(ada, finished_query, table).column_names}
    assert named | {"normal"} == set(COLUMNS), "the last is of somatic releases"


def test_file__that_was_taken_is_in_the_audit(ada: Program, finished_query: Query) -> None:
    table_of(ada, finished_query, "carriers")
    taken = AuditEvent.objects.get(event=Event.RESULT_DOWNLOADED)
    assert (taken.subject_ref, taken.actor_name) == (finished_query.reference, "Ada Researcher")
    assert taken.detail == {"table": "carriers", "format": "parquet"}


def test_file__that_was_refused_is_not_in_the_audit(
    program_of: Callable[[str], Program], finished_query: Query
) -> None:
    problem_of(program_of("eve").get(f"queries/{finished_query.reference}/results/carriers.parquet"), 404)
    assert not AuditEvent.objects.filter(event=Event.RESULT_DOWNLOADED).exists()


def test_provenance__tells_what_the_file_is(ada: Program, finished_query: Query, release: Release) -> None:
    told = ada.get(f"queries/{finished_query.reference}/provenance/").json()
    assert (told["release"], told["assembly"]) == (release.reference, "GRCh38")
    assert (told["cohort_size"], told["author"]) == (80, "Ada Researcher")
    answer = ada.get(f"queries/{finished_query.reference}/results/variants.parquet")
    assert hashlib.sha256(b"".join(answer.streaming_content)).hexdigest() == told["variants_sha256"]


PATHS = [*(f"results/{table}/" for table in TABLES), *(f"results/{table}.parquet" for table in TABLES), "provenance/"]


@pytest.mark.parametrize("path", PATHS)
def test_result__that_is_not_there_yet(ada: Program, world: World, release: Release, path: str) -> None:
    refused = problem_of(ada.get(f"queries/{plan(world).reference}/{path}"), 409)
    assert "no result" in refused["detail"]


@pytest.mark.parametrize("path", PATHS)
def test_result__after_somebody_withdrew(
    ada: Program, world: World, release: Release, finished_query: Query, path: str
) -> None:
    somebody = release.samples.order_by("index")[0].participant
    withdraw_consent(actor=world.people["hana"], participant=somebody)
    refused = problem_of(ada.get(f"queries/{finished_query.reference}/{path}"), 409)
    assert "withdrawn" in refused["detail"]
    read = ada.get(f"queries/{finished_query.reference}/").json()
    assert read["result"] is None
    assert "withdrawn" in read["no_result_because"]


def test_result__of_a_release_that_was_withdrawn(
    ada: Program, world: World, release: Release, finished_query: Query
) -> None:
    withdraw_release(actor=world.people["hana"], release=release, reason="A sample was swapped.")
    refused = problem_of(ada.get(f"queries/{finished_query.reference}/results/carriers/"), 409)
    assert "A sample was swapped." in refused["detail"]


def test_result__shared_with_a_colleague(
    program_of: Callable[[str], Program], world: World, finished_query: Query
) -> None:
    share_query(actor=world.people["ada"], query=finished_query, person=world.people["ben"])
    path = f"queries/{finished_query.reference}/results/carriers/"
    assert program_of("ben").rows(path) == program_of("ada").rows(path)


def test_pseudonyms__of_two_projects_share_nobody(
    program_of: Callable[[str], Program], world: World, release: Release
) -> None:
    people = {}
    for author in ("ada", "eve"):
        query = finished(world, author=author)
        rows = program_of(author).rows(f"queries/{query.reference}/results/carriers/", limit="1000")
        people[author] = {row["pseudonym"] for row in rows}
    assert people["ada"]
    assert people["eve"]
    assert not people["ada"] & people["eve"]


def test_answers__name_no_sample(ada: Program, finished_query: Query) -> None:
    links = ada.get(f"queries/{finished_query.reference}/").json()["links"]
    for address in (*links.values(), "queries/", "projects/", "releases/", "me/"):
        answer = ada.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert CANARY.encode() not in body
