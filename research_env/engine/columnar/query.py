"""Answers questions from columns, with the very counts and rows that the reader of VCF lines gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from research_env.engine.batches import batch_of, carriers_of, counted_columns, known
from research_env.engine.cohort import Cohort
from research_env.engine.consequences import RANK
from research_env.engine.errors import NotAnnotated
from research_env.engine.filters import ZYGOSITIES, Filters
from research_env.engine.normals import Cells, are_among, copies_to_call, normal_states
from research_env.engine.schemas import CARRIERS_SCHEMA, DESCRIBED, VARIANTS_SCHEMA
from research_env.engine.sites import NOT_ANNOTATED, Selection
from research_env.engine.tally import Carried, Question, Tally, kept_rows, wanted_zygosities

from .columns import Block, Columns, ascending, runs
from .counting import Counts, counted, stored
from .layout import EVIDENCE, WORDS_SCHEMA

# Rows are counted so many at once; an entry (a carrier or an incomplete call) takes some bytes meanwhile.
_ENTRIES_PER_BLOCK = 2_000_000
_ROWS_PER_BLOCK = 50_000

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]
_NONE = np.empty(0, dtype=np.int64)


def can_answer(filters: Filters) -> bool:
    """Columns know quality and depth of carriers only: a bound that makes reference calls missing needs the VCF.

    So does one on the reads of carriers: columns are counted without looking at them.
    """
    bounds = (filters.min_genotype_quality, filters.min_depth, filters.min_variant_allele_fraction)
    return all(bound is None for bound in bounds)


def answer_columns(columns: Columns, selection: Selection, question: Question) -> Iterator[tuple[int, ColumnarBlock]]:
    """Blocks in file order, each with how many records it took; those without a kept row are left out."""
    rows, named = select_rows(columns, selection, question.filters)
    # What is stored rules rows out that are then never looked at
    wanted = may_have_frequency(columns, rows, question)
    rows, named = rows[wanted], named[wanted]
    for start, end in _blocks(columns, rows):
        block = count_rows(columns, rows[start:end], named[start:end], question)
        yield int(np.count_nonzero(np.diff(columns.values("record", rows[start:end]), prepend=-1))), block


def count_each(
    columns: Columns, selection: Selection, people: Sequence[Cohort], filters: Filters
) -> tuple[list[str], list[Counts]]:
    """Alleles by variant_id that pass the filters of sites, in file order, and their counts in each group of people."""
    rows, _ = select_rows(columns, selection, filters)
    names = described_rows(columns, rows, ["ref", "alt", "variant_id"])["variant_id"].to_pylist()
    return names, counted(columns, rows, people)


def is_everyone(question: Question) -> bool:
    """Whether frequencies refer to the whole release, whose counts are stored."""
    return question.population.size == question.population.n


def select_rows(columns: Columns, selection: Selection, filters: Filters) -> tuple[Rows, Flags]:
    """The rows that are wanted and pass the filters of sites, ascending, and which of them were asked for by name."""
    pieces = [columns.row_range(region.start_1based, region.end_1based) for region in selection.regions]
    named = [row for position in selection.named_positions for row in _named_at(columns, selection, position)]
    rows = ascending([*pieces, np.array(named, dtype=np.int64)])
    columns.need(rows)
    if rows.size and filters.consequences is not None and not columns.manifest.annotation:
        raise NotAnnotated(NOT_ANNOTATED.format(contig=selection.contig))
    rows = rows[passes_site_filters(columns, rows, filters)]
    return rows, np.isin(rows, named)


def _named_at(columns: Columns, selection: Selection, position_1based: int) -> list[int]:
    rows = columns.row_range(position_1based, position_1based)
    words = columns.words(rows, ["ref", "alt"]).to_pylist() if rows.size else []
    return [
        int(row)
        for row, word in zip(rows, words, strict=True)
        if selection.names(position_1based, word["ref"], word["alt"])
    ]


def passes_site_filters(columns: Columns, rows: Rows, filters: Filters) -> Flags:
    """Which rows the filters of sites leave."""
    passes = np.ones(rows.size, dtype=bool)
    if filters.pass_only:
        passes &= columns.values("is_pass", rows) == 1
    if filters.min_site_quality is not None:
        passes &= columns.values("site_quality", rows) >= filters.min_site_quality
    if filters.consequences is not None:
        bits = np.uint64(sum(1 << RANK[term] for term in filters.consequences))
        passes &= (columns.values("consequence_bits", rows) & bits) != 0
    return passes


def most_copies(columns: Columns, question: Question) -> float | None:
    """How many copies the whole release can have of a row that is rare enough in the population; None for any number.

    At most so many lie in the population, and whoever is left out of it may carry as many more as they have.
    """
    highest = question.filters.max_allele_frequency
    if highest is None:
        return None
    population = question.population
    return columns.manifest.most_alleles * (highest * population.size + population.n - population.size)


def may_have_frequency(columns: Columns, rows: Rows, question: Question) -> NDArray[np.bool_]:
    """Whether what is stored of the whole release leaves a row's frequency in the population possible."""
    if is_everyone(question):
        return _has_frequency(columns, rows, question.filters)
    most = most_copies(columns, question)
    if most is None:
        return np.ones(rows.size, dtype=bool)
    fits: NDArray[np.bool_] = columns.values("allele_count", rows) <= most
    return fits


