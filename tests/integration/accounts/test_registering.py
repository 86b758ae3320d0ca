"""Registration: an address is proved before there is an account, and nobody learns here who has one."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import Registration, User
from portal.kernel import clock, outbox
from portal.kernel.models import AuditEvent, OutboxMessage
from tests.factories.accounts import make_person
from tests.identity_provider import running_provider
from tests.integration.accounts.test_signing_in_elsewhere import come, is_in
from tests.personas import World

pytestmark = pytest.mark.django_db
WORDS = "lamp river tractor seven"


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    cache.clear()


def ask(browser: Client, email: str, name: str = "Nia New") -> Any:
    return browser.post(reverse("register"), {"display_name": name, "email": email}, secure=True)


def letter_to(email: str) -> Any:
    outbox.deliver()
    return [each for each in mail.outbox if each.to == [email]][-1]


def link_in(email: str, settings: Any) -> str:
    found = re.search(rf"{settings.LECTERN_ADDRESS}(/register/\S+)", str(letter_to(email).body))
    assert found
    return found.group(1)


def choose(browser: Client, link: str, password: str = WORDS, again: str = WORDS) -> Any:
    return browser.post(link, {"password1": password, "password2": again}, secure=True)


def test_register__leads_from_the_page_through_a_mail_to_an_account(world: World, settings: Any) -> None:
    browser = Client()
    assert "Look into your mail" in ask(browser, "Nia@tests.example").text
    assert not User.objects.filter(email="nia@tests.example").exists(), "no account before the address is proved"
    link = link_in("nia@tests.example", settings)
    assert "Nia New" in browser.get(link, secure=True).text
    assert choose(browser, link).headers["Location"] == reverse("sign-in")
    made = User.objects.get(email="nia@tests.example")
    assert made.display_name == "Nia New"
    assert AuditEvent.objects.filter(event="accounts.person.registered", subject_ref=str(made.pk)).exists()
    browser.post(reverse("sign-in"), {"login": made.email, "password": WORDS}, secure=True)
    assert is_in(browser)
    assert not made.current_roles(), "an account opens nothing by itself"


def test_link__is_good_once_for_a_day_and_opening_it_makes_nothing(world: World, settings: Any) -> None:
    browser = Client()
    ask(browser, "nia@tests.example")
    link = link_in("nia@tests.example", settings)
    browser.get(link, secure=True)
    assert not User.objects.filter(email="nia@tests.example").exists()
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert Client().get(link, secure=True).status_code == 410
    choose(browser, link)
    assert choose(Client(), link).status_code == 410
    assert User.objects.filter(email="nia@tests.example").count() == 1
    assert "token" not in str(Registration.objects.values())


def test_weak_password__is_refused_with_what_was_wrong(world: World, settings: Any) -> None:
    browser = Client()
    ask(browser, "nia@tests.example")
    link = link_in("nia@tests.example", settings)
    assert "at least 14 characters" in choose(browser, link, "short", "short").text
    assert "differ" in choose(browser, link, WORDS, "another one entirely").text
    assert "too similar" in choose(browser, link, "nia@tests.example", "nia@tests.example").text
    assert not User.objects.filter(email="nia@tests.example").exists()


def test_page__says_the_same_whether_there_is_an_account_and_the_mail_says_what_to_do(world: World) -> None:
    known = make_person(email="known@tests.example")
    pages = [ask(Client(), email).text.replace(email, "") for email in (known.email, "nia@tests.example")]
    tokens = [re.sub(r'value="[^"]*"', "", page) for page in pages]
    assert tokens[0] == tokens[1]
    assert "You have an account for Lectern already" in letter_to(known.email).subject
    assert not Registration.objects.filter(email=known.email).exists()


def test_address__gets_no_more_than_five_mails_an_hour_whoever_asks(world: World) -> None:
    for number in range(8):
        answer = ask(Client(REMOTE_ADDR=f"192.0.2.{number}"), "victim@tests.example")
        assert "Look into your mail" in answer.text
    assert OutboxMessage.objects.filter(recipient="victim@tests.example").count() == 5


def test_closed__says_so_and_sends_nothing(world: World, settings: Any) -> None:
    settings.REGISTRATION = "closed"
    browser = Client()
    assert "Registration is closed" in browser.get(reverse("register"), secure=True).text
    assert "Registration is closed" in ask(browser, "nia@tests.example").text
    assert not OutboxMessage.objects.filter(recipient="nia@tests.example").exists()


def test_closed_meanwhile__a_link_makes_no_account(world: World, settings: Any) -> None:
    browser = Client()
    ask(browser, "nia@tests.example")
    link = link_in("nia@tests.example", settings)
    settings.REGISTRATION = "closed"
    assert choose(browser, link).status_code == 403
    assert not User.objects.filter(email="nia@tests.example").exists()


def test_two_links_to_one_address__make_one_account(world: World, settings: Any) -> None:
    browser = Client()
    ask(browser, "nia@tests.example")
    first = link_in("nia@tests.example", settings)
    ask(browser, "nia@tests.example")
    choose(browser, first)
    assert choose(browser, link_in("nia@tests.example", settings)).status_code == 410


def test_from_a_provider__an_account_is_made_without_a_password(world: World, settings: Any) -> None:
    with running_provider("northmoor") as northmoor:
        settings.SIGN_IN_PROVIDERS = (northmoor.settings,)
        browser = Client()
        come(browser, northmoor)
        ask(browser, "nia@tests.example")
        link = link_in("nia@tests.example", settings)
        assert "Choose the password" not in browser.get(link, secure=True).text
        assert browser.post(link, secure=True).status_code == 302
        made = SocialAccount.objects.get(provider=northmoor.issuer, uid="person-1").user
        assert (made.email, made.has_usable_password()) == ("nia@tests.example", False)
        come(browser, northmoor)
        assert is_in(browser)


def test_from_a_provider__the_link_works_in_the_browser_that_began_alone(world: World, settings: Any) -> None:
    """Else somebody could send the link to another's mailbox, and be connected to the account that its owner opens."""
    with running_provider("northmoor") as northmoor:
        settings.SIGN_IN_PROVIDERS = (northmoor.settings,)
        attacker, victim = Client(), Client()
        come(attacker, northmoor)
        ask(attacker, "victim@tests.example")
        link = link_in("victim@tests.example", settings)
        assert victim.post(link, secure=True).status_code == 403
    assert not User.objects.filter(email="victim@tests.example").exists()
    assert not SocialAccount.objects.exists()


