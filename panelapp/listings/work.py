"""Lists of work: one's own reviews, what waits for a curator, who asked to review, proposed tables of genes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from panelapp.listings import entity_url, level_cell, panel_url
from panelapp.models import PanelEntity
from panelapp.summaries import Consensus
from portal.kernel.listing import Cell, Column, Empty, Listing, Table, table


def _entity_cell(entity: PanelEntity) -> Cell:
    return Cell(entity.name, url=entity_url(entity.panel_id, entity.kind, entity.name))


def _waits_for(entity: Any) -> Cell:
    return Cell("Suggested", tone="waiting") if entity.pending else Cell("Reviewed", tone="active")


def _consensus_cell(entity: Any) -> Cell:
    counted = Consensus(entity.green, entity.amber, entity.red)
    agree = len([number for number in (counted.green, counted.amber, counted.red) if number]) == 1
    return Cell(counted.sentence, note="all agree" if agree and counted.total > 1 else "")


MY_REVIEWS = Listing(
    caption="My reviews",
    noun=("review", "reviews"),
    columns=(
        Column("Entity", lambda each: _entity_cell(each.entity), is_key=True),
        Column("Panel", lambda each: Cell(each.entity.panel.name, panel_url(each.entity.panel_id))),
        Column("My rating", lambda each: Cell(each.rating.capitalize() or "No rating", tone="auto")),
        Column("Rating", lambda each: level_cell(each.entity.level)),
        Column("Changed", "updated_at", sort="changed", order_by=("updated_at",)),
    ),
    default_sort="-changed",
    empty=Empty(
        "You have reviewed nothing yet", "Open a gene on a panel and add your review.", "See panels", "/panels/"
    ),
)

QUEUE = Listing(
    caption="Entities that wait for a curator",
    noun=("entity", "entities"),
    columns=(
        Column(
            "Entity",
            lambda each: Cell(each.name, entity_url(each.panel_id, each.kind, each.name, "curate")),
            is_key=True,
        ),
        Column(
            "Panel",
            lambda each: Cell(each.panel.name, panel_url(each.panel_id)),
            sort="panel",
            order_by=("panel__name",),
        ),
        Column("Waits as", _waits_for, sort="pending"),
        Column("Rating", lambda each: level_cell(each.level), sort="level"),
        Column("Reviewers", _consensus_cell, sort="reviews", order_by=("rated",)),
        Column("Last review", "last_review_at", sort="last", order_by=("last_review_at",)),
    ),
    default_sort="-pending",
    empty=Empty("The queue is clear", "What reviewers suggest, and reviews since the last decision, appear here."),
)

APPLICATION_TONES = {"waiting": "waiting", "approved": "good", "refused": "bad", "withdrawn": "closed"}

APPLICATIONS = Listing(
    caption="People who asked to review",
    noun=("application", "applications"),
    columns=(
        Column("Application", lambda each: Cell(each.reference, each.get_absolute_url()), is_key=True),
        Column("Person", "person.display_name", sort="person", order_by=("person__display_name",)),
        Column("Works at", "affiliation"),
        Column("As", "role"),
        Column("Asked", "created_at", sort="asked", order_by=("created_at",)),
        Column(
            "Status",
            lambda each: Cell(each.get_status_display(), tone=APPLICATION_TONES[each.status]),
            sort="status",
        ),
    ),
    default_sort="-asked",
    empty=Empty("Nobody has asked to review", "Who wants to review panels asks on these pages, and appears here."),
)

REFRESH_TONES = {"proposed": "waiting", "approved": "active", "applied": "good", "discarded": "closed"}

REFRESHES = Listing(
    caption="Tables of genes that were proposed",
    noun=("table", "tables"),
    columns=(
        Column("Table", lambda each: Cell(each.reference, each.get_absolute_url(), note=each.file_name), is_key=True),
        Column("Proposed", "created_at", sort="proposed", order_by=("created_at",)),
        Column("By", "proposed_by.display_name"),
        Column("New genes", "added", align="right"),
        Column("Changes", "changed", align="right"),
        Column("Status", lambda each: Cell(each.get_status_display(), tone=REFRESH_TONES[each.status]), sort="status"),
    ),
    default_sort="-proposed",
    empty=Empty("No table was proposed yet", "Propose one when HGNC has new symbols.", "Propose a table", "propose/"),
)


def remarks_table(remarks: Sequence[Mapping[str, Any]]) -> Table:
    """Genes on panels that are called otherwise, or that are in the table no more."""
    columns = (
        Column("Gene", lambda each: each["hgnc_id"], is_key=True),
        Column("Symbol now", lambda each: each["before"]),
        Column("Symbol in the table", lambda each: each["after"] or "Not in the table; it stays as it is"),
        Column("Panels", lambda each: each["panels"], align="right"),
    )
    return table("Genes on panels to look at", columns, remarks)
