"""How kernels are compiled: the options that all of them share.

`fastmath` stays off, so that the same source gives the same bytes on every x86. No kernel allocates or returns an
array, so reference counting is switched off: it would cost an atomic operation per array and call, ten times the
arithmetic. Only the entry is called from Python; the others go without the wrappers for that, a third of the compile
time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numba
from numba import njit

from churnsim.engine import cache_folder
from churnsim.engine.parts import ApartCompiler, EntryCompiler, PartCompiler


def _kernel(compiler: Any = PartCompiler, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    def decorate(function: Callable[..., Any]) -> Any:
        dispatcher = njit(
            error_model="numpy",
            _nrt=False,
            no_cpython_wrapper=True,
            no_cfunc_wrapper=True,
            pipeline_class=compiler,
            **options,
        )(function)
        # without a wrapper a call from Python would jump to nowhere: let it find no machine code and end in an error
        dispatcher._insert = _forget
        dispatcher._compile_for_args = _refuse
        return dispatcher

    return decorate


def _forget(*_: Any, **__: Any) -> None:
    pass


def _refuse(*_: Any, **__: Any) -> Any:
    raise TypeError(
        "a kernel of the engine is called by kernels only; from Python, wrap it in a function of numba.njit"
    )


jit: Any = _kernel
"""Decorator of every kernel: `@jit()`. What an `inline` kernel calls is copied into it too: Numba hands that down."""

apart: Any = partial(_kernel, ApartCompiler, forceinline=False)
"""Decorator of long functions with several callers, of which each would otherwise have, and compile, a copy."""

inline: Any = partial(_kernel, forceinline=True)
"""Decorator of small functions that belong into the loops of their callers: `@inline()`."""

spliced: Any = partial(_kernel, inline="always")
"""Decorator of functions that are called once: their source becomes part of the caller's, so that they are compiled
once. Any other function is compiled on its own and again with each caller, up to the entry."""


def entry(function: Callable[..., Any]) -> Any:
    """Compile a function that Python calls, without the GIL, its machine code kept in `cache_folder()`."""
    before = numba.config.CACHE_DIR
    try:
        # Numba reads the folder when it decorates
        numba.config.CACHE_DIR = str(cache_folder())
        return njit(error_model="numpy", _nrt=False, nogil=True, cache=True, pipeline_class=EntryCompiler)(function)
    finally:
        numba.config.CACHE_DIR = before
