"""The picture of a region in Chromium: drawn by igv.js without a request elsewhere, by keyboard, at 320 pixels."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import NARROW, Visitor, barriers, require_no_overflow, visitor, window
from tests.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]
# igv.js says so of any VCF that is given whole.
KNOWN = "index file not specified"


def ask(ada: Visitor) -> Page:
    ada.sign_in_as("ada")
    ada.open(ada.stage.pages["research_env:project-region ada"])
    page = ada.page
    page.get_by_label("Region", exact=True).fill("chr7:117,559,000-117,560,000")
    page.get_by_label("Allele frequency at most").fill("")
    page.get_by_role("button", name="Show the region").press("Enter")
    expect(page.get_by_role("heading", level=2).first).to_contain_text("variant")
    return page


def forget_what_is_known(ada: Visitor) -> None:
    ada.complaints[:] = [each for each in ada.complaints if KNOWN not in each]


def test_the_region__is_drawn_from_what_the_page_holds(cached: BrowserContext, stage: Stage) -> None:
    cached.clear_cookies()
    with window(cached, stage) as ada:
        asked: list[str] = []
        ada.page.on("request", lambda request: asked.append(request.url))
        page = ask(ada)
        expect(page.locator("#region-view canvas").first).to_be_visible()
        expect(page.locator("#region-shown")).to_contain_text("chr7:117,559,000-117,560,000")
        expect(
            page.locator("#region-view .igv-sample-name-viewport canvas, #region-view canvas").nth(1)
        ).to_be_visible()
        assert barriers(page) == []
        page.set_viewport_size(NARROW)
        require_no_overflow(page, "the region at 320 pixels")
        assert any("igv.min" in url for url in asked)
        assert [url for url in asked if not url.startswith((stage.address, "data:", "blob:"))] == []
        forget_what_is_known(ada)


def test_the_picture__is_moved_by_keyboard_and_says_where_it_is(cached: BrowserContext, stage: Stage) -> None:
    cached.clear_cookies()
    with window(cached, stage) as ada:
        page = ask(ada)
        shown = page.locator("#region-shown")
        expect(shown).to_contain_text("117,559,000-117,560,000")
        page.get_by_role("button", name="Closer").press("Enter")
        expect(shown).to_contain_text("117,559,250-117,559,750")
        page.get_by_role("button", name="Right").press("Enter")
        expect(shown).to_contain_text("117,559,500-117,560,000")
        page.get_by_role("button", name="Right").press("Enter")
        expect(shown).to_contain_text("117,559,500-117,560,000")
        page.get_by_role("button", name="Whole region").press("Enter")
        expect(shown).to_contain_text("117,559,000-117,560,000")
        forget_what_is_known(ada)


def test_without_scripts__the_table_says_the_same(browser: Browser, stage: Stage) -> None:
    with visitor(browser, stage, scripts=False) as ada:
        page = ask(ada)
        expect(page.get_by_role("table").first).to_contain_text("chr7-117559590-ATCT-A")
        expect(page.locator("#region")).to_be_hidden()
