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
    ENGAGEMENT,
    EXIT_KIND,
    EXIT_MONTH,
    FIRST_VALUE,
    INTENT,
    INTENT_LEFT,
    N_CONTRACTION,
    N_INTENT,
    N_UPSELL,
    TO_RENEWAL,
    UPLIFT,
    UPSELL_LEFT,
)
from churnsim.engine.clocks import CONTRACTION_LANE, SPENT, UPSELL_LANE, fire
from churnsim.engine.contracts import renew, renew_all
from churnsim.engine.intent import root_cause
from churnsim.engine.jit import inline, jit
from churnsim.engine.keys import ROOT_CAUSE, block, uniform
from churnsim.engine.playbooks import collect
from churnsim.engine.workspace import lanes

_ZERO = np.float32(0.0)
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


@inline()
def settle_account(tables, a, d, s, reals, whole, i, who, month, key, flow):
    """Events of one account in the model's order; return the cause of its exit, or -1."""
    seg = tables.segment[a, d, s]
    causes = tables.cause[a, d, s]
    if whole[EXIT_MONTH, i] <= month:
        return causes.shape[0] + whole[EXIT_KIND, i]
    if reals[INTENT_LEFT, i] <= _ZERO:
        words = block(key, who, ROOT_CAUSE, whole[N_INTENT, i])
        whole[INTENT, i] = root_cause(
            causes, reals[ADOPTION, i], reals[ENGAGEMENT, i], reals[FIRST_VALUE, i], reals[UPLIFT, i], uniform(words[0])
        )
        whole[N_INTENT, i] += 1
        reals[INTENT_LEFT, i] = SPENT
    if reals[UPSELL_LEFT, i] <= _ZERO:
        before = whole[N_UPSELL, i]
        reals[UPSELL_LEFT, i], whole[N_UPSELL, i] = fire(reals[UPSELL_LEFT, i], before, key, who, UPSELL_LANE)
        spoil(reals, i, UPSELL_LEFT)
        for _ in range(whole[N_UPSELL, i] - before):
            arr = reals[ARR, i]
            reals[ARR, i] = arr + arr * seg.upsell_fraction
            flow[book.ARR_UPSELL] += np.float64(reals[ARR, i]) - np.float64(arr)
            flow[book.UPSELLS] += 1.0
    if reals[CONTRACTION_LEFT, i] <= _ZERO:
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
    if whole[TO_RENEWAL, i] == 1:
        if whole[INTENT, i] >= 0:
            return whole[INTENT, i]
        flow[book.ARR_PRICE] += renew(reals, whole, i, tables.terms, tables.scrutiny[a, d, s], seg.price_uplift)
    return -1


@inline()
def settle(tables, work, a, d, s, month, key, flow, churn):
    """Steps 8 to 10 for the accounts with an event; return how many left, their columns in `leavers`."""
    low, high = lanes(work, s)
    reals, whole = work.reals, work.whole
    flag = work.flag[low:high]
    flag_clocks(flag, reals[INTENT_LEFT, low:high], reals[UPSELL_LEFT, low:high], reals[CONTRACTION_LEFT, low:high])
    flag_dates(flag, whole[TO_RENEWAL, low:high], whole[EXIT_MONTH, low:high], whole[INTENT, low:high], np.int32(month))
    flag = work.flag[low : low + work.count[s]]
    # most contracts end without any other event: they are renewed in a loop of their own
    n = collect(flag, work.chosen, low, RENEWAL)
    uplift = tables.segment[a, d, s].price_uplift
    flow[book.ARR_PRICE] += renew_all(reals, whole, work.chosen[:n], tables.terms, tables.scrutiny[a, d, s], uplift)
    n = collect(flag, work.chosen, low, EVENT)
    gone = 0
    for c in range(n):
        i = work.chosen[c]
        cause = settle_account(tables, a, d, s, reals, whole, i, work.ids[i], month, key, flow)
        if cause >= 0:
            churn[cause, 0] += np.float64(reals[ARR, i])
            churn[cause, 1] += 1.0
            work.leavers[gone] = i
            gone += 1
    return gone
