"""Steps 8 to 10 of the month: the accounts with an event, one by one.

Passes over whole segments have used up the thresholds; here the few accounts whose clock fires, whose contract ends or
whose exit is due are found and dealt with in the model's order.
"""

from __future__ import annotations

import math

import numpy as np

from churnsim.engine import ledger as book
from churnsim.engine.accounts import (
    ADOPTION,
    ARR,
    CONTRACTION_LEFT,
    CROSS_SELL_LEFT,
    ENGAGEMENT,
    ENTRY_ARR,
    EXIT_KIND,
    EXIT_MONTH,
    GAP,
    INTENT,
    INTENT_LEFT,
    N_CONTRACTION,
    N_CROSS_SELL,
    N_INTENT,
    N_UPSELL,
    PRODUCTS,
    TO_RENEWAL,
    UPSELL_LEFT,
)
from churnsim.engine.arithmetic import exponential32
from churnsim.engine.clocks import CONTRACTION_LANE, MOST_FIRINGS, SPENT, UPSELL_LANE, fire
from churnsim.engine.contracts import renew, renew_all
from churnsim.engine.intent import root_cause, state_of
from churnsim.engine.jit import inline, jit
from churnsim.engine.journal import CONTRACTION, CROSS_SELL, EXIT, UPSELL, note
from churnsim.engine.journal import INTENT as INTENT_RECORD
from churnsim.engine.journal import RENEWAL as RENEWAL_RECORD
from churnsim.engine.keys import CROSS_SELL as CROSS_SELL_PURPOSE
from churnsim.engine.keys import ROOT_CAUSE, block, uniform
from churnsim.engine.tables import NO_LIMIT
from churnsim.engine.win_back import schedule_return
from churnsim.engine.workspace import collect, lanes

_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)
EVENT = np.int32(1)
RENEWAL = np.int32(2)


@jit()
def flag_clocks(flag, intent_left, upsell_left, contraction_left):
    """flag = 1 where a clock fires."""
    for i in range(flag.shape[0]):
        fires = (intent_left[i] <= _ZERO) | (upsell_left[i] <= _ZERO) | (contraction_left[i] <= _ZERO)
        flag[i] = np.int32(1) if fires else np.int32(0)


@jit()
def flag_dates(flag, to_renewal, exit_month, intent, month):
    """flag = EVENT where a clock fires, an exit is due or a contract ends with intent; RENEWAL where one goes on."""
    for i in range(flag.shape[0]):
        ends = to_renewal[i] == 1
        event = (flag[i] != 0) | (exit_month[i] <= month) | (ends & (intent[i] >= 0))
        renewal = RENEWAL if ends else np.int32(0)
        flag[i] = EVENT if event else renewal


@inline()
def spoil(reals, i, clock):
    """Pass the NaN of a clock on to the account's ARR, where the month's check finds it."""
    if math.isnan(reals[clock, i]):
        reals[ARR, i] = np.nan


@jit()
def flag_cross_sell(flag, left, products, most):
    """Set flags where a cross-sell is due."""
    for i in range(flag.shape[0]):
        flag[i] |= np.int32((left[i] <= _ZERO) & (products[i] < most))


@inline()
def push(tables, seg, reals, i):
    """A sale to an account of low health raises what it expects."""
    if seg.pushy_gap > _ZERO:
        health = seg.adoption_weight * reals[ADOPTION, i] + (_ONE - seg.adoption_weight) * reals[ENGAGEMENT, i]
        if health < seg.pushy_below_health:
            reals[GAP, i] += seg.pushy_gap


@jit()
def upsell(tables, work, a, d, s, i, month, key, flow):
    """Every upsell that is due, each up to the account's wallet."""
    seg = tables.segment[a, d, s]
    reals, whole, who = work.reals, work.whole, work.ids[i]
    before = whole[N_UPSELL, i]
    reals[UPSELL_LEFT, i], whole[N_UPSELL, i] = fire(reals[UPSELL_LEFT, i], before, key, who, UPSELL_LANE)
    spoil(reals, i, UPSELL_LEFT)
    for _ in range(whole[N_UPSELL, i] - before):
        arr = reals[ARR, i]
        more = arr + arr * seg.upsell_fraction
        if seg.wallet_multiple < NO_LIMIT:
            more = min(more, max(seg.wallet_multiple * reals[ENTRY_ARR, i], arr))
        reals[ARR, i] = more
        flow[book.ARR_UPSELL] += np.float64(more) - np.float64(arr)
        flow[book.UPSELLS] += 1.0
        push(tables, seg, reals, i)
        note(work, month, UPSELL, who, 0, reals[ARR, i])


