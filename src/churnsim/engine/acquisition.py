"""What an account brings with it, and its entry. Equations and sources: scenario/acquisition.py, scenario/intent.py.

Every quantity of an entry comes by inverse CDF from one uniform that belongs to the account.
"""

from __future__ import annotations

import math

import numpy as np

from churnsim.engine.accounts import (
    ADOPTION,
    ARR,
    BIAS,
    CLEARED_OPTIONAL,
    CLEARED_REALS,
    CLEARED_WHOLE,
    CONTRACTION_LEFT,
    CROSS_SELL_LEFT,
    ENGAGEMENT,
    ENTRY_ARR,
    EXIT,
    FIRST_VALUE_LEFT,
    FRAILTY,
    GAP,
    INCIDENT_LEFT,
    INTENT,
    INTENT_LEFT,
    MISFIT,
    NEVER,
    PRODUCTS,
    REFERRAL_LEFT,
    RENEWALS,
    ROOM,
    SCORE,
    SCRUTINY,
    SINCE_TOUCH,
    SPONSOR_LEFT,
    TENURE,
    TERM,
    TO_RENEWAL,
    UNTOUCHED,
    UPSELL_LEFT,
    delivery_months,
    owners,
    past_health,
)
from churnsim.engine.arithmetic import exp32, exponential32, floor64, fraction32, normal32
from churnsim.engine.clocks import CONTRACTION_LANE, FIRST_VALUE_LANE, INTENT_LANE, UPSELL_LANE, word_of
from churnsim.engine.contracts import monthly_scrutiny
from churnsim.engine.exits import first_exit
from churnsim.engine.health import health_of
from churnsim.engine.jit import apart, inline, jit
from churnsim.engine.keys import (
    CLOCKS,
    COHORT,
    CROSS_SELL,
    ENTRY,
    EXITS,
    INCIDENT,
    MILESTONE,
    REFERRAL,
    SCORE_BIAS,
    TRIAL,
    block,
    uniform,
)
from churnsim.engine.keys import OWNER as OWNER_PURPOSE
from churnsim.engine.keys import SPONSOR as SPONSOR_PURPOSE
from churnsim.engine.onboarding import REACHED
from churnsim.engine.vectors import whole_vectors

# rows of `work.fresh`: what an account brings with it
FRESH_INTENT = 0
FRESH_FIRST_VALUE = 1
FRESH_UPSELL = 2
FRESH_CONTRACTION = 3
FRESH_ARR = 4
FRESH_FRAILTY = 5
FRESH_TERM = 6
FRESH_CLOSURE = 7
FRESH_PAYMENT = 8
FRESH_NOISE = 9
"""Four rows."""
FRESH_SPONSOR = 13
FRESH_CROSS_SELL = 14
FRESH_INCIDENT = 15
FRESH_REFERRAL = 16
FRESH_BIAS = 17

# clocks with a purpose of their own, in the order of their rows from FRESH_SPONSOR on
_OWN_PURPOSES = np.array([SPONSOR_PURPOSE, CROSS_SELL, INCIDENT, REFERRAL], np.uint64)
# a loop over an array stays a loop; one over a tuple is written out
_CLEARED_REALS = np.array(CLEARED_REALS)
_CLEARED_WHOLE = np.array(CLEARED_WHOLE)
_CLEARED_OPTIONAL = np.array(CLEARED_OPTIONAL)
_ZERO = np.float32(0.0)
SCORE_LIMIT = 6.0
"""Normal scores of the frailty table reach from -SCORE_LIMIT to SCORE_LIMIT."""


@jit()
def log_frailty(table, step, hazard, score):
    """ln Z at a normal score, given survival of the cumulated hazard; bilinear in (ln(1 + v Lambda), score)."""
    levels, points = table.shape
    x = math.log1p(step[0] * hazard) / step[1] if hazard > 0.0 else 0.0
    x = min(x, levels - 1.0)
    level = min(int(x), levels - 2)
    x -= level
    t = (min(max(score, -SCORE_LIMIT), SCORE_LIMIT) + SCORE_LIMIT) * (points - 1) / (2.0 * SCORE_LIMIT)
    point = min(int(t), points - 2)
    t -= point
    low = (1.0 - t) * table[level, point] + t * table[level, point + 1]
    high = (1.0 - t) * table[level + 1, point] + t * table[level + 1, point + 1]
    return (1.0 - x) * low + x * high


