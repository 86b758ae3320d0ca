"""The lists and tables of panels, as data."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.urls import reverse

from panelapp.contents import EntityRow, Rows
from panelapp.forms import EntityFilter, PanelFilter
from panelapp.models import Panel, PanelEntity, PanelEvent, Review
from panelapp.models.feed import Change
from panelapp.summaries import Compared, Consensus, Contributor, Moment, named
from panelapp.versions import LISTS, EntityChange
from panelapp.vocabularies import ReviewRating
from portal.kernel.listing import NOTHING, Cell, Column, Empty, Listing, ListRows, Table, table

# Levels have words, a number and a shape; the tones are those of `{% tag %}`.
LEVEL_WORDS = {3: "Green (3)", 2: "Amber (2)", 1: "Red (1)", 0: "No list (0)"}
LEVEL_TONES = {3: "good", 2: "warning", 1: "bad", 0: "neutral"}
STATUS_TONES = {"public": "good", "promoted": "good", "internal": "waiting", "retired": "neutral", "deleted": "bad"}
CHANGE_WORDS = dict(Change.choices)
PART_OF_KIND = {"gene": "panel-detail", "str": "panel-strs", "region": "panel-regions"}
KIND_WORDS = {"gene": ("gene", "genes"), "str": ("repeat", "repeats"), "region": ("region", "regions")}
_LONGEST_PHENOTYPES = 160
_LONGEST_CHANGE = 300
_SHORT_INHERITANCE = {
    "MONOALLELIC": "Monoallelic",
    "BIALLELIC": "Biallelic",
    "BOTH": "Monoallelic and biallelic",
    "X-LINKED": "X-linked",
    "MITOCHONDRIAL": "Mitochondrial",
    "Unknown": "Unknown",
    "Other": "Other",
}


def level_cell(level: int, note: str = "") -> Cell:
    """A rating as word, number and shape."""
    return Cell(LEVEL_WORDS[min(level, 3)], tone=LEVEL_TONES[min(level, 3)], note=note)


def short_inheritance(mode: str | None) -> str:
    """The first word of a mode of inheritance; the whole stands on the entity's page."""
    start = (mode or "").split(",")[0].split(" ")[0].rstrip(":")
    return _SHORT_INHERITANCE.get(start, mode or "")


def panel_url(panel: int, version: str = "", part: str = "panel-detail") -> str:
    """The address of a panel's page, at a version if one is given."""
    url = reverse(f"panels:{part}", args=[panel])
    return f"{url}?version={version}" if version else url


def entity_url(panel: int, kind: str, name: str, part: str = "entity-detail") -> str:
    """The address of an entity on a panel; names with a slash, which only old records have, have none."""
    return "" if "/" in name else reverse(f"panels:{part}", args=[panel, LISTS[kind], name])


def panels_narrowed(panels: Any, chosen: Mapping[str, Any]) -> Any:
    """The panels that the filters of their list ask for."""
    if text := chosen.get("text"):
        panels = named(panels, text)
    if kind := chosen.get("type"):
        panels = panels.filter(types__slug=kind)
    if group := chosen.get("group"):
        panels = panels.filter(disease_group=group)
    if status := chosen.get("status"):
        panels = panels.filter(status=status)
    return panels


def _panel_cell(panel: Panel) -> Cell:
    about = [panel.disease_group, panel.disease_sub_group, ", ".join(panel.relevant_disorders[:4])]
    parts = [part for part in about if part]
    return Cell(panel.name, url=panel_url(panel.pk), note=" · ".join(parts))


PANEL_COLUMNS = (
    Column("Panel", _panel_cell, sort="name", is_key=True),
    Column("Version", "version", align="right"),
    Column("Genes", "current.number_of_genes", sort="genes", order_by=("current__number_of_genes",), align="right"),
    Column("Repeats", "current.number_of_strs", align="right"),
    Column("Regions", "current.number_of_regions", align="right"),
    Column("Types", lambda panel: ", ".join(kind.name for kind in panel.types.all())),
    Column(
        "Changed",
        lambda panel: panel.current.created_at.date() if panel.current else None,
        sort="changed",
        order_by=("current__created_at",),
    ),
)
_STATUS = Column(
    "Status", lambda panel: Cell(panel.get_status_display(), tone=STATUS_TONES[panel.status]), sort="status"
)


