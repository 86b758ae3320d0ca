"""The world of the kernel's tests: second connections, the web role, queries to move, and an own set of subscribers."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from accounts.models import User
from ngrl.models import Release
from portal.kernel import events
from research_env.models import Query, QueryStatus
from tests.integration.kernel.elsewhere import Elsewhere, elsewhere
from tests.integration.kernel.queries import make_query, make_release
from tests.personas import World


@pytest.fixture
def other() -> Iterator[Elsewhere]:
    """Somebody at work on a connection of their own."""
    with elsewhere() as somebody:
        yield somebody


@pytest.fixture
def third() -> Iterator[Elsewhere]:
    """And one more."""
    with elsewhere() as somebody:
        yield somebody


@pytest.fixture
def own_subscribers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever subscribes in the test listens in the test alone."""
    monkeypatch.setattr(events, "_subscribers", defaultdict(list))


@pytest.fixture
def release(world: World) -> Release:
    """A published release."""
    return make_release()


@pytest.fixture
def query(world: World, release: Release) -> Query:
    """Ada's planned query in her project."""
    return make_query(world.project, world.people["ada"], release)


@pytest.fixture
def query_in(world: World, release: Release) -> Callable[[QueryStatus], Query]:
    """`query_in(QueryStatus.RUNNING)` is a query of ada's in that state."""
    return lambda status: make_query(world.project, world.people["ada"], release, status)


@pytest.fixture
def ada(world: World) -> User:
    return world.people["ada"]


@pytest.fixture
def web_role(db: None) -> Iterator[psycopg2.extensions.cursor]:
    """The test database as the web server sees it: a connection of the role lectern_web, rolled back at the end."""
    url = os.environ.get("DATABASE_URL", "")
    if psycopg2.extensions.parse_dsn(url).get("user") != settings.DATABASE_WEB_ROLE:
        pytest.skip(
            f"DATABASE_URL is not that of the role {settings.DATABASE_WEB_ROLE}, so it cannot be tried out here"
        )
    session = psycopg2.connect(url, dbname=connection.settings_dict["NAME"])
    try:
        yield session.cursor()
    finally:
        session.close()
