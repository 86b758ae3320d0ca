"""A stored result as rows for list pages: counted, filtered, ordered and sliced like a QuerySet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from research_env.engine import CONSEQUENCES, LOSS_OF_FUNCTION, PROTEIN_CHANGING
from research_env.models import QueryResult
from research_env.results import parquet_bytes, read_table

ROW = "_row"  # place in the order of the genome: makes every order complete
SEVERITY = "_severity"  # rank of the consequence, the most severe first
_EFFECTS = {"loss_of_function": LOSS_OF_FUNCTION, "protein_changing": PROTEIN_CHANGING}

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class StoredRows:
    """Rows of one table of a result. `complete` may add values from elsewhere to the rows of one page."""

    result: QueryResult
    table: str
    where: Sequence[Any] = ()
    order: Sequence[str] = (ROW,)
    complete: Callable[[Rows], Rows] | None = None

    def count(self) -> int:
        """How many rows there are; known without reading while nothing is filtered."""
        if not self.where:
            return self.result.variant_count if self.table == "variants" else self.result.carrier_row_count
        return int(self._matching.num_rows)

    def filter(self, condition: Any) -> StoredRows:
        """Only the rows for which the Arrow expression holds."""
        return replace(self, where=(*self.where, condition))

    def order_by(self, *fields: str) -> StoredRows:
        """The same rows in this order; "-" before a column means descending. Rows without a value come last."""
        plain = [name.removeprefix("-") for name in fields]
        return replace(self, order=[name for place, name in enumerate(fields) if plain[place] not in plain[:place]])

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, window: slice) -> Rows:
        start, stop = window.start or 0, self.count() if window.stop is None else window.stop
        natural = not self.where and self.order[0] == ROW
        rows = self._read_groups(start, stop) if natural else self._sorted(start, stop)
        return self.complete(rows) if self.complete else rows

    def _read_groups(self, start: int, stop: int) -> Rows:
        """A stretch in stored order: only the row groups that hold it are read."""
        with parquet_bytes(self.result, self.table) as stream, pq.ParquetFile(stream) as file:
            groups: list[int] = []
            first = before = 0
            for group in range(file.num_row_groups):
                size = file.metadata.row_group(group).num_rows
                if before < stop and before + size > start:
                    first = first if groups else before
                    groups.append(group)
                before += size
            rows: Rows = file.read_row_groups(groups).slice(start - first, stop - start).to_pylist() if groups else []
            return rows

    def _sorted(self, start: int, stop: int) -> Rows:
        keys: list[Any] = [
            (name.removeprefix("-"), "descending" if name.startswith("-") else "ascending", "at_end")
            for name in self.order
        ]
        places = pc.sort_indices(self._matching, sort_keys=keys)
        rows: Rows = self._matching.take(places.slice(start, stop - start)).to_pylist()
        return rows

    @cached_property
    def _matching(self) -> pa.Table:
        table = read_table(self.result, self.table)
        table = table.append_column(ROW, pa.array(range(table.num_rows), pa.int64()))
        if self.table == "variants":
            table = table.append_column(SEVERITY, pc.index_in(table["consequence"], value_set=pa.array(CONSEQUENCES)))
        for condition in self.where:
            table = table.filter(condition)
        return table


def variants_narrowed(rows: StoredRows, chosen: Mapping[str, Any]) -> StoredRows:
    """The variants that the filters of their list ask for."""
    if text := chosen.get("text"):
        columns = ("variant_id", "hgvs_protein", "hgvs_coding", "rsid")
        rows = rows.filter(_any(pc.match_substring(pc.field(name), text.strip(), ignore_case=True) for name in columns))
    if gene := chosen.get("gene"):
        rows = rows.filter(pc.utf8_upper(pc.field("gene_symbol")) == gene.strip().upper())
    if effect := chosen.get("effect"):
        rows = rows.filter(pc.field("consequence").isin(sorted(_EFFECTS[effect])))
    if found_as := chosen.get("found_as"):
        rows = rows.filter(pc.field(f"{found_as}_count") > 0)
    return rows


def carriers_narrowed(rows: StoredRows, chosen: Mapping[str, Any]) -> StoredRows:
    """The carriers that the filters of their list ask for."""
    if person := chosen.get("person"):
        rows = rows.filter(pc.field("pseudonym") == person.strip().upper())
    if variant := chosen.get("variant"):
        rows = rows.filter(pc.match_substring(pc.field("variant_id"), variant.strip(), ignore_case=True))
    if zygosity := chosen.get("zygosity"):
        rows = rows.filter(pc.field("zygosity") == zygosity)
    return rows


def _any(conditions: Iterable[Any]) -> Any:
    """Rows for which one of the conditions holds; a missing value counts as no."""
    whole = None
    for condition in conditions:
        known = pc.coalesce(condition, pa.scalar(False))
        whole = known if whole is None else whole | known
    return whole


def carriers_with_effects(result: QueryResult) -> StoredRows:
    """The carriers, each with gene and effect of the variant."""

    def complete(rows: Rows) -> Rows:
        wanted = pa.array(sorted({row["variant_id"] for row in rows}), pa.string())
        columns = ["variant_id", "gene_symbol", "consequence", "hgvs_protein"]
        table = read_table(result, "variants", columns)
        found = table.filter(pc.is_in(table["variant_id"], value_set=wanted)).to_pylist()
        effects = {row["variant_id"]: row for row in found}
        return [{**effects.get(row["variant_id"], dict.fromkeys(columns)), **row} for row in rows]

    return StoredRows(result, "carriers", complete=complete)


def is_variant(variant_id: str) -> Any:
    """The condition that a row is about this variant."""
    return pc.field("variant_id") == variant_id
