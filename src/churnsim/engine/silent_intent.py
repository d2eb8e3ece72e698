"""Silent intent of existing accounts: the clock from the last contract start to month 0, along the mean path."""

from __future__ import annotations

import numpy as np

from churnsim.engine.accounts import (
    ENGAGEMENT,
    GAP,
    INTENT,
    INTENT_LEFT,
    N_INTENT,
    PRODUCTS,
    TENURE,
    TO_RENEWAL,
    UPLIFT,
)
from churnsim.engine.clocks import INTENT_LANE, SPENT, threshold
from churnsim.engine.intent import root_cause, sum_of_terms
from churnsim.engine.jit import jit
from churnsim.engine.keys import CLOCKS, HISTORY, ROOT_CAUSE, block, uniform


@jit()
def run_silent_clock(tables, d, s, reals, whole, i, who, key, since, line, bucket, z, scrutiny):
    """Run the intent clock from the contract start (tenure `since`) to month 0; it may fire, and a play may rescue."""
    book = tables.book
    seg = tables.segment[0, d, s]
    tenure = whole[TENURE, i]
    base = tables.base_hazard[0, d, s]
    rescues = book.rescue.shape[1] > 0
    left = np.float64(reals[INTENT_LEFT, i])
    fired = since
    stays, fate = 1.0, 0.0
    for month in range(since, tenure):
        if rescues and whole[INTENT, i] >= 0:
            stays *= 1.0 - book.rescue[d, month, line, bucket]
            if stays <= fate:
                whole[INTENT, i] = -1
                left = np.float64(threshold(key, who, CLOCKS, whole[N_INTENT, i], INTENT_LANE))
        if whole[INTENT, i] >= 0:
            continue
        rate = np.float64(base[min(month, base.shape[0] - 1)])
        if whole[TO_RENEWAL, i] + tenure - month <= seg.window:
            rate += scrutiny
        left -= rate * z * book.multiplier[d, month, line, bucket]
        if left <= 0.0:
            words = block(key, who, ROOT_CAUSE, whole[N_INTENT, i])
            state = past_state(tables, d, seg, reals, whole, i, month, line, bucket)
            cause = root_cause_then(tables, d, s, state, month, line, bucket, words)
            whole[INTENT, i] = cause
            whole[N_INTENT, i] += 1
            words = block(key, who, HISTORY, whole[N_INTENT, i])
            stays, fate = 1.0, uniform(words[1])
            fired = month + 1
    if whole[INTENT, i] >= 0:
        reals[INTENT_LEFT, i] = SPENT
        grow_quiet(tables, d, s, reals, i, line, bucket, fired, tenure)
    else:
        reals[INTENT_LEFT, i] = left


@jit()
def past_state(tables, d, seg, reals, whole, i, month, line, bucket):
    """What causes of intent answered to at the end of the month that began at tenure `month`; a sponsor being there.

    Since the contract start the memory of the price, and the expectation gap, have only faded.
    """
    book = tables.book
    ago = whole[TENURE, i] - month
    one, zero = np.float32(1.0), np.float32(0.0)
    uplift, gap, misfit, products = reals[UPLIFT, i], zero, zero, zero
    if uplift != zero:
        uplift = np.float32(uplift / seg.uplift_decay**ago)
    if tables.extra[0] == 1:
        misfit, products = np.float32(book.misfit[bucket]), np.float32(whole[PRODUCTS, i] - 1)
        if reals[GAP, i] != zero:
            gap = np.float32(reals[GAP, i] / seg.gap_decay**ago)
    return (
        book.adoption[d, month + 1, line, bucket],
        book.engagement[d, month + 1, line, bucket],
        zero if book.first_month[bucket] <= month + 1 else one,
        uplift,
        zero,
        misfit,
        products,
        gap,
    )


@jit()
def root_cause_then(tables, d, s, state, month, line, bucket, words):
    """Root cause of a silent intent; an account without a sponsor has had one the likelier."""
    book = tables.book
    causes = tables.cause[0, d, s]
    if book.absent.shape[1] > 0:
        harm = np.float32(1.0) - tables.segment[0, d, s].sponsor_protection * state[0]
        alone = (state[0], state[1], state[2], state[3], harm, state[5], state[6], state[7])
        odds, odds_alone = sum_of_terms(causes, state), sum_of_terms(causes, alone)
        p = book.absent[d, month + 1, line, bucket]
        if uniform(words[1]) * ((1.0 - p) * odds + p * odds_alone) < p * odds_alone:
            state = alone
    return root_cause(causes, state, uniform(words[0]) * sum_of_terms(causes, state))


@jit()
def grow_quiet(tables, d, s, reals, i, line, bucket, first, last):
    """Engagement of an account that decided to leave at tenure `first`, run on to tenure `last`.

    Plays fill the same share of the room above it as they do on the mean path.
    """
    book, seg = tables.book, tables.segment[0, d, s]
    one = np.float32(1.0)
    g = book.engagement[d, first, line, bucket]
    for month in range(first, last):
        a = book.adoption[d, month, line, bucket]
        path = book.engagement[d, month, line, bucket]
        alone = path - seg.drift * path + seg.rowing * a * (one - path)
        g = g - seg.drift * g + seg.rowing * seg.intent_rowing_factor * a * (one - g)
        g = one - (one - g) * (one - book.engagement[d, month + 1, line, bucket]) / (one - alone)
    reals[ENGAGEMENT, i] = max(g, np.float32(0.0))
