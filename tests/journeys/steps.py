"""Steps that several journeys take, in the words that stand on the pages."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import SECOND, Visitor
from tests.personas import PASSWORD
from tests.stage import PATIENCE_SECONDS, wait_until

PSEUDONYM = re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{4}\b")
QUERY = re.compile(r"QRY-\d{4}-\d{4}")


_last_periods: dict[str, int] = {}


def code_of(key: str) -> str:
    """What an authenticator app with this key shows, or shows next: a code is taken once, and a little early."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    _last_periods[key] = max(int(time.time()) // 30, _last_periods.get(key, 0) + 1)
    return str(format_hotp_value(hotp_value(key, _last_periods[key])))


def sign_in(somebody: Visitor, email: str, app_key: str = "") -> None:
    """By address and password, and a code of the app where there is one."""
    somebody.open("/sign-in/")
    page = somebody.page
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    if app_key:
        give_code(page, app_key)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def give_code(page: Page, app_key: str) -> None:
    """On a page that asks for one."""
    page.get_by_label("Code", exact=True).fill(code_of(app_key))
    page.locator("main").get_by_role("button", name=re.compile("Continue|Confirm|Connect")).first.click()


def press(page: Page, name: str | re.Pattern[str]) -> None:
    """Follow what looks like a button, whether it is one or a link; the first of that name."""
    button, link = (page.locator("main").get_by_role(role, name=name) for role in ("button", "link"))
    button.or_(link).first.click()


def open_form(somebody: Visitor) -> None:
    """From the menu to the form of a new query in ada's project."""
    page = somebody.page
    somebody.open("/")
    page.get_by_label("Menu").get_by_role("link", name="Research environment").click()
    page.get_by_role("link", name="Rare variants in cystic fibrosis").first.click()
    press(page, "New query")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("New query"))


def plan(page: Page, name: str, genes: str, **fields: str) -> str:
    """Fill the form that is open and plan the query; gives its reference."""
    page.get_by_label("Genes", exact=True).fill(genes)
    page.get_by_label("Name", exact=True).fill(name)
    for label, value in fields.items():
        page.get_by_label(label.replace("_", " ")).fill(value)
    press(page, "Plan this query")
    expect(page.get_by_text("Nothing has been read yet")).to_be_visible()
    return reference_of(page)


def reference_of(page: Page) -> str:
    """The reference in the address of the page."""
    found = QUERY.search(page.url)
    assert found, page.url
    return found[0]


def run_to_the_end(page: Page, *, scripts: bool) -> None:
    """Press the button and watch. With scripts the page follows by itself; without, one refreshes."""
    press(page, "Run this query")
    heading = page.locator("h1")
    finished = page.locator(".lectern-tag, .govuk-tag").filter(has_text="Finished").first
    if scripts:
        expect(finished).to_be_visible(timeout=PATIENCE_SECONDS * SECOND)
    else:

        def is_there() -> bool:
            refresh = page.get_by_role("link", name="Refresh to see how far it is")
            if refresh.count():
                refresh.click()
            return finished.count() > 0

        wait_until(is_there, "the query finishes")
    expect(heading).to_be_visible()


def ask(address: str, path: str, key: str, body: Any = None) -> tuple[int, Any]:
    """What a program gets: status and body."""
    request = urllib.request.Request(f"{address}{path}", headers={"Authorization": f"Bearer {key}"})
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())
