"""The engine's questions: from the columns of a chunk where there are any, from the lines of its VCF otherwise."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .annotation import Annotator
from .batches import carrier_columns, carriers_of, key_of, variants_batch
from .cohort import Cohort
from .columnar import ColumnarBlock, answer_columns, can_answer
from .errors import BadRecord, InvalidTarget
from .filters import Filters
from .genotypes import Calls, decode
from .indexes import estimate_selection
from .lines import Meter, Progress, bad_record, blocks
from .normalising import LONGEST_MOVE, normalised
from .normals import are_among, copies_to_call, normal_states
from .opening import OpenChunk
from .parquet import in_order
from .regions import Region, Target, Variant, check_within, split_targets
from .release import Release
from .schemas import VARIANTS_SCHEMA
from .sequences import Sequence as ReferenceSequence
from .sites import Selection, Site
from .sources import ChunkSource, ReleaseSource, check_unchanged
from .tally import Carried, Question, Rows, Tally, good_cells, pairs, tally


@dataclass(frozen=True, slots=True)
class Work:
    """What to read of one chunk (its place in the release)."""

    chunk: int
    selection: Selection


def whole_work(source: ReleaseSource, targets: Sequence[Target]) -> list[Work]:
    """Work for all chunks that a question touches, in the order of the release. Raises InvalidTarget."""
    for target in targets:
        check_within(target, source.assembly)
    regions, variants = split_targets(_spelled(source, targets))
    works = []
    for place, chunk in enumerate(source.chunks):
        owned = Region(chunk.contig, chunk.start_1based, chunk.end_1based)
        selection = Selection(owned, regions, variants, reach=reach_of(chunk))
        if selection:
            works.append(Work(place, selection))
    return works


def reach_of(chunk: ChunkSource) -> int:
    """How far from POS of its line an allele of a chunk may be reported."""
    return LONGEST_MOVE if chunk.sequence else 0


def _spelled(source: ReleaseSource, targets: Sequence[Target]) -> Sequence[Target]:
    """The targets, variants in the spelling of the release. Raises InvalidTarget for bases that are not there."""
    named = next((chunk.sequence for chunk in source.chunks if chunk.sequence), None)
    if named is None or not any(isinstance(target, Variant) for target in targets):
        return targets
    with closing(ReferenceSequence(named)) as sequence:
        return [normalised(target, sequence) for target in targets]


def make_question(source: ReleaseSource, cohort: Cohort, filters: Filters, population: Cohort | None) -> Question:
    """Check that the masks fit the release. Raises InvalidTarget."""
    everyone = Cohort.everyone(source.sample_count) if population is None else population
    for asked in (cohort, everyone):
        if asked.n != source.sample_count:
            raise InvalidTarget(f"A cohort over {asked.n:,} samples does not fit a release of {source.sample_count:,}.")
    return Question(cohort, everyone, filters, source.ploidy, source.normals)


@dataclass(frozen=True, slots=True)
class Block:
    """A counted stretch of lines that share one FORMAT; its batches are made when asked for."""

    sites: Sequence[Site]
    keys: Sequence[str]
    calls: Calls
    rows: Rows
    result: Tally
    annotator: Annotator | None
    question: Question

    @property
    def variant_ids(self) -> list[str]:
        """Of all alleles that were counted, in file order."""
        places = zip(self.rows.record.tolist(), self.rows.allele.tolist(), strict=True)
        return [key_of(self.sites[record], allele)["variant_id"] for record, allele in places]

    def variants(self) -> pa.RecordBatch:
        """VARIANTS_SCHEMA, in file order."""
        return variants_batch(self.sites, self.rows, self.result, self.annotator)

    def carriers(self) -> pa.RecordBatch:
        """The release's ``carriers_schema``, by variant in file order and then by sample."""
        carried = self.result.carried
        is_kept = self.result.kept[carried.row]
        carried = Carried(carried.row[is_kept], carried.cell[is_kept], carried.zygosity[is_kept])
        columns = carrier_columns(self.sites, self.rows, carried, self.calls, self.keys)
        normals = self.question.normals
        return carriers_of(columns, None if normals is None else self._normal_states(carried, normals))

    def _normal_states(self, carried: Carried, normals: NDArray[np.int64]) -> NDArray[np.int64]:
        """What the normals of these tumours have."""
        calls, rows, ploidy = self.calls, self.rows, self.question.ploidy
        is_single = ploidy.is_single(self.sites[0].contig, [site.position_1based for site in self.sites])
        copies = copies_to_call(self.sites[0].contig, is_single[calls.record], calls.sample, ploidy)
        incomplete = np.flatnonzero((calls.alleles >= 0).sum(axis=1) < copies)
        row, cell, _ = pairs(calls, rows)
        normal = normals[calls.sample[carried.cell]]
        asked, of_records = (carried.row, normal), (rows.record[carried.row], normal)
        is_carried = are_among(asked, (row, calls.sample[cell]), calls.sample_count)
        held = (calls.record[incomplete], calls.sample[incomplete])
        is_incomplete = are_among(of_records, held, calls.sample_count)
        of_normals = replace(self.question, cohort=Cohort.from_indexes(calls.sample_count, normals[normals >= 0]))
        is_good = good_cells(calls, self.keys, of_normals)
        if is_good is not None:
            is_carried &= is_good[of_records]
            is_incomplete |= ~is_good[of_records]
        return normal_states(normal, is_carried, is_incomplete)


