"""Existing accounts: the state at month 0 of accounts that entered in the past (MODEL: existing accounts).

What the past says: the account survived to its last contract start, so its month of first value, whether it is a
misfit, and its frailty come from their posterior given the hazard cumulated by then (prior x exp(-z Lambda)). Since the
contract start the intent clock has run silently, so an account may begin with the decision to leave taken. The past is
that of the base arm, along its mean path with the plays that its team and channels have delivered on average, and the
same in every arm. Whether a sponsor is there does not tell of the past, nor the past of it.
"""

from __future__ import annotations

import math

import numpy as np

from churnsim.engine.accounts import (
    ADOPTION,
    ARR,
    ARR_ANNIVERSARY,
    CONTRACTION_LEFT,
    ENGAGEMENT,
    FIRST_VALUE_LEFT,
    FRAILTY,
    INTENT,
    INTENT_LEFT,
    LIFT,
    N_SPONSOR,
    NEVER,
    PRODUCTS,
    RENEWALS,
    ROOM,
    SCRUTINY,
    SHIELD,
    SINCE_TOUCH,
    SPONSOR_LEFT,
    TENURE,
    TERM,
    TO_RENEWAL,
    UNTOUCHED,
    UPLIFT,
    UPSELL_LEFT,
    delivery_counts,
    delivery_months,
    owners,
)
from churnsim.engine.acquisition import (
    FRESH_CLOSURE,
    FRESH_CONTRACTION,
    FRESH_FIRST_VALUE,
    FRESH_FRAILTY,
    FRESH_INTENT,
    FRESH_NOISE,
    FRESH_PAYMENT,
    FRESH_UPSELL,
    cohort_factor,
    draw_fresh,
    frailty,
    milestones_left,
    set_exit,
    set_health,
    write_optional,
)
from churnsim.engine.arithmetic import bits_of_float, float_from_bits
from churnsim.engine.clocks import threshold
from churnsim.engine.contracts import monthly_scrutiny
from churnsim.engine.health import health_of
from churnsim.engine.jit import inline, jit
from churnsim.engine.keys import ENTRY, HISTORY, block, uniform
from churnsim.engine.keys import SPONSOR as SPONSOR_PURPOSE
from churnsim.engine.onboarding import REACHED
from churnsim.engine.silent_intent import run_silent_clock
from churnsim.engine.team import own, owned
from churnsim.engine.ties import frailty_score, frailty_score_of_kind, tie_kind
from churnsim.engine.vectors import copy, set_row, whole_vectors
from churnsim.engine.workspace import TILE, span

# rows of `work.fresh` for the book's accounts, which are drawn no noise on their way
PAST_BUCKET = FRESH_NOISE
PAST_SPONSOR = FRESH_NOISE + 1
PAST_MILESTONES = FRESH_NOISE + 2


@jit()
def open_book(tables, work, d, key):
    """Write the book's accounts as they stand at the end of month 0, under the base arm (arm 0)."""
    book = tables.book
    work.arrivals_of[0] = -1
    for s in range(work.count.shape[0]):
        work.count[s] = book.first[s + 1] - book.first[s]
        volatility = tables.segment[0, d, s].cohort_volatility
        for q in range(work.cohort.shape[0]):
            work.cohort[q] = cohort_factor(volatility, key, tables.segment_key[s], work.first_quarter[0] + q)
        for first in range(0, work.count[s], TILE):
            n = min(work.count[s] - first, TILE)
            open_tile(tables, work, d, s, work.offset[s] + first, book.first[s] + first, n, key)
        for t in range(tables.team.shape[2]):
            if owned(tables, 0, d, t, s):
                low, high = span(work, s)
                rows = work.start_whole[owners(tables) + t, low:high]
                own(work, rows, work.start_ids[low:high], tables.team_key[t], tables.posts[0, t, 0], key)


@inline()
def open_tile(tables, work, d, s, low, first, n, key):
    """Write `n` accounts of segment `s`, from `first` on in the book, to the columns from `low` on."""
    book, seg = tables.book, tables.segment[0, d, s]
    # in a copy there is room behind them for whole vectors
    copy(book.ids[first:], work.arrival_id[:n])
    # what no mechanism asks for is not drawn
    frail = tables.frailty_row[0, d, s] >= 0
    draw_fresh(tables, work, np.int64(0), n, frail, seg.closure_rate + seg.payment_lump > 0.0, key)
    lay_out(tables, work, low, first, n)
    if book.bucket_share.shape[2] > 1 or book.absent.shape[1] > 0 or seg.milestones > 1:
        draw_pasts(
            work.fresh[PAST_BUCKET, : whole_vectors(n)],
            work.fresh[PAST_SPONSOR, : whole_vectors(n)],
            work.fresh[PAST_MILESTONES, : whole_vectors(n)],
            work.arrival_id[: whole_vectors(n)],
            key,
        )
    for j in range(n):
        recall(tables, work, d, s, low + j, first + j, j, key)
    for p in range(tables.play.shape[2]):
        remember_play(tables, work, d, p, low, first, n, key)


