"""Who works in a project: invited by a lead, joining by themselves, taken out; and what each may see of the others."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from access_review import services
from access_review.models import Project, ProjectInvitation
from access_review.selectors import is_member
from accounts.models import TrainingRecord, User
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.models import AuditEvent, OutboxMessage
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from tests.factories import reviews
from tests.factories.accounts import make_person
from tests.factories.reviews import Case, decide

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.fixture
def project(case: Case) -> Project:
    application = reviews.voted(case)
    decide(case, application)
    return Project.objects.get(application=application)


@pytest.fixture
def guest() -> User:
    return make_person("Gil Guest", role=Role.RESEARCHER)


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def invited(case: Case, project: Project, email: str) -> str:
    """Invite through the page; the address that the mail leads to."""
    url = reverse("access_review:member-list", args=[project.reference])
    assert browser_of(case.lead).post(url, {"email": email}).status_code == 302
    mail = OutboxMessage.objects.filter(recipient=email).latest("pk")
    found = re.search(r"http://[^/]+(/my/projects/invitations/[^/\s]+/)", mail.body_text)
    assert found, mail.body_text
    return found[1]


def test_newcomer__works_in_the_project_once_they_accept_and_not_before(
    case: Case, project: Project, guest: User
) -> None:
    address = invited(case, project, guest.email)
    assert not is_member(guest, project)
    page = browser_of(guest).get(address).content.decode()
    assert "Lea Lead asks you to work in" in page
    assert browser_of(guest).post(address).status_code == 302
    assert is_member(User.objects.get(pk=guest.pk), project)
    told = OutboxMessage.objects.filter(subject=f"Somebody joined project {project.reference}")
    assert [mail.recipient for mail in told] == [case.lead.email]


def test_mail__leads_to_the_address_of_the_house_whatever_the_request_calls_itself(
    case: Case, project: Project, guest: User
) -> None:
    """Case 37."""
    url = reverse("access_review:member-list", args=[project.reference])
    browser_of(case.lead).post(url, {"email": guest.email}, headers={"Host": "127.0.0.1:9999"})
    assert "9999" not in OutboxMessage.objects.filter(recipient=guest.email).latest("pk").body_text


@pytest.mark.parametrize("wrong", ["another address", "no researcher", "used", "expired", "taken back", "closed"])
def test_invitation__is_for_one_researcher_once_and_in_time(
    case: Case, project: Project, guest: User, wrong: str
) -> None:
    """Case 35."""
    person = make_person("Noa Body") if wrong == "no researcher" else guest
    address = invited(case, project, person.email)
    found = ProjectInvitation.objects.get(ended_at=None)
    if wrong == "another address":
        person = make_person("Ann Other", role=Role.RESEARCHER)
    elif wrong == "used":
        services.decline_invitation(actor=guest, invitation=found)
    elif wrong == "expired":
        ProjectInvitation.objects.update(expires_at=clock.now() - timedelta(minutes=1))
    elif wrong == "taken back":
        services.take_back_invitation(actor=case.lead, invitation=found)
    elif wrong == "closed":
        services.close_project(actor=case.lead, project=project, reason="Done.")
    assert browser_of(person).post(address).status_code in (403, 409)
    assert not project.memberships.filter(person=person).exists()


def test_second_invitation__ends_the_first(case: Case, project: Project, guest: User) -> None:
    first, second = invited(case, project, guest.email), invited(case, project, guest.email)
    assert browser_of(guest).post(first).status_code == 409
    assert browser_of(guest).post(second).status_code == 302


def test_who_works_there_already__is_not_invited(case: Case, project: Project) -> None:
    with pytest.raises(InvalidInput, match="already"):
        services.invite_member(actor=case.lead, project=project, email=case.lead.email.upper())


def test_member_who_is_taken_out__is_out_at_once_and_the_last_lead_stays(
    case: Case, project: Project, guest: User
) -> None:
    membership = services.add_member(actor=case.lead, project=project, person=guest)
    url = reverse("access_review:member-remove", args=[project.reference, membership.pk])
    assert browser_of(case.lead).post(url, {"reason": " "}).status_code == 200
    assert is_member(guest, project)
    assert browser_of(case.lead).post(url, {"reason": "Moved away."}).status_code == 302
    assert not is_member(User.objects.get(pk=guest.pk), project)
    assert AuditEvent.objects.get(event="access_review.member.removed").reason == "Moved away."
    lead = project.memberships.get(person=case.lead)
    page = browser_of(case.lead).get(reverse("access_review:member-list", args=[project.reference])).content.decode()
    assert "Remove Lea Lead" not in page
    with pytest.raises(InvalidInput, match="needs a lead"):
        services.remove_member(actor=case.lead, membership=lead, reason="Gone.")


def test_member__sees_who_has_access_but_invites_and_removes_nobody(case: Case, project: Project, guest: User) -> None:
    services.add_member(actor=case.lead, project=project, person=guest)
    TrainingRecord.objects.filter(person=case.lead).update(valid_until=clock.now())
    url = reverse("access_review:member-list", args=[project.reference])
    page = browser_of(guest).get(url).content.decode()
    assert "Missing: training" in page
    assert "Has access to data" in page
    assert "Invite somebody" not in page
    assert "@" not in page.split("<main", 1)[1].split("</main>")[0], "addresses are for the leads"
    assert browser_of(guest).post(url, {"email": "x@tests.example"}).status_code == 403
    with pytest.raises(PermissionRefused):
        services.remove_member(actor=guest, membership=project.memberships.get(person=case.lead), reason="Out.")


def test_stranger__finds_no_such_project(case: Case, project: Project, guest: User) -> None:
    url = reverse("access_review:member-list", args=[project.reference])
    assert browser_of(guest).get(url).status_code == 404


def test_secretary_who_works_in_the_project__has_no_powers_of_the_secretariat_over_it(
    case: Case, project: Project
) -> None:
    services.add_member(actor=case.lead, project=project, person=case.secretary)
    with pytest.raises(PermissionRefused):
        services.close_project(actor=case.secretary, project=project, reason="Done.")
    change = services.start_amendment(actor=case.lead, project=project)
    reviews.fill(case, change, summary={"title": "A clearer title"})
    sent = services.submit_application(actor=case.lead, application=reviews.fresh(change))
    with pytest.raises(PermissionRefused):
        services.claim_application(actor=case.secretary, application=sent)


def test_approved_change__lets_its_new_team_join(case: Case, project: Project, guest: User) -> None:
    change = services.start_amendment(actor=case.lead, project=project)
    place = services.invite_to_team(actor=case.lead, application=change, email=guest.email)
    services.accept_place(actor=guest, place=place)
    reviews.fill(case, change, summary={"title": "A clearer title"})
    taken = reviews.in_triage(case, services.submit_application(actor=case.lead, application=reviews.fresh(change)))
    assert not is_member(guest, project)
    services.accept_minor(actor=case.secretary, application=taken)
    assert is_member(User.objects.get(pk=guest.pk), project)


def test_closed_project__takes_nobody_in(case: Case, project: Project, guest: User) -> None:
    services.close_project(actor=case.lead, project=project, reason="Done.")
    with pytest.raises(TransitionRefused):
        services.add_member(actor=case.secretary, project=project, person=guest)


def test_list_of_my_projects__counts_members_and_puts_what_ends_first_on_top(case: Case, project: Project) -> None:
    for days, title in ((700, "Ends late"), (30, "Ends soon"), (-1, "Is over")):
        other = services.open_project(
            actor=case.secretary,
            title=title,
            lay_summary="",
            lead=case.lead,
            datasets=(),
            ends_at=clock.now() + timedelta(days=400),
        )
        at = clock.now()
        Project.objects.filter(pk=other.pk).update(starts_at=at - timedelta(days=20), ends_at=at + timedelta(days=days))
    page = browser_of(case.lead).get(reverse("access_review:my-project-list")).content.decode()
    places = [page.index(title) for title in ("Ends soon", "Ends late", "Is over")]
    assert places == sorted(places)
    assert "In 30 days" in page
