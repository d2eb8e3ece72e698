"""Clocks: how an event happens (MODEL: clocks).

Event j of an account has the threshold E = -ln U(account, j, n), n counting its firings so far. Hazard uses it up
month by month; the event fires in the month in which nothing is left. No other draws are made for events, so two arms
with equal hazards are identical to the bit. Exact for hazards that are constant within a month (inverse transform of
the cumulated hazard).
"""

from __future__ import annotations

import numpy as np

from churnsim.engine.accounts import ARR, MOST_EVER
from churnsim.engine.arithmetic import exponential32
from churnsim.engine.jit import inline, jit
from churnsim.engine.keys import block
from churnsim.engine.vectors import whole_vectors

# lanes of the block of purpose CLOCKS; a clock with a purpose of its own has lane 0
INTENT_LANE = 0
FIRST_VALUE_LANE = 1
UPSELL_LANE = 2
CONTRACTION_LANE = 3

MOST_FIRINGS = 1000
"""Firings of one clock in one month above which the scenario's numbers make no sense."""
SPENT = np.float32(3e38)
"""Threshold of a clock that stands still."""
_ZERO = np.float32(0.0)


@jit()
def threshold(key, who, purpose, firings, lane):
    """Threshold of a clock after so many firings."""
    words = block(key, who, purpose, firings)
    return exponential32(words[lane])


@inline()
def word_of(words, lane):
    """Word of a block, without the detour over memory that an index that is no constant takes."""
    return words[0] if lane == 0 else words[1] if lane == 1 else words[2] if lane == 2 else words[3]


@jit()
def draw_thresholds(thresholds, who, ordinal, key, purpose, lane):
    """Thresholds of one clock of many accounts; word 1 of each block takes the place of `who`."""
    for c in range(thresholds.shape[0]):
        words = block(key, who[c], purpose, ordinal[c])
        thresholds[c] = exponential32(word_of(words, lane))
        who[c] = words[1]


@inline()
def ask(work, columns, number):
    """Write who and ordinal of the next firing, delivery or decision of some accounts to `work.words`."""
    who, ordinal, ids = work.words[0], work.words[1], work.ids
    for c in range(columns.shape[0]):
        i = np.uint32(columns[c])
        who[c] = ids[i]
        ordinal[c] = np.uint64(number[i] + 1)


@inline()
def draw_next(work, columns, number, key, purpose, lane):
    """Thresholds after the next firing of the accounts `columns`, to `work.drawn`; word 1 to `work.words[0]`."""
    ask(work, columns, number)
    n = whole_vectors(columns.shape[0])
    draw_thresholds(work.drawn[:n], work.words[0, :n], work.words[1, :n], key, purpose, lane)


@jit()
def fire(work, columns, left, number, firings, key, purpose, lane):
    """Let a counting clock fire once in the accounts `columns`, for the `firings`-th time in the month.

    `left`, `number`: the clock's rows. The overshoot carries. Writes word 1 of each block to `work.words[0]`. Puts the
    columns in which the clock is still due in front of `columns` and returns how many they are. A hazard beyond all
    reason (MOST_FIRINGS in a month, MOST_EVER in all) makes the account's ARR NaN, which stops the run.
    """
    draw_next(work, columns, number, key, purpose, lane)
    due = 0
    for c in range(columns.shape[0]):
        i = np.uint32(columns[c])
        rest = left[i] + work.drawn[c]
        left[i] = rest
        number[i] += np.int16(1)
        columns[due] = i
        due += np.int64(rest <= _ZERO)
    again = 0
    for c in range(due):
        i = np.uint32(columns[c])
        columns[again] = i
        if firings >= MOST_FIRINGS or number[i] >= MOST_EVER:
            work.reals[ARR, i] = np.nan
        else:
            again += 1
    return again
