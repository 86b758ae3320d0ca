"""Roles are given by two people, some are never held together, and an emergency lasts hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from accounts import policies, services
from accounts.events import RoleEvent
from accounts.models import DomainApplication, Institution, RoleGrant, RoleRequest, User
from accounts.roles import Role, kept_apart
from accounts.services.role_requests import ANSWERED_WITHIN
from portal.demo_standing import NORTHMOOR
from portal.kernel import clock, outbox
from portal.kernel.access import SystemActor
from portal.kernel.audit_chain import verify_chain
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from tests.factories.accounts import SETUP, make_person, make_token
from tests.personas import World

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def ivo(world: World) -> User:
    return User.objects.get(pk=world.people["ivo"].pk)


@pytest.fixture
def second() -> User:
    return make_person("Second Administrator", role=Role.ADMINISTRATOR)


@pytest.fixture
def chair() -> User:
    return make_person("Chair", role=Role.ARC_CHAIR)


def asked(actor: User, person: User, role: Role = Role.PANEL_CURATOR, scope: str = "") -> RoleRequest:
    return services.request_role(actor=actor, person=person, role=role, reason="Joins the team.", scope=scope)


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def test_two_people_give_a_role__and_both_are_named(ivo: User, second: User) -> None:
    person = make_person()
    request = asked(ivo, person)
    assert not fresh(person).has_role(Role.PANEL_CURATOR), "asking gives nothing"
    services.approve_role_request(actor=second, request=request)
    grant = RoleGrant.objects.get(person=person)
    assert (grant.granted_by, grant.approved_by) == (ivo, second)
    assert fresh(person).has_role(Role.PANEL_CURATOR)
    assert AuditEvent.objects.filter(event=RoleEvent.APPROVED, subject_ref=request.reference).count() == 1


def test_an_administrator_asks_for_their_own_role__refused(ivo: User) -> None:
    """Case 32: chair or auditor for oneself."""
    for role in (Role.ARC_CHAIR, Role.AUDITOR):
        with pytest.raises(PermissionRefused, match="Nobody asks for their own"):
            asked(ivo, ivo, role)


def test_whoever_asked_or_is_meant__cannot_approve(ivo: User, second: User) -> None:
    """Case 33."""
    request = asked(ivo, second, Role.SERVICE_DESK)
    for same in (ivo, second):
        with pytest.raises(PermissionRefused, match="Only another person answers"):
            services.approve_role_request(actor=same, request=request)
    with pytest.raises(IntegrityError, match="answered_by_somebody_else"), transaction.atomic():
        RoleRequest.objects.filter(pk=request.pk).update(decided_by=ivo)


def test_ones_own_second_account__cannot_approve(ivo: User) -> None:
    """Case 33: it shares a mailbox with the first, or the ORCID iD that was connected there once."""
    name, _, domain = ivo.email.partition("@")
    twin = make_person(email=f"{name}+two@{domain}", role=Role.ADMINISTRATOR)
    with pytest.raises(PermissionRefused, match="Two people are needed"):
        services.approve_role_request(actor=twin, request=asked(ivo, make_person()))
    services.remember(ivo, [("orcid", "0000-0002-1825-0097")])
    other = make_person(role=Role.ADMINISTRATOR)
    request = asked(ivo, make_person())
    services.remember(other, [("orcid", "0000-0002-1825-0097")])
    with pytest.raises(PermissionRefused, match="Two people are needed"):
        services.approve_role_request(actor=other, request=request)
    request.refresh_from_db()
    assert request.status == "waiting"


def test_a_token_approves_nothing(ivo: User, second: User, client: Client) -> None:
    """Case 33: the page knows only people who signed in; there is no address in the API."""
    request = asked(ivo, make_person())
    _, key = make_token(make_person())
    url = reverse("role-request-act", args=[request.reference, "approve"])
    answer = client.post(url, headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("sign-in"))
    request.refresh_from_db()
    assert request.status == "waiting"


@pytest.mark.parametrize("persona", ["ada", "cora", "dev", "finn", "gus", "hana", "aud", "sol", "noa"])
def test_nobody_else_asks_for_an_administrator(world: World, persona: str) -> None:
    with pytest.raises(PermissionRefused):
        asked(world.people[persona], make_person(), Role.ADMINISTRATOR)


def test_the_chair_asks_for_the_committee__and_an_administrator_approves(ivo: User, chair: User) -> None:
    person = make_person()
    request = asked(chair, person, Role.ARC_MEMBER)
    services.approve_role_request(actor=ivo, request=request)
    assert fresh(person).has_role(Role.ARC_MEMBER)
    with pytest.raises(PermissionRefused):
        asked(chair, person, Role.DATA_MANAGER)


def test_a_lead_asks_for_a_deputy_of_their_own_community_alone(world: World, ivo: User) -> None:
    eve, person = fresh(world.people["eve"]), make_person()
    request = asked(eve, person, Role.DOMAIN_DEPUTY, "genotype-phenotype")
    services.approve_role_request(actor=ivo, request=request)
    assert fresh(person).has_role(Role.DOMAIN_DEPUTY, "genotype-phenotype")
    with pytest.raises(PermissionRefused):
        asked(eve, make_person(), Role.DOMAIN_DEPUTY, "neurology")


def test_the_desk_asks_for_a_signatory__and_a_second_of_the_desk_approves(world: World) -> None:
    sol, other, person = world.people["sol"], make_person(role=Role.SERVICE_DESK), make_person()
    northmoor = Institution.objects.get(name=NORTHMOOR.name)
    request = asked(sol, person, Role.INSTITUTION_SIGNATORY, northmoor.reference)
    services.approve_role_request(actor=other, request=request)
    assert policies.signs_for(fresh(person), northmoor)


@pytest.mark.parametrize(
    ("role", "scope", "sentence"),
    [
        (Role.DOMAIN_LEAD, "", "Choose the community"),
        (Role.INSTITUTION_SIGNATORY, "nowhere", "Choose the institution"),
        (Role.SERVICE_DESK, "somewhere", "held everywhere"),
    ],
)
def test_a_role_says_where_it_holds(ivo: User, role: Role, scope: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        asked(ivo, make_person(), role, scope)


def test_a_request_that_nobody_answers__is_over_without_a_job(ivo: User, second: User) -> None:
    person = make_person()
    request = asked(ivo, person)
    with time_machine.travel(clock.now() + ANSWERED_WITHIN):
        with pytest.raises(TransitionRefused, match="Nobody answered"):
            services.approve_role_request(actor=second, request=request)
        assert request.standing_at(clock.now()) == "Lapsed"
        again = asked(ivo, person)
    request.refresh_from_db()
    assert (request.status, again.status) == ("lapsed", "waiting")


def test_a_request_waits_once(ivo: User, second: User) -> None:
    person = make_person()
    asked(ivo, person)
    with pytest.raises(InvalidInput, match="asked for this already"):
        asked(second, person)


def test_a_declined_request__says_why_and_gives_nothing(ivo: User, second: User) -> None:
    person = make_person()
    declined = services.decline_role_request(actor=second, request=asked(ivo, person), reason="Not yet trained.")
    assert (declined.status, declined.note, declined.decided_by) == ("declined", "Not yet trained.", second)
    assert not RoleGrant.objects.filter(person=person).exists()


def test_whoever_asked_and_lost_the_right__asked_for_nothing(ivo: User, second: User) -> None:
    request = asked(second, make_person())
    services.end_role(actor=ivo, grant=RoleGrant.objects.get(person=second), reason="Left.")
    with pytest.raises(TransitionRefused, match="can no longer ask"):
        services.approve_role_request(actor=ivo, request=request)


# Roles that nobody holds together


@pytest.mark.parametrize(("one", "other"), list(product(Role, Role)))
def test_separations__the_database_and_the_code_say_the_same(one: Role, other: Role) -> None:
    seats = ("", "participants", "deputy")
    with connection.cursor() as cursor:
        for mine, theirs in product(seats, seats):
            cursor.execute("SELECT accounts_kept_apart(%s, %s, %s, %s)", [one, other, mine, theirs])
            said = cursor.fetchone()
            assert said == (kept_apart(one, other, mine, theirs),), (one, mine, other, theirs)


@pytest.mark.parametrize(
    ("held", "wanted", "scope"),
    [
        (Role.ADMINISTRATOR, Role.ARC_CHAIR, ""),
        (Role.ADMINISTRATOR, Role.AIRLOCK_CHECKER, ""),
        (Role.ADMINISTRATOR, Role.DATA_MANAGER, ""),
        (Role.AUDITOR, Role.PANEL_CURATOR, ""),
        (Role.PANEL_CURATOR, Role.AUDITOR, ""),
        (Role.ARC_CHAIR, Role.DATA_MANAGER, ""),
        (Role.DATA_MANAGER, Role.ARC_MEMBER, "participants"),
    ],
)
def test_separations__are_refused_with_a_sentence_and_by_the_database(
    ivo: User, held: Role, wanted: Role, scope: str
) -> None:
    person = make_person(role=held)
    with pytest.raises(InvalidInput, match="have to be different people"):
        asked(ivo, person, wanted, scope)
    with pytest.raises(TransitionRefused, match="have to be different people"):
        services.grant_role(actor=SETUP, person=person, role=wanted, reason="x", scope=scope)
    with pytest.raises(IntegrityError, match="Nobody holds"), transaction.atomic():
        RoleGrant.objects.create(person=person, role=wanted, scope=scope, reason="x", starts_at=clock.now())


def test_separations__the_desk_does_not_sign_for_an_institution(world: World, ivo: User) -> None:
    northmoor = Institution.objects.get(name=NORTHMOOR.name)
    with pytest.raises(InvalidInput, match="have to be different people"):
        asked(ivo, world.people["sol"], Role.INSTITUTION_SIGNATORY, northmoor.reference)


def test_separations__a_role_that_ended_stands_in_nobodys_way(ivo: User, second: User) -> None:
    person = make_person(role=Role.AUDITOR)
    services.end_role(actor=ivo, grant=RoleGrant.objects.get(person=person), reason="Changes sides.")
    services.approve_role_request(actor=second, request=asked(ivo, person, Role.SERVICE_DESK))
    assert fresh(person).has_role(Role.SERVICE_DESK)


def test_a_role_by_one_person_alone__is_refused_by_the_database(ivo: User) -> None:
    with pytest.raises(IntegrityError, match="given by two people"), transaction.atomic():
        RoleGrant.objects.create(
            person=make_person(), role=Role.PANEL_CURATOR, granted_by=ivo, reason="x", starts_at=clock.now()
        )


# Emergencies (case 55)


def emergency(actor: User, hours: int = 2, incident: str = "INC-7", role: Role = Role.DATA_MANAGER) -> RoleRequest:
    return services.request_emergency(actor=actor, role=role, incident=incident, reason="Stop a leak.", hours=hours)


def test_an_emergency__is_confirmed_by_another_and_ends_at_the_instant(world: World, ivo: User) -> None:
    sol = fresh(world.people["sol"])
    request = emergency(sol, hours=2)
    with pytest.raises(PermissionRefused):
        services.approve_role_request(actor=sol, request=request)
    services.approve_role_request(actor=ivo, request=request)
    held = fresh(sol)
    assert held.has_role(Role.DATA_MANAGER)
    until = RoleGrant.objects.get(person=sol, role=Role.DATA_MANAGER).until
    assert until is not None
    with time_machine.travel(until, tick=False):
        assert not held.has_role(Role.DATA_MANAGER), "the same request, a moment later: no job and no reload"
        assert not fresh(sol).has_role(Role.DATA_MANAGER)


def test_an_emergency__is_mailed_to_auditor_and_chair(world: World, ivo: User, chair: User) -> None:
    services.approve_role_request(actor=ivo, request=emergency(fresh(world.people["sol"])))
    mail.outbox.clear()
    while outbox.deliver()[0]:
        pass
    told = {message.to[0] for message in mail.outbox if message.subject == "Emergency access was opened"}
    assert told == {world.people["aud"].email, chair.email}


@pytest.mark.parametrize(("incident", "hours"), [("", 1), ("  ", 4), ("INC-7", 0), ("INC-7", 5)])
def test_an_emergency__wants_an_incident_and_at_most_four_hours(world: World, incident: str, hours: int) -> None:
    with pytest.raises(InvalidInput):
        emergency(fresh(world.people["sol"]), hours=hours, incident=incident)


def test_an_emergency__of_five_hours_is_refused_by_the_database(world: World, ivo: User) -> None:
    at: datetime = clock.now()
    with pytest.raises(IntegrityError, match="four_hours"), transaction.atomic():
        RoleGrant.objects.create(
            person=world.people["sol"], role=Role.DATA_MANAGER, approved_by=ivo, reason="x", incident="INC-7",
            starts_at=at, until=at + timedelta(hours=5),
        )  # fmt: skip


@pytest.mark.parametrize("persona", ["ada", "noa", "cora", "aud"])
def test_an_emergency__is_for_staff(world: World, persona: str) -> None:
    with pytest.raises(PermissionRefused, match="Only staff"):
        emergency(fresh(world.people[persona]))


def test_an_emergency__keeps_roles_apart(ivo: User) -> None:
    with pytest.raises(InvalidInput, match="have to be different people"):
        emergency(ivo, role=Role.DATA_MANAGER)


def test_an_emergency__is_over_when_nobody_confirms_within_an_hour(world: World, ivo: User) -> None:
    request = emergency(fresh(world.people["sol"]))
    with time_machine.travel(clock.now() + timedelta(hours=1)), pytest.raises(TransitionRefused, match="Nobody ans"):
        services.approve_role_request(actor=ivo, request=request)


# The last holder (case 31)


def test_the_last_administrator__stays(ivo: User) -> None:
    grant = RoleGrant.objects.get(person=ivo, role=Role.ADMINISTRATOR)
    with pytest.raises(TransitionRefused, match="last administrator"):
        services.end_role(actor=ivo, grant=grant, reason="Leaves.")
    services.end_role(actor=SystemActor("Cascade of a sanction"), grant=grant, reason="Barred.")
    assert not fresh(ivo).has_role(Role.ADMINISTRATOR)


def test_the_last_administrators_account__stays_open(ivo: User, second: User) -> None:
    services.end_role(actor=second, grant=RoleGrant.objects.get(person=ivo), reason="Leaves.")
    from portal.kernel.command_line import OPERATOR

    with pytest.raises(TransitionRefused, match="last administrator"):
        services.close_account(actor=OPERATOR, person=second, reason="Leaves.")


@pytest.mark.parametrize("role", [Role.ARC_CHAIR, Role.DOMAIN_LEAD])
def test_the_last_chair_and_the_last_lead__stay(ivo: User, role: Role) -> None:
    scope = "neurology" if role == Role.DOMAIN_LEAD else ""
    one = make_person(role=role, scope=scope)
    grant = RoleGrant.objects.get(person=one)
    with pytest.raises(TransitionRefused, match=f"last {role.label.lower()}"):
        services.end_role(actor=ivo, grant=grant, reason="Leaves.")
    make_person(role=role, scope=scope)
    assert services.end_role(actor=ivo, grant=grant, reason="Leaves.").until is not None


def test_whoever_holds_it_for_an_emergency__is_no_second_administrator(world: World, ivo: User, chair: User) -> None:
    request = emergency(fresh(world.people["sol"]), role=Role.ADMINISTRATOR)
    services.approve_role_request(actor=chair, request=request)
    with pytest.raises(TransitionRefused, match="last administrator"):
        services.end_role(actor=ivo, grant=RoleGrant.objects.get(person=ivo), reason="Leaves.")


# Leaving for good (case 43)


def test_whoever_decided__is_never_deleted_but_loses_their_name(world: World, ivo: User) -> None:
    eve = fresh(world.people["eve"])
    decided = DomainApplication.objects.filter(decided_by=ivo).first() or DomainApplication.objects.get(person=eve)
    with pytest.raises(ProtectedError):
        eve.delete()
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute("DELETE FROM accounts_user WHERE id = %s", [eve.pk])
    with pytest.raises(TransitionRefused, match="Close the account first"):
        services.pseudonymise_person(actor=ivo, person=eve, reason="Asked for it.")
    make_person(role=Role.DOMAIN_LEAD, scope="genotype-phenotype")
    services.close_account(actor=ivo, person=eve, reason="Left.")
    gone = services.pseudonymise_person(actor=ivo, person=eve, reason="Asked for it.")
    assert (gone.email, gone.display_name) == (f"former-{eve.pk}@removed.invalid", f"Former person {eve.pk}")
    assert not gone.affiliations.exclude(email=gone.email).exists()
    assert not gone.has_usable_password()
    decided.refresh_from_db()
    assert list(verify_chain()) == [], "what was recorded before and after still holds together"


# Pages


def test_pages__two_administrators_give_a_role(ivo: User, second: User, client: Client) -> None:
    person = make_person("Rhea Reviewer")
    client.force_login(ivo)
    assert person.email in client.get(reverse("people-list"), {"text": "Rhea"}).content.decode()
    body = {"role": "panel_curator", "scope": "", "reason": "Joins the team."}
    assert client.post(reverse("role-request-create", args=[person.pk]), body).status_code == 302
    request = RoleRequest.objects.get(person=person)
    own = client.get(reverse("role-request-detail", args=[request.reference])).content.decode()
    assert "Approve as second person" not in own
    client.force_login(second)
    page = client.get(reverse("role-request-detail", args=[request.reference])).content.decode()
    assert "Approve as second person" in page
    assert client.post(reverse("role-request-act", args=[request.reference, "approve"])).status_code == 302
    assert fresh(person).has_role(Role.PANEL_CURATOR)


def test_pages__an_auditor_sees_people_but_no_addresses(world: World, client: Client) -> None:
    client.force_login(world.people["aud"])
    page = client.get(reverse("people-list")).content.decode()
    assert "Ada Researcher" in page
    assert "@lectern.example" not in page.replace("aud@lectern.example", "")
    assert "Nobody matches" in client.get(reverse("people-list"), {"text": "ada@"}).content.decode()
