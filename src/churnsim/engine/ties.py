"""What ties the traits of an existing account: ARR, frailty and misfit (Gaussian copula, scenario/acquisition.py)."""

from __future__ import annotations

import math

import numpy as np

from churnsim.engine.arithmetic import normal32
from churnsim.engine.jit import inline, jit

_WORDS = 4294967296.0


@inline()
def upper_quantile(p):
    """Normal score that is exceeded with probability `p`."""
    return -np.float64(normal32(np.uint64(min(max(p, 0.0) * _WORDS, _WORDS - 1.0))))


@inline()
def odds_given_arr(seg, tie, arr_score, share):
    """Probability of a misfit at a normal score of ARR, where their share is `share`; `tie` as in `Book.arr_tie`."""
    by_arr = seg.copula_31 * tie
    if by_arr == 0.0 or share <= 0.0 or share >= 1.0:
        return share
    return 0.5 * math.erfc((upper_quantile(share) - by_arr * arr_score) / math.sqrt(2.0 * (1.0 - by_arr * by_arr)))


@jit()
def tie_kind(seg, tie, arr_score, share, u):
    """Uniform that decides between kinds and the buckets of each, the right customers first, given the score of ARR."""
    odds = odds_given_arr(seg, tie, arr_score, share)
    if u < 1.0 - odds:
        return u * (1.0 - share) / (1.0 - odds)
    return 1.0 - share + share * (u - 1.0 + odds) / odds


@jit()
def frailty_score(seg, tie, arr_score, own):
    """Normal score of frailty given that of ARR; `own` is the account's own."""
    by_arr = seg.copula_21 * tie
    if by_arr == 0.0:
        return np.float64(own)
    return by_arr * arr_score + math.sqrt(1.0 - by_arr * by_arr) * own


@jit()
def frailty_score_of_kind(seg, tie, arr_score, misfit, share, own, luck):
    """The same given the kind as well. Its own score lies beyond a cut, where the uniform `luck` puts it."""
    by_arr, misfit_by_arr = seg.copula_21 * tie, seg.copula_31 * tie
    spread = math.sqrt(1.0 - misfit_by_arr * misfit_by_arr)
    common = (seg.copula_21 * seg.copula_31 + seg.copula_22 * seg.copula_32 - by_arr * misfit_by_arr) / spread
    odds = odds_given_arr(seg, tie, arr_score, share)
    beyond = odds * luck if misfit else odds + (1.0 - odds) * luck
    rest = max(1.0 - by_arr * by_arr - common * common, 0.0)
    return by_arr * arr_score + common * upper_quantile(beyond) + math.sqrt(rest) * own
