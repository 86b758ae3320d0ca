"""Old addresses lead on, the old web service says where it went, and a release is looked at before it goes out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from panelapp import services
from panelapp.models import Gene, Panel, PanelEntity
from portal.kernel.access import SystemActor
from tests.integration.panelapp.shelf import Shelf, fill_shelf, text_of

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]
HASH = "55a9041e22c1fc6711b0c6c0"


@pytest.fixture
def shelf(people: object) -> Shelf:
    return fill_shelf()


def test_old_addresses__lead_to_where_things_are_now(shelf: Shelf, client: Client) -> None:
    Panel.objects.filter(pk=shelf.panel.pk).update(hash_id=HASH)
    here = f"/panels/{shelf.panel.pk}/"
    for old, new in (
        (f"/panels/{HASH}/", here),
        (f"/panels/{HASH}/CFTR/", f"{here}genes/CFTR/"),
        (f"{here}gene/CFTR/", f"{here}genes/CFTR/"),
        (f"{here}gene/HGNC:900001/", f"{here}genes/CFTR/"),
        ("/panels/entities/CFTR/", "/panels/genes/CFTR/"),
        ("/panels/genes/HGNC:900001/", "/panels/genes/CFTR/"),
    ):
        answer = client.get(old)
        assert (answer.status_code, answer.headers.get("Location")) == (301, new), old


@pytest.mark.parametrize("rest", ["gene/CFTR/", "gene/HGNC:900001/", "str/X/", "region/X/"])
def test_old_addresses__of_hidden_panels_lead_nowhere(shelf: Shelf, client: Client, rest: str) -> None:
    Panel.objects.filter(pk=shelf.internal.pk).update(hash_id=HASH)
    gene = Gene.objects.get(symbol="CFTR")
    services.add_entity(actor=SystemActor("Test"), panel=shelf.internal, kind="gene", facts={"gene": gene})
    assert client.get(f"/panels/{shelf.internal.pk}/{rest}").status_code == 404
    assert client.get(f"/panels/{HASH}/").status_code == 404
    assert client.get(f"/panels/{HASH}/CFTR/").status_code == 404


@pytest.mark.parametrize("rest", ["", "list_panels/?Name=x", "get_panel/1/", "search_genes/CFTR/"])
def test_old_web_service__is_gone_and_says_where_to_go(client: Client, rest: str) -> None:
    answer = client.get(f"/WebServices/{rest}")
    assert answer.status_code == 410
    assert answer.json()["successor"].endswith("/api/v1/panels/")


def test_release__shows_a_checklist_and_what_changed_since_the_last_sign_off(shelf: Shelf, client_of: ClientOf) -> None:
    gus = client_of("gus")
    entity = PanelEntity.objects.select_related("panel").get(panel=shelf.panel, name="TLR7")
    services.update_entity(actor=SystemActor("Test"), entity=entity, facts={"mode_of_inheritance": ""})
    services.set_rating(actor=SystemActor("Test"), entity=entity, level=3, reason="For a test.")  # type: ignore[arg-type]
    for act in ("promote", "sign-off"):
        page = gus.get(f"/panels/{shelf.panel.pk}/{act}/")
        assert "Green without inheritance TLR7" in text_of(page)
        assert "Suggestions that wait None" in text_of(page)
        assert "which was signed off last" in text_of(page)
        assert f"/panels/{shelf.panel.pk}/history/diff/?old=1.0&amp;new=" in page.content.decode()


def test_super_panel__names_its_parts_at_their_versions(shelf: Shelf, client: Client) -> None:
    page = text_of(client.get(f"/panels/{shelf.super_panel.pk}/"))
    assert f"{shelf.panel.name} {Panel.objects.get(pk=shelf.panel.pk).version}" in page