def test_from_a_provider__while_registration_is_closed__is_refused(world: World, settings: Any) -> None:
    settings.REGISTRATION = "closed"
    with running_provider("northmoor") as northmoor:
        settings.SIGN_IN_PROVIDERS = (northmoor.settings,)
        browser = Client()
        answer = browser.get(come(browser, northmoor).headers["Location"], secure=True)
    assert "Registration is closed" in answer.text
    assert not is_in(browser)


def test_from_a_provider__with_the_address_of_an_account__is_told_in_the_mail_alone(
    world: World, settings: Any
) -> None:
    known = make_person(email="known@tests.example")
    with running_provider("northmoor") as northmoor:
        settings.SIGN_IN_PROVIDERS = (northmoor.settings,)
        browser = Client()
        come(browser, northmoor)
        assert "Look into your mail" in ask(browser, known.email).text
    assert "connect it on your account page once you are in" in str(letter_to(known.email).body)
    assert not SocialAccount.objects.exists()


def test_staff__make_an_account_on_a_page_where_registration_is_closed(world: World, settings: Any) -> None:
    settings.REGISTRATION = "closed"
    desk, other = Client(), Client()
    desk.force_login(world.people["sol"])
    other.force_login(world.people["noa"])
    body = {"display_name": "Nia New", "email": "Nia@tests.example"}
    assert other.post(reverse("person-create"), body).status_code == 403
    assert desk.get(reverse("person-create")).status_code == 200
    assert desk.post(reverse("person-create"), body).status_code == 302
    assert User.objects.get(email="nia@tests.example").display_name == "Nia New"
    assert "There is an account with this address already" in desk.post(reverse("person-create"), body).text
    assert "You have an account for Lectern" in letter_to("nia@tests.example").subject
