"""Step 7 of the month: triggers, demand, allocation, deliveries.

Digital plays go first and reach all who are eligible; then each team serves its own by priority, for as many hours as
it has (scenario/allocation.py). Deliveries come in groups of one play to one segment, in the order of the playbooks: an
account that gets several plays in a month gets them in this order, however it was selected.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine import ledger as book
from churnsim.engine.accounts import ARR, FIRST_VALUE, SCORE, SINCE_TOUCH, TENURE, TO_RENEWAL
from churnsim.engine.allocation import column_of, group_of, select, write_cells, write_keys
from churnsim.engine.jit import inline, jit
from churnsim.engine.playbooks import deliver, match, write_stages
from churnsim.engine.workspace import flagged, lanes

_ONE = np.float32(1.0)


@jit()
def serve(tables, work, a, d, p, s, columns, share, month, key, flows, plays):
    """Deliver play `p` to the accounts `columns` of segment `s`, each at `share` of its strength; write it down."""
    n = columns.shape[0]
    if n == 0:
        return
    plays[p, book.SUCCEEDED] += deliver(tables, work, a, d, p, s, columns, share, month, key)
    plays[p, book.DELIVERED] += n
    flows[s, book.PLAY_COST] += n * tables.play[a, d, p].cost


@jit()
def sort_by_group(served, n, groups, columns, group):
    """Write the columns of the first `n` of `served` to `columns` group by group, and where each ends to `group`."""
    group[:groups, 2] = 0
    for c in range(n):
        group[group_of(served[c]), 2] += 1
    first = 0
    for g in range(groups):
        count = group[g, 2]
        group[g, 2] = first
        first += count
    for c in range(n):
        g = group_of(served[c])
        columns[group[g, 2]] = np.int32(column_of(served[c]))
        group[g, 2] += 1


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
    return flagged(work, s, np.int32(1), columns)


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
            serve(tables, work, a, d, p, s, work.chosen[:n], _ONE, month, key, flows, plays)
            plays[p, book.DEMANDED] += n


@inline()
def gather_candidates(tables, work, a, d, t, month, plays):
    """Step 7, demand on a team: list who is eligible for its plays; return how many, their groups, their seconds."""
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
                work.group_seconds[groups] = play.seconds
                work.group_key[groups] = tables.play_key[p]
                groups += 1
        demand += (n - before) * play.seconds
        plays[p, book.DEMANDED] += n - before
    return n, groups, demand


@inline()
def choose(tables, work, a, n, groups, available, month, key):
    """Step 7, short hours: keep the candidates of the highest priorities; return the seconds left."""
    reals, whole = work.reals, work.whole
    for s in range(work.count.shape[0]):
        low, high = lanes(work, s)
        write_cells(
            work.cell[low:high],
            reals[SCORE, low:high],
            work.stage[low:high],
            whole[TO_RENEWAL, low:high],
            whole[SINCE_TOUCH, low:high],
            tables.renewal_bin,
            tables.touch_bin,
        )
    first = 0
    for g in range(groups):
        p, s, last = work.group[g, 0], work.group[g, 1], work.group[g, 2]
        write_keys(
            work.pick[first:last],
            work.pick_key[first:last],
            work.candidate[first:last],
            g,
            tables.priority[a, p, s],
            tables.arr_exponent[a],
            work.group_seconds[g],
            work.cell,
            reals[ARR],
        )
        first = last
    n, left = select(
        work.pick,
        work.pick_key,
        n,
        work.group_seconds[:groups],
        work.group_key,
        available,
        work.histogram,
        work.edge,
        work.edge_key,
        work.ids,
        month,
        key,
        work.served,
    )
    sort_by_group(work.served, n, groups, work.candidate, work.group)
    return left


@inline()
def play_team(tables, work, a, d, t, available, month, key, flows, teams, plays):
    """Step 7, a team: demand, allocation, deliveries."""
    n, groups, demand = gather_candidates(tables, work, a, d, t, month, plays)
    teams[t, book.HOURS_DEMANDED] = demand / 3600.0
    if available <= 0 or n == 0:
        return
    left = available - demand
    share = _ONE
    if demand > available and tables.dilutes[a]:
        share = np.float32(available / demand)
        left = np.int64(0)
    elif demand > available:
        left = choose(tables, work, a, n, groups, available, month, key)
    teams[t, book.HOURS_DELIVERED] = (available - left) / 3600.0
    first = 0
    for g in range(groups):
        p, s, last = work.group[g, 0], work.group[g, 1], work.group[g, 2]
        serve(tables, work, a, d, p, s, work.candidate[first:last], share, month, key, flows, plays)
        first = last
