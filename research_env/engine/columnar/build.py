"""Makes the columns of a chunk from its VCF, a block of lines at a time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from research_env.engine.batches import evidence
from research_env.engine.cohort import Cohort
from research_env.engine.consequences import RANK
from research_env.engine.errors import BadRecord
from research_env.engine.fields import MISSING, Places
from research_env.engine.filters import Filters
from research_env.engine.genotypes import Calls, decode
from research_env.engine.lines import Meter, Progress, bad_record, blocks
from research_env.engine.regions import Region
from research_env.engine.sites import Selection, Site
from research_env.engine.sources import ChunkSource, OpenChunk, check_unchanged, etag_of
from research_env.engine.tally import HEMI, HET, HOM, Question, Rows, check_alleles, pairs

from .columns import is_current
from .layout import ARRAYS, BUILDER_VERSION, EVIDENCE, NARROWER, WORDS, WORDS_PER_BATCH, WORDS_SCHEMA, Manifest

_EVERYTHING = Filters(pass_only=False, keep_absent=True)
_MOST_COPIES = 31  # five bits of carrier_code


def build_columns(
    source: ChunkSource, sample_count: int, folder: str | os.PathLike[str], *, progress: Progress | None = None
) -> Manifest:
    """Make the columns of a chunk in ``folder``, unless they are there and current; returns what they hold.

    Memory is bounded by a block of lines (about 20 MB of text decoded at once), whatever the size of the file. The
    folder appears when all is written; whoever reads older columns meanwhile goes on reading them. The same VCF gives
    the same bytes. ``progress(records_read, records_estimated)`` as in run_slice. Raises EngineError.
    """
    target = Path(folder)
    etag = source.etag or etag_of(source.path)
    found = Manifest.read(target)
    if found is not None and is_current(found, source, sample_count, etag):
        return found
    chunk = OpenChunk(source, sample_count)
    try:
        with _new_folder(target) as partial, _Writer(partial) as writer:
            _write_blocks(chunk, writer, Meter(progress, source.record_count or 0))
            manifest = writer.finish(source, sample_count, etag)
            check_unchanged(replace(source, etag=etag))
            manifest.write(partial)
    finally:
        chunk.file.close()
    return manifest


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A folder beside the target that takes its place when all went well."""
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        outdated = target.with_name(f".{target.name}.{os.getpid()}.outdated")
        if target.exists():
            os.rename(target, outdated)
        os.rename(partial, target)
        shutil.rmtree(outdated, ignore_errors=True)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write_blocks(chunk: OpenChunk, writer: _Writer, meter: Meter) -> None:
    owned = Region(chunk.source.contig, chunk.source.start_1based, chunk.source.end_1based)
    everyone = Cohort.everyone(chunk.sample_count)
    question = Question(everyone, everyone, _EVERYTHING)
    meter.tell()
    for sites, lines in blocks(chunk, Selection(owned, [owned], []), question.filters, meter):
        keys = sites[0].keys.split(":")
        try:
            calls = decode(lines, keys, chunk.sample_count)
            rows = Rows.of(sites)
            check_alleles(calls, rows)
            writer.add(sites, keys, calls, rows, chunk)
        except BadRecord as error:
            raise bad_record(error, sites, chunk.name) from error
    meter.tell()