@jit()
def lay_out(tables, work, low, first, n):
    """Let the `n` accounts from column `low` on begin as those who enter do, row by row, with what the book says.

    They stand from `first` on in the book.
    """
    reals, whole, fresh, book = work.start_reals, work.start_whole, work.fresh, tables.book
    high = low + n
    for row in range(reals.shape[0]):
        set_row(reals[row, low:high], np.float32(0.0))
    for row in range(whole.shape[0]):
        set_row(whole[row, low:high], np.int16(0))
    for p in range(tables.play.shape[2]):
        set_row(whole[delivery_months(tables, whole) + p, low:high], np.int16(-NEVER))
    set_row(whole[INTENT, low:high], np.int16(-1))
    set_row(whole[SINCE_TOUCH, low:high], UNTOUCHED)
    copy(fresh[FRESH_INTENT], reals[INTENT_LEFT, low:high])
    copy(fresh[FRESH_FIRST_VALUE], reals[FIRST_VALUE_LEFT, low:high])
    copy(fresh[FRESH_UPSELL], reals[UPSELL_LEFT, low:high])
    copy(fresh[FRESH_CONTRACTION], reals[CONTRACTION_LEFT, low:high])
    copy(book.ids[first:], work.start_ids[low:high])
    copy(book.tenure[first:], whole[TENURE, low:high])
    copy(book.term[first:], whole[TERM, low:high])
    copy(book.renewal[first:], whole[TO_RENEWAL, low:high])
    copy(book.renewals[first:], whole[RENEWALS, low:high])
    copy(book.arr[first:], reals[ARR, low:high])
    copy(book.arr[first:], reals[ARR_ANNIVERSARY, low:high])


@jit()
def draw_pasts(bucket, sponsor, milestones, ids, key):
    """Words of what the past was, held as the bits of floats."""
    for c in range(ids.shape[0]):
        words = block(key, ids[c], HISTORY, 0)
        bucket[c] = float_from_bits(np.int32(words[0]))
        sponsor[c] = float_from_bits(np.int32(words[2]))
        milestones[c] = float_from_bits(np.int32(words[3]))


@inline()
def past_uniform(fresh, row, c):
    """Uniform of one of these words."""
    return uniform(np.uint64(np.uint32(bits_of_float(fresh[row, c]))))


@jit()
def recall(tables, work, d, s, i, b, c, key):
    """Let account `b` of the book, laid out in column `i`, have a past; its draws stand in column `c` of `work.fresh`.

    Its bucket goes to `work.spare`.
    """
    book = tables.book
    reals, whole, fresh = work.start_reals, work.start_whole, work.fresh
    seg = tables.segment[0, d, s]
    who = book.ids[b]
    tenure = book.tenure[b]
    line = book.line[b]
    j = book.class_of[b]
    scrutiny = monthly_scrutiny(tables.scrutiny[0, d, s], book.term[b], book.renewals[b])
    reals[SCRUTINY, i] = scrutiny
    reals[UPLIFT, i] = book.uplift[d, j]
    set_exit(tables, 0, d, s, whole, i, fresh[FRESH_CLOSURE, c], fresh[FRESH_PAYMENT, c], -tenure, 0)

    bucket = choose_bucket(tables, d, s, b, past_uniform(fresh, PAST_BUCKET, c))
    work.spare[c] = bucket
    if book.first_month[bucket] <= tenure:
        reals[FIRST_VALUE_LEFT, i] = REACHED
    elif seg.milestones > 1:
        u = past_uniform(fresh, PAST_MILESTONES, c)
        ahead = seg.milestones - milestones_reached(seg.milestones, book.to_value[d, j, bucket], u)
        reals[FIRST_VALUE_LEFT, i] = milestones_left(fresh[FRESH_FIRST_VALUE, c], ahead, who, key)
    reals[ADOPTION, i] = book.adoption[d, tenure, line, bucket]
    reals[ENGAGEMENT, i] = book.engagement[d, tenure, line, bucket]
    reals[SHIELD, i] = book.shield[d, j, bucket]
    reals[LIFT, i] = book.lift[d, j, bucket]

    cohort = work.cohort[book.quarter[b] - work.first_quarter[0]]
    hazard = book.past_hazard[d, j, bucket] * cohort
    own = fresh[FRESH_FRAILTY, c]
    z = frailty(tables, 0, d, s, hazard, score_frailty(tables, d, s, b, bucket, own, key)) * cohort
    reals[FRAILTY, i] = z
    if tables.extra[0] == 1:
        misfit, gap = book.misfit[bucket], book.gap[d, j, bucket]
        write_optional(tables, 0, d, reals, whole, i, who, fresh, c, key, misfit, gap)
        reals[ROOM, i] = book.room[d, j, bucket]
        whole[PRODUCTS, i] = book.products[b]
        if book.absent.shape[1] > 0 and past_uniform(fresh, PAST_SPONSOR, c) < book.absent[d, tenure, line, bucket]:
            whole[N_SPONSOR, i] = 1
            reals[SPONSOR_LEFT, i] = threshold(key, who, SPONSOR_PURPOSE, 1, 0)
    since = max(tenure - (tables.terms[book.term[b]] - book.renewal[b]), 0)
    run_silent_clock(tables, d, s, reals, whole, i, who, key, since, line, bucket, z, scrutiny)
    if not math.isnan(book.health[b]):
        match_health(reals, i, book.health[b], seg.adoption_weight)
    set_health(tables, reals, i, seg.adoption_weight)


