"""What a token may do: each address needs one scope, and a token without it is told which."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import get_resolver, reverse

from accounts.models import ApiToken, User
from accounts.services import create_token
from portal.kernel import clock
from portal.kernel.api import HouseView
from portal.kernel.refusals import InvalidInput
from portal.kernel.scopes import LEAST, SCOPES, Area, ScopeMissing, require_scope
from portal.pages.api_docs import document
from tests.integration.api.program import Program, problem_of
from tests.personas import World

pytestmark = pytest.mark.django_db
VERBS = ("get", "post", "put", "patch", "delete")


def api_views(resolver: Any = None) -> Iterator[type[HouseView]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from api_views(pattern)
        elif isinstance(view := getattr(pattern.callback, "view_class", None), type) and issubclass(view, HouseView):
            yield view


def operations() -> list[tuple[str, str, str]]:
    """(method, address, scope) of every documented operation."""
    return [
        (method, path, " ".join(scope for way in facts.get("security", []) for scope in way.get("token", [])))
        for path, methods in document()["paths"].items()
        for method, facts in methods.items()
    ]


NEEDY = [(method, path, scope) for method, path, scope in operations() if scope]


def program(person: User, *scopes: str) -> Program:
    _, key = create_token(actor=person, name="For a test", scopes=scopes)
    return Program(key)


def test_every_address__says_which_area_it_belongs_to() -> None:
    views = set(api_views())
    assert len(views) > 40
    assert not [view.__name__ for view in views if view.area is None], "say `area = Area.…` in these views"


def test_every_scope__is_needed_somewhere_and_every_one_that_is_needed_can_be_chosen() -> None:
    assert {scope for _, _, scope in NEEDY} == set(SCOPES)


def test_addresses_without_a_scope__are_those_that_are_open_to_everybody() -> None:
    assert {path for _, path, scope in operations() if not scope} == {
        "/api/v1/register/projects/",
        "/api/v1/register/projects/{reference}/",
        "/api/v1/register/publications/",
        "/api/v1/training/{provider}/",
        "/api/v1/visas/check/",
    }


@pytest.mark.parametrize(("method", "path", "scope"), NEEDY, ids=[f"{method} {path}" for method, path, _ in NEEDY])
def test_token_with_every_other_scope__is_refused_and_told_which_is_missing(
    people: Mapping[str, User], method: str, path: str, scope: str
) -> None:
    _, key = create_token(actor=people["ada"], name="All but one", scopes=set(SCOPES) - {scope})
    client = Client(headers={"Authorization": f"Bearer {key}"})
    answer = client.generic(method.upper(), re.sub(r"\{\w+\}", "1", path), "{}", content_type="application/json")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (
        403,
        f'Bearer error="insufficient_scope", scope="{scope}"',
    )
    assert f"lacks the scope {scope}." in str(answer.json())


def test_refusal__is_a_problem_of_its_own_kind(people: Mapping[str, User]) -> None:
    refused = problem_of(program(people["ada"], "profile:read").get("queries/"), 403)
    assert refused["code"] == "scope_missing"
    assert refused["title"] == "The token may not do this"


def test_one_scope__opens_its_own_addresses(people: Mapping[str, User], world: World) -> None:
    reader = program(people["ada"], "queries:read")
    assert reader.get("queries/").status_code == 200
    for refused in (reader.get("me/"), reader.get("projects/"), reader.post("queries/", {})):
        assert problem_of(refused, 403)["code"] == "scope_missing"


def test_scope__gives_nothing_that_its_person_may_not(people: Mapping[str, User]) -> None:
    refused = problem_of(program(people["noa"], *SCOPES).get("queries/"), 403)
    assert refused["code"] == "not_allowed"


def test_session__needs_no_scope(client_of: Callable[[str], Client]) -> None:
    assert client_of("ada").get("/api/v1/queries/").status_code == 200


def test_nobody_in_particular__reads_what_is_public() -> None:
    assert Client().get("/api/v1/panels/").status_code == 200


def test_me__says_what_the_token_may_do(people: Mapping[str, User]) -> None:
    assert program(people["ada"], "profile:read").get("me/").json()["token"]["scopes"] == ["profile:read"]


def test_address_that_says_nothing__lets_in_a_token_with_all_scopes_alone() -> None:
    require_scope(SCOPES, None, "GET")
    with pytest.raises(ScopeMissing):
        require_scope(set(SCOPES) - {"panels:write"}, None, "GET")


@pytest.mark.parametrize(
    ("area", "method", "scope"),
    [(Area.QUERIES, "HEAD", "queries:read"), (Area.QUERIES, "DELETE", "queries:write")],
)
def test_reading_and_writing__are_two_scopes(area: Area, method: str, scope: str) -> None:
    require_scope([scope], area, method)
    with pytest.raises(ScopeMissing, match=scope):
        require_scope(set(SCOPES) - {scope}, area, method)


# The form


def test_form__offers_each_scope_in_plain_words_and_ticks_the_least(client_of: Callable[[str], Client]) -> None:
    text = client_of("noa").get(reverse("token-create")).text
    assert all(words in text for words in SCOPES.values())
    ticked = re.findall(r'value="([a-z]+:[a-z]+)"[^>]* checked', text)
    assert tuple(ticked) == LEAST


def test_form__wants_one_at_least_and_knows_no_others(client_of: Callable[[str], Client]) -> None:
    noa, sent = client_of("noa"), {"name": "Notebook", "days": "7"}
    assert "Choose what the token may do" in noa.post(reverse("token-create"), sent).text
    noa.post(reverse("token-create"), sent | {"scopes": ["everything:write"]})
    assert not ApiToken.objects.filter(name="Notebook").exists()


def test_pages__say_what_a_token_may_do(client_of: Callable[[str], Client]) -> None:
    noa = client_of("noa")
    made = noa.post(reverse("token-create"), {"name": "Notebook", "days": "7", "scopes": ["queries:read"]}).text
    assert SCOPES["queries:read"] in made
    assert SCOPES["queries:write"] not in made
    assert "queries:read" in noa.get(reverse("token-list")).text


@pytest.mark.parametrize("scopes", [[], ["queries"], ["queries:read", "queries:own"]])
def test_service__refuses_a_scope_that_is_none(people: Mapping[str, User], scopes: list[str]) -> None:
    with pytest.raises(InvalidInput, match="Choose what the token may do"):
        create_token(actor=people["ada"], name="For a test", scopes=scopes)


def test_database__keeps_no_token_that_may_do_nothing(people: Mapping[str, User]) -> None:
    at = clock.now()
    with pytest.raises(IntegrityError, match="token_may_do_something"):
        ApiToken.objects.create(
            person=people["ada"],
            name="x",
            prefix="p",
            digest="d",
            created_at=at,
            expires_at=at + timedelta(1),
            scopes=[],
        )
