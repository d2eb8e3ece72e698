"""How kernels are compiled: the options that all of them share.

`fastmath` stays off, so that the same source gives the same bytes on every x86. No kernel allocates or returns an
array, so reference counting is switched off: it would cost an atomic operation per array and call, ten times the
arithmetic.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from numba import njit

jit: Any = partial(njit, error_model="numpy", _nrt=False)
"""Decorator of every kernel: `@jit()`."""

inline: Any = partial(njit, error_model="numpy", _nrt=False, forceinline=True)
"""Decorator of small functions that belong into the loops of their callers: `@inline()`."""
