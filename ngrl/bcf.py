"""A BCF as the lines of the VCF that it stands for, to be judged as VCFs are. Pure: no database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pysam

ENDING: Final = ".bcf"


def index_endings(name: str) -> tuple[str, ...]:
    """What the index of a VCF or BCF may be called, after the name of the file, as it is looked for."""
    return (".csi",) if name.endswith(ENDING) else (".tbi", ".csi")


@contextmanager
def bcf_lines(path: Path) -> Iterator[Iterator[bytes]]:
    """All lines, header first. Raises OSError and ValueError for a damaged file."""
    told = pysam.set_verbosity(0)  # htslib would print its own complaint, with names of files, on the console
    try:
        with pysam.VariantFile(str(path)) as file:
            yield _lines(file)
    finally:
        pysam.set_verbosity(told)


def _lines(file: pysam.VariantFile) -> Iterator[bytes]:
    for line in str(file.header).splitlines():
        yield f"{line}\n".encode()
    for record in file:
        yield str(record).encode()


def reaches(path: Path, index_path: Path, contig: str, position_1based: int) -> bool:
    """Whether the index leads to a record at this position."""
    with pysam.VariantFile(str(path), index_filename=str(index_path)) as file:
        return any(True for _ in file.fetch(contig, position_1based - 1, position_1based))
