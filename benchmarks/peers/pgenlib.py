"""pgenlib on PGEN, which holds genotypes alone: what else a question needs of sites lies in arrays beforehand.

It is asked nothing of a file that has what PGEN has not: other ploidies, half calls, several alternatives in a line.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from engine import RARE
from measuring import Answer
from numpy.typing import NDArray
from questions import (
    BURDEN,
    CARRIERS,
    COUNTS,
    DE_NOVO,
    PERSON,
    POINT,
    RARE_PERSON,
    SMALL,
    Asked,
    Asks,
    GeneTally,
)

from .forms import Entries


def asks(asked: Asked) -> Asks:
    """Q1 to Q6, without bounds on quality."""
    if not find_spec("pgenlib"):
        return {}
    entries = Entries(asked.subject)
    is_plain = entries.columns.manifest.is_plain and not np.isin(entries.short["called"], (1, 3)).any()
    if not is_plain or np.unique(entries.record).size != entries.rows.size:
        return {}
    form = _Form(asked, entries)
    found = {
        COUNTS: lambda: form.counts(asked.subject.span),
        CARRIERS: form.carriers,
        POINT: form.point,
        PERSON: lambda: form.person(entries.rows),
        RARE_PERSON: lambda: form.person(form.rare(entries.rows)),
        BURDEN: form.burden,
    }
    if trio := asked.trio:
        found[DE_NOVO] = lambda: form.de_novo(trio)
    if small := asked.small:
        found[SMALL] = lambda: form.counts(small)
    return found


class _Form:
    """The file, and readers of everybody, of the cohort and of some people."""

    def __init__(self, asked: Asked, entries: Entries) -> None:
        self._asked, self._sites, self._rows = asked, entries.sites, entries.rows
        self._pgenlib: Any = importlib.import_module("pgenlib")
        self._path, self._people = str(asked.folder / "file.pgen").encode(), len(asked.subject.names)
        writer = self._pgenlib.PgenWriter(self._path, self._people, variant_ct=entries.rows.size, nonref_flags=False)
        _write(writer, entries, self._people)
        self._cohort, self._everyone = self._reader(asked.subject.cohort.indexes), self._reader(None)
        named = (entries.sites[name].tolist() for name in ("position", "ref", "alt"))
        self._named = [(str(position), ref, alt) for position, ref, alt in zip(*named, strict=True)]

    def _reader(self, people: Sequence[int] | NDArray[np.uint32] | None) -> Any:
        subset = None if people is None else np.asarray(people, dtype=np.uint32)
        return self._pgenlib.PgenReader(self._path, raw_sample_ct=self._people, sample_subset=subset)

    def counts(self, span: tuple[int, int]) -> Answer:
        """Q1."""
        position = self._sites["position"]
        inside = np.flatnonzero((position >= span[0]) & (position <= span[1]))
        return [self._counted(place) for place in inside.tolist()]

    def _counted(self, place: int) -> tuple[str, ...]:
        counts = np.zeros(4, dtype=np.uint32)
        self._cohort.count(place, counts)
        none, one, two, _ = counts.tolist()
        return (*self._named[place], str(one + 2 * two), str(2 * (none + one + two)), str(two))

    def point(self) -> Answer:
        """Q3."""
        place = self._named.index((self._asked.single[0], self._asked.single[1], self._asked.single[2]))
        row = self._counted(place)
        return [(row[0], *row[3:5])]

    def rare(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of the rows whose allele is rare in the whole file."""
        counts, found = np.zeros(4, dtype=np.uint32), []
        for place in rows.tolist():
            self._everyone.count(place, counts)
            none, one, two, _ = counts.tolist()
            if none + one + two and (one + 2 * two) / (2 * (none + one + two)) <= RARE:
                found.append(place)
        return np.array(found, dtype=np.int64)

    def carriers(self) -> Answer:
        """Q2."""
        names, members = self._asked.subject.names, self._asked.subject.cohort.indexes
        rows: Answer = []
        for place, copies in self._read(self._cohort, self.rare(self._passing()), members.size):
            found = members[np.flatnonzero(copies > 0)]
            rows += [(*self._named[place], names[sample]) for sample in found.tolist()]
        return rows

    def _passing(self) -> NDArray[np.int64]:
        return np.flatnonzero(self._sites["is_pass"])

    @staticmethod
    def _read(reader: Any, rows: NDArray[np.int64], people: int) -> Iterator[tuple[int, NDArray[np.int8]]]:
        copies = np.zeros(people, dtype=np.int8)
        for place in rows.tolist():
            reader.read(place, copies)
            yield place, copies

    def _matrix(self, people: Sequence[int], rows: NDArray[np.int64]) -> NDArray[np.int8]:
        copies = np.zeros((rows.size, len(people)), dtype=np.int8)
        if rows.size:
            self._reader(people).read_list(rows.astype(np.uint32), copies)
        return copies

    def person(self, rows: NDArray[np.int64]) -> Answer:
        """Q4."""
        carried = self._matrix([self._asked.person], rows)[:, 0] > 0
        return sorted(self._named[place] for place in rows[carried].tolist())

    def de_novo(self, trio: tuple[int, int, int]) -> Answer:
        """Q5."""
        rows, people = self._passing(), sorted(trio)
        copies = self._matrix(people, rows)[:, [people.index(sample) for sample in trio]]
        fits = (copies[:, 0] > 0) & (copies[:, 1:] == 0).all(axis=1)
        return sorted(self._named[place] for place in rows[fits].tolist())

    def burden(self) -> Answer:
        """Q6."""
        tally, genes = GeneTally(self._asked.subject), self._sites["gene"]
        rows = np.flatnonzero(self._sites["is_pass"] & self._sites["changes_protein"])
        for place, copies in self._read(self._everyone, self.rare(rows), self._people):
            if gene := genes[place].as_py():
                tally.add(gene, np.flatnonzero(copies > 0).tolist())
        return tally.answer()


def _write(writer: Any, entries: Entries, people: int) -> None:
    """Copies of the alternative allele by person, -9 where nothing was called."""
    carried = np.searchsorted(entries.carriers["row"], np.arange(entries.rows.size + 1))
    short = np.searchsorted(entries.short["record"], np.arange(int(entries.record.max(initial=-1)) + 2))
    for row, record in zip(entries.rows.tolist(), entries.record.tolist(), strict=True):
        copies = np.zeros(people, dtype=np.int8)
        mine = slice(carried[row], carried[row + 1])
        copies[entries.carriers["sample"][mine]] = entries.carriers["code"][mine] >> 3
        copies[entries.short["sample"][short[record] : short[record + 1]]] = -9
        writer.append_biallelic(copies)
    writer.close()
