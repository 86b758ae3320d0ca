"""Becoming a reviewer: people ask, a curator other than them decides with a reason, and the role follows at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from panelapp import services
from panelapp.models import PanelEntity, ReviewerApplication
from panelapp.services import ReviewerFacts
from portal.kernel.models import AuditEvent, Notification
from portal.kernel.refusals import PermissionRefused, TransitionRefused
from tests.factories.accounts import make_person
from tests.integration.panelapp.shelf import Shelf, fill_shelf, text_of

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]
FACTS: ReviewerFacts = {
    "role": "Clinical Scientist",
    "affiliation": "Laboratory of an invented town",
    "workplace": "NHS diagnostic lab",
    "group": "GeCIP domain",
    "statement": "Ten years of reports on the airways.",
}
APPLY = "/panels/reviewers/apply/"


@pytest.fixture
def shelf(people: object) -> Shelf:
    return fill_shelf()


@pytest.fixture
def vera(shelf: Shelf) -> User:
    return make_person("Vera Volunteer")


@pytest.fixture
def volunteer(vera: User) -> Client:
    client = Client()
    client.force_login(vera)
    return client


def application_of(person: User) -> ReviewerApplication:
    found: ReviewerApplication = ReviewerApplication.objects.get(person=person)
    return found


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def test_volunteer__asks_is_approved_and_reviews(
    shelf: Shelf, vera: User, volunteer: Client, client_of: ClientOf
) -> None:
    review = f"/panels/{shelf.panel.pk}/genes/CFTR/review/"
    assert volunteer.get(review).status_code == 403
    assert "A curator will decide" in text_of(volunteer.post(APPLY, FACTS, follow=True))
    page = application_of(vera).get_absolute_url()
    gus = client_of("gus")
    assert "Ten years of reports" in text_of(gus.get(page))
    assert gus.post(f"{page}approve/", {"reason": "Known to the laboratory."}).status_code == 302
    assert fresh(vera).has_role(Role.PANEL_REVIEWER)
    assert volunteer.get(review).status_code == 200
    assert "Known to the laboratory." in text_of(volunteer.get(page))


def test_application__is_told_to_curators_and_its_end_to_the_person(
    vera: User, volunteer: Client, client_of: ClientOf, people: dict[str, User]
) -> None:
    volunteer.post(APPLY, FACTS)
    told = Notification.objects.get(event="panelapp.reviewer.applied", url=application_of(vera).get_absolute_url())
    assert told.person == people["gus"]
    client_of("gus").post(f"{application_of(vera).get_absolute_url()}refuse/", {"reason": "Say more of yourself."})
    assert Notification.objects.get(event="panelapp.reviewer.refused").person == vera
    assert not fresh(vera).has_role(Role.PANEL_REVIEWER)
    assert "Ask again" in text_of(volunteer.get(application_of(vera).get_absolute_url()))


def test_decision__wants_a_reason_and_is_recorded_with_the_one_who_made_it(
    vera: User, volunteer: Client, client_of: ClientOf, people: dict[str, User]
) -> None:
    volunteer.post(APPLY, FACTS)
    page = application_of(vera).get_absolute_url()
    assert client_of("gus").post(f"{page}approve/", {"reason": " "}).status_code == 200
    assert application_of(vera).status == "waiting"
    client_of("gus").post(f"{page}approve/", {"reason": "Known."})
    event = AuditEvent.objects.get(event="panelapp.reviewer.approved")
    assert (event.actor_name, event.reason) == (people["gus"].display_name, "Known.")
    assert people["gus"].display_name in vera.role_grants.get(role=Role.PANEL_REVIEWER).reason


@pytest.mark.parametrize("reader", ["ada", "hana", "ivo"])
def test_applications__are_read_by_curators_and_their_writer_alone(
    reader: str, vera: User, volunteer: Client, client_of: ClientOf
) -> None:
    volunteer.post(APPLY, FACTS)
    page = application_of(vera).get_absolute_url()
    other = client_of(reader)
    assert other.get(page).status_code == 404
    assert other.post(f"{page}approve/", {"reason": "Mine."}).status_code == 404
    assert other.get("/panels/reviewers/").status_code == 403
    assert application_of(vera).status == "waiting"


def test_nobody__decides_about_themselves(vera: User, volunteer: Client, people: dict[str, User]) -> None:
    application = services.apply_to_review(actor=vera, facts=FACTS)
    assert volunteer.post(f"{application.get_absolute_url()}approve/", {"reason": "Me."}).status_code == 403
    with pytest.raises(PermissionRefused):
        services.decide_application(actor=vera, application=application, action="approve", reason="Me.")
    with pytest.raises(IntegrityError, match="nobody_approves_themselves"), transaction.atomic():
        ReviewerApplication.objects.filter(pk=application.pk).update(decided_by=vera)


def test_asking_twice__is_one_application_that_can_be_taken_back(vera: User, volunteer: Client) -> None:
    volunteer.post(APPLY, FACTS)
    page = application_of(vera).get_absolute_url()
    assert volunteer.get(APPLY).headers["Location"] == page
    with pytest.raises(TransitionRefused, match="asked already"):
        services.apply_to_review(actor=vera, facts=FACTS)
    volunteer.post(f"{page}withdraw/", {"reason": ""})
    assert application_of(vera).status == "withdrawn"
    services.apply_to_review(actor=vera, facts=FACTS)


def test_decided_application__is_decided_once(vera: User, people: dict[str, User]) -> None:
    application = services.apply_to_review(actor=vera, facts=FACTS)
    services.decide_application(actor=people["gus"], application=application, action="refuse", reason="Too little.")
    with pytest.raises(TransitionRefused):
        services.decide_application(actor=people["gus"], application=application, action="approve", reason="Well.")
    assert not fresh(vera).has_role(Role.PANEL_REVIEWER)


def test_reviewers_and_curators__need_not_ask(client_of: ClientOf, shelf: Shelf) -> None:
    assert client_of("gus").get(APPLY).status_code == 403
    assert Client().get(APPLY).status_code == 302


def test_empty_application__comes_back_with_what_was_typed(volunteer: Client, vera: User) -> None:
    answer = volunteer.post(APPLY, {**FACTS, "affiliation": ""})
    assert "Ten years of reports" in text_of(answer)
    assert not ReviewerApplication.objects.filter(person=vera).exists()


def test_reviewer__stands_with_the_workplace_beside_the_review_and_among_contributors(
    shelf: Shelf, vera: User, people: dict[str, User], client: Client
) -> None:
    application = services.apply_to_review(actor=vera, facts=FACTS)
    services.decide_application(actor=people["gus"], application=application, action="approve", reason="Known.")
    entity = PanelEntity.objects.get(panel=shelf.panel, name="CFTR")
    services.add_review(actor=fresh(vera), entity=entity, facts={"rating": "GREEN"}, comment="Seen twice.")
    for page in (f"/panels/{shelf.panel.pk}/genes/CFTR/reviews/", f"/panels/{shelf.panel.pk}/contributors/"):
        shown = client.get(page).content.decode()
        assert "Laboratory of an invented town" in shown
        assert "Vera Volunteer" in shown
        assert vera.email not in shown


def test_promotion__is_told_to_everybody_who_contributed_and_not_to_who_did_it(
    shelf: Shelf, vera: User, people: dict[str, User]
) -> None:
    entity = PanelEntity.objects.get(panel=shelf.panel, name="CFTR")
    application = services.apply_to_review(actor=vera, facts=FACTS)
    services.decide_application(actor=people["gus"], application=application, action="approve", reason="Known.")
    services.add_review(actor=fresh(vera), entity=entity, facts={"rating": "GREEN"})
    Notification.objects.all().delete()
    services.promote_panel(actor=people["gus"], panel=shelf.panel, reason="Ready.")
    told = Notification.objects.filter(event="panelapp.panel.promoted")
    assert [each.person for each in told] == [vera]
    assert told[0].url == f"/panels/{shelf.panel.pk}/"
