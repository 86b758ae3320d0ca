"""Who is there in tests of incidents."""

from __future__ import annotations

import pytest

from access_review.committee import DEPUTY
from access_review.models import ProjectMember
from accounts.models import User
from accounts.roles import Role
from portal.kernel import clock
from tests.factories.accounts import make_person
from tests.factories.reviews import seat
from tests.integration.accounts.incident_acts import Bench
from tests.personas import World


@pytest.fixture
def bench(world: World) -> Bench:
    return Bench(
        seat("Cleo Chair", Role.ARC_CHAIR), seat("Dora Deputy", Role.ARC_CHAIR, DEPUTY), seat("Max Member"), seat("Mia")
    )


@pytest.fixture
def culprit(world: World) -> User:
    """A researcher with access, who is a member of ada's project."""
    person = make_person("Cul Prit", role=Role.RESEARCHER)
    ProjectMember.objects.create(project=world.project, person=person, starts_at=clock.now())
    return person