@jit()
def cross_sell(tables, work, a, d, s, i, month, key, flow):
    """Every cross-sell that is due, until the account has all products."""
    seg = tables.segment[a, d, s]
    reals, whole, who = work.reals, work.whole, work.ids[i]
    limit = whole[N_CROSS_SELL, i] + MOST_FIRINGS
    while reals[CROSS_SELL_LEFT, i] <= _ZERO and whole[PRODUCTS, i] < seg.most_products:
        if whole[N_CROSS_SELL, i] >= limit:
            reals[ARR, i] = np.nan
            return
        whole[N_CROSS_SELL, i] += 1
        next_one = exponential32(block(key, who, CROSS_SELL_PURPOSE, whole[N_CROSS_SELL, i])[0])
        whole[PRODUCTS, i] += 1
        reals[CROSS_SELL_LEFT, i] += next_one
        if whole[PRODUCTS, i] >= seg.most_products:
            reals[CROSS_SELL_LEFT, i] = next_one
        arr = reals[ARR, i]
        reals[ARR, i] = arr + arr * seg.cross_sell_fraction
        flow[book.ARR_CROSS_SELL] += np.float64(reals[ARR, i]) - np.float64(arr)
        flow[book.CROSS_SELLS] += 1.0
        push(tables, seg, reals, i)
        note(work, month, CROSS_SELL, who, 0, reals[ARR, i])


@jit()
def contract(tables, work, a, d, s, i, month, key, flow):
    """Every contraction that is due."""
    seg = tables.segment[a, d, s]
    reals, whole, who = work.reals, work.whole, work.ids[i]
    before = whole[N_CONTRACTION, i]
    reals[CONTRACTION_LEFT, i], whole[N_CONTRACTION, i] = fire(
        reals[CONTRACTION_LEFT, i], before, key, who, CONTRACTION_LANE
    )
    spoil(reals, i, CONTRACTION_LEFT)
    for _ in range(whole[N_CONTRACTION, i] - before):
        arr = reals[ARR, i]
        reals[ARR, i] = arr - arr * seg.contraction_fraction
        flow[book.ARR_CONTRACTION] += np.float64(arr) - np.float64(reals[ARR, i])
        flow[book.CONTRACTIONS] += 1.0
        note(work, month, CONTRACTION, who, 0, reals[ARR, i])


@inline()
def settle_account(tables, work, a, d, s, i, month, key, flow):
    """Events of one account in the model's order; return the cause of its exit, or -1."""
    seg = tables.segment[a, d, s]
    reals, whole, who = work.reals, work.whole, work.ids[i]
    causes = tables.cause[a, d, s]
    if whole[EXIT_MONTH, i] <= month:
        return causes.shape[0] + whole[EXIT_KIND, i]
    if reals[INTENT_LEFT, i] <= _ZERO:
        words = block(key, who, ROOT_CAUSE, whole[N_INTENT, i])
        state = state_of(tables, seg, reals, whole, i)
        whole[INTENT, i] = root_cause(causes, state, uniform(words[0]))
        whole[N_INTENT, i] += 1
        reals[INTENT_LEFT, i] = SPENT
        note(work, month, INTENT_RECORD, who, whole[INTENT, i], 0.0)
    if reals[UPSELL_LEFT, i] <= _ZERO:
        upsell(tables, work, a, d, s, i, month, key, flow)
    if seg.cross_sell_rate > _ZERO:
        cross_sell(tables, work, a, d, s, i, month, key, flow)
    if reals[CONTRACTION_LEFT, i] <= _ZERO:
        contract(tables, work, a, d, s, i, month, key, flow)
    if whole[TO_RENEWAL, i] == 1:
        if whole[INTENT, i] >= 0:
            return whole[INTENT, i]
        flow[book.ARR_PRICE] += renew(reals, whole, i, tables.terms, tables.scrutiny[a, d, s], seg.price_uplift)
        note(work, month, RENEWAL_RECORD, who, 0, reals[ARR, i])
    return -1


@inline()
def settle(tables, work, a, d, s, month, key, flow, churn):
    """Steps 8 to 10 for the accounts with an event; return how many left, their columns in `leavers`, -1: no room."""
    low, high = lanes(work, s)
    reals, whole = work.reals, work.whole
    seg = tables.segment[a, d, s]
    flag = work.flag[low:high]
    flag_clocks(flag, reals[INTENT_LEFT, low:high], reals[UPSELL_LEFT, low:high], reals[CONTRACTION_LEFT, low:high])
    if seg.cross_sell_rate > _ZERO:
        flag_cross_sell(flag, reals[CROSS_SELL_LEFT, low:high], whole[PRODUCTS, low:high], seg.most_products)
    flag_dates(flag, whole[TO_RENEWAL, low:high], whole[EXIT_MONTH, low:high], whole[INTENT, low:high], np.int32(month))
    flag = work.flag[low : low + work.count[s]]
    # most contracts end without any other event: they are renewed in a loop of their own
    n = collect(flag, work.chosen, low, RENEWAL)
    renewed = work.chosen[:n]
    flow[book.ARR_PRICE] += renew_all(reals, whole, renewed, tables.terms, tables.scrutiny[a, d, s], seg.price_uplift)
    if work.journal.shape[0] > 0:
        for c in range(n):
            note(work, month, RENEWAL_RECORD, work.ids[renewed[c]], 0, reals[ARR, renewed[c]])
    n = collect(flag, work.chosen, low, EVENT)
    gone = 0
    for c in range(n):
        i = work.chosen[c]
        cause = settle_account(tables, work, a, d, s, i, month, key, flow)
        if cause >= 0:
            churn[cause, 0] += np.float64(reals[ARR, i])
            churn[cause, 1] += 1.0
            work.leavers[gone] = i
            gone += 1
            note(work, month, EXIT, work.ids[i], cause, reals[ARR, i])
            if cause != tables.cause.shape[3] and not schedule_return(tables, work, a, d, s, i, month, key):
                return -1
    return gone
