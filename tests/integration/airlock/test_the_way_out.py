"""The way of a request from draft to release, through the services, with what is refused on it."""

from __future__ import annotations

import pytest

from airlock.models import Release
from tests.factories import exports
from tests.factories.exports import Desk
from tests.personas import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(world: World, settings: object) -> Desk:
    settings.MALWARE_DEMO_WITHOUT_SCANNER = True  # type: ignore[attr-defined]
    settings.CLAMD_ADDRESS = ""  # type: ignore[attr-defined]
    return Desk(world.people["ada"], world.project)


@pytest.mark.parametrize("state", exports.WAYS)
def test_every_state__is_reached_through_the_services(desk: Desk, state: str) -> None:
    assert exports.WAYS[state](desk).status == state


def test_release__has_a_receipt_that_verifies(desk: Desk) -> None:
    from airlock.services.receipts import problems_of, public_key

    release = Release.objects.get(request=exports.released(desk))
    assert problems_of(release.receipt, release.signature, public_key()) == []
    assert problems_of(release.receipt.replace("counts.csv", "others.csv"), release.signature, public_key()) != []
