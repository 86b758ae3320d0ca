"""The files behind a release, how they are opened, and the check that they are still the registered ones."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .assemblies import ASSEMBLIES
from .errors import BadSource, SourceChanged
from .normals import SOMATIC_CARRIERS_SCHEMA
from .objects import RemoteFile, is_remote
from .ploidy import Ploidy
from .regions import canonical_contig
from .schemas import CARRIERS_SCHEMA
from .sequences import SequenceSource

FIXED_COLUMNS = 9


@dataclass(frozen=True, slots=True)
class ChunkSource:
    """One bgzipped VCF, or BCF (.bcf), with its index (.tbi or .csi), each on a local path or as ``s3://bucket/key``.

    The chunk owns the variants whose POS lies in ``start_1based`` to ``end_1based`` of ``contig`` (any spelling;
    kept canonical). ``etag`` is what ``etag_of(path)`` was at registration; empty means "do not check".
    ``annotation`` is ``csq``, ``ann``, ``bcsq`` or empty. ``record_count`` helps estimates where the index has
    no count of its own. ``columns_path`` is the folder that build_columns fills; without it, or while what is there
    is not current, the VCF itself is read. With a reference ``sequence`` alleles are reported in the one spelling that
    it leaves (ADR 63). ``fine_indexes`` is a folder that build_fine_index fills.
    """

    path: str
    index_path: str
    contig: str
    start_1based: int
    end_1based: int
    etag: str = ""
    annotation: str = ""
    record_count: int | None = None
    columns_path: str = ""
    sequence: SequenceSource | None = None
    fine_indexes: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "contig", canonical_contig(self.contig))

    def to_json(self) -> dict[str, Any]:
        """Plain values by field name."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "ChunkSource":
        """The inverse of to_json."""
        sequence = values.get("sequence")
        return cls(**{**values, "sequence": SequenceSource.from_json(sequence) if sequence else None})


@dataclass(frozen=True, eq=False, slots=True)
class ReleaseSource:
    """A release: its chunks in order, and how many samples stand in each of their headers, in the same order.

    ``sexes`` is ``uint8[sample_count]``: 0 unknown, 1 male, 2 female; men have one copy of X and Y (ploidy.py).
    ``normals`` makes it a somatic callset: ``int64[sample_count]``, for each tumour the column of its normal, -1 where
    there is none and for the normals themselves. None is a callset of the germline.
    Raises BadSource when chunks overlap: a variant would be counted twice.
    """

    assembly: str
    sample_count: int
    sexes: NDArray[np.uint8]
    chunks: tuple[ChunkSource, ...]
    normals: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "chunks", tuple(self.chunks))
        object.__setattr__(self, "sexes", np.asarray(self.sexes, dtype=np.uint8))
        if self.assembly not in ASSEMBLIES:
            raise BadSource(f"The assembly of a release is GRCh37 or GRCh38, not “{self.assembly}”.")
        if self.sample_count < 1:
            raise BadSource("A release has at least one sample.")
        if self.sexes.shape != (self.sample_count,):
            raise BadSource(f"The release has {self.sample_count:,} samples but sexes for {self.sexes.size:,}.")
        if self.normals is not None and self.normals.shape != (self.sample_count,):
            raise BadSource(f"The release has {self.sample_count:,} samples but normals for {self.normals.size:,}.")
        ordered = sorted(self.chunks, key=lambda chunk: (chunk.contig, chunk.start_1based))
        for before, after in pairwise(ordered):
            if before.contig == after.contig and after.start_1based <= before.end_1based:
                raise BadSource(
                    f"Two files of the release both hold {after.contig}:{after.start_1based}: "
                    f"{os.path.basename(before.path)} and {os.path.basename(after.path)}."
                )

    @property
    def carriers_schema(self) -> pa.Schema:
        """Of the table of carriers: of tumours it says what the normal has."""
        return CARRIERS_SCHEMA if self.normals is None else SOMATIC_CARRIERS_SCHEMA

    @property
    def ploidy(self) -> Ploidy:
        """Who has one copy of X and Y."""
        return Ploidy.of(self.assembly, self.sexes)


def etag_of(path: str | os.PathLike[str]) -> str:
    """Identity of a file's present content: size in bytes and time of last change in nanoseconds, in hexadecimal;
    of an object in S3 its size and its ETag.

    Cheap enough to ask at every opening of a file of 100 GB. Raises BadSource when there is no such file.
    """
    if is_remote(path):
        remote = RemoteFile(str(path))
        return f"{remote.size:x}-{remote.etag}"
    try:
        found = os.stat(path)
    except OSError as error:
        raise BadSource(f"The file {os.path.basename(path)} cannot be read: {error.strerror}.") from error
    return f"{found.st_size:x}-{found.st_mtime_ns:x}"


def check_unchanged(source: ChunkSource) -> None:
    """Raises SourceChanged when the file is not the one that was registered, BadSource when it is gone."""
    files = [(source.path, source.etag)]
    if source.sequence is not None:
        files.append((source.sequence.path, source.sequence.etag))
    for path, etag in files:
        if etag and etag_of(path) != etag:
            raise SourceChanged(
                f"The file {os.path.basename(path)} has changed since it was registered. "
                "Register the release again before asking."
            )