def _has_frequency(columns: Columns, rows: Rows, filters: Filters) -> Flags:
    """Whether the frequency in the whole release lies within the bounds, as tally.kept_rows says it."""
    if filters.max_allele_frequency is None and filters.min_allele_frequency is None:
        return np.ones(rows.size, dtype=bool)
    count, number = columns.values("allele_count", rows), columns.values("allele_number", rows)
    return frequency_fits(count, number, filters)


def frequency_fits(count: NDArray[Any], number: NDArray[Any], filters: Filters) -> Flags:
    """Whether frequencies lie within the bounds; without a called allele there is none to satisfy one."""
    frequency = np.full(count.size, np.nan)
    np.divide(count, number, out=frequency, where=number > 0)
    fits = np.ones(count.size, dtype=bool)
    if filters.max_allele_frequency is not None:
        fits &= frequency <= filters.max_allele_frequency
    if filters.min_allele_frequency is not None:
        fits &= frequency >= filters.min_allele_frequency
    return fits


def _blocks(columns: Columns, rows: Rows) -> Iterator[tuple[int, int]]:
    """Stretches of the rows with so many entries at most; one row is always taken, however many it has."""
    if not rows.size:
        return
    carriers = columns.carrier_counts(rows)
    total = np.concatenate(([0], np.cumsum(carriers + columns.values("short_count", rows), dtype=np.int64)))
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
    question: Question

    def variants(self) -> pa.RecordBatch:
        """VARIANTS_SCHEMA, in file order."""
        kept = np.flatnonzero(self.result.kept)
        described = described_rows(self.columns, self.rows[kept], VARIANTS_SCHEMA.names[:DESCRIBED])
        return batch_of(described | counted_columns(self.result, kept), VARIANTS_SCHEMA)

    def carriers(self) -> pa.RecordBatch:
        """The release's ``carriers_schema``, by variant in file order and then by sample."""
        rows = self.rows[self.result.kept]
        entries = [self._entries(rows[inside], block) for inside, block in self.columns.blocks(rows)]
        names = list(entries[0]) if entries else ["row", "sample", "code", *EVIDENCE, "normal"]
        found = {name: np.concatenate([each[name] for each in entries]) if entries else _NONE for name in names}
        order = np.argsort(found["row"], kind="stable")
        found = {name: values[order] for name, values in found.items()}
        present, place = np.unique(found["row"].astype(np.int64), return_inverse=True)
        keys = described_rows(self.columns, present, CARRIERS_SCHEMA.names[:5])
        values: dict[str, Any] = {name: array.take(pa.array(place)) for name, array in keys.items()}
        values["sample"] = found["sample"]
        normal = None if self.question.normals is None else found["normal"]
        return carriers_of(values | call_columns(found), normal)

    def _entries(self, rows: Rows, block: Block) -> dict[str, NDArray[Any]]:
        """The wanted carriers of these rows, which all are in the block."""
        entry, owner = runs(self.columns.values("carrier_at", rows), self.columns.carrier_counts(rows))
        sample, code = block.sample[entry], block.code[entry]
        wanted = self.question.cohort.mask[sample].astype(bool)
        if self.question.filters.zygosity is not None:
            wanted &= np.isin(code & 3, wanted_zygosities(self.question.filters))
        found = {"row": rows[owner[wanted]], "sample": sample[wanted], "code": code[wanted]}
        if self.question.normals is not None:
            normal = self.question.normals[found["sample"]]
            found["normal"] = self._normal_states((owner[wanted], normal), (owner, sample), rows, block)
        return found | block.evidence(entry[wanted])

    def _normal_states(self, asked: Cells, carriers: Cells, rows: Rows, block: Block) -> NDArray[np.int64]:
        """What normals have, each at a row of the block; cells are of places in ``rows``."""
        columns, size = self.columns, self.question.cohort.n
        entry, owner = runs(columns.values("short_at", rows), columns.values("short_count", rows))
        sample = block.short_sample[entry]
        copies = copies_to_call(columns.manifest.contig, columns.is_single(rows)[owner], sample, columns.ploidy)
        incomplete = block.short_called[entry] < copies
        cells = (owner[incomplete], sample[incomplete])
        return normal_states(asked[1], are_among(asked, carriers, size), are_among(asked, cells, size))


