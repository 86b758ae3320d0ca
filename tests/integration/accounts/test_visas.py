"""GA4GH visas through HTTP, read with another library than the one that signs them (PyJWT)."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import jwt
import pytest
from django.test import Client
from joserfc import jwt as signer
from joserfc.jwk import ECKey

from access_review.models import DatasetGrant, ProjectMember
from accounts.models import Affiliation, Institution, User
from accounts.roles import Role
from accounts.services import close_account, move_institution
from accounts.visas import person_of, subject_of
from accounts.visas.keys import add_key, keys
from portal.kernel import clock
from tests.factories.accounts import SETUP, make_person, make_token
from tests.personas import World

AUDIENCE = "https://other.example/"
_numbers = count(1)
JKU = "http://127.0.0.1:8000/.well-known/jwks.json"


def bearer(person: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(person, f'Visas {next(_numbers)}')[1]}"}


def issued(person: User, audience: str = "") -> dict[str, Any]:
    answer = Client().get("/api/v1/me/visas/", {"audience": audience} if audience else {}, headers=bearer(person))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def published() -> dict[str, Any]:
    return {key["kid"]: jwt.PyJWK(key) for key in Client().get("/.well-known/jwks.json").json()["keys"]}


def read(token: str, audience: str | None = None) -> dict[str, Any]:
    """What another house does: it takes our published keys and believes no other algorithm."""
    key = published()[jwt.get_unverified_header(token)["kid"]]
    options: Any = {"require": ["iss", "sub", "iat", "exp", "jti"]}
    return dict(jwt.decode(token, key, algorithms=["ES256"], audience=audience, options=options))


def said_of(person: User) -> dict[str, list[str]]:
    """Values by type of visa."""
    found: dict[str, list[str]] = {}
    for token in issued(person)["ga4gh_passport_v1"]:
        visa = read(token)["ga4gh_visa_v1"]
        found.setdefault(visa["type"], []).append(visa["value"])
    return found


def holds(token: str, audience: str = "") -> bool:
    body = {"token": token, "audience": audience}
    answer = Client().post("/api/v1/visas/check/", body, content_type="application/json")
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["active"])


def test_visas__say_where_one_works_what_one_signed_what_one_is_and_which_data_one_may_read(world: World) -> None:
    said = said_of(world.people["ada"])
    assert said["AffiliationAndRole"] == ["member@northmoor.example"]
    assert said["AcceptedTermsAndPolicies"] == ["http://127.0.0.1:8000/conduct/1/"]
    assert said["ResearcherStatus"] == ["https://doi.org/10.1038/s41431-018-0219-y"]
    assert said["ControlledAccessGrants"]
    assert all(value.startswith("http://127.0.0.1:8000/data/datasets/") for value in said["ControlledAccessGrants"])


def test_visa__has_the_header_and_the_claims_that_the_specification_asks_for(world: World) -> None:
    for token in issued(world.people["ada"])["ga4gh_passport_v1"]:
        header, body = jwt.get_unverified_header(token), read(token)
        assert (header["alg"], header["typ"], header["jku"]) == ("ES256", "vnd.ga4gh.visa+jwt", JKU)
        assert body["iss"] == "http://127.0.0.1:8000/"
        assert 0 < body["exp"] - body["iat"] <= 3600
        visa = body["ga4gh_visa_v1"]
        assert set(visa) == {"type", "asserted", "value", "source", "by"}
        assert visa["asserted"] <= body["iat"]
        assert visa["by"] in {"self", "so", "dac"}
        assert (visa["by"] == "dac") == (visa["type"] == "ControlledAccessGrants")


def test_visas__tell_nothing_of_the_person_but_a_name_that_is_the_same_each_time(world: World) -> None:
    ada = world.people["ada"]
    bodies = [read(token) for token in [*issued(ada)["ga4gh_passport_v1"], *issued(ada)["ga4gh_passport_v1"]]]
    assert {body["sub"] for body in bodies} == {subject_of(ada)}
    assert len({body["jti"] for body in bodies}) == len(bodies)
    assert ada.email not in json.dumps(bodies)
    assert ada.display_name not in json.dumps(bodies)
    assert person_of(subject_of(ada)) == ada
    assert person_of("0" * 32) is None
    assert subject_of(world.people["ben"]) != subject_of(ada)


def test_visa__ends_with_what_it_says_where_that_is_sooner_than_an_hour(world: World) -> None:
    ada, soon = world.people["ada"], clock.now() + timedelta(minutes=10)
    Affiliation.objects.filter(person=ada).update(valid_until=soon)
    for token in issued(ada)["ga4gh_passport_v1"]:
        assert read(token)["exp"] <= soon.timestamp()


def test_passport__carries_the_visas_and_is_for_its_audience_alone(world: World) -> None:
    answer = issued(world.people["ada"], AUDIENCE)
    assert jwt.get_unverified_header(answer["passport"])["typ"] == "vnd.ga4gh.passport+jwt"
    assert read(answer["passport"], AUDIENCE)["ga4gh_passport_v1"] == answer["ga4gh_passport_v1"]
    with pytest.raises(jwt.InvalidAudienceError):
        read(answer["passport"], "https://elsewhere.example/")
    assert holds(answer["passport"], AUDIENCE)
    assert not holds(answer["passport"], "https://elsewhere.example/")
    assert not holds(answer["passport"])


def test_visas__for_an_audience_that_is_no_address_are_refused(world: World) -> None:
    answer = Client().get("/api/v1/me/visas/", {"audience": "other"}, headers=bearer(world.people["ada"]))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "audience"


def test_visas__of_somebody_new_are_none(world: World) -> None:
    assert issued(world.people["noa"])["ga4gh_passport_v1"] == []
    assert Client().get("/api/v1/me/visas/").status_code == 401


def test_visas_for_data__follow_the_grants_at_once_and_stop_with_them(world: World) -> None:
    ada, at = world.people["ada"], clock.now()
    token = issued(ada)["ga4gh_passport_v1"][-1]
    assert read(token)["ga4gh_visa_v1"]["type"] == "ControlledAccessGrants"
    assert holds(token)
    DatasetGrant.objects.filter(project=world.project).update(until=at)
    assert "ControlledAccessGrants" not in said_of(ada)
    assert not holds(token)


@pytest.mark.parametrize("state", ["suspended", "closed"])
def test_visas_for_data__stop_with_the_project(world: World, state: str) -> None:
    world.project.status = state
    world.project.save(update_fields=["status"])
    assert "ControlledAccessGrants" not in said_of(world.people["ada"])


def test_visas_for_data__stop_with_the_place_in_the_project(world: World) -> None:
    ben = world.people["ben"]
    assert "ControlledAccessGrants" in said_of(ben)
    ProjectMember.objects.filter(person=ben).update(until=clock.now())
    assert "ControlledAccessGrants" not in said_of(ben)


def test_visas__of_a_suspended_institution_are_not_issued_and_hold_no_more(world: World) -> None:
    ada = world.people["ada"]
    token = issued(ada)["ga4gh_passport_v1"][0]
    institution = Institution.objects.get(affiliations__person=ada)
    move_institution(actor=world.people["ivo"], institution=institution, action="suspend", reason="For a test.")
    said = said_of(ada)
    assert set(said) <= {"AcceptedTermsAndPolicies"}
    assert not holds(token)


def test_case_22__a_token_of_a_closed_account_is_refused_and_its_visas_hold_no_more(people: Mapping[str, User]) -> None:
    person = make_person(role=Role.RESEARCHER)
    program = bearer(person)
    answer = Client().get("/api/v1/me/visas/", {"audience": AUDIENCE}, headers=program).json()
    assert all(holds(token) for token in answer["ga4gh_passport_v1"])
    close_account(actor=SETUP, person=person, reason="For a test.")
    assert Client().get("/api/v1/me/visas/", headers=program).status_code == 401
    assert not any(holds(token) for token in answer["ga4gh_passport_v1"])
    assert not holds(answer["passport"], AUDIENCE)


# Case 40: what others may send in our name.


def forged(world: World, key: Any = None, header: Mapping[str, Any] = {}, **claims: Any) -> str:
    """One of ada's visas, signed again with our own key unless another is given, with other words in it."""
    token = issued(world.people["ada"])["ga4gh_passport_v1"][0]
    head = {**jwt.get_unverified_header(token), **header}
    return signer.encode(head, read(token) | claims, key or keys()[0], algorithms=[head["alg"]])


