"""Makes the columns of a chunk from its VCF, a stretch of text at a time."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from research_env.engine.annotation import Annotation, Annotator
from research_env.engine.batches import evidence
from research_env.engine.bcf import in_stretches, is_bcf
from research_env.engine.consequences import CODING, RANK
from research_env.engine.errors import BadRecord, BadSource
from research_env.engine.fields import Places
from research_env.engine.genotypes import Calls
from research_env.engine.indexes import first_offset
from research_env.engine.inflate import stretches
from research_env.engine.lines import Meter, Progress, bad_record
from research_env.engine.objects import is_remote, open_bytes
from research_env.engine.opening import OpenChunk
from research_env.engine.ploidy import Ploidy, counted_once
from research_env.engine.regions import Region
from research_env.engine.sites import Site
from research_env.engine.sources import ChunkSource, check_unchanged, etag_of
from research_env.engine.tally import HEMI, HET, HOM, Rows, check_alleles, pairs

from .columns import is_current, read_manifest
from .files import place_of, upload
from .layout import (
    BUILDER_VERSION,
    ENTRIES,
    MANIFEST,
    PEOPLE,
    RARE_COPIES,
    RARE_SHARE,
    SITES,
    WORDS,
    WORDS_SCHEMA,
    Manifest,
)
from .packing import LARGEST_SAMPLE
from .people import PeopleWriter
from .scan import Lines, Stretch, calls_of
from .write import Arrays, BlockWriter

_MOST_COPIES: Final = 31  # five bits of the code
_MOST_CALLED: Final = 255
_RARE_CODING, _RARE, _COMMON = range(3)
_CODING: Final = np.uint64(sum(1 << RANK[term] for term in CODING))
_COPIES_OF_KIND: Final = np.array([1, 2, 1])  # of HET, HOM and HEMI in people with two alleles at most


def build_columns(
    source: ChunkSource,
    sample_count: int,
    folder: str | os.PathLike[str],
    *,
    ploidy: Ploidy | None = None,
    progress: Progress | None = None,
    rare_copies: int | None = None,
) -> Manifest:
    """Make the columns of a chunk in ``folder``, unless they are there and current; returns what they hold.

    Memory is bounded by a stretch of text, a block of entries and the rows of a group, whatever the size of the file.
    The folder (or ``s3://`` address) appears when all is written; whoever reads older columns meanwhile goes on reading
    them. The same VCF and the same men give the same bytes. Alleles with at most ``rare_copies`` copies are kept by
    person too (2 % of all copies unless given). Without ``ploidy`` calls count as they are written.
    ``progress(records_read, records_estimated)`` as in run_slice. Raises EngineError.
    """
    etag = source.etag or etag_of(source.path)
    ploidy = ploidy or Ploidy.as_written(sample_count)
    found = read_manifest(place_of(str(folder)))
    if found is not None and is_current(found, source, sample_count, ploidy, etag):
        return found
    if sample_count > LARGEST_SAMPLE:
        raise BadSource(f"Columns hold at most {LARGEST_SAMPLE:,} people.")
    rare = max(RARE_COPIES, int(RARE_SHARE * 2 * sample_count)) if rare_copies is None else rare_copies
    chunk = OpenChunk(source, sample_count)
    try:
        with _new_folder(str(folder)) as partial:
            manifest = _Builder(chunk, ploidy, partial, etag, rare).build(Meter(progress, source.record_count or 0))
            check_unchanged(replace(source, etag=etag))
            (partial / MANIFEST).write_bytes(manifest.to_bytes())
    finally:
        chunk.file.close()
    return manifest


@contextmanager
def _new_folder(folder: str) -> Iterator[Path]:
    """A folder that takes the place of the one asked for, here or in a bucket, when all went well."""
    if is_remote(folder):
        with tempfile.TemporaryDirectory(prefix="lectern-columns-") as scratch:
            yield Path(scratch)
            upload(Path(scratch), folder)
    else:
        with _beside(Path(folder)) as partial:
            yield partial


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
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


class _Builder:
    """Brings the records of a chunk to its writers, and counts them."""

    def __init__(self, chunk: OpenChunk, ploidy: Ploidy, folder: Path, etag: str, rare_copies: int) -> None:
        self._chunk, self._ploidy, self._folder = chunk, ploidy, folder
        self._etag, self._rare_copies = etag, rare_copies
        self._records = self._rows = self._carriers = self._short = 0
        self._is_plain, self._most_alleles = True, 2
        self._left = self._right = 0

    def build(self, meter: Meter) -> Manifest:
        """Read everything the chunk owns."""
        source = self._chunk.source
        owned = Region(source.contig, source.start_1based, source.end_1based)
        stretch = Stretch(owned, self._chunk.name, meter.tick)
        meter.tell()
        with (
            BlockWriter(self._folder) as blocks,
            PeopleWriter(self._folder, self._chunk.sample_count) as people,
        ):
            for text in self._texts():
                for lines in stretch.runs(text):
                    self._add(lines, blocks, people)
                if stretch.is_past:
                    break
            first_positions, word_offsets = blocks.finish()
            people.finish()
        meter.tell()
        return self._manifest(first_positions, word_offsets)

    def _texts(self) -> Iterator[bytes]:
        source, contig = self._chunk.source, self._chunk.contig_in_file
        if is_bcf(source.path):
            if contig is not None:
                yield from in_stretches(self._chunk.file.fetch(contig, source.start_1based - 1, source.end_1based))
            return
        offset = first_offset(source)
        if offset is None:
            return
        with open_bytes(source.path) as file:
            yield from stretches(file, self._chunk.name, offset)

    def _add(self, lines: Lines, blocks: BlockWriter, people: PeopleWriter) -> None:
        if self._chunk.normaliser is not None:
            for site in lines.sites:
                site.normalise(self._chunk.normaliser, self._chunk.name)
        try:
            calls = calls_of(lines, self._chunk.sample_count)
            rows = Rows.of(lines.sites)
            check_alleles(calls, rows)
            positions = [site.position_1based for site in lines.sites]
            is_single = self._ploidy.is_single(self._chunk.source.contig, positions)
            calls = counted_once(calls, is_single, self._ploidy.men)
            self._add_calls(lines.sites, calls, rows, is_single, (blocks, people))
        except BadRecord as error:
            raise bad_record(error, lines.sites, self._chunk.name) from error

    def _add_calls(
        self,
        sites: list[Site],
        calls: Calls,
        rows: Rows,
        is_single: NDArray[np.bool_],
        writers: tuple[BlockWriter, PeopleWriter],
    ) -> None:
        blocks, people = writers
        called = (calls.alleles >= 0).sum(axis=1)
        row, carriers = self._carriers_of(sites, calls, rows, called)
        short, by_record = _short_calls(calls, called, is_single, self._ploidy.men)
        counted = _counted(row, carriers["code"], rows.record.size)
        by_row = counted | {name: values[rows.record] for name, values in by_record.items()}
        by_row["carried"] = np.bincount(row, minlength=rows.record.size)
        by_row["record"] = rows.record + self._records
        sites_by_row, words = _described(sites, rows, self._chunk.annotator)
        moved = sites_by_row["position_1based"] - sites_by_row["file_position_1based"]
        self._left = max(self._left, -int(moved.min(initial=0)))
        self._right = max(self._right, int(moved.max(initial=0)))
        is_rare = by_row["allele_count"] <= self._rare_copies
        by_row["shelf"] = shelves(rows.record, is_rare, sites_by_row["consequence_bits"])
        of_rare = is_rare[row]
        people.add({name: values[of_rare] for name, values in carriers.items()} | {"row": row[of_rare] + self._rows})
        blocks.add(by_row | sites_by_row, words, carriers, short)
        self._records += calls.record_count
        self._rows += rows.record.size
        self._carriers += row.size
        self._short += short["sample"].size
        self._most_alleles = max(self._most_alleles, int(called.max(initial=0)))

    def _carriers_of(
        self, sites: list[Site], calls: Calls, rows: Rows, called: NDArray[np.int64]
    ) -> tuple[Places, Arrays]:
        row, cell, copies = pairs(calls, rows)
        if copies.max(initial=0) > _MOST_COPIES:
            raise BadRecord("has a genotype of more than 31 alleles", int(calls.record[cell[copies.argmax()]]))
        zygosity = np.where(called[cell] == 1, HEMI, np.where(copies == called[cell], HOM, HET))
        self._is_plain = self._is_plain and bool((copies == _COPIES_OF_KIND[zygosity]).all())
        code = zygosity | (calls.phased[cell].astype(np.int64) << 2) | (copies << 3)
        measured = evidence(calls, sites[0].keys.split(":"), calls.place[cell], rows.allele[row])
        carriers: Arrays = {"sample": calls.sample[cell], "code": code.astype(np.uint8), **measured}
        return row, carriers

    def _manifest(self, first_positions: Sequence[int], word_offsets: Sequence[int]) -> Manifest:
        source = self._chunk.source
        if self._rows > LARGEST_SAMPLE:
            raise BadSource(
                f"The file {self._chunk.name} has more than {LARGEST_SAMPLE:,} alleles: register it in parts."
            )
        return Manifest(
            builder_version=BUILDER_VERSION,
            source_etag=self._etag,
            contig=source.contig,
            start_1based=source.start_1based,
            end_1based=source.end_1based,
            sample_count=self._chunk.sample_count,
            annotation=source.annotation,
            rows=self._rows,
            records=self._records,
            carriers=self._carriers,
            short_calls=self._short,
            is_plain=self._is_plain,
            most_alleles=self._most_alleles,
            ploidy=self._ploidy.key(source.contig),
            sequence_sha256=source.sequence.sha256 if source.sequence else "",
            moved_left=self._left,
            moved_right=self._right,
            rare_copies=self._rare_copies,
            first_positions=tuple(first_positions),
            word_offsets=tuple(word_offsets),
            sizes={name: (self._folder / name).stat().st_size for name in (SITES, WORDS, ENTRIES, PEOPLE)},
        )


def _short_calls(
    calls: Calls, called: NDArray[np.int64], is_single: NDArray[np.bool_], men: NDArray[np.bool_]
) -> tuple[Arrays, Arrays]:
    """People whose call has another number of alleles than they have copies (two, one of ``men`` where ``is_single``;
    everybody else adds as many to the allele number), and counts by record."""
    copies = 2 - (is_single[calls.record] & men[calls.sample])
    place = np.flatnonzero(called != copies)
    record, alleles = calls.record[place], called[place]
    if alleles.max(initial=0) > _MOST_CALLED:
        raise BadRecord("has a genotype of more than 255 alleles", int(record[alleles.argmax()]))
    lines = calls.record_count
    whole = 2 * calls.sample_count - is_single * int(men.sum())
    by_record = {
        "short_count": np.bincount(record, minlength=lines),
        "allele_number": whole - np.bincount(record, weights=copies[place] - alleles, minlength=lines),
        "missing_count": np.bincount(record[alleles == 0], minlength=lines),
    }
    return {"sample": calls.sample[place], "called": alleles}, by_record


def _counted(row: Places, code: NDArray[np.uint8], size: int) -> Arrays:
    """What the whole release has of each row."""
    zygosity = code & 3
    counted: Arrays = {"allele_count": np.bincount(row, weights=code >> 3, minlength=size)}
    for name, kind in (("het_count", HET), ("hom_count", HOM), ("hemi_count", HEMI)):
        counted[name] = np.bincount(row[zygosity == kind], minlength=size)
    return counted


def _described(
    sites: list[Site], rows: Rows, annotator: Annotator | None
) -> tuple[Arrays, Mapping[str, list[str | None]]]:
    """The fixed columns of each row, and its words."""
    lines = [sites[record] for record in rows.record]
    numbers = rows.allele.tolist()
    picked = [site.annotation(number, annotator) for site, number in zip(lines, numbers, strict=True)]
    spelled = [site.spelling(number) for site, number in zip(lines, numbers, strict=True)]
    described: dict[str, Any] = {
        "position_1based": [each.position_1based for each in spelled],
        "file_position_1based": [site.position_1based for site in lines],
        "is_pass": [site.filter == "PASS" for site in lines],
        "site_quality": [np.nan if site.quality is None else site.quality for site in lines],
        "consequence_bits": np.array([_bits(each) for each in picked], dtype=np.uint64),
    }
    words: dict[str, list[str | None]] = {
        "ref": [each.ref for each in spelled],
        "alt": [each.alt for each in spelled],
        "orig_alleles": [site.original(number) for site, number in zip(lines, numbers, strict=True)],
        "rsid": [site.rsid(each) for site, each in zip(lines, picked, strict=True)],
        "filter": [None if site.filter == "." else site.filter for site in lines],
        **{name: [getattr(each, name) for each in picked] for name in WORDS_SCHEMA.names[4:-1]},
    }
    return {name: np.asarray(values) for name, values in described.items()}, words


def shelves(record: Places, is_rare: NDArray[np.bool_], consequence_bits: NDArray[np.uint64]) -> NDArray[np.int64]:
    """By row, which records share blocks: of rare alleles with a coding one, of rare alleles only, and the others.

    Where an allele lies costs time or saves it, and changes no answer.
    """
    has_common = np.bincount(record, weights=~is_rare) > 0
    has_coding = np.bincount(record, weights=(consequence_bits & _CODING) != 0) > 0
    kind = np.where(has_common, _COMMON, np.where(has_coding, _RARE_CODING, _RARE))
    found: NDArray[np.int64] = kind[record]
    return found


def _bits(picked: Annotation) -> int:
    return sum(1 << RANK[term] for term in picked.terms)
