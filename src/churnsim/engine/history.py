"""Existing accounts: the state at month 0 of accounts that entered in the past (MODEL: existing accounts).

What the past says: the account survived to its last contract start, so its month of first value and its frailty come
from their posterior given the hazard cumulated by then (prior x exp(-z Lambda)). Since the contract start the intent
clock has run silently, so an account may begin with the decision to leave taken. The past is that of the base arm,
along its mean path with the plays that its team and channels have delivered on average, and the same in every arm.
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
    LIFT,
    N_INTENT,
    OWNER,
    RENEWALS,
    SCRUTINY,
    SHIELD,
    SINCE_TOUCH,
    TENURE,
    TERM,
    TO_RENEWAL,
    UPLIFT,
)
from churnsim.engine.acquisition import (
    FRESH_CLOSURE,
    FRESH_FRAILTY,
    FRESH_PAYMENT,
    cohort_factor,
    draw_fresh,
    frailty,
    owner,
    prepare,
    set_exit,
    set_health,
)
from churnsim.engine.clocks import INTENT_LANE, SPENT, threshold
from churnsim.engine.contracts import monthly_scrutiny
from churnsim.engine.intent import root_cause
from churnsim.engine.jit import jit
from churnsim.engine.keys import HISTORY, ROOT_CAUSE, block, uniform
from churnsim.engine.team import owned


@jit()
def open_book(tables, work, d, key):
    """Write the book's accounts as they stand at the end of month 0, under the base arm (arm 0)."""
    book = tables.book
    for s in range(work.count.shape[0]):
        first, n = book.first[s], book.first[s + 1] - book.first[s]
        work.count[s] = n
        draw_fresh(work.fresh, book.ids[first : first + n], n, key)
        for j in range(n):
            recall(tables, work, d, s, work.offset[s] + j, first + j, j, key)


@jit()
def recall(tables, work, d, s, i, b, c, key):
    """Write account `b` of the book to column `i`; what it brings stands in column `c` of `work.fresh`."""
    book = tables.book
    reals, whole, fresh = work.start_reals, work.start_whole, work.fresh
    seg = tables.segment[0, d, s]
    who = book.ids[b]
    work.start_ids[i] = who
    prepare(tables.play.shape[2], reals, whole, i, fresh, c)
    tenure = book.tenure[b]
    line = book.line[b]
    j = book.class_of[b]
    whole[TENURE, i] = tenure
    whole[TERM, i] = book.term[b]
    whole[TO_RENEWAL, i] = book.renewal[b]
    whole[RENEWALS, i] = book.renewals[b]
    scrutiny = monthly_scrutiny(tables.scrutiny[0, d, s], book.term[b], book.renewals[b])
    reals[SCRUTINY, i] = scrutiny
    reals[UPLIFT, i] = book.uplift[d, j]
    reals[ARR, i] = book.arr[b]
    reals[ARR_ANNIVERSARY, i] = book.arr[b]
    set_exit(tables, 0, d, s, whole, i, fresh[FRESH_CLOSURE, c], fresh[FRESH_PAYMENT, c], -tenure, 0)

    past = block(key, who, HISTORY, 0)
    share = book.bucket_share[d, j]
    u = uniform(past[0])
    bucket = 0
    while bucket < share.shape[0] - 1 and u >= share[bucket]:
        bucket += 1
    reached = bucket < share.shape[0] - 1
    reals[FIRST_VALUE, i] = 1.0 if reached else 0.0
    reals[ADOPTION, i] = book.adoption[d, tenure, line, bucket]
    reals[ENGAGEMENT, i] = book.engagement[d, tenure, line, bucket]
    reals[SHIELD, i] = book.shield[d, j, bucket]
    reals[LIFT, i] = book.lift[d, j, bucket]

    cohort = cohort_factor(seg.cohort_volatility, key, tables.segment_key[s], book.quarter[b])
    hazard = book.past_hazard[d, j, bucket] * cohort
    z = frailty(tables, 0, d, s, hazard, fresh[FRESH_FRAILTY, c]) * cohort
    reals[FRAILTY, i] = z
    since = max(tenure - (tables.terms[book.term[b]] - book.renewal[b]), 0)
    run_silent_clock(tables, d, s, reals, whole, i, who, key, since, line, bucket, z, scrutiny)
    if not math.isnan(book.health[b]):
        match_health(reals, i, book.health[b], seg.adoption_weight)
    set_health(reals, i, seg.adoption_weight)
    remember_plays(tables, d, reals, whole, i, who, key, line, bucket)
    for t in range(tables.team.shape[2]):
        if owned(tables, 0, d, t, s):
            whole[OWNER + t, i] = owner(who, tables.team_key[t], tables.posts[0, t, 0], key)


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
                left = np.float64(threshold(key, who, whole[N_INTENT, i], INTENT_LANE))
        if whole[INTENT, i] >= 0:
            continue
        rate = np.float64(base[min(month, base.shape[0] - 1)])
        if whole[TO_RENEWAL, i] + tenure - month <= seg.window:
            rate += scrutiny
        left -= rate * z * book.multiplier[d, month, line, bucket]
        if left <= 0.0:
            a = book.adoption[d, month + 1, line, bucket]
            g = book.engagement[d, month + 1, line, bucket]
            value = np.float32(1.0) if book.first_month[bucket] <= month + 1 else np.float32(0.0)
            words = block(key, who, ROOT_CAUSE, whole[N_INTENT, i])
            # since the contract start the memory of the price has only faded
            uplift = reals[UPLIFT, i]
            if uplift != 0.0:
                uplift = np.float32(uplift / seg.uplift_decay ** (tenure - month))
            cause = root_cause(tables.cause[0, d, s], a, g, value, uplift, uniform(words[0]))
            whole[INTENT, i] = cause
            whole[N_INTENT, i] += 1
            words = block(key, who, HISTORY, whole[N_INTENT, i])
            stays, fate = 1.0, uniform(words[1])
            fired = month + 1
    if whole[INTENT, i] >= 0:
        reals[INTENT_LEFT, i] = SPENT
        grow_quiet(book, d, seg, reals, i, line, bucket, fired, tenure)
    else:
        reals[INTENT_LEFT, i] = left


