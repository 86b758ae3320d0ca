"""An opened file of a release: its header checked, its lines by position."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pysam

from .annotation import Annotator, find_annotator
from .bcf import BcfTable, is_bcf
from .errors import BadSource, InvalidTarget
from .fine_indexes import fine_index_of
from .normalising import Normaliser
from .objects import is_remote
from .regions import canonical_contig
from .remote import RemoteBcf, RemoteTabix
from .sequences import Sequence as ReferenceSequence
from .sources import FIXED_COLUMNS, ChunkSource, check_unchanged


class OpenChunk:
    """One opened file: its handle, its own spelling of the contig, and what its header declares."""

    def __init__(self, source: ChunkSource, sample_count: int) -> None:
        self.source = source
        self.name = os.path.basename(source.path)
        check_unchanged(source)
        self.file = _open(source, self.name)
        try:
            header = [str(line) for line in self.file.header]
            self._check_header(header, sample_count)
            self.contig_in_file = self._spelling()
        except BaseException:
            self.file.close()
            raise
        self.sample_count = sample_count
        self.annotator: Annotator | None = find_annotator(header) if source.annotation else None
        self.normaliser: Normaliser | None = None
        if source.sequence is not None:
            self.normaliser = Normaliser(ReferenceSequence(source.sequence), source.contig)

    def _check_header(self, header: Sequence[str], sample_count: int) -> None:
        columns = header[-1].split("\t") if header else []
        if not columns or columns[0] != "#CHROM":
            raise BadSource(f"The file {self.name} has no #CHROM header line.")
        found = max(0, len(columns) - FIXED_COLUMNS)
        if found != sample_count:
            raise BadSource(f"The file {self.name} has {found:,} samples; the release has {sample_count:,}.")

    def _spelling(self) -> str | None:
        """The contig as the file writes it; None when the file has no record on it."""
        for name in self.file.contigs:
            try:
                if canonical_contig(name) == self.source.contig:
                    return str(name)
            except InvalidTarget:
                continue
        return None


def _open(source: ChunkSource, name: str) -> pysam.TabixFile | RemoteTabix | RemoteBcf | BcfTable:
    if is_remote(source.path) and is_bcf(source.path):
        return RemoteBcf(source.path, source.index_path)
    if is_remote(source.path):
        return RemoteTabix(source.path, source.index_path, name)
    for path in (source.path, source.index_path):
        if not os.path.isfile(path):
            raise BadSource(f"The file {os.path.basename(path)} of the release is not there.")
    try:
        if is_bcf(source.path):
            return BcfTable(source.path, source.index_path)
        # latin-1 maps each byte to one character, so columns keep their width whatever INFO holds
        return pysam.TabixFile(source.path, index=_best_index(source), encoding="latin-1")
    except (OSError, ValueError, NotImplementedError) as error:  # the last for plain gzip
        raise BadSource(f"The file {name} or its index cannot be opened as a bgzipped, indexed VCF.") from error


def _best_index(source: ChunkSource) -> str:
    """The fine index where it was made of this very file, or else the one that came with it."""
    fine = fine_index_of(source)
    return str(fine) if fine is not None and fine.is_file() else source.index_path
