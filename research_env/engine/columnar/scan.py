"""Lines of a VCF as arrays, a stretch of text at once: only cells that are not plain ``0/0`` are looked into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

import numpy as np

from research_env.engine.errors import BadRecord, InvalidTarget
from research_env.engine.fields import Places, Text
from research_env.engine.genotypes import Calls, decode, long_genotypes, refuse_width
from research_env.engine.inflate import PADDING
from research_env.engine.regions import Region, canonical_contig
from research_env.engine.sites import Site, parse_site
from research_env.engine.sources import FIXED_COLUMNS

_HEAD_BYTES: Final = 8_192


@dataclass(frozen=True, slots=True)
class Lines:
    """Neighbouring wanted lines with one FORMAT: their sites, and where in a padded text the cells of each lie.

    ``spans`` has for each line where its sample columns begin, and its LF.
    """

    sites: list[Site]
    text: bytes
    spans: list[tuple[int, int]]


class Stretch:
    """Cuts stretches of text into runs of wanted lines."""

    def __init__(self, owned: Region, name: str, tick: Callable[[], None]) -> None:
        self._owned, self._name, self._tick = owned, name, tick
        self._contig_of: dict[bytes, str | None] = {}
        self._last = 0
        self.is_past = False  # no further line can be wanted

    def runs(self, text: bytes) -> Iterator[Lines]:
        """Runs of lines that own a position and spell an allele in bases, by FORMAT."""
        held = Lines([], text, [])
        at = 0
        while at < len(text) - len(PADDING) and not self.is_past:
            end = text.find(b"\n", at)
            found = self._site(text, at, end)
            if found is not None:
                site, start = found
                if held.sites and site.keys != held.sites[0].keys:
                    yield held
                    held = Lines([], text, [])
                held.sites.append(site)
                held.spans.append((start, end))
            at = end + 1
        if held.sites:
            yield held

    def _site(self, text: bytes, start: int, end: int) -> tuple[Site, int] | None:
        """The site of a line that is wanted, and where its sample columns begin."""
        fixed = text[start : min(end, start + _HEAD_BYTES)].split(b"\t", FIXED_COLUMNS)
        if len(fixed) <= FIXED_COLUMNS:
            fixed = text[start:end].split(b"\t", FIXED_COLUMNS)
        if fixed[0].startswith(b"#") or start == end:
            return None
        if self._contig(fixed[0]) != self._owned.contig:
            self.is_past = self._last > 0
            return None
        self._tick()
        if len(fixed) <= FIXED_COLUMNS:
            raise BadRecord(f"A line of {self._name} near {self._place()} has too few columns.")
        site = self._owned_site([column.decode("latin-1") for column in fixed[:FIXED_COLUMNS]])
        return None if site is None else (site, start + sum(map(len, fixed[:FIXED_COLUMNS])) + FIXED_COLUMNS)

    def _owned_site(self, fixed: list[str]) -> Site | None:
        try:
            site = parse_site(fixed, self._owned.contig)
        except BadRecord as error:
            raise BadRecord(f"A line of {self._name} near {self._place()} {error.args[0]}.") from error
        if site.position_1based < self._last:
            raise BadRecord(f"The line at {self._place()} of {self._name} is followed by an earlier position.")
        self._last = site.position_1based
        self.is_past = site.position_1based > self._owned.end_1based
        if site.position_1based < self._owned.start_1based or self.is_past:
            return None
        site.wanted = [number for number, alt in enumerate(site.alts, 1) if alt.isalpha()]
        return site if site.wanted else None

    def _contig(self, name: bytes) -> str | None:
        if name not in self._contig_of:
            try:
                self._contig_of[name] = canonical_contig(name.decode("latin-1"))
            except InvalidTarget:
                self._contig_of[name] = None
        return self._contig_of[name]

    def _place(self) -> str:
        return f"{self._owned.contig}:{max(self._last, 1)}"


@dataclass(frozen=True, slots=True)
class Listed(Calls):
    """Calls that know where the listed cells lie, and nothing of the others."""

    ends: Places

    @property
    def place(self) -> Places:
        """The listed cells by number."""
        return np.arange(self.record.size)

    def spans(self, places: Places) -> tuple[Places, Places]:
        """Start and end (exclusive) in ``text`` of listed cells."""
        return self.edges[places], self.ends[places]


def calls_of(lines: Lines, sample_count: int) -> Calls:
    """The calls of a run of lines. Raises BadRecord, ``args[1]`` being the number of the line."""
    keys = lines.sites[0].keys.split(":")
    if keys[0] != "GT":
        return decode(_columns(lines), keys, sample_count)
    from research_env.engine.kernels import list_cells

    cells = Text(lines.text)
    room = len(lines.spans) * sample_count
    starts, ends, record, sample = (np.empty(room, dtype=np.int64) for _ in range(4))
    alleles = np.empty((room, 2), dtype=np.int16)
    phased, is_read = np.empty(room, dtype=bool), np.empty(room, dtype=bool)
    spans = np.array(lines.spans, dtype=np.int64)
    calls = (starts, ends, alleles, phased, is_read)
    count = list_cells(cells.buffer, cells.windows, spans, sample_count, (calls, (record, sample)))
    if count < 0:
        _refuse(lines, -1 - count, sample_count)
    starts, ends, record, sample = (each[:count] for each in (starts, ends, record, sample))
    alleles, phased = alleles[:count], phased[:count]
    rest = np.flatnonzero(~is_read[:count])
    if rest.size:
        alleles = long_genotypes(cells, rest, (starts, alleles, phased, record))
    return Listed(len(lines.spans), sample_count, record, sample, alleles, phased, cells, starts, ends)


def _refuse(lines: Lines, line: int, sample_count: int) -> NoReturn:
    start, end = lines.spans[line]
    try:
        refuse_width([lines.text[start:end].decode("latin-1")], sample_count)
    except BadRecord as error:
        raise BadRecord(error.args[0], line) from None
    raise BadRecord("has another number of columns", line)


def _columns(lines: Lines) -> list[str]:
    """The sample columns of each line as text, for what is read slowly."""
    return [lines.text[start:end].decode("latin-1") for start, end in lines.spans]
