"""Who is served when hours are short: selection by priority in O(candidates), no full sort.

Rule and tables: scenario/allocation.py. The result is that of sorting all candidates by priority, highest first, and
serving each that still fits. A candidate's key holds the bits of its priority (float32, not negative, so that they sort
like integers) above a 32-bit tie word. A histogram of seconds over a window of keys finds the bin in which the hours
run out; all above it fit. That bin becomes the next window, or is sorted when it is small, and the scan goes on below
it with the candidates that still fit. Hours are whole seconds, so sums are exact in any order.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine.accounts import ARR, SCORE, SINCE_TOUCH, TO_RENEWAL
from churnsim.engine.arithmetic import bits_of_float
from churnsim.engine.jit import jit
from churnsim.engine.keys import TIE, block

SMALL = 24
"""A bin with so few candidates is sorted."""
SCORE_BINS = 10
STAGES = 4
_S32 = np.uint64(32)
_LOW = np.uint64(0xFFFF_FFFF)
_ONE = np.uint64(1)
_TOP = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


@jit()
def write_keys(keys, columns, table, exponent, seconds, renewal_bin, touch_bin, stage, reals, whole):
    """Keys of candidates of one play and segment, without tie words: bits of table x ARR^gamma / hours, upper half."""
    score, arr = reals[SCORE], reals[ARR]
    to_renewal, touch = whole[TO_RENEWAL], whole[SINCE_TOUCH]
    renewals = renewal_bin[-1] + 1
    touches = touch_bin[-1] + 1
    last_renewal = renewal_bin.shape[0] - 1
    last_touch = touch_bin.shape[0] - 1
    per_hour = 3600.0 / seconds
    for c in range(keys.shape[0]):
        i = columns[c]
        cell = min(int(score[i] * SCORE_BINS), SCORE_BINS - 1) * STAGES + stage[i]
        cell = cell * renewals + renewal_bin[min(to_renewal[i], last_renewal)]
        cell = cell * touches + touch_bin[min(touch[i], last_touch)]
        value = np.float64(table[cell]) * per_hour
        if exponent == 1.0:
            value *= np.float64(arr[i])
        elif exponent != 0.0:
            value *= np.float64(arr[i]) ** exponent
        keys[c] = np.uint64(bits_of_float(np.float32(value))) << _S32


@jit()
def add_ties(columns, kinds, keys, n, ids, play_keys, month, key):
    """Give the first `n` candidates their tie word, where they have none yet."""
    for c in range(n):
        if (keys[c] & _LOW) == np.uint64(0):
            ordinal = (play_keys[kinds[c]] << np.uint64(16)) | np.uint64(month)
            words = block(key, ids[columns[c]], TIE, ordinal)
            keys[c] = keys[c] | max(words[0], _ONE)


@jit()
def key_range(keys, n):
    """Least and greatest of the first `n` keys."""
    low = _TOP
    high = np.uint64(0)
    for c in range(n):
        low = min(low, keys[c])
        high = max(high, keys[c])
    return low, high


@jit()
def find_edge(kinds, keys, n, plays, low, high, seconds, histogram):
    """Bin of keys in which the seconds run out.

    Return its least and greatest key, the seconds of all candidates above it, and whether such a bin exists.
    """
    shift = np.uint64(0)
    while ((high - low) >> shift) >= np.uint64(histogram.shape[0]):
        shift += _ONE
    histogram[:] = 0
    for c in range(n):
        histogram[np.int64((keys[c] - low) >> shift)] += plays[kinds[c]].seconds
    edge = histogram.shape[0] - 1
    above = np.int64(0)
    while edge >= 0 and above + histogram[edge] <= seconds:
        above += histogram[edge]
        edge -= 1
    bottom = low + (np.uint64(max(edge, 0)) << shift)
    return bottom, bottom + ((_ONE << shift) - _ONE), above, edge >= 0


@jit()
def split(columns, kinds, keys, n, bottom, top, served, taken, edge, edge_keys, rest, rest_kinds, rest_keys, left):
    """Distribute `n` candidates, without branches: above `top` to `served`, the edge's own to `edge`, those below to
    `rest` behind its first `left`. The candidates may lie in the front of `edge` or of `rest` themselves. Return the
    numbers of served, of the edge and of the rest.
    """
    inside = 0
    for c in range(n):
        i, p, k = columns[c], kinds[c], keys[c]
        served[0, taken], served[1, taken] = i, p
        taken += np.int64(k > top)
        edge[0, inside], edge[1, inside], edge_keys[inside] = i, p, k
        inside += np.int64((k >= bottom) & (k <= top))
        rest[left], rest_kinds[left], rest_keys[left] = i, p, k
        left += np.int64(k < bottom)
    return taken, inside, left


@jit()
def drop_misfits(columns, kinds, keys, n, plays, seconds):
    """Keep the candidates that still fit, in front; return how many."""
    kept = 0
    for c in range(n):
        i, p, k = columns[c], kinds[c], keys[c]
        columns[kept], kinds[kept], keys[kept] = i, p, k
        kept += np.int64(plays[p].seconds <= seconds)
    return kept


@jit()
def sort_down(columns, kinds, keys, n):
    """Sort the first `n` candidates by key, highest first, by insertion."""
    for x in range(1, n):
        i, p, k = columns[x], kinds[x], keys[x]
        y = x
        while y > 0 and keys[y - 1] < k:
            columns[y], kinds[y], keys[y] = columns[y - 1], kinds[y - 1], keys[y - 1]
            y -= 1
        columns[y], kinds[y], keys[y] = i, p, k


@jit()
def select(columns, kinds, keys, n, plays, seconds, histogram, edge, edge_keys, ids, play_keys, month, key, served):
    """Write the served of `n` candidates to `served` (2, n + 1): column, play. Return how many, and the seconds left.

    The candidates are overwritten; `edge` (2, n + 1) and `edge_keys` (n + 1,) are scratch.
    """
    taken = 0
    n = drop_misfits(columns, kinds, keys, n, plays, seconds)
    while n > 0:
        low, high = key_range(keys, n)
        # ties are drawn only where priorities do not tell candidates apart
        if (low >> _S32) == (high >> _S32):
            add_ties(columns, kinds, keys, n, ids, play_keys, month, key)
            low, high = key_range(keys, n)
        bottom, top, above, short = find_edge(kinds, keys, n, plays, low, high, seconds, histogram)
        seconds -= above
        if not short:
            for c in range(n):
                served[0, taken], served[1, taken] = columns[c], kinds[c]
                taken += 1
            return taken, seconds
        taken, inside, n = split(
            columns, kinds, keys, n, bottom, top, served, taken, edge, edge_keys, columns, kinds, keys, 0
        )
        while inside > SMALL and low < high:
            low, high = key_range(edge_keys, inside)
            if (low >> _S32) == (high >> _S32):
                add_ties(edge[0], edge[1], edge_keys, inside, ids, play_keys, month, key)
                low, high = key_range(edge_keys, inside)
            bottom, top, above, _ = find_edge(edge[1], edge_keys, inside, plays, low, high, seconds, histogram)
            seconds -= above
            taken, inside, n = split(
                edge[0],
                edge[1],
                edge_keys,
                inside,
                bottom,
                top,
                served,
                taken,
                edge,
                edge_keys,
                columns,
                kinds,
                keys,
                n,
            )
        add_ties(edge[0], edge[1], edge_keys, inside, ids, play_keys, month, key)
        sort_down(edge[0], edge[1], edge_keys, inside)
        for c in range(inside):
            cost = plays[edge[1, c]].seconds
            if cost <= seconds:
                served[0, taken], served[1, taken] = edge[0, c], edge[1, c]
                taken += 1
                seconds -= cost
        n = drop_misfits(columns, kinds, keys, n, plays, seconds)
    return taken, seconds