@jit()
def choose_bucket(tables, d, s, b, u):
    """Bucket of account `b` at the uniform `u`: whether it is a misfit, and when it had first value."""
    book = tables.book
    share = book.bucket_share[d, book.class_of[b]]
    last = share.shape[0] - 1
    if book.misfit_odds.shape[1] > 0:
        misfits = 1.0 - share[last // 2]
        u = tie_kind(tables.segment[0, d, s], book.arr_tie[d, s], np.float64(book.arr_score[b]), misfits, u)
    bucket = 0
    while bucket < last and u >= share[bucket]:
        bucket += 1
    return bucket


@jit()
def score_frailty(tables, d, s, b, bucket, own, key):
    """Normal score of the frailty of account `b`, whose own score is `own`."""
    book = tables.book
    seg = tables.segment[0, d, s]
    tie, arr_score = book.arr_tie[d, s], np.float64(book.arr_score[b])
    if book.misfit_odds.shape[1] == 0:
        return frailty_score(seg, tie, arr_score, own)
    share = book.misfit_odds[d, book.class_of[b], bucket]
    luck = uniform(block(key, book.ids[b], ENTRY, 0)[2])
    return frailty_score_of_kind(seg, tie, arr_score, book.misfit[bucket], share, own, luck)


@jit()
def milestones_reached(milestones, hazard, u):
    """Milestones reached on the way to first value at the cumulated hazard, given that it has not come: Poisson."""
    whole, weight = 0.0, 1.0
    for n in range(milestones):
        whole += weight
        weight *= hazard / (n + 1)
    reached, weight = 1.0, 1.0
    n = 0
    while n < milestones - 1 and u * whole >= reached:
        n += 1
        weight *= hazard / n
        reached += weight
    return n


@jit()
def draw_memories(words, ids, play_key, key):
    """Words that say when a play reached accounts last."""
    for c in range(ids.shape[0]):
        words[c] = block(key, ids[c], HISTORY, (play_key << np.uint64(16)) | np.uint64(0xFFFF))[0]


@jit()
def remember_play(tables, work, d, p, low, first, n, key):
    """Say when play `p` reached each of `n` accounts last, from the expected deliveries, and how often by then.

    The accounts stand from `first` on in the book and from `low` on in the state, their buckets in `work.spare`.
    P(last delivery j months ago) is that of a delivery then, times that of none in the months that the cadence allows
    since.
    """
    book = tables.book
    reals, whole = work.start_reals, work.start_whole
    number, last = whole[delivery_counts(tables, whole) + p], whole[delivery_months(tables, whole) + p]
    play = tables.play[0, d, p]
    # a play by CSMs is itself a touch
    spacing = max(play.cadence, play.touch_min if play.touches else 1, 1)
    words = work.words[0]
    draw_memories(words[: whole_vectors(n)], work.arrival_id[: whole_vectors(n)], tables.play_key[p], key)
    for c in range(n):
        i = low + c
        if reals[ARR, i] < play.arr_min or reals[ARR, i] > play.arr_max:
            continue
        if last[i] == NEVER:
            continue
        line, bucket, tenure = book.line[first + c], work.spare[c], whole[TENURE, i]
        rate, chance = book.play_rate[p, line, bucket], book.play_chance[p, line, bucket]
        u = uniform(words[c])
        reached, since = 0.0, 1.0
        for ago in range(1, tenure + 1):
            if ago > spacing:
                since *= 1.0 - chance[np.uint32(tenure - ago + spacing)]
            reached += since * rate[np.uint32(tenure - ago)]
            if u < reached:
                # delivered in month 1 - ago, whose end made it one month old
                last[i] = 1 - ago
                number[i] = max(int(book.play_count[p, line, bucket, tenure] + 0.5), 1)
                if play.touches:
                    whole[SINCE_TOUCH, i] = min(whole[SINCE_TOUCH, i], ago)
                break


@jit()
def match_health(reals, i, health, weight):
    """Move adoption and engagement by one share of the way up to 1, or down to 0, so that health is as given.

    Before first value there is no adoption: engagement alone comes as near as it can.
    """
    a = reals[ADOPTION, i]
    g = reals[ENGAGEMENT, i]
    path = health_of(a, g, weight)
    if reals[FIRST_VALUE_LEFT, i] != REACHED:
        if weight < np.float32(1.0):
            reals[ENGAGEMENT, i] = min(health / (np.float32(1.0) - weight), np.float32(1.0))
    elif health > path:
        share = (health - path) / (np.float32(1.0) - path)
        reals[ADOPTION, i] = a + share * (np.float32(1.0) - a)
        reals[ENGAGEMENT, i] = g + share * (np.float32(1.0) - g)
    elif path > 0.0:
        reals[ADOPTION, i] = a * health / path
        reals[ENGAGEMENT, i] = g * health / path
