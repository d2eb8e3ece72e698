"""The loop over paths: a path is one arm under one draw and one replicate. One kernel, called without the GIL."""

from __future__ import annotations

import numpy as np

from churnsim.engine import ledger
from churnsim.engine.accounts import BIAS, FRAILTY, NEVER, delivery_months
from churnsim.engine.acquisition import reopen, treated
from churnsim.engine.advocacy import remember_leavers, voices
from churnsim.engine.arrivals import draw_arrivals_ahead
from churnsim.engine.entry import empty_behind
from churnsim.engine.health import set_biases
from churnsim.engine.history import open_book
from churnsim.engine.jit import entry, inline, spliced
from churnsim.engine.keys import path_key
from churnsim.engine.market import draw_market
from churnsim.engine.month import run_month
from churnsim.engine.team import assign, inherits_owners, open_team
from churnsim.engine.vectors import LANES, copy
from churnsim.engine.workspace import TILE

DONE = 0
NO_ROOM = 1
NOT_FINITE = 2
STOPPED = 3


@inline()
def open_optional(tables, work, a, d, s, low, high, key):
    """Set what the optional mechanisms remember of one segment at the end of month 0."""
    work.back_head[s, :] = -1
    work.back_count[0] = 0
    set_biases(tables.segment[a, d, s], work.reals[BIAS, low:high], work.reals[FRAILTY, low:high])
    for p in range(tables.play.shape[2]):
        if tables.play[a, d, p].random_share != tables.play[0, d, p].random_share:
            last = work.whole[delivery_months(tables, work.whole) + p]
            for i in range(low, high):
                if not treated(tables, a, d, p, work.ids[i], key):
                    last[i] = NEVER
                elif last[i] == NEVER:
                    last[i] = -NEVER


@inline()
def open_path(tables, work, a, d, key, flows, cohorts):
    """Set the state of one arm at the end of month 0 from the book's shared start."""
    work.opened[0] = work.noted[0]
    for s in range(work.count.shape[0]):
        low = work.offset[s]
        n = tables.book.first[s + 1] - tables.book.first[s]
        high = low + n
        work.count[s] = n
        if work.keeps_start[0]:
            for row in range(work.reals.shape[0]):
                copy(work.start_reals[row, low:high], work.reals[row, low:high])
            for row in range(work.whole.shape[0]):
                copy(work.start_whole[row, low:high], work.whole[row, low:high])
            copy(work.start_ids[low:high], work.ids[low:high])
        # behind the book stand accounts of another path
        work.reach[s] = max(work.reach[s], high + LANES)
        empty_behind(work.reals, work.whole, high, work.reach[s])
        if tables.reopens[a, d, s]:
            reopen(tables, a, d, s, work.reals, work.whole, work.ids, low, high, key)
        ledger.open_year(cohorts[0, s], work.reals, low, high)
        work.recent_leavers[s] = 0.0
        work.detractors[s] = 0
        for first in range(low, high, TILE):
            _, _, detractors = voices(tables, work, a, d, s, first, min(first + TILE, high))
            work.detractors[s] += detractors
        remember_leavers(tables, work, a, d, s, 0)
        if tables.extra[0] == 1:
            open_optional(tables, work, a, d, s, low, high, key)
    for t in range(tables.team.shape[2]):
        open_team(work, t, tables.posts[a, t, 0], tables.team_key[t], key)
        if not inherits_owners(tables, a, d, t):
            assign(tables, work, a, t, tables.posts[a, t, 0], key)


@spliced()
def run_path(tables, work, a, d, key, market_key, flows, churn, teams, plays, cohorts, stop):
    """Run all months of one arm; return (status, month)."""
    open_path(tables, work, a, d, key, flows, cohorts)
    market = tables.market[a, d]
    draw_market(work.market, market.volatility, market.persistence, market_key)
    months = flows.shape[0]
    for month in range(1, months + 1):
        flow = flows[month - 1]
        if stop[0] != 0:
            return STOPPED, month
        if not draw_arrivals_ahead(tables, work, a, d, month, key):
            return NO_ROOM, month
        for s in range(work.count.shape[0]):
            low = work.offset[s]
            if month == 1:
                flow[s, ledger.ARR_OPENING] = cohorts[0, s, ledger.COHORT_ARR_OPENING]
            else:
                flow[s, ledger.ARR_OPENING] = flows[month - 2, s, ledger.ARR_CLOSING]
            flow[s, ledger.ACCOUNTS_OPENING] = work.count[s]
        year = min((month - 1) // 12, cohorts.shape[0] - 1)
        fits = run_month(
            tables, work, a, d, month, key, flow, churn[month - 1], teams[month - 1], plays[month - 1], cohorts[year]
        )
        if not fits:
            return NO_ROOM, month
        for s in range(work.count.shape[0]):
            # an account that is spoilt may leave in the same month
            seen = flow[s, ledger.ARR_CLOSING] + flow[s, ledger.HEALTH_SUM] + churn[month - 1, s].sum()
            if not np.isfinite(seen):
                return NOT_FINITE, month
            if month % 12 == 0 and month // 12 < cohorts.shape[0]:
                low = work.offset[s]
                ledger.open_year(cohorts[month // 12, s], work.reals, low, low + work.count[s])
    return DONE, 0


@entry
def run_paths(tables, work, seed, d, draw, replicates, flows, churn, teams, plays, cohorts, status, stop):
    """Run all arms for the given replicates of one draw.

    Parameters: `tables` and `work` are `Bundled`; `d` is the draw's place in the tables, `draw` the number that keys
    its luck; `replicates` (R, 2) int64 numbers of the customers' luck and of the market's. Ledgers have the leading
    axes (R, A) and must be zero; `status` (R, A, 2) int64 gets the outcome and its month. Stops early when a path finds
    no room, so that the caller can make more, or when `stop` (1,) int64 is set by another thread.
    """
    arms = tables.segment.shape[0]
    for r in range(replicates.shape[0]):
        key = path_key(seed, draw, replicates[r, 0])
        market_key = path_key(seed, draw, replicates[r, 1])
        open_book(tables, work, d, key)
        for a in range(arms):
            code, month = run_path(
                tables,
                work,
                a,
                d,
                key,
                market_key,
                flows[r, a],
                churn[r, a],
                teams[r, a],
                plays[r, a],
                cohorts[r, a],
                stop,
            )
            status[r, a, 0] = code
            status[r, a, 1] = month
            if code in (NO_ROOM, STOPPED):
                return
