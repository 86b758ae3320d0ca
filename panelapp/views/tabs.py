"""The sub-navigation of panels: which parts a section, a panel or an entity has for its reader, as real links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from panelapp.listings import entity_url, panel_url
from panelapp.models import Panel, PanelEntity, PanelVersion, SignOff
from panelapp.policies import (
    can_apply_to_review,
    can_create_panel,
    can_edit_panel,
    can_load_genes,
    can_review_panel,
    can_sign_off_version,
)
from panelapp.workflows import PANEL


@dataclass(frozen=True)
class Tab:
    """A link of a sub-navigation."""

    label: str
    url: str
    current: bool
    count: int | None = None


def section_tabs(actor: Any, current: str) -> list[Tab]:
    """Parts of the section of gene panels; a part shows if its reader may open it."""
    reviews, curates = can_review_panel(actor, None), can_create_panel(actor, None)
    parts = [
        ("Panels", "panel-list", True),
        ("Search", "panel-search", True),
        ("Test directory", "directory", True),
        ("Compare", "compare", True),
        ("Activity", "activity", True),
        ("Files", "files", True),
        ("My reviews", "my-reviews", reviews),
        ("Become a reviewer", "reviewer-apply", can_apply_to_review(actor, None)),
        ("Curation queue", "curation-queue", curates),
        ("Reviewers", "reviewer-list", curates),
        ("Tables of genes", "refresh-list", can_load_genes(actor, None)),
    ]
    return [Tab(label, reverse(f"panels:{name}"), name == current) for label, name, shows in parts if shows]


def panel_tabs(panel: Panel, version: PanelVersion | None, current: str, actor: Any) -> list[Tab]:
    """Parts of a panel's page, at this version; the work on it is for curators."""
    number = version.number if version and version.pk != panel.current_id else ""
    counts: Sequence[tuple[str, str, int]] = (
        ("Genes", "panel-detail", version.number_of_genes if version else 0),
        ("Repeats", "panel-strs", version.number_of_strs if version else 0),
        ("Regions", "panel-regions", version.number_of_regions if version else 0),
    )
    tabs = [Tab(label, panel_url(panel.pk, number, name), name == current, count) for label, name, count in counts]
    others = [("Versions and history", "panel-history"), ("Contributors", "panel-contributors")]
    if can_edit_panel(actor, panel):
        others.append(("Curation", "panel-work"))
    return [*tabs, *(Tab(label, panel_url(panel.pk, "", name), name == current) for label, name in others)]


def entity_tabs(entity: PanelEntity, current: str, reviews: int) -> list[Tab]:
    """Parts of an entity's page."""
    parts = (("Summary", "entity-detail"), ("Reviews", "entity-reviews"), ("Details", "entity-facts"))
    counts = {"entity-reviews": reviews}
    return [
        Tab(label, entity_url(entity.panel_id, entity.kind, entity.name, name), name == current, counts.get(name))
        for label, name in (*parts, ("History", "entity-history"))
    ]


def panel_actions(panel: Panel, actor: Any) -> list[dict[str, object]]:
    """What a reviewer can do with a panel."""
    if panel.is_super or panel.status == Panel.Status.DELETED or not can_review_panel(actor, panel):
        return []
    verb = "Add" if can_edit_panel(actor, panel) else "Suggest"
    things = (("a gene", "entity-add"), ("a repeat", "str-add"), ("a region", "region-add"))
    return [{"label": f"{verb} {thing}", "url": panel_url(panel.pk, "", name)} for thing, name in things]


Work = tuple[str, list[dict[str, object]], list[str]]


