"""Who is served when hours are short: selection by priority in O(candidates), no full sort.

Rule and tables: scenario/allocation.py. The result is that of sorting all candidates by priority, highest first, and
serving each that still fits. Candidates stand in groups, one play to one segment, and the key of each is its priority
(float32, not negative, so that its bits sort like an integer). A histogram of seconds over the range of keys finds the
bin in which the hours run out: all above it fit, and it is the edge. Those at the edge, and then those below it that
still fit, are told apart in `selection`.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine.arithmetic import bits_of_float, float_from_bits
from churnsim.engine.jit import inline, jit
from churnsim.engine.selection import column_of, group_of, pack, run_out, select_exactly
from churnsim.engine.vectors import LARGEST, list_between, range_of

# columns of a table of groups; candidates, and those who are served, stand from FIRST on in arrays of their own
PLAY, SEGMENT, FIRST, LAST, SERVED = range(5)

SCORE_BINS = 10
STAGES = 4
_NIBBLE = np.uint64(15)
_S32 = np.uint64(32)


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
def write_cells(cells, score, to_renewal, touch, renewal_bin, touch_bin):
    """Turn stages into cells of the table of priorities; the bins have 16 entries at most, the last holding on."""
    renewal_bins, touch_bins = nibbles(renewal_bin), nibbles(touch_bin)
    renewals, touches = renewal_bin[-1] + 1, touch_bin[-1] + 1
    last_renewal, last_touch = np.int32(renewal_bin.shape[0] - 1), np.int32(touch_bin.shape[0] - 1)
    for i in range(cells.shape[0]):
        # the place of the stage's bit, 0 to 3
        place = (cells[i] >> 1) - (cells[i] >> 3)
        cell = min(np.int32(score[i] * SCORE_BINS), SCORE_BINS - 1) * STAGES + place
        cell = cell * renewals + nibble(renewal_bins, min(to_renewal[i], last_renewal))
        cells[i] = cell * touches + nibble(touch_bins, min(touch[i], last_touch))


@jit()
def write_keys(keys, columns, table, exponent, seconds, cell, arr, listed):
    """Keys of candidates of one group: bits of table x ARR^gamma / hours. `listed`: scratch."""
    per_hour = 3600.0 / seconds
    # what belongs to a candidate is put side by side first, so that the arithmetic vectorises
    for c in range(keys.shape[0]):
        i = np.uint32(columns[c])
        listed[c] = table[np.uint32(cell[i])]
        keys[c] = bits_of_float(arr[i])
    for c in range(keys.shape[0]):
        value = np.float64(listed[c]) * per_hour
        own = np.float64(float_from_bits(keys[c]))
        # the common cases without a power
        if exponent == 1.0:
            value *= own
        elif exponent != 0.0:
            value *= own**exponent
        # an ARR that is no number ends the run at the month's end; until then it must not stand above all keys
        keys[c] = bits_of_float(np.float32(value if value >= 0.0 else 0.0))


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
    low, high = LARGEST, np.int32(0)
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
            found = list_between(keys[first:], columns[first:], last - first, least, LARGEST, served[first:])
            group[g, SERVED] = first + found
    left = seconds - above
    # those at the edge first, then those below it that still fit
    low, high = np.int32(bottom), np.int32(top)
    for _ in range(2):
        n = pack_groups(picks, pick_keys, columns, keys, group, group_seconds, left, low, high, near, near_keys)
        found, left = select_exactly(
            picks, pick_keys, n, group_seconds, group_key, left, histogram, edge, edge_keys, ids, month, key, taken
        )
        add_to_groups(taken, found, group, served)
        if bottom > top or left < shortest:
            break
        low, high = np.int32(0), np.int32(bottom - 1)
    return left
