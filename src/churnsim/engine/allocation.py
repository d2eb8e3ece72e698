"""Who is served when hours are short: selection by priority in O(candidates), no full sort.

Rule and tables: scenario/allocation.py. The result is that of sorting all candidates by priority, highest first, and
serving each that still fits. Candidates stand in groups, one play to one segment, and the key of each is its priority
(float32, not negative, so that its bits sort like an integer). A histogram of seconds over the range of keys finds the
bin in which the hours run out: all above it fit, and it is the edge. Those at the edge, and then those below it that
still fit, are told apart one level finer: there a candidate is its group above its column, in one word, and the bits of
its key stand above a 32-bit tie word. The edge becomes the next window, or is sorted when it is small. Hours are whole
seconds, so sums are exact in any order.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine.arithmetic import bits_of_float
from churnsim.engine.jit import inline, jit
from churnsim.engine.keys import TIE, block
from churnsim.engine.vectors import list_between

# columns of a table of groups; candidates, and those who are served, stand from FIRST on in arrays of their own
PLAY, SEGMENT, FIRST, LAST, SERVED = range(5)

SMALL = 24
"""A bin with so few candidates is sorted."""
SCORE_BINS = 10
STAGES = 4
_NIBBLE = np.uint64(15)
_LARGEST = np.int32(0x7FFF_FFFF)
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


@inline()
def nibbles(bins):
    """A table of small numbers as one word, four bits each: it is looked up by a shift, which vectorises."""
    word = np.uint64(0)
    for k in range(bins.shape[0]):
        word |= np.uint64(bins[k]) << np.uint64(4 * k)
    return word


@inline()
def nibble(word, k):
    """Entry `k` of such a table."""
    return np.int32((word >> np.uint64(4 * k)) & _NIBBLE)


@jit()
def write_cells(out, score, stage, to_renewal, touch, renewal_bin, touch_bin):
    """Cell of each account in the table of priorities; the bins have 16 entries at most, the last holding on."""
    renewal_bins, touch_bins = nibbles(renewal_bin), nibbles(touch_bin)
    renewals, touches = renewal_bin[-1] + 1, touch_bin[-1] + 1
    last_renewal, last_touch = np.int32(renewal_bin.shape[0] - 1), np.int32(touch_bin.shape[0] - 1)
    for i in range(out.shape[0]):
        # the place of the stage's bit, 0 to 3
        place = (stage[i] >> 1) - (stage[i] >> 3)
        cell = min(np.int32(score[i] * SCORE_BINS), SCORE_BINS - 1) * STAGES + place
        cell = cell * renewals + nibble(renewal_bins, min(to_renewal[i], last_renewal))
        out[i] = cell * touches + nibble(touch_bins, min(touch[i], last_touch))


@jit()
def write_keys(keys, columns, table, exponent, seconds, cell, arr):
    """Keys of the candidates of one group: bits of table x ARR^gamma / hours."""
    per_hour = 3600.0 / seconds
    for c in range(keys.shape[0]):
        i = np.uint32(columns[c])
        value = np.float64(table[np.uint32(cell[i])]) * per_hour
        # the common cases without a power
        if exponent == 1.0:
            value *= np.float64(arr[i])
        elif exponent != 0.0:
            value *= np.float64(arr[i]) ** exponent
        keys[c] = bits_of_float(np.float32(value))


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
    """Write the served of `n` candidates to `served` (n + 1,). Return how many, and the seconds left.

    `group_seconds`, `group_key`: of the play of each group. The candidates are overwritten; `edge` and `edge_keys`
    (n + 1,) are scratch.
    """
    taken = 0
    shortest, longest = group_seconds[0], group_seconds[0]
    for g in range(1, group_seconds.shape[0]):
        shortest, longest = min(shortest, group_seconds[g]), max(longest, group_seconds[g])
    if longest > seconds:
        n = drop_misfits(picks, keys, n, group_seconds, seconds)
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


@jit()
def range_of(keys):
    """Least and greatest of some keys of 32 bits."""
    low, high = _LARGEST, np.int32(0)
    for c in range(keys.shape[0]):
        low = min(low, keys[c])
        high = max(high, keys[c])
    return low, high


@jit()
def add_seconds(histogram, keys, low, shift, seconds):
    """Add the seconds of one group's candidates to the bins of their keys."""
    for c in range(keys.shape[0]):
        histogram[np.uint32(keys[c] - low) >> shift] += seconds


