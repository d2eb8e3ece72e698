"""C, compiled when it is first wanted: c_peer.c with the compiler `cc` (or $CC) and the options FLAGS."""

from __future__ import annotations

import ctypes
import dataclasses
import functools
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import Accounts, Model

WIDE = ("-mprefer-vector-width=512",) if platform.machine().lower() in ("x86_64", "amd64") else ()
"""Whole vectors, as the engine has them: left alone, compilers take half of one on many processors."""
FLAGS = ("-O3", "-march=native", *WIDE, "-fopenmp-simd", "-fno-math-errno", "-fno-trapping-math")
"""Not -ffast-math: some linkers then make the whole process flush subnormal numbers, the engine's included."""


class NoCompiler(RuntimeError):
    """There is no compiler, or it does not compile this; the text says why."""


class _Model(ctypes.Structure):
    _fields_ = [
        (field.name, ctypes.c_int32 if field.type == "int" else ctypes.c_float) for field in dataclasses.fields(Model)
    ]


def compiler() -> str:
    """Path of the compiler. Raises NoCompiler."""
    name = os.environ.get("CC", "cc")
    path = shutil.which(name)
    if path is None:
        raise NoCompiler(f"no C compiler: {name} is not there")
    return path


def version() -> str:
    """First line of what the compiler says of itself, and the options. Raises NoCompiler."""
    done = subprocess.run([compiler(), "--version"], capture_output=True, text=True, check=False)
    return f"{done.stdout.partition(chr(10))[0].strip()} {' '.join(FLAGS)}"


@functools.cache
def library() -> Any:
    """The compiled peer. Raises NoCompiler."""
    source = Path(__file__).with_name("c_peer.c")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "peer.so"
        command = [compiler(), *FLAGS, "-shared", "-fPIC", str(source), "-o", str(target), "-lm"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NoCompiler(f"{' '.join(command[:4])} failed: {done.stderr.strip()[:500]}")
        return ctypes.CDLL(str(target))


def simulate(model: Model, accounts: Accounts, replicates: int, seed: int) -> np.ndarray:
    """Ledger (replicates, months, 3). Raises NoCompiler."""
    ledger = np.zeros((replicates, model.months, 3))
    numbers = _Model(**dataclasses.asdict(model))
    state = [
        np.ascontiguousarray(values, dtype)
        for values, dtype in (
            (accounts.arr, np.float32),
            (accounts.adoption, np.float32),
            (accounts.engagement, np.float32),
            (accounts.renewal, np.int32),
        )
    ]
    status = library().simulate(
        ctypes.byref(numbers),
        ctypes.c_int(len(accounts)),
        *(array.ctypes.data_as(ctypes.c_void_p) for array in state),
        ctypes.c_int(replicates),
        ctypes.c_uint64(seed),
        ledger.ctypes.data_as(ctypes.c_void_p),
    )
    if status != 0:
        raise MemoryError("the C peer found no memory")
    return ledger
