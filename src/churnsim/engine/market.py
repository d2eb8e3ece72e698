"""The market's log shift: a stationary AR(1). Equation and source: scenario/market.py."""

from __future__ import annotations

import math

import numpy as np

from churnsim.engine.arithmetic import normal32
from churnsim.engine.jit import jit
from churnsim.engine.keys import MARKET, block


@jit()
def draw_market(path, volatility, persistence, key):
    """Write the shift of months 1 .. M to `path` (M + 1,); month 0 stays 0."""
    shock = math.sqrt(1.0 - persistence * persistence)
    for month in range(1, path.shape[0]):
        if volatility == 0.0:
            path[month] = 0.0
            continue
        words = block(key, np.uint64(0), MARKET, month)
        score = np.float64(normal32(words[0]))
        path[month] = volatility * score if month == 1 else persistence * path[month - 1] + volatility * shock * score


@jit()
def centred(loading, shift, volatility):
    """Log factor of a market shift under a loading, centred so that the factor has mean 1."""
    return loading * shift - 0.5 * loading * loading * volatility * volatility
