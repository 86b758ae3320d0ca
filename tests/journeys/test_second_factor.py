"""From a password alone to a page with applications: an app is connected once, and its code is asked for after that."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Visitor
from tests.journeys.steps import give_code, press
from tests.personas import PASSWORD

# One portal serves all of these tests: `pytest --dist loadgroup` keeps them in one process.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

WANTED = "/project-applications/"


def with_password(somebody: Visitor) -> Page:
    somebody.open("/sign-in/")
    page = somebody.page
    page.get_by_label("E-mail address").fill("aud@lectern.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    return page


@pytest.mark.parametrize("scripts", [False], indirect=True, ids=["without-scripts"])
def test_a_person_of_the_staff__sets_up_an_app_and_is_asked_for_its_code(window_of: Callable[[str], Visitor]) -> None:
    aud = window_of("anon")
    page = with_password(aud)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    expect(page.get_by_text("This opens only with a second factor")).to_be_visible()
    aud.open(WANTED)
    press(page, "Connect an app")
    key = re.search(r"\b[A-Z2-7]{32}\b", page.locator("main").inner_text())
    assert key
    give_code(page, key[0])
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    aud.open("/account/second-factor/")
    page.get_by_role("link", name="Go on to the page that you wanted to see").click()
    expect(page).to_have_url(re.compile(f"{WANTED}$"))
    page.get_by_role("button", name="Sign out").click()

    page = with_password(aud)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your second factor")
    aud.open(WANTED)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your second factor")
    give_code(page, key[0])
    expect(page).to_have_url(re.compile(f"{WANTED}$"))
