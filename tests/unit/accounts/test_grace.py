"""Days of grace: an agreement whose renewal is late counts for up to thirty days more, if the chair says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.gates import data_access
from accounts.models import Agreement, Institution, User
from accounts.roles import Role
from accounts.selectors.institutions import affiliation_periods
from accounts.services import (
    accept_application,
    confirm_affiliation,
    countersign_agreement,
    extend_agreement,
    prepare_agreement,
    send_agreement,
    sign_agreement,
    terminate_agreement,
)
from portal.demo_standing import NORTHMOOR, apply, claim
from portal.kernel import clock
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from tests.factories.accounts import make_person
from tests.personas import World

pytestmark = pytest.mark.usefixtures("world")
REASON = "The renewal waits for a signature of the university's council."


def ended(days_ago: float) -> Agreement:
    """Northmoor's agreement, over for so long; negative: still to end."""
    held, at = Agreement.objects.filter(institution__name=NORTHMOOR.name), clock.now()
    held.update(starts_at=at - timedelta(days=365), ends_at=at - timedelta(days=days_ago))
    return held.get()


def chair() -> User:
    return make_person("Cleo Chair", role=Role.ARC_CHAIR)


def renew(world: World) -> Agreement:
    """The renewal, signed by both sides."""
    sol, una = world.people["sol"], User.objects.get(email="una@lectern.example")
    institution = Institution.objects.get(name=NORTHMOOR.name)
    sent = send_agreement(actor=sol, agreement=prepare_agreement(actor=sol, institution=institution))
    signed = sign_agreement(actor=una, agreement=sent, sha256=sent.text_sha256, name="Una", position="Director")
    return countersign_agreement(actor=world.people["ivo"], agreement=signed)


def test_days_of_grace__give_everybody_there_their_access_back_until_they_are_over(world: World) -> None:
    agreement, ada = ended(days_ago=2), world.people["ada"]
    assert not data_access(ada, clock.now()).granted
    given = extend_agreement(actor=chair(), agreement=agreement, days=20, reason=REASON)
    assert given.ends_at is not None
    over = given.ends_at + timedelta(days=20)
    assert (given.grace_until, given.standing_at(clock.now())) == (over, "Days of grace")
    assert data_access(ada, over - timedelta(seconds=1)).granted
    assert not data_access(ada, over).granted, "the clock ends it, no job"
    assert max(end for _, end, _ in affiliation_periods(ada)) == over, "so the door of a project knows"
    assert Institution.objects.registered(clock.now()).filter(name=NORTHMOOR.name).exists()


@pytest.mark.parametrize("key", ["ivo", "sol", "gus", "aud", "ada", "noa"])
def test_days_of_grace__are_for_the_chair_alone(world: World, key: str) -> None:
    with pytest.raises(PermissionRefused):
        extend_agreement(actor=world.people[key], agreement=ended(days_ago=2), days=5, reason=REASON)


def test_a_chair_who_works_there__gives_none(world: World) -> None:
    agreement, own = ended(days_ago=-10), chair()

    accept_application(
        actor=world.people["ivo"], application=apply(own, "variant-discovery", agreement.institution), version=1
    )
    confirm_affiliation(actor=world.people["gus"], affiliation=claim(own, agreement.institution), is_bona_fide=True)
    with pytest.raises(PermissionRefused, match="where they work"):
        extend_agreement(actor=own, agreement=agreement, days=5, reason=REASON)


@pytest.mark.parametrize("days", [0, 31, -1])
def test_days_of_grace__are_thirty_at_most(world: World, days: int) -> None:
    with pytest.raises(InvalidInput, match="from 1 to 30"):
        extend_agreement(actor=chair(), agreement=ended(days_ago=2), days=days, reason=REASON)


def test_days_of_grace__are_given_once_and_about_the_end_alone(world: World) -> None:
    who = chair()
    with pytest.raises(TransitionRefused, match="within 90 days"):
        extend_agreement(actor=who, agreement=ended(days_ago=-91), days=5, reason=REASON)
    with pytest.raises(TransitionRefused, match="Only a renewal"):
        extend_agreement(actor=who, agreement=ended(days_ago=31), days=30, reason=REASON)
    given = extend_agreement(actor=who, agreement=ended(days_ago=2), days=5, reason=REASON)
    with pytest.raises(TransitionRefused, match="given once"):
        extend_agreement(actor=who, agreement=given, days=30, reason=REASON)


def test_the_database__knows_the_thirty_days_too(world: World) -> None:
    agreement = ended(days_ago=2)
    assert agreement.ends_at is not None
    too_long = {"grace_until": agreement.ends_at + timedelta(days=30, seconds=1), "grace_by": world.people["noa"]}
    for wrong in (too_long, {"grace_until": agreement.ends_at + timedelta(days=3)}):
        with pytest.raises(IntegrityError, match="thirty_days"), transaction.atomic():
            Agreement.objects.filter(pk=agreement.pk).update(**wrong)


@pytest.mark.parametrize("days_ago", [2, -2], ids=["in the days of grace", "before them"])
def test_a_renewal__takes_the_place_of_the_days_of_grace(world: World, days_ago: int) -> None:
    """Or else they would hold the door open when the renewal is terminated."""
    extend_agreement(actor=chair(), agreement=ended(days_ago), days=30, reason=REASON)
    renewed = renew(world)
    assert data_access(world.people["ada"], clock.now()).granted
    terminate_agreement(actor=world.people["ivo"], agreement=renewed, reason="Nobody pays.")
    assert not data_access(world.people["ada"], clock.now()).granted


def test_the_page__asks_the_chair_for_days_and_reason_and_tells_both_sides(world: World) -> None:
    agreement, browser = ended(days_ago=2), Client()
    browser.force_login(chair())
    page = reverse("agreement-act", args=[agreement.reference, "extend"])
    assert "Give days of grace" in browser.get(agreement.get_absolute_url()).content.decode()
    refused = browser.post(page, {"days": "31", "reason": REASON}).content.decode()
    assert "30" in refused
    assert REASON.split("'")[0] in refused, "what was typed stays"
    done = browser.post(page, {"days": "30", "reason": REASON}, follow=True).content.decode()
    assert "Days of grace" in done
    assert REASON.split("'")[0] in done, "the history says why"
