"""The month, in order (MODEL): 1 arrivals; 2 market; 3 drift; 4 first value; 5 team; 6 score; 7 plays; 8 intent and
exits; 9 expansion and contraction; 10 contract end; 11 ledger.

Newcomers enter in mid-month without exposure: step 1's arrivals take their columns at the month's end, where leavers
made room.
"""

from __future__ import annotations

import math

import numpy as np

from churnsim.engine import ledger as book
from churnsim.engine.accounts import (
    ADOPTION,
    ARR,
    BIAS,
    CONTRACTION_LEFT,
    CROSS_SELL_LEFT,
    ENGAGEMENT,
    FIRST_VALUE,
    FIRST_VALUE_LEFT,
    FRAILTY,
    GAP,
    INTENT,
    INTENT_LEFT,
    LIFT,
    MISFIT,
    NOISE,
    PRODUCTS,
    ROOM,
    SCORE,
    SCRUTINY,
    SHIELD,
    SINCE_TOUCH,
    TENURE,
    TO_RENEWAL,
    UPLIFT,
    UPSELL_LEFT,
    move,
    owners,
    past_health,
)
from churnsim.engine.acquisition import FRESH_NOISE, clear, cohort_factor, enter, write_optional
from churnsim.engine.advocacy import refer, remember_leavers, voices
from churnsim.engine.arrivals import list_arrivals
from churnsim.engine.delivery import find_stages, play_digital, play_team
from churnsim.engine.engagement import drift_apart, drift_to_own_ceiling
from churnsim.engine.events import settle
from churnsim.engine.expansion import advance_contraction, advance_cross_sell, advance_upsell
from churnsim.engine.health import (
    draw_noise,
    health_of,
    latent_health,
    observe,
    observe_mean,
    observe_with_bias,
)
from churnsim.engine.intent import add_scrutiny, advance_intent, gather, sum_of_causes
from churnsim.engine.jit import inline, jit, spliced
from churnsim.engine.journal import ENTRY, HEALTH, note
from churnsim.engine.journal import FIRST_VALUE as FIRST_VALUE_RECORD
from churnsim.engine.market import centred
from churnsim.engine.onboarding import reach_first_value
from churnsim.engine.sponsor import advance_sponsors
from churnsim.engine.support import have_incidents, list_incidents
from churnsim.engine.team import close_team_month, own, owned, staff_month
from churnsim.engine.vectors import LANES
from churnsim.engine.win_back import settle_return
from churnsim.engine.workspace import TILE, padded, span

BLOCK = 512
"""Accounts whose clocks advance at once: what the passes read of them fits into the first-level cache."""
_ZERO = np.float32(0.0)


@inline()
def drift(tables, work, a, d, s, low, high, month, key):
    """Step 3: drift, and sponsors."""
    reals, whole = work.reals, work.whole
    quality = tables.quality[a, d, month]
    stays = tables.setback[a, d, month]
    seg = tables.segment[a, d, s]
    end = padded(low, high)
    if tables.extra[0] == 0:
        drift_apart(
            reals[ADOPTION, low:end],
            reals[ENGAGEMENT, low:end],
            reals[FIRST_VALUE, low:end],
            whole[INTENT, low:end],
            seg.adoption_share,
            seg.adoption_ceiling * quality,
            stays,
            seg.drift,
            seg.rowing,
            seg.intent_rowing_factor,
        )
    else:
        drift_to_own_ceiling(
            reals[ADOPTION, low:end],
            reals[ENGAGEMENT, low:end],
            reals[FIRST_VALUE, low:end],
            whole[INTENT, low:end],
            reals[ROOM, low:end],
            reals[MISFIT, low:end],
            seg.adoption_share,
            seg.adoption_ceiling,
            seg.misfit_ceiling,
            quality,
            stays,
            seg.drift,
            seg.rowing,
            seg.intent_rowing_factor,
        )
    # where an arm keeps sponsors from leaving, those whom the book's accounts have lost still come back
    if tables.extra[0] == 1 and seg.sponsor_departure + seg.sponsor_return > _ZERO:
        advance_sponsors(tables, work, a, d, s, low, high, month, key)


