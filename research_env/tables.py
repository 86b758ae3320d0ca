"""A stored result as rows for list pages: counted, filtered, ordered and sliced like a QuerySet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import or_
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from research_env.engine import CONSEQUENCES, LOSS_OF_FUNCTION, PROTEIN_CHANGING
from research_env.models import QueryResult
from research_env.results import groups_of
from research_env.stored import Groups, Places, is_variant

ROW = "_row"  # place in the order of the genome: makes every order complete
SEVERITY = "_severity"  # rank of the consequence, the most severe first
_EFFECTS = {"loss_of_function": LOSS_OF_FUNCTION, "protein_changing": PROTEIN_CHANGING}

_EFFECT_COLUMNS = ("variant_id", "gene_symbol", "consequence", "hgvs_protein")
_COLUMN_OF = {SEVERITY: "consequence"}
_HELD_ROWS = 262_144  # while the first rows of an order are looked for, beside four times as many as are wanted

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
        return len(self._places)

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
        with groups_of(self.result, self.table) as groups:
            rows = groups.rows(self._window(groups, start, stop))
        return self.complete(rows) if self.complete else rows

    def _window(self, groups: Groups, start: int, stop: int) -> Places:
        """Places of the rows from start to stop of this order."""
        first = self.order[0]
        if first.removeprefix("-") != ROW:
            return self._best(groups, stop)[start:]
        count = len(self._places) if self.where else int(groups.starts[-1])
        window = np.arange(start, max(start, min(stop, count)))
        window = count - 1 - window if first != ROW else window
        return self._places[window] if self.where else window

    def _best(self, groups: Groups, most: int) -> Places:
        """Places of the first `most` rows of this order: of the others, the columns of the order are looked at."""
        keys: list[Any] = [
            (name.removeprefix("-"), "descending" if name.startswith("-") else "ascending", "at_end")
            for name in self.order
        ]
        held: list[pa.Table] = []

        def trimmed() -> list[pa.Table]:
            whole = pa.concat_tables(held)
            return [whole.take(pc.sort_indices(whole, sort_keys=keys).slice(0, most))] if held else []

        columns = sorted({_COLUMN_OF.get(name, name) for name, _, _ in keys} - {ROW})
        places = self._places if self.where else np.arange(groups.starts[-1])
        for at, table in groups.read(places, columns):
            table = table.append_column(ROW, pa.array(at, pa.int64()))
            if "consequence" in columns:
                severity = pc.index_in(table["consequence"], value_set=pa.array(CONSEQUENCES))
                table = table.append_column(SEVERITY, severity)
            held.append(table)
            if sum(each.num_rows for each in held) > _HELD_ROWS + 4 * most:
                held = trimmed()
        best = pa.concat_tables(trimmed()) if held else None
        return best[ROW].to_numpy() if best is not None else np.empty(0, np.int64)

    @cached_property
    def _places(self) -> Places:
        """Places of the rows that the filters leave."""
        with groups_of(self.result, self.table) as groups:
            return groups.where(self.where)


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
    if normal := chosen.get("normal"):
        rows = rows.filter(pc.field("normal") == normal)
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
        ids = sorted({row["variant_id"] for row in rows})
        effects: dict[str, dict[str, Any]] = {}
        if ids:
            with groups_of(result, "variants") as groups:
                places = groups.where([reduce(or_, map(is_variant, ids))])
                found = [row for _, table in groups.read(places, _EFFECT_COLUMNS) for row in table.to_pylist()]
            effects = {row["variant_id"]: row for row in found}
        return [{**effects.get(row["variant_id"], dict.fromkeys(_EFFECT_COLUMNS)), **row} for row in rows]

    return StoredRows(result, "carriers", complete=complete)
