"""Win-back: when an account that left comes back. Equation and source: scenario/win_back.py.

The fading hazard answers to no state, so the month of return is known on the day of the exit. Those who will be back
wait in lists by segment and month.
"""

from __future__ import annotations

import math

import numpy as np

from churnsim.engine.accounts import ARR, ENTRY_ARR, FRAILTY, GAP, MISFIT, NEVER, PRODUCTS, ROOM
from churnsim.engine.acquisition import draw_clock
from churnsim.engine.jit import inline, jit
from churnsim.engine.keys import RETURN_SALT, WIN_BACK, combine
from churnsim.engine.vectors import whole_vectors


@jit()
def months_away(threshold, hazard, decay):
    """Least k with hazard (1 + decay + ... + decay^(k-1)) >= threshold, NEVER if there is none."""
    if decay >= 1.0:
        return max(np.int64(math.ceil(min(threshold / hazard, float(NEVER)))), 1)
    reach = 1.0 - threshold * (1.0 - decay) / hazard
    if reach <= 0.0:
        return np.int64(NEVER)
    return max(np.int64(math.ceil(math.log(reach) / math.log(decay))), 1)


@inline()
def draw_returns(work, columns, key):
    """Thresholds of the return of the accounts `columns`, to `work.drawn`."""
    who, ids = work.words[0], work.ids
    for c in range(columns.shape[0]):
        who[c] = ids[np.uint32(columns[c])]
    n = whole_vectors(columns.shape[0])
    draw_clock(work.drawn[:n], who[:n], key, WIN_BACK)


@inline()
def schedule_return(tables, work, a, d, s, i, threshold, month):
    """Let account `i`, which leaves in `month`, come back when its clock says so. False: no room."""
    seg = tables.segment[a, d, s]
    back = month + months_away(threshold, seg.win_back_hazard, seg.win_back_decay)
    if back >= work.back_head.shape[1] or back >= tables.closed_from[a]:
        return True
    n = work.back_count[0]
    if n >= work.back_next.shape[0]:
        return False
    work.back_count[0] = n + 1
    work.back_next[n] = work.back_head[s, back]
    work.back_head[s, back] = n
    work.back_who[n] = combine(work.ids[i], np.uint64(RETURN_SALT))
    work.back_state[0, n] = seg.win_back_share * work.reals[ARR, i]
    work.back_state[1, n] = work.reals[FRAILTY, i]
    work.back_state[2, n] = np.float32(work.whole[MISFIT, i])
    work.back_state[3, n] = work.reals[ROOM, i]
    work.back_state[4, n] = work.reals[GAP, i]
    work.back_products[n] = work.whole[PRODUCTS, i]
    return True


@inline()
def settle_return(work, i, n):
    """Give column `i`, which holds a newcomer, what the account that comes back has kept."""
    work.reals[ARR, i] = work.back_state[0, n]
    work.reals[ENTRY_ARR, i] = work.back_state[0, n]
    work.reals[FRAILTY, i] = work.back_state[1, n]
    work.whole[MISFIT, i] = np.int16(work.back_state[2, n])
    work.reals[ROOM, i] = work.back_state[3, n]
    work.reals[GAP, i] = work.back_state[4, n]
    work.whole[PRODUCTS, i] = work.back_products[n]