def panels_listing(*, with_status: bool) -> Listing:
    """All panels; with their status for whoever sees more than the public ones."""
    return Listing(
        caption="Gene panels",
        noun=("panel", "panels"),
        columns=(*PANEL_COLUMNS, _STATUS) if with_status else PANEL_COLUMNS,
        default_sort="name",
        filters=PanelFilter,
        narrow=panels_narrowed,
        empty=Empty("No panels yet", "Panels appear here when a curator makes one public."),
    )


def entities_narrowed(rows: Any, chosen: Mapping[str, Any]) -> ListRows:
    """The entities that the filters of a panel ask for."""
    text, level = chosen.get("text", "").lower(), chosen.get("level", "")
    return ListRows([row for row in rows if _speaks(row, text) and level in ("", str(row.level))])


def _speaks(row: EntityRow, text: str) -> bool:
    words = (row.name, row.gene_name, row.hgnc_id, *row.phenotypes, *row.tags, row.child_name)
    return any(text in word.lower() for word in words)


def _name_cell(row: EntityRow, panel: int, *, is_current: bool) -> Cell:
    url = entity_url(row.child_id or panel, row.kind, row.name) if is_current else ""
    return Cell(row.name, url=url, note=row.gene_name or row.coordinates)


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def entities_listing(panel: Panel, kind: str, *, is_current: bool) -> Listing:
    """The entities of one kind on a panel, greenest first; those of a super panel say which panel they come from."""
    columns = [
        Column(
            "Name", lambda row: _name_cell(row, panel.pk, is_current=is_current), "name", ("name_order",), is_key=True
        ),
        Column("Rating", lambda row: level_cell(row.level), "rating", ("rating_order", "name_order")),
        Column("Inheritance", lambda row: short_inheritance(row.inheritance), "inheritance"),
        Column("Phenotypes", lambda row: _shortened("; ".join(row.phenotypes), _LONGEST_PHENOTYPES)),
        Column("Tags", lambda row: ", ".join(row.tags)),
        Column("Reviews", "reviews", "reviews", align="right"),
    ]
    if panel.is_super:
        columns.insert(2, Column("From panel", _child_cell, "child", ("child_name", "rating_order")))
    singular, plural = KIND_WORDS[kind]
    return Listing(
        caption=f"{plural.capitalize()} on {panel.name}",
        noun=(singular, plural),
        columns=columns,
        default_sort="rating",
        filters=EntityFilter,
        narrow=entities_narrowed,
        page_size=100,
        tie_breaker="place",
        empty=Empty(f"This version has no {plural}", "What curators add will stand here."),
    )


def _child_cell(row: EntityRow) -> Cell:
    return Cell(row.child_name, url=panel_url(row.child_id), note=f"version {row.child_version}")


def parts_table(rows: Rows) -> Table:
    """The panels that a super panel shows, at the versions that it shows, with what comes from each."""
    counted = Counter((row.child_name, row.child_id, row.child_version) for kind in rows.values() for row in kind)
    columns = (
        Column("Panel", lambda part: Cell(part[0][0], panel_url(part[0][1], part[0][2])), is_key=True),
        Column("Version", lambda part: part[0][2], align="right"),
        Column("Entities", lambda part: part[1], align="right"),
    )
    return table("Panels in this super panel", columns, sorted(counted.items()))


def levels_table(caption: str, counts: Mapping[int, int]) -> Table:
    """The numbers behind the picture of ratings."""
    rows = [(LEVEL_WORDS[level], number) for level, number in counts.items()]
    columns = (Column("Rating", lambda row: row[0], is_key=True), Column("Genes", lambda row: row[1], align="right"))
    return table(caption, columns, rows)


