"""The main job as people do it: ask, run, watch, read, take away, share. Each journey with scripts and without."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Visitor
from tests.factories.releases import CANARY, PHE508DEL
from tests.journeys.steps import PSEUDONYM, give_code, open_form, plan, press, reference_of, run_to_the_end, sign_in

# One portal serves all of these tests: `pytest --dist loadgroup` keeps them in one process.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
WindowOf = Callable[[str], Visitor]


def test_who_carries_a_rare_protein_changing_variant_in_cftr(window_of: WindowOf, scripts: bool) -> None:
    ada = window_of("anon")
    page = ada.page
    sign_in(ada, "ada@lectern.example", ada.stage.facts["key of ada's app"])
    open_form(ada)
    _name_the_gene(page, scripts=scripts)
    page.get_by_label("Protein-changing").check()
    page.get_by_label("Allele frequency at most").fill("0.1")
    page.get_by_label("Name", exact=True).fill("Who carries a rare variant?")
    _picture(page, "form", scripts)
    press(page, "Plan this query")

    expect(page.get_by_text("Nothing has been read yet")).to_be_visible()
    expect(page.get_by_text("People in the cohort")).to_be_visible()
    reference = reference_of(page)
    run_to_the_end(page, scripts=scripts)
    expect(page.get_by_text("Variants found")).to_be_visible()
    _picture(page, "result", scripts)

    page.get_by_role("link", name="Variants", exact=False).filter(has_text=re.compile(r"^Variants")).first.click()
    _sort_by_allele_count(page)
    page.get_by_label("Variant, protein change or rs number").fill("Phe508del")
    press(page, "Apply filters")
    page.get_by_role("link", name=PHE508DEL).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(PHE508DEL)
    carriers = set(PSEUDONYM.findall(page.locator("main").inner_text()))
    assert len(carriers) == 13

    page.get_by_role("link", name=re.compile("^Variants")).first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").first.click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    assert PHE508DEL in {row["variant_id"] for row in rows}
    assert CANARY not in str(rows)

    ada.open(f"/environment/queries/{reference}/")
    _share_with_ben_but_not_with_eve(page, window_of, reference)


def _name_the_gene(page: Page, *, scripts: bool) -> None:
    """With scripts by choosing from what is suggested, without by typing."""
    if scripts:
        page.get_by_role("combobox", name="Find a gene to add").press_sequentially("CFT", delay=20)
        page.get_by_role("option", name=re.compile("^CFTR")).click()
        expect(page.get_by_label("Genes", exact=True)).to_have_value("CFTR\n")
    else:
        page.get_by_label("Genes", exact=True).fill("CFTR")


def _sort_by_allele_count(page: Page) -> None:
    heading = page.get_by_role("columnheader", name=re.compile("Allele count"))
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", re.compile("ascending|descending"))
    place = heading.evaluate("(cell) => cell.cellIndex") + 1
    cells = page.locator(f"main tbody tr > :nth-child({place})").all_inner_texts()
    counts = [int(cell.split()[0].replace(",", "")) for cell in cells]
    ascending = heading.get_attribute("aria-sort") == "ascending"
    assert len(counts) > 3
    assert counts == sorted(counts, reverse=not ascending)


def _share_with_ben_but_not_with_eve(page: Page, window_of: WindowOf, reference: str) -> None:
    ben, eve = window_of("ben"), window_of("eve")
    address = f"/environment/queries/{reference}/"
    ben.open(address)
    expect(ben.page.get_by_role("heading", level=1)).to_have_text(re.compile("not found", re.IGNORECASE))

    page.get_by_label("Share with").select_option(label="Ben Researcher")
    press(page, re.compile("^Share$"))
    expect(page.get_by_text("Ben Researcher sees this query now.")).to_be_visible()

    ben.open("/notifications/")
    ben.page.get_by_role("link", name=reference).first.click()
    expect(ben.page.get_by_text("Variants found")).to_be_visible()
    expect(ben.page.get_by_role("button", name="Run again")).to_have_count(0)
    for place in ("", "variants/", "carriers/", f"variants/{PHE508DEL}/", "variants.csv", "carriers.parquet"):
        answer = eve.page.request.get(f"{eve.stage.address}{address}{place}")
        assert answer.status == 404, place


def test_cancelling_a_query(window_of: WindowOf) -> None:
    ada = window_of("ada")
    open_form(ada)
    plan(ada.page, "To be cancelled", "CFTR")
    press(ada.page, "Cancel this query")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("Cancel this query?")
    press(ada.page, re.compile("Keep the query|Back to the query"))
    press(ada.page, "Cancel this query")
    press(ada.page, "Cancel this query")
    expect(ada.page.get_by_text("The query was cancelled.")).to_be_visible()
    expect(ada.page.get_by_role("button", name="Try again")).to_be_visible()


def test_a_gene_that_does_not_exist__comes_back_with_a_suggestion_and_all_that_was_typed(
    window_of: WindowOf, scripts: bool
) -> None:
    ada = window_of("ada")
    page = ada.page
    open_form(ada)
    page.get_by_label("Genes", exact=True).fill("G6PD\nCFTRR")
    page.get_by_label("Allele frequency at most").fill("0.123")
    page.get_by_label("Name", exact=True).fill("Käse & <b>Kuchen</b>")
    press(page, "Plan this query")

    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("CFTRR")
    expect(summary).to_contain_text("CFTR?")
    expect(page).to_have_title(re.compile("^Error: "))
    if scripts:
        expect(page.locator(".govuk-error-summary")).to_be_focused()
    summary.get_by_role("link").first.click()
    expect(page.get_by_label("Genes", exact=True)).to_be_focused()
    expect(page.get_by_label("Genes", exact=True)).to_have_value("G6PD\nCFTRR")
    expect(page.get_by_label("Allele frequency at most")).to_have_value("0.123")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Käse & <b>Kuchen</b>")

    page.get_by_label("Genes", exact=True).fill("G6PD\nCFTR")
    press(page, "Plan this query")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Käse & <b>Kuchen</b>")


def test_an_address_of_the_project__leads_a_stranger_over_the_sign_in_page(window_of: WindowOf) -> None:
    stranger = window_of("anon")
    stranger.open(f"/environment/projects/{stranger.stage.facts['project']}/")
    page = stranger.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_label("E-mail address").fill("ben@lectern.example")
    page.get_by_label("Password", exact=True).fill("wrong")
    press(page, re.compile("^Sign in$"))
    expect(page.get_by_role("alert")).to_contain_text("is not right")
    page.get_by_label("Password", exact=True).fill("only-for-tests-not-secret")
    press(page, re.compile("^Sign in$"))
    give_code(page, stranger.stage.facts["key of ben's app"])
    expect(page.get_by_role("heading", level=1)).to_contain_text("Rare variants in cystic fibrosis")


def _picture(page: Page, name: str, scripts: bool) -> None:
    """For the README, when asked for by LECTERN_WRITE=pictures."""
    if scripts and os.environ.get("LECTERN_WRITE") == "pictures":
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png")