@jit()
def frailty(tables, a, d, s, hazard, score):
    """Frailty Z of an account at its normal score, given survival of the cumulated hazard."""
    row = tables.frailty_row[a, d, s]
    if row < 0:
        return 1.0
    return math.exp(log_frailty(tables.log_frailty[row], tables.frailty_step[row], hazard, score))


@jit()
def cohort_factor(volatility, key, segment_key, quarter):
    """Factor of the entry quarter on the hazard, with mean 1."""
    if volatility == 0.0:
        return 1.0
    words = block(key, segment_key, COHORT, quarter)
    return math.exp(volatility * np.float64(normal32(words[0])) - 0.5 * volatility * volatility)


@inline()
def owner_ordinal(team_key, n):
    """Ordinal of the n-th block of a team's owners."""
    return (team_key << np.uint64(16)) | np.uint64(n)


@jit()
def draw_owners(draws, ids, team_key, key):
    """The first eight uniforms of the owners of some accounts, to the columns of `draws` (8, at least n)."""
    n = ids.shape[0]
    d0, d1, d2, d3 = draws[0, :n], draws[1, :n], draws[2, :n], draws[3, :n]
    d4, d5, d6, d7 = draws[4, :n], draws[5, :n], draws[6, :n], draws[7, :n]
    for c in range(n):
        w0, w1, w2, w3 = block(key, ids[c], OWNER_PURPOSE, owner_ordinal(team_key, 0))
        d0[c], d1[c], d2[c], d3[c] = uniform(w0), uniform(w1), uniform(w2), uniform(w3)
        w0, w1, w2, w3 = block(key, ids[c], OWNER_PURPOSE, owner_ordinal(team_key, 1))
        d4[c], d5[c], d6[c], d7[c] = uniform(w0), uniform(w1), uniform(w2), uniform(w3)


@jit()
def first_records(best, live, draws, posts):
    """The last of the first records of some accounts to `best`; 1 to `live` where there may be more below `posts`.

    One record for each row of uniforms in `draws`, and the first post.
    """
    for c in range(best.shape[0]):
        best[c] = 0.0
        live[c] = 1.0
    for row in range(draws.shape[0]):
        u = draws[row]
        alive = 0.0
        for c in range(best.shape[0]):
            record = floor64((best[c] + 1.0) / u[c])
            goes_on = (record < posts) & (live[c] > 0.0)
            best[c] = record if goes_on else best[c]
            live[c] = 1.0 if goes_on else 0.0
            alive = max(alive, live[c])
        if alive == 0.0:
            return


