"""Selection among few: who is served of the candidates at the edge, where the hours run out.

A candidate is its group (one play to one segment) above its column, in one word; its key holds the bits of its
priority above a 32-bit tie word. A histogram of seconds over a window of keys finds the bin in which the hours run out;
all above it fit. That bin becomes the next window, or is sorted when it is small, and the scan goes on below it with
the candidates that still fit. Hours are whole seconds, so sums are exact in any order.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine.jit import inline, jit
from churnsim.engine.keys import TIE, block

SMALL = 24
"""A bin with so few candidates is sorted."""
_STRIDE = 32
"""Bins whose sum is looked at before any of them."""
_I32 = np.int64(32)
_COLUMN = np.int64(0xFFFF_FFFF)
_S32 = np.uint64(32)
_LOW = np.uint64(0xFFFF_FFFF)
_ONE = np.uint64(1)
_TOP = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


@inline()
def pack(group, column):
    """A candidate: its group and its column in one word."""
    return (np.int64(group) << _I32) | np.int64(column)


@inline()
def group_of(pick):
    """Group of a candidate."""
    return pick >> _I32


@inline()
def column_of(pick):
    """Column of a candidate."""
    return pick & _COLUMN


@jit()
def add_ties(picks, keys, n, ids, group_key, month, key):
    """Give the first `n` candidates their tie word, where they have none yet."""
    for c in range(n):
        if (keys[c] & _LOW) == np.uint64(0):
            ordinal = (group_key[group_of(picks[c])] << np.uint64(16)) | np.uint64(month)
            words = block(key, ids[column_of(picks[c])], TIE, ordinal)
            keys[c] = keys[c] | max(words[0], _ONE)


@jit()
def key_range(keys):
    """Least and greatest key."""
    low = _TOP
    high = np.uint64(0)
    for c in range(keys.shape[0]):
        low = min(low, keys[c])
        high = max(high, keys[c])
    return low, high


@jit()
def run_out(histogram, seconds):
    """Bin in which the seconds run out, from the last on, -1 for none; the seconds of all bins above it."""
    edge = histogram.shape[0] - 1
    above = np.int64(0)
    # first by so many bins at once, whose sum vectorises
    while edge >= _STRIDE - 1:
        many = np.int64(0)
        for k in range(_STRIDE):
            many += histogram[np.uint32(edge - k)]
        if above + many > seconds:
            break
        above += many
        edge -= _STRIDE
    while edge >= 0 and above + histogram[edge] <= seconds:
        above += histogram[edge]
        edge -= 1
    return edge, above


@jit()
def find_edge(picks, keys, n, group_seconds, low, high, seconds, histogram):
    """Bin of keys in which the seconds run out.

    Return its least and greatest key, the seconds of all candidates above it, and whether such a bin exists.
    """
    shift = np.uint64(0)
    while ((high - low) >> shift) >= np.uint64(histogram.shape[0]):
        shift += _ONE
    histogram[:] = 0
    for c in range(n):
        histogram[(keys[c] - low) >> shift] += group_seconds[np.uint64(group_of(picks[c]))]
    edge, above = run_out(histogram, seconds)
    bottom = low + (np.uint64(max(edge, 0)) << shift)
    return bottom, bottom + ((_ONE << shift) - _ONE), above, edge >= 0


@jit()
def split(picks, keys, n, bottom, top, served, taken, edge, edge_keys, rest, rest_keys, left):
    """Distribute `n` candidates, without branches: above `top` to `served`, the edge's own to `edge`, those below to
    `rest` behind its first `left`. The candidates may lie in the front of `edge` or of `rest` themselves. Return the
    numbers of served, of the edge and of the rest.
    """
    inside = np.uint64(0)
    taken, left = np.uint64(taken), np.uint64(left)
    for c in range(n):
        pick, k = picks[c], keys[c]
        served[taken] = pick
        taken += np.uint64(k > top)
        edge[inside], edge_keys[inside] = pick, k
        inside += np.uint64((k >= bottom) & (k <= top))
        rest[left], rest_keys[left] = pick, k
        left += np.uint64(k < bottom)
    return np.int64(taken), np.int64(inside), np.int64(left)


@jit()
def drop_misfits(picks, keys, n, group_seconds, seconds):
    """Keep the candidates that still fit, in front; return how many."""
    kept = 0
    for c in range(n):
        pick, k = picks[c], keys[c]
        picks[kept], keys[kept] = pick, k
        kept += np.int64(group_seconds[group_of(pick)] <= seconds)
    return kept


@jit()
def sort_down(picks, keys, n):
    """Sort the first `n` candidates by key, highest first, by insertion."""
    for x in range(1, n):
        pick, k = picks[x], keys[x]
        y = x
        while y > 0 and keys[y - 1] < k:
            picks[y], keys[y] = picks[y - 1], keys[y - 1]
            y -= 1
        picks[y], keys[y] = pick, k


@jit()
def select_exactly(
    picks, keys, n, group_seconds, group_key, seconds, histogram, edge, edge_keys, ids, month, key, served
):
    """Write the served of `n` candidates, of each of which one fits, to `served` (n + 1,).

    Return how many, and the seconds left. `group_seconds`, `group_key`: of the play of each group. The candidates are
    overwritten; `edge` and `edge_keys` (n + 1,) are scratch.
    """
    taken = 0
    shortest = group_seconds[0]
    for g in range(1, group_seconds.shape[0]):
        shortest = min(shortest, group_seconds[g])
    while n > 0:
        low, high = key_range(keys[:n])
        # ties are drawn only where priorities do not tell candidates apart
        if (low >> _S32) == (high >> _S32):
            add_ties(picks, keys, n, ids, group_key, month, key)
            low, high = key_range(keys[:n])
        bottom, top, above, short = find_edge(picks, keys, n, group_seconds, low, high, seconds, histogram)
        seconds -= above
        if not short:
            for c in range(n):
                served[taken] = picks[c]
                taken += 1
            return taken, seconds
        taken, inside, n = split(picks, keys, n, bottom, top, served, taken, edge, edge_keys, picks, keys, 0)
        while inside > SMALL and low < high:
            low, high = key_range(edge_keys[:inside])
            if (low >> _S32) == (high >> _S32):
                add_ties(edge, edge_keys, inside, ids, group_key, month, key)
                low, high = key_range(edge_keys[:inside])
            bottom, top, above, _ = find_edge(edge, edge_keys, inside, group_seconds, low, high, seconds, histogram)
            seconds -= above
            taken, inside, n = split(
                edge, edge_keys, inside, bottom, top, served, taken, edge, edge_keys, picks, keys, n
            )
        add_ties(edge, edge_keys, inside, ids, group_key, month, key)
        sort_down(edge, edge_keys, inside)
        for c in range(inside):
            cost = group_seconds[group_of(edge[c])]
            if cost <= seconds:
                served[taken] = edge[c]
                taken += 1
                seconds -= cost
        if seconds < shortest:
            break
        n = drop_misfits(picks, keys, n, group_seconds, seconds)
    return taken, seconds
