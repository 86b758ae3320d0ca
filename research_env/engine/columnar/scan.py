"""Lines of a VCF as arrays, a stretch of text at once: only cells that are not plain ``0/0`` are looked into."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from research_env.engine.errors import BadRecord, InvalidTarget
from research_env.engine.fields import Places, Text
from research_env.engine.genotypes import Calls, decode, read_genotypes, refuse_width
from research_env.engine.inflate import PADDING
from research_env.engine.regions import Region, canonical_contig
from research_env.engine.sites import Site, parse_site
from research_env.engine.sources import FIXED_COLUMNS

_HEAD_BYTES: Final = 8_192
_TAB, _LINE_END = 9, 10


@dataclass(frozen=True, slots=True)
class Lines:
    """Neighbouring lines with one FORMAT: their sites, and where their text begins and ends in a padded one."""

    sites: list[Site]
    text: bytes
    start: int
    end: int


class Stretch:
    """Cuts stretches of text into runs of wanted lines."""

    def __init__(self, owned: Region, name: str, tick: Callable[[], None]) -> None:
        self._owned, self._name, self._tick = owned, name, tick
        self._contig_of: dict[bytes, str | None] = {}
        self._last = 0
        self.is_past = False  # no further line can be wanted

    def runs(self, text: bytes) -> Iterator[Lines]:
        """Runs of lines that own a position and spell an allele in bases, by FORMAT."""
        sites: list[Site] = []
        start = at = 0
        while at < len(text) - len(PADDING) and not self.is_past:
            end = text.find(b"\n", at)
            site = self._site(text, at, end)
            if sites and (site is None or site.keys != sites[0].keys):
                yield Lines(sites, text, start, at)
                sites = []
            if site is not None:
                start = start if sites else at
                sites.append(site)
            at = end + 1
        if sites:
            yield Lines(sites, text, start, at)

    def _site(self, text: bytes, start: int, end: int) -> Site | None:
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
        return self._owned_site([column.decode("latin-1") for column in fixed[:FIXED_COLUMNS]])

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
    buffer = np.frombuffer(lines.text, dtype=np.uint8)
    signs = np.flatnonzero(buffer[lines.start : lines.end] - np.uint8(_TAB) <= 1)
    signs += lines.start
    width = FIXED_COLUMNS + sample_count
    if signs.size != width * len(lines.sites):
        _refuse(lines, sample_count)
    table = signs.reshape(len(lines.sites), width)
    if not (buffer[table[:, -1]] == _LINE_END).all():
        _refuse(lines, sample_count)
    return _listed(lines.text, table, keys)


def _listed(text: bytes, table: Places, keys: Sequence[str]) -> Calls:
    """Calls from the tabs of each line: a cell lies between two of them."""
    before = table[:, FIXED_COLUMNS - 1 : -1].reshape(-1)
    windows: NDArray[np.uint32] = np.ndarray(len(text) - len(PADDING), dtype="<u4", buffer=text, offset=1, strides=(1,))
    words = windows[before]
    end = "\t" if len(keys) == 1 else ":"
    plain = [np.uint32(int.from_bytes(f"0{sign}0{end}".encode(), "little")) for sign in "|/"]
    candidates = np.flatnonzero((words != plain[0]) & (words != plain[1]))
    samples = table.shape[1] - FIXED_COLUMNS
    record, sample = np.divmod(candidates, samples)
    starts, ends = before[candidates] + 1, table[record, sample + FIXED_COLUMNS]
    empty = np.flatnonzero(ends == starts)
    if empty.size:
        raise BadRecord("has an empty sample column", int(record[empty[0]]))
    cells = Text(text)
    listed, alleles, phased = read_genotypes(cells, starts, lambda listed: record[listed])
    chosen = (record[listed], sample[listed])
    return Listed(table.shape[0], samples, *chosen, alleles, phased, cells, starts[listed], ends[listed])


def _refuse(lines: Lines, sample_count: int) -> NoReturn:
    refuse_width(_columns(lines), sample_count)
    raise BadRecord("has another number of columns", 0)


def _columns(lines: Lines) -> list[str]:
    """The sample columns of each line as text, for what is read slowly."""
    plain = lines.text[lines.start : lines.end - 1].decode("latin-1").split("\n")
    return [line.split("\t", FIXED_COLUMNS)[FIXED_COLUMNS] for line in plain]
