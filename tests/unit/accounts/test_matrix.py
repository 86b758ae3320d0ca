"""The permission matrix of access governance: each row about people, roles and memberships, asked of every role.

A row names who may; everybody else may not. The columns are those of `tests/factories/matrix.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from accounts import policies
from accounts.models import Affiliation, Agreement, DomainApplication, Institution, RoleGrant, RoleRequest, User
from accounts.policies import Wanted
from accounts.roles import Role
from portal.demo_standing import NORTHMOOR, apply
from portal.kernel import clock
from tests.factories.accounts import make_person
from tests.factories.matrix import COLUMNS, EVERYBODY_IN, one_of_each
from tests.personas import World

pytestmark = pytest.mark.usefixtures("world")

COMMUNITY = "genotype-phenotype"


@dataclass(frozen=True)
class Things:
    """What the rows are about; all of it somebody else's than the actor's."""

    institution: Institution
    affiliation: Affiliation
    application: DomainApplication
    agreement: Agreement
    person: User
    grant: RoleGrant
    committee_grant: RoleGrant
    request: RoleRequest


@pytest.fixture
def things(world: World) -> Things:
    northmoor, person, member = Institution.objects.get(name=NORTHMOOR.name), make_person(), make_person()
    application = apply(person, COMMUNITY, northmoor)
    grant = RoleGrant.objects.create(person=person, role=Role.PANEL_REVIEWER, reason="x", starts_at=clock.now())
    seat = RoleGrant.objects.create(person=member, role=Role.ARC_MEMBER, reason="x", starts_at=clock.now())
    request = RoleRequest.objects.create(
        reference="ROL-TEST", person=person, role=Role.PANEL_CURATOR, reason="x", requested_by=world.people["ivo"],
        expires_at=clock.now().replace(year=2999),
    )  # fmt: skip
    affiliation = Affiliation.objects.create(
        reference="AFF-TEST", person=person, institution=northmoor, email="x@northmoor.example", position="x",
        status="waiting", waiting_since=clock.now(),
    )  # fmt: skip
    agreement = Agreement.objects.get(institution=northmoor)
    return Things(northmoor, affiliation, application, agreement, person, grant, seat, request)


@pytest.fixture
def actors(world: World, things: Things) -> Mapping[str, Any]:
    """Somebody new in each column."""
    return one_of_each(world, things.institution)


def _wanted(role: Role, scope: str = "") -> Callable[[Things], Wanted]:
    return lambda things: Wanted(things.person, role, scope)


def _deputy(things: Things) -> Wanted:
    return Wanted(things.person, Role.DOMAIN_DEPUTY, COMMUNITY)


def _signatory(things: Things) -> Wanted:
    return Wanted(things.person, Role.INSTITUTION_SIGNATORY, things.institution.reference)


P = policies
# (row of the matrix, rule, what it is asked about, who may)
ROWS: tuple[tuple[str, Any, Callable[[Things], Any], str], ...] = (
    ("other person, name", P.can_see_person, lambda t: t.person, "DL IS AC DM SD AU AD"),
    ("other person, address", P.can_see_addresses, lambda t: t.person, "SD AD"),
    ("own membership case, start", P.can_apply, lambda t: None, EVERYBODY_IN),
    ("membership case of another, submit", P.is_their_application, lambda t: t.application, ""),
    ("membership case, decide", P.can_decide_application, lambda t: t.application, "DL"),
    ("membership case, read", P.can_read_application, lambda t: t.application, "DL SD AU"),
    ("affiliation, confirm and refuse", P.can_decide_affiliation, lambda t: t.affiliation, "IS"),
    ("affiliation, end alone", P.can_end_affiliation, lambda t: t.affiliation, "IS"),
    ("affiliation, end by two", P.can_propose_end, lambda t: t.affiliation, "SD"),
    ("affiliation, agree to the end", P.can_end_by_two, lambda t: t.affiliation, "SD"),
    ("agreement, prepare", P.can_prepare_agreement, lambda t: t.agreement, "SD"),
    ("agreement, sign", P.can_sign_agreement, lambda t: t.agreement, "IS"),
    ("agreement, counter-sign", P.can_countersign_agreement, lambda t: t.agreement, "AD"),
    ("agreement, days of grace", P.can_give_grace, lambda t: t.agreement, "AC"),
    ("institution, see", P.can_see_institution, lambda t: t.institution, "IS AC SD AU AD"),
    ("institution, edit", P.can_change_institution, lambda t: t.institution, "IS"),
    ("institution, secretaries", P.can_appoint_officer, lambda t: t.institution, "IS"),
    ("institution, signatory by two", P.can_request_role, _signatory, "SD AD"),
    ("training of others, see", P.can_see_all_training, lambda t: None, "SD AU"),
    ("training of others, enter", P.can_enter_training, lambda t: t.person, "SD"),
    ("settings and texts, publish", P.can_publish_course, lambda t: None, "AD"),
    ("role of another, see", P.can_see_grant, lambda t: t.grant, "SD AU AD"),
    ("seat on the committee, see", P.can_see_grant, lambda t: t.committee_grant, "AC SD AU AD"),
    ("role of administrator, ask for", P.can_request_role, _wanted(Role.ADMINISTRATOR), "AD"),
    ("role of auditor, ask for", P.can_request_role, _wanted(Role.AUDITOR), "AD"),
    ("seat on the committee, ask for", P.can_request_role, _wanted(Role.ARC_MEMBER), "AC AD"),
    ("deputy of a community, ask for", P.can_request_role, _deputy, "DL AD"),
    ("role, give alone", P.can_grant_role, lambda t: t.person, ""),
    ("role, approve", P.can_answer_role_request, lambda t: t.request, "AD"),
    ("role, end", P.can_end_role, lambda t: t.grant, "AD"),
    ("seat on the committee, end", P.can_end_role, lambda t: t.committee_grant, "AC AD"),
    ("account, make", P.can_create_person, lambda t: None, "SD AD"),
    ("account, close", P.can_close_account, lambda t: t.person, "AD"),
    ("account, take the name away", P.can_pseudonymise_person, lambda t: t.person, "AD"),
)


@pytest.mark.parametrize(("row", "rule", "about", "who"), ROWS, ids=[row[0] for row in ROWS])
def test_matrix__these_may_and_nobody_else(
    things: Things, actors: Mapping[str, Any], row: str, rule: Any, about: Callable[[Things], Any], who: str
) -> None:
    said = [column for column in COLUMNS if rule(actors[column], about(things))]
    assert said == who.split(), row