@jit()
def grow_quiet(book, d, seg, reals, i, line, bucket, first, last):
    """Engagement of an account that decided to leave at tenure `first`, run on to tenure `last`.

    Plays fill the same share of the room above it as they do on the mean path.
    """
    one = np.float32(1.0)
    g = book.engagement[d, first, line, bucket]
    for month in range(first, last):
        a = book.adoption[d, month, line, bucket]
        path = book.engagement[d, month, line, bucket]
        alone = path - seg.drift * path + seg.rowing * a * (one - path)
        g = g - seg.drift * g + seg.rowing * seg.intent_rowing_factor * a * (one - g)
        g = one - (one - g) * (one - book.engagement[d, month + 1, line, bucket]) / (one - alone)
    reals[ENGAGEMENT, i] = max(g, np.float32(0.0))


@jit()
def remember_plays(tables, d, reals, whole, i, who, key, line, bucket):
    """Say when each play reached the account last, from the expected deliveries, and how often by then.

    P(last delivery j months ago) is that of a delivery then, times that of none in the months that the cadence allows
    since.
    """
    book = tables.book
    plays = tables.play.shape[2]
    first_row = whole.shape[0] - 2 * plays
    tenure = whole[TENURE, i]
    for p in range(plays):
        play = tables.play[0, d, p]
        if reals[ARR, i] < play.arr_min or reals[ARR, i] > play.arr_max:
            continue
        # a play by a team is itself a touch
        spacing = max(play.cadence, play.touch_min if play.team >= 0 else 1, 1)
        words = block(key, who, HISTORY, (tables.play_key[p] << np.uint64(16)) | np.uint64(0xFFFF))
        u = uniform(words[0])
        reached, since = 0.0, 1.0
        for ago in range(1, tenure + 1):
            if ago > spacing:
                since *= 1.0 - book.play_chance[tenure - ago + spacing, p, line, bucket]
            reached += since * book.play_rate[tenure - ago, p, line, bucket]
            if u < reached:
                # delivered in month 1 - ago, whose end made it one month old
                whole[first_row + plays + p, i] = 1 - ago
                whole[first_row + p, i] = max(int(book.play_count[tenure, p, line, bucket] + 0.5), 1)
                if play.team >= 0:
                    whole[SINCE_TOUCH, i] = min(whole[SINCE_TOUCH, i], ago)
                break


@jit()
def match_health(reals, i, health, weight):
    """Move adoption and engagement by one share of the way up to 1, or down to 0, so that health is as given.

    Before first value there is no adoption: engagement alone comes as near as it can.
    """
    a = reals[ADOPTION, i]
    g = reals[ENGAGEMENT, i]
    path = weight * a + (np.float32(1.0) - weight) * g
    if reals[FIRST_VALUE, i] == np.float32(0.0):
        if weight < np.float32(1.0):
            reals[ENGAGEMENT, i] = min(health / (np.float32(1.0) - weight), np.float32(1.0))
    elif health > path:
        share = (health - path) / (np.float32(1.0) - path)
        reals[ADOPTION, i] = a + share * (np.float32(1.0) - a)
        reals[ENGAGEMENT, i] = g + share * (np.float32(1.0) - g)
    elif path > 0.0:
        reals[ADOPTION, i] = a * health / path
        reals[ENGAGEMENT, i] = g * health / path
