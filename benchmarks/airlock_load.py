"""A request of 200 MB in 100 files: how long its checks take, what its author sees meanwhile, and how slow pages get.

    python benchmarks/airlock_load.py                     starts a demo, measures, stops it
    python benchmarks/airlock_load.py --base-url URL      measures a demo that runs already
    python benchmarks/airlock_load.py --files 10          a smaller request

The files go in over REST, a few at a time, as a pipeline sends them; each is checked as it arrives. Meanwhile one
person asks for pages again and again, and once more after the submission, while all tables are compared.
"""

import argparse
import json
import re
import secrets
import statistics
import sys
import time
import urllib.request
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from benchmarks.pages import running_demo  # noqa: E402
from portal.management.commands.check_demo import Browser  # noqa: E402

FILE_BYTES = 2 * 1024 * 1024
SCOPES = ["profile:read", "projects:read", "exports:read", "exports:write"]
PATIENCE_SECONDS, SENDERS = 1800, 4


def table(number: int) -> bytes:
    """A table of large counts of about two megabytes; no two are the same."""
    head, rows, size = b"gene,people\n", [], 0
    for at in range(10**6):
        row = b"GENE%d,%d\n" % (at, 100_000 + at * 10 + number)
        size += len(row)
        if size > FILE_BYTES - len(head):
            break
        rows.append(row)
    return head + b"".join(rows)


def token_of(browser: Browser) -> str:
    fields: dict[str, str | list[str]] = {"name": f"Load {secrets.token_hex(4)}", "days": "1", "scopes": SCOPES}
    page = browser.submit("/account/tokens/create/", "/account/tokens/create/", fields)[1]
    found = re.search(r"lectern_[A-Za-z0-9_-]{43}", page)
    if found is None:
        raise SystemExit("No token could be made.")
    return found[0]


class Program:
    """A pipeline with a token."""

    def __init__(self, address: str, token: str) -> None:
        self.base, self.headers = f"{address}/api/v1/", {"Authorization": f"Bearer {token}"}

    def ask(self, path: str, body: bytes | None = None, kind: str = "application/json", method: str = "") -> dict:
        headers = {**self.headers, **({"Content-Type": kind} if body is not None else {})}
        request = urllib.request.Request(self.base + path, body, headers, method=method or ("POST" if body else "GET"))
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.load(answer)


def started(program: Program) -> str:
    """A request with a group and no file yet; gives its reference."""
    project = program.ask("projects/")["results"][0]["reference"]
    start = json.dumps({"project": project, "title": "Many tables"}).encode()
    reference = program.ask("exports/", start)["reference"]
    said = {"name": "Tables", "context": "Counts by gene.", "controls": "Large counts only.", "people": 0}
    program.ask(f"exports/{reference}/groups/", json.dumps(said).encode())
    return str(reference)


def send(program: Program, reference: str, number: int) -> None:
    """One file; the answer comes when it is checked."""
    path = f"exports/{reference}/files/table-{number}.csv/?group={quote('Tables')}"
    program.ask(path, table(number), "text/csv", "PUT")


def explain_and_submit(ada: Browser, reference: str) -> None:
    page = f"/airlock/requests/{reference}/"
    for path in sorted(set(re.findall(rf"{page}findings/\d+/", ada.open(page)[1]))):
        ada.submit(path, path, {"text": "Large counts only."})
    status, text = ada.submit(f"{page}submit/", f"{page}submit/", {"declares": "on"})
    if status != 200 or "is with the airlock" not in text:
        raise SystemExit("The request could not be submitted.")


def timed(ada: Browser, path: str) -> float:
    started = time.perf_counter()
    status, _ = ada.open(path)
    if status != 200:
        raise SystemExit(f"{path} answered {status}")
    return (time.perf_counter() - started) * 1000


def report(name: str, times: list[float]) -> None:
    ordered = sorted(times)
    print(f"{name:<34}{statistics.median(ordered):>8.0f}{ordered[int(len(ordered) * 0.95)]:>8.0f}{len(ordered):>8}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url")
    parser.add_argument("--files", type=int, default=100)
    arguments = parser.parse_args()
    with running_demo(arguments.base_url) as address:
        ada = Browser(address)
        ada.submit("/sign-in/", "/demo/sign-in/", {"person": "ada"})
        withdraw_open(ada)
        program = Program(address, token_of(ada))
        reference = started(program)
        with ThreadPoolExecutor(SENDERS) as senders:
            sent = [senders.submit(send, program, reference, number) for number in range(arguments.files)]
            wait_for_checks(ada, reference, sent)
        for each in sent:
            each.result()
        explain_and_submit(ada, reference)
        measure(ada, reference, arguments.files)


def withdraw_open(ada: Browser) -> None:
    """One request is open at a time for each author and project."""
    for reference in re.findall(r"EXP-\d{4}-\d{4}", ada.open("/airlock/requests/")[1]):
        path = f"/airlock/requests/{reference}/withdraw/"
        if ada.open(path)[0] == 200:
            ada.submit(path, path, {})


def checked(ada: Browser, reference: str) -> int:
    """How many files the page says are checked."""
    found = re.search(r"(\d+) of \d+ files checked", ada.open(f"/airlock/files/{reference}/checks/")[1])
    return int(found[1]) if found else 0


def wait_for_checks(ada: Browser, reference: str, sent: list[Future[None]]) -> None:
    """The preview, with pages asked for while files come in."""
    pages = {"home page": "/", "the request's page": f"/airlock/requests/{reference}/"}
    times: dict[str, list[float]] = {name: [] for name in pages}
    seen, began = {checked(ada, reference)}, time.perf_counter()
    while max(seen) < len(sent) and not failed(sent):
        if time.perf_counter() - began > PATIENCE_SECONDS:
            raise SystemExit("The checks did not finish within half an hour.")
        for name, path in pages.items():
            times[name].append(timed(ada, path))
        seen.add(checked(ada, reference))
    seconds = time.perf_counter() - began
    print(f"{len(sent)} files sent and checked in {seconds:.0f} s; the author saw {len(seen)} steps")
    print(f"{'while the checks run':<34}{'p50 ms':>8}{'p95 ms':>8}{'asked':>8}")
    for name, each in times.items():
        if each:
            report(name, each)


def failed(sent: list[Future[None]]) -> bool:
    """Whether a file was refused: then there is nothing to wait for."""
    return any(each.done() and each.exception() for each in sent)


def measure(ada: Browser, reference: str, files: int) -> None:
    """After the submission, until the checkers have it."""
    times: list[float] = []
    started = time.perf_counter()
    path = f"/airlock/requests/{reference}/"
    while "With the checkers" not in ada.open(path)[1]:
        times.append(timed(ada, path))
        if time.perf_counter() - started > PATIENCE_SECONDS:
            raise SystemExit("The request did not reach the checkers within half an hour.")
    print(
        f"{files} files compared and given to the checkers {time.perf_counter() - started:.0f} s after the submission"
    )
    if times:
        report("the request's page, submitted", times)


if __name__ == "__main__":
    main()
