"""How long pages take while four people use the portal at once: p50 and p95 in milliseconds, from a demo of its own.

    python benchmarks/pages.py                     starts a demo, measures, stops it
    python benchmarks/pages.py --base-url URL      measures a demo that runs already

Every answer is checked: a page that is not 200, or lacks what it is about, ends the run.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from portal.management.commands.check_demo import Browser  # noqa: E402

USERS = 4
START_SECONDS = 600
PORT = 8765


@contextmanager
def running_demo(base_url: str | None) -> Iterator[str]:
    """The address of a demo; one of our own is started in a scratch folder and stopped at the end."""
    if base_url:
        yield base_url
        return
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as home:
        environment = {**os.environ, "LECTERN_HOME": home}
        demo = subprocess.Popen([CHECKOUT / "demo", "--port", str(PORT)], env=environment, stdout=subprocess.DEVNULL)
        try:
            address = f"http://127.0.0.1:{PORT}"
            wait_for(address)
            yield address
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)


def wait_for(address: str) -> None:
    """Until ada can sign in and has a finished query to read."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            ada = Browser(address)
            if ada.submit("/sign-in/", "/demo/sign-in/", {"person": "ada"})[0] == 200 and finished_query(ada):
                return
        except (OSError, ValueError, KeyError):
            pass
        except Exception as error:  # the sign-in page is there before the people are
            print(f"waiting: {error}", file=sys.stderr)
        time.sleep(0.5)
    raise SystemExit("The demo did not start in time.")


def finished_query(browser: Browser) -> str:
    """Reference of a finished query of ada's, "" where there is none."""
    answers = json.loads(browser.open("/api/v1/queries/?status=finished")[1])["results"]
    return str(answers[0]["reference"]) if answers else ""


def measure(address: str, path: str, expected: str, requests: int) -> list[float]:
    """Milliseconds of `requests` answers by each of USERS people at once, each with a session of their own."""
    times: list[float] = []
    failures: list[str] = []

    def use() -> None:
        browser = Browser(address)
        browser.submit("/sign-in/", "/demo/sign-in/", {"person": "ada"})
        for _ in range(requests):
            started = time.perf_counter()
            status, text = browser.open(path)
            times.append((time.perf_counter() - started) * 1000)
            if status != 200 or expected not in text:
                failures.append(f"{path} answered {status}")
                return

    people = [threading.Thread(target=use) for _ in range(USERS)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    if failures:
        raise SystemExit(failures[0])
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url")
    parser.add_argument("--requests", type=int, default=50, help="by each of the four people, on each page")
    arguments = parser.parse_args()
    with running_demo(arguments.base_url) as address:
        ada = Browser(address)
        ada.submit("/sign-in/", "/demo/sign-in/", {"person": "ada"})
        query = finished_query(ada)
        pages = {"home page": ("/", "Sign out"), "result page": (f"/environment/queries/{query}/", query)}
        print(f"{USERS} people at once, {arguments.requests} requests each")
        print(f"{'page':<14}{'p50 ms':>9}{'p95 ms':>9}")
        for name, (path, expected) in pages.items():
            measure(address, path, expected, 3)
            times = sorted(measure(address, path, expected, arguments.requests))
            print(f"{name:<14}{statistics.median(times):>9.0f}{times[int(len(times) * 0.95)]:>9.0f}")


if __name__ == "__main__":
    main()
