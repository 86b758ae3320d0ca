"""The sub-navigation of panels: which parts a section, a panel or an entity has for its reader, as real links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from panelapp.listings import entity_url, panel_url
from panelapp.models import Panel, PanelEntity, PanelVersion


@dataclass(frozen=True)
class Tab:
    """A link of a sub-navigation."""

    label: str
    url: str
    current: bool
    count: int | None = None


def section_tabs(actor: Any, current: str) -> list[Tab]:
    """Parts of the section of gene panels; a part shows if its reader may open it."""
    parts = [("Panels", "panel-list", True), ("Search", "panel-search", True), ("Activity", "activity", True)]
    return [Tab(label, reverse(f"panels:{name}"), name == current) for label, name, shows in parts if shows]


def panel_tabs(panel: Panel, version: PanelVersion | None, current: str) -> list[Tab]:
    """Parts of a panel's page, at this version."""
    number = version.number if version and version.pk != panel.current_id else ""
    counts: Sequence[tuple[str, str, int]] = (
        ("Genes", "panel-detail", version.number_of_genes if version else 0),
        ("Repeats", "panel-strs", version.number_of_strs if version else 0),
        ("Regions", "panel-regions", version.number_of_regions if version else 0),
    )
    tabs = [Tab(label, panel_url(panel.pk, number, name), name == current, count) for label, name, count in counts]
    others = (("Versions and history", "panel-history"), ("Contributors", "panel-contributors"))
    return [*tabs, *(Tab(label, panel_url(panel.pk, "", name), name == current) for label, name in others)]


def entity_tabs(entity: PanelEntity, current: str, reviews: int) -> list[Tab]:
    """Parts of an entity's page."""
    parts = (("Summary", "entity-detail"), ("Reviews", "entity-reviews"), ("Details", "entity-facts"))
    counts = {"entity-reviews": reviews}
    return [
        Tab(label, entity_url(entity.panel_id, entity.kind, entity.name, name), name == current, counts.get(name))
        for label, name in (*parts, ("History", "entity-history"))
    ]
