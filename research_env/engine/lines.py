"""Streams the lines of indexed VCFs, those that a question wants, in blocks that can be decoded at once."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from .errors import BadRecord, BadSource
from .filters import Filters
from .opening import OpenChunk
from .regions import Region
from .sites import Selection, Site, apply_site_filters, parse_site
from .sources import FIXED_COLUMNS

Progress = Callable[[int, int], None]

# A block is decoded at once; its arrays take about ten times its text. One line is always taken, however long.
BLOCK_BYTES = 2_000_000
BLOCK_LINES = 1_024
PROGRESS_EVERY_RECORDS = 1_000
PROGRESS_EVERY_SECONDS = 0.5


@dataclass(slots=True)
class Meter:
    """Counts lines read and tells the callback at the start, now and then, and at the end."""

    callback: Progress | None
    estimated: int
    read: int = 0
    _told: int = 0
    _told_at: float = field(default_factory=time.monotonic)

    def tell(self) -> None:
        """Call back now. What the callback raises goes through."""
        if self.callback is not None:
            self._told, self._told_at = self.read, time.monotonic()
            self.callback(self.read, max(self.estimated, self.read))

    def add(self, records: int) -> None:
        """So many lines at once; calls back."""
        self.read += records
        self.tell()

    def tick(self) -> None:
        """One more line; calls back every PROGRESS_EVERY_RECORDS lines or PROGRESS_EVERY_SECONDS."""
        self.read += 1
        many = self.read - self._told >= PROGRESS_EVERY_RECORDS
        if many or time.monotonic() - self._told_at >= PROGRESS_EVERY_SECONDS:
            self.tell()


def blocks(
    chunk: OpenChunk, selection: Selection, filters: Filters, meter: Meter
) -> Iterator[tuple[list[Site], list[str]]]:
    """Wanted lines in file order, in blocks that share one FORMAT."""
    sites: list[Site] = []
    columns: list[str] = []
    size = 0
    for site, samples in _lines(chunk, selection, filters, meter):
        is_full = size + len(samples) > BLOCK_BYTES or len(sites) >= BLOCK_LINES
        if sites and (is_full or site.keys != sites[0].keys):
            yield sites, columns
            sites, columns, size = [], [], 0
        sites.append(site)
        columns.append(samples)
        size += len(samples)
    if sites:
        yield sites, columns


def _lines(chunk: OpenChunk, selection: Selection, filters: Filters, meter: Meter) -> Iterator[tuple[Site, str]]:
    contig = selection.contig
    for window in selection.windows():
        for line in _fetch(chunk, window):
            meter.tick()
            fixed = line.split("\t", FIXED_COLUMNS)
            try:
                if len(fixed) != FIXED_COLUMNS + 1:
                    raise BadRecord("has too few columns", 0)
                site = parse_site(fixed, contig)
            except BadRecord as error:
                raise BadRecord(f"A line near {window} of {chunk.name} {error.args[0]}.") from error
            # tabix gives what overlaps; we answer by POS, so a deletion from before the window is not in it
            if not window.start_1based <= site.position_1based <= window.end_1based:
                continue
            selection.choose(site)
            if site.wanted:
                apply_site_filters(site, filters, chunk.annotator)
            if site.wanted:
                yield site, fixed[FIXED_COLUMNS]


def _fetch(chunk: OpenChunk, window: Region) -> Iterator[str]:
    if chunk.contig_in_file is None:
        return
    try:
        yield from chunk.file.fetch(
            chunk.contig_in_file, window.start_1based - 1, window.end_1based, multiple_iterators=False
        )
    except (OSError, ValueError) as error:
        raise BadSource(f"The file {chunk.name} cannot be read at {window}: it or its index is damaged.") from error


def bad_record(error: BadRecord, sites: Sequence[Site], name: str) -> BadRecord:
    """What was found wrong in a block, with the place of its line."""
    what, place = error.args
    site = sites[int(place)]
    return BadRecord(f"The line at {site.contig}:{site.position_1based} of {name} {what}.")
