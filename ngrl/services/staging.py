"""Puts clinical tables ready beside the library: judged, typed, by the store's pseudonyms, one Parquet file a table.

A table that is ready is not read again, so a load that broke off goes on where it was. Nothing here touches the
library: ids for new people are drawn and kept with the ready tables until all of them are written.
"""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ngrl.clinical_rows import Batch, Judgement, read_batches, schema_of
from ngrl.dictionary import Dictionary, TableSpec
from ngrl.keys import source_digest
from ngrl.models import Participant, random_id
from ngrl.pseudonyms import STORE, ProjectPseudonyms

Progress = Callable[[str], None]
_SECONDS_BETWEEN_LINES = 5
_MOST_LABELS = 20_000


@dataclass
class ReadyTable:
    """A table that was judged: its file, its rows, cells the source had spoilt by column, and words for its codes."""

    spec: TableSpec
    path: Path
    rows: int
    broken: dict[str, int]
    labels: dict[str, dict[str, str]]

    @property
    def broken_path(self) -> Path:
        """Line and column of each spoilt cell."""
        return self.path.with_suffix(".broken.tsv")


@dataclass
class Pace:
    """Says how far it is, now and then, and how long the rest will take at this speed."""

    progress: Progress
    total_bytes: int
    started: float = field(default_factory=time.monotonic)
    done_bytes: int = 0
    told: float = field(default_factory=time.monotonic)

    def on_read(self, name: str, size: int) -> None:
        """`size` bytes of the file `name` are read."""
        now = time.monotonic()
        if now - self.told < _SECONDS_BETWEEN_LINES:
            return
        self.told = now
        share = (self.done_bytes + size) / max(self.total_bytes, 1)
        left = (now - self.started) * (1 - share) / max(share, 1e-6)
        self.progress(f"Reading {name}: {share:.0%} of all files, about {time_left(left)} left.")


def time_left(seconds: float) -> str:
    """A duration as people say it: 40 seconds, 12 minutes, 3 hours."""
    for size, name in ((3600, "hour"), (60, "minute")):
        if seconds >= size:
            number = round(seconds / size)
            return f"{number} {name}{'s' if number != 1 else ''}"
    return f"{max(round(seconds), 1)} seconds"


