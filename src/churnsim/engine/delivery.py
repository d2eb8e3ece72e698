"""Step 7 of the month: triggers, demand, allocation, deliveries.

Digital plays go first and reach all who are eligible; then each team serves its own by priority, for as many hours as
it has (scenario/allocation.py). Deliveries come in groups of one play to one segment, in the order of the playbooks: an
account that gets several plays in a month gets them in this order, however it was selected.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine import ledger as book
from churnsim.engine.accounts import ARR, FIRST_VALUE_LEFT, SCORE, SINCE_TOUCH, TENURE, TO_RENEWAL, delivery_months
from churnsim.engine.allocation import FIRST, LAST, PLAY, SEGMENT, SERVED, select, write_cells, write_keys
from churnsim.engine.jit import apart, inline
from churnsim.engine.playbooks import deliver, match, write_stages
from churnsim.engine.workspace import AT_ONCE, flagged, padded, span

_ONE = np.float32(1.0)


@apart()
def serve(tables, work, a, d, p, s, columns, share, month, key, flows, plays):
    """Deliver play `p` to the accounts `columns` of segment `s`, each at `share` of its strength; write it down."""
    n = columns.shape[0]
    if n == 0:
        return
    plays[p, book.SUCCEEDED] += deliver(tables, work, a, d, p, s, columns, share, month, key)
    plays[p, book.DELIVERED] += n
    flows[s, book.PLAY_COST] += n * tables.play[a, d, p].cost


@inline()
def eligible(tables, work, a, d, p, low, high, month, columns):
    """Write those of the columns [low, high) that are eligible for play `p` to `columns`; return how many."""
    end = padded(low, high)
    last_row = delivery_months(tables, work.whole) + p
    match(
        work.flag[: end - low],
        work.stage[low:end],
        work.reals,
        work.whole,
        low,
        end,
        tables.play[a, d, p],
        last_row,
        month,
    )
    return flagged(work, low, high, np.int32(1), columns)


@inline()
def find_stages(tables, work, a, d, s, low, high):
    """Step 7, first: the stages of the accounts [low, high), which no play changes within the month."""
    whole, end = work.whole, padded(low, high)
    write_stages(
        work.stage[low:end],
        work.reals[FIRST_VALUE_LEFT, low:end],
        whole[TENURE, low:end],
        whole[TO_RENEWAL, low:end],
        tables.segment[a, d, s].window,
    )


@inline()
def play_digital(tables, work, a, d, p, s, low, high, month, key, flows, plays):
    """Step 7, digital: the play reaches all of the accounts [low, high) that are eligible."""
    n = eligible(tables, work, a, d, p, low, high, month, work.chosen)
    serve(tables, work, a, d, p, s, work.chosen[:n], _ONE, month, key, flows, plays)
    plays[p, book.DEMANDED] += n


@inline()
def open_groups(tables, work, a, d, t):
    """Groups of one play of team `t` to one segment, each with columns of its own in `work.candidate`; how many."""
    group = work.group
    groups = 0
    for p in range(tables.play.shape[2]):
        play = tables.play[a, d, p]
        if play.team != t:
            continue
        for s in range(work.count.shape[0]):
            if tables.covers[a, p, s]:
                group[groups, PLAY] = p
                group[groups, SEGMENT] = s
                group[groups, FIRST] = group[groups, LAST] = p * work.ids.shape[0] + work.offset[s]
                work.group_seconds[groups] = play.seconds
                work.group_key[groups] = tables.play_key[p]
                groups += 1
    return groups


@inline()
def list_candidates(tables, work, a, d, s, groups, low, high, month):
    """Step 7, demand on a team: append those of the accounts [low, high) who are eligible for its plays."""
    group = work.group
    for g in range(groups):
        if group[g, SEGMENT] == s:
            columns = work.candidate[group[g, LAST] :]
            group[g, LAST] += eligible(tables, work, a, d, group[g, PLAY], low, high, month, columns)


@inline()
def demanded(work, groups, plays):
    """Candidates of all groups, and their seconds."""
    group = work.group
    n = 0
    seconds = np.int64(0)
    for g in range(groups):
        found = group[g, LAST] - group[g, FIRST]
        plays[group[g, PLAY], book.DEMANDED] += found
        seconds += found * work.group_seconds[g]
        n += found
    return n, seconds


@inline()
def choose(tables, work, a, groups, available, month, key):
    """Step 7, short hours: keep the candidates of the highest priorities; return the seconds left."""
    reals, whole = work.reals, work.whole
    for s in range(work.count.shape[0]):
        low, high = span(work, s)
        end = padded(low, high)
        write_cells(
            work.stage[low:end],
            reals[SCORE, low:end],
            whole[TO_RENEWAL, low:end],
            whole[SINCE_TOUCH, low:end],
            tables.renewal_bin,
            tables.touch_bin,
        )
    for g in range(groups):
        end = work.group[g, LAST]
        for first in range(work.group[g, FIRST], end, AT_ONCE):
            last = min(first + AT_ONCE, end)
            write_keys(
                work.key[first:last],
                work.candidate[first:last],
                tables.priority[a, work.group[g, PLAY], work.group[g, SEGMENT]],
                tables.arr_exponent[a],
                work.group_seconds[g],
                work.stage,
                reals[ARR],
                work.base,
            )
    return select(
        work.candidate,
        work.key,
        work.group,
        work.group_seconds[:groups],
        work.group_key,
        available,
        work.histogram,
        work.pick,
        work.pick_key,
        work.edge,
        work.edge_key,
        work.taken,
        work.some,
        work.spare,
        work.ids,
        month,
        key,
        work.served,
    )


@inline()
def play_team(tables, work, a, d, t, groups, available, month, key, flows, teams, plays):
    """Step 7, a team with its groups of candidates: demand, allocation, deliveries."""
    n, demand = demanded(work, groups, plays)
    teams[t, book.HOURS_DEMANDED] = demand / 3600.0
    if available <= 0 or n == 0:
        return
    left = available - demand
    share = _ONE
    columns, end = work.candidate, LAST
    if demand > available and tables.dilutes[a]:
        share = np.float32(available / demand)
        left = np.int64(0)
    elif demand > available:
        left = choose(tables, work, a, groups, available, month, key)
        columns, end = work.served, SERVED
    teams[t, book.HOURS_DELIVERED] = (available - left) / 3600.0
    for g in range(groups):
        last = work.group[g, end]
        for first in range(work.group[g, FIRST], last, AT_ONCE):
            some = columns[first : min(first + AT_ONCE, last)]
            p, s = work.group[g, PLAY], work.group[g, SEGMENT]
            serve(tables, work, a, d, p, s, some, share, month, key, flows, plays)
