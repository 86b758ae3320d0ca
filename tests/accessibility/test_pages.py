"""Every page as its reader meets it in Chromium: no barriers that axe knows, at 320 pixels, with large text, by Tab."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.addresses import PAGES, Address
from tests.browser import CLIPPED, DESKTOP, FOCUSED, NARROW, Visitor, barriers, require_no_overflow, visitor, window
from tests.stage import Stage

# One portal serves all of these tests: `pytest --dist loadgroup` keeps them in one process.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]

# Django's admin is Django's own work: it is there for operators, and held to what it can be held to.
EVERYTHING = [pytest.param(page, reader, id=f"{page.label} {reader}") for page, reader in PAGES if not page.is_admin]

# Pages that send their reader on.
# As somebody who has just come to the page: a form with errors has put the focus on what is wrong.
FROM_THE_TOP = """() => {
    getSelection().removeAllRanges();
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
}"""
LEADS_ON = {
    "account_set_password (of a person who has one)": "/account/password/change/",
    "mfa_authenticate (before a password)": "/sign-in/",
    # Who has an app gives its code, who has none gives their password.
    "account_reauthenticate ada": "/account/second-factor/again/",
    "mfa_reauthenticate_webauthn ada": "/account/second-factor/again/",
    "mfa_reauthenticate noa": "/account/password/again/",
    "mfa_reauthenticate_webauthn noa": "/account/password/again/",
    "mfa_view_recovery_codes noa": "/account/second-factor/",
}


@pytest.mark.parametrize(("page", "reader"), EVERYTHING)
def test_page__can_be_used_by_everybody(cached: BrowserContext, stage: Stage, page: Address, reader: str) -> None:
    cached.clear_cookies()
    with window(cached, stage) as somebody:
        if reader != "anon":
            somebody.sign_in_as(reader)
        address = stage.pages[f"{page.label} {reader}"]
        somebody.open(address)
        arrived = LEADS_ON.get(f"{page.label} {reader}") or LEADS_ON.get(page.label, address)
        assert somebody.page.url == f"{stage.address}{arrived}"
        assert barriers(somebody.page) == []
        _the_first_tab_leads_past_the_menu(somebody)
        _at_320_pixels_nothing_is_beside_the_window(somebody)
        _text_of_twice_the_size_fits(somebody)


PLANTED = """<!DOCTYPE html><html lang="en-GB"><title>Planted</title><main><h1>Planted</h1>
<p id="faint">Too faint</p><img src="{outside}/picture.png"><div id="wide">Wide</div>
<div id="tight">Text that is cut off when it grows</div></main></html>"""
PLANT = """() => {
  const dress = (id, style) => Object.assign(document.getElementById(id).style, style)
  dress("faint", {color: "#ddd", background: "#fff"})
  dress("wide", {width: "400px"})
  dress("tight", {height: "1em", overflow: "hidden", width: "5em"})
  console.error("planted")
}"""


def test_what_these_tests_look_for__is_seen_when_it_is_planted(browser: Browser, stage: Stage) -> None:
    with pytest.raises(pytest.fail.Exception) as complaint:
        _meet_what_is_planted(browser, stage)
    assert "http://elsewhere.example/picture.png" in str(complaint.value)
    assert "console error: planted" in str(complaint.value)


def _meet_what_is_planted(browser: Browser, stage: Stage) -> None:
    with visitor(browser, stage) as somebody:
        page = somebody.page
        page.route("**/planted/", lambda route: route.fulfill(body=PLANTED.format(outside="http://elsewhere.example")))
        somebody.open("/planted/")
        page.evaluate(PLANT)
        assert {line.partition(":")[0] for line in barriers(page)} == {"color-contrast", "image-alt"}
        page.set_viewport_size(NARROW)
        with pytest.raises(pytest.fail.Exception, match='id="wide"'):
            require_no_overflow(page, "at 320 pixels")
        assert "tight" in str(page.evaluate(CLIPPED))


def test_admin__loads_nothing_from_elsewhere(browser: Browser, stage: Stage) -> None:
    with visitor(browser, stage) as somebody:
        somebody.sign_in_as("superuser")
        somebody.open(stage.pages["admin:index superuser"])
        assert somebody.page.get_by_role("heading", level=1).count() == 1


def _the_first_tab_leads_past_the_menu(somebody: Visitor) -> None:
    page = somebody.page
    page.evaluate(FROM_THE_TOP)
    page.keyboard.press("Tab")
    assert "govuk-skip-link" in page.evaluate(FOCUSED)
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main-content"


def _at_320_pixels_nothing_is_beside_the_window(somebody: Visitor) -> None:
    somebody.page.set_viewport_size(NARROW)
    require_no_overflow(somebody.page, "at 320 pixels")


def _text_of_twice_the_size_fits(somebody: Visitor) -> None:
    page = somebody.page
    page.set_viewport_size(DESKTOP)
    page.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
    require_no_overflow(page, "with text of twice the size")
    assert page.evaluate(CLIPPED) == []
