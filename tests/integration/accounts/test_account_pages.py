"""One's own account: roles with their reasons, tokens, and what stands between oneself and data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, User
from accounts.roles import Role
from accounts.services import end_role
from tests.factories.accounts import make_person, make_token

ClientOf = Callable[[str], Client]


def test_profile__says_why_each_role_is_held_who_gave_it_and_until_when(client_of: ClientOf) -> None:
    text = client_of("ada").get(reverse("account-profile")).text
    for expected in ("Researcher", "training passed", "Lectern itself", "Everywhere", "You may work with the data"):
        assert expected in text


def test_profile__says_what_stands_in_the_way_of_data(client_of: ClientOf) -> None:
    text = client_of("noa").get(reverse("account-profile")).text
    assert "You do not belong to a research community yet" in text or "is not open yet" in text
    assert "You hold no role" in text


def test_profile__keeps_roles_that_have_ended(people: Mapping[str, User]) -> None:
    person, browser = make_person(role=Role.RESEARCHER), Client()
    end_role(actor=people["ivo"], grant=person.role_grants.get(), reason="Left.")
    browser.force_login(person)
    text = browser.get(reverse("account-profile")).text
    assert "Roles that have ended" in text
    assert "Your access to data ended on" in text


@pytest.mark.parametrize("name", ["account-profile", "token-list", "token-create", "account_change_password"])
def test_account_pages__lead_strangers_to_sign_in(client_of: ClientOf, name: str) -> None:
    response = client_of("anon").get(reverse(name))
    assert response.status_code == 302
    assert response.headers["Location"] == f"/sign-in/?next={reverse(name)}"


def test_token__is_shown_once_works_and_is_worthless_after_revoking(client_of: ClientOf) -> None:
    browser = client_of("ada")
    created = browser.post(reverse("token-create"), {"name": "Notebook", "days": "7", "scopes": ["profile:read"]})
    key = re.search(r"lectern_[\w-]{43}", created.text)
    assert key
    assert created.headers["Cache-Control"] == "no-store, private"
    assert key.group() not in browser.get(reverse("token-list")).text
    program = {"Authorization": f"Bearer {key.group()}"}
    assert Client().get("/api/v1/me/", headers=program).status_code == 200
    token = ApiToken.objects.get(name="Notebook")
    assert "Revoke this token?" in browser.get(reverse("token-revoke", args=[token.prefix])).text
    browser.post(reverse("token-revoke", args=[token.prefix]))
    assert Client().get("/api/v1/me/", headers=program).status_code == 401


def test_token__of_a_closed_account_is_refused_at_the_next_request(people: Mapping[str, User]) -> None:
    person = make_person()
    _, key = make_token(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {key}"}).status_code == 401


def test_token__of_another_does_not_exist(client_of: ClientOf, people: Mapping[str, User]) -> None:
    token, _ = make_token(people["ben"])
    address = reverse("token-revoke", args=[token.prefix])
    assert client_of("ada").get(address).status_code == 404
    assert client_of("ada").post(address).status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"name": "", "days": "7"}, "Enter the name of the token"),
        ({"name": "x" * 81, "days": "7"}, "Shorten the name of the token"),
        ({"name": "Notebook", "days": "365"}, "How long should it work"),
    ],
)
def test_token_form__says_what_to_do(client_of: ClientOf, sent: dict[str, str], sentence: str) -> None:
    page = client_of("ada").post(reverse("token-create"), sent)
    assert sentence in page.text
    assert page.text.count("<title>Error: ") == 1
    assert not ApiToken.objects.exists()


def test_token_form__a_second_press_makes_no_second_token(client_of: ClientOf) -> None:
    browser = client_of("ada")
    browser.post(reverse("token-create"), {"name": "Notebook", "days": "7", "scopes": ["profile:read"]})
    again = browser.post(reverse("token-create"), {"name": "Notebook", "days": "7", "scopes": ["profile:read"]})
    assert "You have an active token with this name" in again.text
    assert ApiToken.objects.count() == 1


def test_token_list__when_there_are_none(client_of: ClientOf) -> None:
    assert "You have no API tokens" in client_of("ada").get(reverse("token-list")).text
