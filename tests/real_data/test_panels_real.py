"""The real panels come back from the API equal, key by key, value by value, but for a reviewed list of differences."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from panelapp.models import Indication, Panel, PanelEntity, PanelVersion
from panelapp.services import LoadReport, load_panels
from panelapp.services.directory import load_directory
from panelapp.services.publishing import fragments_of
from panelapp.summaries import named
from panelapp.versions import assemble
from portal.kernel.access import SystemActor

pytestmark = [pytest.mark.real_data, pytest.mark.django_db]

DIFFERENCES = Path(__file__).parents[1] / "expected" / "panelapp_differences.toml"
SUPER = "ge_superpanel_465.json"
LOADER = SystemActor("Test loader")


@pytest.fixture(scope="module")
def loaded(real_data: Path, django_db_setup: None, django_db_blocker: Any) -> Iterator[LoadReport]:
    """All real panels, loaded once and taken back after the last test."""
    from django.db import transaction

    folder = real_data / "panels"
    with django_db_blocker.unblock(), transaction.atomic():
        report = load_panels(actor=LOADER, source=str(folder / "ge_api_v1"))
        for name in ("ge_superpanel_465.json", "ge_signedoff_list_298.json", "history"):
            more = load_panels(actor=LOADER, source=str(folder / name))
            report.loaded += more.loaded
            report.refused += more.refused
            report.problems += more.problems
        yield report
        transaction.set_rollback(True)


def real_panels(real_data: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in sorted((real_data / "panels/ge_api_v1").glob("panel_*.json"))]


def got(path: str) -> Any:
    response = Client().get(path)
    assert response.status_code == 200, (path, response.content[:200])
    assert response.headers["Content-Type"] == "application/json"
    return json.loads(response.content)


def differences(theirs: Any, ours: Any, where: str = "") -> Iterator[str]:
    """The places where two answers differ; rows of a super panel that tie in the order count by what they are."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in sorted(theirs.keys() | ours.keys()):
            if key not in ours or key not in theirs:
                yield f"{where}.{key} {'added' if key in ours else 'missing'}"
            else:
                yield from differences(theirs[key], ours[key], f"{where}.{key}")
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for left, right in zip(*(_settled(each) for each in (theirs, ours)), strict=True):
            yield from differences(left, right, f"{where}[]")
    elif theirs != ours:
        yield f"{where} differs"


def _settled(rows: list[Any]) -> list[Any]:
    if not rows or not isinstance(rows[0], dict) or "panel" not in rows[0]:
        return rows
    return sorted(rows, key=lambda row: (-int(row["confidence_level"]), row["entity_name"], row["panel"]["id"]))


def documented(file: str = "") -> set[str]:
    """The reviewed places, with those that concern one file alone."""
    found = tomllib.loads(DIFFERENCES.read_text(encoding="utf-8"))["differences"]
    assert all(each["reason"] for each in found)
    return {place for each in found if each.get("only_in", file) == file for place in each["places"]}


def test_loading__refuses_nothing_and_loses_nothing(loaded: LoadReport, real_data: Path) -> None:
    assert loaded.refused == []
    assert [str(problem) for problem in loaded.problems if "not kept" in problem.text] == []
    assert {panel["id"] for panel in real_panels(real_data)} <= set(Panel.objects.values_list("pk", flat=True))


def test_each_real_panel__comes_back_equal(loaded: LoadReport, real_data: Path) -> None:
    found: set[str] = set()
    panels = real_panels(real_data)
    for panel in panels:
        found |= set(differences(panel, got(f"/api/v1/panels/{panel['id']}/")))
    assert len(panels) == 59
    assert found - documented() == set()


def test_super_panel__comes_back_equal(loaded: LoadReport, real_data: Path) -> None:
    theirs = json.loads((real_data / "panels/ge_superpanel_465.json").read_bytes())
    assert set(differences(theirs, got("/api/v1/panels/465/?version=19.1"))) - documented(SUPER) == set()


def test_signed_off_list__comes_back_equal(loaded: LoadReport, real_data: Path) -> None:
    theirs = json.loads((real_data / "panels/ge_signedoff_list_298.json").read_bytes())["results"]
    ours = {row["id"]: row for row in got("/api/v1/panels/signedoff/")["results"]}
    found = {place for row in theirs for place in differences(row, ours[row["id"]])}
    assert len(theirs) == 100
    assert found - documented() == set()


def test_documented_differences__all_exist(loaded: LoadReport, real_data: Path) -> None:
    found: set[str] = set()
    for panel in real_panels(real_data):
        found |= set(differences(panel, got(f"/api/v1/panels/{panel['id']}/")))
    theirs = json.loads((real_data / "panels/ge_superpanel_465.json").read_bytes())
    found |= set(differences(theirs, got("/api/v1/panels/465/?version=19.1")))
    signed = json.loads((real_data / "panels/ge_signedoff_list_298.json").read_bytes())["results"]
    ours = {row["id"]: row for row in got("/api/v1/panels/signedoff/")["results"]}
    found |= {place for row in signed for place in differences(row, ours[row["id"]])}
    assert (documented() | documented(SUPER)) - found == set(), "take these out: they are no differences any more"


def test_current_content__is_what_the_rows_render(loaded: LoadReport) -> None:
    """What is stored and what the typed rows say are the same, so that the next edit loses nothing."""
    for panel in Panel.objects.filter(is_super=False, current__content__isnull=False).select_related("current"):
        rows = json.loads(assemble(panel.current.head, fragments_of(panel)))
        assert rows == json.loads(panel.current.content.json), panel.pk


def test_monthly_records__are_versions_of_known_panels(loaded: LoadReport) -> None:
    old = PanelVersion.objects.filter(origin__startswith="monthly record").first()
    assert old is not None
    seen = got(f"/api/v1/panels/{old.panel_id}/?version={old.number}")
    assert seen["version"] == old.number
    assert {gene["confidence_level"] for gene in seen["genes"]} <= {"1", "2", "3"}


def test_real_levels__follow_from_their_sources_but_for_what_was_reported(loaded: LoadReport) -> None:
    from panelapp.ratings import Source, level_of

    reported = sum("does not follow" in problem.text for problem in loaded.problems)
    odd = 0
    for entity in PanelEntity.objects.prefetch_related("evidence"):
        sources = [Source(row.name, row.rating, row.by_curator) for row in entity.evidence.all()]
        odd += level_of(sources, flagged=entity.flagged) != min(entity.level, 3)
    assert odd <= reported


def test_real_test_directory__leads_from_codes_to_panels(loaded: LoadReport, real_data: Path) -> None:
    assert load_directory(actor=LOADER, path=real_data / "testdirectory" / "RD_TD_v6_2023-12.json") == 394
    numbers = set(Panel.objects.values_list("pk", flat=True))
    led = [number for each in Indication.objects.all() for number in each.panel_numbers if number in numbers]
    assert len(led) > 20
    code = Indication.objects.filter(panel_numbers__overlap=led).order_by("clinical_number").first()
    assert set(named(Panel.objects.all(), code.code)) >= set(Panel.objects.filter(pk__in=code.panel_numbers))
