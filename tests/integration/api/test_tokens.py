"""Who gets in with a token or a cookie, and how those are told who do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import ApiToken, RoleGrant, User
from accounts.services import close_account, end_role, revoke_token
from portal.kernel import clock
from research_env.models import Query
from tests.factories.accounts import SETUP, make_token
from tests.integration.api.program import Program, problem_of
from tests.personas import World

pytestmark = pytest.mark.django_db


def test_me__says_who_and_until_when(ada: Program, world: World) -> None:
    me = ada.get("me/").json()
    assert me["name"] == "Ada Researcher"
    assert me["access"]["granted"] is True
    assert me["access"]["until"].endswith("Z")
    assert me["token"]["name"] == "For a test"


def test_me__says_what_stands_in_the_way(program_of: Callable[[str], Program]) -> None:
    access = program_of("noa").get("me/").json()["access"]
    assert access["granted"] is False
    assert "research community" in " ".join(access["reasons"])


def test_my_tokens__are_listed_without_their_keys_and_nobody_elses(ada: Program, people: Mapping[str, User]) -> None:
    make_token(people["ben"], "Of another")
    answer = ada.get("me/tokens/")
    listed = answer.json()
    assert [(each["name"], each["state"]) for each in listed] == [("For a test", "active")]
    assert set(listed[0]) == {"prefix", "name", "created_at", "expires_at", "last_used_at", "state"}
    kept = ApiToken.objects.get(person=people["ada"], name="For a test")
    assert kept.digest not in answer.text
    assert ada.get("me/").json()["orcid"] is None


def test_token__last_use_is_kept(world: World) -> None:
    token, key = make_token(world.people["ada"])
    assert token.last_used_at is None
    Program(key).get("me/")
    first = ApiToken.objects.get(pk=token.pk).last_used_at
    assert first is not None
    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        Program(key).get("me/")
    assert ApiToken.objects.get(pk=token.pk).last_used_at > first


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer nonsense", "Bearer lectern_\x00", "Bearer é", "Basic YTpi", "Token lectern_x"]
)
def test_token__that_is_none(world: World, header: str) -> None:
    answer = Client(headers={"Authorization": header}).get("/api/v1/me/")
    assert problem_of(answer, 401)["code"] == "not_authenticated"
    assert answer["WWW-Authenticate"] == "Bearer"


def test_token__expired(world: World) -> None:
    _, key = make_token(world.people["ada"])
    with time_machine.travel(clock.now() + timedelta(days=31)):
        assert "expired" in problem_of(Program(key).get("me/"), 401)["detail"]


def test_token__revoked(world: World) -> None:
    token, key = make_token(world.people["ada"])
    assert Program(key).get("me/").status_code == 200
    revoke_token(actor=world.people["ada"], token=token)
    assert "revoked" in problem_of(Program(key).get("me/"), 401)["detail"]


def test_token__of_a_closed_account(ada: Program, world: World) -> None:
    close_account(actor=world.people["ivo"], person=world.people["ada"], reason="Left the university.")
    problem_of(ada.get("me/"), 401)
    problem_of(ada.get("queries/"), 401)


def test_access__that_ended_closes_every_door_at_the_next_request(
    ada: Program, world: World, finished_query: Query, new_query: dict[str, Any]
) -> None:
    path = f"queries/{finished_query.reference}"
    assert ada.get(f"{path}/results/carriers/").status_code == 200
    for grant in RoleGrant.objects.filter(person=world.people["ada"]):
        end_role(actor=SETUP, grant=grant, reason="Training has expired.")
    for refused in (ada.get("queries/"), ada.get("projects/"), ada.post("queries/", new_query)):
        assert "Your access to data ended on" in problem_of(refused, 403)["detail"]
    for inner in ("", "/progress", "/results/variants", "/results/carriers", "/provenance"):
        assert "Your access to data ended on" in problem_of(ada.get(f"{path}{inner}/"), 404)["detail"]
    for table in ("variants", "carriers"):
        problem_of(ada.get(f"{path}/results/{table}.parquet"), 404)
    for action in ("submit", "cancel", "retry"):
        problem_of(ada.post(f"{path}/{action}/"), 404)
    assert ada.get("me/").json()["access"]["granted"] is False


def test_session__reads_like_a_token(client_of: Callable[[str], Client], world: World) -> None:
    ada = Program(client=client_of("ada"))
    assert ada.get("me/").json()["token"] is None
    assert len(ada.rows("projects/")) == 1


def test_session__writes_only_with_the_csrf_token(
    client_of: Callable[[str], Client], world: World, new_query: dict[str, Any]
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.people["ada"])
    refused = problem_of(Program(client=browser).post("queries/", new_query), 403)
    assert "X-CSRFToken" in refused["detail"]
    browser.cookies["csrftoken"] = "a" * 32
    made = Program(client=browser).post("queries/", new_query, X_CSRFToken="a" * 32)
    assert made.status_code == 201


def test_answers__stay_out_of_every_cache(ada: Program) -> None:
    assert "no-store" in ada.get("me/")["Cache-Control"]
