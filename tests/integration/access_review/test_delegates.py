"""Case 14: when chair and deputy both have a conflict, a delegate from outside, named by two people, decides."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from access_review import services
from access_review.committee import DEPUTY
from access_review.models import Application
from accounts.models import RoleGrant, User
from accounts.roles import Role
from accounts.services import approve_role_request, request_role
from portal.kernel import clock
from portal.kernel.refusals import PermissionRefused
from tests.factories import reviews
from tests.factories.accounts import make_person
from tests.factories.reviews import Case, decide, declare, fresh, vote
from tests.integration.access_review.test_committee import an_institution, works_at

pytestmark = pytest.mark.django_db
SENTENCE = "Nobody can preside"


@pytest.fixture
def case() -> Case:
    return Case()


def left_without_a_chair(case: Case) -> Application:
    application = reviews.voted(case)
    home = an_institution()
    for person in (case.lead, case.chair, case.deputy):
        works_at(person, home)
    return application


def page_of(person: User, application: Application) -> str:
    browser = Client()
    browser.force_login(person)
    return browser.get(reverse("access_review:case", args=[application.reference])).content.decode()


def test_case_without_anybody_to_preside__says_so_and_what_to_do(case: Case) -> None:
    application = reviews.voted(case)
    assert SENTENCE not in page_of(case.secretary, application)
    home = an_institution()
    for person in (case.lead, case.chair, case.deputy):
        works_at(person, home)
    assert SENTENCE in page_of(case.secretary, application)


def test_delegate__is_appointed_by_two_people_and_decides(case: Case) -> None:
    application = left_without_a_chair(case)
    asks, answers = (make_person(name, role=Role.ADMINISTRATOR) for name in ("Ada Asks", "Ann Answers"))
    outside = make_person("Dele Gate")
    until = clock.now() + timedelta(days=30)
    wanted = request_role(
        actor=asks, person=outside, role=Role.ARC_CHAIR, scope=DEPUTY, reason="ARC case without a chair.", until=until
    )
    with pytest.raises(PermissionRefused):
        approve_role_request(actor=asks, request=wanted)
    approve_role_request(actor=answers, request=wanted)
    delegate = User.objects.get(pk=outside.pk)
    services.assign_reviewer(actor=case.secretary, application=application, person=delegate)
    declare(delegate, application)
    vote(delegate, application)
    assert SENTENCE not in page_of(case.secretary, application)
    assert decide(case, application, actor=delegate).decided_by == delegate
    assert fresh(application).status == Application.Status.APPROVED
    assert RoleGrant.objects.get(person=delegate).until == until


def test_chair_in_conflict__cannot_decide_through_a_delegate_of_their_own_making(case: Case) -> None:
    application = left_without_a_chair(case)
    wanted = request_role(
        actor=make_person("Ada Asks", role=Role.ADMINISTRATOR),
        person=make_person("Dele Gate"),
        role=Role.ARC_CHAIR,
        scope=DEPUTY,
        reason="ARC case without a chair.",
    )
    with pytest.raises(PermissionRefused):
        approve_role_request(actor=wanted.person, request=wanted)
    with pytest.raises(PermissionRefused):
        decide(case, application, actor=wanted.person)
