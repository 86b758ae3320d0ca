"""What tests of a project's data share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ngrl.models import Release
from tests.roles import as_the_web


@pytest.fixture
def web_role(release: Release) -> Iterator[None]:
    """Everything after the release was loaded is done under the web server's role, which policies of rows hold."""
    with as_the_web():
        yield