class _Writer:
    """Appends blocks to the arrays and to the file of words."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._streams: dict[str, IO[bytes]] = {}
        self._words: list[pa.RecordBatch] = []
        self._records = self._rows = self._carriers = self._short = 0
        self._highest = dict.fromkeys(EVIDENCE, 0)

    def __enter__(self) -> _Writer:
        for name in ARRAYS:
            self._streams[name] = self._stack.enter_context((self._folder / f"{name}.bin").open("wb"))
        words = self._stack.enter_context((self._folder / WORDS).open("wb"))
        self._words_file = self._stack.enter_context(pa.ipc.new_file(words, WORDS_SCHEMA))
        self._put("carrier_start", [0])
        self._put("short_start", [0])
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def _put(self, name: str, values: Any) -> None:
        self._streams[name].write(np.asarray(values).astype(ARRAYS[name]).tobytes())

    def add(self, sites: list[Site], keys: list[str], calls: Calls, rows: Rows, chunk: OpenChunk) -> None:
        """One block: its rows, its carriers, its incomplete calls."""
        called = (calls.alleles >= 0).sum(axis=1)
        row, cell, copies = pairs(calls, rows)
        if copies.max(initial=0) > _MOST_COPIES:
            raise BadRecord("has a genotype of more than 31 alleles", int(calls.record[cell[copies.argmax()]]))
        zygosity = np.where(called[cell] == 1, HEMI, np.where(copies == called[cell], HOM, HET))
        self._add_rows(sites, rows, chunk, (row, zygosity, copies))
        self._add_carriers(keys, calls, rows, (row, cell, zygosity, copies))
        self._add_short(calls, called)
        self._records += calls.record_count
        self._rows += rows.record.size

    def _add_rows(
        self, sites: list[Site], rows: Rows, chunk: OpenChunk, carried: tuple[Places, NDArray[np.int64], Places]
    ) -> None:
        row, zygosity, copies = carried
        size = rows.record.size
        lines = [sites[record] for record in rows.record]
        picked = [
            site.annotation(int(number), chunk.annotator) for site, number in zip(lines, rows.allele, strict=True)
        ]
        self._put("position_1based", [site.position_1based for site in lines])
        self._put("record", rows.record + self._records)
        self._put("is_pass", [site.filter == "PASS" for site in lines])
        self._put("site_quality", [np.nan if site.quality is None else site.quality for site in lines])
        bits = [sum(1 << RANK[term] for term in each.terms) for each in picked]
        self._put("consequence_bits", np.array(bits, dtype=np.uint64))
        self._put("allele_count", np.bincount(row, weights=copies, minlength=size))
        for name, kind in (("het_count", HET), ("hom_count", HOM), ("hemi_count", HEMI)):
            self._put(name, np.bincount(row[zygosity == kind], minlength=size))
        self._add_words(
            {
                "ref": [site.ref.upper() for site in lines],
                "alt": [site.alts[number - 1].upper() for site, number in zip(lines, rows.allele, strict=True)],
                "rsid": [site.rsid(each) for site, each in zip(lines, picked, strict=True)],
                "filter": [None if site.filter == "." else site.filter for site in lines],
                **{name: [getattr(each, name) for each in picked] for name in WORDS_SCHEMA.names[4:]},
            }
        )

    def _add_words(self, columns: dict[str, list[str | None]]) -> None:
        self._words.append(pa.RecordBatch.from_pydict(columns, schema=WORDS_SCHEMA))
        if sum(batch.num_rows for batch in self._words) >= WORDS_PER_BATCH:
            self._flush_words(WORDS_PER_BATCH)

    def _flush_words(self, at_least: int) -> None:
        """Batches of WORDS_PER_BATCH rows, so that a row's batch is known from its number."""
        table = pa.Table.from_batches(self._words, schema=WORDS_SCHEMA)
        done = 0
        while table.num_rows - done >= at_least:
            piece = table.slice(done, WORDS_PER_BATCH).combine_chunks()
            self._words_file.write_table(piece, max_chunksize=WORDS_PER_BATCH)
            done += piece.num_rows
        self._words = table.slice(done).to_batches()

    def _add_carriers(
        self,
        keys: list[str],
        calls: Calls,
        rows: Rows,
        carried: tuple[Places, Places, NDArray[np.int64], Places],
    ) -> None:
        row, cell, zygosity, copies = carried
        places = calls.place[cell]
        self._put("carrier_start", self._carriers + np.cumsum(np.bincount(row, minlength=rows.record.size)))
        self._put("carrier_sample", calls.sample[cell])
        self._put("carrier_code", zygosity | (calls.phased[cell].astype(np.int64) << 2) | (copies << 3))
        for name, values in evidence(calls, keys, places, rows.allele[row]).items():
            self._put(name, values)
            self._highest[name] = max(self._highest[name], int(values.max(initial=MISSING)))
        self._carriers += row.size

    def _add_short(self, calls: Calls, called: NDArray[np.int64]) -> None:
        """People whose call has not two alleles: everybody else adds two to the allele number."""
        short = np.flatnonzero(called != 2)
        lines = calls.record_count
        record = calls.record[short]
        if called[short].max(initial=0) > np.iinfo(np.uint8).max:
            raise BadRecord("has a genotype of more than 255 alleles", int(record[called[short].argmax()]))
        self._put("short_start", self._short + np.cumsum(np.bincount(record, minlength=lines)))
        self._put("short_sample", calls.sample[short])
        self._put("short_called", called[short])
        lost = np.bincount(record, weights=2 - called[short], minlength=lines)
        self._put("allele_number", 2 * calls.sample_count - lost)
        self._put("missing_count", np.bincount(record[called[short] == 0], minlength=lines))
        self._short += short.size

    def finish(self, source: ChunkSource, sample_count: int, etag: str) -> Manifest:
        """Close everything, narrow what can be, and say what is there."""
        if self._words:
            self._flush_words(1)
        self._stack.close()
        dtypes = dict(ARRAYS)
        for name in EVIDENCE:
            dtypes[name] = next(each for each in NARROWER if self._highest[name] <= np.iinfo(np.dtype(each)).max)
            _narrow(self._folder / f"{name}.bin", ARRAYS[name], dtypes[name])
        return Manifest(
            builder_version=BUILDER_VERSION,
            source_etag=etag,
            contig=source.contig,
            start_1based=source.start_1based,
            end_1based=source.end_1based,
            sample_count=sample_count,
            annotation=source.annotation,
            rows=self._rows,
            records=self._records,
            carriers=self._carriers,
            short_calls=self._short,
            dtypes=dtypes,
        )


def _narrow(path: Path, wide: str, narrow: str) -> None:
    """Write an array again with smaller numbers, a stretch at a time."""
    if wide == narrow:
        return
    partial = path.with_suffix(".narrow")
    with path.open("rb") as given, partial.open("wb") as taken:
        while data := given.read(1 << 22):
            taken.write(np.frombuffer(data, dtype=wide).astype(narrow).tobytes())
    os.replace(partial, path)
