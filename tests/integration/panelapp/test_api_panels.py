"""The API of panels: who sees what, pages, both slash forms, caching, versions, and what was deleted."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from django.test import Client

from accounts.roles import Role
from panelapp.models import Panel, PanelEntity
from panelapp.services import (
    add_entity,
    change_panel_status,
    create_panel,
    delete_panel,
    issue_erratum,
    promote_panel,
    update_entity,
)
from tests.factories.accounts import make_person, make_token
from tests.factories.panels import CURATION, add_gene, add_region, add_str, fresh, make_gene, make_panel

pytestmark = pytest.mark.django_db
API = "/api/v1/"


def ask(path: str, status: int = 200, **headers: str) -> Any:
    response = Client().get(API + path, headers=headers)
    assert response.status_code == status, (path, response.status_code, response.content[:300])
    assert response.headers["Content-Type"] == "application/json"
    return json.loads(response.content)


@pytest.fixture
def panel() -> Panel:
    made = make_panel("Example disorder", genes=["GENA", "GENB", "GENC"])
    add_str(made)
    add_region(made)
    return fresh(made)


# Who sees what: section 2.3 of the specification, each leak as a 404.

NESTED = (
    "",
    "?version=0.0",
    "genes/",
    "strs/",
    "regions/",
    "genes/GENA/evaluations/",
    "activities/",
    "versions/",
    "versions/0.0/",
    "diff/?from=0.0&to=0.1",
)


@pytest.mark.parametrize("rest", NESTED)
def test_internal_panel__is_not_there(rest: str) -> None:
    hidden = make_panel(genes=["GENA"], is_open=False)
    assert ask(f"panels/{hidden.pk}/{rest}", 404) == {"detail": "Not found."}


@pytest.mark.parametrize("rest", [rest for rest in NESTED if rest and "version" not in rest and "diff" not in rest])
def test_deleted_panel__shows_nothing_of_what_was_on_it(panel: Panel, rest: str) -> None:
    delete_panel(actor=CURATION, panel=panel, reason="Merged")
    assert ask(f"panels/{panel.pk}/{rest}", 410)["detail"] == "This panel was deleted."


@pytest.mark.parametrize("rest", NESTED)
def test_panel_deleted_before_anybody_saw_it__is_not_there(rest: str) -> None:
    hidden = make_panel(genes=["GENA"], is_open=False)
    delete_panel(actor=CURATION, panel=hidden, reason="A mistake")
    assert ask(f"panels/{hidden.pk}/{rest}", 404) == {"detail": "Not found."}


def test_lists__hold_nothing_of_hidden_panels(panel: Panel) -> None:
    hidden = make_panel("Hidden disorder", genes=["GENH"], is_open=False)
    for path in ("panels/", "panels/?retired=1", "genes/", "entities/", "activities/", "changes/", "panels/signedoff/"):
        assert "GENH" not in json.dumps(ask(path)), path
        assert "Hidden" not in json.dumps(ask(path)), path
    assert ask("genes/GENH/")["count"] == 0
    assert ask(f"changes/?panel_id={hidden.pk}")["results"] == []


def test_what_waits_for_a_curator__is_nowhere(panel: Panel) -> None:
    reviewer = make_person(role=Role.PANEL_REVIEWER)
    add_entity(actor=reviewer, panel=panel, kind="gene", facts={"gene": make_gene("GENW", 900_050)})
    for path in (f"panels/{panel.pk}/", f"panels/{panel.pk}/genes/", "genes/GENW/", "entities/"):
        assert '"GENW"' not in json.dumps(ask(path)), path


def test_retired_panel__is_there_for_those_who_ask_for_it(panel: Panel) -> None:
    change_panel_status(actor=CURATION, panel=panel, action="retire", reason="Old")
    assert ask("panels/")["count"] == 0
    assert ask("panels/?retired=True")["results"][0]["status"] == "retired"
    assert ask(f"panels/{panel.pk}/", 404) == {"detail": "Not found."}
    assert ask(f"panels/{panel.pk}/?retired=1")["id"] == panel.pk


def test_curator__sees_internal_panels_with_a_token() -> None:
    hidden = make_panel(is_open=False)
    curator = make_person(role=Role.PANEL_CURATOR)
    _, key = make_token(curator)
    for scheme in ("Bearer", "Token"):
        assert ask(f"panels/{hidden.pk}/", Authorization=f"{scheme} {key}")["status"] == "internal"
    assert Client().get(f"{API}panels/", headers={"Authorization": "Token wrong"}).status_code == 401


def test_deleted_panel__says_why_and_where_to_go_on(panel: Panel) -> None:
    other = make_panel("Successor")
    delete_panel(actor=CURATION, panel=panel, reason="Merged into another", successor=other)
    gone = ask(f"panels/{panel.pk}/", 410)
    assert (gone["reason"], gone["successor"]) == ("Merged into another", str(other.pk))
    versions = ask(f"panels/{panel.pk}/versions/")["results"]
    assert versions[0]["status"] == "public"
    assert ask(f"panels/{panel.pk}/versions/{versions[0]['version']}/")["genes"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["panels/", "panels/1/", "genes/", "changes/"])
def test_nothing__is_changed_here(method: str, path: str) -> None:
    assert getattr(Client(), method)(API + path).status_code == 405


# Shapes


@pytest.mark.parametrize(
    "path",
    [
        *("panels", "panels/{id}", "panels/{id}/genes", "panels/{id}/strs", "panels/{id}/regions"),
        *("panels/{id}/activities", "panels/{id}/versions", "panels/signedoff", "genes", "strs", "regions"),
        *("genes/GENA", "strs/GENB_CAG", "entities", "entities/GENA", "activities", "changes"),
        *("panels/{id}/genes/GENA/evaluations", "panels/{id}/versions/0.0"),
    ],
)
def test_both_slash_forms__answer_the_same(panel: Panel, path: str) -> None:
    path = path.format(id=panel.pk)
    bare, slashed = (Client().get(f"{API}{path}{end}") for end in ("", "/"))
    assert (bare.status_code, bare.content) == (200, slashed.content)
    assert bare.headers["Access-Control-Allow-Origin"] == "*"
    assert Client().get(f"{API}{path}/?format=json").status_code == 200


def test_panel__can_be_asked_for_by_hash_id_and_name(panel: Panel) -> None:
    Panel.objects.filter(pk=panel.pk).update(hash_id="0123456789abcdef01234567")
    assert ask("panels/0123456789abcdef01234567/")["id"] == panel.pk
    assert ask("panels/Example disorder/")["id"] == panel.pk


def test_detail__has_entities_without_a_panel_key(panel: Panel) -> None:
    seen = ask(f"panels/{panel.pk}/")
    assert [gene["entity_name"] for gene in seen["genes"]] == ["GENA", "GENB", "GENC"]
    assert not any("panel" in each for name in ("genes", "strs", "regions") for each in seen[name])
    assert "mode_of_pathogenicity" not in seen["strs"][0]
    assert seen["strs"][0]["grch38_coordinates"] == [3_074_877, 3_074_939]
    assert seen["regions"][0]["grch37_coordinates"] is None
    assert "genes" not in ask(f"panels/{panel.pk}/?exclude_entities=True")
    assert "genes" in ask(f"panels/{panel.pk}/?exclude_entities=true")


def test_pages__are_of_100_and_keep_the_question(panel: Panel) -> None:
    big = create_panel(actor=CURATION, facts={"name": "Big"})
    from panelapp.services import edit_panel

    with edit_panel(actor=CURATION, panel=big) as edit:
        for number in range(205):
            edit.add(kind="gene", facts={"gene": make_gene(f"GEN{number:03}", 910_000 + number)})
    change_panel_status(actor=CURATION, panel=big, action="publish")
    first = ask(f"panels/{big.pk}/genes/?confidence_level=0&page_size=3")
    assert (first["count"], len(first["results"]), first["previous"]) == (205, 100, None)
    assert first["next"] == f"http://testserver/api/v1/panels/{big.pk}/genes/?confidence_level=0&page=2&page_size=3"
    last = ask(f"panels/{big.pk}/genes/?page=3")
    assert (len(last["results"]), last["next"]) == (5, None)
    assert ask(f"panels/{big.pk}/genes/?page=4", 404) == {"detail": "Invalid page."}
    past = ask(f"panels/{big.pk}/genes/?page=2&version=0.1")
    assert past["next"].count("page=3") == 1


def test_nested_lists__filter(panel: Panel) -> None:
    gene = PanelEntity.objects.get(panel=panel, name="GENA")
    update_entity(actor=CURATION, entity=gene, facts={"tags": ["treatable"]})
    base = f"panels/{panel.pk}/genes/"
    for search, names in {
        "?confidence_level=3": ["GENA", "GENB", "GENC"],
        "?confidence_level=1,2": [],
        "?entity_name=GENA,GENC": ["GENA", "GENC"],
        "?entity_name=HGNC:900001": ["GENB"],
        "?tags=treatable": ["GENA"],
        "?version=0.1": ["GENA"],
        "?version=0.2&entity_name=HGNC:900001": ["GENB"],
    }.items():
        found = ask(base + search)["results"]
        assert [each["entity_name"] for each in found] == names, search
        assert all(each["panel"]["id"] == panel.pk for each in found)
    assert ask(f"{base}?confidence_level=9", 400).keys() == {"confidence_level"}


def test_lists_of_entities__filter(panel: Panel) -> None:
    other = make_panel("Other disorder", genes=["GENA"])
    assert ask("genes/GENA/")["count"] == 2
    assert ask("genes/GENA,GENB/")["count"] == 3
    assert ask("genes/HGNC:900000/")["count"] == 2
    assert ask("genes/NOBODY/") == {"count": 0, "next": None, "previous": None, "results": []}
    assert ask("genes/?panel_name=Other disorder")["results"][0]["panel"]["id"] == other.pk
    assert {each["entity_type"] for each in ask("entities/")["results"]} == {"gene", "str", "region"}
    assert ask("regions/")["count"] == 1


def test_versions__malformed_and_unknown(panel: Panel) -> None:
    assert ask(f"panels/{panel.pk}/?version=x", 400) == {"detail": "Incorrect version supplied"}
    assert ask(f"panels/{panel.pk}/?version=99.9", 404) == {"detail": "Not found."}
    seen = ask(f"panels/{panel.pk}/genes/GENA/evaluations/?version=0.1", 400)
    assert "error" in seen


def test_history__has_dates_reasons_and_errata(panel: Panel) -> None:
    before = panel.current
    promote_panel(actor=CURATION, panel=panel, reason="Reviewed by all")
    issue_erratum(actor=CURATION, first=before, last=before, text="GENA should be GENX.")
    newest, older = ask(f"panels/{panel.pk}/versions/")["results"][:2]
    assert (newest["version"], newest["reason"], newest["errata"]) == ("1.0", "Reviewed by all", [])
    assert older["errata"][0]["text"] == "GENA should be GENX."


def test_diff__names_each_difference(panel: Panel) -> None:
    gene = PanelEntity.objects.get(panel=panel, name="GENA")
    old = panel.version
    update_entity(actor=CURATION, entity=gene, facts={"phenotypes": ["Another"]})
    seen = ask(f"panels/{panel.pk}/diff/?from={old}&to={fresh(panel).version}")
    assert [(each["change"], each["entity_name"]) for each in seen["changes"]] == [("phenotypes_changed", "GENA")]
    assert ask(f"panels/{panel.pk}/diff/", 400)


# Caching


def test_detail__is_304_for_who_has_it_and_200_after_a_change(panel: Panel) -> None:
    address = f"{API}panels/{panel.pk}/"
    first = Client().get(address)
    etag, at = first.headers["ETag"], first.headers["Last-Modified"]
    for headers in ({"If-None-Match": etag}, {"If-Modified-Since": at}, {"If-None-Match": f'"other", {etag}'}):
        again = Client().get(address, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
    add_gene(panel, "GEND", 900_060)
    assert Client().get(address, headers={"If-None-Match": etag}).status_code == 200


def test_detail__comes_gzipped_as_it_was_stored(panel: Panel) -> None:
    plain = Client().get(f"{API}panels/{panel.pk}/")
    packed = Client().get(f"{API}panels/{panel.pk}/", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content


def test_version__may_be_kept_for_ever(panel: Panel) -> None:
    address = f"{API}panels/{panel.pk}/versions/{panel.version}/"
    before = Client().get(address)
    assert "immutable" in before.headers["Cache-Control"]
    add_gene(panel, "GEND", 900_060)
    assert Client().get(address).content == before.content


@pytest.mark.parametrize("path", ["panels/{id}/", "panels/", "panels/{id}/genes/", "genes/", "panels/{id}/activities/"])
def test_reading__takes_few_queries(panel: Panel, path: str, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(5):
        ask(path.format(id=panel.pk))


# The feed


def test_changes__are_followed_by_a_cursor(panel: Panel) -> None:
    seen = ask("changes/?limit=3")
    assert len(seen["results"]) == 3
    assert seen["next"]
    rest = ask(f"changes/?since={seen['cursor']}")
    assert rest["next"] is None
    end = rest["cursor"]
    assert ask(f"changes/?since={end}") == {"results": [], "cursor": end, "next": None}
    add_gene(panel, "GEND", 900_060)
    (told,) = ask(f"changes/?since={end}")["results"]
    assert (told["change"], told["entity_name"], told["hgnc_id"]) == ("entity_added", "GEND", "HGNC:900060")
    assert ask("changes/?since=2999-01-01")["results"] == []
    assert ask("changes/?since=yesterday", 400)


def test_atom__tells_of_new_versions(panel: Panel) -> None:
    promote_panel(actor=CURATION, panel=panel, reason="Reviewed & good")
    seen = Client().get(f"{API}changes/atom/")
    assert seen.headers["Content-Type"].startswith("application/atom+xml")
    assert b"Example disorder, version 1.0" in seen.content
    assert b"Reviewed &amp; good" in seen.content