@jit()
def last_record(record, count, who, team_key, posts, key):
    """The last record below `posts` from `record`, the `count`-th, on."""
    while True:
        u = uniform(word_of(block(key, who, OWNER_PURPOSE, owner_ordinal(team_key, count // 4)), count % 4))
        following = math.floor((record + 1.0) / u)
        if following >= posts:
            return record
        record = following
        count += 1


@jit()
def draw_first_thresholds(intent, first_value, upsell, contraction, ids, key):
    """First thresholds of the clocks."""
    for c in range(ids.shape[0]):
        words = block(key, ids[c], CLOCKS, 0)
        intent[c] = exponential32(words[INTENT_LANE])
        first_value[c] = exponential32(words[FIRST_VALUE_LANE])
        upsell[c] = exponential32(words[UPSELL_LANE])
        contraction[c] = exponential32(words[CONTRACTION_LANE])


@jit()
def draw_entries(arr, frailty_score, term, ids, key):
    """Normal scores of entry ARR and frailty, independent; uniform of the term."""
    for c in range(ids.shape[0]):
        words = block(key, ids[c], ENTRY, 0)
        arr[c] = normal32(words[0])
        frailty_score[c] = normal32(words[1])
        term[c] = fraction32(words[3])


@jit()
def draw_exits(closure, payment, ids, key):
    """Thresholds of the immediate exits."""
    for c in range(ids.shape[0]):
        words = block(key, ids[c], EXITS, 0)
        closure[c] = exponential32(words[0])
        payment[c] = exponential32(words[1])


@apart()
def draw_clock(thresholds, ids, key, purpose):
    """First thresholds of a clock with a purpose of its own."""
    for c in range(ids.shape[0]):
        thresholds[c] = exponential32(block(key, ids[c], purpose, 0)[0])


@jit()
def draw_bias(bias, ids, key):
    """Normal scores of the accounts' own bias of the health score."""
    for c in range(ids.shape[0]):
        bias[c] = normal32(block(key, ids[c], SCORE_BIAS, 0)[0])


@apart()
def draw_fresh(tables, work, low, high, key, entries, exits):
    """Draw what the accounts in the columns [low, high) of `work.arrival_id` bring with them to those of `work.fresh`.

    ARR, frailty and term where `entries` are wanted, the thresholds of closure and payment where `exits` are. In dense
    passes over whole vectors: what stands behind `high` is never read.
    """
    high = low + whole_vectors(high - low)
    fresh, ids = work.fresh, work.arrival_id[low:high]
    draw_first_thresholds(
        fresh[FRESH_INTENT, low:high],
        fresh[FRESH_FIRST_VALUE, low:high],
        fresh[FRESH_UPSELL, low:high],
        fresh[FRESH_CONTRACTION, low:high],
        ids,
        key,
    )
    if entries:
        draw_entries(fresh[FRESH_ARR, low:high], fresh[FRESH_FRAILTY, low:high], fresh[FRESH_TERM, low:high], ids, key)
    if exits:
        draw_exits(fresh[FRESH_CLOSURE, low:high], fresh[FRESH_PAYMENT, low:high], ids, key)
    if tables.extra[0] == 1:
        for k in range(_OWN_PURPOSES.shape[0]):
            draw_clock(fresh[FRESH_SPONSOR + k, low:high], ids, key, _OWN_PURPOSES[k])
        draw_bias(fresh[FRESH_BIAS, low:high], ids, key)


@jit()
def scatter(row, columns, value):
    """Write a value to some columns of a row."""
    for c in range(columns.shape[0]):
        row[np.uint32(columns[c])] = value


@jit()
def clear(tables, reals, whole, columns):
    """Clear the accounts `columns`, row by row: zeros, no plays."""
    for row in _CLEARED_REALS:
        scatter(reals[row], columns, _ZERO)
    for row in _CLEARED_WHOLE:
        scatter(whole[row], columns, np.int16(0))
    if tables.extra[0] == 1:
        for row in _CLEARED_OPTIONAL:
            scatter(whole[row], columns, np.int16(0))
    for row in range(owners(tables), delivery_months(tables, whole)):
        scatter(whole[row], columns, np.int16(0))
    for row in range(delivery_months(tables, whole), whole.shape[0]):
        scatter(whole[row], columns, np.int16(-NEVER))


@jit()
def set_health(tables, reals, i, weight):
    """Let past health and score of account `i` be what its adoption and engagement say now."""
    latent = health_of(reals[ADOPTION, i], reals[ENGAGEMENT, i], weight)
    for row in range(past_health(tables), reals.shape[0]):
        reals[row, i] = latent
    reals[SCORE, i] = latent


@jit()
def milestones_left(first, milestones, who, key):
    """Threshold of the clock to first value: the sum of as many exponentials as there are milestones."""
    left = first
    for j in range(2, milestones + 1):
        words = block(key, who, MILESTONE, (j - 2) // 4)
        left += exponential32(words[(j - 2) % 4])
    return left


@jit()
def treated(tables, a, d, p, who, key):
    """Whether the account is in the treated group of play `p`."""
    share = tables.play[a, d, p].random_share
    return share >= 1.0 or uniform(block(key, who, TRIAL, tables.play_key[p])[0]) < share


@jit()
def write_optional(tables, a, d, reals, whole, i, who, fresh, c, key, misfit, gap):
    """Write the optional rows of an account that enters, after its ARR: one product, clocks, trials."""
    reals[ROOM, i] = 1.0
    reals[SPONSOR_LEFT, i] = fresh[FRESH_SPONSOR, c]
    whole[MISFIT, i] = np.int16(misfit)
    reals[GAP, i] = gap
    reals[ENTRY_ARR, i] = reals[ARR, i]
    reals[CROSS_SELL_LEFT, i] = fresh[FRESH_CROSS_SELL, c]
    reals[INCIDENT_LEFT, i] = fresh[FRESH_INCIDENT, c]
    reals[REFERRAL_LEFT, i] = fresh[FRESH_REFERRAL, c]
    reals[BIAS, i] = fresh[FRESH_BIAS, c]
    whole[PRODUCTS, i] = 1
    for p in range(tables.play.shape[2]):
        if not treated(tables, a, d, p, who, key):
            whole[delivery_months(tables, whole) + p, i] = NEVER


@jit()
def enter(tables, a, d, s, reals, whole, i, who, fresh, c, month, cohort, key):
    """Write a new account of segment `s` that enters in `month` to column `i`, which is clear.

    `cohort` is its quarter's factor.
    """
    seg = tables.segment[a, d, s]
    whole[INTENT, i] = -1
    whole[SINCE_TOUCH, i] = UNTOUCHED
    reals[INTENT_LEFT, i] = fresh[FRESH_INTENT, c]
    reals[FIRST_VALUE_LEFT, i] = fresh[FRESH_FIRST_VALUE, c]
    reals[UPSELL_LEFT, i] = fresh[FRESH_UPSELL, c]
    reals[CONTRACTION_LEFT, i] = fresh[FRESH_CONTRACTION, c]
    reals[ARR, i] = exp32(np.float32(seg.entry_log_arr) + np.float32(seg.entry_sigma) * fresh[FRESH_ARR, c])
    score = seg.copula_21 * fresh[FRESH_ARR, c] + seg.copula_22 * fresh[FRESH_FRAILTY, c]
    reals[FRAILTY, i] = frailty(tables, a, d, s, 0.0, score) * cohort
    if seg.milestones > 1:
        reals[FIRST_VALUE_LEFT, i] = milestones_left(fresh[FRESH_FIRST_VALUE, c], seg.milestones, who, key)
    share = tables.term_share[a, d, s]
    u = fresh[FRESH_TERM, c]
    k = 0
    while k < share.shape[0] - 1 and u >= share[k]:
        k += 1
    whole[TERM, i] = k
    # the month of entry is not aged, so the first contract month finds the full term
    whole[TO_RENEWAL, i] = tables.terms[k]
    reals[SCRUTINY, i] = monthly_scrutiny(tables.scrutiny[a, d, s], k, 0)
    if seg.first_value_rate < 0.0:
        reals[FIRST_VALUE_LEFT, i] = REACHED
    reals[ENGAGEMENT, i] = seg.initial_engagement
    set_exit(tables, a, d, s, whole, i, fresh[FRESH_CLOSURE, c], fresh[FRESH_PAYMENT, c], month, month)
    set_health(tables, reals, i, seg.adoption_weight)


@jit()
def set_exit(tables, a, d, s, whole, i, e_closure, e_payment, entry_month, now):
    """Schedule the immediate exit of an account that is alive after month `now`."""
    seg = tables.segment[a, d, s]
    billing = min(seg.billing_months, tables.terms[whole[TERM, i]])
    month, kind = first_exit(
        entry_month,
        now,
        np.float64(e_closure),
        np.float64(e_payment),
        seg.closure_rate,
        seg.payment_lump,
        billing,
        seg.grace_months,
    )
    whole[EXIT, i] = min(2 * month + kind, np.int64(NEVER))


@jit()
def reopen(tables, a, d, s, reals, whole, ids, low, high, key):
    """Give the book's accounts [low, high) the exits, scrutiny and milestones to come that arm `a` has."""
    at_once = tables.segment[a, d, s].first_value_rate < 0.0
    # with other milestones the clock has another unit: what is left of it stays the same share of the median
    unit = tables.segment[a, d, s].middle_threshold / tables.segment[0, d, s].middle_threshold
    for i in range(low, high):
        words = block(key, ids[i], EXITS, 0)
        e_closure, e_payment = exponential32(words[0]), exponential32(words[1])
        set_exit(tables, a, d, s, whole, i, e_closure, e_payment, -whole[TENURE, i], 0)
        reals[SCRUTINY, i] = monthly_scrutiny(tables.scrutiny[a, d, s], whole[TERM, i], whole[RENEWALS, i])
        reals[FIRST_VALUE_LEFT, i] *= unit
        if at_once:
            reals[FIRST_VALUE_LEFT, i] = REACHED
