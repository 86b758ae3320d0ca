"""The service desk ends an affiliation by two people, where the institution itself does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts import services
from accounts.gates import data_access
from accounts.models import Affiliation, User
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from tests.factories.accounts import make_person
from tests.personas import World

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def desk(world: World) -> tuple[User, User]:
    return world.people["sol"], make_person("Second Helper", role=Role.SERVICE_DESK)


@pytest.fixture
def held(world: World) -> Affiliation:
    return Affiliation.objects.get(person=world.people["ada"])


def test_two_of_the_desk__end_it_and_access_with_it(desk: tuple[User, User], held: Affiliation) -> None:
    first, second = desk
    services.propose_end(actor=first, affiliation=held, reason="The university wrote to us.")
    assert data_access(User.objects.get(pk=held.person_id), clock.now()).granted, "one person ends nothing"
    ended = services.end_by_two(actor=second, affiliation=held)
    assert ended.status == "ended"
    assert not data_access(User.objects.get(pk=held.person_id), clock.now()).granted


def test_whoever_proposed_it__does_not_agree_to_it(desk: tuple[User, User], held: Affiliation) -> None:
    first, _ = desk
    services.propose_end(actor=first, affiliation=held, reason="They left.")
    with pytest.raises(PermissionRefused, match="Only a second person"):
        services.end_by_two(actor=first, affiliation=held)


def test_nothing_proposed__nothing_to_agree_to(desk: tuple[User, User], held: Affiliation) -> None:
    with pytest.raises(TransitionRefused, match="One proposes it first"):
        services.end_by_two(actor=desk[1], affiliation=held)


def test_a_proposal__is_over_after_two_weeks(desk: tuple[User, User], held: Affiliation) -> None:
    services.propose_end(actor=desk[0], affiliation=held, reason="They left.")
    with time_machine.travel(clock.now() + timedelta(days=14)), pytest.raises(TransitionRefused):
        services.end_by_two(actor=desk[1], affiliation=held)


@pytest.mark.parametrize("persona", ["ada", "ben", "gus", "ivo", "aud", "noa"])
def test_proposing__is_for_the_desk(world: World, held: Affiliation, persona: str) -> None:
    with pytest.raises(PermissionRefused):
        services.propose_end(actor=world.people[persona], affiliation=held, reason="They left.")


def test_a_day_to_come_and_no_reason__are_refused(desk: tuple[User, User], held: Affiliation) -> None:
    with pytest.raises(InvalidInput, match="a day that is over"):
        services.propose_end(
            actor=desk[0], affiliation=held, reason="Leaves.", left_on=clock.today() + timedelta(days=1)
        )
    with pytest.raises(InvalidInput, match="Give a reason"):
        services.propose_end(actor=desk[0], affiliation=held, reason=" ")


def test_one_proposes_the_end_of_their_own__refused_by_the_database(held: Affiliation) -> None:
    with pytest.raises(IntegrityError, match="nobody_proposes_the_end"), transaction.atomic():
        Affiliation.objects.filter(pk=held.pk).update(
            end_proposed_by=held.person_id, end_proposed_at=clock.now(), end_reason="x"
        )