@inline()
def first_value(tables, work, a, d, s, low, high, month, flow):
    """Step 4: first value."""
    rate = tables.segment[a, d, s].first_value_rate
    if rate > _ZERO:
        left, reached = work.reals[FIRST_VALUE_LEFT, low:high], work.reals[FIRST_VALUE, low:high]
        if work.journal.shape[0] > 0:
            note_first_values(work, low, left, reached, rate, month)
        firings, months = reach_first_value(left, reached, work.whole[TENURE, low:high], rate)
        flow[book.FIRST_VALUES] += firings
        flow[book.MONTHS_TO_FIRST_VALUE] += months


@jit()
def note_first_values(work, low, left, reached, rate, month):
    """Write down who reaches first value in this month, before the pass that lets them."""
    for i in range(left.shape[0]):
        if reached[i] == _ZERO and left[i] - rate <= _ZERO:
            note(work, month, FIRST_VALUE_RECORD, work.ids[low + i], 0, 0.0)


@jit()
def note_health(tables, work, a, d, s, low, high, month):
    """Write down what everybody's score would say without noise."""
    seg = tables.segment[a, d, s]
    reals = work.reals
    for i in range(low, high):
        health = health_of(reals[ADOPTION, i], reals[ENGAGEMENT, i], seg.adoption_weight)
        if tables.extra[0] == 1:
            health += seg.bias_sd * reals[BIAS, i] - seg.frailty_loading * np.float32(math.log(reals[FRAILTY, i]))
        note(work, month, HEALTH, work.ids[i], 0, health)


@inline()
def health_rows(tables, work, a, month):
    """Rows of the month's health, and of the health that the score sees."""
    past = past_health(tables)
    kept = work.reals.shape[0] - past
    return past + month % kept, past + (month - tables.lag_months[a] + kept) % kept


@inline()
def score_without_telemetry(tables, work, a, d, s, month):
    """Step 6 before there is telemetry: the same score for a whole segment."""
    now, then = health_rows(tables, work, a, month)
    reals = work.reals
    low, high = span(work, s)
    weight = tables.segment[a, d, s].adoption_weight
    latent_health(reals[now, low:high], reals[ADOPTION, low:high], reals[ENGAGEMENT, low:high], weight)
    observe_mean(reals[SCORE, low:high], reals[then, low:high])


@inline()
def score(tables, work, a, d, s, low, high, month, key):
    """Step 6: health, and the score that the team sees of it."""
    now, then = health_rows(tables, work, a, month)
    noise = NOISE + (month - 1) % 4
    reals = work.reals
    seg = tables.segment[a, d, s]
    end = padded(low, high)
    latent_health(reals[now, low:end], reals[ADOPTION, low:end], reals[ENGAGEMENT, low:end], seg.adoption_weight)
    if (month - 1) % 4 == 0 and seg.score_noise > _ZERO:
        draw_noise(
            reals[NOISE, low:end],
            reals[NOISE + 1, low:end],
            reals[NOISE + 2, low:end],
            reals[NOISE + 3, low:end],
            work.ids[low:end],
            key,
            (month - 1) // 4,
        )
    if month < tables.telemetry_from[a]:
        return
    if tables.extra[0] == 0:
        observe(reals[SCORE, low:end], reals[then, low:end], reals[noise, low:end], seg.score_noise)
    else:
        observe_with_bias(
            reals[SCORE, low:end],
            reals[then, low:end],
            reals[noise, low:end],
            reals[BIAS, low:end],
            reals[FRAILTY, low:end],
            seg.score_noise,
            seg.bias_sd,
            seg.frailty_loading,
        )


@inline()
def advance_clocks(tables, work, a, d, s, low, high, hazard, shift, expansion_shift):
    """Steps 8 and 9: use up the thresholds of intent, upsell and contraction of the accounts [low, high).

    Writes the sums of causes to `hazard`.
    """
    seg = tables.segment[a, d, s]
    reals, whole = work.reals, work.whole
    adoption, engagement = reals[ADOPTION, low:high], reals[ENGAGEMENT, low:high]
    first_value = reals[FIRST_VALUE, low:high]
    base = work.base[: high - low]
    sum_of_causes(tables, work, a, d, s, low, high, hazard)
    gather(base, tables.base_hazard[a, d, s], whole[TENURE, low:high], work.flag[: high - low])
    add_scrutiny(base, reals[SCRUTINY, low:high], whole[TO_RENEWAL, low:high], seg.window)
    advance_intent(
        reals[INTENT_LEFT, low:high], base, reals[FRAILTY, low:high], hazard, reals[SHIELD, low:high], np.float32(shift)
    )
    if seg.upsell_rate > _ZERO:
        advance_upsell(
            reals[UPSELL_LEFT, low:high],
            adoption,
            engagement,
            first_value,
            reals[LIFT, low:high],
            np.float32(seg.upsell_constant + expansion_shift),
            seg.upsell_adoption,
            seg.upsell_engagement,
        )
    if seg.cross_sell_rate > _ZERO:
        advance_cross_sell(
            reals[CROSS_SELL_LEFT, low:high],
            adoption,
            engagement,
            first_value,
            reals[LIFT, low:high],
            whole[PRODUCTS, low:high],
            np.float32(seg.cross_sell_constant + expansion_shift),
            seg.cross_sell_adoption,
            seg.cross_sell_engagement,
            seg.most_products,
        )
    if seg.contraction_rate > _ZERO:
        advance_contraction(
            reals[CONTRACTION_LEFT, low:high],
            adoption,
            engagement,
            first_value,
            np.float32(seg.contraction_constant - expansion_shift),
            seg.contraction_adoption,
            seg.contraction_engagement,
        )


