"""One person's variants in tiers: who may ask, what is said of the person, and that nothing is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ngrl.models import Participant, Release
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.services import withdraw_consent
from panelapp.models import Gene, Panel
from panelapp.services import EntityFacts, add_entity
from panelapp.vocabularies import EntityKind, Level
from portal.kernel.models import AuditEvent
from research_env.events import Event
from tests.factories.panels import CURATION, fresh, make_panel
from tests.factories.releases import CANARY, PHE508DEL_CARRIERS, load_tiny_release
from tests.integration.research_env.pages import body_of, open_page, text_of
from tests.personas import World

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]


@pytest.fixture
def release(world: World) -> Release:
    return load_tiny_release(world.people["hana"])


@pytest.fixture
def panel(release: Release) -> Panel:
    made = make_panel("Example of the lung")
    facts: EntityFacts = {
        "gene": Gene.objects.get(symbol="CFTR"),
        "sources": ["Literature"],
        "mode_of_inheritance": "MONOALLELIC, autosomal or pseudoautosomal, imprinted status unknown",
        "phenotypes": ["Example disease"],
    }
    add_entity(actor=CURATION, panel=made, kind=EntityKind.GENE, facts=facts, level=Level.GREEN)
    return fresh(made)


def person_at(release: Release, column: int) -> Participant:
    return Participant.objects.get(samples__release=release, samples__index=column)


def url_of(project: Any) -> str:
    return reverse("research_env:person-tiers", args=[project.reference])


def typed(world: World, release: Release, panel: Panel, column: int = PHE508DEL_CARRIERS[0], **more: Any) -> Any:
    name = ProjectPseudonyms(world.project.reference).encode(person_at(release, column).pk)
    # Among eighty people one copy is not rare, so these tests ask with wide limits
    limits = {"alone": "0.5", "as_a_pair": "0.5"}
    return {"person": name, "panel": str(panel.pk), "release": release.reference, **limits, **more}


def test_the_page__is_a_form_that_takes_a_name_along(
    world: World, release: Release, panel: Panel, client_of: SignedIn
) -> None:
    body = body_of(open_page(client_of("ada"), f"{url_of(world.project)}?person=ABC"))
    assert 'value="ABC"' in body
    assert 'value="0.001"' in body


def test_the_report__names_panel_version_variant_and_reason(
    world: World, release: Release, panel: Panel, client_of: SignedIn
) -> None:
    asked = typed(world, release, panel)
    answer = client_of("ada").post(url_of(world.project), asked)
    text = text_of(answer)
    assert panel.current is not None
    assert f"Example of the lung (panel {panel.pk}), version {panel.current.number}" in text
    assert "inframe deletion" in text
    assert "Changes the protein; fits the mode of inheritance; green gene." in text
    assert asked["person"] in text
    assert CANARY not in body_of(answer)


def test_the_report__as_pdf(world: World, release: Release, panel: Panel, client_of: SignedIn) -> None:
    answer = client_of("ada").post(url_of(world.project), typed(world, release, panel) | {"as": "pdf"})
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert CANARY.encode() not in answer.content


def test_asking__is_in_the_audit_log_without_the_person_s_name(
    world: World, release: Release, panel: Panel, client_of: SignedIn
) -> None:
    asked = typed(world, release, panel)
    client_of("ada").post(url_of(world.project), asked)
    event = AuditEvent.objects.get(event=Event.PERSON_TIERED)
    assert event.detail["panel"] == panel.pk
    assert asked["person"] not in str(event.detail)


def test_somebody_who_withdrew__is_nobody(world: World, release: Release, panel: Panel, client_of: SignedIn) -> None:
    asked = typed(world, release, panel)
    withdraw_consent(actor=world.people["hana"], participant=person_at(release, PHE508DEL_CARRIERS[0]))
    answer = client_of("ada").post(url_of(world.project), asked)
    assert "This is nobody whose genome the project can read" in text_of(answer)
    assert asked["person"] in body_of(answer)


def test_people_of_other_datasets_and_names_of_other_projects__are_nobody(
    world: World, release: Release, panel: Panel, client_of: SignedIn
) -> None:
    of_covid = typed(world, release, panel, column=81)
    assert "This is nobody" in text_of(client_of("ada").post(url_of(world.project), of_covid))
    theirs = ProjectPseudonyms(world.other_project.reference).encode(person_at(release, 0).pk)
    answer = client_of("ada").post(url_of(world.project), typed(world, release, panel) | {"person": theirs})
    assert answer.status_code == 200
    assert "Tier 1" not in text_of(answer)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("person", "", "Enter the person"),
        ("panel", "", "Choose a gene panel"),
        ("panel_version", "9.9", "has no version 9.9"),
        ("alone", "often", "Enter a frequency as a number"),
    ],
)
def test_what_is_wrong__is_said_beside_its_field_and_what_was_typed_stays(
    world: World, release: Release, panel: Panel, client_of: SignedIn, field: str, value: str, sentence: str
) -> None:
    answer = client_of("ada").post(url_of(world.project), typed(world, release, panel) | {field: value})
    assert sentence in text_of(answer)
    assert "Tier 1" not in text_of(answer)


def test_what_takes_too_long__is_refused_with_the_time(
    world: World, release: Release, panel: Panel, client_of: SignedIn, settings: Any
) -> None:
    settings.TIERING_MAX_SECONDS = 0
    text = text_of(client_of("ada").post(url_of(world.project), typed(world, release, panel)))
    assert "too long for a page" in text


@pytest.mark.parametrize(("who", "status"), [("eve", 404), ("cora", 404), ("hana", 404)])
def test_who_is_no_member__cannot_ask(
    world: World, release: Release, panel: Panel, client_of: SignedIn, who: str, status: int
) -> None:
    answer = client_of(who).post(url_of(world.project), typed(world, release, panel))
    assert answer.status_code == status
    assert not AuditEvent.objects.filter(event=Event.PERSON_TIERED).exists()


def test_without_panels__the_page_says_what_is_missing(world: World, release: Release, client_of: SignedIn) -> None:
    assert "No gene panel is open yet." in text_of(open_page(client_of("ada"), url_of(world.project)))