def moments_table(moments: Sequence[Moment]) -> Table:
    """The numbers behind the picture of change over time, newest first."""
    levels = [
        Column(LEVEL_WORDS[level], lambda moment, level=level: moment.counts[level], align="right")  # type: ignore[misc]
        for level in LEVEL_WORDS
    ]
    columns = (Column("Version", "number", is_key=True), Column("Made", lambda moment: moment.at.date()), *levels)
    return table("Genes by rating in each version", columns, reversed(moments))


def versions_listing(panel: Panel) -> Listing:
    """Every version of a panel, newest first."""
    return Listing(
        caption=f"Versions of {panel.name}",
        noun=("version", "versions"),
        columns=(
            Column("Version", lambda row: Cell(row.number, panel_url(panel.pk, row.number)), is_key=True),
            Column("Made", "created_at", "made", ("major", "minor")),
            Column("By", "created_by_name"),
            Column("Reason", "reason"),
            Column("Genes", "number_of_genes", align="right"),
            Column("Repeats", "number_of_strs", align="right"),
            Column("Regions", "number_of_regions", align="right"),
            Column("Signed off", lambda row: row.sign_off.signed_off_on if hasattr(row, "sign_off") else None),
        ),
        default_sort="-made",
        empty=Empty("No versions yet", "The first appears with the first change."),
    )


def changes_table(changes: Iterable[EntityChange]) -> Table:
    """What changed between two versions, one line for each field."""
    columns = (
        Column("What", lambda each: each.entity_name or "The panel", is_key=True),
        Column("Change", lambda each: Cell(CHANGE_WORDS.get(each.change, each.change), note=_field_of(each))),
        Column("Before", lambda each: said(each.field, each.before)),
        Column("After", lambda each: said(each.field, each.after)),
    )
    return replace(table("Changes", columns, changes), shows_caption=False)


def _field_of(change: EntityChange) -> str:
    """Which part, where the change itself does not say it."""
    return change.field.replace("_", " ") if change.change in ("panel_changed", "detail_changed") else ""


def said(name: str, text: str) -> str:
    """A value of a change in words: levels by name, lists joined, long facts shortened."""
    if name in ("confidence_level", "") and text.isdigit() and len(text) == 1:
        return LEVEL_WORDS.get(min(int(text), 3), text)
    if text in ReviewRating.values:
        return text.capitalize()
    if text[:1] in ("[", "{"):
        text = _joined(text)
    return _shortened(text, _LONGEST_CHANGE)


def _joined(text: str) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if isinstance(value, list):
        return "; ".join(str(each.get("name", each)) if isinstance(each, dict) else str(each) for each in value)
    return ", ".join(f"{key}: {each}" for key, each in value.items() if each)


def contributors_table(people: Sequence[Contributor]) -> Table:
    """Who reviewed a panel."""
    columns = (
        Column("Name", "name", is_key=True),
        Column("Works at", lambda each: each.affiliation or NOTHING),
        Column("Reviews", "reviews", align="right"),
        Column("Last", lambda each: each.last_at.date()),
    )
    return table("Contributors", columns, people)


def places_table(entities: Iterable[PanelEntity], symbol: str) -> Table:
    """The panels that hold a gene, with its rating on each; it stands under a heading that says the same."""
    columns = (
        Column("Panel", _place_cell, is_key=True),
        Column("Entity", lambda each: Cell(each.name, entity_url(each.panel_id, each.kind, each.name))),
        Column("Rating", lambda each: level_cell(each.level)),
        Column("Phenotypes", _phenotypes_cell),
    )
    return replace(table(f"Panels with {symbol}", columns, entities), shows_caption=False)


def _place_cell(entity: PanelEntity) -> Cell:
    return Cell(entity.panel.name, panel_url(entity.panel_id), note=f"version {entity.panel.version}")


def _phenotypes_cell(entity: PanelEntity) -> Cell:
    text = _shortened("; ".join(entity.phenotypes), _LONGEST_PHENOTYPES)
    return Cell(text or NOTHING, note=short_inheritance(entity.mode_of_inheritance))


