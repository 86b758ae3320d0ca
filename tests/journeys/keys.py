"""A page used by keyboard alone: Tab to what one wants, type, choose with the arrows, press with Enter or Space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page

MOST_TABS = 150
# What has the focus, by the words that a reader hears, and whether any of it is in sight.
FOCUS = """() => {
  const e = document.activeElement
  if (!e || e === document.body) return null
  const words = (node) => (node ? node.textContent : "").trim().replace(/\\s+/g, " ")
  const area = e.closest("label, .govuk-radios__item, .govuk-checkboxes__item") || e
  const box = area.getBoundingClientRect()
  const points = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.8]].map(([x, y]) => [box.x + box.width * x, box.y + box.height * y])
  const seen = points.some(([x, y]) => {
    const top = document.elementFromPoint(x, y)
    return top && (area.contains(top) || top.contains(area))
  })
  const group = e.closest("fieldset")
  return {label: words(e.labels && e.labels[0]), text: words(e), tag: e.tagName, type: e.type || "", seen,
    group: group ? words(group.querySelector("legend")) : "", checked: Boolean(e.checked)}
}"""
Focus = dict[str, Any]


@dataclass
class Keys:
    """The keyboard of one page."""

    page: Page

    def reach(self, is_there: Callable[[Focus], bool], what: str) -> Focus:
        """Press Tab until the focus is where it should be; whatever has it on the way can be seen."""
        way: list[str] = []
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            focus: Focus | None = self.page.evaluate(FOCUS)
            if focus is None:
                continue  # past the last element: the browser begins again
            assert focus["seen"], f"hidden while it has the focus: {focus}"
            if is_there(focus):
                return focus
            way.append(focus["label"] or focus["text"][:40])
        pytest.fail(f"never reached {what!r} on {self.page.url}; on the way: {way}")

    def press(self, name: str) -> None:
        """Follow a link or press a button."""
        self.reach(lambda focus: focus["tag"] in ("A", "BUTTON") and focus["text"] == name, name)
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press("Enter")

    def write(self, label: str, text: str) -> None:
        """Fill a box; what stood in it goes."""
        self.reach(lambda focus: focus["label"] == label, label)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def choose(self, label: str, group: str = "") -> None:
        """Choose one of several round buttons: Tab reaches the group, the arrows move in it."""

        def is_group(focus: Focus) -> bool:
            return focus["type"] == "radio" and group in focus["group"]

        focus = self.reach(is_group, group or label)
        self.page.keyboard.press("Space")
        for _ in range(12):
            if focus["label"] == label:
                return
            self.page.keyboard.press("ArrowDown")
            focus = self.page.evaluate(FOCUS)
        pytest.fail(f"{label!r} is not among the choices of {group!r}")

    def tick(self, label: str) -> None:
        """Tick a box."""
        focus = self.reach(lambda focus: focus["type"] == "checkbox" and focus["label"] == label, label)
        if not focus["checked"]:
            self.page.keyboard.press("Space")

    def select(self, label: str, option: str) -> None:
        """Choose from a list by typing the beginning of the words."""
        self.reach(lambda focus: focus["tag"] == "SELECT" and focus["label"] == label, label)
        self.page.keyboard.type(option)
