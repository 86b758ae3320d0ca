"""The form of a new query by keyboard alone: everything is reached, in order, and what has the focus is in sight."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Visitor
from tests.journeys.steps import open_form

# One portal serves all of these tests: `pytest --dist loadgroup` keeps them in one process.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

# What has the focus, and whether a reader sees any of it: inside the window and not under something else.
FOCUS = """() => {
  const e = document.activeElement
  if (!e || e === document.body) return null
  const area = e.closest("label, .govuk-radios__item, .govuk-checkboxes__item") || e
  const box = area.getBoundingClientRect()
  const points = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.8]].map(([x, y]) => [box.x + box.width * x, box.y + box.height * y])
  const seen = points.some(([x, y]) => {
    const top = document.elementFromPoint(x, y)
    return top && (area.contains(top) || top.contains(area))
  })
  return {id: e.id, name: e.name || "", tag: e.tagName, text: (e.textContent || "").trim().slice(0, 40), seen,
    form: Boolean(e.form && e.form.enctype === "multipart/form-data")}
}"""


@pytest.mark.parametrize("scripts", [True, False], indirect=True, ids=["with-scripts", "without-scripts"])
def test_a_query_is_planned_by_keyboard_alone(window_of: Callable[[str], Visitor]) -> None:
    ada = window_of("ada")
    open_form(ada)
    page = ada.page
    reached = _tab_to(page, lambda focus: focus["name"] == "genes")
    page.keyboard.type("CFTR")
    reached += _tab_to(page, lambda focus: focus["name"] == "consequence")
    page.keyboard.press("ArrowDown")
    reached += _tab_to(page, lambda focus: focus["name"] == "name")
    page.keyboard.type("By keyboard")
    reached += _tab_to(page, lambda focus: focus["text"] == "Plan this query")
    names = [focus["name"] for focus in reached if focus["form"]]
    for field in ("targets", "release", "max_allele_frequency", "zygosity", "sexes", "datasets", "pass_only"):
        assert field in names, field
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("By keyboard")
    chosen = page.locator("main").inner_text()
    assert "CFTR" in chosen


def _tab_to(page: Page, is_there: Callable[[dict], bool]) -> list[dict]:
    """Press Tab until the focus is where it should be; gives everything that had it on the way."""
    way: list[dict] = []
    for _ in range(120):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert focus, f"the focus got lost after {way[-1:]}"
        assert focus["seen"], f"hidden while it has the focus: {focus}"
        way.append(focus)
        if is_there(focus):
            return way
    pytest.fail(f"never reached; the last ones were {way[-3:]}")
