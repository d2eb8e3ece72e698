"""Kernels called from Python: they have no wrapper for that themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def callable_from_python(kernel: Any) -> Callable[..., Any]:
    """The kernel behind a function that takes and returns Python values."""
    return numba.njit(error_model="numpy")(lambda *values: kernel(*values))