def call_columns(found: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """How each carrier was called, as columns of CARRIERS_SCHEMA."""
    code = found["code"].astype(np.int64)
    called: dict[str, Any] = {"zygosity": pa.array(ZYGOSITIES).take(pa.array(code & 3)), "phased": (code >> 2 & 1) == 1}
    return called | {name: known(found[name].astype(np.int32)) for name in EVIDENCE}


def described_rows(columns: Columns, rows: Rows, names: list[str]) -> dict[str, Any]:
    """Columns of sites, as Arrow arrays."""
    words = columns.words(rows, [name for name in WORDS_SCHEMA.names if name in names])
    found: dict[str, Any] = {name: words[name].chunk(0) for name in words.column_names}
    contig = columns.manifest.contig
    position = pa.array(columns.values("position_1based", rows), type=pa.int32())
    spelled = (pa.scalar(contig), position.cast(pa.string()), found["ref"], found["alt"])
    quality = columns.values("site_quality", rows)
    found |= {
        "contig": pa.array([contig] * rows.size, type=pa.string()),
        "position_1based": position,
        "variant_id": pc.binary_join_element_wise(*spelled, "-"),
        "site_quality": pa.array(quality.astype(np.float32), mask=np.isnan(quality)),
    }
    if "orig_alleles" in found:
        as_given = found["orig_alleles"].is_null().to_numpy(zero_copy_only=False)
        given = columns.values("file_position_1based", rows)
        found["orig_position_1based"] = pa.array(given, mask=as_given)
    return {name: found[name] for name in names}


def count_rows(columns: Columns, rows: Rows, named: Flags, question: Question) -> ColumnarBlock:
    """Count some rows, as tally.tally does from decoded lines."""
    whole = stored(columns, rows)
    everyone = is_everyone(question)
    cohort, population = whole, whole
    if not (everyone and question.cohort.size == question.cohort.n):
        asked = (question.cohort,) if everyone else (question.cohort, question.population)
        cohort, population = [*counted(columns, rows, asked), whole][:2]
    result = _tally(cohort, population, question)
    result.kept[:] = kept_rows(result, named, question.filters)
    return ColumnarBlock(columns, rows, result, question)


def _tally(cohort: Counts, population: Counts, question: Question) -> Tally:
    return Tally(
        allele_count=cohort.allele_count,
        allele_number=cohort.allele_number,
        zygosity_counts=cohort.zygosity_counts,
        carrier_count=cohort.zygosity_counts[wanted_zygosities(question.filters)].sum(axis=0),
        missing_count=cohort.missing_count,
        population_allele_count=population.allele_count,
        population_allele_number=population.allele_number,
        kept=np.ones(cohort.allele_count.size, dtype=bool),
        carried=Carried(_NONE, _NONE, _NONE),
    )
