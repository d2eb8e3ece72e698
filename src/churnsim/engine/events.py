"""Steps 8 to 10 of the month: what happens to the few accounts with an event.

Passes over whole segments have used up the thresholds; here accounts whose clock fires, whose contract ends or whose
exit is due are flagged, listed by kind of event and dealt with kind by kind, in the model's order: intent, upsell,
cross-sell, contraction, renewal, exit. An account whose immediate exit is due has no other event.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine import ledger as book
from churnsim.engine.accounts import (
    ADOPTION,
    ARR,
    CONTRACTION_LEFT,
    CROSS_SELL_LEFT,
    ENGAGEMENT,
    ENTRY_ARR,
    EXIT,
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
from churnsim.engine.clocks import CONTRACTION_LANE, SPENT, UPSELL_LANE, ask, fire
from churnsim.engine.contracts import raise_prices, renew_all
from churnsim.engine.health import health_of
from churnsim.engine.intent import root_cause, state_of
from churnsim.engine.jit import inline, jit
from churnsim.engine.journal import CONTRACTION, CROSS_SELL, RENEWAL, UPSELL, note
from churnsim.engine.journal import EXIT as EXIT_RECORD
from churnsim.engine.journal import INTENT as INTENT_RECORD
from churnsim.engine.keys import CLOCKS, ROOT_CAUSE, block, uniform
from churnsim.engine.keys import CROSS_SELL as CROSS_SELL_PURPOSE
from churnsim.engine.tables import NO_LIMIT
from churnsim.engine.vectors import list_marked, whole_vectors
from churnsim.engine.win_back import draw_returns, schedule_return
from churnsim.engine.workspace import flagged, padded

_ZERO = np.float32(0.0)
_ORDINAL = np.uint64(1)
# bits of the flags
_DECIDES = np.int32(1)
_BUYS_MORE = np.int32(2)
_BUYS_OTHER = np.int32(4)
_BUYS_LESS = np.int32(8)
_RENEWS = np.int32(16)
_LEAVES = np.int32(32)
_LEAVES_AT_ONCE = np.int32(64)
_ANY = np.int32(-1)


@inline()
def last_exit(month):
    """Greatest entry of the row of exits of one that is due by a month."""
    return np.int32(2 * month + 1)


@jit()
def flag_events(flag, intent_left, upsell_left, contraction_left, to_renewal, intent, exits, latest):
    """Flag the clocks that fire and the contracts that end, or the exit that is due: those up to `latest`.

    Where a contract ends the account leaves with intent, and without it begins the next one.
    """
    for i in range(flag.shape[0]):
        decides = intent_left[i] <= _ZERO
        fires = _DECIDES if decides else np.int32(0)
        fires |= _BUYS_MORE if upsell_left[i] <= _ZERO else np.int32(0)
        fires |= _BUYS_LESS if contraction_left[i] <= _ZERO else np.int32(0)
        then = _LEAVES if (intent[i] >= 0) | decides else _RENEWS
        fires |= then if to_renewal[i] == 1 else np.int32(0)
        flag[i] = _LEAVES_AT_ONCE if exits[i] <= latest else fires


@jit()
def flag_cross_sell(flag, left, products, most):
    """Flag a cross-sell that is due."""
    for i in range(flag.shape[0]):
        fires = (left[i] <= _ZERO) & (products[i] < most) & (flag[i] != _LEAVES_AT_ONCE)
        flag[i] |= _BUYS_OTHER if fires else np.int32(0)


@jit()
def squeeze(flag, columns, low):
    """Put the flags of the accounts `columns` side by side, in front."""
    for c in range(columns.shape[0]):
        flag[c] = flag[np.uint32(columns[c] - low)]


@jit()
def draw_causes(who, ordinal, key):
    """Replace each `who` by the word that decides on its root cause; `ordinal` counts from 1."""
    for c in range(who.shape[0]):
        who[c] = block(key, who[c], ROOT_CAUSE, ordinal[c] - _ORDINAL)[0]


@inline()
def decide(tables, work, a, d, s, low, columns, month, key):
    """Accounts decide to leave: each has a root cause, in proportion to the terms of its hazard.

    `low`: first column of the tile whose hazards stand in `work.hazard`.
    """
    seg = tables.segment[a, d, s]
    reals, whole = work.reals, work.whole
    causes = tables.cause[a, d, s]
    ask(work, columns, whole[N_INTENT])
    n = whole_vectors(columns.shape[0])
    draw_causes(work.words[0, :n], work.words[1, :n], key)
    for c in range(columns.shape[0]):
        i = columns[c]
        state = state_of(tables, seg, reals, whole, i)
        whole[INTENT, i] = root_cause(causes, state, uniform(work.words[0, c]) * np.float64(work.hazard[i - low]))
        whole[N_INTENT, i] += 1
        reals[INTENT_LEFT, i] = SPENT
        note(work, month, INTENT_RECORD, work.ids[i], whole[INTENT, i], 0.0)


@inline()
def push(seg, reals, i):
    """A sale to an account of low health raises what it expects."""
    if (
        seg.pushy_gap > _ZERO
        and health_of(reals[ADOPTION, i], reals[ENGAGEMENT, i], seg.adoption_weight) < seg.pushy_below_health
    ):
        reals[GAP, i] += seg.pushy_gap


@inline()
def upsell(tables, work, a, d, s, columns, month, key, flow):
    """Every upsell that is due, each up to the account's wallet."""
    seg = tables.segment[a, d, s]
    reals = work.reals
    left, number = reals[UPSELL_LEFT], work.whole[N_UPSELL]
    firings = 0
    while columns.shape[0] > 0:
        firings += 1
        for c in range(columns.shape[0]):
            i = np.uint32(columns[c])
            arr = reals[ARR, i]
            more = arr + arr * seg.upsell_fraction
            if seg.wallet_multiple < NO_LIMIT:
                more = min(more, max(seg.wallet_multiple * reals[ENTRY_ARR, i], arr))
            reals[ARR, i] = more
            flow[book.ARR_UPSELL] += np.float64(more) - np.float64(arr)
            push(seg, reals, i)
            note(work, month, UPSELL, work.ids[i], 0, more)
        flow[book.UPSELLS] += columns.shape[0]
        columns = columns[: fire(work, columns, left, number, firings, key, CLOCKS, UPSELL_LANE)]


