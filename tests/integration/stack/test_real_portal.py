"""The real portal under its supervisor: PostgreSQL is killed in the middle of a query, and the query still ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from portal.management.commands.check_demo import SCOPES, Browser
from tests.integration.stack.processes import CHECKOUT, eventually, outside_environment

pytestmark = pytest.mark.processes

GENES = "CFTR SCN1A LDLR BRCA1 BRCA2 PKD1 PKD2 MYH7 FBN1 F5 MTHFR COMT TPMT VKORC1 CACNA1S"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """Address and process id of a demo in a folder of its own, whose queries are cut into many slices."""
    environment = outside_environment(
        LECTERN_HOME=str(tmp_path / "home"),
        DJANGO_SETTINGS_MODULE="portal.settings.demo",
        LECTERN_QUERY_RECORDS_PER_SLICE="25",
        LECTERN_QUERY_LEASE_SECONDS="5",
        LECTERN_REAP_SECONDS="1",
    )
    log = (tmp_path / "demo.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "portal.stack.demo"], cwd=CHECKOUT, env=environment, stdout=log, stderr=log
    )
    try:
        eventually(lambda: bool(address_in(tmp_path / "demo.log")), "the demo is ready", 180)
        yield address_in(tmp_path / "demo.log"), process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        log.close()


def address_in(log: Path) -> str:
    """The address that the demo prints when it is ready."""
    lines = [line for line in log.read_text().splitlines() if "is ready" in line]
    return lines[0].rpartition(" ")[2] if lines else ""


def postgres_of(supervisor: int) -> psutil.Process:
    """The postmaster among the supervisor's children."""
    for child in psutil.Process(supervisor).children(recursive=True):
        command = child.cmdline()
        if command and os.path.basename(command[0]) == "postgres" and "-D" in command:
            return child
    raise AssertionError("The demo has no PostgreSQL of its own.")


class Program:
    """ada's program."""

    def __init__(self, address: str) -> None:
        self.browser = Browser(address)
        self.browser.submit("/sign-in/", "/demo/sign-in/", {"person": "ada"})
        fields: dict[str, str | list[str]] = {"name": "p", "days": "1", "scopes": SCOPES}
        made = self.browser.submit("/account/tokens/create/", "/account/tokens/create/", fields)[1]
        start = made.index("lectern_")
        self.headers = {"Authorization": f"Bearer {made[start : start + 51]}", "Content-Type": "application/json"}

    def ask(self, genes: str) -> str:
        project = self.get("/api/v1/projects/")["results"][0]["reference"]
        release = self.get("/api/v1/releases/")["results"][0]["reference"]
        body = {"project": project, "release": release, "name": "Long", "question": {"genes": genes}}
        status, text = self.browser.open("/api/v1/queries/", json.dumps(body).encode(), self.headers)
        assert status == 201, text
        return str(json.loads(text)["reference"])

    def get(self, path: str) -> Any:
        status, text = self.browser.open(path, headers=self.headers)
        return json.loads(text) if status == 200 else {}

    def progress(self, reference: str) -> Any:
        try:
            return self.get(f"/api/v1/queries/{reference}/progress/")
        except OSError:
            return {}  # the web server may be answering nobody for a moment

    def counts(self, reference: str) -> list[tuple[str, int]]:
        rows, path = [], f"/api/v1/queries/{reference}/results/variants/"
        while path:
            page = self.get(path)
            rows += [(row["variant_id"], row["carrier_count"]) for row in page["results"]]
            path = (page["next"] or "").replace(self.browser.base_url, "")
        return rows


def test_postgresql_killed_in_the_middle_of_a_query__comes_back_and_the_query_ends_with_the_same_answer(
    demo: tuple[str, int],
) -> None:
    address, supervisor = demo
    program = Program(address)
    undisturbed = program.ask(GENES)
    eventually(lambda: program.progress(undisturbed).get("status") == "finished", "an undisturbed query ends", 120)
    query = program.ask(GENES)
    eventually(lambda: program.progress(query).get("slices_done", 0) > 0, "the first slice is done", 60)
    postgres_of(supervisor).kill()
    eventually(lambda: program.progress(query).get("status") in ("finished", "failed"), "the query ends", 120)
    assert program.progress(query)["status"] == "finished"
    assert program.counts(query) == program.counts(undisturbed) != []
