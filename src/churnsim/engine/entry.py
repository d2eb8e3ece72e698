"""Step 1's newcomers take their places. Equations and sources: scenario/acquisition.py."""

from __future__ import annotations

import numpy as np

from churnsim.engine import ledger as book
from churnsim.engine.accounts import (
    ADOPTION,
    ARR,
    ARR_ANNIVERSARY,
    ENGAGEMENT,
    FIRST_VALUE_LEFT,
    INTENT,
    NEVER,
    NOISE,
    TENURE,
    move,
    owners,
)
from churnsim.engine.acquisition import FRESH_NOISE, clear, cohort_factor, enter, scatter, write_optional
from churnsim.engine.arrivals import list_arrivals
from churnsim.engine.health import NOISE_MONTHS, set_biases_of
from churnsim.engine.jit import apart, inline, jit
from churnsim.engine.journal import ENTRY, note
from churnsim.engine.team import own, owned
from churnsim.engine.vectors import set_row
from churnsim.engine.win_back import settle_return

_NOTHING = np.array([ADOPTION, ENGAGEMENT, ARR, ARR_ANNIVERSARY])
_NEVER_REACHED = np.float32(np.inf)
_ZERO = np.float32(0.0)


@inline()
def expect(tables, work, a, d, s, month, key, flow):
    """Step 1: list the month's newcomers in `work.newcomers`, with their owners.

    Return how many come by leads, by leads and referrals, and in all; -1: no room.
    """
    by_leads, new, coming = list_arrivals(tables, work, a, d, s, month, key, flow)
    for c in range(coming):
        work.newcomers[c] = work.arrival_id[work.coming[c]]
    if coming > 0:
        for t in range(tables.team.shape[2]):
            if owned(tables, a, d, t, s):
                own(work, work.new_owner[t], work.newcomers[:coming], tables.team_key[t], work.funded[t], key)
    return by_leads, new, coming


@inline()
def take_places(tables, work, a, d, s, first, last, by_leads, new, back, month, key, flow):
    """Let the newcomers [first, last) take the columns `work.leavers` of the same places.

    `back`: the next of those who come back. Return the next after them.
    """
    reals, whole, fresh = work.reals, work.whole, work.fresh
    seg = tables.segment[a, d, s]
    extra = tables.extra[0] == 1
    observes = tables.observes[0] == 1
    if last <= first:
        return back
    clear(tables, reals, whole, work.leavers[first:last])
    cohort = cohort_factor(seg.cohort_volatility, key, tables.segment_key[s], tables.quarter[month])
    for c in range(first, last):
        i = np.int64(work.leavers[c])
        who, column = work.newcomers[c], np.int64(work.coming[c])
        work.ids[i] = who
        enter(tables, a, d, s, reals, whole, i, who, fresh, column, month, cohort, key)
        if extra:
            misfit, gap = work.arrival_misfit[column], work.arrival_gap[column]
            write_optional(tables, a, d, reals, whole, i, who, fresh, column, key, misfit, gap)
            if c >= new:
                settle_return(work, i, back)
                back = work.back_next[back]
        if observes:
            for j in range(NOISE_MONTHS):
                reals[NOISE + j, i] = fresh[FRESH_NOISE + j, column]
        for t in range(tables.team.shape[2]):
            if owned(tables, a, d, t, s):
                whole[owners(tables) + t, i] = work.new_owner[t, c]
        if c < new:
            flow[book.ARR_NEW] += np.float64(reals[ARR, i])
        else:
            flow[book.ARR_REACTIVATED] += np.float64(reals[ARR, i])
        note(work, month, ENTRY, who, 0 if c < by_leads else 1 if c < new else 2, reals[ARR, i])
    if extra:
        set_biases_of(work, seg, work.leavers[first:last])
    return back


@jit()
def empty(reals, whole, columns):
    """Let columns that no account has count for nothing in sums, in this month and all that follow."""
    for row in _NOTHING:
        scatter(reals[row], columns, _ZERO)
    scatter(reals[FIRST_VALUE_LEFT], columns, _NEVER_REACHED)
    scatter(whole[INTENT], columns, np.int16(-1))
    # a newcomer for ever: its voice does not count
    scatter(whole[TENURE], columns, np.int16(-NEVER))


@apart()
def empty_behind(reals, whole, low, high):
    """The same for the columns [low, high)."""
    for row in _NOTHING:
        set_row(reals[row, low:high], _ZERO)
    set_row(reals[FIRST_VALUE_LEFT, low:high], _NEVER_REACHED)
    set_row(whole[INTENT, low:high], np.int16(-1))
    set_row(whole[TENURE, low:high], np.int16(-NEVER))


@inline()
def close_holes(work, s, first, last):
    """Move the rightmost accounts of a segment to the columns `work.leavers[first:last]`, which nobody has taken."""
    # leavers stand in ascending order, so the last hole is the rightmost
    for hole in range(last - 1, first - 1, -1):
        work.count[s] -= 1
        rightmost = work.offset[s] + work.count[s]
        i = np.int64(work.leavers[hole])
        if i != rightmost:
            move(work.reals, work.whole, work.ids, rightmost, i)
            work.leavers[hole] = rightmost
    empty(work.reals, work.whole, work.leavers[first:last])