def gene_history_table(happened: Iterable[PanelEvent], symbol: str) -> Table:
    """When a gene got which rating, on which panel."""
    columns = (
        Column("When", lambda each: each.at.date()),
        Column(
            "Panel", lambda each: Cell(each.panel.name, panel_url(each.panel_id), note=f"version {each.panel_version}")
        ),
        Column("Change", lambda each: CHANGE_WORDS[each.change], is_key=True),
        Column("Before", lambda each: said("", each.before)),
        Column("After", lambda each: said("", each.after)),
    )
    return replace(table(f"Ratings of {symbol} over time", columns, happened), shows_caption=False)


def entities_found_table(entities: Iterable[PanelEntity]) -> Table:
    """Entities whose phenotypes speak of what was searched."""
    columns = (
        Column("Entity", lambda each: Cell(each.name, entity_url(each.panel_id, each.kind, each.name)), is_key=True),
        Column("Panel", lambda each: Cell(each.panel.name, panel_url(each.panel_id))),
        Column("Rating", lambda each: level_cell(each.level)),
        Column("Phenotypes", lambda each: _shortened("; ".join(each.phenotypes), _LONGEST_PHENOTYPES)),
    )
    return table("Phenotypes", columns, entities)


def consensus_bars(consensus: Consensus) -> list[tuple[str, int, str]]:
    """Bars of what reviewers think."""
    counts = (("Green", consensus.green), ("Amber", consensus.amber), ("Red", consensus.red))
    return [(word, number, str(number)) for word, number in counts]


def event_sentence(event: PanelEvent) -> str:
    """What happened, in words: "Traffic light changed from Amber (2) to Green (3)"."""
    words = CHANGE_WORDS[event.change]
    before, after = said(event.field, event.before), said(event.field, event.after)
    if before and after:
        return f"{words} from {before} to {after}"
    return f"{words}: {after or before}" if before or after else words


def timeline_of(happened: Iterable[PanelEvent]) -> list[dict[str, Any]]:
    """Events as entries of a timeline."""
    return [
        {"at": each.at, "who": each.actor_name, "sentence": event_sentence(each), "reason": each.reason}
        for each in happened
    ]


def _what_changed(event: PanelEvent) -> Cell:
    url = entity_url(event.panel_id, event.entity_kind, event.entity_name) if event.entity_kind else ""
    return Cell(event.entity_name or "The panel", url=url)


ACTIVITY = Listing(
    caption="Activity on panels",
    noun=("event", "events"),
    columns=(
        Column("When", "at", sort="when", order_by=("pk",)),
        Column(
            "Panel",
            lambda each: Cell(each.panel.name, panel_url(each.panel_id), note=f"version {each.panel_version}"),
            is_key=True,
        ),
        Column("What", _what_changed),
        Column("Change", event_sentence),
        Column("By", "actor_name"),
    ),
    default_sort="-when",
    empty=Empty("Nothing has happened yet", "Each change to a panel appears here."),
)


def review_rows(review: Review) -> list[tuple[str, str]]:
    """What a review says beside its rating."""
    rows = [
        ("Mode of inheritance", review.mode_of_inheritance),
        ("Mode of pathogenicity", review.mode_of_pathogenicity),
        ("Phenotypes", "; ".join(review.phenotypes)),
        ("Publications", "; ".join(review.publications)),
        ("In current diagnostic use", "Yes" if review.current_diagnostic else ""),
        (
            "Clinically relevant",
            "" if review.clinically_relevant is None else "Yes" if review.clinically_relevant else "No",
        ),
    ]
    return [row for row in rows if row[1]]


def comparison_table(rows: Iterable[Compared], left: Panel, right: Panel) -> Table:
    """Genes of two panels with their ratings."""

    def cell(level: int | None) -> Cell:
        return Cell("Not there") if level is None else level_cell(level)

    columns = (
        Column("Gene", lambda row: Cell(row.name, reverse("panels:gene-detail", args=[row.name])), is_key=True),
        Column(f"{left.name}, version {left.version}", lambda row: cell(row.left)),
        Column(f"{right.name}, version {right.version}", lambda row: cell(row.right)),
    )
    return table("Genes of both panels", columns, rows)
