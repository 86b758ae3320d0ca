"""How often a program may ask, and what happens when the cache that counts is away."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from portal.kernel.throttling import parsed_rate
from portal.settings import base
from tests.factories.accounts import make_token
from tests.integration.api.program import Program, problem_of
from tests.personas import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def rates(settings: Any) -> Iterator[dict[str, str]]:
    """Three requests per minute for whoever asks, two new queries per hour; nothing counted yet."""
    cache.clear()
    chosen = {"person": "3/min", "anonymous": "3/min", "create-query": "2/hour"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": chosen}
    soon = datetime.now(UTC) + timedelta(minutes=1)
    with time_machine.travel(soon.replace(second=20, microsecond=0), tick=False):
        yield chosen


def test_person__is_counted_over_all_tokens(ada: Program, world: World, rates: dict[str, str]) -> None:
    another = Program(make_token(world.people["ada"], "Another")[1])
    assert [program.get("me/").status_code for program in (ada, another, ada)] == [200] * 3
    refused = another.get("me/")
    assert problem_of(refused, 429)["code"] == "throttled"
    assert int(refused["Retry-After"]) == 40
    assert "40 seconds" in refused.json()["detail"]


def test_person__goes_on_after_the_wait(ada: Program, rates: dict[str, str]) -> None:
    while (answer := ada.get("me/")).status_code == 200:
        pass
    with time_machine.travel(datetime.now(UTC).timestamp() + int(answer["Retry-After"]), tick=False):
        assert ada.get("me/").status_code == 200


def test_person__is_not_held_up_by_others(program_of: Callable[[str], Program], rates: dict[str, str]) -> None:
    eve = program_of("eve")
    ada = program_of("ada")
    while ada.get("me/").status_code == 200:
        pass
    assert eve.get("me/").status_code == 200


def test_new_queries__have_a_rate_of_their_own(ada: Program, rates: dict[str, str], new_query: dict[str, Any]) -> None:
    rates["person"] = "100/min"
    assert [ada.post("queries/", new_query).status_code for _ in range(3)] == [201, 201, 429]
    assert ada.get("queries/").status_code == 200


def test_anonymous__is_counted_by_address_and_not_by_what_it_says(world: World, rates: dict[str, str]) -> None:
    statuses = [
        Client(headers={"X-Forwarded-For": f"10.0.0.{n}"}).get("/api/v1/releases/").status_code for n in range(4)
    ]
    assert statuses == [200, 200, 200, 429]
    assert Client(REMOTE_ADDR="192.0.2.7").get("/api/v1/releases/").status_code == 200


@pytest.fixture(params=["away", "silent"])
def cache_address(request: pytest.FixtureRequest) -> Iterator[str]:
    """A cache that is not there, and one that takes connections and never says a word."""
    if request.param == "away":
        yield "unix:///nowhere/redis.sock"
    else:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


def test_cache__that_is_down_holds_nobody_up(
    ada: Program,
    settings: Any,
    rates: dict[str, str],
    caplog: pytest.LogCaptureFixture,
    cache_address: str,
) -> None:
    settings.CACHES = {"default": {**base.CACHES["default"], "LOCATION": cache_address}}
    assert [ada.get("me/").status_code for _ in range(5)] == [200] * 5
    assert "not counted" in caplog.text


@pytest.mark.parametrize(("rate", "meaning"), [("600/min", (600, 60)), ("1/h", (1, 3600)), ("5/day", (5, 86400))])
def test_rate__in_words(rate: str, meaning: tuple[int, int]) -> None:
    assert parsed_rate(rate) == meaning


def test_rate__that_is_none() -> None:
    with pytest.raises(ValueError, match="600/min"):
        parsed_rate("often")
