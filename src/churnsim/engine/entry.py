"""Step 1's newcomers take their places. Equations and sources: scenario/acquisition.py."""

from __future__ import annotations

import numpy as np

from churnsim.engine import ledger as book
from churnsim.engine.accounts import ARR, NOISE, move, owners
from churnsim.engine.acquisition import FRESH_NOISE, clear, cohort_factor, enter, write_optional
from churnsim.engine.arrivals import list_arrivals
from churnsim.engine.jit import inline
from churnsim.engine.journal import ENTRY, note
from churnsim.engine.team import own, owned
from churnsim.engine.vectors import LANES
from churnsim.engine.win_back import settle_return


@inline()
def welcome(tables, work, a, d, s, month, key, flow, gone):
    """Step 1's newcomers take the columns of leavers; holes that remain are closed from the right. False: no room."""
    reals, whole, fresh = work.reals, work.whole, work.fresh
    extra = tables.extra[0] == 1
    observes = tables.observes[0] == 1
    by_leads, new, coming = list_arrivals(tables, work, a, d, s, month, key, flow)
    if coming < 0:
        return False
    high = work.offset[s] + work.count[s]
    holes = min(coming, gone)
    if high + coming - holes > work.offset[s + 1] - LANES:
        return False
    work.count[s] += coming - holes
    for c in range(coming):
        work.newcomers[c] = work.arrival_id[work.coming[c]]
    for t in range(tables.team.shape[2]):
        if owned(tables, a, d, t, s):
            own(work, work.new_owner[t], work.newcomers[:coming], tables.team_key[t], work.funded[t], key)
    back = work.back_head[s, month]
    # those for whom nobody makes room stand behind the last account
    columns = work.leavers[:coming]
    for c in range(gone, coming):
        columns[c] = high + c - gone
    cohort = 1.0
    if coming > 0:
        clear(tables, reals, whole, columns)
        volatility = tables.segment[a, d, s].cohort_volatility
        cohort = cohort_factor(volatility, key, tables.segment_key[s], tables.quarter[month])
    for c in range(coming):
        i = np.int64(columns[c])
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
            for j in range(4):
                reals[NOISE + j, i] = fresh[FRESH_NOISE + j, column]
        for t in range(tables.team.shape[2]):
            if owned(tables, a, d, t, s):
                whole[owners(tables) + t, i] = work.new_owner[t, c]
        if c < new:
            flow[book.ARR_NEW] += np.float64(reals[ARR, i])
        else:
            flow[book.ARR_REACTIVATED] += np.float64(reals[ARR, i])
        note(work, month, ENTRY, who, 0 if c < by_leads else 1 if c < new else 2, reals[ARR, i])
    flow[book.ACCOUNTS_NEW] += new
    flow[book.ACCOUNTS_REACTIVATED] += coming - new
    # leavers stand in ascending order, so the last hole is the rightmost
    for hole in range(gone - 1, holes - 1, -1):
        last = work.offset[s] + work.count[s] - 1
        i = np.int64(work.leavers[hole])
        if i != last:
            move(reals, whole, work.ids, last, i)
        work.count[s] -= 1
    return True