@jit()
def age(tenure, to_renewal, since_touch, shield, lift, uplift, shield_decay, lift_decay, uplift_decay):
    """A month passes: counters move on, effects fade."""
    for i in range(tenure.shape[0]):
        tenure[i] += np.int32(1)
        to_renewal[i] -= np.int32(1)
        since_touch[i] += np.int32(1)
    for i in range(shield.shape[0]):
        shield[i] *= shield_decay
    for i in range(lift.shape[0]):
        lift[i] *= lift_decay
    for i in range(uplift.shape[0]):
        uplift[i] *= uplift_decay


@jit()
def fade(values, decay):
    """Let an effect fade by a month."""
    for i in range(values.shape[0]):
        values[i] *= decay


@inline()
def welcome(tables, work, a, d, s, month, key, flow, gone):
    """Step 1's newcomers take the columns of leavers; holes that remain are closed from the right. False: no room."""
    reals, whole, fresh = work.reals, work.whole, work.fresh
    extra = tables.extra[0] == 1
    observes = tables.observes[0] == 1
    by_leads, new, coming = list_arrivals(tables, work, a, d, s, month, key, flow)
    if coming < 0:
        return False
    high = work.offset[s] + work.count[s]
    holes = min(coming, gone)
    if high + coming - holes > work.offset[s + 1] - LANES:
        return False
    work.count[s] += coming - holes
    for c in range(coming):
        work.newcomers[c] = work.arrival_id[work.coming[c]]
    for t in range(tables.team.shape[2]):
        if owned(tables, a, d, t, s):
            own(work, work.new_owner[t], work.newcomers[:coming], tables.team_key[t], work.funded[t], key)
    back = work.back_head[s, month]
    # those for whom nobody makes room stand behind the last account
    columns = work.leavers[:coming]
    for c in range(gone, coming):
        columns[c] = high + c - gone
    cohort = 1.0
    if coming > 0:
        clear(tables, reals, whole, columns)
        volatility = tables.segment[a, d, s].cohort_volatility
        cohort = cohort_factor(volatility, key, tables.segment_key[s], tables.quarter[month])
    for c in range(coming):
        i = np.int64(columns[c])
        who, column = work.newcomers[c], np.int64(work.coming[c])
        work.ids[i] = who
        enter(tables, a, d, s, reals, whole, i, who, fresh, column, month, cohort, key)
        if extra:
            misfit, gap = work.arrival_misfit[column], work.arrival_gap[column]
            write_optional(tables, a, d, reals, whole, i, who, fresh, column, key, misfit, gap)
            if c >= new:
                settle_return(work, i, back)
                back = work.back_next[back]
        if observes:
            for j in range(4):
                reals[NOISE + j, i] = fresh[FRESH_NOISE + j, column]
        for t in range(tables.team.shape[2]):
            if owned(tables, a, d, t, s):
                whole[owners(tables) + t, i] = work.new_owner[t, c]
        if c < new:
            flow[book.ARR_NEW] += np.float64(reals[ARR, i])
        else:
            flow[book.ARR_REACTIVATED] += np.float64(reals[ARR, i])
        note(work, month, ENTRY, who, 0 if c < by_leads else 1 if c < new else 2, reals[ARR, i])
    flow[book.ACCOUNTS_NEW] += new
    flow[book.ACCOUNTS_REACTIVATED] += coming - new
    # leavers stand in ascending order, so the last hole is the rightmost
    for hole in range(gone - 1, holes - 1, -1):
        last = work.offset[s] + work.count[s] - 1
        i = np.int64(work.leavers[hole])
        if i != last:
            move(reals, whole, work.ids, last, i)
        work.count[s] -= 1
    return True


