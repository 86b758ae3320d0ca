"""Two people at once, on two real connections: one result, and the second reads why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from accounts.models import Agreement, DomainApplication, Institution, RoleGrant, User
from accounts.roles import Role
from accounts.services import (
    accept_application,
    appoint_officer,
    decline_application,
    prepare_agreement,
    release_officer,
    send_agreement,
    sign_agreement,
)
from portal.demo_people import SETUP
from portal.demo_standing import NORTHMOOR, apply
from portal.kernel.refusals import TransitionRefused
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
