"""The public pages of panels: who sees which panel, what stands on it at which version, and where a gene stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from panelapp.models import PanelEntity
from tests.integration.panelapp.shelf import Shelf, body_of, fill_shelf, text_of
from tests.integration.research_env.pages import open_page

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]


@pytest.fixture
def shelf(people: object) -> Shelf:
    return fill_shelf()


def test_list__shows_public_panels_alone(shelf: Shelf, client: Client) -> None:
    text = text_of(open_page(client, "/panels/"))
    assert shelf.panel.name in text
    assert shelf.super_panel.name in text
    assert shelf.internal.name not in text
    assert shelf.gone.name not in text
    assert "Status" not in text


def test_list__shows_a_curator_every_panel_with_its_status(shelf: Shelf, client_of: ClientOf) -> None:
    text = text_of(open_page(client_of("gus"), "/panels/"))
    assert shelf.internal.name in text
    assert "Deleted" in text


@pytest.mark.parametrize(
    "search", ["text=lung+infection", "text=RDEMO1", "group=Breathing+and+defence", "type=demo&text=lung"]
)
def test_list__is_narrowed_by_name_code_group_and_type(shelf: Shelf, client: Client, search: str) -> None:
    text = text_of(open_page(client, f"/panels/?{search}"))
    assert shelf.panel.name in text
    assert "1 panel found" in text


def test_list__without_panels_says_what_will_be_here(people: object, client: Client) -> None:
    assert "No panels yet" in text_of(open_page(client, "/panels/"))


def test_panel__shows_genes_greenest_first_with_ratings_in_words(shelf: Shelf, client: Client) -> None:
    answer = open_page(client, f"/panels/{shelf.panel.pk}/")
    text = text_of(answer)
    assert "Green (3)" in text
    assert text.index("invented name of CFTR") < text.index("invented name of TLR7")
    assert "Show the numbers as a table" in text
    assert "RDEMO1" in text
    assert "Signed off version 1.0" in text


@pytest.mark.parametrize("part", ["strs/", "regions/", "history/", "contributors/"])
def test_panel__has_its_parts_as_links(shelf: Shelf, client: Client, part: str) -> None:
    open_page(client, f"/panels/{shelf.panel.pk}/{part}")
    assert f"/panels/{shelf.panel.pk}/{part}" in body_of(client.get(f"/panels/{shelf.panel.pk}/"))


def test_panel__at_an_old_version_says_so_and_shows_what_stood_there(shelf: Shelf, client: Client) -> None:
    text = text_of(open_page(client, f"/panels/{shelf.panel.pk}/?version=0.1"))
    assert "You are looking at an old version" in text
    assert "invented name of CFTR" in text
    assert "invented name of TLR7" not in text


def test_panel__at_a_version_with_an_erratum_warns(shelf: Shelf, client: Client) -> None:
    erratum = shelf.panel.errata.get()
    text = text_of(open_page(client, f"/panels/{shelf.panel.pk}/?version={erratum.from_major}.{erratum.from_minor}"))
    assert erratum.text in text
    assert erratum.text not in text_of(client.get(f"/panels/{shelf.panel.pk}/"))


@pytest.mark.parametrize("version", ["9.9", "x", "1", "1.0%00.1"])
def test_panel__at_a_version_that_does_not_exist_is_not_found(shelf: Shelf, client: Client, version: str) -> None:
    assert client.get(f"/panels/{shelf.panel.pk}/?version={version}").status_code == 404


def test_panel__is_narrowed_by_rating_and_text(shelf: Shelf, client: Client) -> None:
    text = text_of(open_page(client, f"/panels/{shelf.panel.pk}/?level=1&text=tlr7"))
    assert "1 gene found" in text


def test_internal_panel__is_not_found_by_all_but_curators(shelf: Shelf, client_of: ClientOf) -> None:
    for part in ("", "strs/", "regions/", "history/", "history/diff/?old=0.0&new=0.0", "contributors/", "?version=0.0"):
        url = f"/panels/{shelf.internal.pk}/{part}"
        answers = [client_of(who).get(url).status_code for who in ("anon", "noa", "ada", "gus")]
        assert answers == [404, 404, 404, 200], url


def test_deleted_panel__is_gone_with_reason_and_successor(shelf: Shelf, client: Client) -> None:
    for part in ("", "history/", "contributors/", "genes/CFTR/"):
        text = text_of(open_page(client, f"/panels/{shelf.gone.pk}/{part}", status=410))
        assert "Its genes were taken into another panel." in text
        assert shelf.panel.name in text


def test_super_panel__says_which_panel_each_gene_comes_from(shelf: Shelf, client: Client) -> None:
    text = text_of(open_page(client, f"/panels/{shelf.super_panel.pk}/"))
    assert f"{shelf.panel.name} version {shelf.panel.version}" in text
    assert "invented name of SCN1A" in text


def test_history__lists_versions_and_their_reasons(shelf: Shelf, client: Client) -> None:
    text = text_of(open_page(client, f"/panels/{shelf.panel.pk}/history/"))
    assert "Three more families bear it out." in text
    assert "Genes by rating over time" in text


def test_diff__says_what_changed_between_any_two_versions(shelf: Shelf, client: Client) -> None:
    text = text_of(open_page(client, f"/panels/{shelf.panel.pk}/history/diff/?old=0.1&new=1.0"))
    assert "TLR7 Entity added" in text
    assert client.get(f"/panels/{shelf.panel.pk}/history/diff/?old=0.1").status_code == 404


@pytest.mark.parametrize("part", ["", "reviews/", "details/", "history/"])
def test_entity__has_summary_reviews_details_and_history(shelf: Shelf, client: Client, part: str) -> None:
    entity = PanelEntity.objects.filter(panel=shelf.panel, reviews__isnull=False).get()
    answer = open_page(client, f"/panels/{shelf.panel.pk}/genes/{entity.name}/{part}")
    said = {
        "": "Green 1 Amber 0 Red 0",
        "reviews/": "Seen in three families",
        "details/": f"invented name of {entity.name}",
        "history/": "Traffic light changed from Red (1) to Green (3)",
    }
    assert said[part] in text_of(answer)
    assert "@" not in text_of(answer).replace("help@", "")


def test_entity__that_does_not_stand_there_is_not_found(shelf: Shelf, client: Client) -> None:
    for name in ("BRCA1", "nothing", "a%20b"):
        assert client.get(f"/panels/{shelf.panel.pk}/genes/{name}/").status_code == 404


def test_gene__lists_every_panel_with_its_rating_and_history(shelf: Shelf, client: Client) -> None:
    text = text_of(open_page(client, "/panels/genes/CFTR/"))
    assert shelf.panel.name in text
    assert "Green (3)" in text
    assert "Its ratings over time" in text


def test_gene__by_an_earlier_symbol_leads_to_the_present_one(shelf: Shelf, client: Client) -> None:
    answer = client.get("/panels/genes/OLDCFTR/")
    assert (answer.status_code, answer["Location"]) == (301, "/panels/genes/CFTR/")
    assert client.get("/panels/genes/NOGENE/").status_code == 404


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("CFTR", "invented name of CFTR"),
        ("OLDCFTR", "OLDCFTR is now CFTR"),
        ("Cystic", "Cystic fibrosis"),
        ("HP:0001250", "seizures that begin early"),
        ("rdemo1", "frequent lung infection"),
        ("nothing like it", "Nothing was found"),
        ("", "Try the name of a disorder"),
    ],
)
def test_search__finds_by_gene_alias_disease_term_and_code(
    shelf: Shelf, client: Client, asked: str, found: str
) -> None:
    text = text_of(open_page(client, f"/panels/search/?q={asked}"))
    assert found in text
    assert shelf.internal.name not in text


def test_activity__tells_of_public_panels_alone(shelf: Shelf, client: Client, client_of: ClientOf) -> None:
    assert shelf.internal.name not in text_of(open_page(client, "/panels/activity/"))
    assert shelf.panel.name in text_of(open_page(client, "/panels/activity/"))
    assert shelf.internal.name in text_of(open_page(client_of("gus"), "/panels/activity/"))
