"""Case 28: a bar follows the person, not the account."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.marks import ORCID, PASSKEY, hint_of_name
from accounts.models import (
    Incident,
    Recognition,
    User,
)
from accounts.roles import Role
from portal.kernel import clock
from tests.factories.accounts import make_person
from tests.integration.accounts.incident_acts import (
    Bench,
    browser_of,
    decided,
    do,
    is_open,
    words_of,
)
from tests.integration.accounts.test_second_factor import options_of
from tests.passkey import Passkey
from tests.personas import World


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def barred(world: World, bench: Bench, culprit: User) -> User:
    decided(world, bench, culprit, months="", measure="bar")
    services.remember(
        culprit, [(ORCID, "0000-0002-1825-0097"), (PASSKEY, "credential-1"), hint_of_name("Cul Prit", DAY)]
    )
    return culprit


DAY = clock.today().replace(year=1980, month=2, day=3)
HINTS_OF_BARRED = [(ORCID, "0000-0002-1825-0097"), (PASSKEY, "credential-1"), hint_of_name("Cul Prit", DAY)]
HINTS = {
    "the ORCID": (ORCID, "0000-0002-1825-0097"),
    "the passkey": (PASSKEY, "credential-1"),
    "name and date of birth": hint_of_name("prít CUL", DAY),
}


@pytest.mark.parametrize("known_by", HINTS)
def test_case_28__who_registers_again_waits_for_a_check_and_reads_what_everybody_reads(
    world: World, barred: User, known_by: str
) -> None:
    again, newcomer = make_person(role=Role.RESEARCHER), make_person(role=Role.RESEARCHER)
    newcomer.role_grants.all().delete()  # who waits for the opening as everybody does
    assert services.recognise(again, [HINTS[known_by]])
    assert not is_open(again)
    mine, others = (words_of(browser_of(each).get("/getting-access/")) for each in (again, newcomer))
    assert mine.replace(again.display_name, "") == others.replace(newcomer.display_name, "")
    assert "The service desk opens your access within 2 working days. Waiting" in mine
    assert again.display_name in words_of(browser_of(world.people["sol"]).get("/incidents/"))


def test_case_28__the_same_address_with_a_plus_is_known_when_the_account_is_made(world: World, barred: User) -> None:
    name, _, domain = barred.email.partition("@")
    again = make_person(email=f"{name}+new@{domain}")
    assert Recognition.objects.get(person=again).known_as == barred


def test_case_28__the_same_passkey_on_a_second_account_is_known(world: World, bench: Bench, culprit: User) -> None:
    """A real passkey, added through the page by both; the bar lies between the two."""
    passkey, again = Passkey(), make_person("Again Prit", role=Role.RESEARCHER)
    _add_passkey(culprit, passkey)
    decided(world, bench, culprit, months="", measure="bar")
    assert is_open(again)
    _add_passkey(again, passkey)
    assert Recognition.objects.get(person=again).known_as == culprit
    assert not is_open(again)


def _add_passkey(person: User, passkey: Passkey) -> None:
    browser, url = Client(), reverse("mfa_add_webauthn")
    browser.force_login(person)
    asked = options_of(browser.get(url, secure=True).text)
    done = browser.post(url, {"name": "Blue key", "credential": passkey.create(asked)}, secure=True)
    assert done.status_code == 302, done.text


def test_case_28__an_answer_opens_access_or_lays_the_same_upon_both(world: World, barred: User) -> None:
    again, other = make_person(role=Role.RESEARCHER), make_person(role=Role.RESEARCHER)
    for person in (again, other):
        services.recognise(person, [HINTS["the ORCID"]])
    sol = browser_of(world.people["sol"])
    for person, answer in ((again, "yes"), (other, "no")):
        url = f"/incidents/accounts/{Recognition.objects.get(person=person).pk}/"
        assert barred.email in sol.get(url).text
        assert sol.post(url, {"is_same": answer, "reason": "Asked."}).status_code == 302
        assert sol.get(url).status_code == 404
    assert is_open(other)
    assert not is_open(again)
    assert "You are suspended after an incident" in browser_of(again).get("/getting-access/").text
    services.recognise(other, [HINTS["the ORCID"]])
    assert is_open(other)


def test_case_28__what_is_kept_is_no_value(barred: User) -> None:
    kept = str(list(barred.marks.values_list("kind", "digest")))
    assert barred.marks.count() >= 4
    for value in ("0000-0002-1825-0097", "credential-1", "prit", "1980-02-03", barred.email):
        assert value not in kept


def test_case_28__nobody_is_known_again_once_the_bar_is_over(world: World, bench: Bench, barred: User) -> None:
    incident = Incident.objects.get(person=barred)
    do(bench.deputy, incident, "lift", reason="Ten years are enough.")
    assert not services.recognise(make_person(), [HINTS["the ORCID"]])
