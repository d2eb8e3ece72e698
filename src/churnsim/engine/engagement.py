"""Adoption and engagement: two boats. Equation and source: scenario/engagement.py."""

from __future__ import annotations

import numpy as np

from churnsim.engine.jit import jit

_ONE = np.float32(1.0)


@jit()
def drift_apart(adoption, engagement, first_value, intent, share, ceiling, drift, rowing, intent_factor):
    """One month of drift and rowing, both from the values at the month's start."""
    quiet = rowing * intent_factor
    for i in range(adoption.shape[0]):
        a = adoption[i]
        g = engagement[i]
        row = quiet if intent[i] >= 0 else rowing
        engagement[i] = g - drift * g + row * a * (_ONE - g)
        adoption[i] = a + first_value[i] * share * (ceiling - a)
