"""Signing in and out, and what a stranger can learn from it: nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from portal.kernel import clock, outbox
from portal.kernel.models import AuditEvent, OutboxMessage
from portal.settings import base
from tests.factories.accounts import make_person
from tests.personas import PASSWORD

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]
WRONG = "The e-mail address or the password is not right."


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    """Attempts are counted in the cache, which no test may leave to the next."""
    cache.clear()


def sign_in(browser: Client, email: str, password: str) -> None:
    browser.post(reverse("sign-in"), {"login": email, "password": password})


def test_sign_in__with_address_in_any_case(people: Mapping[str, User]) -> None:
    browser = Client()
    response = browser.post(reverse("sign-in"), {"login": "Noa@Lectern.Example", "password": PASSWORD})
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert b"Noa Newcomer" in browser.get("/").content


def test_sign_in__goes_on_to_where_one_wanted_to_go_inside_the_portal_only(people: Mapping[str, User]) -> None:
    inside = Client().post(
        reverse("sign-in"), {"login": people["noa"].email, "password": PASSWORD, "next": "/account/"}
    )
    outside = Client().post(
        reverse("sign-in"), {"login": people["noa"].email, "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert (inside.headers["Location"], outside.headers["Location"]) == ("/account/", "/")


@pytest.mark.parametrize("wanted", ["//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)"])
def test_case_37__nothing_leads_out_of_the_portal(people: Mapping[str, User], wanted: str) -> None:
    sent = {"login": people["noa"].email, "password": PASSWORD, "next": wanted}
    assert Client().post(reverse("sign-in"), sent).headers["Location"] == "/"
    assert Client().post(f"{reverse('sign-in')}?{urlencode({'next': wanted})}", sent).headers["Location"] == "/"


def test_case_37__a_host_that_a_browser_made_up_is_in_no_mail(people: Mapping[str, User], settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    OutboxMessage.objects.all().delete()
    browser = Client(HTTP_HOST="evil.example", HTTP_X_FORWARDED_HOST="evil.example")
    browser.post(reverse("account_reset_password"), {"email": people["ada"].email})
    browser.post(reverse("account_reset_password"), {"email": "nobody@tests.example"})
    browser.post(reverse("register"), {"display_name": "Nia New", "email": "nia@tests.example"})
    sent = list(OutboxMessage.objects.filter(recipient__in=[people["ada"].email, "nia@tests.example"]))
    assert len(sent) == 2
    assert all(settings.LECTERN_ADDRESS in each.body_text for each in sent)
    assert not OutboxMessage.objects.filter(body_text__contains="evil").exists()
    assert not OutboxMessage.objects.filter(body_html__contains="evil").exists()


def test_case_37__a_host_that_is_not_ours_gets_nothing(people: Mapping[str, User]) -> None:
    OutboxMessage.objects.all().delete()
    refused = Client(HTTP_HOST="evil.example").post(reverse("account_reset_password"), {"email": people["ada"].email})
    assert refused.status_code == 400
    assert not OutboxMessage.objects.exists()


def test_sign_in__says_the_same_for_unknown_person_wrong_password_and_closed_account(world: object) -> None:
    closed = make_person()
    User.objects.filter(pk=closed.pk).update(is_active=False)
    tries = (("nobody@tests.example", PASSWORD), ("ada@lectern.example", "wrong"), (closed.email, "wrong"))
    pages = [Client().post(reverse("sign-in"), {"login": email, "password": word}) for email, word in tries]
    texts = [re.sub(rb'value="[^"]*"|\?[^"]*', b"", page.content) for page in pages]
    assert all(page.status_code == 200 and WRONG in page.text for page in pages)
    assert texts[0] == texts[1] == texts[2]


def test_sign_in__to_a_closed_account_is_refused(world: object) -> None:
    closed, browser = make_person(), Client()
    User.objects.filter(pk=closed.pk).update(is_active=False)
    browser.post(reverse("sign-in"), {"login": closed.email, "password": PASSWORD})
    assert browser.get("/account/").status_code == 302


def test_sign_in__is_closed_for_a_while_after_many_wrong_attempts(people: Mapping[str, User]) -> None:
    with time_machine.travel(clock.now(), tick=False) as moment:
        for _ in range(5):
            Client().post(reverse("sign-in"), {"login": people["ada"].email, "password": "wrong"})
        refused = Client().post(reverse("sign-in"), {"login": people["ada"].email, "password": PASSWORD})
        assert "Too many attempts" in refused.text
        moment.shift(timedelta(minutes=6))
        accepted = Client().post(reverse("sign-in"), {"login": people["ada"].email, "password": PASSWORD})
        assert accepted.status_code == 302


def test_lockout__is_for_one_person_from_one_address_only(people: Mapping[str, User]) -> None:
    def answer(person: User, address: str, word: str) -> int:
        sent = {"login": person.email, "password": word}
        return Client(REMOTE_ADDR=address).post(reverse("sign-in"), sent).status_code

    ada, ben = people["ada"], people["ben"]
    with time_machine.travel(clock.now(), tick=False):
        assert [answer(ada, "192.0.2.1", "wrong") for _ in range(5)] == [200] * 5
        cache.clear()  # the database remembers what the cache forgot
        assert answer(ada, "192.0.2.1", PASSWORD) == 200
        assert answer(ben, "192.0.2.1", PASSWORD) == 302, "others at the same address"
        assert answer(ada, "192.0.2.2", PASSWORD) == 302, "the same person elsewhere"
    assert AuditEvent.objects.filter(event="accounts.sign_in.locked", subject_ref=str(ada.pk)).count() == 1


def test_lockout__answers_the_same_for_somebody_who_is_not_there(people: Mapping[str, User]) -> None:
    pages = []
    for email in (people["cora"].email, "nobody@tests.example"):
        for _ in range(5):
            Client(REMOTE_ADDR="192.0.2.3").post(reverse("sign-in"), {"login": email, "password": "wrong"})
        pages.append(Client(REMOTE_ADDR="192.0.2.3").post(reverse("sign-in"), {"login": email, "password": "wrong"}))
    texts = [re.sub(r'value="[^"]*"|\?[^"]*', "", page.text) for page in pages]
    assert "Too many attempts" in texts[0]
    assert texts[0] == texts[1]


@pytest.mark.parametrize(("name", "sent"), [("sign-in", "login"), ("account_reset_password", "email")])
def test_sign_in__while_attempts_cannot_be_counted_says_to_come_back(
    people: Mapping[str, User], settings: Any, name: str, sent: str
) -> None:
    settings.CACHES = {"default": {**base.CACHES["default"], "LOCATION": "unix:///nowhere/redis.sock"}}
    browser = Client()
    answer = browser.post(reverse(name), {sent: people["ada"].email, "password": PASSWORD})
    assert answer.status_code == 503
    assert "cannot be counted" in answer.text
    assert "Sign out" not in browser.get("/").text


def test_session__ends_after_twelve_hours(people: Mapping[str, User]) -> None:
    browser = Client()
    sign_in(browser, people["noa"].email, PASSWORD)
    with time_machine.travel(clock.now() + timedelta(hours=11, minutes=59)):
        assert browser.get("/account/").status_code == 200
    with time_machine.travel(clock.now() + timedelta(hours=12, minutes=1)):
        assert browser.get("/account/").status_code == 302


def test_session_cookie__goes_with_the_browser_and_is_out_of_reach_of_scripts(people: Mapping[str, User]) -> None:
    browser = Client()
    sign_in(browser, people["ada"].email, PASSWORD)
    cookie = browser.cookies["sessionid"]
    assert cookie["httponly"]
    assert not cookie["max-age"]
    assert cookie["samesite"] == "Lax"


def test_sign_out__asks_on_get_and_does_on_post(client_of: ClientOf) -> None:
    browser = client_of("ada")
    assert "Sign out?" in browser.get(reverse("sign-out")).text
    assert browser.get("/account/").status_code == 200
    assert browser.post(reverse("sign-out")).status_code == 302
    assert browser.get("/account/").status_code == 302


def test_password_reset__answers_the_same_for_known_and_unknown(people: Mapping[str, User]) -> None:
    known = Client().post(reverse("account_reset_password"), {"email": people["ada"].email}, follow=True)
    unknown = Client().post(reverse("account_reset_password"), {"email": "nobody@tests.example"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
    assert known.text == unknown.text


def test_password_reset__leads_a_new_person_from_mail_to_sign_in(people: Mapping[str, User], settings: Any) -> None:
    person, browser = make_person(), Client()
    person.set_unusable_password()
    person.save()
    browser.post(reverse("account_reset_password"), {"email": person.email})
    outbox.deliver()
    letter = next(m for m in mail.outbox if m.to == [person.email] and "password" in m.subject.lower())
    link = re.search(rf"{settings.LECTERN_ADDRESS}(/\S+)", str(letter.body))
    assert link
    form = browser.get(link.group(1), follow=True)
    assert "Choose a new password" in form.text
    new = "lamp river tractor seven"
    saved = browser.post(form.redirect_chain[-1][0], {"password1": new, "password2": new}, follow=True)
    assert "Your password is saved" in saved.text
    sign_in(browser, person.email, new)
    assert browser.get("/account/").status_code == 200


def test_password_reset__a_used_link_says_so(people: Mapping[str, User]) -> None:
    page = Client().get(reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "abc-def"}))
    assert "This link does not work any more" in page.text


def test_password_reset__goes_through_the_outbox_so_that_a_lost_mail_server_loses_nothing(
    people: Mapping[str, User],
) -> None:
    Client().post(reverse("account_reset_password"), {"email": people["ben"].email})
    assert OutboxMessage.objects.filter(recipient=people["ben"].email, sent_at=None).exists()
    assert not mail.outbox


def test_password_change__wants_the_present_one_and_ends_other_sessions(people: Mapping[str, User]) -> None:
    person, here, elsewhere = make_person(), Client(), Client()
    for browser in (here, elsewhere):
        sign_in(browser, person.email, PASSWORD)
    new = {"password1": "lamp river tractor seven", "password2": "lamp river tractor seven"}
    refused = here.post(reverse("account_change_password"), {"oldpassword": "wrong", **new})
    assert "This is not your present password" in refused.text
    accepted = here.post(reverse("account_change_password"), {"oldpassword": PASSWORD, **new})
    assert accepted.headers["Location"] == reverse("account-profile")
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