@inline()
def cross_sell(tables, work, a, d, s, columns, month, key, flow):
    """Every cross-sell that is due, until the account has all products."""
    seg = tables.segment[a, d, s]
    reals, whole = work.reals, work.whole
    left = reals[CROSS_SELL_LEFT]
    firings = 0
    while columns.shape[0] > 0:
        firings += 1
        for c in range(columns.shape[0]):
            i = np.uint32(columns[c])
            whole[PRODUCTS, i] += np.int16(1)
            # with the last product the clock stands still: no overshoot carries
            left[i] = left[i] if whole[PRODUCTS, i] < seg.most_products else _ZERO
            arr = reals[ARR, i]
            reals[ARR, i] = arr + arr * seg.cross_sell_fraction
            flow[book.ARR_CROSS_SELL] += np.float64(reals[ARR, i]) - np.float64(arr)
            push(seg, reals, i)
            note(work, month, CROSS_SELL, work.ids[i], 0, reals[ARR, i])
        flow[book.CROSS_SELLS] += columns.shape[0]
        columns = columns[: fire(work, columns, left, whole[N_CROSS_SELL], firings, key, CROSS_SELL_PURPOSE, 0)]


@inline()
def contract(tables, work, a, d, s, columns, month, key, flow):
    """Every contraction that is due."""
    seg = tables.segment[a, d, s]
    reals = work.reals
    left, number = reals[CONTRACTION_LEFT], work.whole[N_CONTRACTION]
    firings = 0
    while columns.shape[0] > 0:
        firings += 1
        for c in range(columns.shape[0]):
            i = np.uint32(columns[c])
            arr = reals[ARR, i]
            reals[ARR, i] = arr - arr * seg.contraction_fraction
            flow[book.ARR_CONTRACTION] += np.float64(arr) - np.float64(reals[ARR, i])
            note(work, month, CONTRACTION, work.ids[i], 0, reals[ARR, i])
        flow[book.CONTRACTIONS] += columns.shape[0]
        columns = columns[: fire(work, columns, left, number, firings, key, CLOCKS, CONTRACTION_LANE)]


