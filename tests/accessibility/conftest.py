"""The scene behind a real web server, and a browser to look at it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from tests.stage import Stage


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything that the scene has, without a worker: what waits goes on waiting."""
    from tests.stage import running_stage

    with running_stage(tmp_path_factory.mktemp("stage"), scene="everything") as stage:
        yield stage


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a module."""
    from tests.browser import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def cached(browser: Browser) -> Iterator[BrowserContext]:
    """One browser for all pages, whoever reads them: style sheets, fonts and scripts are fetched once."""
    from tests.browser import DESKTOP

    context = browser.new_context(viewport=DESKTOP)
    yield context
    context.close()
