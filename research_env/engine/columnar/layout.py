"""The files of one chunk's columns.

A *row* is one allele spelled in bases, in the order of the file; a *record* is one line. ``sites.bin`` holds groups of
ROWS_PER_GROUP rows, each group column after column and all of one size, so that a column of the whole chunk is one
strided view of the mapped file. ``words.bin`` holds the texts of each group. ``entries.bin`` holds blocks: who carries
the rows of some records, whose call there has not two alleles, and what was measured in carriers; records of rare
alleles lie in blocks apart from the others, and those of them with a coding allele apart again. ``people.bin`` holds
rare alleles once more, by person. ADRs 22, 74 and 82 have the reasons.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Final

import numpy as np
import pyarrow as pa

# Raise it when the same VCF would give other bytes: columns of another version are built anew.
BUILDER_VERSION: Final = 4
MANIFEST: Final = "manifest.json"
SITES: Final = "sites.bin"
WORDS: Final = "words.bin"
ENTRIES: Final = "entries.bin"
PEOPLE: Final = "people.bin"
ROWS_PER_GROUP: Final = 2_048

# A block has about so many entries, and more where one record has more. A carrier is one; incomplete calls are read in
# fewer questions, and would else make blocks of rare alleles short.
ENTRIES_PER_BLOCK: Final = 16_384
SHORT_CALLS_PER_ENTRY: Final = 4
# No block reaches over the end of such a stretch of rows: records of a kind that is seldom share a block so far.
ROWS_PER_STRETCH: Final = 8_192
PEOPLE_PER_BLOCK: Final = 64

# An allele with at most so many copies stands in people.bin too: this share of all, and never fewer than this many.
RARE_SHARE: Final = 0.02
RARE_COPIES: Final = 64

# Little-endian, one run in each group; wide types first, so that each run is aligned.
SITE_COLUMNS: Final[Mapping[str, str]] = {
    "site_quality": "<f8",  # NaN where QUAL is "."
    "consequence_bits": "<u8",  # bit r is the term of severity rank r
    "block": "<i8",  # where the row's block begins in entries.bin
    "block_bytes": "<i4",
    "carrier_at": "<i4",  # the row's first carrier in its block; het, hom and hemi count how many follow
    "short_at": "<i4",  # the first incomplete call of its record, and how many there are
    "short_count": "<i4",
    "position_1based": "<i4",  # where the allele is reported
    "file_position_1based": "<i4",  # POS of its line, ascending
    "record": "<i4",
    "allele_count": "<i4",  # as the next five: in the whole release, from the genotypes as called
    "het_count": "<i4",
    "hom_count": "<i4",
    "hemi_count": "<i4",
    "allele_number": "<i4",
    "missing_count": "<i4",
    "ref": "<u2",  # a text of the group, as all that follow up to the last; 0 is none
    "alt": "<u2",
    "rsid": "<u2",
    "filter": "<u2",
    "gene_symbol": "<u2",
    "consequence": "<u2",
    "impact": "<u2",
    "hgvs_protein": "<u2",
    "hgvs_coding": "<u2",
    "orig_alleles": "<u2",
    "is_pass": "|u1",
}
WORDS_SCHEMA: Final = pa.schema(
    [
        pa.field("ref", pa.string(), nullable=False),
        pa.field("alt", pa.string(), nullable=False),
        pa.field("rsid", pa.string()),
        pa.field("filter", pa.string()),
        pa.field("gene_symbol", pa.string()),
        pa.field("consequence", pa.string()),
        pa.field("impact", pa.string()),
        pa.field("hgvs_protein", pa.string()),
        pa.field("hgvs_coding", pa.string()),
        pa.field("orig_alleles", pa.string()),
    ]
)


def _offsets() -> tuple[dict[str, int], int]:
    found, at = {}, 0
    for name, dtype in SITE_COLUMNS.items():
        found[name] = at
        at += ROWS_PER_GROUP * np.dtype(dtype).itemsize
    return found, at


COLUMN_OFFSETS, GROUP_BYTES = _offsets()

# Frames of a block, in order. A list of numbers has two: what fits a byte, and the rest.
CARRIER_FRAMES: Final = ("sample", "sample_rest", "code", "short", "short_rest", "called")
EVIDENCE: Final = ("depth", "genotype_quality", "alt_depth")
EVIDENCE_FRAMES: Final = tuple(f"{name}{end}" for name in EVIDENCE for end in ("", "_rest"))
BLOCK_FRAMES: Final = (*CARRIER_FRAMES, *EVIDENCE_FRAMES)
PEOPLE_FRAMES: Final = ("count", "count_rest", "row", "row_rest", "code", *EVIDENCE_FRAMES)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the columns were made of, how long they are, and where each group is."""

    builder_version: int
    source_etag: str
    contig: str
    start_1based: int
    end_1based: int
    sample_count: int
    annotation: str
    rows: int
    records: int
    carriers: int
    short_calls: int
    is_plain: bool  # one copy in each het and hemi call, two in each hom
    most_alleles: int  # called alleles of a person at one record, at most
    ploidy: str  # Ploidy.key of the contig
    sequence_sha256: str  # of the reference sequence by which alleles are spelled; empty without one
    moved_left: int  # how far an allele is reported before POS of its line, at most
    moved_right: int  # and behind it
    rare_copies: int  # rows with more copies are not in people.bin
    first_positions: tuple[int, ...]  # POS of the first line, by group
    word_offsets: tuple[int, ...]  # by group, one more at the end
    sizes: Mapping[str, int]  # bytes by file

    def to_bytes(self) -> bytes:
        """What is written last of all files: without it the folder is no chunk."""
        return (json.dumps(asdict(self), sort_keys=True) + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest | None:
        """None for one that another version wrote."""
        try:
            values = json.loads(data)
            if set(values) != {field.name for field in fields(cls)}:
                return None
            for name in ("first_positions", "word_offsets"):
                values[name] = tuple(values[name])
            return cls(**values)
        except (ValueError, TypeError):
            return None
