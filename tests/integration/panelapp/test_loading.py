"""Loading panels from files and from another server: whole or not at all, and with everything unusual reported."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from panelapp.gene_table import GeneRow
from panelapp.models import Gene, Panel, PanelEntity, PanelVersion, Review
from panelapp.services import load_panels, save_genes
from portal.kernel import clock
from portal.kernel.refusals import InvalidInput, PermissionRefused
from tests.factories.accounts import make_person
from tests.factories.panels import CURATION

pytestmark = pytest.mark.django_db
PLACE = {"location": "1:100-200", "ensembl_id": "ENSG00000000001"}


def gene(symbol: str, number: int, **facts: Any) -> dict[str, Any]:
    data = {
        **{"alias": ["GA1"], "biotype": "protein_coding", "hgnc_id": f"HGNC:{number}", "gene_name": f"gene {symbol}"},
        **{"omim_gene": None, "alias_name": None, "gene_symbol": symbol, "hgnc_symbol": symbol},
        **{"hgnc_release": "2017-11-03", "hgnc_date_symbol_changed": None},
        "ensembl_genes": {"GRch37": {"82": PLACE}, "GRch38": {"90": PLACE}},
    }
    return {
        **{"gene_data": data, "entity_type": "gene", "entity_name": symbol, "confidence_level": "3"},
        **{"penetrance": None, "mode_of_pathogenicity": None, "publications": [], "tags": [], "phenotypes": ["x"]},
        **{"evidence": ["Expert Review Green"], "mode_of_inheritance": "", "transcript": None, **facts},
    }


def document(number: int = 9_001, version: str = "1.2", genes: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    genes = [gene("GENA", 950_001)] if genes is None else genes
    return {
        **{"id": number, "hash_id": None, "name": f"Loaded {number}", "disease_group": "", "disease_sub_group": ""},
        **{"status": "public", "version": version, "version_created": "2026-02-03T10:11:12.131415Z"},
        **{"relevant_disorders": ["R1"], "types": [], "genes": genes, "strs": [], "regions": []},
        "stats": {"number_of_genes": len(genes), "number_of_strs": 0, "number_of_regions": 0},
    }


def load(folder: Path, *documents: dict[str, Any]) -> Any:
    for number, each in enumerate(documents):
        (folder / f"{number}.json").write_text(json.dumps(each), encoding="utf-8")
    return load_panels(actor=CURATION, source=str(folder))


def test_loading__twice_changes_nothing(tmp_path: Path) -> None:
    assert len(load(tmp_path, document()).loaded) == 1
    again = load(tmp_path, document())
    assert (again.loaded, len(again.known), PanelVersion.objects.count()) == ([], 1, 1)


def test_loading__a_version_that_is_held_but_differs_is_reported(tmp_path: Path) -> None:
    load(tmp_path, document())
    again = load(tmp_path, document(genes=[gene("GENA", 950_001, phenotypes=["y"])]))
    assert "differs in 1 places" in again.problems[0].text


def test_loading__a_panel_that_cannot_be_kept_leaves_no_trace_and_stops_no_other(tmp_path: Path) -> None:
    twice = document(9_002, genes=[gene("GENA", 950_001), gene("GENA", 950_001)])
    report = load(tmp_path, twice, document())
    assert len(report.loaded) == 1
    assert report.refused == ["panel 9002 (Loaded 9002), GENA: stands on the panel twice."]
    assert not Panel.objects.filter(pk=9_002).exists()


def test_loading__a_newer_version_keeps_reviews_and_tells_what_changed(tmp_path: Path) -> None:
    load(tmp_path, document(genes=[gene("GENA", 950_001), gene("GENB", 950_002)]))
    entity = PanelEntity.objects.get(name="GENA")
    at = clock.now()
    Review.objects.create(entity=entity, author=make_person(), rating="RED", created_at=at, updated_at=at)
    load(tmp_path, document(version="1.3", genes=[gene("GENA", 950_001, phenotypes=["y"]), gene("GENC", 950_003)]))
    panel = Panel.objects.get(pk=9_001)
    changes = {(each.change, each.entity_name) for each in panel.current.events.all()}
    assert changes == {
        *(("panel_imported", ""), ("phenotypes_changed", "GENA")),
        *(("entity_added", "GENC"), ("entity_removed", "GENB")),
    }
    assert Review.objects.get().entity.phenotypes == ["y"]


def test_loading__an_older_version_is_history(tmp_path: Path) -> None:
    load(tmp_path, document())
    load(tmp_path, document(version="0.9", genes=[]))
    panel = Panel.objects.get(pk=9_001)
    assert (panel.version, panel.entities.count(), panel.versions.count()) == ("1.2", 1, 2)
    assert json.loads(Client().get("/api/v1/panels/9001/?version=0.9").content)["genes"] == []


def test_genes__are_matched_by_hgnc_id_and_a_refresh_touches_no_version(tmp_path: Path) -> None:
    Gene.objects.create(hgnc_id="HGNC:950001", symbol="GENA1")
    load(tmp_path, document())
    before = Client().get("/api/v1/panels/9001/").content
    assert PanelEntity.objects.get().gene == Gene.objects.get(hgnc_id="HGNC:950001")
    row = GeneRow("HGNC:950001", "GENA9", "renamed", "ENSG00000000009", ("GENA1",), (), ())
    save_genes(actor=CURATION, rows=[row])
    assert Client().get("/api/v1/panels/9001/").content == before
    assert PanelVersion.objects.count() == 1


def test_super_panel__brings_its_children(tmp_path: Path) -> None:
    child = document(9_010)
    head = {key: child[key] for key in child if key not in ("genes", "strs", "regions")}
    above = {**document(9_011), "genes": [{**gene("GENA", 950_001), "panel": head}]}
    report = load(tmp_path, copy.deepcopy(above))
    assert len(report.loaded) == 2
    panel = Panel.objects.get(pk=9_011)
    assert (panel.is_super, [each.pk for each in panel.children.all()]) == (True, [9_010])
    seen = json.loads(Client().get("/api/v1/panels/9011/").content)
    assert seen["genes"][0]["panel"]["id"] == 9_010


def test_monthly_record__is_a_version_of_the_past(tmp_path: Path) -> None:
    load(tmp_path, document())
    lines = [
        "Panel Name,Panel ID,Version Number,Gene Name,Gene Status,Date Recorded,MOI",
        "Loaded 9001,,0.5,GENA,Amber,2018-05-01 09:07:34,biallelic",
        "Nobody,,0.5,GENA,Amber,2018-05-01 09:07:34,biallelic",
        "Loaded 9001,,0.6,GENA,Amber,N/A,biallelic",
    ]
    (tmp_path / "record.csv").write_text("\n".join(lines), encoding="utf-8")
    report = load_panels(actor=CURATION, source=str(tmp_path / "record.csv"))
    assert [problem.text for problem in report.problems] == [
        "no such panel here; its past is not loaded",
        "version 0.6 has no date; it is not loaded",
    ]
    (entity,) = json.loads(Client().get("/api/v1/panels/9001/?version=0.5").content)["genes"]
    assert entity["confidence_level"] == "2"
    assert entity["mode_of_inheritance"] == "BIALLELIC, autosomal or pseudoautosomal"


def test_loading__is_for_curators_and_data_managers(tmp_path: Path) -> None:
    with pytest.raises(PermissionRefused):
        load_panels(actor=make_person(), source=str(tmp_path))
    with pytest.raises(InvalidInput):
        load_panels(actor=CURATION, source=str(tmp_path / "nowhere"))


def test_command__says_what_became_of_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text(json.dumps(document()), encoding="utf-8")
    call_command("load_panels", str(tmp_path))
    assert "Panels: 1 loaded" in capsys.readouterr().out
    (tmp_path / "b.json").write_text(json.dumps(document(9_002, version="x")), encoding="utf-8")
    with pytest.raises(CommandError):
        call_command("load_panels", str(tmp_path))


class _Server(BaseHTTPRequestHandler):
    """Another server of the same API: two pages of panels, busy at the first request."""

    busy = 1

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if _Server.busy:
            _Server.busy -= 1
            self.send_response(429)
            self.send_header("Retry-After", "0")
            self.end_headers()
            return
        body = self._body(parts.path, int(parse_qs(parts.query).get("page", ["1"])[0]))
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def _body(self, path: str, page: int) -> Any:
        if path == "/api/v1/panels/":
            following = f"http://{self.headers['Host']}/api/v1/panels/?page=2" if page == 1 else None
            return {"count": 2, "next": following, "previous": None, "results": [document(9_020 + page)]}
        number = path.rstrip("/").rsplit("/", 1)[-1]
        return document(int(number)) if number.isdigit() else None

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    _Server.busy = 1
    found = HTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{found.server_port}/api/v1"
    found.shutdown()
    found.server_close()
    thread.join()


def test_another_server__is_read_page_by_page_and_waited_for(server: str) -> None:
    report = load_panels(actor=CURATION, source=server)
    assert report.refused == []
    assert sorted(Panel.objects.values_list("pk", flat=True)) == [9_021, 9_022]
