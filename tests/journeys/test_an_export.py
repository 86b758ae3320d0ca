"""A table leaves: its author is told why not, masks it, and two checkers judge it without knowing of each other.

All by keyboard, with scripts and without. Only a file is chosen by hand: that window belongs to the operating system.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from airlock.services.receipts import is_signed
from tests.browser import Visitor, barriers, require_no_overflow
from tests.journeys.keys import Keys
from tests.stage import wait_until

# One portal serves all of these tests: `pytest --dist loadgroup` keeps them in one process.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
SMALL = b"gene,people_tested,carriers\nCFTR,180,12\nG6PD,180,9\nLDLR,180,4\n"
MASKED = SMALL.replace(b",4\n", b",<5\n")
WindowOf = Callable[[str], Visitor]


def test_a_table_with_a_small_number__is_masked_judged_blind_by_two_and_released(
    window_of: WindowOf, scripts: bool
) -> None:
    author = window_of("ada" if scripts else "ben")
    reference = start(author)
    add_file(author, "carriers.csv", SMALL)
    expect(author.page.get_by_text("A count is below the threshold for small numbers.")).to_be_visible()
    picture(author.page, "an-export-told-why", scripts)
    Keys(author.page).press("Take out carriers.csv")
    add_file(author, "masked.csv", MASKED)
    expect(author.page.get_by_text("A count is below the threshold")).to_have_count(0)
    submit(author, scripts)
    wait_until(lambda: stands(author, "With the checkers"), "the checks are done")

    finn, fay = window_of("finn"), window_of("fay")
    for checker in (finn, fay):
        take_up(checker, reference, scripts)
    judge(finn, reference)
    expect(fay_sees := opened(fay, reference)).not_to_contain_text("Finn Checker")
    expect(fay_sees).to_contain_text("Judgements of others are shown when all reviews are in.")
    expect(fay_sees).to_contain_text("1 of 2 reviews in")
    assert not re.search("Approve|review", history_of(author))
    judge(fay, reference)
    expect(opened(finn, reference)).to_contain_text("Fay Checker")
    settle(finn, reference)
    picture(finn.page, "an-export-judged", scripts)
    Keys(finn.page).press("Approve the release")
    Keys(finn.page).press("Approve the release")
    expect(finn.page.get_by_text("The release is approved.")).to_be_visible()

    wait_until(lambda: stands(author, "Released"), "the files are copied")
    take_away(author)
    picture(author.page, "an-export-released", scripts)


def start(author: Visitor) -> str:
    """A request with one group; gives its reference."""
    author.open("/airlock/requests/")
    keys = Keys(author.page)
    keys.press("Ask to let files out")
    keys.select("Project", author.stage.facts["project"][:8])
    keys.write("What leaves, in a few words", "Carriers by gene, for a poster")
    keys.press("Start")
    keys.press("Add a group of files")
    keys.write("Name of the group", "Table 1")
    keys.write("What do the files show?", "Carriers of a rare variant in each of three genes.")
    keys.write("What did you do against disclosure?", "Counts below five are masked; no totals are given.")
    keys.write("How many people the figures are about", "180")
    keys.press("Save")
    found = re.search(r"EXP-\d{4}-\d{4}", author.page.url)
    assert found, author.page.url
    return found[0]


def add_file(author: Visitor, name: str, content: bytes) -> None:
    keys = Keys(author.page)
    keys.press("Add a file to Table 1")
    box = author.page.get_by_label("A file from the project's workspace")
    box.set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    keys.press("Copy it into the request")
    expect(author.page.get_by_text("The file was copied and checked.")).to_be_visible()


def submit(author: Visitor, scripts: bool) -> None:
    """Explain what asks for it, declare, submit."""
    page, keys = author.page, Keys(author.page)
    for asked in page.get_by_role("link", name=re.compile("^Explain finding")).all_inner_texts():
        keys.press(asked)
        keys.write("Why is this safe?", "The demo has no scanner; the table holds masked counts.")
        keys.press("Save")
    require_no_barriers(page, scripts)
    keys.press("Submit for review")
    keys.tick("I have looked at each file. None of them holds anything from which a person can be recognised.")
    keys.press("Submit")
    expect(page.get_by_text("Your request is with the airlock.")).to_be_visible()


def stands(author: Visitor, state: str) -> bool:
    """Look again: without scripts nothing renews itself."""
    author.page.reload()
    return author.page.locator(".lectern-tag, .govuk-tag").filter(has_text=re.compile(rf"^\s*{state}\s*$")).count() > 0


def opened(checker: Visitor, reference: str) -> object:
    checker.open(f"/airlock/checks/{reference}/")
    return checker.page.locator("main")


def take_up(checker: Visitor, reference: str, scripts: bool) -> None:
    """From the queue to the request, to its file and back."""
    checker.open("/airlock/checks/")
    require_no_barriers(checker.page, scripts)
    picture(checker.page, "an-export-queue", scripts)
    keys = Keys(checker.page)
    keys.press(reference)
    require_no_overflow(checker.page, "the request on a checker's page")
    require_no_barriers(checker.page, scripts)
    keys.press("Look at masked.csv")
    expect(checker.page.get_by_role("cell", name="<5")).to_be_visible()
    checker.page.go_back(wait_until="load")
    keys.press("Take up a review")
    keys.press("Take up a review")
    expect(checker.page.get_by_text("The review is yours.")).to_be_visible()


def judge(checker: Visitor, reference: str) -> None:
    opened(checker, reference)
    keys = Keys(checker.page)
    keys.press("Judge masked.csv")
    keys.choose("Approve", "May this file leave?")
    keys.press("Save my judgement")
    keys.press("Submit my review")
    keys.press("Submit my review")
    expect(checker.page.get_by_text("Your review is in.")).to_be_visible()


def settle(checker: Visitor, reference: str) -> None:
    page, keys = checker.page, Keys(checker.page)
    for asked in page.get_by_role("link", name=re.compile("^Settle finding")).all_inner_texts():
        keys.press(asked)
        keys.choose("Accepted", "What do you think of it?")
        keys.write("Why?", "As its author says.")
        keys.press("Save")


def history_of(author: Visitor) -> str:
    author.page.reload()
    return author.page.locator(".lectern-timeline, .moj-timeline, main ol").last.inner_text()


def take_away(author: Visitor) -> None:
    """The file is what was sent, and the receipt is signed."""
    page = author.page
    with page.expect_download() as download:
        page.get_by_role("button", name="Download masked.csv").press("Enter")
    assert Path(download.value.path()).read_bytes() == MASKED
    address = page.get_by_role("link", name="Signed receipt (JSON)").get_attribute("href")
    answer = page.request.get(f"{author.stage.address}{address}")
    receipt = json.loads(answer.text())
    assert is_signed(answer.text(), answer.headers["x-receipt-signature"], receipt["public_key"])
    assert [file["name"] for file in receipt["files"]] == ["masked.csv"]
    assert "Finn" not in answer.text()


def require_no_barriers(page: Page, scripts: bool) -> None:
    """As axe finds them, which is itself a script."""
    if scripts:
        assert barriers(page) == []


def picture(page: Page, name: str, scripts: bool) -> None:
    """For docs/an-export.md, when asked for by LECTERN_WRITE=pictures."""
    if scripts and os.environ.get("LECTERN_WRITE") == "pictures":
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
