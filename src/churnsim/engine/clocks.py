"""Clocks: how an event happens (MODEL: clocks).

Event j of an account has the threshold E = -ln U(account, j, n), n counting its firings so far. Hazard uses it up
month by month; the event fires in the month in which nothing is left. No other draws are made for events, so two arms
with equal hazards are identical to the bit. Exact for hazards that are constant within a month (inverse transform of
the cumulated hazard).
"""

from __future__ import annotations

import numpy as np

from churnsim.engine.arithmetic import exponential32
from churnsim.engine.jit import jit
from churnsim.engine.keys import CLOCKS, block

INTENT_LANE = 0
FIRST_VALUE_LANE = 1
UPSELL_LANE = 2
CONTRACTION_LANE = 3

MOST_FIRINGS = 1000
"""Firings of one clock in one month above which the scenario's numbers make no sense."""
SPENT = np.float32(3e38)
"""Threshold of a clock that stands still."""


@jit()
def threshold(key, who, firings, lane):
    """Threshold of the clock on `lane` after so many firings."""
    words = block(key, who, CLOCKS, firings)
    return exponential32(words[lane])


@jit()
def fire(left, firings, key, who, lane):
    """Count all firings of a counting clock; the overshoot carries. Return what is left, and the firings so far.

    A hazard beyond all reason ends after MOST_FIRINGS with NaN, which stops the run.
    """
    limit = firings + MOST_FIRINGS
    while left <= np.float32(0.0):
        if firings >= limit:
            return np.float32(np.nan), firings
        firings += 1
        left += threshold(key, who, firings, lane)
    return left, firings
