"""That an application was sent is known to its community and its institution, and what it says is not."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from access_review.models import Application
from accounts.models import Affiliation, Domain, Institution, RoleGrant, User
from accounts.roles import Role
from accounts.selectors import present_institutions
from portal.kernel import clock
from tests.factories import reviews
from tests.factories.accounts import make_person
from tests.factories.reviews import Case

pytestmark = pytest.mark.django_db

SECRET = "Which changes?"  # the research question of the factory


def holder(role: Role, scope: str = "") -> User:
    person = make_person(f"Holder of {role} {scope}")
    RoleGrant.objects.create(person=person, role=role, scope=scope, reason="For a test.", starts_at=clock.now())
    return person


def page_of(person: User) -> tuple[int, str]:
    browser = Client()
    browser.force_login(person)
    answer = browser.get(reverse("access_review:application-known"))
    return answer.status_code, answer.content.decode()


@pytest.fixture
def sent() -> Application:
    """One that was sent for a community, beside a draft."""
    case = Case()
    application = reviews.submitted(case)
    community = Domain.objects.create(slug="ears", name="Ears", aims="Hearing.")
    Application.objects.filter(pk=application.pk).update(domain=community)
    reviews.draft(case, summary={"title": "Only a draft", "lay_summary": "We look for changes."})
    return reviews.fresh(application)


@pytest.mark.parametrize("role", [Role.DOMAIN_LEAD, Role.DOMAIN_DEPUTY])
def test_leads_of_the_community__know_of_it_but_not_what_it_says(sent: Application, role: Role) -> None:
    lead = holder(role, "ears")
    status, page = page_of(lead)
    assert status == 200
    assert sent.reference in page
    assert sent.title in page
    assert "Only a draft" not in page
    assert SECRET not in page
    assert sent.get_absolute_url() not in page
    browser = Client()
    browser.force_login(lead)
    for name in ("application-detail", "case"):
        assert browser.get(reverse(f"access_review:{name}", args=[sent.reference])).status_code == 404


def test_leads_of_another_community__do_not_know_of_it(sent: Application) -> None:
    Domain.objects.create(slug="eyes", name="Eyes", aims="Sight.")
    status, page = page_of(holder(Role.DOMAIN_LEAD, "eyes"))
    assert status == 200
    assert sent.reference not in page
    assert "No application yet" in page


def test_the_institution__knows_of_it_while_its_lead_works_there(sent: Application) -> None:
    here = present_institutions(sent.lead, clock.now())[0]
    elsewhere = Institution.objects.exclude(pk=here.pk).first()
    assert elsewhere is not None
    assert sent.reference in page_of(holder(Role.INSTITUTION_SECRETARY, here.reference))[1]
    assert sent.reference in page_of(holder(Role.INSTITUTION_SIGNATORY, here.reference))[1]
    assert sent.reference not in page_of(holder(Role.INSTITUTION_SECRETARY, elsewhere.reference))[1]
    Affiliation.objects.filter(person=sent.lead).update(lapses_at=clock.now())
    assert sent.reference not in page_of(holder(Role.INSTITUTION_SECRETARY, here.reference))[1]


def test_service_desk_auditors_and_administrators__know_of_all(sent: Application) -> None:
    for role in (Role.SERVICE_DESK, Role.AUDITOR, Role.ADMINISTRATOR):
        assert sent.reference in page_of(holder(role))[1]


def test_everybody_else__is_refused(sent: Application) -> None:
    for person in (make_person("Nobody Special"), holder(Role.RESEARCHER), holder(Role.AIRLOCK_CHECKER), sent.lead):
        assert page_of(person)[0] in (403, 404)
