"""How kernels are compiled: the options that all of them share.

`fastmath` stays off, so that the same source gives the same bytes on every x86. No kernel allocates or returns an
array, so reference counting is switched off: it would cost an atomic operation per array and call, ten times the
arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numba
from numba import njit

from churnsim.engine import cache_folder

jit: Any = partial(njit, error_model="numpy", _nrt=False)
"""Decorator of every kernel: `@jit()`."""

inline: Any = partial(njit, error_model="numpy", _nrt=False, forceinline=True)
"""Decorator of small functions that belong into the loops of their callers: `@inline()`."""


def entry(function: Callable[..., Any]) -> Any:
    """Compile a function that Python calls, without the GIL, its machine code kept in `cache_folder()`."""
    before = numba.config.CACHE_DIR
    try:
        # Numba reads the folder when it decorates
        numba.config.CACHE_DIR = str(cache_folder())
        return njit(error_model="numpy", _nrt=False, nogil=True, cache=True)(function)
    finally:
        numba.config.CACHE_DIR = before
