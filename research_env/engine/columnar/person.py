"""What one person carries: rare alleles from the person's own list, the others from the blocks of all carriers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from research_env.engine.batches import batch_of, frequency
from research_env.engine.cohort import Cohort
from research_env.engine.errors import NotAnnotated
from research_env.engine.filters import Filters
from research_env.engine.schemas import DESCRIBED
from research_env.engine.sites import NOT_ANNOTATED, Selection
from research_env.engine.tally import Question, has_fraction, wanted_zygosities

from .columns import Columns, Rows, ascending
from .counting import counted, stored
from .query import (
    call_columns,
    described_rows,
    frequency_fits,
    may_have_frequency,
    most_copies,
    passes_site_filters,
)

Found = dict[str, NDArray[Any]]


def person_batches(
    columns: Columns, selection: Selection, sample: int, question: Question, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """The alleles of one person that the filters leave, in file order, as ``schema``: a site, the population, a call.

    Bounds on the genotype are those of the person's own call, which columns know.
    """
    filters = question.filters
    if filters.consequences is not None and not columns.manifest.annotation and _wanted(columns, selection):
        raise NotAnnotated(NOT_ANNOTATED.format(contig=selection.contig))
    found = _carried(columns, selection, sample, question)
    found = _only(found, _good_calls(found, filters))
    count, number = _in_population(columns, found["row"], question.population)
    fits = frequency_fits(count, number, filters)
    found, count, number = _only(found, fits), count[fits], number[fits]
    if not found["row"].size:
        return
    values: dict[str, Any] = described_rows(columns, found["row"], schema.names[:DESCRIBED])
    values |= {
        "population_allele_count": count,
        "population_allele_number": number,
        "population_allele_frequency": frequency(count, number),
    }
    yield batch_of(values | call_columns(found), schema)


def _only(found: Found, flags: NDArray[np.bool_]) -> Found:
    return {name: values[flags] for name, values in found.items()}


def _wanted(columns: Columns, selection: Selection) -> bool:
    """Whether the selection holds any row."""
    regions = (columns.row_range(region.start_1based, region.end_1based) for region in selection.regions)
    positions = (columns.row_range(position, position) for position in selection.named_positions)
    return any(rows.size for each in (regions, positions) for rows in each)


def _carried(columns: Columns, selection: Selection, sample: int, question: Question) -> Found:
    """Rows that the person carries and the filters of sites leave, ascending, with code and evidence."""
    own = columns.person(sample)
    rare: Found = {"row": own.rows, "code": own.code, **own.evidence}
    columns.need(own.rows)
    rare = _only(rare, _is_selected(columns, selection, own.rows))
    rare = _only(rare, passes_site_filters(columns, rare["row"], question.filters))
    rare = _only(rare, may_have_frequency(columns, rare["row"], question))
    parts = [rare, *_common(columns, selection, sample, question)]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in rare}
    order = np.argsort(joined["row"], kind="stable")
    return {name: values[order] for name, values in joined.items()}


def _is_selected(columns: Columns, selection: Selection, rows: Rows) -> NDArray[np.bool_]:
    """Whether the selection holds these rows, by region or by name."""
    positions = columns.values("position_1based", rows).astype(np.int64)
    starts = np.array([region.start_1based for region in selection.regions], dtype=np.int64)
    ends = np.array([region.end_1based for region in selection.regions], dtype=np.int64)
    selected: NDArray[np.bool_] = np.zeros(rows.size, dtype=bool)
    if starts.size:
        place = np.searchsorted(starts, positions, side="right") - 1
        selected = (place >= 0) & (positions <= ends[place])
    named = np.flatnonzero(~selected & np.isin(positions, list(selection.named_positions)))
    if named.size:
        words = columns.words(rows[named], ["ref", "alt"]).to_pylist()
        selected[named] = [
            selection.names(int(positions[place]), word["ref"], word["alt"])
            for place, word in zip(named.tolist(), words, strict=True)
        ]
    return selected


def _common(columns: Columns, selection: Selection, sample: int, question: Question) -> Iterator[Found]:
    """What the person carries of rows with more copies than the person's own list has."""
    most = most_copies(columns, question)
    if most is not None and most < columns.manifest.rare_copies + 1:
        return
    pieces = [columns.row_range(region.start_1based, region.end_1based) for region in selection.regions]
    pieces += [columns.row_range(position, position) for position in selection.named_positions]
    rows = ascending(pieces)
    columns.need(rows)
    rows = rows[columns.values("allele_count", rows) > columns.manifest.rare_copies]
    rows = rows[passes_site_filters(columns, rows, question.filters)]
    rows = rows[may_have_frequency(columns, rows, question)]
    rows = rows[_is_selected(columns, selection, rows)]
    for inside, block in columns.blocks(rows):
        mine = rows[inside]
        lengths = columns.carrier_counts(mine)
        own = np.flatnonzero(block.sample == sample)
        starts = columns.values("carrier_at", mine)
        # Each of the person's entries lies in the run that begins last before it
        place = np.searchsorted(starts, own, side="right") - 1
        own, place = own[place >= 0], place[place >= 0]
        inside_run = own < (starts + lengths)[place]
        own, place = own[inside_run], place[inside_run]
        found: Found = {"row": mine[place], "code": block.code[own]}
        if own.size:
            yield found | block.evidence(own)


def _good_calls(found: Found, filters: Filters) -> NDArray[np.bool_]:
    """Calls with the quality, depth, zygosity and number of copies that are asked for."""
    good: NDArray[np.bool_] = np.isin(found["code"] & 3, wanted_zygosities(filters))
    for name, bound in (
        ("genotype_quality", filters.min_genotype_quality),
        ("depth", filters.min_depth),
    ):
        if bound is not None:
            good &= found[name] >= bound
    if filters.min_variant_allele_fraction is not None:
        good &= has_fraction(found["depth"], found["alt_depth"], filters.min_variant_allele_fraction)
    if filters.min_allele_count is not None:
        good &= (found["code"] >> 3) >= filters.min_allele_count
    return good


def _in_population(columns: Columns, rows: Rows, population: Cohort) -> tuple[Rows, Rows]:
    """Allele count and number in the people who may be read."""
    if population.size == population.n:
        whole = stored(columns, rows)
        return whole.allele_count, whole.allele_number
    (counts,) = counted(columns, rows, (population,))
    return counts.allele_count, counts.allele_number
