"""Django's admin does to applications and projects what the services allow, row by row, and nothing else: case 47."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from access_review.models import Application, Project
from accounts.models import User
from portal.kernel.models import AuditEvent
from tests.factories import reviews
from tests.factories.accounts import make_person
from tests.factories.reviews import Case, decide

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return Case()


def _staff(person: User) -> Client:
    """The person as one who may look at these tables in Django's admin, and no more than look."""
    User.objects.filter(pk=person.pk).update(is_staff=True)
    looks = Permission.objects.filter(codename__in=["view_application", "view_project"])
    person.user_permissions.set(looks)
    client = Client()
    client.force_login(User.objects.get(pk=person.pk))
    return client


def _act(client: Client, model: str, action: str, rows: list[Any], reason: str = "") -> str:
    body = {"action": action, "_selected_action": [str(row.pk) for row in rows], "reason": reason, "index": "0"}
    answer = client.post(reverse(f"admin:access_review_{model}_changelist"), body, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def _project(case: Case) -> Project:
    application = reviews.voted(case)
    decide(case, application)
    return Project.objects.get(application=application)


def test_bulk_triage__is_done_row_by_row_with_a_result_each(case: Case) -> None:
    good, taken = reviews.submitted(case), reviews.in_triage(case)
    page = _act(_staff(case.secretary), "application", "take_into_triage", [good, taken])
    assert f"{good.reference}: in triage now." in page
    assert f"{taken.reference}: This project application is triage" in page
    assert reviews.fresh(good).status == "triage"
    claimed = AuditEvent.objects.filter(event="access_review.application.claimed", subject_ref=good.reference)
    assert claimed.count() == 1


def test_bulk_suspension__asks_for_a_reason_and_leaves_ones_own_alone(case: Case) -> None:
    first, second = _project(case), _project(case)
    second.memberships.create(person=case.secretary, role="member", starts_at=second.starts_at)
    client = _staff(case.secretary)
    page = _act(client, "project", "suspend", [first])
    assert f"{first.reference}: Give a reason." in page
    page = _act(client, "project", "suspend", [first, second], "An incident.")
    assert f"{first.reference}: suspended." in page
    assert f"{second.reference}: Only the secretariat or the chair suspends" in page
    found = Project.objects.filter(pk__in=[first.pk, second.pk]).order_by("pk")
    assert [*found.values_list("status", flat=True)] == ["suspended", "active"]


def test_superuser__gets_no_act_by_being_one(case: Case) -> None:
    project, application = _project(case), reviews.submitted(case)
    person = make_person("Sue Peruser")
    User.objects.filter(pk=person.pk).update(is_superuser=True)
    client = _staff(person)
    assert "Only the secretariat or the chair" in _act(client, "project", "suspend", [project], "Because.")
    _act(client, "application", "take_into_triage", [application])
    assert reviews.fresh(application).status == "submitted"
    project.refresh_from_db()
    assert project.status == "active"


def test_list__holds_what_the_committees_pages_hold_and_no_content(case: Case) -> None:
    draft, sent = reviews.draft(case), reviews.submitted(case)
    page = _staff(case.secretary).get(reverse("admin:access_review_application_changelist")).content.decode()
    assert sent.reference in page
    assert draft.reference not in page
    url = reverse("admin:access_review_application_change", args=[sent.pk])
    whole = _staff(case.secretary).get(url).content.decode()
    assert "We compare families." not in page + whole
    nobody = _staff(make_person("Noa Body")).get(reverse("admin:access_review_application_changelist"))
    assert sent.reference not in nobody.content.decode()


@pytest.mark.parametrize("act", ["add", "change", "delete"])
def test_governed_rows__are_read_only(case: Case, act: str) -> None:
    application = reviews.submitted(case)
    arguments = [] if act == "add" else [application.pk]
    url = reverse(f"admin:access_review_application_{act}", args=arguments)
    assert _staff(case.secretary).post(url, {"status": "approved", "post": "yes"}).status_code == 403
    assert Application.objects.get(pk=application.pk).status == "submitted"
