"""What opens only with a second factor, and what asks for it anew. Cases 39 and 41 of specs/access.md, section 7."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.events import Event, TrainingEvent
from accounts.gates import Kind, data_access
from accounts.gates.second_factor import FRESH_FOR, mark_second_factor
from accounts.models import ApiToken, ConductSignature, ConductVersion, RoleGrant, RoleRequest, User
from accounts.services import end_role
from portal.kernel import audit, clock, outbox
from portal.kernel.access import SystemActor
from portal.kernel.events import declared_events, is_weighty
from portal.kernel.models import AuditEvent
from portal.kernel.proof import ProofNeeded, proving
from tests.factories.accounts import make_person, make_token
from tests.integration.accounts.test_second_factor import code_of, connect_app
from tests.personas import PASSWORD

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    cache.clear()


def with_password_alone(person: User) -> Client:
    browser = Client()
    browser.post(reverse("sign-in"), {"login": person.email, "password": PASSWORD}, secure=True)
    return browser


def later() -> Any:
    """When a second factor given now is no longer fresh."""
    return time_machine.travel(clock.now() + FRESH_FOR + timedelta(seconds=1), tick=False)


# What opens only with a second factor


@pytest.mark.parametrize(
    ("persona", "address"),
    [
        ("noa", "/environment/"),
        ("noa", "/project-applications/"),
        ("noa", "/my/projects/"),
        ("noa", "/airlock/requests/"),
        ("noa", "/django-admin/"),
        ("cora", "/review/"),
        ("cora", "/"),
        ("dev", "/notifications/"),
        ("sol", "/registry/"),
        ("ivo", "/people/"),
        ("gus", "/panels/"),
        ("finn", "/airlock/checks/"),
        ("hana", "/data/"),
    ],
)
def test_data_review_and_staff_pages__send_whoever_has_no_second_factor_to_set_one_up(
    people: Mapping[str, User], persona: str, address: str
) -> None:
    browser = with_password_alone(people[persona])
    answer = browser.get(address, secure=True)
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("mfa_index"))
    assert "opens only with a second factor" in browser.get(reverse("mfa_index"), secure=True).text


@pytest.mark.parametrize("address", ["/", "/account/", "/help/", "/panels/", "/communities/", "/getting-access/"])
def test_other_pages__are_open_to_whoever_holds_no_role(people: Mapping[str, User], address: str) -> None:
    assert with_password_alone(people["noa"]).get(address, secure=True).status_code == 200


@pytest.mark.parametrize("address", ["/account/", "/account/second-factor/app/add/", "/help/", "/sign-out/"])
def test_staff__can_always_set_one_up_read_the_help_and_leave(people: Mapping[str, User], address: str) -> None:
    assert with_password_alone(people["cora"]).get(address, secure=True).status_code == 200


def test_whoever_sets_one_up__goes_on_to_where_they_wanted_to_go(people: Mapping[str, User]) -> None:
    browser = with_password_alone(people["noa"])
    browser.get("/project-applications/?page=1", secure=True)
    connect_app(browser)
    assert 'href="/project-applications/?page=1"' in browser.get(reverse("mfa_index"), secure=True).text
    assert browser.get("/project-applications/", secure=True).status_code == 200


def test_whoever_takes_their_last_one_away__is_asked_again(people: Mapping[str, User]) -> None:
    browser = with_password_alone(people["noa"])
    connect_app(browser)
    assert browser.get("/project-applications/", secure=True).status_code == 200
    browser.post(reverse("mfa_deactivate_totp"), secure=True)
    assert browser.get("/project-applications/", secure=True).headers["Location"] == reverse("mfa_index")


def test_second_factor_of_somebody_else__counts_for_nothing(people: Mapping[str, User]) -> None:
    browser = with_password_alone(people["noa"])
    session = browser.session
    mark_second_factor(session, people["ben"])
    session.save()
    assert browser.get("/environment/", secure=True).status_code == 302


def test_part_of_a_page__is_told_to_load_the_page_that_asks(people: Mapping[str, User]) -> None:
    answer = with_password_alone(people["noa"]).get("/environment/", secure=True, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, reverse("mfa_index"))


def test_api__says_why_and_what_to_do(people: Mapping[str, User]) -> None:
    answer = with_password_alone(people["noa"]).get("/api/v1/queries/", secure=True)
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json")
    assert answer.json()["code"] == "second_factor"


def test_api__takes_a_token_which_was_made_with_a_second_factor(people: Mapping[str, User]) -> None:
    _, key = make_token(people["ada"])
    assert Client(headers={"Authorization": f"Bearer {key}"}).get("/api/v1/queries/", secure=True).status_code == 200


def test_access_to_data__needs_a_second_factor_and_getting_access_shows_the_step(
    people: Mapping[str, User], client_of: ClientOf
) -> None:
    ada = people["ada"]
    assert data_access(ada, clock.now()).granted
    Authenticator.objects.filter(user=ada).delete()
    access = data_access(ada, clock.now())
    gate = access.gate(Kind.SECOND_FACTOR)
    assert gate is not None
    assert (access.granted, gate.is_open) == (False, False)
    page = client_of("ada").get("/getting-access/").text
    assert "Set up a second factor" in page
    assert f'href="{reverse("mfa_index")}"' in page


# What asks for it anew


def test_weighty_act__asks_anew_after_ten_minutes_and_carries_out_what_was_typed(people: Mapping[str, User]) -> None:
    noa, sent = people["noa"], {"name": "Typed before", "days": "7", "scopes": ["queries:read", "queries:write"]}
    browser = with_password_alone(noa)
    secret = connect_app(browser)
    with later():
        asked = browser.post(reverse("token-create"), sent, secure=True)
        assert asked.headers["Location"].startswith(reverse("mfa_reauthenticate"))
        back = {"next": reverse("token-create")}
        wrong = browser.post(asked.headers["Location"], back | {"code": "000000"}, secure=True)
        assert wrong.status_code == 200
        assert not ApiToken.objects.filter(person=noa).exists()
        done = browser.post(asked.headers["Location"], back | {"code": code_of(secret)}, secure=True)
        assert "Token created" in done.text
        assert ApiToken.objects.get(person=noa, name="Typed before").scopes == ["queries:read", "queries:write"]
        again = browser.post(reverse("token-create"), sent | {"name": "Another"}, secure=True)
        assert again.status_code == 200, "within the next ten minutes nothing is asked"


def test_weighty_act__is_not_asked_for_before_what_was_typed_can_be_used(people: Mapping[str, User]) -> None:
    browser = with_password_alone(people["noa"])
    connect_app(browser)
    with later():
        answer = browser.post(
            reverse("token-create"), {"name": "", "days": "7", "scopes": ["profile:read"]}, secure=True
        )
        assert answer.status_code == 200
        assert "govuk-error-summary" in answer.text


def test_request_for_a_role__is_carried_out_on_its_page_after_the_code(people: Mapping[str, User]) -> None:
    ivo, noa = people["ivo"], people["noa"]
    browser = with_password_alone(ivo)
    secret = connect_app(browser)
    page = reverse("role-request-create", args=[noa.pk])
    sent = {"role": "panel_reviewer", "scope": "", "reason": "Typed at length before.", "until": ""}
    with later():
        asked = browser.post(page, sent, secure=True)
        assert not RoleRequest.objects.filter(person=noa).exists()
        code = {"code": code_of(secret), "next": page}
        done = browser.post(asked.headers["Location"], code, secure=True)
    assert done.headers["Location"] == reverse("person-detail", args=[noa.pk])
    assert RoleRequest.objects.get(person=noa).reason == "Typed at length before."


def test_signature__is_given_only_with_a_second_factor(people: Mapping[str, User]) -> None:
    noa, version = people["noa"], ConductVersion.objects.latest("number")
    sent = {"sha256": version.sha256, "typed_name": noa.display_name, "is_read": "on"}
    browser = with_password_alone(noa)
    answer = browser.post(reverse("conduct-sign"), sent, secure=True)
    assert answer.headers.get("Location") == reverse("mfa_index"), answer.text
    assert not ConductSignature.objects.filter(person=noa).exists()
    assert "What you typed was not kept" in browser.get(reverse("mfa_index"), secure=True).text


def test_program__cannot_do_what_carries_weight(people: Mapping[str, User]) -> None:
    with pytest.raises(ProofNeeded), proving(lambda: False):
        make_token(people["ada"])
    assert not ApiToken.objects.filter(person=people["ada"]).exists(), "nothing is half done"


def test_lectern_itself__is_asked_for_nothing(people: Mapping[str, User]) -> None:
    with proving(lambda: False), transaction.atomic():
        audit.record(Event.ROLE_ENDED, people["ada"], SystemActor("Clock"))
    assert AuditEvent.objects.filter(event=Event.ROLE_ENDED).exists()


# The last word of what happened, by which a signature, a vote, a decision or a grant is known.
WEIGHTY_WORDS = re.compile(
    r"(\.(signed|countersigned|signed_off|cast|voice_given|decided|approved|conditional|deferred|declined|turned_away|"
    r"refused|rejected|granted|appointed|upheld|overturned|dismissed|confirmed|verified|cleared|revoked|lifted|"
    r"reinstated|terminated|condemned|pseudonymised)|token\.created|role\.ended|grant\.extended)$"
)
# These read like decisions and are none.
NO_DECISION = {
    "accounts.identity.refused",  # the portal itself refuses, before anybody is signed in
    "accounts.token.revoked",  # takes away from oneself alone, and must never be put off
    "panelapp.entity.refused",  # a suggestion in a draft list, which the next curator takes in again
}


def test_every_signature_vote_decision_and_grant__asks_anew() -> None:
    found = {event for event in declared_events() if WEIGHTY_WORDS.search(event)} - NO_DECISION
    missing = sorted(event for event in found if not is_weighty(event))
    assert not missing, f"say in the events of their app that they weigh: {missing}"
    assert is_weighty(TrainingEvent.CONDUCT_SIGNED)


@pytest.mark.parametrize("event", sorted(event for event in declared_events() if is_weighty(event)))
def test_no_weighty_event__is_recorded_without_a_proof(people: Mapping[str, User], event: str) -> None:
    """Every change is recorded by this one function, whether it came by a page, the API or the admin."""
    with pytest.raises(ProofNeeded), proving(lambda: False), transaction.atomic():
        audit.record(event, people["ada"], people["ada"])
    with proving(lambda: True), transaction.atomic():
        audit.record(event, people["ada"], people["ada"])


# Case 39: around the second factor


def test_case_39__an_address_of_data_after_the_password_alone_leads_to_the_code_and_then_there(
    people: Mapping[str, User],
) -> None:
    person = people["noa"]
    secret = connect_app(with_password_alone(person))
    browser = with_password_alone(person)
    blocked = browser.get("/project-applications/?page=1", secure=True, follow=True)
    assert blocked.redirect_chain[-1][0].startswith(reverse("mfa_authenticate"))
    done = browser.post(blocked.redirect_chain[-1][0], {"code": code_of(secret, 1)}, secure=True)
    assert done.headers["Location"] == "/project-applications/?page=1"
    assert browser.get(done.headers["Location"], secure=True).status_code == 200


def test_case_39__a_recovery_code_and_a_code_of_the_app_are_each_good_once(people: Mapping[str, User]) -> None:
    person = people["noa"]
    here = with_password_alone(person)
    secret = connect_app(here)
    recovery = re.findall(r"<code>(\d+)</code>", here.post(reverse("mfa_view_recovery_codes"), secure=True).text)[0]
    for code in (recovery, code_of(secret, 1)):
        tries = [with_password_alone(person) for _ in range(2)]
        for browser in tries:
            browser.post(reverse("mfa_authenticate"), {"code": code}, secure=True)
            cache.clear()  # another worker, whose cache knows nothing
        assert [browser.get("/account/", secure=True).status_code for browser in tries] == [200, 302]


def test_case_39__a_stolen_session_enrols_no_factor_of_its_own_and_the_owner_is_told_of_each(
    people: Mapping[str, User], django_capture_on_commit_callbacks: Any
) -> None:
    person = make_person("Tess Tester", email="tess@tests.example")
    stolen = with_password_alone(person)
    with django_capture_on_commit_callbacks(execute=True):
        connect_app(stolen)
    outbox.deliver()
    told = [letter for letter in mail.outbox if letter.to == [person.email] and "factor was added" in letter.subject]
    assert len(told) == 1
    with later():
        for name in ("mfa_add_webauthn", "mfa_deactivate_totp", "mfa_view_recovery_codes"):
            for ask in (stolen.get, stolen.post):
                answer = ask(reverse(name), secure=True)
                assert answer.headers["Location"].startswith(reverse("mfa_reauthenticate")), name
    assert Authenticator.objects.filter(user=person).exclude(type="recovery_codes").count() == 1


# Case 41: what an old session is worth; of sign-in, password and factors test_signing_in and test_second_factor tell


def test_case_41__a_role_that_was_ended_opens_nothing_at_the_next_request(
    people: Mapping[str, User], client_of: ClientOf
) -> None:
    cora = client_of("cora")
    assert cora.get("/review/").status_code == 200
    held = RoleGrant.objects.get(person=people["cora"], role="arc_member", until=None)
    end_role(actor=SystemActor("Set-up"), grant=held, reason="Term is over.")
    assert cora.get("/review/").status_code in (403, 404)
