"""Cases against controls: who may compare, that the numbers are those of the people, and that withdrawal is heeded."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ngrl.models import Participant, Release
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.services import withdraw_consent
from portal.kernel.models import AuditEvent
from research_env.events import Event
from research_env.models import Query, SavedCohort
from research_env.results import read_table
from research_env.saved_cohorts import people_of
from research_env.services import save_cohort
from tests.factories.clinical import SEIZURE, load_tiny_release_with_tables
from tests.factories.releases import CANARY
from tests.factories.research_env import finished
from tests.integration.research_env import pages
from tests.integration.research_env.pages import body_of, text_of
from tests.personas import World

pytestmark = pytest.mark.django_db
# Each cohort is read in a scope that is begun, and ended with the page.
open_page = partial(pages.open_page, most=15)
SignedIn = Callable[[str], Client]
ILL = {"column": "phenotypes.hpo", "codes": [SEIZURE], "descendants": True}


@pytest.fixture
def release(world: World) -> Release:
    return load_tiny_release_with_tables(world.people["hana"])


@pytest.fixture
def query(world: World, release: Release) -> Query:
    return finished(world, genes="CFTR G6PD")


def cohort(world: World, release: Release, criteria: Any = ILL, who: str = "ada", name: str = "Ill") -> SavedCohort:
    project = world.project if who in {"ada", "ben"} else world.other_project
    return save_cohort(actor=world.people[who], project=project, release=release, name=name, criteria=criteria)


def url_of(query: Query, cases: SavedCohort, file: bool = False, **more: Any) -> str:
    address = reverse(f"research_env:query-burden{'-file' if file else ''}", args=[query.reference])
    return f"{address}?" + "&".join(f"{name}={value}" for name, value in {"cases": cases.reference, **more}.items())


def by_hand(query: Query, cases: set[int]) -> dict[str, tuple[int, int]]:
    """Carriers among cases and among everybody else, by gene, one row at a time."""
    gene = {row["variant_id"]: row["gene_symbol"] for row in read_table(query.result, "variants").to_pylist()}
    cipher = ProjectPseudonyms(query.project.reference)
    people: dict[str, set[int]] = {}
    for row in read_table(query.result, "carriers").to_pylist():
        people.setdefault(gene[row["variant_id"]], set()).add(cipher.decode(row["pseudonym"]))
    return {name: (len(found & cases), len(found - cases)) for name, found in people.items() if name}


def test_numbers__are_those_of_the_people(world: World, release: Release, query: Query, client_of: SignedIn) -> None:
    cases = cohort(world, release)
    answer = client_of("ada").get(url_of(query, cases, file=True))
    rows = list(csv.DictReader(body_of(answer).splitlines()))
    found = {row["gene_symbol"]: (int(row["case_carriers"]), int(row["control_carriers"])) for row in rows}
    members = set(people_of(cases).values_list("pk", flat=True))
    assert found == by_hand(query, members)
    assert any(one and other for one, other in found.values())
    assert {int(row["case_count"]) + int(row["control_count"]) for row in rows} == {query.result.cohort_size}


def test_page__shows_test_corrections_and_pictures(
    world: World, release: Release, query: Query, client_of: SignedIn
) -> None:
    page = open_page(client_of("ada"), url_of(query, cohort(world, release)))
    said = text_of(page)
    for words in ("Fisher's exact test, two-sided", "2 genes: Bonferroni", "CFTR", "G6PD", "Odds ratio"):
        assert words in said, words
    body = body_of(page)
    assert body.count("<circle") + body.count("<polygon") == 4 + 1, "two genes in two pictures, and the band"
    assert "The line is Bonferroni's for 2 genes at 5%: p = 0.05 / 2 = 0.025." in said
    for name in ("manhattan", "quantiles"):
        assert f'aria-labelledby="{name}-title {name}-desc"' in body
        assert f'<desc id="{name}-desc">2 ' in body
    assert " style=" not in body
    assert CANARY not in body_of(page)


def test_page__regression_names_its_covariates(
    world: World, release: Release, query: Query, client_of: SignedIn
) -> None:
    page = open_page(client_of("ada"), url_of(query, cohort(world, release), test="regression", covariates="sex"))
    assert "Logistic regression; covariates: sex" in text_of(page)


def test_without_a_cohort__the_page_says_what_to_do(query: Query, client_of: SignedIn) -> None:
    assert "No cohort to compare yet" in text_of(open_page(client_of("ada"), query.get_absolute_url() + "burden/"))


def test_somebody_in_both_groups__is_left_out(
    world: World, release: Release, query: Query, client_of: SignedIn
) -> None:
    everybody = cohort(world, release, {"all": []}, name="All")
    ill = cohort(world, release)
    said = text_of(open_page(client_of("ada"), url_of(query, ill, controls=everybody.reference), 200))
    assert "Nobody in this query's cohort is a case" in said
    said = text_of(open_page(client_of("ada"), url_of(query, ill, controls=ill.reference)))
    assert "Choose another cohort than that of the cases" in said


def test_withdrawn_people__close_the_comparison(
    world: World, release: Release, query: Query, client_of: SignedIn
) -> None:
    cases = cohort(world, release)
    withdraw_consent(actor=world.people["hana"], participant=Participant.objects.filter(samples__release=release)[0])
    open_page(client_of("ada"), url_of(query, cases), 409)
    assert client_of("ada").get(url_of(query, cases, file=True)).status_code == 409


def test_cohort_that_the_reader_does_not_see__cannot_be_compared(
    world: World, release: Release, query: Query, client_of: SignedIn
) -> None:
    bens = cohort(world, release, who="ben", name="Bens own")
    eves = cohort(world, release, who="eve", name="Eves own")
    ada, ben = client_of("ada"), client_of("ben")  # ada leads, so she sees Ben's
    assert ben.get(url_of(query, bens)).status_code == 404, "the query is not shown to Ben"
    assert "Choose one of the project" in text_of(open_page(ada, url_of(query, eves)))
    assert "Eves own" not in body_of(open_page(ada, url_of(query, bens)))


def test_outsiders__get_404_and_no_file(world: World, release: Release, query: Query, client_of: SignedIn) -> None:
    cases = cohort(world, release)
    for who in ("eve", "gus"):
        assert client_of(who).get(url_of(query, cases)).status_code == 404
        assert client_of(who).get(url_of(query, cases, file=True)).status_code == 404


def test_file__is_recorded_and_the_page_is_not(
    world: World, release: Release, query: Query, client_of: SignedIn
) -> None:
    cases = cohort(world, release)
    taken = AuditEvent.objects.filter(event=Event.RESULT_DOWNLOADED)
    before = taken.count()
    open_page(client_of("ada"), url_of(query, cases))
    assert taken.count() == before
    client_of("ada").get(url_of(query, cases, file=True))
    assert taken.count() == before + 1
    assert taken.order_by("-pk").first().detail == {"table": "burden", "format": "csv"}  # type: ignore[union-attr]


def test_file_without_groups__is_refused(world: World, release: Release, query: Query, client_of: SignedIn) -> None:
    cohort(world, release)
    answer = client_of("ada").get(reverse("research_env:query-burden-file", args=[query.reference]))
    assert answer.status_code == 422
