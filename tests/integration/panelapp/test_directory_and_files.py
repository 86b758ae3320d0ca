"""The test directory leads from codes to panels, and curators take everything at once as tables."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from panelapp import bulk, services
from panelapp.models import Indication, PanelEntity, PanelVersion
from panelapp.services.directory import load_directory
from portal.kernel.access import SystemActor
from portal.kernel.refusals import InvalidInput, PermissionRefused
from tests.factories.accounts import make_person
from tests.factories.panels import add_region, add_str
from tests.integration.panelapp.shelf import Shelf, fill_shelf, text_of

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]
SETUP = SystemActor("Test set-up")


@pytest.fixture
def shelf(people: object) -> Shelf:
    return fill_shelf()


def edition(folder: Path, *tests: dict[str, Any]) -> Path:
    path = folder / "directory.json"
    path.write_text(json.dumps({"td_source": "Edition 7", "indications": tests}))
    return path


def a_test(code: str, *targets: str, name: str = "An indication") -> dict[str, Any]:
    return {"code": code, "name": name, "test_method": "Small panel", "panels": list(targets), "original_targets": "x"}


def test_code__leads_to_its_panels_and_genes(shelf: Shelf, client: Client, tmp_path: Path) -> None:
    load_directory(
        actor=SETUP,
        path=edition(tmp_path, a_test("R67.1", str(shelf.panel.pk)), a_test("R67.2", "HGNC:900001"), a_test("R670.1")),
    )
    for code in ("R67", "r67", "R67.1"):
        assert shelf.panel.name in text_of(client.get("/panels/search/", {"q": code})), code
    assert "CFTR" in text_of(client.get("/panels/search/", {"q": "R67.2"}))
    assert shelf.panel.name not in text_of(client.get("/panels/search/", {"q": "R670"}))
    assert "R67.1 An indication" in text_of(client.get(f"/panels/{shelf.panel.pk}/"))
    assert shelf.panel.name in text_of(client.get("/panels/", {"text": "R67"}))


def test_directory__lists_codes_in_their_order_and_is_narrowed(shelf: Shelf, client: Client, tmp_path: Path) -> None:
    path = edition(
        tmp_path,
        a_test("R100.1", str(shelf.internal.pk), name="Last"),
        a_test("R9.1", "HGNC:900001", name="First"),
        a_test("R10.1", "777777", name="Middle"),
    )
    load_directory(actor=SETUP, path=path)
    page = text_of(client.get("/panels/test-directory/"))
    assert page.index("First") < page.index("Middle") < page.index("Last")
    assert "Edition 7" in page
    assert shelf.internal.name not in page, "what is not public stands by its number alone"
    assert "panel 777777" in page
    assert "Middle" not in text_of(client.get("/panels/test-directory/", {"text": "R9"}))


def test_new_edition__replaces_the_old_one_and_makes_no_version(shelf: Shelf, tmp_path: Path) -> None:
    versions = PanelVersion.objects.count()
    load_directory(actor=SETUP, path=edition(tmp_path, a_test("R1.1", str(shelf.panel.pk)), a_test("R2.1")))
    load_directory(actor=SETUP, path=edition(tmp_path, a_test("R1.1", name="Renamed"), a_test("R3.1")))
    assert list(Indication.objects.order_by("code").values_list("code", "name", "panel_numbers")) == [
        ("R1.1", "Renamed", []),
        ("R3.1", "An indication", []),
    ]
    assert PanelVersion.objects.count() == versions


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"code": "67", "name": "x"}, "is not written as R67.1"),
        ({"code": "R67.1"}, "R67.1 has no name"),
        (a_test("R67.1", "CFTR"), "neither a panel's number nor an HGNC id"),
        (a_test("R1.1"), "stands there twice"),
        ("R67.1", "it is no object"),
    ],
)
def test_bad_entry__refuses_the_whole_edition(shelf: Shelf, tmp_path: Path, entry: Any, sentence: str) -> None:
    before = list(Indication.objects.values_list("code", flat=True))
    with pytest.raises(InvalidInput, match=f"indication 2: .*{sentence}"):
        load_directory(actor=SETUP, path=edition(tmp_path, a_test("R1.1"), entry))
    assert list(Indication.objects.values_list("code", flat=True)) == before


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"indications": []}', "\x00"])
def test_file_that_is_no_directory__is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "directory.json"
    path.write_text(content)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("load_test_directory", str(path))


def test_directory__is_loaded_by_curators_and_data_managers(people: dict[str, User], tmp_path: Path) -> None:
    with pytest.raises(PermissionRefused):
        load_directory(actor=people["ada"], path=edition(tmp_path, a_test("R1.1")))
    assert load_directory(actor=people["hana"], path=edition(tmp_path, a_test("R1.1"))) == 1


def rows_of(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text), dialect="excel-tab"))


def test_all_panels__come_with_their_reviewers(shelf: Shelf, client_of: ClientOf) -> None:
    rita = make_person("Rita Reviewer", email="rita@tests.example", role=Role.PANEL_REVIEWER)
    entity = PanelEntity.objects.get(panel=shelf.panel, name="CFTR")
    services.add_review(actor=rita, entity=entity, facts={"rating": "GREEN"})
    rows = {row["Level 4 title"]: row for row in rows_of(client_of("gus").get("/panels/files/panels.tsv"))}
    assert len(next(iter(rows.values()))) == 14
    row = rows[shelf.panel.name]
    assert row["# rated genes/total genes"] == "2/4"
    assert "rita@tests.example" in row["Reviewer emails (;)"]
    assert (row["Status"], row["Signed Off"] != "") == ("public", True)
    assert shelf.internal.name in rows
    assert shelf.gone.name not in rows


def test_all_genes__come_with_their_panels_and_super_panels(shelf: Shelf, client_of: ClientOf) -> None:
    rows = rows_of(client_of("gus").get("/panels/files/genes.tsv"))
    assert len(rows[0]) == 21
    [row] = [row for row in rows if row["Symbol"] == "CFTR"]
    assert (row["Panel Id"], row["List"], row["HGNC"]) == (str(shelf.panel.pk), "green", "HGNC:900001")
    assert row["Super Panel Name"] == shelf.super_panel.name
    assert len(rows) == PanelEntity.objects.filter(kind="gene", pending=False).exclude(panel=shelf.gone).count()


def test_all_repeats_and_regions__have_their_places(shelf: Shelf, client_of: ClientOf) -> None:
    add_str(shelf.panel)
    add_region(shelf.panel)
    [repeat] = rows_of(client_of("gus").get("/panels/files/strs.tsv"))
    assert (repeat["Name"], repeat["Position GRCh37 start"], repeat["Pathogenic repeats"]) == (
        *("GENB_CAG", "3076604", "40"),
    )
    regions = {row["Name"]: row for row in rows_of(client_of("gus").get("/panels/files/regions.tsv"))}
    region = regions["ISCA-00000-Loss"]
    assert (region["Required region overlap"], region["Verbose Name"]) == ("60", "1p1 region Loss")


@pytest.mark.parametrize("name", ["panels", "genes", "strs", "regions"])
def test_tables_of_everything__are_for_curators(shelf: Shelf, client_of: ClientOf, name: str) -> None:
    assert client_of("ada").get(f"/panels/files/{name}.tsv").status_code == 403
    assert Client().get(f"/panels/files/{name}.tsv").status_code == 302


def test_files_page__names_the_nightly_files_and_their_hashes(
    shelf: Shelf, client: Client, client_of: ClientOf
) -> None:
    manifest = bulk.write_panel_bulk()
    page = text_of(client.get("/panels/files/"))
    for file in manifest["files"]:
        assert file["name"] in page
        assert file["sha256"] in page
    assert "Tables for curators" not in page
    assert "Tables for curators" in text_of(client_of("gus").get("/panels/files/"))
