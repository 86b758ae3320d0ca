"""What the normal of each tumour was called as, where the tumour carries an allele: for somatic callsets, whose files
hold columns of tumours and of normals."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .schemas import CARRIERS_SCHEMA

# "absent": called, without the allele. "carried": with it. "not_called": without a genotype there, so nobody knows.
# "no_normal": the release has no normal of this tumour.
NORMAL_STATES: Final = ("absent", "carried", "not_called", "no_normal")
SOMATIC_CARRIERS_SCHEMA: Final = CARRIERS_SCHEMA.append(pa.field("normal", pa.string(), nullable=False))

_ABSENT, _CARRIED, _NOT_CALLED, _NO_NORMAL = range(len(NORMAL_STATES))
# Row (of alleles or of records) and column of some calls: int[c] each
Cells = tuple[NDArray[Any], NDArray[Any]]


def are_among(asked: Cells, held: Cells, sample_count: int) -> NDArray[np.bool_]:
    """bool[asked]: which of these cells of a table are among the others."""
    wanted, there = (row.astype(np.int64) * sample_count + sample for row, sample in (asked, held))
    return np.isin(wanted, there)


def normal_states(
    normal: NDArray[np.int64], is_carried: NDArray[np.bool_], is_uncalled: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """int64[p], places in NORMAL_STATES: of the normal of each tumour (its column, -1 for none), which carries the
    allele, or has no genotype there, or neither."""
    without = np.where(is_uncalled, _NOT_CALLED, _ABSENT)
    return np.where(normal < 0, _NO_NORMAL, np.where(is_carried, _CARRIED, without)).astype(np.int64)


def normal_column(states: NDArray[np.int64]) -> pa.StringArray:
    """The states in words."""
    return pa.array(NORMAL_STATES, type=pa.string()).take(pa.array(states, type=pa.int64()))
