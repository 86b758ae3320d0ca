"""Cuts a question into slices that workers can run apart, says what they cost, and runs one."""

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from .cohort import Cohort
from .filters import Filters
from .indexes import Profile
from .lines import Meter, Progress
from .parquet import GroupWriter, put_in_order
from .reader import Work, answer, make_question, reach_of, whole_work
from .regions import Region, Target, Variant
from .release import open_release
from .schemas import VARIANTS_SCHEMA
from .sites import Selection, overlap
from .sources import ReleaseSource

DEFAULT_RECORDS_PER_SLICE: Final = 20_000

# CPU seconds of one core of a small cloud machine, by `python benchmarks/engine.py --constants`: least squares of
# run_slice over whole files, some with genotypes alone, one with GT:DP:GQ:AD. A call is one record of one sample; a
# byte is a compressed one. Opening files and writing Parquet is the cost of a slice.
SECONDS_PER_SLICE: Final = 0.05
SECONDS_PER_CALL: Final = 60e-9
SECONDS_PER_BYTE: Final = 90e-9


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a question that one task runs: some regions and variants of one chunk."""

    position: int  # 0, 1, ... in the order of merging
    chunk: int  # place in ReleaseSource.chunks
    regions: tuple[Region, ...]
    variants: tuple[Variant, ...]
    estimated_records: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "position": self.position,
            "chunk": self.chunk,
            "regions": [region.to_json() for region in self.regions],
            "variants": [variant.to_json() for variant in self.variants],
            "estimated_records": self.estimated_records,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Slice":
        """The inverse of to_json."""
        return cls(
            position=values["position"],
            chunk=values["chunk"],
            regions=tuple(Region(*each) for each in values["regions"]),
            variants=tuple(Variant(*each) for each in values["variants"]),
            estimated_records=values["estimated_records"],
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What a question will read. ``uncovered`` are targets that no file of the release reaches at all."""

    slices: tuple[Slice, ...]
    estimated_bytes: int  # compressed
    estimated_records: int
    estimated_seconds: float  # of one worker, one slice after another
    uncovered: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class SliceSummary:
    """What a slice did; the rows are those of its two files."""

    records_read: int
    variant_rows: int
    carrier_rows: int

    def to_json(self) -> dict[str, int]:
        """Plain values."""
        return asdict(self)


def plan(
    source: ReleaseSource, targets: Sequence[Target], *, max_records_per_slice: int = DEFAULT_RECORDS_PER_SLICE
) -> Plan:
    """Cut a question into slices of about ``max_records_per_slice`` lines at most, from the indexes alone.

    Overlapping targets are merged first, and each variant belongs to the slice of its POS, so merged slices hold
    what an unsplit reading would. Raises InvalidTarget for a target past its contig and BadSource for an index
    that is gone or damaged.
    """
    slices: list[Slice] = []
    size_bytes = 0
    for work in whole_work(source, targets):
        profile = Profile(source.chunks[work.chunk])
        windows = work.selection.windows()
        size_bytes += sum(profile.estimate(window).size_bytes for window in windows)
        pieces = work.selection.pieces()
        for group, records in _groups(_pieces(profile, pieces, max_records_per_slice), max_records_per_slice):
            slices.append(replace(_slice_of(work, group), position=len(slices), estimated_records=records))
    records = sum(each.estimated_records for each in slices)
    return Plan(
        slices=tuple(slices),
        estimated_bytes=size_bytes,
        estimated_records=records,
        estimated_seconds=(
            len(slices) * SECONDS_PER_SLICE
            + records * source.sample_count * SECONDS_PER_CALL
            + size_bytes * SECONDS_PER_BYTE
        ),
        uncovered=tuple(target for target in targets if not _is_covered(source, target)),
    )


def _pieces(profile: Profile, windows: Iterable[Region], most: int) -> list[tuple[Region, int]]:
    pieces = []
    for window in windows:
        parts = math.ceil(profile.estimate(window).records / max(1, most))
        pieces += profile.split(window, parts) if parts > 1 else [window]
    return [(piece, profile.estimate(piece).records) for piece in pieces]


def _groups(pieces: Iterable[tuple[Region, int]], most: int) -> list[tuple[list[Region], int]]:
    """Neighbouring pieces together, as long as their records fit one slice."""
    groups: list[tuple[list[Region], int]] = []
    for piece, records in pieces:
        if groups and groups[-1][1] + records <= most:
            groups[-1] = ([*groups[-1][0], piece], groups[-1][1] + records)
        else:
            groups.append(([piece], records))
    return groups


def _slice_of(work: Work, pieces: Sequence[Region]) -> Slice:
    owned = [(piece, Selection(piece, work.selection.regions, work.selection.variants)) for piece in pieces]
    return Slice(
        position=0,
        chunk=work.chunk,
        regions=tuple(region for _, selection in owned for region in selection.regions),
        variants=tuple(variant for _, selection in owned for variant in selection.variants),
        estimated_records=0,
    )


def _is_covered(source: ReleaseSource, target: Target) -> bool:
    start = target.start_1based if isinstance(target, Region) else target.position_1based
    region = Region(target.contig, start, target.end_1based if isinstance(target, Region) else start)
    return any(overlap(Region(c.contig, c.start_1based, c.end_1based), region) for c in source.chunks)


def run_slice(
    source: ReleaseSource,
    piece: Slice,
    cohort: Cohort,
    filters: Filters,
    out_variants_path: str | os.PathLike[str],
    out_carriers_path: str | os.PathLike[str],
    *,
    population: Cohort | None = None,
    progress: Progress | None = None,
) -> SliceSummary:
    """Answer one slice into two Parquet files: variants (VARIANTS_SCHEMA) and carriers (``source.carriers_schema``);
    zstd; same input, same bytes.

    ``progress(records_read, records_estimated)`` is called at the start, about twice a second, and at the end;
    whatever it raises stops the work, and neither file is left. Raises EngineError.
    """
    question = make_question(source, cohort, filters, population)
    chunk = source.chunks[piece.chunk]
    owned = Region(chunk.contig, chunk.start_1based, chunk.end_1based)
    work = Work(piece.chunk, Selection(owned, piece.regions, piece.variants, reach=reach_of(chunk)))
    meter = Meter(progress, piece.estimated_records)
    with (
        open_release(source) as release,
        GroupWriter(out_variants_path, VARIANTS_SCHEMA) as variants_writer,
        GroupWriter(out_carriers_path, source.carriers_schema) as carriers_writer,
    ):
        for block in answer(release, [work], question, meter):
            variants_writer.write(block.variants())
            carriers_writer.write(block.carriers())
    if chunk.sequence is not None:
        put_in_order(out_variants_path, VARIANTS_SCHEMA)
        put_in_order(out_carriers_path, source.carriers_schema)
    return SliceSummary(meter.read, variants_writer.row_count, carriers_writer.row_count)
