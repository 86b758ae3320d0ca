"""Peers that need a file in a form of their own first: PGEN for pgenlib, Parquet for DuckDB. Made from our columns,
whose answers are compared with bcftools elsewhere in the same run; making them is not measured."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from engine import Answer, Ask, Subject

from research_env.engine.columnar import Columns, open_columns

_Q1: Final = """
with carried as (
  select row, sum(code >> 3) as ac, count(*) filter (where code & 3 = 1) as hom
  from read_parquet('{folder}/carriers.parquet') join cohort using (sample) group by row),
lost as (
  select record, sum(2 - called) as lost
  from read_parquet('{folder}/short.parquet') join cohort using (sample) group by record)
select position, ref, alt, coalesce(ac, 0), 2 * {size} - coalesce(lost, 0), coalesce(hom, 0)
from read_parquet('{folder}/sites.parquet') left join carried using (row) left join lost using (record) order by row
"""
_Q4: Final = """
select position, ref, alt from read_parquet('{folder}/sites.parquet')
join (select row from read_parquet('{folder}/carriers.parquet') where sample = {sample}) using (row)
"""


def columns_of(subject: Subject) -> Columns:
    """The columns of the one chunk."""
    (chunk,) = subject.source.chunks
    found = open_columns(chunk, len(subject.names), chunk.columns_path)
    if found is None:
        raise SystemExit("The columns that were just made are not current.")
    return found


class Entries:
    """Everything in the columns as long tables."""

    def __init__(self, subject: Subject) -> None:
        columns = columns_of(subject)
        self.columns = columns
        self.rows = np.arange(columns.manifest.rows)
        columns.need(self.rows)
        self.record = columns.values("record", self.rows)
        words = columns.words(self.rows, ["ref", "alt"])
        self.sites = {
            "row": self.rows,
            "record": self.record,
            "position": columns.values("position_1based", self.rows),
            "ref": words["ref"].combine_chunks(),
            "alt": words["alt"].combine_chunks(),
        }
        carriers, short = [], []
        for inside, block in columns.blocks(self.rows):
            mine = self.rows[inside]
            owner = np.repeat(mine, columns.carrier_counts(mine))
            carriers.append((owner, block.sample, block.code))
            records, first = np.unique(self.record[inside], return_index=True)
            counts = columns.values("short_count", mine)[first]
            short.append((np.repeat(records, counts), block.short_sample, block.short_called))
        self.carriers = _joined(("row", "sample", "code"), carriers)
        self.short = _joined(("record", "sample", "called"), short)


def _joined(names: tuple[str, ...], pieces: list[Any]) -> dict[str, Any]:
    return {name: np.concatenate([piece[place] for piece in pieces]) for place, name in enumerate(names)}


def duckdb_asks(subject: Subject, folder: Path) -> dict[str, Ask]:
    """Q1 and Q4 by DuckDB on Parquet, one thread; none where it is not installed."""
    if not find_spec("duckdb"):
        return {}
    entries = Entries(subject)
    for name in ("sites", "carriers", "short"):
        pq.write_table(pa.table(getattr(entries, name)), folder / f"{name}.parquet", compression="zstd")
    base: Any = importlib.import_module("duckdb").connect(config={"threads": 1})
    base.register("members", pa.table({"sample": subject.cohort.indexes}))
    base.execute("create table cohort as select sample from members")

    def ask(question: str) -> Answer:
        return [tuple(map(str, row)) for row in base.execute(question).fetchall()]

    sample = int(subject.cohort.indexes[0])
    return {
        "Q1 counts": lambda: ask(_Q1.format(folder=folder, size=subject.cohort.size)),
        "Q4 one person": lambda: sorted(ask(_Q4.format(folder=folder, sample=sample))),
    }


def pgenlib_asks(subject: Subject, folder: Path) -> dict[str, Ask]:
    """Q1 by pgenlib; none where it is not installed, or the file has what PGEN has not (other ploidies, half calls)."""
    if not find_spec("pgenlib"):
        return {}
    entries = Entries(subject)
    is_plain = entries.columns.manifest.is_plain and not np.isin(entries.short["called"], (1, 3)).any()
    if not is_plain or np.unique(entries.record).size != entries.rows.size:
        return {}
    path, people = str(folder / "file.pgen").encode(), len(subject.names)
    pgenlib: Any = importlib.import_module("pgenlib")
    _write_pgen(pgenlib.PgenWriter(path, people, variant_ct=entries.rows.size, nonref_flags=False), entries, people)
    reader = pgenlib.PgenReader(path, raw_sample_ct=people, sample_subset=subject.cohort.indexes)
    named = list(zip(*(entries.sites[name].tolist() for name in ("position", "ref", "alt")), strict=True))

    def ask() -> Answer:
        found, counts = [], np.zeros(4, dtype=np.uint32)
        for place, (position, ref, alt) in enumerate(named):
            reader.count(place, counts)
            none, one, two, _ = counts.tolist()
            copies, called = one + 2 * two, 2 * (none + one + two)
            found.append((str(position), ref, alt, str(copies), str(called), str(two)))
        return found

    return {"Q1 counts": ask}


def _write_pgen(writer: Any, entries: Entries, people: int) -> None:
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
