"""What the normal of each tumour was called as, where the tumour carries an allele: for somatic callsets, whose files
hold columns of tumours and of normals.

As for families, a claim rests on what was called: a call that is missing, incomplete or below the bounds of the
question supports nothing. A somatic release has each allele on one line, so no other line can say more.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .ploidy import Ploidy
from .schemas import CARRIERS_SCHEMA

# "absent": called, without the allele. "carried": with it. "not_called": nobody can say. "no_normal": there is none.
NORMAL_STATES: Final = ("absent", "carried", "not_called", "no_normal")
SOMATIC_CARRIERS_SCHEMA: Final = CARRIERS_SCHEMA.append(pa.field("normal", pa.string(), nullable=False))

_ABSENT, _CARRIED, _NOT_CALLED, _NO_NORMAL = range(len(NORMAL_STATES))
_MITOCHONDRIAL: Final = "chrM"
Flags = NDArray[np.bool_]
# Row (of alleles or of records) and column of some calls: int[c] each
Cells = tuple[NDArray[Any], NDArray[Any]]


def are_among(asked: Cells, held: Cells, sample_count: int) -> Flags:
    """bool[asked]: which of these cells of a table are among the others."""
    wanted, there = (row.astype(np.int64) * sample_count + sample for row, sample in (asked, held))
    return np.isin(wanted, there)


def normal_states(normal: NDArray[np.int64], is_carried: Flags, is_incomplete: Flags) -> NDArray[np.int64]:
    """int64[p], places in NORMAL_STATES: of the normal of each tumour (its column, -1 for none), whether a good call
    has the allele, and whether there is none that is good and complete."""
    without = np.where(is_incomplete, _NOT_CALLED, _ABSENT)
    return np.where(normal < 0, _NO_NORMAL, np.where(is_carried, _CARRIED, without)).astype(np.int64)


def copies_to_call(contig: str, is_single: Flags, sample: NDArray[Any], ploidy: Ploidy) -> NDArray[np.int64]:
    """How many alleles a complete call has: two; one of men where ``is_single``, and of everybody's mitochondria."""
    if contig == _MITOCHONDRIAL:
        return np.ones(sample.size, dtype=np.int64)
    copies: NDArray[np.int64] = 2 - (is_single & ploidy.men[sample]).astype(np.int64)
    return copies


def normal_column(states: NDArray[np.int64]) -> pa.StringArray:
    """The states in words."""
    return pa.array(NORMAL_STATES, type=pa.string()).take(pa.array(states, type=pa.int64()))