@jit()
def add_to_groups(picks, n, group, served):
    """Append the columns of the first `n` of `picks` to those who are served of their groups."""
    for c in range(n):
        g = group_of(picks[c])
        served[group[g, SERVED]] = np.int32(column_of(picks[c]))
        group[g, SERVED] += 1


@jit()
def find_first_edge(keys, group, group_seconds, seconds, histogram):
    """Least and greatest key at the edge, among the groups of which one delivery fits, and the seconds above it.

    Where all fit, the greatest is below the least: nobody is at the edge.
    """
    low, high = _LARGEST, np.int32(0)
    for g in range(group_seconds.shape[0]):
        if group_seconds[g] <= seconds:
            least, most = range_of(keys[group[g, FIRST] : group[g, LAST]])
            low, high = min(low, least), max(high, most)
    shift = np.uint32(0)
    while (np.uint32(high - low) >> shift) >= np.uint32(histogram.shape[0]):
        shift += np.uint32(1)
    histogram[:] = 0
    for g in range(group_seconds.shape[0]):
        if group_seconds[g] <= seconds:
            add_seconds(histogram, keys[group[g, FIRST] : group[g, LAST]], low, shift, group_seconds[g])
    edge, above = run_out(histogram, seconds)
    bottom = np.int64(low) + (np.int64(max(edge, 0)) << np.int64(shift))
    return bottom, (bottom + (np.int64(1) << np.int64(shift)) if edge >= 0 else bottom) - 1, above


@jit()
def pack_groups(picks, pick_keys, columns, keys, group, group_seconds, seconds, low, high, near, near_keys):
    """Write the candidates with keys from `low` to `high` of all groups of which one delivery fits to `picks`; return
    how many. `near`, `near_keys`: scratch."""
    n = 0
    for g in range(group_seconds.shape[0]):
        if group_seconds[g] <= seconds:
            first, last = group[g, FIRST], group[g, LAST]
            found = list_between(keys[first:], columns[first:], last - first, low, high, near)
            list_between(keys[first:], keys[first:], last - first, low, high, near_keys)
            for c in range(found):
                picks[n + c] = pack(g, near[c])
                pick_keys[n + c] = np.uint64(near_keys[c]) << _S32
            n += found
    return n


@jit()
def select(
    columns,
    keys,
    group,
    group_seconds,
    group_key,
    seconds,
    histogram,
    picks,
    pick_keys,
    edge,
    edge_keys,
    taken,
    near,
    near_keys,
    ids,
    month,
    key,
    served,
):
    """Write the `columns` of those who are served to `served`, and where each group's end to SERVED of `group`.

    `keys`: of the candidates, at their places in `columns`; `group_seconds`, `group_key`: of the play of each group.
    Return the seconds left. `picks` to `near_keys` are scratch: all candidates fit into the first five, those of one
    group into the last two.
    """
    shortest = seconds + 1
    for g in range(group_seconds.shape[0]):
        group[g, SERVED] = group[g, FIRST]
        if group[g, LAST] > group[g, FIRST]:
            shortest = min(shortest, group_seconds[g])
    if shortest > seconds:
        return seconds
    bottom, top, above = find_first_edge(keys, group, group_seconds, seconds, histogram)
    for g in range(group_seconds.shape[0]):
        if group_seconds[g] <= seconds:
            first, last = group[g, FIRST], group[g, LAST]
            least = np.int32(top + 1)
            found = list_between(keys[first:], columns[first:], last - first, least, _LARGEST, served[first:])
            group[g, SERVED] = first + found
    low, high = np.int32(bottom), np.int32(top)
    n = pack_groups(picks, pick_keys, columns, keys, group, group_seconds, seconds, low, high, near, near_keys)
    found, left = select_exactly(
        picks,
        pick_keys,
        n,
        group_seconds,
        group_key,
        seconds - above,
        histogram,
        edge,
        edge_keys,
        ids,
        month,
        key,
        taken,
    )
    add_to_groups(taken, found, group, served)
    if bottom <= top and left >= shortest:
        low, high = np.int32(0), np.int32(bottom - 1)
        n = pack_groups(picks, pick_keys, columns, keys, group, group_seconds, left, low, high, near, near_keys)
        found, left = select_exactly(
            picks, pick_keys, n, group_seconds, group_key, left, histogram, edge, edge_keys, ids, month, key, taken
        )
        add_to_groups(taken, found, group, served)
    return left