def answer(
    release: Release, works: Sequence[Work], question: Question, meter: Meter
) -> Iterator[Block | ColumnarBlock]:
    """Counted blocks, by chunk and in file order; those in which the filters leave no row are left out.

    Before a block is handed out, the file is looked at once more: raises SourceChanged when it is another by now.
    """
    meter.tell()
    for work in works:
        for counted in _blocks_of(release, work, question, meter):
            check_unchanged(release.source.chunks[work.chunk])
            if counted.result.kept.any():
                yield counted
        # A reading that found nothing more, because another file lies there by now, is no answer either
        check_unchanged(release.source.chunks[work.chunk])
    meter.tell()


def _blocks_of(release: Release, work: Work, question: Question, meter: Meter) -> Iterator[Block | ColumnarBlock]:
    columns = release.columns(work.chunk) if can_answer(question.filters) else None
    if columns is not None:
        for records, counted in answer_columns(columns, work.selection, question):
            meter.add(records)
            yield counted
        return
    for (block,) in line_blocks(release, work, [question], meter):
        yield block


def line_blocks(release: Release, work: Work, questions: Sequence[Question], meter: Meter) -> Iterator[list[Block]]:
    """Blocks of a chunk's lines, one for each question; these have the same filters (at least one question)."""
    chunk = release.chunk(work.chunk)
    selection = work.selection.spelled_by(chunk.normaliser, chunk.name, release.reach(work.chunk))
    for sites, lines in blocks(chunk, selection, questions[0].filters, meter):
        yield _count_block(chunk, sites, lines, questions)


def _count_block(chunk: OpenChunk, sites: list[Site], columns: list[str], questions: Sequence[Question]) -> list[Block]:
    """Decode some lines once, and count them for each question."""
    keys = sites[0].keys.split(":")
    try:
        calls = decode(columns, keys, chunk.sample_count)
        rows = Rows.of(sites)
        positions = [site.position_1based for site in sites]
        singles = [question.ploidy.is_single(chunk.source.contig, positions) for question in questions]
        results = [tally(calls, keys, rows, *each) for each in zip(questions, singles, strict=True)]
    except BadRecord as error:
        raise bad_record(error, sites, chunk.name) from error
    return [
        Block(sites, keys, calls, rows, result, chunk.annotator, question)
        for result, question in zip(results, questions, strict=True)
    ]


def counts_and_carriers(
    release: Release,
    targets: Sequence[Target],
    cohort: Cohort,
    filters: Filters,
    *,
    population: Cohort | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Variants and their carriers in one pass: pairs of batches (VARIANTS_SCHEMA, the release's ``carriers_schema``).

    Rows come by chunk of the release, then as in the file; carriers by variant, then by sample. Memory is
    bounded by a block, not by the question. Overlapping targets count once. Where a release has a reference
    sequence, the order of the lines need not be that of the positions they are reported at. Raises EngineError.
    """
    question = make_question(release.source, cohort, filters, population)
    for block in _ask(release, targets, question, progress):
        yield block.variants(), block.carriers()


def _ask(
    release: Release, targets: Sequence[Target], question: Question, progress: Progress | None
) -> Iterator[Block | ColumnarBlock]:
    source = release.source
    works = whole_work(source, targets)
    estimated = 0
    if progress is not None:
        estimated = sum(estimate_selection(source.chunks[work.chunk], work.selection).records for work in works)
    return answer(release, works, question, Meter(progress, estimated))


def counts(
    release: Release,
    targets: Sequence[Target],
    cohort: Cohort,
    filters: Filters,
    *,
    population: Cohort | None = None,
    progress: Progress | None = None,
) -> pa.Table:
    """Counts per allele in the cohort and in the population (VARIANTS_SCHEMA), in memory.

    Without genotype filters these equal ``bcftools norm -m -any | view -S | +fill-tags``. An allele that nobody
    in the cohort carries has no row, unless ``filters.keep_absent`` or the target names that very variant.
    The same (position, ref, alt) on two lines of the file gives two rows, as there. INFO is never trusted for
    counts. Men have one copy of X and Y outside of their ends: ``1/1`` counts as ``1`` there (ADR 64).
    """
    question = make_question(release.source, cohort, filters, population)
    batches = [block.variants() for block in _ask(release, targets, question, progress)]
    return as_asked(release.source, pa.Table.from_batches(batches, schema=VARIANTS_SCHEMA))


def as_asked(source: ReleaseSource, table: pa.Table) -> pa.Table:
    """Rows of a whole answer by position, which is another order than that of the lines where alleles have moved."""
    if not any(chunk.sequence for chunk in source.chunks):
        return table
    contigs = table["contig"].unique()
    pieces = [in_order(table.filter(pc.equal(table["contig"], contig))) for contig in contigs]
    return pa.concat_tables(pieces).combine_chunks() if pieces else table


def carriers(
    release: Release,
    targets: Sequence[Target],
    cohort: Cohort,
    filters: Filters,
    *,
    limit: int | None = None,
    population: Cohort | None = None,
    progress: Progress | None = None,
) -> Iterator[pa.RecordBatch]:
    """Who in the cohort carries what (``carriers_schema``), at most ``limit`` rows; reading stops there."""
    left = limit
    question = make_question(release.source, cohort, filters, population)
    for block in _ask(release, targets, question, progress):
        batch = block.carriers()
        if left is not None:
            batch = batch.slice(0, left)
            left -= batch.num_rows
        if batch.num_rows:
            yield batch
        if left == 0:
            break
