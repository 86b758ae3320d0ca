"""Small VCFs on disk, and the release sources that stand for them."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pysam

from research_env.engine import (
    CONTIG_LENGTHS,
    ChunkSource,
    Region,
    ReleaseSource,
    SequenceSource,
    build_columns,
    detect_annotation,
    etag_of,
)

WHOLE_CONTIG = 500_000_000


def write_vcf(path: Path, header: Sequence[str], samples: Sequence[str], lines: Sequence[str]) -> Path:
    """Write a bgzipped, indexed VCF: meta lines without fileformat, sample names, tab-separated record lines."""
    columns = "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples])
    plain = path.with_suffix("")
    plain.write_text("\n".join(["##fileformat=VCFv4.3", *header, columns, *lines]) + "\n", encoding="utf-8")
    return compress(plain, path)


def compress(plain: Path, path: Path) -> Path:
    """bgzip and index a plain (or plainly gzipped) VCF."""
    if plain.suffix == ".gz":
        unpacked = path.with_suffix("")
        unpacked.write_bytes(gzip.decompress(plain.read_bytes()))
        plain = unpacked
    pysam.tabix_compress(str(plain), str(path), force=True)
    pysam.tabix_index(str(path), preset="vcf", force=True)
    return path


def write_sequence(path: Path, contigs: Mapping[str, str]) -> SequenceSource:
    """A FASTA file and its index."""
    lines = [f">{name}\n" + "".join(f"{line}\n" for line in _lines(bases)) for name, bases in contigs.items()]
    path.write_text("".join(lines), encoding="ascii")
    pysam.faidx(str(path))
    return SequenceSource(str(path), etag_of(path), hashlib.sha256(path.read_bytes()).hexdigest())


def _lines(bases: str) -> list[str]:
    return [bases[start : start + 60] for start in range(0, len(bases), 60)]


def with_sequence(source: ReleaseSource, sequence: SequenceSource) -> ReleaseSource:
    """The same release, its alleles spelled by a reference sequence."""
    return replace(source, chunks=tuple(replace(chunk, sequence=sequence) for chunk in source.chunks))


def sample_names(path: Path) -> list[str]:
    """The names in the header, in order."""
    return _open(path).header[-1].split("\t")[9:]


def _open(path: Path) -> pysam.TabixFile:
    return pysam.TabixFile(str(path), index=str(index_of(path)))


def index_of(path: Path) -> Path:
    """The index beside a file."""
    return next(found for suffix in (".tbi", ".csi") if (found := Path(f"{path}{suffix}")).exists())


def chunk_of(path: Path, contig: str, start_1based: int = 1, end_1based: int = WHOLE_CONTIG) -> ChunkSource:
    """The chunk that owns these positions of a file."""
    header = _open(path).header
    return ChunkSource(
        path=str(path),
        index_path=str(index_of(path)),
        contig=contig,
        start_1based=start_1based,
        end_1based=end_1based,
        etag=etag_of(path),
        annotation=detect_annotation(header),
    )


def release_of(path: Path, assembly: str = "GRCh38") -> ReleaseSource:
    """A release of one file: one chunk for each contig in it."""
    file = _open(path)
    count = len(sample_names(path))
    chunks = tuple(chunk_of(path, contig) for contig in file.contigs)
    return ReleaseSource(assembly, count, np.zeros(count, dtype=np.uint8), chunks)


def with_columns(source: ReleaseSource, folder: Path, *, rare_copies: int | None = None) -> ReleaseSource:
    """The same release, its chunks as columns below this folder; the VCFs are then not read for genotypes."""
    chunks = []
    for number, chunk in enumerate(source.chunks):
        place = folder / f"{number:05d}"
        build_columns(chunk, source.sample_count, place, ploidy=source.ploidy, rare_copies=rare_copies)
        chunks.append(replace(chunk, columns_path=str(place)))
    return replace(source, chunks=tuple(chunks))


def everywhere(source: ReleaseSource) -> list[Region]:
    """Regions over all that the release may hold."""
    return [Region(contig, 1, _end(source, contig)) for contig in dict.fromkeys(c.contig for c in source.chunks)]


def _end(source: ReleaseSource, contig: str) -> int:
    return CONTIG_LENGTHS[source.assembly][contig]
