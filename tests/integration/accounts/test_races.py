"""Two people at once, on two real connections: one result, and the second reads why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import AnonymousUser

from accounts.models import Agreement, DomainApplication, Incident, Institution, Registration, RoleGrant, Sanction, User
from accounts.roles import Role
from accounts.services import (
    Identity,
    LinkGone,
    accept_application,
    appoint_officer,
    close_account,
    connect_identity,
    decide_incident,
    decline_application,
    disconnect_identity,
    end_role,
    grant_role,
    prepare_agreement,
    propose_measure,
    register,
    release_officer,
    report_incident,
    send_agreement,
    sign_agreement,
    triage_incident,
)
from portal.demo_people import SETUP
from portal.demo_standing import NORTHMOOR, apply
from portal.kernel import clock
from portal.kernel.command_line import OPERATOR
from portal.kernel.refusals import TransitionRefused
from portal.settings.sign_in import SignInProvider
from tests.factories.accounts import make_person
from tests.integration.kernel.elsewhere import Elsewhere, elsewhere, wait_until_it_waits
from tests.personas import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def one() -> Iterator[Elsewhere]:
    with elsewhere() as somebody:
        yield somebody


@pytest.fixture
def two() -> Iterator[Elsewhere]:
    with elsewhere() as somebody:
        yield somebody


def northmoor() -> Institution:
    return Institution.objects.get(name=NORTHMOOR.name)


def test_a_lead_accepts_while_the_deputy_declines__one_decision(world: World, one: Elsewhere, two: Elsewhere) -> None:
    ada = world.people["ada"]
    RoleGrant.objects.create(
        person=ada, role=Role.DOMAIN_DEPUTY, scope="genotype-phenotype", reason="For a test.",
        starts_at=world.people["ada"].created_at,
    )  # fmt: skip
    eve, ada = world.people["eve"], User.objects.get(pk=ada.pk)
    application = apply(make_person(), "genotype-phenotype", northmoor())
    one.begin()
    one.run(lambda: accept_application(actor=eve, application=application, version=1))
    two.begin()
    late = two.start(
        lambda: decline_application(actor=ada, application=application, version=1, code="fit", reason="No.")
    )
    wait_until_it_waits(two.backend)
    one.commit()
    with pytest.raises(TransitionRefused, match="is accepted"):
        late.result(20)
    two.roll_back()
    application.refresh_from_db()
    assert (application.status, application.decided_by_id) == ("accepted", eve.pk)


def test_two_signatories_sign__one_signature(world: World, one: Elsewhere, two: Elsewhere) -> None:
    first, second = User.objects.get(email="una@lectern.example"), make_person()
    appoint_officer(
        actor=SETUP, institution=northmoor(), person=second, role=Role.INSTITUTION_SIGNATORY, reason="For a test."
    )
    sol = world.people["sol"]
    sent = send_agreement(actor=sol, agreement=prepare_agreement(actor=sol, institution=northmoor()))

    def sign(person: User) -> Agreement:
        return sign_agreement(
            actor=person, agreement=sent, sha256=sent.text_sha256, name=person.display_name, position="Director"
        )

    one.begin()
    one.run(lambda: sign(first))
    two.begin()
    late = two.start(lambda: sign(second))
    wait_until_it_waits(two.backend)
    one.commit()
    with pytest.raises(TransitionRefused, match="only while it is sent"):
        late.result(20)
    two.roll_back()
    assert Agreement.objects.get(pk=sent.pk).signed_by_id == first.pk


def test_the_last_two_secretaries_released_at_once__one_stays(world: World, one: Elsewhere, two: Elsewhere) -> None:
    """Case 31."""
    una, more = User.objects.get(email="una@lectern.example"), make_person()
    appoint_officer(
        actor=una, institution=northmoor(), person=more, role=Role.INSTITUTION_SECRETARY, reason="For a test."
    )
    grants = list(RoleGrant.objects.filter(scope=northmoor().reference, role=Role.INSTITUTION_SECRETARY).order_by("pk"))
    one.begin()
    one.run(lambda: release_officer(actor=una, institution=northmoor(), grant=grants[0], reason="Leaves."))
    two.begin()
    late = two.start(lambda: release_officer(actor=una, institution=northmoor(), grant=grants[1], reason="Leaves."))
    wait_until_it_waits(two.backend)
    one.commit()
    with pytest.raises(TransitionRefused, match="last membership secretary"):
        late.result(20)
    two.roll_back()
    assert RoleGrant.objects.filter(pk=grants[1].pk, until=None).exists()


def test_a_person_submits_twice__one_application(world: World, one: Elsewhere, two: Elsewhere) -> None:
    from accounts.models import Domain
    from accounts.services import start_application

    person, domain = make_person(), Domain.objects.get(slug="neurology")
    one.begin()
    first = one.run(lambda: start_application(actor=person, domain=domain))
    two.begin()
    second = two.start(lambda: start_application(actor=person, domain=domain))
    wait_until_it_waits(two.backend)
    one.commit()
    assert second.result(20).pk == first.pk
    two.commit()
    assert DomainApplication.objects.filter(person=person).count() == 1


def test_the_last_two_administrators_leave_at_once__one_stays(world: World, one: Elsewhere, two: Elsewhere) -> None:
    """Case 31."""
    ivo, more = world.people["ivo"], make_person(role=Role.ADMINISTRATOR)
    his, hers = (RoleGrant.objects.get(person=each, role=Role.ADMINISTRATOR) for each in (ivo, more))
    one.begin()
    one.run(lambda: end_role(actor=ivo, grant=his, reason="Leaves."))
    two.begin()
    late = two.start(lambda: end_role(actor=more, grant=hers, reason="Leaves."))
    wait_until_it_waits(two.backend)
    one.commit()
    with pytest.raises(TransitionRefused, match="last administrator"):
        late.result(20)
    two.roll_back()
    assert RoleGrant.objects.filter(pk=hers.pk, until=None).exists()


def test_an_administrator_leaves_while_the_others_account_is_closed__one_stays(
    world: World, one: Elsewhere, two: Elsewhere
) -> None:
    ivo, more = world.people["ivo"], make_person(role=Role.ADMINISTRATOR)
    hers = RoleGrant.objects.get(person=more)
    one.begin()
    one.run(lambda: end_role(actor=more, grant=hers, reason="Leaves."))
    two.begin()
    late = two.start(lambda: close_account(actor=OPERATOR, person=ivo, reason="Left."))
    wait_until_it_waits(two.backend)
    one.commit()
    with pytest.raises(TransitionRefused, match="last administrator"):
        late.result(20)
    two.roll_back()
    assert User.objects.get(pk=ivo.pk).is_active


def test_two_roles_that_stay_apart_at_once__one_is_given(world: World, one: Elsewhere, two: Elsewhere) -> None:
    person = make_person()
    one.begin()
    one.run(lambda: grant_role(actor=SETUP, person=person, role=Role.AUDITOR, reason="For a test."))
    two.begin()
    late = two.start(lambda: grant_role(actor=SETUP, person=person, role=Role.SERVICE_DESK, reason="For a test."))
    wait_until_it_waits(two.backend)
    one.commit()
    with pytest.raises(TransitionRefused, match="different people"):
        late.result(20)
    two.roll_back()
    assert RoleGrant.objects.get(person=person).role == Role.AUDITOR


def test_two_second_persons_decide_at_once__one_sanction(world: World, one: Elsewhere, two: Elsewhere) -> None:
    first, second = make_person(role=Role.ARC_CHAIR), make_person(role=Role.ARC_CHAIR)
    made = report_incident(actor=world.people["noa"], what="A shared password.", about="ada@lectern.example")
    incident = propose_measure(
        actor=world.people["cora"],
        incident=triage_incident(actor=world.people["sol"], incident=made),
        finding="serious",
        measure="suspension",
        months=1,
        grounds="Found.",
    )
    one.begin()
    one.run(lambda: decide_incident(actor=first, incident=incident))
    two.begin()
    late = two.start(lambda: decide_incident(actor=second, incident=incident))
    wait_until_it_waits(two.backend)
    one.commit()
    with pytest.raises(TransitionRefused):
        late.result(20)
    two.roll_back()
    assert Incident.objects.get(pk=incident.pk).decided_by == first
    assert Sanction.objects.filter(incident=incident).count() == 1


def test_the_last_two_ways_to_sign_in_disconnected_at_once__one_stays(
    world: World, one: Elsewhere, two: Elsewhere, settings: Any
) -> None:
    offered = [SignInProvider(key, key, f"https://{key}.example", "x", "y") for key in ("hill", "dale")]
    settings.SIGN_IN_PROVIDERS = tuple(offered)
    person = make_person()
    person.set_unusable_password()
    person.save()
    first, second = (
        connect_identity(actor=person, identity=Identity(each.issuer, "person-1"), keep=None) for each in offered
    )
    one.begin()
    one.run(lambda: disconnect_identity(actor=person, connected=first, keep=None))
    two.begin()
    late = two.start(lambda: disconnect_identity(actor=person, connected=second, keep=None))
    wait_until_it_waits(two.backend)
    one.commit()
    with pytest.raises(TransitionRefused, match="only way to sign in"):
        late.result(20)
    two.roll_back()
    assert SocialAccount.objects.get(user=person).pk == second.pk


def test_two_people_connect_one_identity_at_once__one_has_it(world: World, one: Elsewhere, two: Elsewhere) -> None:
    first, second, identity = make_person(), make_person(), Identity("https://hill.example", "person-1")
    one.begin()
    one.run(lambda: connect_identity(actor=first, identity=identity, keep=None))
    two.begin()
    late = two.start(lambda: connect_identity(actor=second, identity=identity, keep=None))
    wait_until_it_waits(two.backend)
    one.commit()
    with pytest.raises(TransitionRefused, match="belongs to another account"):
        late.result(20)
    two.roll_back()
    assert SocialAccount.objects.get().user == first


def test_one_link_followed_twice_at_once__one_account(world: World, one: Elsewhere, two: Elsewhere) -> None:
    at = clock.now()
    Registration.objects.create(
        email="nia@tests.example", display_name="Nia", token_sha256=hashlib.sha256(b"link").hexdigest(),
        asked_at=at, expires_at=at + timedelta(hours=1),
    )  # fmt: skip
    words = "lamp river tractor seven"
    one.begin()
    one.run(lambda: register(actor=AnonymousUser(), token="link", password=words))
    two.begin()
    late = two.start(lambda: register(actor=AnonymousUser(), token="link", password=words))
    wait_until_it_waits(two.backend)
    one.commit()
    with pytest.raises(LinkGone):
        late.result(20)
    two.roll_back()
    assert User.objects.filter(email="nia@tests.example").count() == 1
