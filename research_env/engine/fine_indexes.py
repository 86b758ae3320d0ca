"""Indexes of VCFs in steps of 256 positions: a lookup inflates little of what the usual steps of 16,384 would.

They are kept in a folder of ours, since those of the VCFs may be read-only, under the state of the file, so that one of
a file that has changed is never found. Plans go on reading the index that came with the file: it is small.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

import pysam

from .bcf import is_bcf
from .errors import BadSource
from .objects import is_remote
from .sources import ChunkSource, check_unchanged, etag_of

_STEP_BITS: Final = 8


def fine_index_of(source: ChunkSource) -> Path | None:
    """Where the fine index of a chunk's file is or would be; None where it has no place, lies in a bucket or is BCF."""
    if not source.fine_indexes or is_remote(source.fine_indexes) or is_remote(source.path) or is_bcf(source.path):
        return None
    name = hashlib.sha256(source.path.encode()).hexdigest()[:16]
    return Path(source.fine_indexes) / f"{name}-{source.etag or etag_of(source.path)}.csi"


def build_fine_index(source: ChunkSource) -> Path | None:
    """Make the fine index of a chunk's file, unless it is there. Raises BadSource and SourceChanged."""
    found = fine_index_of(source)
    if found is None or found.is_file():
        return found
    found.parent.mkdir(parents=True, exist_ok=True)
    partial = found.with_name(f".{found.name}.{os.getpid()}.partial.csi")
    told = pysam.set_verbosity(0)  # htslib would print names of files on the console
    try:
        pysam.tabix_index(
            source.path,
            preset="vcf",
            csi=True,
            min_shift=_STEP_BITS,
            index=str(partial),
            force=True,
            keep_original=True,
        )
        check_unchanged(source)
        os.replace(partial, found)
    except OSError as error:
        raise BadSource(f"The file {os.path.basename(source.path)} cannot be indexed: it is damaged.") from error
    finally:
        pysam.set_verbosity(told)
        partial.unlink(missing_ok=True)
    return found