@inline()
def leave(tables, work, a, d, s, columns, month, key, churn):
    """Accounts leave: their ARR and number by cause, and when they come back. False: no room."""
    reals, whole = work.reals, work.whole
    latest = last_exit(month)
    comes_back = tables.segment[a, d, s].win_back_hazard > 0.0
    if comes_back:
        draw_returns(work, columns, key)
    fits = True
    for c in range(columns.shape[0]):
        i = np.uint32(columns[c])
        at_once = whole[EXIT, i] <= latest
        cause = np.int64(tables.cause.shape[3] + (whole[EXIT, i] & 1) if at_once else whole[INTENT, i])
        churn[cause, 0] += np.float64(reals[ARR, i])
        churn[cause, 1] += 1.0
        note(work, month, EXIT_RECORD, work.ids[i], cause, reals[ARR, i])
        # a company that has closed down does not come back
        if comes_back and cause != tables.cause.shape[3] + book.CLOSURE:
            fits = fits and schedule_return(tables, work, a, d, s, i, np.float64(work.drawn[c]), month)
    return fits


@inline()
def settle(tables, work, a, d, s, low, high, month, key, flow, churn, gone):
    """Steps 8 to 10 for those of the accounts [low, high) with an event; append leavers to the first `gone`.

    Return how many have left then, their columns in `work.leavers`; -1: no room.
    """
    reals, whole, some = work.reals, work.whole, work.some
    seg = tables.segment[a, d, s]
    end = padded(low, high)
    flag = work.flag[: end - low]
    flag_events(
        flag,
        reals[INTENT_LEFT, low:end],
        reals[UPSELL_LEFT, low:end],
        reals[CONTRACTION_LEFT, low:end],
        whole[TO_RENEWAL, low:end],
        whole[INTENT, low:end],
        whole[EXIT, low:end],
        last_exit(month),
    )
    if seg.cross_sell_rate > _ZERO:
        flag_cross_sell(flag, reals[CROSS_SELL_LEFT, low:end], whole[PRODUCTS, low:end], seg.most_products)
    # few have any event: the lists by kind come from theirs
    chosen = work.chosen
    many = flagged(work, low, high, _ANY, chosen)
    squeeze(flag, chosen[:many], low)
    n = list_marked(flag, chosen, many, _DECIDES, some)
    decide(tables, work, a, d, s, low, some[:n], month, key)
    if seg.upsell_rate > _ZERO:
        n = list_marked(flag, chosen, many, _BUYS_MORE, some)
        upsell(tables, work, a, d, s, some[:n], month, key, flow)
    if seg.cross_sell_rate > _ZERO:
        n = list_marked(flag, chosen, many, _BUYS_OTHER, some)
        cross_sell(tables, work, a, d, s, some[:n], month, key, flow)
    if seg.contraction_rate > _ZERO:
        n = list_marked(flag, chosen, many, _BUYS_LESS, some)
        contract(tables, work, a, d, s, some[:n], month, key, flow)
    n = list_marked(flag, chosen, many, _RENEWS, some)
    renew_all(reals, whole, some[:n], tables.terms, tables.scrutiny[a, d, s])
    if seg.price_uplift != _ZERO:
        flow[book.ARR_PRICE] += raise_prices(reals, whole, some[:n], tables.terms, seg.price_uplift)
    if work.journal.shape[0] > 0:
        for c in range(n):
            note(work, month, RENEWAL, work.ids[some[c]], 0, reals[ARR, some[c]])
    last = gone + list_marked(flag, chosen, many, _LEAVES | _LEAVES_AT_ONCE, work.leavers[gone:])
    fits = leave(tables, work, a, d, s, work.leavers[gone:last], month, key, churn)
    return last if fits else -1
