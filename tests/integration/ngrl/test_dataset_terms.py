"""What the data of a release may be used for: the terms that two people approved, by dataset, for everybody to read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from access_review.services import approve_data_use, propose_data_use
from accounts.roles import Role
from ngrl.models import Dataset, Release
from ngrl.services import withdraw_release
from tests.factories.accounts import make_person
from tests.factories.ngrl import SETUP, make_release
from tests.factories.turtle import read_turtle

pytestmark = pytest.mark.django_db
GENERAL, BIOMEDICAL, DISEASES = "0000042", "0000006", "0000007"
NOT_FOR_PROFIT, PUBLISHED = "0000018", "0000019"
DUO = "http://purl.obolibrary.org/obo/DUO_"
USAGE = "https://schema.org/usageInfo"
NONE_YET = "No terms are recorded yet"


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """Forty people in cancer and sixty in covid-19; those of cancer agreed to general research that is published."""
    release = make_release(
        tmp_path, 100, describe=lambda place: f"female\tEuropean\t{'cancer' if place < 40 else 'covid-19'}"
    )
    terms = [NOT_FOR_PROFIT, PUBLISHED]
    propose_data_use(actor=SETUP, dataset=cancer(), permission=GENERAL, modifiers=terms, reason="The form of 2025.")
    return release


def cancer() -> Dataset:
    return Dataset.objects.get(slug="cancer")


def covid() -> Dataset:
    return Dataset.objects.get(slug="covid-19")


def words(client: Client, release: Release) -> str:
    answer = client.get(release.get_absolute_url())
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def test_release__says_by_dataset_what_its_data_may_be_used_for(client: Client, release: Release) -> None:
    text = words(client, release)
    assert "What its data may be used for" in text
    assert (
        f"{cancer().name} General research (GRU), DUO:0000042 "
        "Not for profit, by users without profit (NPUNCU), DUO:0000018; Results are published (PUB), DUO:0000019 "
    ) in text
    assert f"{covid().name} {NONE_YET}" in text
    assert "The form of 2025" not in text
    withdraw_release(actor=SETUP, release=release, reason="Two lanes were swapped.")
    assert "General research (GRU), DUO:0000042" in words(client, release)


def test_terms__that_wait_for_a_second_person_are_not_shown_and_those_in_force_are_at_once(
    client: Client, release: Release
) -> None:
    first, second = (make_person(name, role=Role.DATA_MANAGER) for name in ("Una First", "Zoe Second"))
    waiting = propose_data_use(
        actor=first, dataset=covid(), permission=DISEASES, diseases=["MONDO:0100096"], reason="The form of 2026."
    )
    assert f"{covid().name} {NONE_YET}" in words(client, release)
    approve_data_use(actor=second, terms=waiting)
    text = words(client, release)
    assert NONE_YET not in text
    assert f"{covid().name} Research on certain diseases (DS), DUO:0000007: MONDO:0100096 Nothing" in text
    assert not any(secret in text for secret in ("Una First", "Zoe Second", "The form of 2026"))
    propose_data_use(actor=SETUP, dataset=cancer(), permission=BIOMEDICAL, reason="The form of 2027.")
    assert "General research" not in words(client, release)


def test_catalogue__names_the_terms_of_each_dataset_of_a_release(client: Client, release: Release) -> None:
    (dataset,) = client.get("/data/catalogue.jsonld").json()["dataset"]
    parts = {part["name"]: part for part in dataset["hasPart"]}
    assert set(parts) == set(dataset["keywords"])
    agreed = {f"{DUO}{digits}" for digits in (GENERAL, NOT_FOR_PROFIT, PUBLISHED)}
    assert {each["@id"] for each in parts[cancer().name]["usageInfo"]} == agreed
    assert "DUO:0000042" in parts[cancer().name]["dct:rights"]
    assert "usageInfo" not in parts[covid().name]
    assert parts[covid().name]["dct:rights"] == f"{NONE_YET}."
    triples = read_turtle(client.get("/data/catalogue.ttl").content.decode())
    assert {what for about, how, what in triples if how == USAGE} == agreed
    assert {about for about, how, _ in triples if how == USAGE} == {parts[cancer().name]["@id"]}


def test_page__asks_the_database_twelve_times_at_most(
    client: Client, release: Release, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(12):
        words(client, release)
