"""The second factor: set up, asked for at sign-in, used once, taken away with a word to its owner."""

from __future__ import annotations

import html
import json
import re
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import SignedInSession, User
from portal.kernel import clock, outbox
from portal.kernel.models import AuditEvent
from tests.factories.accounts import make_person
from tests.passkey import Passkey
from tests.personas import PASSWORD, World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def person(world: World) -> User:
    return make_person("Tess Tester", email="tess@tests.example")


def browser_of(person: User, **given: Any) -> Client:
    """A browser after the password; `given` is typed at the second step."""
    browser = Client()
    browser.post(reverse("sign-in"), {"login": person.email, "password": PASSWORD}, secure=True)
    if given:
        browser.post(reverse("mfa_authenticate"), given, secure=True)
    return browser


def key_of(person: User) -> str:
    return str(decrypt(Authenticator.objects.get(user=person, type="totp").data["secret"]))


def code_of(secret: str, periods: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods)))


def connect_app(browser: Client) -> str:
    """Connect an authenticator app; its key."""
    page = browser.get(reverse("mfa_activate_totp"), secure=True)
    secret = re.search(r">\s*([A-Z2-7]{32})\s*<", page.text)
    assert secret, page.text
    done = browser.post(reverse("mfa_activate_totp"), {"code": code_of(secret.group(1))}, secure=True)
    assert done.status_code == 302, done.text
    return secret.group(1)


def add_passkey(browser: Client) -> Passkey:
    page = browser.get(reverse("mfa_add_webauthn"), secure=True)
    passkey = Passkey()
    body = {"name": "Blue key", "credential": passkey.create(options_of(page.text))}
    done = browser.post(reverse("mfa_add_webauthn"), body, secure=True)
    assert done.status_code == 302, done.text
    return passkey


def options_of(page: str) -> Any:
    found = re.search(r'data-passkey-options="([^"]*)"', page)
    assert found, page
    return json.loads(html.unescape(found.group(1)))


def is_in(browser: Client) -> bool:
    return browser.get("/account/", secure=True).status_code == 200


def later(seconds: int) -> Any:
    return time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=False)


def test_app__is_connected_with_a_code_and_then_asked_for_after_the_password(person: User) -> None:
    secret = connect_app(browser_of(person))
    browser = browser_of(person)
    assert not is_in(browser), "the password alone does not sign in any more"
    with later(60):
        browser.post(reverse("mfa_authenticate"), {"code": "000000"}, secure=True)
        assert not is_in(browser)
        browser.post(reverse("mfa_authenticate"), {"code": code_of(secret)}, secure=True)
        assert is_in(browser)


def test_app__page_works_under_the_strict_policy(person: User) -> None:
    text = browser_of(person).get(reverse("mfa_activate_totp"), secure=True).text
    assert "<?xml" not in text
    assert "<svg" in text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)


def test_app__key_is_encrypted_at_rest(person: User) -> None:
    secret = connect_app(browser_of(person))
    assert secret not in str(Authenticator.objects.get(user=person, type="totp").data)


def test_code__is_good_once_even_on_another_worker_whose_cache_knows_nothing(person: User) -> None:
    secret = connect_app(browser_of(person))
    with later(60):
        code = code_of(secret)
        assert is_in(browser_of(person, code=code))
        cache.clear()
        assert not is_in(browser_of(person, code=code))
    with later(65):
        assert not is_in(browser_of(person, code=code_of(secret, -1))), "nor is an older one"


def test_code__with_which_the_app_was_connected_does_not_sign_in(person: User) -> None:
    secret = connect_app(browser_of(person))
    assert not is_in(browser_of(person, code=code_of(secret)))


def test_codes__cannot_be_guessed_at_leisure(person: User) -> None:
    secret = connect_app(browser_of(person))
    with later(60):
        browser = browser_of(person)
        for guess in range(5):
            browser.post(reverse("mfa_authenticate"), {"code": f"{guess:06}"}, secure=True)
        page = browser.post(reverse("mfa_authenticate"), {"code": code_of(secret)}, secure=True)
        assert "Too many attempts" in page.text
        assert not is_in(browser)


def test_recovery_codes__are_shown_once_and_each_lets_in_once(person: User) -> None:
    here = browser_of(person)
    connect_app(here)
    shown = here.post(reverse("mfa_view_recovery_codes"), secure=True).text
    codes = re.findall(r"<code>(\d+)</code>", shown)
    assert len(codes) == 10
    assert codes[0] not in here.get(reverse("mfa_view_recovery_codes"), secure=True).text
    assert is_in(browser_of(person, code=codes[0]))
    assert not is_in(browser_of(person, code=codes[0]))
    here.post(reverse("mfa_view_recovery_codes"), secure=True)
    assert not is_in(browser_of(person, code=codes[1])), "new codes replace the old ones"


def test_passkey__is_added_and_is_a_second_factor(person: User) -> None:
    passkey = add_passkey(browser_of(person))
    browser = browser_of(person)
    assert not is_in(browser)
    page = browser.get(reverse("mfa_authenticate"), secure=True)
    browser.post(reverse("mfa_authenticate"), {"credential": passkey.get(options_of(page.text))}, secure=True)
    assert is_in(browser)


