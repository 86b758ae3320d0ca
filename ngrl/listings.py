"""What stands in the tables and charts of the library's pages."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.timezone import localdate

from ngrl.summaries import ReleaseSummary
from portal.kernel.disclosure import ProtectedTable
from portal.kernel.listing import Cell, Column


@dataclass(frozen=True)
class Chart:
    """Counts of people as bars beside their numbers; a number that is hidden has no bar."""

    caption: str
    head: str
    bars: list[tuple[str, int, str]]


def charts(summary: ReleaseSummary) -> list[Chart]:
    """People by dataset, ancestry and sex, as they may be shown."""
    return [
        Chart("People by dataset", "Dataset", _bars(summary.by_dataset)),
        Chart("People by ancestry", "Ancestry", _bars(summary.by_ancestry)),
        Chart("People by sex", "Sex", _bars(summary.by_sex)),
    ]


def _bars(counts: ProtectedTable) -> list[tuple[str, int, str]]:
    """Label, length of the bar, text. The length follows from the text alone, so a bar tells no more than it."""
    return [(label, _length(text), text) for label, text in counts.cells.items()]


def _length(text: str) -> int:
    digits = text.replace(",", "")
    return int(digits) if digits.isdecimal() else 0


def _name(summary: ReleaseSummary) -> Cell:
    release = summary.release
    return Cell(release.name, url=release.get_absolute_url(), note=release.reference)


def _status(summary: ReleaseSummary) -> Cell:
    release = summary.release
    tone = "good" if release.status == release.Status.PUBLISHED else "bad"
    return Cell(release.get_status_display(), tone=tone)


RELEASES = (
    Column("Release", _name, is_key=True),
    Column("Status", _status),
    Column("Assembly", "release.assembly"),
    Column("Published", lambda summary: localdate(summary.release.published_at)),
    Column("People", "people", align="right"),
    Column("Variants", "records", align="right"),
)
CONTIGS = (
    Column("Contig", "contig", is_key=True),
    Column("Variants", "records", align="right"),
    Column("First position", "start_1based", align="right"),
    Column("Last position", "end_1based", align="right"),
    Column("Files", "files", align="right"),
)
