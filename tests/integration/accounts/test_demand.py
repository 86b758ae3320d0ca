"""What opens only with a second factor, and what asks for it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, User
from accounts.gates.second_factor import mark_second_factor
from portal.kernel import clock
from tests.integration.accounts.test_second_factor import code_of, connect_app
from tests.personas import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    cache.clear()


def with_password_alone(person: User) -> Client:
    browser = Client()
    browser.post(reverse("sign-in"), {"login": person.email, "password": PASSWORD}, secure=True)
    return browser


@pytest.mark.parametrize(
    ("persona", "address"),
    [
        ("ada", "/environment/"),
        ("ada", "/project-applications/"),
        ("cora", "/review/"),
        ("sol", "/registry/"),
        ("gus", "/panels/curation/"),
        ("noa", "/environment/"),
        ("noa", "/django-admin/"),
    ],
)
def test_data_review_and_staff_pages__send_whoever_has_no_second_factor_to_set_one_up(
    people: Mapping[str, User], persona: str, address: str
) -> None:
    browser = with_password_alone(people[persona])
    answer = browser.get(address, secure=True)
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("mfa_index"))
    assert "opens only with a second factor" in browser.get(reverse("mfa_index"), secure=True).text


@pytest.mark.parametrize("address", ["/", "/account/", "/help/", "/panels/", "/communities/", "/training/"])
def test_other_pages__are_open_without(people: Mapping[str, User], address: str) -> None:
    assert with_password_alone(people["ada"]).get(address, secure=True).status_code == 200


def test_whoever_sets_one_up__goes_on_to_where_they_wanted_to_go(people: Mapping[str, User]) -> None:
    browser = with_password_alone(people["ada"])
    browser.get("/environment/", secure=True)
    connect_app(browser)
    assert 'href="/environment/"' in browser.get(reverse("mfa_index"), secure=True).text
    assert browser.get("/environment/", secure=True).status_code == 200


def test_api__says_why_and_what_to_do(people: Mapping[str, User]) -> None:
    answer = with_password_alone(people["ada"]).get("/api/v1/queries/", secure=True)
    assert answer.status_code == 403
    assert answer.json()["code"] == "second_factor"
    assert "Set one up on your account page" in answer.json()["detail"]


def test_token__is_made_only_with_a_second_factor(people: Mapping[str, User]) -> None:
    browser = with_password_alone(people["noa"])
    answer = browser.post(reverse("token-create"), {"name": "Notebook", "days": "7"}, secure=True)
    assert answer.headers["Location"] == reverse("mfa_index")
    assert not ApiToken.objects.filter(person=people["noa"]).exists()


def test_weighty_act__asks_again_after_a_quarter_of_an_hour_and_keeps_what_was_typed(
    people: Mapping[str, User],
) -> None:
    noa, sent = people["noa"], {"name": "Typed before", "days": "7"}
    browser = with_password_alone(noa)
    secret = connect_app(browser)
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        asked = browser.post(reverse("token-create"), sent, secure=True)
        assert asked.headers["Location"].startswith(reverse("mfa_reauthenticate"))
        assert not ApiToken.objects.filter(person=noa).exists()
        wrong = browser.post(asked.headers["Location"], {"code": "000000", "next": reverse("token-create")})
        assert wrong.status_code in (200, 301)
        assert not ApiToken.objects.filter(person=noa).exists()
        back = {"code": code_of(secret), "next": reverse("token-create")}
        done = browser.post(asked.headers["Location"], back, secure=True)
        assert "Typed before" in done.text
        assert ApiToken.objects.filter(person=noa, name="Typed before").count() == 1
        again = browser.post(reverse("token-create"), sent | {"name": "Another"}, secure=True)
        assert again.status_code == 200, "within the next quarter of an hour nothing is asked"


def test_second_factor_of_somebody_else__counts_for_nothing(people: Mapping[str, User]) -> None:
    browser = with_password_alone(people["ada"])
    session = browser.session
    mark_second_factor(session, people["ben"])
    session.save()
    assert browser.get("/environment/", secure=True).status_code == 302


def test_production__has_neither_demo_people_nor_a_way_around(settings: Any) -> None:
    from portal.settings import base

    assert base.DEMO is False
    assert "accounts.demand.SecondFactorMiddleware" in base.MIDDLEWARE
    assert not hasattr(base, "MFA_TOTP_INSECURE_BYPASS_CODE")
    assert Client().post("/demo/sign-in/", {"person": "ada"}).status_code == 404
