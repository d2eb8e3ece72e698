"""First value: an exponential clock, one firing. Equation and source: scenario/onboarding.py."""

from __future__ import annotations

import numpy as np

from churnsim.engine.jit import jit

_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)


@jit()
def reach_first_value(left, first_value, tenure, rate):
    """Advance the clock of accounts without first value; return firings and their months since entry."""
    firings = np.int32(0)
    months = np.int32(0)
    for i in range(left.shape[0]):
        left[i] -= rate * (_ONE - first_value[i])
        fired = np.int32(1) if (left[i] <= _ZERO) & (first_value[i] == _ZERO) else np.int32(0)
        first_value[i] = _ONE if fired else first_value[i]
        firings += fired
        months += fired * (tenure[i] + np.int32(1))
    return firings, months
