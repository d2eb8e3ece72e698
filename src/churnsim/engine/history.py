"""Existing accounts: the state at month 0 of accounts that entered in the past (MODEL: existing accounts).

What the past says: the account survived to its last contract start, so its month of first value and its frailty come
from their posterior given the hazard cumulated by then (prior x exp(-z Lambda)). Since the contract start the intent
clock has run silently, so an account may begin with the decision to leave taken. The past is that of the base arm,
along its mean path without plays, and the same in every arm.
"""

from __future__ import annotations

import math

import numpy as np

from churnsim.engine.accounts import (
    ADOPTION,
    ARR,
    ARR_ANNIVERSARY,
    ENGAGEMENT,
    FIRST_VALUE,
    FRAILTY,
    INTENT,
    INTENT_LEFT,
    N_INTENT,
    RENEWALS,
    SCRUTINY,
    TENURE,
    TERM,
    TO_RENEWAL,
    UPLIFT,
)
from churnsim.engine.acquisition import cohort_factor, frailty, prepare, set_exit, set_health
from churnsim.engine.arithmetic import normal_score
from churnsim.engine.clocks import SPENT
from churnsim.engine.contracts import monthly_scrutiny
from churnsim.engine.intent import root_cause
from churnsim.engine.jit import jit
from churnsim.engine.keys import ENTRY, HISTORY, ROOT_CAUSE, block, uniform


@jit()
def open_book(tables, d, reals, whole, ids, offset, count, key):
    """Write the book's accounts as they stand at the end of month 0, under the base arm (arm 0)."""
    book = tables.book
    for s in range(count.shape[0]):
        n = book.first[s + 1] - book.first[s]
        count[s] = n
        for j in range(n):
            recall(tables, d, s, reals, whole, ids, offset[s] + j, book.first[s] + j, key)


@jit()
def recall(tables, d, s, reals, whole, ids, i, b, key):
    """Write account `b` of the book to column `i`."""
    book = tables.book
    seg = tables.segment[0, d, s]
    who = book.ids[b]
    ids[i] = who
    prepare(tables.play.shape[2], reals, whole, i, who, key)
    tenure = book.tenure[b]
    whole[TENURE, i] = tenure
    whole[TERM, i] = book.term[b]
    whole[TO_RENEWAL, i] = book.renewal[b]
    whole[RENEWALS, i] = book.renewals[b]
    scrutiny = monthly_scrutiny(tables.scrutiny[0, d, s], book.term[b], book.renewals[b])
    reals[SCRUTINY, i] = scrutiny
    reals[UPLIFT, i] = book.uplift[d, book.class_of[b]]
    reals[ARR, i] = book.arr[b]
    reals[ARR_ANNIVERSARY, i] = book.arr[b]
    set_exit(tables, 0, d, s, whole, i, who, key, -tenure, 0)

    past = block(key, who, HISTORY, 0)
    j = book.class_of[b]
    share = book.bucket_share[d, j]
    u = uniform(past[0])
    bucket = 0
    while bucket < share.shape[0] - 1 and u >= share[bucket]:
        bucket += 1
    reached = bucket < share.shape[0] - 1
    reals[FIRST_VALUE, i] = 1.0 if reached else 0.0
    reals[ADOPTION, i] = book.adoption[d, s, bucket, tenure]
    reals[ENGAGEMENT, i] = book.engagement[d, s, bucket, tenure]

    cohort = cohort_factor(seg.cohort_volatility, key, tables.segment_key[s], book.quarter[b])
    entry = block(key, who, ENTRY, 0)
    z = frailty(tables, 0, d, s, book.past_hazard[d, j, bucket] * cohort, normal_score(uniform(entry[1]))) * cohort
    reals[FRAILTY, i] = z
    since = max(tenure - (tables.terms[book.term[b]] - book.renewal[b]), 0)
    run_silent_clock(tables, d, s, reals, whole, i, who, key, since, bucket, z, scrutiny)
    if not math.isnan(book.health[b]):
        match_health(reals, i, book.health[b], seg.adoption_weight)
    set_health(reals, i, seg.adoption_weight)


@jit()
def run_silent_clock(tables, d, s, reals, whole, i, who, key, since, bucket, z, scrutiny):
    """Run the intent clock from the contract start (tenure `since`) to month 0; it may fire."""
    book = tables.book
    seg = tables.segment[0, d, s]
    tenure = whole[TENURE, i]
    base = tables.base_hazard[0, d, s]
    share_buckets = book.adoption.shape[2]
    left = np.float64(reals[INTENT_LEFT, i])
    for month in range(since, tenure):
        to_renewal = whole[TO_RENEWAL, i] + tenure - month
        rate = np.float64(base[min(month, base.shape[0] - 1)])
        if to_renewal <= seg.window:
            rate += scrutiny
        left -= rate * z * book.multiplier[d, s, whole[TERM, i], bucket, month]
        if left <= 0.0:
            a = book.adoption[d, s, bucket, month + 1]
            g = book.engagement[d, s, bucket, month + 1]
            reached = bucket <= month + 1 and bucket < share_buckets - 1
            value = np.float32(1.0) if reached else np.float32(0.0)
            words = block(key, who, ROOT_CAUSE, 0)
            # since the contract start the memory of the price has only faded
            uplift = reals[UPLIFT, i]
            if uplift != 0.0:
                uplift = np.float32(uplift / seg.uplift_decay ** (tenure - month))
            cause = root_cause(tables.cause[0, d, s], a, g, value, uplift, uniform(words[0]))
            whole[INTENT, i] = cause
            whole[N_INTENT, i] = 1
            reals[INTENT_LEFT, i] = SPENT
            grow_quiet(book, d, s, seg, reals, i, bucket, month + 1, tenure)
            return
    reals[INTENT_LEFT, i] = left


@jit()
def grow_quiet(book, d, s, seg, reals, i, bucket, first, last):
    """Engagement of an account that decided to leave at tenure `first`, run on to tenure `last`."""
    g = book.engagement[d, s, bucket, first]
    quiet = seg.rowing * seg.intent_rowing_factor
    for month in range(first, last):
        a = book.adoption[d, s, bucket, month]
        g = g - seg.drift * g + quiet * a * (np.float32(1.0) - g)
    reals[ENGAGEMENT, i] = g


@jit()
def match_health(reals, i, health, weight):
    """Move adoption and engagement by one share of the way up to 1, or down to 0, so that health is as given."""
    a = reals[ADOPTION, i]
    g = reals[ENGAGEMENT, i]
    path = weight * a + (np.float32(1.0) - weight) * g
    if health > path:
        share = (health - path) / (np.float32(1.0) - path)
        reals[ADOPTION, i] = a + share * (np.float32(1.0) - a)
        reals[ENGAGEMENT, i] = g + share * (np.float32(1.0) - g)
    elif path > 0.0:
        reals[ADOPTION, i] = a * health / path
        reals[ENGAGEMENT, i] = g * health / path
