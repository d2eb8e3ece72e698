"""Compile each kernel once: as a part of the entry, without machine code of its own.

Numba optimises every function and makes machine code of it as soon as it is compiled, although only the entry is ever
called: the others are linked into their callers and compiled again there. Here they stop at LLVM code, and all is
optimised once, in the entry. This stands on Numba's code library (`numba.core.codegen`), which is no public interface:
`requirements.lock` pins the version, and the tests of the engine fail where another one differs.
"""

from __future__ import annotations

import gc
from itertools import count
from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

_number = count()


class _NoEnvironment:
    @staticmethod
    def set_env(name: str, environment: Any) -> None:
        """Do nothing: what a kernel needs of its environment, the entry has."""


class _Part(JITCodeLibrary):  # type: ignore[misc]
    """Code of a kernel: ready to be linked, not callable."""

    @property
    def codegen(self) -> type[_NoEnvironment]:
        return _NoEnvironment

    def _optimize_final_module(self) -> None:
        """Do nothing: the entry does it."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        return 0


class PartCompiler(Compiler):  # type: ignore[misc]
    """Compiler of the kernels that only kernels call."""

    def __init__(self, typingctx: Any, targetctx: Any, library: Any, *rest: Any) -> None:
        super().__init__(typingctx, targetctx, _Part(targetctx.codegen(), f"kernel{next(_number)}"), *rest)


class EntryCompiler(Compiler):  # type: ignore[misc]
    """Compiler of the entry, and with it of all kernels. The garbage collector, which would look again and again
    through what the compiler still needs, a tenth of the time, waits until it is done."""

    def compile_extra(self, function: Any) -> Any:
        """Compile the entry and all that it calls."""
        collects = gc.isenabled()
        gc.disable()
        try:
            return super().compile_extra(function)
        finally:
            if collects:
                gc.enable()
