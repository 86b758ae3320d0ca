"""Turns a loop over numbers into machine code when it is first called (ADR 78)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """The same function as machine code, kept on disk for the next process; arrays in it are not checked for their ends.

    A caller therefore gives arrays of the lengths that the function's own words ask for. Kept in NUMBA_CACHE_DIR, or
    else beside the source.
    """
    return cast(Function, numba.njit(cache=True, nogil=True)(function))
