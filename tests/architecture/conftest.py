"""The walk that the gates judge, once per process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.record import Record


@pytest.fixture(scope="session")
def record(django_db_setup: None, django_db_blocker: Any) -> Record:
    """Everybody's walk through every address."""
    from tests.crawl import walk

    with django_db_blocker.unblock():
        return walk()
