"""A portal with a library, its people and a worker, for journeys that change things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser import Visitor
    from tests.stage import Stage


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A release to ask, and a real worker that answers."""
    from tests.stage import running_stage

    with running_stage(tmp_path_factory.mktemp("stage"), scene="library", with_worker=True) as stage:
        yield stage


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a module."""
    from tests.browser import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture(params=[True, False], ids=["with-scripts", "without-scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Every journey is walked twice."""
    return bool(request.param)


@pytest.fixture
def window_of(browser: Browser, stage: Stage, scripts: bool) -> Iterator[Callable[[str], Visitor]]:
    """`window_of("ben")` is a window in which ben is signed in; "anon" is nobody's."""
    from tests.browser import visitor

    with ExitStack() as windows:

        def opened(reader: str) -> Visitor:
            somebody = windows.enter_context(visitor(browser, stage, scripts=scripts))
            if reader != "anon":
                somebody.sign_in_as(reader)
            return somebody

        yield opened
