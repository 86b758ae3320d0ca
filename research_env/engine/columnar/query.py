"""Answers questions from columns, with the very counts and rows that the reader of VCF lines gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from research_env.engine.batches import batch_of, counted_columns, known
from research_env.engine.consequences import RANK
from research_env.engine.errors import NotAnnotated
from research_env.engine.filters import ZYGOSITIES, Filters
from research_env.engine.schemas import CARRIERS_SCHEMA, VARIANTS_SCHEMA
from research_env.engine.sites import NOT_ANNOTATED, Selection
from research_env.engine.tally import Carried, Question, Tally, kept_rows, wanted_zygosities

from .columns import Columns, runs

# A block is counted at once; an entry (a carrier or an incomplete call) takes some dozens of bytes meanwhile.
_ENTRIES_PER_BLOCK = 2_000_000
_ROWS_PER_BLOCK = 50_000

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]


def can_answer(filters: Filters) -> bool:
    """Columns know quality and depth of carriers only: a bound that makes reference calls missing needs the VCF."""
    return filters.min_genotype_quality is None and filters.min_depth is None


def answer_columns(columns: Columns, selection: Selection, question: Question) -> Iterator[tuple[int, ColumnarBlock]]:
    """Blocks in file order, each with how many records it took; those without a kept row are left out."""
    rows, named = select_rows(columns, selection)
    if rows.size and question.filters.consequences is not None and not columns.manifest.annotation:
        raise NotAnnotated(NOT_ANNOTATED.format(contig=selection.contig))
    wanted = _passes_site_filters(columns, rows, question.filters)
    everyone = question.population.size == question.population.n
    if everyone:
        # The frequency is known beforehand: rows that it rules out are never looked at
        wanted[wanted] = _has_frequency(columns, rows[wanted], question.filters)
    rows, named = rows[wanted], named[wanted]
    for start, end in _blocks(columns, rows):
        block = count_rows(columns, rows[start:end], named[start:end], question, everyone=everyone)
        yield int(np.unique(columns["record"][rows[start:end]]).size), block


def select_rows(columns: Columns, selection: Selection) -> tuple[Rows, Flags]:
    """The rows that are wanted, ascending, and which of them were asked for by name."""
    positions = columns["position_1based"]
    pieces = [
        np.arange(*np.searchsorted(positions, [region.start_1based, region.end_1based + 1]))
        for region in selection.regions
    ]
    named = [row for position in selection.named_positions for row in _named_at(columns, selection, position)]
    rows = np.unique(np.concatenate([*pieces, np.array(named, dtype=np.int64)])).astype(np.int64)
    return rows, np.isin(rows, named)


def _named_at(columns: Columns, selection: Selection, position_1based: int) -> list[int]:
    start, end = np.searchsorted(columns["position_1based"], [position_1based, position_1based + 1])
    rows = np.arange(start, end)
    words = columns.words(rows, ["ref", "alt"]).to_pylist() if rows.size else []
    return [
        int(row)
        for row, word in zip(rows, words, strict=True)
        if selection.names(position_1based, word["ref"], word["alt"])
    ]


def _passes_site_filters(columns: Columns, rows: Rows, filters: Filters) -> Flags:
    passes = np.ones(rows.size, dtype=bool)
    if filters.pass_only:
        passes &= columns["is_pass"][rows] == 1
    if filters.min_site_quality is not None:
        passes &= columns["site_quality"][rows] >= filters.min_site_quality
    if filters.consequences is not None:
        bits = np.uint64(sum(1 << RANK[term] for term in filters.consequences))
        passes &= (columns["consequence_bits"][rows] & bits) != 0
    return passes


def _has_frequency(columns: Columns, rows: Rows, filters: Filters) -> Flags:
    """Whether the frequency in the whole release lies within the bounds, as tally.kept_rows says it."""
    number = columns["allele_number"][columns["record"][rows]]
    frequency = np.full(rows.size, np.nan)
    np.divide(columns["allele_count"][rows], number, out=frequency, where=number > 0)
    fits = np.ones(rows.size, dtype=bool)
    if filters.max_allele_frequency is not None:
        fits &= frequency <= filters.max_allele_frequency
    if filters.min_allele_frequency is not None:
        fits &= frequency >= filters.min_allele_frequency
    return fits


def _blocks(columns: Columns, rows: Rows) -> Iterator[tuple[int, int]]:
    """Stretches of the rows with so many entries at most; one row is always taken, however many it has."""
    if not rows.size:
        return
    starts, short = columns["carrier_start"], columns["short_start"]
    record = columns["record"][rows]
    entries = (starts[rows + 1] - starts[rows]) + (short[record + 1] - short[record])
    total = np.concatenate(([0], np.cumsum(entries)))
    start = 0
    while start < rows.size:
        end = int(np.searchsorted(total, total[start] + _ENTRIES_PER_BLOCK, side="right")) - 1
        end = min(max(end, start + 1), start + _ROWS_PER_BLOCK, rows.size)
        yield start, end
        start = end


@dataclass(frozen=True, slots=True)
class ColumnarBlock:
    """Counted rows; their batches are made when asked for."""

    columns: Columns
    rows: Rows
    result: Tally

    def variants(self) -> pa.RecordBatch:
        """VARIANTS_SCHEMA, in file order."""
        kept = np.flatnonzero(self.result.kept)
        described = self._described(self.rows[kept], VARIANTS_SCHEMA.names[:13])
        return batch_of(described | counted_columns(self.result, kept), VARIANTS_SCHEMA)

    def carriers(self) -> pa.RecordBatch:
        """CARRIERS_SCHEMA, by variant in file order and then by sample."""
        carried = self.result.carried
        is_kept = self.result.kept[carried.row]
        row, entry = carried.row[is_kept], carried.cell[is_kept]
        present, place = np.unique(row, return_inverse=True)
        keys = self._described(self.rows[present], CARRIERS_SCHEMA.names[:5])
        values: dict[str, Any] = {name: array.take(place) for name, array in keys.items()}
        values["sample"] = self.columns["carrier_sample"][entry]
        values["zygosity"] = pa.array(ZYGOSITIES).take(carried.zygosity[is_kept])
        values["phased"] = (self.columns["carrier_code"][entry] >> 2 & 1).astype(bool)
        for name in ("depth", "genotype_quality", "alt_depth"):
            values[name] = known(self.columns[name][entry].astype(np.int32))
        return batch_of(values, CARRIERS_SCHEMA)

    def _described(self, rows: Rows, names: list[str]) -> dict[str, Any]:
        """The columns of a site, as Arrow arrays."""
        words = self.columns.words(rows).combine_chunks()
        found: dict[str, Any] = {name: _one_array(words[name]) for name in words.column_names}
        contig = self.columns.manifest.contig
        position = self.columns["position_1based"][rows].tolist()
        ref, alt = found["ref"].to_pylist(), found["alt"].to_pylist()
        quality = self.columns["site_quality"][rows]
        found |= {
            "contig": pa.array([contig] * rows.size, type=pa.string()),
            "position_1based": pa.array(position, type=pa.int32()),
            "variant_id": pa.array(
                [f"{contig}-{at}-{a}-{b}" for at, a, b in zip(position, ref, alt, strict=True)], type=pa.string()
            ),
            "site_quality": pa.array(quality.astype(np.float32), mask=np.isnan(quality)),
        }
        return {name: found[name] for name in names}


def _one_array(column: Any) -> Any:
    """A chunked column as one array, whatever Arrow made of it."""
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], type=column.type)


def count_rows(columns: Columns, rows: Rows, named: Flags, question: Question, *, everyone: bool) -> ColumnarBlock:
    """Count some rows, as tally.tally does from decoded lines."""
    size = rows.size
    place, owner = runs(columns["carrier_start"], rows)
    sample, code = columns["carrier_sample"][place], columns["carrier_code"][place]
    entry = np.arange(place.start, place.stop) if isinstance(place, slice) else place
    members = np.flatnonzero(question.cohort.mask[sample])
    row, copies, zygosity = owner[members], code[members] >> 3, (code[members] & 3).astype(np.int64)
    by_kind = np.bincount(row * 3 + zygosity, minlength=3 * size).reshape(size, 3).T.astype(np.int64)
    wanted = np.flatnonzero(np.isin(zygosity, wanted_zygosities(question.filters)))
    numbers, missing = _called(columns, rows, question.cohort.mask, question.cohort.size)
    if everyone:
        population_count = columns["allele_count"][rows].astype(np.int64)
        population_number = columns["allele_number"][columns["record"][rows]].astype(np.int64)
    else:
        inside = np.flatnonzero(question.population.mask[sample])
        population_count = np.bincount(owner[inside], weights=code[inside] >> 3, minlength=size).astype(np.int64)
        population_number, _ = _called(columns, rows, question.population.mask, question.population.size)
    result = Tally(
        allele_count=np.bincount(row, weights=copies, minlength=size).astype(np.int64),
        allele_number=numbers,
        zygosity_counts=by_kind,
        carrier_count=np.bincount(row[wanted], minlength=size).astype(np.int64),
        missing_count=missing,
        population_allele_count=population_count,
        population_allele_number=population_number,
        kept=np.ones(size, dtype=bool),
        carried=Carried(row[wanted], entry[members[wanted]], zygosity[wanted]),
    )
    result.kept[:] = kept_rows(result, named, question.filters)
    return ColumnarBlock(columns, rows, result)


def _called(columns: Columns, rows: Rows, mask: NDArray[np.uint8], size: int) -> tuple[Rows, Rows]:
    """For each row, called alleles and people without any among the ``size`` people of the mask."""
    records, of_record = np.unique(columns["record"][rows], return_inverse=True)
    place, owner = runs(columns["short_start"], records.astype(np.int64))
    members = np.flatnonzero(mask[columns["short_sample"][place]])
    called = columns["short_called"][place][members].astype(np.int64)
    lost = np.bincount(owner[members], weights=2 - called, minlength=records.size)
    missing = np.bincount(owner[members[called == 0]], minlength=records.size)
    return (2 * size - lost).astype(np.int64)[of_record], missing.astype(np.int64)[of_record]
