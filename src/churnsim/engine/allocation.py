"""Who is served when hours are short: selection by priority in O(candidates), no full sort.

Rule and tables: scenario/allocation.py. The result is that of sorting all candidates by priority, highest first, and
serving each that still fits. A candidate's key holds the bits of its priority (float32, not negative, so that they sort
like integers) above a 32-bit tie word. A histogram of seconds over a window of keys finds the bin in which the hours
run out; all above it fit. That bin becomes the next window, or is sorted when it is small, and the scan goes on below
it with the candidates that still fit. Hours are whole seconds, so sums are exact in any order.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine.accounts import ARR, FIRST_VALUE, SCORE, SINCE_TOUCH, TENURE, TO_RENEWAL
from churnsim.engine.arithmetic import bits_of_float
from churnsim.engine.jit import jit
from churnsim.engine.keys import TIE, block
from churnsim.engine.playbooks import stage

SMALL = 24
"""A bin with so few candidates is sorted."""
SCORE_BINS = 10
STAGES = 4
_S32 = np.uint64(32)
_LOW = np.uint64(0xFFFF_FFFF)
_ONE = np.uint64(1)
_TOP = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


@jit()
def write_keys(keys, columns, table, exponent, seconds, window, renewal_bin, touch_bin, reals, whole):
    """Keys of candidates of one play and segment, without tie words: bits of table x ARR^gamma / hours, upper half."""
    score, first_value, arr = reals[SCORE], reals[FIRST_VALUE], reals[ARR]
    tenure, to_renewal, touch = whole[TENURE], whole[TO_RENEWAL], whole[SINCE_TOUCH]
    renewals = renewal_bin[-1] + 1
    touches = touch_bin[-1] + 1
    last_renewal = renewal_bin.shape[0] - 1
    last_touch = touch_bin.shape[0] - 1
    per_hour = 3600.0 / seconds
    for c in range(keys.shape[0]):
        i = columns[c]
        cell = min(int(score[i] * SCORE_BINS), SCORE_BINS - 1) * STAGES
        cell += stage(first_value[i], tenure[i], to_renewal[i], window)
        cell = cell * renewals + renewal_bin[min(to_renewal[i], last_renewal)]
        cell = cell * touches + touch_bin[min(touch[i], last_touch)]
        value = np.float64(table[cell]) * per_hour
        if exponent == 1.0:
            value *= np.float64(arr[i])
        elif exponent != 0.0:
            value *= np.float64(arr[i]) ** exponent
        keys[c] = np.uint64(bits_of_float(np.float32(value))) << _S32


@jit()
def add_ties(candidate, candidate_play, candidate_key, n, low, high, ids, play_keys, month, key):
    """Give the candidates whose key lies in [low, high] their tie word, where they have none yet."""
    for c in range(n):
        k = candidate_key[c]
        if low <= k <= high and (k & _LOW) == np.uint64(0):
            ordinal = (play_keys[candidate_play[c]] << np.uint64(16)) | np.uint64(month)
            words = block(key, ids[candidate[c]], TIE, ordinal)
            candidate_key[c] = k | max(words[0], _ONE)


@jit()
def drop_misfits(candidate, candidate_play, candidate_key, n, plays, remaining):
    """Keep the candidates that still fit; return how many, their seconds, and the greatest and least key."""
    kept = 0
    demand = np.int64(0)
    high = np.uint64(0)
    low = _TOP
    for c in range(n):
        seconds = plays[candidate_play[c]].seconds
        if seconds <= remaining:
            candidate[kept] = candidate[c]
            candidate_play[kept] = candidate_play[c]
            candidate_key[kept] = candidate_key[c]
            kept += 1
            demand += seconds
            high = max(high, candidate_key[c])
            low = min(low, candidate_key[c])
    return kept, demand, low, high


@jit()
def swap(candidate, candidate_play, candidate_key, x, y):
    """Exchange two candidates."""
    candidate[x], candidate[y] = candidate[y], candidate[x]
    candidate_play[x], candidate_play[y] = candidate_play[y], candidate_play[x]
    candidate_key[x], candidate_key[y] = candidate_key[y], candidate_key[x]


@jit()
def shift_for(low, high, bins):
    """Least shift at which the keys of the window [low, high] fall into `bins` bins."""
    span = high - low
    shift = np.uint64(0)
    while (span >> shift) >= np.uint64(bins):
        shift += _ONE
    return shift


@jit()
def select(candidate, candidate_play, candidate_key, n, plays, seconds, histogram, ids, play_keys, month, key, served):
    """Move the served candidates to `served` as (column, play); return how many and the seconds left.

    `candidate`, `candidate_play`, `candidate_key` are overwritten; `served` is (2, n).
    """
    taken = 0
    low = np.uint64(0)
    high = _TOP
    whole_range = True
    tied = False
    while True:
        if whole_range:
            tied = False
            n, demand, low, high = drop_misfits(candidate, candidate_play, candidate_key, n, plays, seconds)
            if demand <= seconds:
                for c in range(n):
                    served[0, taken], served[1, taken] = candidate[c], candidate_play[c]
                    taken += 1
                    seconds -= plays[candidate_play[c]].seconds
                return taken, seconds
        # ties are drawn only where priorities no longer tell candidates apart
        if not tied and (low >> _S32) == (high >> _S32):
            tied = True
            add_ties(candidate, candidate_play, candidate_key, n, low, high | _LOW, ids, play_keys, month, key)
            high = high | _LOW
        shift = shift_for(low, high, histogram.shape[0])
        histogram[:] = 0
        for c in range(n):
            k = candidate_key[c]
            if low <= k <= high:
                histogram[np.int64((k - low) >> shift)] += plays[candidate_play[c]].seconds
        edge = histogram.shape[0] - 1
        above = np.int64(0)
        while edge >= 0 and above + histogram[edge] <= seconds:
            above += histogram[edge]
            edge -= 1
        # serve all above the edge; gather the edge's own candidates in front
        bottom = low + (np.uint64(max(edge, 0)) << shift)
        top = bottom + ((_ONE << shift) - _ONE)
        in_edge = 0
        c = 0
        while c < n:
            k = candidate_key[c]
            if edge < 0 or k > top:
                if k <= high and k >= low:
                    served[0, taken], served[1, taken] = candidate[c], candidate_play[c]
                    taken += 1
                    seconds -= plays[candidate_play[c]].seconds
                    n -= 1
                    swap(candidate, candidate_play, candidate_key, c, n)
                    continue
            elif k >= bottom:
                swap(candidate, candidate_play, candidate_key, c, in_edge)
                in_edge += 1
            c += 1
        if edge < 0:
            # the window is used up and all of it fitted: go on below it
            whole_range = True
            continue
        if in_edge > SMALL and shift > np.uint64(0):
            low, high = bottom, top
            whole_range = False
            continue
        add_ties(candidate, candidate_play, candidate_key, in_edge, bottom, top | _LOW, ids, play_keys, month, key)
        sort_down(candidate, candidate_play, candidate_key, in_edge)
        for c in range(in_edge):
            cost = plays[candidate_play[c]].seconds
            if cost <= seconds:
                served[0, taken], served[1, taken] = candidate[c], candidate_play[c]
                taken += 1
                seconds -= cost
        for c in range(in_edge - 1, -1, -1):
            n -= 1
            swap(candidate, candidate_play, candidate_key, c, n)
        whole_range = True


@jit()
def sort_down(candidate, candidate_play, candidate_key, n):
    """Sort the first `n` candidates by key, highest first, by insertion."""
    for x in range(1, n):
        y = x
        while y > 0 and candidate_key[y - 1] < candidate_key[y]:
            swap(candidate, candidate_play, candidate_key, y, y - 1)
            y -= 1
