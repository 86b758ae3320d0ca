"""Walks the main job through a running demo as a browser and a program would, and prints what it found."""

from __future__ import annotations

import http.cookiejar
import json
import re
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

QUESTION = {"genes": "CFTR", "max_allele_frequency": 0.02}
PHE508DEL = "chr7-117559590-ATCT-A"
SCOPES = ["projects:read", "catalogue:read", "queries:read", "queries:write"]
PATIENCE_SECONDS = 120


class Browser:
    """Just enough of a browser: cookies, forms with their CSRF token, and the status of refusals."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def open(self, path: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and text of the answer; a refusal is an answer too."""
        sent = {"Referer": self.base_url + path, **(headers or {})}
        request = urllib.request.Request(self.base_url + path, data=data, headers=sent)  # noqa: S310 (our own address)
        try:
            with self._opener.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode("utf-8", "replace")

    def submit(self, page: str, action: str, fields: dict[str, str | list[str]]) -> tuple[int, str]:
        """Fill in the form of a page and send it to `action`."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.open(page)[1])
        if token is None:
            raise CommandError(f"The page {page} has no form.")
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1]}, doseq=True).encode()
        return self.open(action, body)


class Command(BaseCommand):
    help = "Run the main job end to end against a running demo."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base-url", required=True)

    def handle(self, *args: Any, base_url: str, **options: Any) -> None:
        ada = Browser(base_url)
        self._expect(ada.open("/")[0] == 200, "The home page answers")
        status, page = ada.submit("/sign-in/", "/demo/sign-in/", {"person": "ada"})
        self._expect(status == 200 and "Sign out" in page, "Ada signs in at a press")
        token = self._token(ada)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        program = Browser(base_url)
        query = self._ask(program, headers)
        rows = self._answer(program, headers, query)
        self._show(rows)
        status, page = ada.open(f"/environment/queries/{query}/")
        self._expect(status == 200 and PHE508DEL in page, "Ada reads the same answer on its page")
        self._refused_to_eve(base_url, query)
        self.stdout.write("The main job works end to end.")

    def _expect(self, holds: bool, what: str) -> None:
        if not holds:
            raise CommandError(f"This did not hold: {what}.")
        self.stdout.write(f"  ok  {what}")

    def _token(self, browser: Browser) -> str:
        fields: dict[str, str | list[str]] = {"name": f"Check {secrets.token_hex(4)}", "days": "1", "scopes": SCOPES}
        _, page = browser.submit("/account/tokens/create/", "/account/tokens/create/", fields)
        found = re.search(r"lectern_[A-Za-z0-9_-]{43}", page)
        self._expect(found is not None, "She makes an API token, shown once")
        return found[0] if found else ""

    def _ask(self, program: Browser, headers: dict[str, str]) -> str:
        _, projects = program.open("/api/v1/projects/", headers=headers)
        _, releases = program.open("/api/v1/releases/", headers=headers)
        body = {
            "project": json.loads(projects)["results"][0]["reference"],
            "release": json.loads(releases)["results"][0]["reference"],
            "name": "Check: CFTR",
            "question": QUESTION,
        }
        status, text = program.open("/api/v1/queries/", json.dumps(body).encode(), headers)
        self._expect(status == 201, f"A program asks who carries a rare CFTR variant (answer {status})")
        return str(json.loads(text)["reference"])

    def _answer(self, program: Browser, headers: dict[str, str], query: str) -> list[dict[str, Any]]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        state: dict[str, Any] = {}
        while time.monotonic() < deadline:
            state = json.loads(program.open(f"/api/v1/queries/{query}/progress/", headers=headers)[1])
            if state["status"] not in ("queued", "running"):
                break
            time.sleep(0.3)
        self._expect(state.get("status") == "finished", f"A worker finishes {query}")
        _, text = program.open(f"/api/v1/queries/{query}/results/variants/", headers=headers)
        rows: list[dict[str, Any]] = json.loads(text)["results"]
        status, _ = program.open(f"/api/v1/queries/{query}/results/carriers.parquet", headers=headers)
        self._expect(status == 200, "The carriers come as Parquet too")
        return rows

    def _show(self, rows: list[dict[str, Any]]) -> None:
        found = {row["variant_id"]: row for row in rows}
        self._expect(PHE508DEL in found, f"The planted p.Phe508del is among the first {len(rows)} variants")
        carriers = found[PHE508DEL]["carrier_count"]
        self._expect(carriers > 0, f"p.Phe508del has {carriers} carriers in the project's data")

    def _refused_to_eve(self, base_url: str, query: str) -> None:
        eve = Browser(base_url)
        eve.submit("/sign-in/", "/demo/sign-in/", {"person": "eve"})
        status, _ = eve.open(f"/environment/queries/{query}/")
        self._expect(status == 404, "Eve, of another project, finds no such query")
