"""The files of one chunk's columns: plain arrays that can be mapped, and one Arrow file of words.

A *row* is one allele spelled in bases, in the order of the file; a *record* is one line. Everything about carriers
lies in one run per row, everything about incomplete calls in one run per record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

# Raise it when the same VCF would give other bytes: columns of another version are built anew.
BUILDER_VERSION: Final = 1
MANIFEST: Final = "manifest.json"
WORDS: Final = "words.arrow"
WORDS_PER_BATCH: Final = 65_536

# Little-endian, one file each. Fields of FORMAT are int32 while they are written, then as narrow as they can be.
ARRAYS: Final[Mapping[str, str]] = {
    "position_1based": "<i4",  # by row
    "record": "<i4",  # by row
    "is_pass": "|u1",  # by row
    "site_quality": "<f8",  # by row; NaN where QUAL is "."
    "consequence_bits": "<u8",  # by row; bit r is the term of severity rank r
    "allele_count": "<i4",  # by row, as the next four: in the whole release, from the genotypes as called
    "het_count": "<i4",
    "hom_count": "<i4",
    "hemi_count": "<i4",
    "carrier_start": "<i8",  # by row, one more at the end
    "carrier_sample": "<u4",  # by carrier, ascending inside a row
    "carrier_code": "|u1",  # by carrier: zygosity | phased << 2 | copies << 3
    "depth": "<i4",  # by carrier, as the next two; fields.MISSING where there is none
    "genotype_quality": "<i4",
    "alt_depth": "<i4",
    "allele_number": "<i4",  # by record, as the next: in the whole release
    "missing_count": "<i4",
    "short_start": "<i8",  # by record, one more at the end
    "short_sample": "<u4",  # by person whose call has not two alleles, ascending inside a record
    "short_called": "|u1",  # how many it has: 0 is missing, 1 haploid or half called
}
EVIDENCE: Final = ("depth", "genotype_quality", "alt_depth")
NARROWER: Final = ("|i1", "<i2", "<i4")

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
    ]
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the columns were made of, and how long they are."""

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
    dtypes: Mapping[str, str]

    def write(self, folder: Path) -> None:
        """Last of all files: without it the folder is no chunk."""
        (folder / MANIFEST).write_text(json.dumps(asdict(self), sort_keys=True, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest | None:
        """None where there is none, or one that another version wrote."""
        try:
            values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            return cls(**values)
        except (OSError, ValueError, TypeError):
            return None
