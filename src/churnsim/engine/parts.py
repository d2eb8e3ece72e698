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

from llvmlite.binding.newpassmanagers import PassBuilder, PipelineTuningOptions
from numba.core import config
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

_number = count()


class _Wide(JITCodeLibrary):  # type: ignore[misc]
    """Code whose vectors are as wide as the processor has them: on many, LLVM would take half of one."""

    def add_ir_module(self, ir_module: Any) -> None:
        for function in ir_module.functions:
            if not function.is_declaration:
                # llvmlite knows attributes of one word only
                set.add(function.attributes, '"prefer-vector-width"="512"')
        super().add_ir_module(ir_module)


class _NoEnvironment:
    @staticmethod
    def set_env(name: str, environment: Any) -> None:
        """Do nothing: what a kernel needs of its environment, the entry has."""


class _Part(_Wide):
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


class _PartApart(_Part):
    """The same, which stays a function of its own: it is called, never copied into its callers."""

    def add_ir_module(self, ir_module: Any) -> None:
        for function in ir_module.functions:
            if not function.is_declaration and "alwaysinline" not in function.attributes:
                function.attributes.add("noinline")
        super().add_ir_module(ir_module)


class _Whole(_Wide):
    """Code of the entry and, linked into it, of all kernels."""

    def _optimize_final_module(self) -> None:
        """Optimise as Numba does, but a vectorised loop takes one vector at a time.

        Several at a time would be half as much machine code again, all of it to be compiled, and slower where loops are
        short.
        """
        codegen, module = self._codegen, self._final_module
        inlining, builder = codegen._module_pass_manager(
            loop_vectorize=codegen._loopvect, slp_vectorize=False, opt=codegen._opt_level, cost="cheap"
        )
        inlining.run(module, builder)
        options = PipelineTuningOptions(speed_level=config.OPT)
        options.loop_vectorization = config.LOOP_VECTORIZE
        options.loop_interleaving = options.loop_unrolling = False
        builder = PassBuilder(codegen._tm, options)
        builder.getModulePassManager().run(module, builder)


class PartCompiler(Compiler):  # type: ignore[misc]
    """Compiler of the kernels that only kernels call."""

    library: type[_Part] = _Part

    def __init__(self, typingctx: Any, targetctx: Any, _: Any, *rest: Any) -> None:
        super().__init__(typingctx, targetctx, self.library(targetctx.codegen(), f"kernel{next(_number)}"), *rest)


class ApartCompiler(PartCompiler):
    """Compiler of those that stay functions of their own."""

    library = _PartApart


class EntryCompiler(Compiler):  # type: ignore[misc]
    """Compiler of the entry, and with it of all kernels. The garbage collector, which would look again and again
    through what the compiler still needs, a tenth of the time, waits until it is done."""

    def __init__(self, typingctx: Any, targetctx: Any, _: Any, *rest: Any) -> None:
        library = _Whole(targetctx.codegen(), "engine")
        library.enable_object_caching()
        super().__init__(typingctx, targetctx, library, *rest)

    def compile_extra(self, function: Any) -> Any:
        """Compile the entry and all that it calls."""
        collects = gc.isenabled()
        gc.disable()
        try:
            return super().compile_extra(function)
        finally:
            if collects:
                gc.enable()
