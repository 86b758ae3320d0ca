"""DuckDB, one thread, on Parquet: a table of sites, one of carriers, and one of calls that have not two alleles.

It is not asked about genotype quality, which the tables would need of people who carry nothing.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from engine import RARE
from measuring import Answer
from questions import BURDEN, CARRIERS, COUNTS, DE_NOVO, PERSON, POINT, RARE_PERSON, SMALL, Asked, Asks

from .forms import Entries

_COUNTS: Final = """
with asked as (select * from sites where {wanted}),
carried as (
  select row, sum(code >> 3) as ac, count(*) filter (where code & 3 = 1) as hom
  from carriers join cohort using (sample) where row between {first} and {last} group by row),
lost as (
  select record, sum(2 - called) as lost
  from short join cohort using (sample) where record between {first_record} and {last_record} group by record)
select position, ref, alt, coalesce(ac, 0), 2 * {size} - coalesce(lost, 0), coalesce(hom, 0)
from asked left join carried using (row) left join lost using (record) order by row
"""
_RARE: Final = f"allele_count <= {RARE} * allele_number"
_CARRIERS: Final = f"""
select position, ref, alt, sample from carriers join cohort using (sample)
join (select * from sites where is_pass and {_RARE}) using (row) order by row, sample
"""
_PERSON: Final = """
select position, ref, alt from sites join (select row from carriers where sample = {person}) using (row)
where {wanted} order by position, ref, alt
"""
_DE_NOVO: Final = """
select position, ref, alt from sites join (select row from carriers where sample = {child}) using (row)
where is_pass and row not in (select row from carriers where sample in ({mother}, {father}))
and record not in (select record from short where sample in ({mother}, {father}) and called < 2)
"""
_BURDEN: Final = f"""
select gene, count(distinct sample) filter (where is_case), count(distinct sample) filter (where not is_case)
from (select row, gene from sites where is_pass and changes_protein and {_RARE} and gene is not null)
join (select row, sample, sample in (select sample from cohort) as is_case from carriers) using (row)
group by gene order by gene
"""


def asks(asked: Asked) -> Asks:
    """Q1 to Q6, without bounds on quality."""
    if not find_spec("duckdb"):
        return {}
    entries = Entries(asked.subject)
    base: Any = importlib.import_module("duckdb").connect(config={"threads": 1})
    for name in ("sites", "carriers", "short"):
        path = asked.folder / f"{name}.parquet"
        pq.write_table(pa.table(getattr(entries, name)), path, compression="zstd")
        base.execute(f"create view {name} as select * from read_parquet('{path}')")
    base.register("members", pa.table({"sample": asked.subject.cohort.indexes}))
    base.execute("create table cohort as select sample from members")

    def ask(question: str) -> Answer:
        return [tuple(map(str, row)) for row in base.execute(question).fetchall()]

    names = asked.subject.names
    whole = _counts(asked, entries, asked.subject.span)
    person = asked.person
    found = {
        COUNTS: lambda: ask(whole),
        CARRIERS: lambda: [(*row[:3], names[int(row[3])]) for row in ask(_CARRIERS)],
        POINT: lambda: ask(_point(asked, entries)),
        PERSON: lambda: sorted(ask(_PERSON.format(person=person, wanted="true"))),
        RARE_PERSON: lambda: sorted(ask(_PERSON.format(person=person, wanted=_RARE))),
        BURDEN: lambda: sorted(ask(_BURDEN)),
    }
    if asked.trio:
        trio = dict(zip(("child", "mother", "father"), asked.trio, strict=True))
        found[DE_NOVO] = lambda: sorted(ask(_DE_NOVO.format(**trio)))
    if asked.small:
        small = _counts(asked, entries, asked.small)
        found[SMALL] = lambda: ask(small)
    return found


def _counts(asked: Asked, entries: Entries, span: tuple[int, int], named: str = "true") -> str:
    """Q1 within a span. The rows of its ends are given, so that other parts of the tables are skipped."""
    position = entries.sites["position"]
    inside = entries.rows[(position >= span[0]) & (position <= span[1])]
    records = entries.record[inside]
    return _COUNTS.format(
        wanted=f"position between {span[0]} and {span[1]} and {named}",
        first=inside.min(),
        last=inside.max(),
        first_record=records.min(),
        last_record=records.max(),
        size=asked.subject.cohort.size,
    )


def _point(asked: Asked, entries: Entries) -> str:
    position, ref, alt = asked.single[:3]
    one = _counts(asked, entries, (int(position), int(position)), f"ref = '{ref}' and alt = '{alt}'")
    return f"select column0, column3, column4 from ({one}) as t(column0, column1, column2, column3, column4, column5)"
