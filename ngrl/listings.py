"""What stands in the tables and charts of the library's pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.timezone import localdate

from ngrl.browser import ReleaseRow, release_rows
from ngrl.changes import TableChange, change_of
from ngrl.forms import DictionaryFilter
from ngrl.models import DictionaryColumn, DictionaryTable, Release
from ngrl.policies import can_read_whole_dictionary
from ngrl.summaries import ReleaseSummary
from portal.kernel.access import Actor
from portal.kernel.listing import Cell, Column, Empty, Listing, Table, table


@dataclass(frozen=True)
class Chart:
    """Counts of people as bars beside their numbers; a number that is hidden has no bar."""

    caption: str
    head: str
    bars: list[tuple[str, int, str]]


def charts(summary: ReleaseSummary) -> list[Chart]:
    """People by dataset, ancestry and sex, as they may be shown."""
    return [
        Chart("People by dataset", "Dataset", bars(summary.by_dataset.cells)),
        Chart("People by ancestry", "Ancestry", bars(summary.by_ancestry.cells)),
        Chart("People by sex", "Sex", bars(summary.by_sex.cells)),
    ]


def bars(cells: Mapping[str, str]) -> list[tuple[str, int, str]]:
    """Label, length of the bar, text. The length follows from the text alone, so a bar tells no more than it."""
    return [(label, _length(text), text) for label, text in cells.items()]


def numbers_of(releases: Sequence[Release]) -> dict[str, object]:
    """For the page of all releases: numbers by release, and the programmes of the newest one that is open."""
    rows = release_rows(releases)
    newest = next((row for row in rows if row.release.status == Release.Status.PUBLISHED), None)
    return {
        "releases": table("Data releases", RELEASES, rows),
        "newest": newest.release if newest else None,
        "programmes": table("Programmes", _PROGRAMMES, newest.programmes) if newest else None,
        "genomes": bars({row.release.name: row.summary.people for row in reversed(rows)}),
        "participants": bars({row.release.name: row.participants for row in reversed(rows)}),
    }


def _length(text: str) -> int:
    digits = text.replace(",", "")
    return int(digits) if digits.isdecimal() else 0


def _name(row: ReleaseRow) -> Cell:
    release = row.release
    return Cell(release.name, url=release.get_absolute_url(), note=release.reference)


def _status(row: ReleaseRow) -> Cell:
    release = row.release
    tone = "good" if release.status == release.Status.PUBLISHED else "bad"
    return Cell(release.get_status_display(), tone=tone)


RELEASES = (
    Column("Release", _name, is_key=True),
    Column("Status", _status),
    Column("Assembly", "release.basis"),
    Column("Published", lambda row: localdate(row.release.published_at)),
    Column("Participants", "participants", align="right"),
    Column("Genomes", "summary.people", align="right"),
    Column("Variants", "summary.records", align="right"),
)
_PROGRAMMES = (
    Column("Programme", lambda row: row[0], is_key=True),
    Column("Participants", lambda row: row[1], align="right"),
    Column("Genomes", lambda row: row[2], align="right"),
)
PREPARED = (
    Column(
        "Release",
        lambda release: Cell(
            release.name, url=reverse("ngrl:preparation-detail", args=[release.reference]), note=release.reference
        ),
        is_key=True,
    ),
    Column("Status", lambda release: release.get_status_display()),
    Column("Assembly", "basis"),
    Column("Loaded", lambda release: localdate(release.loaded_at) if release.loaded_at else None),
    Column("Genomes", "sample_count", align="right"),
)
DECISIONS = (
    Column("Reference", lambda each: Cell(each.reference, url=each.get_absolute_url()), is_key=True),
    Column("Decision", lambda each: each.get_kind_display()),
    Column("Received", "received_on"),
    Column("Taken in", "recorded_at"),
    Column("By", "recorded_by.display_name"),
)
LINKAGES = (
    Column("Reference", lambda each: Cell(each.reference, url=each.get_absolute_url()), is_key=True),
    Column("Status", lambda each: each.get_status_display()),
    Column("What for", lambda each: each.get_purpose_display()),
    Column("Project", "project_reference"),
    Column("Asked for by", "asked_by.display_name"),
    Column("On", "asked_at"),
)
CONTIGS = (
    Column("Contig", "contig", is_key=True),
    Column("Variants", "records", align="right"),
    Column("First position", "start_1based", align="right"),
    Column("Last position", "end_1based", align="right"),
    Column("Files", "files", align="right"),
)
USES = (
    Column("Dataset", "dataset", is_key=True),
    Column("What it may be used for", "permission"),
    Column("What else holds", "modifiers"),
)


def _public_word(change: TableChange) -> str:
    """Whether rows changed is not for everybody, as their numbers are not."""
    return "In both" if change.what in ("Rows changed", "As it was") else change.what


_TITLE = Column("Table", "title", is_key=True)
_COLUMN_CHANGES = (
    Column("New columns", lambda change: ", ".join(change.columns_added)),
    Column("Columns not in it any more", lambda change: ", ".join(change.columns_removed)),
)
PUBLIC_CHANGES = (_TITLE, Column("What changed", _public_word), *_COLUMN_CHANGES)
CHANGES = (
    _TITLE,
    Column("What changed", "what"),
    Column("Rows before", "rows_before", align="right"),
    Column("Rows now", "rows_now", align="right"),
    *_COLUMN_CHANGES,
)


def changes_shown(reader: Actor, release: Release) -> dict[str, object]:
    """The change for a template; how many rows a table has is for those who may read the whole dictionary."""
    change, is_whole = change_of(release), can_read_whole_dictionary(reader, release)
    columns = CHANGES if is_whole else PUBLIC_CHANGES
    return {"change": change, "tables": table("Clinical tables", columns, change.tables if change else [])}


def _narrow(rows: Any, chosen: Mapping[str, Any]) -> Any:
    if text := chosen.get("text"):
        words = Q(title__icontains=text) | Q(name__icontains=text) | Q(description__icontains=text)
        rows = rows.filter(words | Q(Exists(DictionaryColumn.objects.filter(words, table=OuterRef("pk")))))
    return rows


TABLES = Listing(
    caption="Clinical tables",
    noun=("table", "tables"),
    columns=(
        Column(
            "Table",
            lambda each: Cell(each.title, url=each.get_absolute_url(), note=each.name),
            sort="table",
            order_by=("title",),
            is_key=True,
        ),
        Column("Group", "group", sort="group"),
        Column("What it holds", "description"),
        Column("Place", lambda each: each.position + 1, sort="position", align="right"),
    ),
    default_sort="position",
    empty=Empty("This release has no clinical tables", "They appear here when a data manager loads them."),
    filters=DictionaryFilter,
    narrow=_narrow,
)


def _field_address(column: DictionaryColumn) -> str:
    return reverse("ngrl:field-detail", args=[column.table.name, column.name])


PUBLIC_COLUMNS = (
    Column("Column", lambda column: Cell(column.title, url=_field_address(column), note=column.name), is_key=True),
    Column("Meaning", "description"),
)


def _type(column: DictionaryColumn) -> Cell:
    return Cell(column.get_type_display(), note=column.code_system or ("Required" if column.is_required else ""))


def _releases(column: DictionaryColumn | DictionaryTable) -> str:
    return " to ".join(filter(None, (column.first_release, column.last_release)))


COLUMNS = (
    *PUBLIC_COLUMNS,
    Column("Type", _type),
    Column("Unit", "unit"),
    Column("Releases", _releases),
    Column("Notes", "notes"),
    Column("Spoilt cells", lambda column: column.broken_count or None, align="right"),
)
_CODES = (Column("Code", lambda pair: pair[0], is_key=True), Column("Meaning", lambda pair: pair[1]))
_CODES_SHOWN = 100


def code_lists(columns: Sequence[DictionaryColumn]) -> list[tuple[str, str, Table]]:
    """A table for each column with codes: title, a word on what is left out, codes."""
    return [
        (
            column.title,
            f"The first {_CODES_SHOWN} of {len(column.codes):,} codes." if len(column.codes) > _CODES_SHOWN else "",
            table(f"Codes of {column.title}", _CODES, sorted(column.codes.items())[:_CODES_SHOWN]),
        )
        for column in columns
        if column.codes
    ]
