"""Step 7 of the month: triggers, demand, allocation, deliveries.

Digital plays go first and reach all who are eligible; then each team serves its own by priority, for as many hours as
it has (scenario/allocation.py).
"""

from __future__ import annotations

import numpy as np

from churnsim.engine import ledger as book
from churnsim.engine.accounts import FIRST_VALUE, TENURE, TO_RENEWAL
from churnsim.engine.allocation import select, write_keys
from churnsim.engine.jit import inline, jit
from churnsim.engine.playbooks import deliver, draw_luck, match, write_stages
from churnsim.engine.workspace import collect, lanes

_ONE = np.float32(1.0)


@inline()
def segment_of(work, i):
    """Segment of a column."""
    s = 0
    while i >= work.offset[s + 1]:
        s += 1
    return s


@jit()
def serve(tables, work, a, d, n, columns, kinds, share, month, key, flows, plays):
    """Deliver the plays `kinds` to the first `n` of `columns`, each at `share` of its strength, and write them down."""
    first_row = work.whole.shape[0] - 2 * tables.play.shape[2]
    success, rescue = work.success[:n], work.rescue[:n]
    draw_luck(success, rescue, columns, kinds, work.whole[first_row:], work.ids, tables.play_key, key)
    for c in range(n):
        i, p = columns[c], kinds[c]
        s = segment_of(work, i)
        won = deliver(tables, work, a, d, s, i, p, success[c], rescue[c], share, month, key)
        plays[p, book.DELIVERED] += 1.0
        plays[p, book.SUCCEEDED] += won
        flows[s, book.PLAY_COST] += tables.play[a, d, p].cost


@jit()
def order_by_play(served, n, plays, t, columns, kinds):
    """Write the first `n` of the served (2, n) to `columns` and `kinds` in the order of the playbooks of team `t`.

    An account that gets several plays in a month gets them in this order, however it was selected.
    """
    k = 0
    for p in range(plays.shape[0]):
        if plays[p].team == t:
            for c in range(n):
                columns[k], kinds[k] = served[0, c], p
                k += np.int64(served[1, c] == p)


@inline()
def eligible(tables, work, a, d, p, s, month, columns):
    """Write the columns of segment `s` that are eligible for play `p` to `columns`; return how many."""
    low, high = lanes(work, s)
    last_row = work.whole.shape[0] - tables.play.shape[2] + p
    match(
        work.flag[low:high],
        work.stage[low:high],
        work.reals,
        work.whole,
        low,
        high,
        tables.play[a, d, p],
        p,
        last_row,
        month,
    )
    return collect(work.flag[low : low + work.count[s]], columns, low, np.int32(1))


@inline()
def find_stages(tables, work, a, d):
    """Step 7, first: the stage of every account, which no play changes within the month."""
    whole = work.whole
    for s in range(work.count.shape[0]):
        low, high = lanes(work, s)
        write_stages(
            work.stage[low:high],
            work.reals[FIRST_VALUE, low:high],
            whole[TENURE, low:high],
            whole[TO_RENEWAL, low:high],
            tables.segment[a, d, s].window,
        )


@inline()
def play_digital(tables, work, a, d, p, month, key, flows, plays):
    """Step 7, digital: the play reaches all who are eligible."""
    for s in range(work.count.shape[0]):
        if tables.covers[a, p, s]:
            n = eligible(tables, work, a, d, p, s, month, work.chosen)
            work.candidate_play[:n] = p
            serve(tables, work, a, d, n, work.chosen, work.candidate_play, _ONE, month, key, flows, plays)
            plays[p, book.DEMANDED] += n


@inline()
def gather_candidates(tables, work, a, d, t, month, plays):
    """Step 7, demand on a team: append its eligible plays; return how many, their runs by play and segment, seconds."""
    n = 0
    groups = 0
    demand = np.int64(0)
    for p in range(tables.play.shape[2]):
        play = tables.play[a, d, p]
        if play.team != t:
            continue
        before = n
        for s in range(work.count.shape[0]):
            if tables.covers[a, p, s]:
                n += eligible(tables, work, a, d, p, s, month, work.candidate[n:])
                work.group[groups, 0] = p
                work.group[groups, 1] = s
                work.group[groups, 2] = n
                groups += 1
        work.candidate_play[before:n] = p
        demand += (n - before) * play.seconds
        plays[p, book.DEMANDED] += n - before
    return n, groups, demand


@inline()
def play_team(tables, work, a, d, t, available, month, key, flows, teams, plays):
    """Step 7, a team: demand, allocation, deliveries."""
    n, groups, demand = gather_candidates(tables, work, a, d, t, month, plays)
    teams[t, book.HOURS_DEMANDED] = demand / 3600.0
    if available <= 0 or n == 0:
        return
    columns, kinds = work.candidate, work.candidate_play
    left = available - demand
    share = _ONE
    if demand > available and tables.dilutes[a]:
        share = np.float32(available / demand)
        left = np.int64(0)
    elif demand > available:
        first = 0
        for group in range(groups):
            p, s, last = work.group[group, 0], work.group[group, 1], work.group[group, 2]
            write_keys(
                work.candidate_key[first:last],
                columns[first:last],
                tables.priority[a, p, s],
                tables.arr_exponent[a],
                tables.play[a, d, p].seconds,
                tables.renewal_bin,
                tables.touch_bin,
                work.stage,
                work.reals,
                work.whole,
            )
            first = last
        n, left = select(
            columns,
            kinds,
            work.candidate_key,
            n,
            tables.play[a, d],
            available,
            work.histogram,
            work.edge,
            work.edge_key,
            work.ids,
            tables.play_key,
            month,
            key,
            work.served,
        )
        order_by_play(work.served, n, tables.play[a, d], t, columns, kinds)
    teams[t, book.HOURS_DELIVERED] = (available - left) / 3600.0
    serve(tables, work, a, d, n, columns, kinds, share, month, key, flows, plays)
