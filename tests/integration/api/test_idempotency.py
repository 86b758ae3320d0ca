"""A request that is sent again does not make a second query, not even at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from portal.kernel import clock, idempotency
from portal.kernel.models import IdempotencyKey
from research_env.models import Query
from tests.factories.accounts import make_token
from tests.factories.releases import load_tiny_release
from tests.integration.api.program import Program, fields_of, problem_of
from tests.personas import World


@pytest.mark.django_db
def test_same_key_and_body__gives_the_first_query_again(ada: Program, new_query: dict[str, Any]) -> None:
    first = ada.post("queries/", new_query, Idempotency_Key="a-1")
    shuffled = dict(reversed(new_query.items()))
    again = ada.post("queries/", shuffled, Idempotency_Key="a-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert "Idempotent-Replay" not in first
    assert again["Idempotent-Replay"] == "true"
    assert again.json()["reference"] == first.json()["reference"]
    assert Query.objects.count() == 1


@pytest.mark.django_db
def test_same_key_and_another_body__is_refused(ada: Program, new_query: dict[str, Any]) -> None:
    ada.post("queries/", new_query, Idempotency_Key="a-1")
    problem = problem_of(ada.post("queries/", {**new_query, "name": "Other"}, Idempotency_Key="a-1"), 422)
    assert problem["code"] == "idempotency_mismatch"
    assert Query.objects.count() == 1


@pytest.mark.django_db
def test_refused_request__leaves_its_key_free(ada: Program, new_query: dict[str, Any]) -> None:
    problem_of(ada.post("queries/", {**new_query, "question": {"genes": "NOSUCH"}}, Idempotency_Key="a-1"), 400)
    assert not IdempotencyKey.objects.exists()
    assert ada.post("queries/", new_query, Idempotency_Key="a-1").status_code == 201


@pytest.mark.django_db
def test_key__belongs_to_one_person(
    program_of: Callable[[str], Program], world: World, new_query: dict[str, Any]
) -> None:
    program_of("ada").post("queries/", new_query, Idempotency_Key="a-1")
    theirs = {**new_query, "project": world.other_project.reference}
    assert program_of("eve").post("queries/", theirs, Idempotency_Key="a-1").status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 101, "schlüssel"])
def test_key__that_is_none(ada: Program, new_query: dict[str, Any], key: str) -> None:
    problem = problem_of(ada.post("queries/", new_query, Idempotency_Key=key), 400)
    assert fields_of(problem).keys() == {"Idempotency-Key"}


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment__make_one_query(world: World) -> None:
    release = load_tiny_release(world.people["hana"])
    body = {"project": world.project.reference, "release": release.reference, "question": {"genes": "CFTR"}}
    key = make_token(world.people["ada"])[1]
    gate = threading.Barrier(4)
    answers: list[Any] = []

    def send() -> None:
        try:
            program = Program(key)
            gate.wait(timeout=20)
            answers.append(program.post("queries/", body, Idempotency_Key="race"))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["reference"] for answer in answers}) == Query.objects.count() == 1


@pytest.mark.django_db
def test_keys_of_long_ago__are_forgotten(ada: Program, new_query: dict[str, Any]) -> None:
    ada.post("queries/", new_query, Idempotency_Key="a-1")
    with time_machine.travel(clock.now() + timedelta(days=6)):
        assert idempotency.forget_answered() == 0
    with time_machine.travel(clock.now() + timedelta(days=8)):
        assert idempotency.forget_answered() == 1
    assert not IdempotencyKey.objects.exists()
