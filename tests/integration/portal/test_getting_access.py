"""Getting access: one page from the first visit to the first question, right for a reader at each step."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from access_review.models import ProjectMember
from accounts.models import Affiliation, DomainApplication, Institution, RoleGrant, TrainingRecord, User
from accounts.roles import Role
from portal.demo_standing import NORTHMOOR, apply, claim
from portal.kernel import clock
from portal.kernel.working_days import add_months
from tests.factories.accounts import make_person
from tests.personas import World

ClientOf = Callable[[str], Client]


def words_of(markup: str) -> str:
    """What a reader reads of it, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup.partition("<main")[2])).split())


URL = "/getting-access/"


def page_of(person: User) -> str:
    browser = Client()
    browser.force_login(person)
    return words_of(browser.get(URL).text)


def test_stranger__reads_every_step_and_where_to_begin(client_of: ClientOf) -> None:
    response = client_of("anon").get(URL)
    text = words_of(response.text)
    for step in ("Join a research community", "Let your institution confirm", "Pass the training", "rules of conduct"):
        assert step in text
    assert f"{reverse('sign-in')}?next={URL}" in response.text
    assert "you see here which steps are done" in text


def test_newcomer__is_told_that_it_is_their_turn(client_of: ClientOf) -> None:
    text = words_of(client_of("noa").get(URL).text)
    assert "You have done 0 of" in text
    assert "You do not belong to a research community yet. Apply to one. It is your turn. To do" in text
    assert "It comes when everything before it is done. Cannot start yet" in text
    assert "You have 3 months for it from the day your access is opened. Cannot start yet" in text
    assert "It needs open access and a project. Cannot start yet" in text


def test_applicant__sees_whose_turn_it_is_and_by_when(world: World) -> None:
    person, northmoor = make_person(), Institution.objects.get(name=NORTHMOOR.name)
    application = apply(person, "genotype-phenotype", northmoor)
    claim(person, northmoor)
    due = DomainApplication.objects.get(pk=application.pk).due_at
    text = page_of(person)
    assert due is not None
    assert f"It is the turn of the lead of the community, by {due:%-d %B %Y}. Waiting" in text
    assert "It is the turn of your institution's membership secretary. Waiting" in text


def test_person_with_everything__reads_that_the_desk_opens_access(world: World) -> None:
    person = make_person(role=Role.RESEARCHER)
    RoleGrant.objects.filter(person=person).delete()
    assert "The service desk opens your access within 2 working days. Waiting" in page_of(person)


def test_person_without_project__reads_by_when_they_need_one(world: World) -> None:
    person = make_person(role=Role.RESEARCHER)
    due = add_months(RoleGrant.objects.get(person=person, role=Role.RESEARCHER).starts_at, 3)
    assert f"You have until {due:%-d %B %Y}. Apply for a project" in page_of(person)


def test_member_of_a_project__is_led_to_the_first_question(world: World) -> None:
    person = make_person(role=Role.RESEARCHER)
    ProjectMember.objects.create(project=world.project, person=person, starts_at=clock.now())
    text = page_of(person)
    assert "Work in a project Done" in text
    assert "read the answer as tables and pictures. To do" in text
    assert "Your access to data is open until" in text


def test_expired_training__is_to_do_again_from_that_instant(world: World) -> None:
    person = make_person(role=Role.RESEARCHER)
    TrainingRecord.objects.filter(person=person).update(valid_until=clock.now())
    assert f"Your training expired on {clock.today():%-d %B %Y}. Take it again. It is your turn. To do" in page_of(
        person
    )


def test_lost_affiliation__is_to_do_again(world: World) -> None:
    person = make_person(role=Role.RESEARCHER)
    Affiliation.objects.filter(person=person).update(ended_at=clock.now(), status="ended")
    assert "Ask its membership secretary to confirm it. It is your turn. To do" in page_of(person)


@pytest.mark.parametrize("name", ["home", "account-profile"])
def test_pages_on_which_access_is_missing__lead_there(client_of: ClientOf, name: str) -> None:
    assert f'href="{URL}"' in client_of("noa").get(reverse(name)).text


def test_welcome_and_help__lead_there(client_of: ClientOf) -> None:
    for name in ("home", "help"):
        assert f'href="{URL}"' in client_of("anon").get(reverse(name)).text
