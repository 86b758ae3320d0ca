"""The people of the world have all that access asks for."""

from __future__ import annotations

import pytest

from accounts.gates import Kind, data_access
from portal.kernel import clock
from tests.personas import World


@pytest.mark.parametrize("key", ["ada", "ben", "eve"])
def test_researchers_of_the_world__have_access_by_their_facts(world: World, key: str) -> None:
    access = data_access(world.people[key], clock.now())
    assert access.reasons == ()
    asked = {gate.kind for gate in access.gates}
    assert {Kind.COMMUNITY, Kind.AFFILIATION, Kind.TRAINING, Kind.CONDUCT} <= asked
