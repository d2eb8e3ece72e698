"""What existing accounts bring from their past: first value, frailty, exits, silent intent, health (see history)."""

from __future__ import annotations

import numpy as np

from churnsim.engine.accounts import (
    ADOPTION,
    ENGAGEMENT,
    EXIT,
    FIRST_VALUE_LEFT,
    FRAILTY,
    LIFT,
    N_SPONSOR,
    NEVER,
    PRODUCTS,
    RENEWALS,
    ROOM,
    SCORE,
    SCRUTINY,
    SHIELD,
    SPONSOR_LEFT,
    TENURE,
    TERM,
    TO_RENEWAL,
    UPLIFT,
    past_health,
)
from churnsim.engine.acquisition import (
    FRESH_CLOSURE,
    FRESH_FRAILTY,
    FRESH_NOISE,
    FRESH_PAYMENT,
    frailty,
    milestones_left,
    set_exit,
    write_optional,
)
from churnsim.engine.arithmetic import bits_of_float, float_from_bits
from churnsim.engine.clocks import threshold
from churnsim.engine.contracts import monthly_scrutiny
from churnsim.engine.exits import leaves_at_once
from churnsim.engine.health import health_of, latent_health
from churnsim.engine.jit import inline, jit
from churnsim.engine.keys import ENTRY, HISTORY, block, uniform
from churnsim.engine.keys import SPONSOR as SPONSOR_PURPOSE
from churnsim.engine.onboarding import REACHED
from churnsim.engine.silent_intent import run_silent_clock
from churnsim.engine.ties import frailty_score, frailty_score_of_kind, tie_kind
from churnsim.engine.vectors import copy, set_row, take

# rows of `work.fresh` for the book's accounts, which are drawn no noise on their way
PAST_BUCKET = FRESH_NOISE
PAST_SPONSOR = FRESH_NOISE + 1
PAST_MILESTONES = FRESH_NOISE + 2
_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)


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
    if not leaves_at_once(seg):
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