@spliced()
def run_month(tables, work, a, d, month, key, flows, churn, teams, plays, cohorts):
    """One month of one arm. Ledger rows of the month; `cohorts` (S, columns) of the running year. False: no room."""
    segments = work.count.shape[0]
    optional = tables.extra[0] == 1
    market = tables.market[a, d]
    shift = centred(1.0, work.market[month], market.volatility)
    expansion_shift = centred(market.expansion_loading, work.market[month], market.volatility)

    fits = True
    referred = found = np.int64(0)
    for s in range(segments):
        low, high = span(work, s)
        work.referral_first[s], work.incident_first[s] = referred, found
        for first in range(low, high, TILE):
            last = min(first + TILE, high)
            if optional:
                referred = refer(tables, work, a, d, s, first, last, month, key, flows[s], referred)
                if referred < 0:
                    return False
            drift(tables, work, a, d, s, first, last, month, key)
            if optional:
                found = list_incidents(tables, work, a, d, s, first, last, month, found)
            first_value(tables, work, a, d, s, first, last, month, flows[s])
    work.referral_first[segments], work.incident_first[segments] = referred, found
    if optional:
        have_incidents(tables, work, a, d, month, key, flows)
    for t in range(tables.team.shape[2]):
        work.seconds[t] = staff_month(tables, work, a, d, t, month, key, teams[t])
    for s in range(segments):
        if tables.observes[0] and month < tables.telemetry_from[a]:
            score_without_telemetry(tables, work, a, d, s, month)
        low, high = span(work, s)
        for first in range(low, high, TILE):
            last = min(first + TILE, high)
            if tables.observes[0]:
                score(tables, work, a, d, s, first, last, month, key)
            if tables.play.shape[2] > 0:
                find_stages(tables, work, a, d, s, first, last)
            for p in range(tables.play.shape[2]):
                if tables.play[a, d, p].team < 0 and tables.covers[a, p, s]:
                    play_digital(tables, work, a, d, p, s, first, last, month, key, flows, plays)
    for t in range(tables.team.shape[2]):
        play_team(tables, work, a, d, t, work.seconds[t], month, key, flows, teams, plays)
        close_team_month(tables, work, a, d, t, teams[t])

    reals, whole = work.reals, work.whole
    for s in range(segments):
        seg = tables.segment[a, d, s]
        gone = np.int64(0)
        low, high = span(work, s)
        for first in range(low, high, TILE):
            last = min(first + TILE, high)
            end = padded(first, last)
            for low_block in range(first, end, BLOCK):
                high_block = min(low_block + BLOCK, end)
                hazard = work.hazard[low_block - first : high_block - first]
                advance_clocks(tables, work, a, d, s, low_block, high_block, hazard, shift, expansion_shift)
            gone = settle(tables, work, a, d, s, first, last, month, key, flows[s], churn[s], gone)
            if gone < 0:
                return False
            age(
                whole[TENURE, first:end],
                whole[TO_RENEWAL, first:end],
                whole[SINCE_TOUCH, first:end],
                reals[SHIELD, first:end],
                reals[LIFT, first:end],
                reals[UPLIFT, first:end],
                seg.shield_decay,
                seg.lift_decay,
                seg.uplift_decay,
            )
            if optional:
                fade(reals[GAP, first:end], seg.gap_decay)
        fits = fits and welcome(tables, work, a, d, s, month, key, flows[s], gone)
        low, high = span(work, s)
        work.detractors[s] = 0
        for first in range(low, high, TILE):
            last = min(first + TILE, high)
            book.close_month(
                flows[s],
                work.hazard,
                reals,
                whole,
                first,
                last,
                seg.adoption_weight,
                tables.terms,
                seg.billing_months,
            )
            promoters, detractors = voices(tables, work, a, d, s, first, last)
            flows[s, book.PROMOTERS] += promoters
            work.detractors[s] += detractors
        flows[s, book.DETRACTORS] = work.detractors[s]
        remember_leavers(tables, work, a, d, s, gone)
        if month == work.watch[0]:
            note_health(tables, work, a, d, s, low, high, month)
        if month % 12 == 0:
            book.close_year(cohorts[s], reals, low, high)
    return fits
