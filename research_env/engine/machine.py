"""Turns a loop over numbers into machine code when it is first called (ADR 78)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """The same function as machine code, kept on disk for the next process; the ends of arrays are not checked in it.

    A caller therefore gives arrays of the lengths that the function's own words ask for. Kept in NUMBA_CACHE_DIR, or
    else beside the source, or where neither can be written for this process alone.
    """
    try:
        made = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder for it
        made = numba.njit(nogil=True)(function)
    return cast(Function, made)
