"""Existing accounts: the state at month 0 of accounts that entered in the past (MODEL: existing accounts).

What the past says: the account survived to its last contract start, so its month of first value, whether it is a
misfit, and its frailty come from their posterior given the hazard cumulated by then (prior x exp(-z Lambda)). Since the
contract start the intent clock has run silently, so an account may begin with the decision to leave taken. The past is
that of the base arm, along its mean path with the plays that its team and channels have delivered on average, and the
same in every arm. Whether a sponsor is there does not tell of the past, nor the past of it.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine.accounts import (
    ADOPTION,
    ARR,
    ARR_ANNIVERSARY,
    CONTRACTION_LEFT,
    ENGAGEMENT,
    EXIT,
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
    SCORE,
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
    past_health,
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
    write_optional,
)
from churnsim.engine.arithmetic import bits_of_float, float_from_bits
from churnsim.engine.clocks import threshold
from churnsim.engine.contracts import monthly_scrutiny
from churnsim.engine.health import health_of, latent_health
from churnsim.engine.jit import inline, jit
from churnsim.engine.keys import ENTRY, HISTORY, block, uniform
from churnsim.engine.keys import SPONSOR as SPONSOR_PURPOSE
from churnsim.engine.onboarding import REACHED
from churnsim.engine.silent_intent import run_silent_clock
from churnsim.engine.team import own, owned
from churnsim.engine.ties import frailty_score, frailty_score_of_kind, tie_kind
from churnsim.engine.vectors import copy, set_row, take, whole_vectors
from churnsim.engine.workspace import TILE, span

# rows of `work.fresh` for the book's accounts, which are drawn no noise on their way
PAST_BUCKET = FRESH_NOISE
PAST_SPONSOR = FRESH_NOISE + 1
PAST_MILESTONES = FRESH_NOISE + 2
_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)


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
    exits = seg.closure_rate + seg.payment_lump > 0.0
    draw_fresh(tables, work, np.int64(0), n, key, entries=frail, exits=exits)
    lay_out(tables, work, low, first, n)
    if book.bucket_share.shape[2] > 1 or book.absent.shape[1] > 0 or seg.milestones > 1:
        draw_pasts(
            work.fresh[PAST_BUCKET, : whole_vectors(n)],
            work.fresh[PAST_SPONSOR, : whole_vectors(n)],
            work.fresh[PAST_MILESTONES, : whole_vectors(n)],
            work.arrival_id[: whole_vectors(n)],
            key,
        )
    recall(tables, work, d, s, low, first, n, key)
    # a book of accounts that are all new has no month in which a play could have come
    if book.play_rate.shape[3] > 1:
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
def past_uniform(word):
    """Uniform of one of these words."""
    return uniform(np.uint64(np.uint32(bits_of_float(word))))


@inline()
def recall(tables, work, d, s, low, first, n, key):
    """Let the `n` accounts from column `low` on, laid out, have a past, one trait after the other.

    They stand from `first` on in the book; their draws stand in front in `work.fresh`. Writes their buckets to
    `work.spare`.
    """
    book, fresh, high = tables.book, work.fresh, low + n
    reals, whole = work.start_reals, work.start_whole
    seg = tables.segment[0, d, s]
    lines, classes, tenure = book.line[first : first + n], book.class_of[first : first + n], whole[TENURE, low:high]
    adoption, engagement = reals[ADOPTION, low:high], reals[ENGAGEMENT, low:high]
    bucket, place = work.spare[:n], work.some[:n]
    choose_buckets(tables, d, s, first, bucket, fresh[PAST_BUCKET])
    # where they stand on the mean path
    number_paths(place, tenure, lines, bucket, np.int32(book.adoption.shape[2]), np.int32(book.adoption.shape[3]))
    take(book.adoption[d].reshape(-1), place, adoption)
    take(book.engagement[d].reshape(-1), place, engagement)
    number_kinds(place, classes, bucket, np.int32(book.shield.shape[2]))
    take(book.shield[d].reshape(-1), place, reals[SHIELD, low:high])
    take(book.lift[d].reshape(-1), place, reals[LIFT, low:high])
    take(book.uplift[d], classes, reals[UPLIFT, low:high])
    table = tables.scrutiny[0, d, s]
    expect_scrutiny(reals[SCRUTINY, low:high], whole[TERM, low:high], whole[RENEWALS, low:high], table)
    have_first_value(reals[FIRST_VALUE_LEFT, low:high], tenure, bucket, book.first_month)
    if seg.milestones > 1:
        pass_milestones(tables, work, d, s, low, first, n, key)
    schedule_exits(tables, work, d, s, low, n)
    if tables.extra[0] == 1:
        for c in range(n):
            recall_optional(tables, work, d, low + c, first + c, c, key)
    survive(tables, work, d, s, low, first, n, key)
    match_health(adoption, engagement, reals[FIRST_VALUE_LEFT, low:high], book.health[first:], seg.adoption_weight)
    latent_health(reals[SCORE, low:high], adoption, engagement, seg.adoption_weight)
    for row in range(past_health(tables), reals.shape[0]):
        copy(reals[SCORE, low:high], reals[row, low:high])


@jit()
def choose_buckets(tables, d, s, first, bucket, words):
    """Bucket of each account: whether it is a misfit, and when it had first value."""
    if tables.book.bucket_share.shape[2] == 1:
        set_row(bucket, np.int32(0))
    else:
        for c in range(bucket.shape[0]):
            bucket[c] = choose_bucket(tables, d, s, first + c, past_uniform(words[c]))


@jit()
def number_paths(place, tenure, line, bucket, lines, buckets):
    """Place of each account in a table by tenure, line and bucket."""
    for c in range(place.shape[0]):
        place[c] = (tenure[c] * lines + line[c]) * buckets + bucket[c]


@jit()
def number_kinds(place, class_of, bucket, buckets):
    """Place of each account in a table by class and bucket."""
    for c in range(place.shape[0]):
        place[c] = class_of[c] * buckets + bucket[c]


@jit()
def expect_scrutiny(scrutiny, term, renewals, table):
    """Scrutiny at the next renewal."""
    for c in range(scrutiny.shape[0]):
        scrutiny[c] = monthly_scrutiny(table, term[c], renewals[c])


@jit()
def have_first_value(left, tenure, bucket, first_month):
    """Let those have first value whose bucket had it by now."""
    for c in range(left.shape[0]):
        left[c] = REACHED if first_month[np.uint32(bucket[c])] <= tenure[c] else left[c]


@jit()
def pass_milestones(tables, work, d, s, low, first, n, key):
    """Let accounts on their way to first value have passed some milestones."""
    book, seg = tables.book, tables.segment[0, d, s]
    left = work.start_reals[FIRST_VALUE_LEFT]
    for c in range(n):
        i, b = low + c, first + c
        if left[i] != REACHED:
            hazard = book.to_value[d, book.class_of[b], work.spare[c]]
            passed = milestones_reached(seg.milestones, hazard, past_uniform(work.fresh[PAST_MILESTONES, c]))
            left[i] = milestones_left(left[i], seg.milestones - passed, book.ids[b], key)


@jit()
def schedule_exits(tables, work, d, s, low, n):
    """Schedule the immediate exits."""
    seg, whole, fresh = tables.segment[0, d, s], work.start_whole, work.fresh
    if seg.closure_rate + seg.payment_lump == 0.0:
        set_row(whole[EXIT, low : low + n], NEVER)
        return
    for c in range(n):
        i = low + c
        set_exit(tables, 0, d, s, whole, i, fresh[FRESH_CLOSURE, c], fresh[FRESH_PAYMENT, c], -whole[TENURE, i], 0)


@jit()
def recall_optional(tables, work, d, i, b, c, key):
    """What the optional mechanisms ask of account `b` of the book, in column `i`; its draws stand in column `c`."""
    book, reals, whole = tables.book, work.start_reals, work.start_whole
    j, line, bucket, who = book.class_of[b], book.line[b], work.spare[c], book.ids[b]
    write_optional(tables, 0, d, reals, whole, i, who, work.fresh, c, key, book.misfit[bucket], book.gap[d, j, bucket])
    reals[ROOM, i] = book.room[d, j, bucket]
    whole[PRODUCTS, i] = book.products[b]
    if book.absent.shape[1] > 0:
        share = book.absent[d, book.tenure[b], line, bucket]
        if past_uniform(work.fresh[PAST_SPONSOR, c]) < share:
            whole[N_SPONSOR, i] = 1
            reals[SPONSOR_LEFT, i] = threshold(key, who, SPONSOR_PURPOSE, 1, 0)


@jit()
def survive(tables, work, d, s, low, first, n, key):
    """Frailty of accounts that survived to their contract start, and the clock of intent since."""
    book, reals, whole = tables.book, work.start_reals, work.start_whole
    frail = tables.frailty_row[0, d, s] >= 0
    for c in range(n):
        i, b = low + c, first + c
        bucket = work.spare[c]
        cohort = work.cohort[book.quarter[b] - work.first_quarter[0]]
        z = cohort
        if frail:
            hazard = book.past_hazard[d, book.class_of[b], bucket] * cohort
            score = score_frailty(tables, d, s, b, bucket, work.fresh[FRESH_FRAILTY, c], key)
            z = frailty(tables, 0, d, s, hazard, score) * cohort
        reals[FRAILTY, i] = z
        tenure = whole[TENURE, i]
        since = max(tenure - (tables.terms[whole[TERM, i]] - whole[TO_RENEWAL, i]), 0)
        if since < tenure:
            line, scrutiny = book.line[b], reals[SCRUTINY, i]
            run_silent_clock(tables, d, s, reals, whole, i, book.ids[b], key, since, line, bucket, z, scrutiny)


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
def match_health(adoption, engagement, first_value_left, health, weight):
    """Move adoption and engagement by one share of the way up to 1, or down to 0, so that health is as given, if it is.

    Before first value there is no adoption: engagement alone comes as near as it can.
    """
    rest = _ONE - weight
    for c in range(adoption.shape[0]):
        a, g, given = adoption[c], engagement[c], health[c]
        path = health_of(a, g, weight)
        # all is computed and then chosen from, so that the loop vectorises; health that is not given is NaN
        share = (given - path) / (_ONE - path)
        rises, falls = given > path, (given <= path) & (path > _ZERO)
        matched = a + share * (_ONE - a) if rises else a * given / path
        adoption[c] = matched if (rises | falls) & (first_value_left[c] == REACHED) else a
        matched = g + share * (_ONE - g) if rises else g * given / path
        matched = matched if rises | falls else g
        early = min(given / rest, _ONE) if (given >= _ZERO) & (rest > _ZERO) else g
        engagement[c] = matched if first_value_left[c] == REACHED else early