class Stage:
    """A folder of ready tables for one content of one release."""

    def __init__(self, folder: Path, *, allowed: Collection[str] | None) -> None:
        """`allowed` has the digests of the people whom rows may be about; None allows everybody."""
        self.folder, self._allowed = folder, allowed
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._people = folder / "people.json"
        self.new_ids: dict[str, int] = json.loads(self._people.read_text()) if self._people.exists() else {}
        self._ids: dict[str, int | None] = {}
        self._names: dict[int, str] = {}

    def table(self, dictionary: Dictionary, spec: TableSpec, judgement: Judgement, pace: Pace) -> ReadyTable:
        """The table made ready, or found ready; with faults in the judgement it is not kept."""
        ready, source = self.folder / f"{spec.name}.parquet", dictionary.folder / spec.file
        note = ready.with_suffix(".json")
        if not note.exists():
            rows = partial(read_batches, source, spec, dictionary.code_lists, judgement)
            found = self._write(
                ReadyTable(spec, ready, 0, {}, {}),
                rows(lambda size: pace.on_read(spec.file, size)),
                source.name,
                judgement,
            )
            if judgement.faults:
                return found
            self._keep(self._people, self.new_ids)
            self._keep(note, {"rows": found.rows, "broken": found.broken, "labels": found.labels})
            pace.progress(f"Read {spec.file}: {found.rows:,} rows.")
        said = json.loads(note.read_text())
        pace.done_bytes += source.stat().st_size
        return ReadyTable(spec, ready, said["rows"], said["broken"], said["labels"])

    def add_people(self, digests: Collection[str]) -> None:
        """Draw ids for people who are in no table and not in the library."""
        known = set(Participant.objects.filter(source_digest__in=digests).values_list("source_digest", flat=True))
        self.new_ids |= {each: random_id() for each in digests if each not in known and each not in self.new_ids}
        self._keep(self._people, self.new_ids)

    def clear(self) -> None:
        """Take the folder away: everything in it is written, or can be read again."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def _keep(path: Path, content: Any) -> None:
        part = path.with_suffix(".part")
        part.write_text(json.dumps(content))
        part.chmod(0o600)
        part.rename(path)

    def _write(self, table: ReadyTable, batches: Iterable[Batch], file: str, judgement: Judgement) -> ReadyTable:
        schema, broken = schema_of(table.spec), Counter[str]()
        labelled = _labelled(table.spec)
        table.labels = {name: {} for name, _, _ in labelled}
        with (
            pq.ParquetWriter(table.path, schema, compression="zstd") as writer,
            table.broken_path.open("w", encoding="utf-8") as report,
        ):
            report.write("line\tcolumn\n")
            for batch in batches:
                self._report(report, judgement, broken)
                people = self._people_of(file, table.spec, batch, judgement)
                if not judgement.faults:
                    writer.write_table(pa.table([people, *batch.columns], schema=schema))
                table.rows += len(batch.lines)
                _collect(table.labels, labelled, batch)
            self._report(report, judgement, broken)
        table.broken = dict(broken)
        return table

    @staticmethod
    def _report(report: Any, judgement: Judgement, broken: Counter[str]) -> None:
        for line, column in judgement.broken:
            report.write(f"{line}\t{column}\n")
            broken[column] += 1
        judgement.broken.clear()

    def _people_of(self, file: str, spec: TableSpec, batch: Batch, judgement: Judgement) -> pa.Array[Any]:
        """The store's pseudonym of each row's person: known, or drawn now; whom the release lacks is a fault."""
        encoded: Any = pa.array(batch.people, pa.string()).dictionary_encode()
        source_ids: list[str] = encoded.dictionary.to_pylist()
        self._look_up(set(source_ids) - self._ids.keys())
        found = [self._ids[each] for each in source_ids]
        if None in found:
            reason = f"column {spec.participant_column}: this person is not among the people of the release."
            for line, number in zip(batch.lines, encoded.indices.to_pylist(), strict=True):
                if found[number] is None:
                    judgement.fault(file, line, reason)
        self._name({each for each in found if each} - self._names.keys())
        names: Any = pa.array([self._names.get(each or 0, "") for each in found], pa.string())
        of_rows: pa.Array[Any] = names.take(encoded.indices)
        return of_rows

    def _name(self, ids: Collection[int]) -> None:
        ordered = np.array(sorted(ids), dtype=np.int64)
        self._names |= zip(ordered.tolist(), ProjectPseudonyms(STORE).encode_many(ordered), strict=True)

    def _look_up(self, source_ids: Collection[str]) -> None:
        digests = {source_id: source_digest(source_id) for source_id in source_ids}
        known = dict(Participant.objects.filter(source_digest__in=digests.values()).values_list("source_digest", "pk"))
        for source_id, digest in digests.items():
            if self._allowed is not None and digest not in self._allowed:
                self._ids[source_id] = None
            elif digest in known:
                self._ids[source_id] = known[digest]
            else:
                self._ids[source_id] = self.new_ids.setdefault(digest, random_id())


def _labelled(spec: TableSpec) -> list[tuple[str, int, int]]:
    """Columns of codes that have words beside them: name, place of the code, place of the words."""
    places = {column.name: place for place, column in enumerate(spec.columns)}
    return [
        (column.name, place, places[column.label_column])
        for place, column in enumerate(spec.columns)
        if column.label_column
    ]


def _collect(labels: dict[str, dict[str, str]], labelled: Sequence[tuple[str, int, int]], batch: Batch) -> None:
    for name, code_place, label_place in labelled:
        pairs = zip(batch.columns[code_place].to_pylist(), batch.columns[label_place].to_pylist(), strict=True)
        for code, words in dict.fromkeys(pairs):
            if code and words and len(labels[name]) < _MOST_LABELS:
                labels[name].setdefault(str(code), str(words)[:200])
