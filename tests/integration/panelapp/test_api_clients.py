"""What programs in use read from the API of panels, client by client: section 3.1 of the specification."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from accounts.roles import Role
from panelapp.models import Panel, PanelEntity, PanelType
from panelapp.services import change_panel, create_panel, promote_panel, set_rating, sign_off
from panelapp.vocabularies import MODES_OF_INHERITANCE, Level
from tests.factories.accounts import make_person
from tests.factories.panels import CURATION, add_region, add_str, fresh, make_panel

pytestmark = pytest.mark.django_db
API = "/api/v1/"


@pytest.fixture
def panel() -> Panel:
    made = make_panel("Example disorder", genes=["GENA", "GENB"])
    add_str(made)
    add_region(made)
    kind = PanelType.objects.create(name="Rare disease", slug="rare-disease", description="Rare")
    change_panel(
        actor=CURATION, panel=made, facts={"types": [kind], "relevant_disorders": ["R999", "HP:0000001", "Name"]}
    )
    version = promote_panel(actor=make_person(role=Role.PANEL_CURATOR), panel=made, reason="Reviewed")
    sign_off(actor=make_person(role=Role.PANEL_CURATOR), version=version)
    return fresh(made)


def ask(path: str) -> Any:
    response = Client().get(path if path.startswith("http") else API + path)
    assert response.status_code == 200, path
    assert response.headers["Content-Type"] == "application/json"
    return json.loads(response.content)


def rows(path: str) -> Iterator[Any]:
    """Every row, by following `next` on the same origin."""
    following: str | None = path
    while following:
        page = ask(following)
        assert page.keys() == {"count", "next", "previous", "results"}
        yield from page["results"]
        following = page["next"]
        assert following is None or following.startswith("http://testserver/api/v1/")


def test_scout__reads_floats_dates_with_microseconds_and_hgnc_numbers(panel: Panel) -> None:
    for listed in (*rows("panels/?page=1"), *rows("panels/signedoff/?page=1")):
        assert listed["types"][0]["slug"] == "rare-disease"
        seen = ask(f"panels/{listed['id']}")
        assert float(seen["version"]) == 1.0
        assert seen["version_created"].endswith("Z")
        datetime.strptime(seen["version_created"][:-1], "%Y-%m-%dT%H:%M:%S.%f")
        for gene in seen["genes"]:
            assert isinstance(gene["confidence_level"], str)
            assert int(gene["gene_data"]["hgnc_id"].split(":")[1])
            assert gene["gene_data"]["gene_symbol"]
            assert "penetrance" in gene
            assert gene["mode_of_inheritance"] in MODES_OF_INHERITANCE


def test_seqr__follows_pages_and_deletes_the_panel_key(panel: Panel) -> None:
    wanted = ("id", "version", "name", "disease_group", "disease_sub_group", "status", "version_created")
    for listed in rows("panels/?page=1"):
        assert all(key in listed for key in wanted)
        assert listed["stats"]["number_of_genes"] == 2
        for gene in rows(f"panels/{listed['id']}/genes"):
            assert gene["panel"]["id"] == panel.pk
            del gene["panel"]
            assert gene["gene_data"]["ensembl_genes"]["GRch38"]["90"]["ensembl_id"].startswith("ENSG")
            keys = ("confidence_level", "penetrance", "mode_of_pathogenicity", "mode_of_inheritance")
            assert all(key in gene for key in keys)


def test_variantgrid__has_all_required_keys_and_knows_what_is_gone(panel: Panel) -> None:
    keys = ("id", "disease_group", "disease_sub_group", "name", "status", "version", "relevant_disorders")
    assert all(key in listed for listed in rows("panels/") for key in keys)
    seen = ask(f"panels/{panel.pk}/")
    assert {(gene["gene_data"]["hgnc_id"], gene["gene_data"]["gene_symbol"]) for gene in seen["genes"]} == {
        ("HGNC:900000", "GENA"),
        ("HGNC:900001", "GENB"),
    }
    assert [each["panel"]["id"] for each in ask("genes/GENA")["results"]] == [panel.pk]
    missing = Client().get(f"{API}panels/999999/")
    assert (missing.status_code, json.loads(missing.content)) == (404, {"detail": "Not found."})


def test_talos__finds_hpo_terms_green_genes_and_when_they_turned_green(panel: Panel) -> None:
    for listed in rows("panels"):
        assert [each for each in listed["relevant_disorders"] if re.fullmatch(r"HP:\d+", each)] == ["HP:0000001"]
    gene = PanelEntity.objects.get(panel=panel, name="GENB")
    set_rating(actor=CURATION, entity=gene, level=Level.AMBER)
    set_rating(actor=CURATION, entity=gene, level=Level.GREEN)
    green = list(rows(f"panels/{panel.pk}/genes/?confidence_level=3"))
    assert [each["entity_name"] for each in green] == ["GENA", "GENB"]
    for each in green:
        assembly = next(key for key in each["gene_data"]["ensembl_genes"] if key.lower() == "grch38")
        release = next(iter(each["gene_data"]["ensembl_genes"][assembly].values()))
        assert re.fullmatch(r"\w+:\d+-\d+", release["location"])
        assert release["ensembl_id"]
        assert each["panel"]["name"] == "Example disorder"
    log = ask(f"panels/{panel.pk}/activities")
    assert isinstance(log, list)
    turned = {
        each["entity_name"]
        for each in log
        if each["entity_type"] == "gene"
        and any(phrase in each["text"].lower() for phrase in ("green list (high evidence)", "expert review green"))
    }
    assert turned == {"GENA", "GENB"}
    assert [each["created"] for each in log] == sorted((each["created"] for each in log), reverse=True)


def test_nhs_ngs__tells_super_panels_by_the_panel_key(panel: Panel) -> None:
    above = create_panel(actor=CURATION, facts={"name": "Above", "children": [panel]})
    from panelapp.services import change_panel_status

    change_panel_status(actor=CURATION, panel=above, action="publish")
    assert "panel" not in ask(f"panels/{panel.pk}")["genes"][0]
    assert ask(f"panels/{above.pk}")["genes"][0]["panel"]["id"] == panel.pk
    assert ask(f"panels/{panel.pk}?version=0.1")["version"] == "0.1"
    assert ask(f"panels/signedoff/?panel_id={panel.pk}")["results"][0]["signed_off"]
    seen = ask(f"panels/{panel.pk}")
    assert {"name", "hash_id", "version", "relevant_disorders", "genes", "strs", "regions"} <= seen.keys()
    assert {"hgnc_symbol", "hgnc_id", "ensembl_genes"} <= seen["genes"][0]["gene_data"].keys()


def test_panelappapi__casts_levels_and_reads_both_releases(panel: Panel) -> None:
    for listed in rows("panels"):
        for gene in ask(f"panels/{listed['id']}")["genes"]:
            assert float(gene["confidence_level"]) >= 0
            for assembly, release in (("GRch37", "82"), ("GRch38", "90")):
                assert gene["gene_data"]["ensembl_genes"][assembly][release]["location"]


def test_panelapp_client_api__asks_for_format_json(panel: Panel) -> None:
    assert ask("panels/?format=json&page=1")["count"] == 1
    assert ask(f"panels/{panel.pk}/?format=json")["id"] == panel.pk


def test_panelapp_link__reads_every_field(panel: Panel) -> None:
    (listed,) = rows("panels/")
    assert listed.keys() >= {
        *("id", "hash_id", "name", "disease_group", "disease_sub_group", "description", "status", "version"),
        *("version_created", "relevant_disorders", "stats", "types", "child_panel_ids"),
    }
    (signed,) = rows("panels/signedoff/")
    assert (signed["version"], len(signed["signed_off"])) == ("1.0", 10)
    (gene,) = rows("genes/?entity_name=GENA")
    assert {"transcript", "tags", "evidence", "publications", "phenotypes"} <= gene.keys()
    assert "omim_gene" in gene["gene_data"]


def test_opencga__reads_gene_data_and_lists(panel: Panel) -> None:
    seen = ask(f"panels/{panel.pk}/")
    for gene in seen["genes"]:
        assert {"ensembl_genes", "omim_gene", "gene_name", "hgnc_symbol"} <= gene["gene_data"].keys()
        assert isinstance(gene["evidence"], list)
        assert isinstance(gene["publications"], list)
    assert isinstance(seen["disease_group"], str)


def test_panelappausdb__reads_numbered_pages_with_jq(panel: Panel) -> None:
    for listed in rows("panels/"):
        assert {"id", "name", "version", "version_created"} <= listed.keys()
        assert list(rows(f"panels/{listed['id']}/genes/"))


def test_pada_wan__reads_every_version(panel: Panel) -> None:
    numbers = [each["version"] for each in rows(f"panels/{panel.pk}/versions/")]
    assert numbers[0] == "1.0"
    for number in numbers:
        assert ask(f"panels/{panel.pk}/?version={number}")["version"] == number


def test_scripts__find_panels_of_a_gene_and_the_signed_version(panel: Panel) -> None:
    assert ask("entities/GENA/")["results"][0]["panel"]["id"] == panel.pk
    assert ask(f"panels/signedoff/{panel.pk}/")["genes"][0]["entity_name"] == "GENA"
    assert ask("panels/signedoff/?display=all")["count"] == 1


def test_too_many_requests__are_told_when_to_come_back(settings: Any, panel: Panel) -> None:
    from django.core.cache import cache

    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "panels-anonymous": "2/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    cache.clear()
    answers = [Client().get(f"{API}panels/") for _ in range(4)]
    late = answers[-1]
    assert late.status_code == 429
    assert 0 < int(late.headers["Retry-After"]) <= 60
    assert "detail" in json.loads(late.content)
    cache.clear()