def work_on(panel: Panel, actor: Any) -> list[Work]:
    """What a curator can do with a panel: groups of buttons, and what is refused in words."""
    own = [
        ("Upload 36 columns", "panel-upload"),
        ("Upload reviews", "panel-upload-reviews"),
        ("Copy reviews", "panel-copy"),
        ("Put everything back into the queue", "panel-reopen"),
    ]
    content = [("Describe the panel", "panel-edit"), *([] if panel.is_super else own)]
    refusal = sign_off_refusal(panel, actor)
    signs = [] if refusal else [("Sign off this version", "panel-sign-off")]
    versions = [("Promote to a new major version", "panel-promote"), *signs, ("Publish an erratum", "panel-erratum")]
    possible = [row for row in PANEL.transitions if panel.status in row.sources]
    refused = {row.action: PANEL.refusal(panel, row.action, actor) for row in possible}
    moves: list[dict[str, object]] = [
        {"label": row.label, "url": _move_url(panel, row.action), "danger": row.danger}
        for row in possible
        if refused[row.action] is None
    ]
    if panel.status == Panel.Status.DELETED:
        return [("Status", moves, [])]
    if panel.status == Panel.Status.INTERNAL:
        moves = [*moves, *_links(panel, [("Show it to a person", "panel-show")])]
    added = panel_actions(panel, actor)
    return [
        ("Content", [*added, *_links(panel, content)], []),
        ("Versions", _links(panel, versions), [refusal] if refusal else []),
        ("Status", moves, list(dict.fromkeys(filter(None, refused.values())))),
    ]


def sign_off_refusal(panel: Panel, actor: Any) -> str:
    """Why the current version cannot be signed off by this curator, or nothing."""
    if panel.current is None or SignOff.objects.filter(version=panel.current).exists():
        return f"Version {panel.version} is signed off already." if panel.current else "There is no version yet."
    return "" if can_sign_off_version(actor, panel.current) else can_sign_off_version.sentence


def _links(panel: Panel, parts: Sequence[tuple[str, str]]) -> list[dict[str, object]]:
    return [{"label": label, "url": panel_url(panel.pk, "", name)} for label, name in parts]


def _move_url(panel: Panel, action: str) -> str:
    return reverse("panels:panel-status", args=[panel.pk, action])


def entity_actions(entity: PanelEntity, actor: Any, *, has_own: bool) -> list[dict[str, object]]:
    """What the reader can do with an entity, as buttons."""
    if entity.panel.status == Panel.Status.DELETED:
        return []
    reviews, curates = can_review_panel(actor, entity.panel), can_edit_panel(actor, entity.panel)
    parts = [
        ("Change my review" if has_own else "Add my review", "entity-review", reviews),
        ("Comment", "entity-comment", reviews),
        ("Decide on the rating", "curate", curates),
        ("Change what is said of it", "entity-edit", curates),
        ("Put it back into the queue", "entity-reopen", curates and entity.ready),
        ("Copy it to other panels", "entity-copy", curates and not entity.pending),
        ("Do not take it in" if entity.pending else "Take it off the panel", "entity-remove", curates),
    ]
    actions: list[dict[str, object]] = [
        {
            "label": label,
            "url": entity_url(entity.panel_id, entity.kind, entity.name, name),
            "danger": name == "entity-remove",
        }
        for label, name, may in parts
        if may
    ]
    if can_apply_to_review(actor, None):
        actions.append({"label": "Ask to become a reviewer", "url": reverse("panels:reviewer-apply")})
    return actions


def refusals_for(actor: Any) -> list[str]:
    """Why the reader cannot review, for those who may want to know."""
    if not getattr(actor, "is_authenticated", False):
        return ["Sign in as a reviewer to add your review."]
    return [] if can_review_panel(actor, None) else [can_review_panel.sentence]


def downloads_of(panel: Panel, version: PanelVersion | None) -> list[dict[str, str]]:
    """The files of a version."""
    number = f"?version={version.number}" if version and version.pk != panel.current_id else ""
    parts = (
        ("36 columns, all", reverse("panels:panel-tsv", args=[panel.pk])),
        ("green only", reverse("panels:panel-download", args=[panel.pk, "34"])),
        ("JSON", reverse("panels:panel-json", args=[panel.pk])),
    )
    return [{"label": label, "url": url + number} for label, url in parts]