def test_case_40__what_we_signed_ourselves_holds(world: World) -> None:
    assert holds(forged(world))


def by_hand(world: World, algorithm: str, secret: bytes = b"") -> str:
    """One of ada's visas under an algorithm that no library would write for us."""
    token = issued(world.people["ada"])["ga4gh_passport_v1"][0]
    header = jwt.get_unverified_header(token) | {"alg": algorithm}
    signed = ".".join(jwt.utils.base64url_encode(json.dumps(part).encode()).decode() for part in (header, read(token)))
    signature = hmac.digest(secret, signed.encode(), "sha256") if secret else b""
    return f"{signed}.{jwt.utils.base64url_encode(signature).decode()}"


def test_case_40__a_visa_without_signature_is_refused(world: World) -> None:
    assert not holds(by_hand(world, "none"))
    assert not holds(by_hand(world, "ES256"))


def test_case_40__our_public_key_used_as_a_shared_secret_is_refused(world: World) -> None:
    assert not holds(by_hand(world, "HS256", keys()[0].as_pem(private=False)))


def test_case_40__a_visa_that_points_to_keys_elsewhere_is_refused_and_nothing_is_fetched(world: World) -> None:
    elsewhere = ECKey.generate_key("P-256")
    assert not holds(forged(world, header={"jku": "https://attacker.example/jwks.json"}))
    assert not holds(forged(world, elsewhere, {"jku": "https://attacker.example/jwks.json", "kid": "theirs"}))
    assert not holds(forged(world, elsewhere))


