"""The people around a request of ada's, with no scanner set up, as in the demo."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.exports import Desk
from tests.personas import World


@pytest.fixture
def desk(world: World, settings: Any) -> Desk:
    """Ada asks; Kay, Kim and Kit check; Mo manages; Bea and Bob sit on the committee."""
    settings.MALWARE_DEMO_WITHOUT_SCANNER, settings.CLAMD_ADDRESS = True, ""
    return Desk(world.people["ada"], world.project)
