"""The straightforward reader: streams the lines of indexed VCFs, a block at a time, and counts them."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from .annotation import Annotator
from .batches import carriers_batch, variants_batch
from .cohort import Cohort
from .errors import BadRecord, BadSource, InvalidTarget
from .filters import Filters
from .genotypes import Calls, decode
from .indexes import estimate_selection
from .regions import Region, Target, check_within, split_targets
from .schemas import VARIANTS_SCHEMA
from .sites import Selection, Site, apply_site_filters, parse_site
from .sources import FIXED_COLUMNS, OpenChunk, Release, ReleaseSource
from .tally import Question, Rows, Tally, tally

Progress = Callable[[int, int], None]

# A block is decoded at once; its arrays take about ten times its text. One line is always taken, however long.
BLOCK_BYTES = 2_000_000
BLOCK_LINES = 1_024
PROGRESS_EVERY_RECORDS = 1_000
PROGRESS_EVERY_SECONDS = 0.5


@dataclass(slots=True)
class Meter:
    """Counts lines read and tells the callback at the start, now and then, and at the end."""

    callback: Progress | None
    estimated: int
    read: int = 0
    _told: int = 0
    _told_at: float = field(default_factory=time.monotonic)

    def tell(self) -> None:
        """Call back now. What the callback raises goes through."""
        if self.callback is not None:
            self._told, self._told_at = self.read, time.monotonic()
            self.callback(self.read, max(self.estimated, self.read))

    def tick(self) -> None:
        """One more line; calls back every PROGRESS_EVERY_RECORDS lines or PROGRESS_EVERY_SECONDS."""
        self.read += 1
        many = self.read - self._told >= PROGRESS_EVERY_RECORDS
        if many or time.monotonic() - self._told_at >= PROGRESS_EVERY_SECONDS:
            self.tell()


@dataclass(frozen=True, slots=True)
class Work:
    """What to read of one chunk (its place in the release)."""

    chunk: int
    selection: Selection


def whole_work(source: ReleaseSource, targets: Sequence[Target]) -> list[Work]:
    """Work for all chunks that a question touches, in the order of the release. Raises InvalidTarget."""
    for target in targets:
        check_within(target, source.assembly)
    regions, variants = split_targets(targets)
    works = []
    for place, chunk in enumerate(source.chunks):
        owned = Region(chunk.contig, chunk.start_1based, chunk.end_1based)
        selection = Selection(owned, regions, variants)
        if selection:
            works.append(Work(place, selection))
    return works


def make_question(source: ReleaseSource, cohort: Cohort, filters: Filters, population: Cohort | None) -> Question:
    """Check that the masks fit the release. Raises InvalidTarget."""
    everyone = Cohort.everyone(source.sample_count) if population is None else population
    for asked in (cohort, everyone):
        if asked.n != source.sample_count:
            raise InvalidTarget(f"A cohort over {asked.n:,} samples does not fit a release of {source.sample_count:,}.")
    return Question(cohort, everyone, filters)


@dataclass(frozen=True, slots=True)
class Block:
    """A counted stretch of lines that share one FORMAT; its batches are made when asked for."""

    sites: Sequence[Site]
    keys: Sequence[str]
    calls: Calls
    rows: Rows
    result: Tally
    annotator: Annotator | None

    def variants(self) -> pa.RecordBatch:
        """VARIANTS_SCHEMA, in file order."""
        return variants_batch(self.sites, self.rows, self.result, self.annotator)

    def carriers(self) -> pa.RecordBatch:
        """CARRIERS_SCHEMA, by variant in file order and then by sample."""
        return carriers_batch(self.sites, self.rows, self.result, self.calls, self.keys)


def answer(release: Release, works: Sequence[Work], question: Question, meter: Meter) -> Iterator[Block]:
    """Counted blocks, by chunk and in file order; those in which the filters leave no row are left out."""
    meter.tell()
    for work in works:
        chunk = release.chunk(work.chunk)
        for sites, columns in _blocks(chunk, work.selection, question.filters, meter):
            block = _count_block(chunk, sites, columns, question)
            if block.result.kept.any():
                yield block
    meter.tell()


def _count_block(chunk: OpenChunk, sites: list[Site], columns: list[str], question: Question) -> Block:
    keys = sites[0].keys.split(":")
    try:
        calls = decode(columns, keys, chunk.sample_count)
        rows = Rows.of(sites)
        result = tally(calls, keys, rows, question)
    except BadRecord as error:
        what, place = error.args
        site = sites[int(place)]
        raise BadRecord(f"The line at {site.contig}:{site.position_1based} of {chunk.name} {what}.") from error
    return Block(sites, keys, calls, rows, result, chunk.annotator)


def _blocks(
    chunk: OpenChunk, selection: Selection, filters: Filters, meter: Meter
) -> Iterator[tuple[list[Site], list[str]]]:
    """Wanted lines in file order, in blocks that share one FORMAT."""
    sites: list[Site] = []
    columns: list[str] = []
    size = 0
    for site, samples in _lines(chunk, selection, filters, meter):
        is_full = size + len(samples) > BLOCK_BYTES or len(sites) >= BLOCK_LINES
        if sites and (is_full or site.keys != sites[0].keys):
            yield sites, columns
            sites, columns, size = [], [], 0
        sites.append(site)
        columns.append(samples)
        size += len(samples)
    if sites:
        yield sites, columns


def _lines(chunk: OpenChunk, selection: Selection, filters: Filters, meter: Meter) -> Iterator[tuple[Site, str]]:
    contig = selection.contig
    for window in selection.windows():
        for line in _fetch(chunk, window):
            meter.tick()
            fixed = line.split("\t", FIXED_COLUMNS)
            try:
                if len(fixed) != FIXED_COLUMNS + 1:
                    raise BadRecord("has too few columns", 0)
                site = parse_site(fixed, contig)
            except BadRecord as error:
                raise BadRecord(f"A line near {window} of {chunk.name} {error.args[0]}.") from error
            # tabix gives what overlaps; we answer by POS, so a deletion from before the window is not in it
            if not window.start_1based <= site.position_1based <= window.end_1based:
                continue
            selection.choose(site)
            if site.wanted:
                apply_site_filters(site, filters, chunk.annotator)
            if site.wanted:
                yield site, fixed[FIXED_COLUMNS]


def _fetch(chunk: OpenChunk, window: Region) -> Iterator[str]:
    if chunk.contig_in_file is None:
        return
    try:
        yield from chunk.file.fetch(
            chunk.contig_in_file, window.start_1based - 1, window.end_1based, multiple_iterators=False
        )
    except (OSError, ValueError) as error:
        raise BadSource(f"The file {chunk.name} cannot be read at {window}: it or its index is damaged.") from error


def counts_and_carriers(
    release: Release,
    targets: Sequence[Target],
    cohort: Cohort,
    filters: Filters,
    *,
    population: Cohort | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Variants and their carriers in one pass: pairs of batches (VARIANTS_SCHEMA, CARRIERS_SCHEMA).

    Rows come by chunk of the release, then as in the file; carriers by variant, then by sample. Memory is
    bounded by a block, not by the question. Overlapping targets count once. Raises EngineError.
    """
    question = make_question(release.source, cohort, filters, population)
    for block in _ask(release, targets, question, progress):
        yield block.variants(), block.carriers()


def _ask(release: Release, targets: Sequence[Target], question: Question, progress: Progress | None) -> Iterator[Block]:
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
    counts. Male calls on chrX are counted as coded: a diploid ``1/1`` is hom with two alleles.
    """
    question = make_question(release.source, cohort, filters, population)
    batches = [block.variants() for block in _ask(release, targets, question, progress)]
    return pa.Table.from_batches(batches, schema=VARIANTS_SCHEMA)


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
    """Who in the cohort carries what (CARRIERS_SCHEMA), at most ``limit`` rows; reading stops there."""
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
