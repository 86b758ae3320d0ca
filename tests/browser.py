"""Chromium for tests: one per module, kept to the portal's own origin, and what every page is held to in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.conftest import missing
from tests.stage import Stage

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Rules beyond the standard that no page has to follow, by name, with the reason. None yet.
AXE_EXCEPTIONS: dict[str, str] = {}
DESKTOP, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
SECOND = 1000
# Nothing elsewhere is found. To watch requests and stop them one by one would cost the browser its cache.
STAY_AT_HOME = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
PATIENCE_SECONDS = 30


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium; skips the test (or fails it, where LECTERN_REQUIRE has "browser") when there is none."""
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not os.path.exists(path):
        missing("browser", f"there is no {path}; apt install chromium, or set CHROMIUM to its path")
    arguments = ["--disable-dev-shm-usage", "--disable-gpu", STAY_AT_HOME]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visitor:
    """Somebody's browser window. `complaints` are console errors, failed scripts and requests that left the origin."""

    stage: Stage
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to an address of the portal and wait for everything it loads."""
        self.page.goto(f"{self.stage.address}{path}", wait_until="load")

    def sign_in_as(self, reader: str) -> None:
        """With a session that the stage has ready."""
        self.context.add_cookies(
            [{"name": "sessionid", "value": self.stage.sessions[reader], "url": self.stage.address}]
        )


@contextmanager
def visitor(browser: Browser, stage: Stage, *, scripts: bool = True, **options: Any) -> Iterator[Visitor]:
    """A browser of their own with one window; at its end nothing may have complained."""
    context = browser.new_context(java_script_enabled=scripts, viewport=options.pop("viewport", DESKTOP), **options)
    try:
        with window(context, stage) as found:
            yield found
    finally:
        context.close()


@contextmanager
def window(context: BrowserContext, stage: Stage) -> Iterator[Visitor]:
    """A window of a browser whose earlier windows filled its cache; at its end nothing may have complained."""
    context.set_default_timeout(PATIENCE_SECONDS * SECOND)
    expect.set_options(timeout=PATIENCE_SECONDS * SECOND)
    found = Visitor(stage, context, context.new_page())

    def stay_at_home(request: Request) -> None:
        if not request.url.startswith((stage.address, "data:", "blob:")):
            found.complaints.append(f"asked for {request.url}")

    def listen(message: ConsoleMessage) -> None:
        # That a page answers 404 or 409 is written to the console as an error; the tests look at statuses themselves.
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            found.complaints.append(f"console {message.type}: {message.text} at {message.location}")

    found.page.on("request", stay_at_home)
    found.page.on("console", listen)
    found.page.on("pageerror", lambda error: found.complaints.append(f"script: {error}"))
    try:
        yield found
        if found.complaints:
            pytest.fail("\n".join(found.complaints))
    finally:
        # Shown by pytest where a test fails.
        sys.stdout.write(f"{found.page.url}\n{found.page.locator('body').inner_text()[:3000]}\n")
        found.page.close()


def barriers(page: Page) -> list[str]:
    """What axe finds, a line for each rule with the first places."""
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": AXE_TAGS}}).response
    return [
        f"{rule['id']}: {rule['help']}: {[node['target'] for node in rule['nodes'][:3]]}"
        for rule in results["violations"]
        if rule["id"] not in AXE_EXCEPTIONS
    ]


# The widest element that pushes the page beyond the window, outside of regions that are meant to scroll.
OVERFLOW = """() => {
  const width = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= width) return null
  const wide = [...document.body.querySelectorAll("*")].filter(
    (e) => e.getBoundingClientRect().right > width + 1 && !e.closest("[data-two-dimensional]"))
  const shown = wide.slice(0, 3).map((e) => e.outerHTML.slice(0, 160))
  return `${document.documentElement.scrollWidth} > ${width}: ${shown.join(" | ")}`
}"""
# Boxes whose text is cut off when it grows.
CLIPPED = """() => [...document.querySelectorAll("main *, header *, footer *")].filter((e) => {
  const style = getComputedStyle(e)
  const hides = ["hidden", "clip"].includes(style.overflowY) || ["hidden", "clip"].includes(style.overflowX)
  const isForEyes = e.clientWidth > 2 && e.clientHeight > 2 && !e.closest("svg")
  return hides && isForEyes && e.textContent.trim() &&
    (e.scrollHeight > e.clientHeight + 2 || e.scrollWidth > e.clientWidth + 2)
}).map((e) => e.outerHTML.slice(0, 160)).slice(0, 3)"""
FOCUSED = """() => { const e = document.activeElement; return e ? (e.className || e.tagName) : "" }"""


def require_no_overflow(page: Page, what: str) -> None:
    """Nothing has to be scrolled sideways to be read."""
    overflow = page.evaluate(OVERFLOW)
    if overflow:
        pytest.fail(f"{what}: {overflow}")
