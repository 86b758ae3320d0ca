"""Signing in at an identity provider, over HTTP at a real one: linked by (issuer, subject), and never by an address."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import time_machine
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.models import Recognition, User
from portal.kernel import clock, outbox
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import TransitionRefused
from tests.factories.accounts import SETUP, make_person
from tests.identity_lies import LIES
from tests.identity_provider import IdentityProvider, running_provider
from tests.personas import PASSWORD, World

pytestmark = pytest.mark.django_db
ORCID_ID = "0000-0002-1825-0097"


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    cache.clear()


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[IdentityProvider, IdentityProvider]]:
    with running_provider("northmoor") as northmoor, running_provider("orcid") as orcid:
        yield northmoor, orcid


@pytest.fixture
def northmoor(servers: tuple[IdentityProvider, IdentityProvider], settings: Any) -> IdentityProvider:
    """Honest at the start of each test; the portal knows it and ORCID."""
    for each, subject in zip(servers, ("person-1", ORCID_ID), strict=True):
        each.subject, each.claims, each.header, each.signs, each.forged, each.published = subject, {}, {}, None, "", {}
        each.asked.clear()
    settings.SIGN_IN_PROVIDERS = tuple(each.settings for each in servers)
    return servers[0]


@pytest.fixture
def orcid(northmoor: IdentityProvider, servers: tuple[IdentityProvider, IdentityProvider]) -> IdentityProvider:
    return servers[1]


@pytest.fixture
def person(world: World) -> User:
    return make_person("Tess Tester", email="tess@tests.example")


def signed_in(person: User) -> Client:
    browser = Client()
    browser.post(reverse("sign-in"), {"login": person.email, "password": PASSWORD}, secure=True)
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/account/", secure=True).status_code == 200


def go(browser: Client, provider: IdentityProvider, name: str = "identity-begin", **sent: str) -> str:
    """Press the button and sign in there; the address at which the provider sends the browser back."""
    page = browser.post(reverse(name, args=[provider.settings.key]), sent, secure=True)
    there = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
    assert there, page.text
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    answer = requests.get(unescape(there.group(1)), allow_redirects=False, timeout=5)
    back = urlsplit(answer.headers["Location"])
    assert back.path == reverse("identity-return", args=[provider.settings.key])
    return f"{back.path}?{back.query}"


def come(browser: Client, provider: IdentityProvider, name: str = "identity-begin", **sent: str) -> Any:
    return browser.get(go(browser, provider, name, **sent), secure=True)


def connect(person: User, provider: IdentityProvider) -> Client:
    browser = signed_in(person)
    assert come(browser, provider, "identity-connect").headers["Location"] == reverse("identity-list")
    return browser


def refusals() -> list[str]:
    return [each.detail["why"] for each in AuditEvent.objects.filter(event="accounts.identity.refused").order_by("pk")]


def test_whoever_has_connected_a_provider__signs_in_there(northmoor: IdentityProvider, person: User) -> None:
    connect(person, northmoor)
    browser = Client()
    assert f"Sign in with {northmoor.settings.name}" in browser.get(reverse("sign-in")).text
    answer = come(browser, northmoor, next="/account/sessions/")
    assert answer.headers["Location"] == "/account/sessions/"
    assert is_in(browser)
    assert set(northmoor.asked) == {"/.well-known/openid-configuration", "/authorise", "/keys"}, "no more is asked"


def test_connecting__is_told_by_mail_written_down_and_ends_other_sessions(
    northmoor: IdentityProvider, person: User
) -> None:
    elsewhere = signed_in(person)
    browser = connect(person, northmoor)
    assert (is_in(browser), is_in(elsewhere)) == (True, False)
    outbox.deliver()
    assert "A new way to sign in was connected to your Lectern account" in [m.subject for m in mail.outbox]
    written = AuditEvent.objects.get(event="accounts.identity.connected", subject_ref=str(person.pk))
    assert written.detail == {"issuer": northmoor.issuer}
    kept = SocialAccount.objects.get(user=person)
    assert (kept.provider, kept.uid, kept.extra_data) == (northmoor.issuer, "person-1", {})


def test_second_factor__is_asked_for_all_the_same(northmoor: IdentityProvider, person: User) -> None:
    connect(person, northmoor)
    Authenticator.objects.create(user=person, type="totp", data={"secret": "x"})
    browser = Client()
    answer = come(browser, northmoor)
    assert answer.headers["Location"].startswith(reverse("mfa_authenticate"))
    assert not is_in(browser)


def test_closed_account__is_not_opened_from_elsewhere(northmoor: IdentityProvider, person: User) -> None:
    connect(person, northmoor)
    services.close_account(actor=SETUP, person=person, reason="Left.")
    browser = Client()
    come(browser, northmoor)
    assert not is_in(browser)


def test_connecting__wants_a_proof_of_the_last_quarter_of_an_hour(northmoor: IdentityProvider, person: User) -> None:
    browser = signed_in(person)
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        page = browser.post(reverse("identity-connect", args=["northmoor"]), secure=True)
    assert page.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert not northmoor.asked


def test_who_has_no_password_here__changes_nothing_weighty_long_after_signing_in(
    northmoor: IdentityProvider, person: User
) -> None:
    """allauth lets them pass, because it cannot ask them for anything."""
    connect(person, northmoor)
    User.objects.filter(pk=person.pk).update(password="!")
    browser = Client()
    come(browser, northmoor)
    assert browser.get(reverse("mfa_activate_totp"), secure=True).status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        assert "Sign out and sign in again first" in browser.get(reverse("mfa_activate_totp"), secure=True).text
        assert browser.post(reverse("identity-connect", args=["orcid"]), secure=True).status_code == 403


def test_identity__of_another_account_is_not_taken_over(northmoor: IdentityProvider, person: User) -> None:
    connect(person, northmoor)
    thief = signed_in(make_person())
    page = thief.get(come(thief, northmoor, "identity-connect").headers["Location"], secure=True)
    assert "This belongs to another account here" in page.text
    assert SocialAccount.objects.get().user == person
    with pytest.raises(IntegrityError), transaction.atomic():
        SocialAccount.objects.create(user=make_person(), provider=northmoor.issuer, uid="person-1")


def test_disconnecting__leaves_at_least_one_way_in(northmoor: IdentityProvider, person: User) -> None:
    browser = connect(person, northmoor)
    kept = SocialAccount.objects.get(user=person)
    url = reverse("identity-disconnect", args=[kept.pk])
    User.objects.filter(pk=person.pk).update(password="!")
    only = User.objects.get(pk=person.pk)
    with pytest.raises(TransitionRefused, match="only way to sign in"):
        services.disconnect_identity(actor=only, connected=kept, keep=None)
    User.objects.filter(pk=person.pk).update(password=person.password)
    assert signed_in(make_person()).get(url, secure=True).status_code == 404, "somebody else's is not there"
    assert browser.post(url, secure=True).status_code == 302
    assert not SocialAccount.objects.filter(user=person).exists()
    outbox.deliver()
    assert "A way to sign in was disconnected from your Lectern account" in [m.subject for m in mail.outbox]


def test_provider_that_is_away__is_said(northmoor: IdentityProvider, settings: Any) -> None:
    settings.SIGN_IN_PROVIDERS = (replace(northmoor.settings, issuer="http://127.0.0.1:9"),)
    page = Client().post(reverse("identity-begin", args=["northmoor"]), secure=True)
    assert (page.status_code, "does not answer" in page.text) == (400, True)
    assert refusals() == ["unreachable"]


# ORCID


def test_orcid__is_a_proved_fact_of_the_person_as_long_as_it_is_connected(
    orcid: IdentityProvider, person: User
) -> None:
    browser = connect(person, orcid)
    person.refresh_from_db()
    assert (person.orcid, person.orcid_proved_at is not None) == (ORCID_ID, True)
    assert ORCID_ID in browser.get("/account/", secure=True).text
    services.disconnect_identity(actor=person, connected=SocialAccount.objects.get(user=person), keep=None)
    person.refresh_from_db()
    assert (person.orcid, person.orcid_proved_at) == (None, None)


def test_subject_of_another_provider__proves_no_orcid(northmoor: IdentityProvider, person: User) -> None:
    northmoor.subject = ORCID_ID
    connect(person, northmoor)
    person.refresh_from_db()
    assert person.orcid is None


def test_database__keeps_an_orcid_once_and_only_with_its_proof(world: World, person: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=person.pk).update(orcid=ORCID_ID)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=person.pk).update(orcid="0000", orcid_proved_at=person.created_at)


def test_case_28__who_is_kept_out_is_known_by_the_orcid_that_they_once_connected(
    orcid: IdentityProvider, person: User, world: World
) -> None:
    connect(person, orcid)
    services.disconnect_identity(actor=person, connected=SocialAccount.objects.get(user=person), keep=None)
    made = services.report_incident(actor=world.people["ben"], what="A shared password.", about=person.email)
    incident = services.triage_incident(actor=world.people["sol"], incident=made)
    services.lay_hold(actor=world.people["hana"], incident=incident, reason="For a test.")
    again = make_person("Tessa Again")
    connect(again, orcid)
    assert Recognition.objects.get(person=again).known_as == person


def test_case_28__who_tries_the_orcid_of_a_barred_person_is_looked_at(
    orcid: IdentityProvider, person: User, world: World
) -> None:
    connect(person, orcid)
    made = services.report_incident(actor=world.people["ben"], what="A shared password.", about=person.email)
    incident = services.triage_incident(actor=world.people["sol"], incident=made)
    services.lay_hold(actor=world.people["hana"], incident=incident, reason="For a test.")
    again = make_person("Tessa Again")
    browser = signed_in(again)
    page = browser.get(come(browser, orcid, "identity-connect").headers["Location"], secure=True)
    assert "This belongs to another account here" in page.text
    assert Recognition.objects.get(person=again).known_as == person
    assert not SocialAccount.objects.filter(user=again).exists()


# Case 40: what is not believed


@pytest.mark.parametrize("lie", LIES)
def test_case_40__what_is_not_true_to_the_last_claim_lets_nobody_in_and_is_logged(
    northmoor: IdentityProvider, person: User, lie: str, caplog: pytest.LogCaptureFixture
) -> None:
    connect(person, northmoor)
    tell, why = LIES[lie]
    tell(northmoor)
    browser = Client()
    with caplog.at_level(logging.WARNING):
        answer = come(browser, northmoor)
    assert (answer.status_code, is_in(browser)) == (400, False)
    assert "was not believed" in answer.text
    assert refusals() == [why]
    assert f"Sign-in at northmoor refused: {why}" in caplog.text


def test_case_40__keys_are_never_fetched_from_where_the_statement_says(
    northmoor: IdentityProvider, person: User
) -> None:
    connect(person, northmoor)
    with running_provider("attacker") as attacker:
        northmoor.signs, northmoor.header = attacker.keys[0], {"jku": f"{attacker.issuer}/keys", "kid": "theirs"}
        browser = Client()
        come(browser, northmoor)
        assert not attacker.asked
        northmoor.signs, northmoor.header = None, {"jku": f"{attacker.issuer}/keys"}
        come(browser, northmoor)
        assert not attacker.asked
    assert not is_in(browser)
    assert refusals() == ["signature", "key"]


def test_case_40__the_same_address_does_not_open_the_account(northmoor: IdentityProvider, person: User) -> None:
    northmoor.subject = "attacker"
    northmoor.claims = {"email": person.email, "email_verified": True}
    browser = Client()
    assert come(browser, northmoor).headers["Location"] == reverse("register")
    assert not is_in(browser)
    page = browser.get(reverse("register"), secure=True).text
    assert "Accounts are never joined by an e-mail address" in page
    assert person.email not in page
    assert not SocialAccount.objects.exists()


def test_case_40__the_same_subject_of_another_issuer_is_somebody_else(
    northmoor: IdentityProvider, orcid: IdentityProvider, person: User
) -> None:
    connect(person, northmoor)
    orcid.subject = northmoor.subject
    browser = Client()
    assert come(browser, orcid).headers["Location"] == reverse("register")
    assert not is_in(browser)


def test_case_40__a_journey_that_this_browser_never_began_ends_at_the_door(
    northmoor: IdentityProvider, person: User, caplog: pytest.LogCaptureFixture
) -> None:
    connect(person, northmoor)
    somebody, victim = Client(), Client()
    back = go(somebody, northmoor)
    with caplog.at_level(logging.WARNING):
        assert victim.get(back, secure=True).status_code == 400
    assert not is_in(victim)
    assert "refused: state" in caplog.text
    assert refusals() == [], "strangers fill no audit log"
    assert somebody.get(back, secure=True).status_code == 302
    assert somebody.get(back, secure=True).status_code == 400, "and once"


def test_case_40__an_answer_in_the_name_of_another_issuer_is_not_looked_at(
    northmoor: IdentityProvider, person: User
) -> None:
    connect(person, northmoor)
    browser = Client()
    answer = browser.get(f"{go(browser, northmoor)}&iss=https://evil.example", secure=True)
    assert (answer.status_code, is_in(browser), refusals()) == (400, False, ["iss"])


@pytest.mark.parametrize(
    "published",
    [{"issuer": "https://evil.example"}, {"jwks_uri": "ftp://127.0.0.1/keys"}, {"token_endpoint": None}],
    ids=["another name", "a strange address", "none"],
)
def test_case_40__a_provider_that_does_not_name_itself_as_configured_is_not_asked(
    northmoor: IdentityProvider, published: dict[str, Any]
) -> None:
    northmoor.published = published
    page = Client().post(reverse("identity-begin", args=["northmoor"]), secure=True)
    assert page.status_code == 400
    assert refusals() == ["configuration"]


def test_case_40__redirects_of_the_providers_machine_are_not_followed(
    northmoor: IdentityProvider, person: User
) -> None:
    connect(person, northmoor)
    northmoor.published = {"jwks_uri": f"{northmoor.issuer}/elsewhere"}
    browser = Client()
    assert come(browser, northmoor).status_code == 400
    assert (is_in(browser), refusals()) == (False, ["unreachable"])


def test_a_person_who_thinks_better_of_it__is_back_at_the_sign_in_page(northmoor: IdentityProvider) -> None:
    browser = Client()
    state = dict(each.split("=") for each in urlsplit(go(browser, northmoor)).query.split("&"))["state"]
    url = reverse("identity-return", args=["northmoor"])
    answer = browser.get(f"{url}?error=access_denied&state={state}", secure=True)
    assert answer.headers["Location"] == reverse("sign-in")
