"""First value: an exponential clock, one firing. Equation and source: scenario/onboarding.py."""

from __future__ import annotations

import numpy as np

from churnsim.engine.jit import inline, jit

_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)
REACHED = np.float32(-np.inf)
"""What is left of the clock after first value, whatever may be taken from it."""


@inline()
def reached(left):
    """1 after first value, 0 before it, by what is left of its clock."""
    return _ONE if left == REACHED else _ZERO


@jit()
def reach_first_value(left, tenure, rate):
    """Advance the clock of accounts without first value; return firings and their months since entry."""
    firings = np.int32(0)
    months = np.int32(0)
    for i in range(left.shape[0]):
        rest = left[i] - rate
        fired = np.int32((left[i] != REACHED) & (rest <= _ZERO))
        left[i] = REACHED if rest <= _ZERO else rest
        firings += fired
        months += fired * (tenure[i] + np.int32(1))
    return firings, months
