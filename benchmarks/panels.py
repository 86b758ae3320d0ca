"""Panels at the size of a national service: 400 panels, 40,000 entities, one panel of 2,500; times and limits.

    python benchmarks/panels.py                 a scratch database of its own beside that of DATABASE_URL

Panels are invented (seeded), loaded as from another server, and asked for in one process, without a network: these are
times of the server's work. Every answer is checked. Ends with 1 when a limit is passed.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")

import django  # noqa: E402 - after the settings

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_test_environment  # noqa: E402

from panelapp.contents import forget_rows  # noqa: E402
from panelapp.models import Gene, Panel, PanelVersion  # noqa: E402
from panelapp.services import add_entity  # noqa: E402
from panelapp.services.loading import LoadReport, load_panel  # noqa: E402
from panelapp.vocabularies import MODES_OF_INHERITANCE, Level  # noqa: E402
from portal.kernel.access import SystemActor  # noqa: E402

PANELS, ENTITIES, LARGEST, GENES, SEED, REPEATS = 400, 40_000, 2_500, 6_000, 20_261_123, 15
BENCH = SystemActor("Benchmark")
BIG = 1
LIMITS = {
    "detail of 2,500, gzip": 30.0,
    "detail of 2,500, plain": 30.0,
    "304 of the same": 5.0,
    "list page": 50.0,
    "HTML page of 2,500": 300.0,
    "HTML page, first look": 300.0,
    "add a gene to 2,500": 100.0,
    "full sync of 400 (s)": 10.0,
    "HTML page (KB)": 600.0,
}


def gene_data(number: int) -> dict[str, Any]:
    """An invented gene, as long as real ones are."""
    location = f"{number % 22 + 1}:{number * 1000 + 1}-{number * 1000 + 900}"
    place = {"location": location, "ensembl_id": f"ENSG{number:011}"}
    return {
        "alias": [f"GA{number}", f"GB{number}"],
        "biotype": "protein_coding",
        "hgnc_id": f"HGNC:{800_000 + number}",
        "gene_name": f"benchmark gene number {number} of an invented family",
        "omim_gene": [str(100_000 + number)],
        "alias_name": [f"another name of gene {number}"],
        "gene_symbol": f"GENE{number}",
        "hgnc_symbol": f"GENE{number}",
        "hgnc_release": "2017-11-03",
        "ensembl_genes": {"GRch37": {"82": place}, "GRch38": {"90": place}},
        "hgnc_date_symbol_changed": "1999-01-02",
    }


def entity(number: int, chance: random.Random) -> dict[str, Any]:
    """A gene on a panel, with as much said of it as is said of real ones."""
    level = chance.choice("3332211")
    verdict = {"3": "Green", "2": "Amber", "1": "Red"}[level]
    return {
        "gene_data": gene_data(number),
        "entity_type": "gene",
        "entity_name": f"GENE{number}",
        "confidence_level": level,
        "penetrance": chance.choice([None, "Complete"]),
        "mode_of_pathogenicity": "",
        "publications": [str(chance.randrange(10**7, 4 * 10**7)) for _ in range(chance.randrange(5))],
        "evidence": [f"Expert Review {verdict}", "Literature", "NHS GMS"],
        "phenotypes": [f"Invented disease {chance.randrange(900)}, OMIM:{chance.randrange(600_000, 620_000)}"] * 2,
        "mode_of_inheritance": chance.choice(list(MODES_OF_INHERITANCE)),
        "tags": [],
        "transcript": None,
    }


def documents() -> Iterator[dict[str, Any]]:
    """The panels; the first is the largest."""
    chance = random.Random(SEED)
    rest = (ENTITIES - LARGEST) // (PANELS - 1)
    for number in range(1, PANELS + 1):
        size = LARGEST if number == BIG else rest
        genes = [entity(gene, chance) for gene in chance.sample(range(GENES), size)]
        yield {
            **{"id": number, "hash_id": None, "name": f"Invented disorder {number:03}", "disease_group": "Group"},
            **{"disease_sub_group": "", "status": "public", "version": "1.0", "relevant_disorders": [f"R{number}"]},
            "version_created": "2026-02-03T10:11:12.131415Z",
            "stats": {"number_of_genes": size, "number_of_strs": 0, "number_of_regions": 0},
            "types": [{"name": "Rare disease", "slug": "rare-disease", "description": "Invented"}],
            **{"genes": genes, "strs": [], "regions": []},
        }


@contextmanager
def scratch_database() -> Iterator[None]:
    """A database that is there for this run alone."""
    setup_test_environment()
    connection.settings_dict["TEST"]["NAME"] = f"lectern_bench_panels_{os.getpid()}"
    old = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(old, verbosity=0)


def timed(act: Callable[[], Any]) -> float:
    """Milliseconds, the median of several, after one to warm up."""
    act()
    taken = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        act()
        taken.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken)


def got(path: str, status: int = 200, **headers: str) -> Any:
    """An answer that is as it should be."""
    response = Client().get(path, headers=headers)
    assert response.status_code == status, (path, response.status_code)
    return response


def measure() -> dict[str, float]:
    """Every figure."""
    address = f"/api/v1/panels/{BIG}/"
    plain = got(address)
    assert len(json.loads(plain.content)["genes"]) == LARGEST
    packed = {"Accept-Encoding": "gzip"}
    assert gzip.decompress(got(address, **packed).content) == plain.content
    print(f"  {len(plain.content) / 1e6:.1f} MB of JSON, {len(got(address, **packed).content) / 1e6:.2f} MB gzipped")
    page = f"/panels/{BIG}/"
    found = {
        "detail of 2,500, gzip": timed(lambda: got(address, **packed)),
        "detail of 2,500, plain": timed(lambda: got(address)),
        "304 of the same": timed(lambda: got(address, 304, **{"If-None-Match": plain.headers["ETag"]})),
        "list page": timed(lambda: got("/api/v1/panels/?page=2")),
        "genes of a panel, page": timed(lambda: got(f"{address}genes/?confidence_level=3")),
        "a gene on all panels": timed(lambda: got("/api/v1/genes/GENE7/")),
    }
    if Client().get(page).status_code == 200:
        found["HTML page of 2,500"] = timed(lambda: got(page))
        found["HTML page, first look"] = timed(lambda: (forget_rows(), got(page)))
        found["HTML page (KB)"] = len(got(page).content) / 1000
    numbers = iter(range(GENES, GENES + 100))
    found["add a gene to 2,500"] = timed(lambda: add_gene(next(numbers)))
    found["full sync of 400 (s)"] = full_sync()
    for path in (address, "/api/v1/panels/", f"{address}genes/", page):
        with CaptureQueriesContext(connection) as queries:
            Client().get(path)
        print(f"  {path}: {len(queries)} queries")
    return found


def add_gene(number: int) -> None:
    """What a curator does most."""
    panel = Panel.objects.get(pk=BIG)
    before = panel.current_id
    gene = Gene.objects.create(hgnc_id=f"HGNC:{800_000 + number}", symbol=f"GENE{number}")
    add_entity(actor=BENCH, panel=panel, kind="gene", facts={"gene": gene}, level=Level.GREEN)
    assert Panel.objects.get(pk=BIG).current_id != before


def full_sync() -> float:
    """Seconds in which a client that asks for one thing after another has everything."""
    client, begin, count = Client(), time.perf_counter(), 0
    following: str | None = "/api/v1/panels/"
    while following:
        listed = json.loads(client.get(following).content)
        for row in listed["results"]:
            answer = client.get(f"/api/v1/panels/{row['id']}/", headers={"Accept-Encoding": "gzip"})
            count += len(json.loads(gzip.decompress(answer.content))["genes"])
        following = listed["next"]
    assert count >= ENTITIES - PANELS
    return time.perf_counter() - begin


def main() -> int:
    """Load, measure, print."""
    with scratch_database():
        begin, report = time.perf_counter(), LoadReport()
        for document in documents():
            load_panel(actor=BENCH, data=document, origin="benchmark", report=report)
        assert PanelVersion.objects.count() == PANELS
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        print(f"{PANELS} panels with {ENTITIES:,} entities loaded in {time.perf_counter() - begin:.0f} s")
        passed = True
        for name, value in measure().items():
            limit = LIMITS.get(name)
            kept = limit is None or value <= limit
            passed &= kept
            told = "" if limit is None else f"   limit {limit:g}"
            print(f"{name:28} {value:9.1f}{told}{'' if kept else '   NOT KEPT'}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
