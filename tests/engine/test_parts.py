"""Kernels that several callers share stay functions of their own, small ones do not; vectors are whole."""

import re

import numba
import numpy as np

from churnsim.engine import acquisition, keys
from tests.engine.python import callable_from_python


def test_a_long_kernel_is_not_copied_into_its_callers() -> None:
    draw = callable_from_python(acquisition.draw_clock)
    thresholds, ids = np.zeros(8, np.float32), np.arange(8, dtype=np.uint64)
    draw(thresholds, ids, np.uint64(5), keys.REFERRAL)
    assert (thresholds > 0.0).all()
    assert isinstance(draw, numba.core.dispatcher.Dispatcher)
    (code,) = draw.inspect_llvm().values()
    # the caller's code holds a call of it, and it a body of its own
    assert any("call" in line and "draw_clock" in line for line in code.splitlines())
    assert any(line.startswith("define") and "draw_clock" in line for line in code.splitlines())


def test_a_small_kernel_is() -> None:
    shuffle = callable_from_python(keys.mix64)
    assert shuffle(np.uint64(1)) != 1
    assert isinstance(shuffle, numba.core.dispatcher.Dispatcher)
    (code,) = shuffle.inspect_llvm().values()
    assert not any("call" in line and "mix64" in line for line in code.splitlines())


def test_vectors_are_as_wide_as_the_processor_has_them() -> None:
    draw = callable_from_python(acquisition.draw_clock)
    draw(np.zeros(8, np.float32), np.arange(8, dtype=np.uint64), np.uint64(5), keys.REFERRAL)
    assert isinstance(draw, numba.core.dispatcher.Dispatcher)
    (code,) = draw.inspect_llvm().values()
    (body,) = [line for line in code.splitlines() if line.startswith("define") and "draw_clock" in line]
    (group,) = re.findall(r"(#\d+)", body)
    (attributes,) = [line for line in code.splitlines() if line.startswith(f"attributes {group} ")]
    assert '"prefer-vector-width"="512"' in attributes