def test_passkey__alone_signs_in(person: User) -> None:
    passkey, browser = add_passkey(browser_of(person)), Client()
    page = browser.get(reverse("mfa_login_webauthn"), secure=True)
    answer = passkey.get(options_of(page.text))
    browser.post(reverse("mfa_login_webauthn"), {"credential": answer}, secure=True)
    assert is_in(browser)
    again = Client()
    again.get(reverse("mfa_login_webauthn"), secure=True)
    again.post(reverse("mfa_login_webauthn"), {"credential": answer}, secure=True)
    assert not is_in(again), "an answer fits one question"


def test_passkey__of_another_site_or_person_is_refused(person: User) -> None:
    add_passkey(browser_of(person))
    browser = browser_of(person)
    page = browser.get(reverse("mfa_authenticate"), secure=True)
    stranger = Passkey(origin="https://evil.example")
    answer = browser.post(reverse("mfa_authenticate"), {"credential": stranger.get(options_of(page.text))}, secure=True)
    assert answer.status_code == 200
    assert not is_in(browser)


def test_passkey__of_somebody_else_cannot_be_removed(person: User) -> None:
    add_passkey(browser_of(person))
    theirs = Authenticator.objects.get(user=person, type="webauthn")
    other = browser_of(make_person())
    assert other.post(reverse("mfa_remove_webauthn", args=[theirs.pk]), secure=True).status_code == 404
    assert Authenticator.objects.filter(pk=theirs.pk).exists()


def test_factor__added_or_removed_ends_other_sessions_and_is_told_by_mail(
    person: User, django_capture_on_commit_callbacks: Any
) -> None:
    here, thief = browser_of(person), browser_of(person)
    with django_capture_on_commit_callbacks(execute=True):
        connect_app(here)
    assert (is_in(here), is_in(thief)) == (True, False)
    here.post(reverse("mfa_deactivate_totp"), secure=True)
    outbox.deliver()
    subjects = [letter.subject for letter in mail.outbox if letter.to == [person.email] and "factor" in letter.subject]
    assert subjects == [
        "A second factor was added to your Lectern account",
        "A second factor was removed from your Lectern account",
    ]
    written = AuditEvent.objects.filter(subject_ref=str(person.pk), event__startswith="accounts.factor")
    assert [event.detail for event in written] == [{"kind": "totp"}, {"kind": "totp"}]


def test_factor__is_changed_only_after_the_one_at_hand_was_given_again(person: User) -> None:
    here = browser_of(person)
    secret = connect_app(here)
    with later(16 * 60):
        page = here.get(reverse("mfa_deactivate_totp"), secure=True)
        assert page.headers["Location"].startswith(reverse("mfa_reauthenticate"))
        refused = here.post(reverse("account_reauthenticate"), {"password": PASSWORD}, secure=True)
        assert refused.headers["Location"].startswith(reverse("mfa_reauthenticate")), "the password does not do"
        here.post(page.headers["Location"], {"code": code_of(secret), "next": "/account/"}, secure=True)
        assert here.get(reverse("mfa_deactivate_totp"), secure=True).status_code == 200


def test_first_factor__is_added_only_soon_after_a_sign_in(person: User) -> None:
    here = browser_of(person)
    with later(16 * 60):
        page = here.get(reverse("mfa_activate_totp"), secure=True)
        assert page.headers["Location"].startswith(reverse("account_reauthenticate"))
        here.post(page.headers["Location"], {"password": PASSWORD}, secure=True)
        assert here.get(reverse("mfa_activate_totp"), secure=True).status_code == 200


def test_password_reset__leaves_the_second_factor(person: User) -> None:
    connect_app(browser_of(person))
    person.refresh_from_db()
    person.set_password("lamp river tractor seven")
    person.save()
    browser = Client()
    browser.post(reverse("sign-in"), {"login": person.email, "password": "lamp river tractor seven"}, secure=True)
    assert not is_in(browser)


def test_sessions__are_listed_and_ended_one_by_one(person: User) -> None:
    here, there = browser_of(person), browser_of(person)
    key = there.cookies["sessionid"].value
    page = here.get(reverse("session-list"), secure=True).text
    reference = SignedInSession.objects.get(pk=key).reference
    assert reference in page
    assert key not in page, "the cookie itself is on no page"
    assert is_in(there)
    here.post(reverse("session-end", args=[reference]), secure=True)
    assert (is_in(here), is_in(there)) == (True, False)


def test_sessions__of_somebody_else_are_not_there(person: User) -> None:
    other = browser_of(make_person())
    reference = SignedInSession.objects.get(pk=browser_of(person).cookies["sessionid"].value).reference
    for ask in (other.get, other.post):
        assert ask(reverse("session-end", args=[reference]), secure=True).status_code == 404


def test_sessions__elsewhere_are_ended_at_once(person: User) -> None:
    here, phone, library = browser_of(person), browser_of(person), browser_of(person)
    here.post(reverse("session-end-others"), secure=True)
    assert [is_in(browser) for browser in (here, phone, library)] == [True, False, False]
    ended = AuditEvent.objects.get(event="accounts.sessions.ended", subject_ref=str(person.pk))
    assert ended.detail == {"sessions": 2}


def test_sign_in__gives_a_new_session_so_that_a_planted_one_is_worth_nothing(person: User) -> None:
    browser = Client()
    browser.session.save()
    before = browser.session.session_key
    browser.cookies["sessionid"] = before
    browser.post(reverse("sign-in"), {"login": person.email, "password": PASSWORD}, secure=True)
    assert browser.cookies["sessionid"].value != before
