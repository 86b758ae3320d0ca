"""Making and closing accounts, granting and ending roles, making and revoking tokens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts import services
from accounts.events import Event
from accounts.models import ApiToken, RoleGrant, User
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.models import AuditEvent, Notification, OutboxMessage
from portal.kernel.refusals import InvalidInput, PermissionRefused
from portal.kernel.scopes import LEAST
from tests.factories.accounts import SETUP, make_person, make_token

People = Mapping[str, User]


def test_create_person__tells_the_owner_without_a_password(people: People) -> None:
    made = services.create_person(actor=people["sol"], email=" New.Person@Tests.Example ", display_name="New Person")
    assert made.email == "new.person@tests.example"
    assert not made.has_usable_password()
    assert OutboxMessage.objects.filter(recipient=made.email, subject="You have an account for Lectern").exists()
    assert AuditEvent.objects.filter(event=Event.PERSON_CREATED, subject_ref=str(made.pk)).exists()


@pytest.mark.parametrize(("email", "field"), [("no address", "email"), ("", "email"), ("ADA@lectern.example", "email")])
def test_create_person__refuses_addresses_that_are_none_or_taken(people: People, email: str, field: str) -> None:
    before = User.objects.count()
    with pytest.raises(InvalidInput) as refusal:
        services.create_person(actor=people["ivo"], email=email, display_name="Somebody")
    assert refusal.value.field == field
    assert User.objects.count() == before


@pytest.mark.parametrize("persona", ["ada", "cora", "dev", "hana", "aud", "noa"])
def test_create_person__is_for_administrators_and_the_desk(people: People, persona: str) -> None:
    with pytest.raises(PermissionRefused):
        services.create_person(actor=people[persona], email="x@tests.example", display_name="X")


def test_grant_role__is_told_recorded_and_in_force(people: People) -> None:
    noa = User.objects.get(pk=people["noa"].pk)
    services.grant_role(actor=SETUP, person=noa, role=Role.AUDITOR, reason="Joins the auditors.")
    assert User.objects.get(pk=noa.pk).has_role(Role.AUDITOR)
    recorded = AuditEvent.objects.get(event=Event.ROLE_GRANTED, subject_ref=str(noa.pk), reason="Joins the auditors.")
    assert (recorded.actor_name, recorded.detail["role"]) == ("Test set-up", "auditor")
    assert Notification.objects.filter(person=noa, event=Event.ROLE_GRANTED, read_at=None).count() == 1


@pytest.mark.parametrize("persona", ["ada", "dev", "hana", "aud", "sol", "noa", "ivo"])
def test_grant_role__is_refused_to_every_single_person(people: People, persona: str) -> None:
    with pytest.raises(PermissionRefused, match="two people"):
        services.grant_role(actor=people[persona], person=people["ben"], role=Role.PANEL_REVIEWER, reason="Because.")


def test_grant_role__the_database_refuses_what_one_gives_oneself(people: People) -> None:
    ivo = people["ivo"]
    with pytest.raises(IntegrityError, match="nobody_grants_themselves_a_role"), transaction.atomic():
        RoleGrant.objects.create(
            person=ivo, role=Role.SERVICE_DESK, granted_by=ivo, approved_by=people["sol"], reason="x",
            starts_at=clock.now(),
        )  # fmt: skip


def test_grant_role__wants_a_reason(people: People) -> None:
    with pytest.raises(InvalidInput):
        services.grant_role(actor=SETUP, person=people["ben"], role=Role.PANEL_REVIEWER, reason="  ")


def test_request_role__a_superuser_has_no_governance_verb(people: People) -> None:
    root = User.objects.create_superuser("root@tests.example", "irrelevant", display_name="Root")
    with pytest.raises(PermissionRefused):
        services.request_role(actor=root, person=people["ben"], role=Role.PANEL_REVIEWER, reason="Because.")


def test_end_role__keeps_the_row_and_ends_it_now(people: People) -> None:
    person = make_person(role=Role.RESEARCHER)
    grant = person.role_grants.get()
    services.end_role(actor=people["ivo"], grant=grant, reason="Left the university.")
    grant.refresh_from_db()
    assert grant.until is not None
    assert grant.until <= clock.now()
    assert not User.objects.get(pk=person.pk).has_role(Role.RESEARCHER)


def test_close_account__ends_sessions_and_tokens_at_once(people: People) -> None:
    person = make_person()
    token, _ = make_token(person)
    browser = Client()
    browser.force_login(person)
    assert browser.get("/account/").status_code == 200
    services.close_account(actor=people["ivo"], person=person, reason="Left.")
    assert browser.get("/account/").status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None
    services.reopen_account(actor=people["ivo"], person=person, reason="Came back.")
    assert browser.get("/account/").status_code == 302, "a session of before stays ended"
    closed = AuditEvent.objects.get(event=Event.ACCOUNT_CLOSED, subject_ref=str(person.pk))
    assert closed.detail == {"sessions": 1, "tokens": 1}


def test_close_account__leaves_others_signed_in(people: People) -> None:
    person, browser = make_person(), Client()
    browser.force_login(people["ada"])
    services.close_account(actor=people["ivo"], person=person, reason="Left.")
    assert browser.get("/account/").status_code == 200


@pytest.mark.parametrize("persona", ["ivo", "ada", "sol", "aud"])
def test_close_account__is_refused_on_ones_own_and_to_others(people: People, persona: str) -> None:
    with pytest.raises(PermissionRefused):
        services.close_account(actor=people[persona], person=people["ivo"], reason="Because.")


def test_create_token__keeps_a_digest_only(people: People) -> None:
    token, key = services.create_token(actor=people["ada"], name="Notebook", scopes=LEAST)
    assert key.startswith("lectern_")
    assert key not in str(ApiToken.objects.filter(pk=token.pk).values())
    assert token.digest == services.token_digest(key)


def test_create_token__a_second_press_makes_no_second_token(people: People) -> None:
    services.create_token(actor=people["ada"], name="Notebook", scopes=LEAST)
    with pytest.raises(InvalidInput):
        services.create_token(actor=people["ada"], name="Notebook", scopes=LEAST)


@pytest.mark.parametrize("days", [0, -1, 31])
def test_create_token__lasts_from_one_to_thirty_days(people: People, days: int) -> None:
    with pytest.raises(InvalidInput):
        services.create_token(actor=people["ada"], name="Notebook", scopes=LEAST, life=timedelta(days=days))


def test_revoke_token__only_by_its_owner(people: People) -> None:
    token, _ = make_token(people["ada"])
    with pytest.raises(PermissionRefused):
        services.revoke_token(actor=people["ben"], token=token)
    assert services.revoke_token(actor=people["ada"], token=token).revoked_at is not None