def test_case_40__an_expired_visa_and_one_that_lasts_too_long_are_refused(world: World) -> None:
    now = int(clock.now().timestamp())
    assert not holds(forged(world, iat=now - 3700, exp=now - 100))
    assert not holds(forged(world, exp=now + 7200))
    assert not holds(forged(world, iat=now + 600, exp=now + 1200))


def test_case_40__a_visa_of_another_issuer_or_about_another_person_is_refused(world: World) -> None:
    assert not holds(forged(world, iss="https://attacker.example/"))
    assert not holds(forged(world, sub=subject_of(world.people["noa"])))
    assert not holds(forged(world, sub="ada"))


def test_case_40__a_passport_with_somebody_elses_visas_is_refused(world: World) -> None:
    theirs = issued(world.people["eve"])["ga4gh_passport_v1"]
    stuffed = forged(
        world, header={"typ": "vnd.ga4gh.passport+jwt"}, aud=AUDIENCE, ga4gh_passport_v1=theirs, ga4gh_visa_v1=None
    )
    assert not holds(stuffed, AUDIENCE)


def test_keys__are_changed_without_a_gap_and_the_one_before_stays_published(
    world: World, settings: Any, tmp_path: Path
) -> None:
    settings.VISA_KEYS_FILE = str(tmp_path / "keys.pem")
    first = add_key(tmp_path / "keys.pem")
    before = issued(world.people["ada"])["ga4gh_passport_v1"][0]
    second = add_key(tmp_path / "keys.pem")
    assert list(published()) == [second, first]
    after = issued(world.people["ada"])["ga4gh_passport_v1"][0]
    assert [jwt.get_unverified_header(token)["kid"] for token in (before, after)] == [first, second]
    assert holds(before)
    assert holds(after)
    add_key(tmp_path / "keys.pem")
    assert not holds(before)
    assert (tmp_path / "keys.pem").stat().st_mode & 0o077 == 0


def test_keys__published_are_public_halves_alone(world: World) -> None:
    answer = Client().get("/.well-known/jwks.json")
    assert answer.headers["Content-Type"] == "application/jwk-set+json"
    assert all(set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"} for key in answer.json()["keys"])


def test_portal_without_keys__issues_no_visas(world: World, settings: Any) -> None:
    settings.VISA_KEYS_FILE = ""
    answer = Client().get("/api/v1/me/visas/", headers=bearer(world.people["ada"]))
    assert answer.status_code == 404
    assert "no keys" in answer.json()["detail"]
    assert Client().get("/.well-known/jwks.json").json() == {"keys": []}


def test_asserted__is_when_it_was_decided(world: World) -> None:
    decided = datetime(2026, 1, 5, 9, tzinfo=UTC)
    Affiliation.objects.filter(person=world.people["ada"]).update(confirmed_at=decided)
    visas = [read(token)["ga4gh_visa_v1"] for token in issued(world.people["ada"])["ga4gh_passport_v1"]]
    assert [v["asserted"] for v in visas if v["type"] == "AffiliationAndRole"] == [int(decided.timestamp())]
