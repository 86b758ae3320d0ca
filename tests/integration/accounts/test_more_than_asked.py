"""Case 36: what a form does not ask for is not written, whatever is sent. And Django's admin writes nothing of ours."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import Affiliation, DomainApplication, Institution, RoleRequest, User
from accounts.services import start_application
from portal.demo_standing import NORTHMOOR
from tests.factories.accounts import make_person
from tests.personas import World

pytestmark = pytest.mark.usefixtures("world")

MORE = {
    "status": "approved",
    "decided_by": "1",
    "requested_by": "1",
    "granted_by": "1",
    "accepted_at": "2026-01-01",
    "confirmed_by_address": "on",
    "is_active": "on",
    "is_staff": "on",
    "is_superuser": "on",
    "person": "1",
    "incident": "INC-1",
    "expires_at": "2999-01-01",
}


def test_a_request_for_a_role__cannot_approve_itself(world: World, client: Client) -> None:
    person = make_person()
    client.force_login(world.people["ivo"])
    body = {"role": "panel_curator", "scope": "", "reason": "Joins.", **MORE}
    assert client.post(reverse("role-request-create", args=[person.pk]), body).status_code == 302
    request = RoleRequest.objects.get(person=person)
    assert (request.status, request.decided_by, request.incident) == ("waiting", None, "")
    assert request.requested_by == world.people["ivo"]
    assert request.expires_at.year < 2999


def test_an_application__cannot_accept_itself(world: World, client: Client) -> None:
    from accounts.models import Domain

    person = make_person()
    case = start_application(actor=person, domain=Domain.objects.get(slug="neurology"))
    client.force_login(person)
    body = {"career": "researcher", "plan": "x", "experience": "y", **MORE, "status": "accepted"}
    client.post(reverse("application-edit", args=[case.reference]), body)
    case.refresh_from_db()
    assert (case.status, case.accepted_at, case.person) == ("draft", None, person)
    assert DomainApplication.objects.filter(person=person).count() == 1


def test_an_affiliation__cannot_confirm_itself(client: Client) -> None:
    person, northmoor = make_person(), Institution.objects.get(name=NORTHMOOR.name)
    client.force_login(person)
    domain = northmoor.domains.order_by("pk")[0].name
    body = {"institution": str(northmoor.pk), "email": f"x@{domain}", "position": "Fellow", **MORE}
    client.post(reverse("affiliation-create"), {**body, "status": "confirmed"})
    made = Affiliation.objects.get(person=person)
    assert (made.status, made.confirmed_by_address, made.confirmed_at) == ("claimed", False, None)


def test_closing_an_account__changes_nothing_else(world: World, client: Client) -> None:
    person = make_person()
    client.force_login(world.people["ivo"])
    client.post(reverse("person-act", args=[person.pk, "close"]), {"reason": "Left.", **MORE})
    gone = User.objects.get(pk=person.pk)
    assert (gone.is_active, gone.is_staff, gone.is_superuser) == (False, False, False)


def test_djangos_admin__writes_no_governed_model(rf: RequestFactory) -> None:
    """Each act on people, roles and memberships is a service's; the admin, also a superuser's, only shows."""
    request = rf.get("/admin/")
    request.user = User.objects.create_superuser("root@tests.example", "irrelevant", display_name="Root")
    governed = [model for model in admin.site._registry if model._meta.app_label in ("accounts", "access_review")]
    assert {"User", "RoleGrant", "ApiToken"} <= {model.__name__ for model in governed}
    for model in governed:
        shown = admin.site._registry[model]
        assert not shown.has_add_permission(request), model
        assert not shown.has_change_permission(request), model
        assert not shown.has_delete_permission(request), model
