"""The month, in order (MODEL): 1 arrivals; 2 market; 3 drift; 4 first value; 5 team; 6 score; 7 plays; 8 intent and
exits; 9 expansion and contraction; 10 contract end; 11 ledger.

Newcomers enter in mid-month without exposure: they are drawn in step 1's place of the ledger, but take their columns at
the month's end, where leavers made room.
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
    FIRST_VALUE,
    FIRST_VALUE_LEFT,
    FRAILTY,
    INTENT,
    INTENT_LEFT,
    LIFT,
    NOISE,
    OWNER,
    PAST_HEALTH,
    SCORE,
    SCRUTINY,
    SHIELD,
    SINCE_TOUCH,
    TENURE,
    TO_RENEWAL,
    UPLIFT,
    UPSELL_LEFT,
    move,
)
from churnsim.engine.acquisition import (
    FRESH_NOISE,
    cohort_factor,
    convert,
    count_leads,
    cutoff,
    draw_fresh,
    enter,
    owner,
)
from churnsim.engine.delivery import find_stages, play_digital, play_team
from churnsim.engine.engagement import drift_apart
from churnsim.engine.events import settle
from churnsim.engine.expansion import advance_contraction, advance_upsell
from churnsim.engine.health import draw_noise, latent_health, observe
from churnsim.engine.intent import add_scrutiny, advance_intent, gather, sum_of_causes
from churnsim.engine.jit import inline, jit
from churnsim.engine.market import centred
from churnsim.engine.onboarding import reach_first_value
from churnsim.engine.team import owned, staff_month
from churnsim.engine.workspace import LANES, lanes, span

_ZERO = np.float32(0.0)


@inline()
def drift(tables, work, a, d, flows):
    """Steps 3 and 4: drift and first value."""
    reals, whole = work.reals, work.whole
    for s in range(work.count.shape[0]):
        seg = tables.segment[a, d, s]
        low, high = lanes(work, s)
        drift_apart(
            reals[ADOPTION, low:high],
            reals[ENGAGEMENT, low:high],
            reals[FIRST_VALUE, low:high],
            whole[INTENT, low:high],
            seg.adoption_share,
            seg.adoption_ceiling,
            seg.drift,
            seg.rowing,
            seg.intent_rowing_factor,
        )
        if seg.first_value_rate > _ZERO:
            low, high = span(work, s)
            firings, months = reach_first_value(
                reals[FIRST_VALUE_LEFT, low:high],
                reals[FIRST_VALUE, low:high],
                whole[TENURE, low:high],
                seg.first_value_rate,
            )
            flows[s, book.FIRST_VALUES] += firings
            flows[s, book.MONTHS_TO_FIRST_VALUE] += months


@inline()
def score(tables, work, a, d, month, key):
    """Step 6: health, and the score that the team sees of it."""
    kept = work.reals.shape[0] - PAST_HEALTH
    now = PAST_HEALTH + month % kept
    then = PAST_HEALTH + (month - tables.lag_months[a] + kept) % kept
    noise = NOISE + (month - 1) % 4
    reals = work.reals
    for s in range(work.count.shape[0]):
        seg = tables.segment[a, d, s]
        low, high = lanes(work, s)
        latent_health(reals[now, low:high], reals[ADOPTION, low:high], reals[ENGAGEMENT, low:high], seg.adoption_weight)
        if (month - 1) % 4 == 0 and seg.score_noise > _ZERO:
            draw_noise(
                reals[NOISE, low:high],
                reals[NOISE + 1, low:high],
                reals[NOISE + 2, low:high],
                reals[NOISE + 3, low:high],
                work.ids[low:high],
                key,
                (month - 1) // 4,
            )
        observe(reals[SCORE, low:high], reals[then, low:high], reals[noise, low:high], seg.score_noise)


@inline()
def advance_clocks(tables, work, a, d, s, shift, expansion_shift):
    """Steps 8 and 9: use up the thresholds of intent, upsell and contraction in one segment."""
    seg = tables.segment[a, d, s]
    low, high = lanes(work, s)
    reals, whole = work.reals, work.whole
    adoption, engagement = reals[ADOPTION, low:high], reals[ENGAGEMENT, low:high]
    first_value = reals[FIRST_VALUE, low:high]
    hazard, base = work.hazard[low:high], work.base[low:high]
    sum_of_causes(
        hazard, adoption, engagement, first_value, reals[UPLIFT, low:high], tables.cause[a, d, s], seg.constant_weight
    )
    gather(base, tables.base_hazard[a, d, s], whole[TENURE, low:high])
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


@inline()
def welcome(tables, work, a, d, s, month, key, shift, flow, gone):
    """Step 1's newcomers take the columns of leavers; holes that remain are closed from the right. False: no room."""
    reals, whole = work.reals, work.whole
    observes = tables.observes[0] == 1
    volatility = tables.segment[a, d, s].cohort_volatility
    cohort = cohort_factor(volatility, key, tables.segment_key[s], tables.quarter[month])
    coming = 0
    for h in range(tables.channel.shape[3]):
        channel = tables.channel[a, d, s, h]
        leads = count_leads(tables, a, d, s, h, key, month, shift)
        flow[book.LEADS] += leads
        flow[book.ACQUISITION_COST] += leads * channel.cost_per_lead
        least = cutoff(channel.conversion)
        coming = convert(tables, s, h, leads, least, work.conversion, work.newcomers, coming, key, month)
        if coming < 0:
            return False
    high = work.offset[s] + work.count[s]
    holes = min(coming, gone)
    if high + coming - holes > work.offset[s + 1] - LANES:
        return False
    work.count[s] += coming - holes
    fresh = work.fresh
    draw_fresh(fresh, work.newcomers, coming, key)
    if observes:
        draw_noise(
            fresh[FRESH_NOISE, :coming],
            fresh[FRESH_NOISE + 1, :coming],
            fresh[FRESH_NOISE + 2, :coming],
            fresh[FRESH_NOISE + 3, :coming],
            work.newcomers[:coming],
            key,
            (month - 1) // 4,
        )
    for c in range(coming):
        i = np.int64(work.leavers[c]) if c < gone else high + c - gone
        who = work.newcomers[c]
        work.ids[i] = who
        enter(tables, a, d, s, reals, whole, i, fresh, c, month, cohort)
        if observes:
            for j in range(4):
                reals[NOISE + j, i] = fresh[FRESH_NOISE + j, c]
        for t in range(tables.team.shape[2]):
            if owned(tables, a, d, t, s):
                whole[OWNER + t, i] = owner(who, tables.team_key[t], tables.posts[a, t, month], key)
        flow[book.ARR_NEW] += np.float64(reals[ARR, i])
    flow[book.ACCOUNTS_NEW] += coming
    # leavers stand in ascending order, so the last hole is the rightmost
    for hole in range(gone - 1, holes - 1, -1):
        last = work.offset[s] + work.count[s] - 1
        i = np.int64(work.leavers[hole])
        if i != last:
            move(reals, whole, work.ids, last, i)
        work.count[s] -= 1
    return True


@inline()
def run_month(tables, work, a, d, month, key, flows, churn, teams, plays, cohorts):
    """One month of one arm. Ledger rows of the month; `cohorts` (S, columns) of the running year. False: no room."""
    segments = work.count.shape[0]
    market = tables.market[a, d]
    shift = centred(1.0, work.market[month], market.volatility)
    leads_factor = math.exp(centred(market.lead_loading, work.market[month], market.volatility))
    expansion_shift = centred(market.expansion_loading, work.market[month], market.volatility)

    drift(tables, work, a, d, flows)
    for t in range(tables.team.shape[2]):
        work.seconds[t] = staff_month(tables, work, a, d, t, month, key, teams[t])
    if tables.observes[0]:
        score(tables, work, a, d, month, key)
    if tables.play.shape[2] > 0:
        find_stages(tables, work, a, d)
    for p in range(tables.play.shape[2]):
        if tables.play[a, d, p].team < 0:
            play_digital(tables, work, a, d, p, month, key, flows, plays)
    for t in range(tables.team.shape[2]):
        play_team(tables, work, a, d, t, work.seconds[t], month, key, flows, teams, plays)

    fits = True
    for s in range(segments):
        seg = tables.segment[a, d, s]
        advance_clocks(tables, work, a, d, s, shift, expansion_shift)
        gone = settle(tables, work, a, d, s, month, key, flows[s], churn[s])
        low, high = lanes(work, s)
        reals, whole = work.reals, work.whole
        age(
            whole[TENURE, low:high],
            whole[TO_RENEWAL, low:high],
            whole[SINCE_TOUCH, low:high],
            reals[SHIELD, low:high],
            reals[LIFT, low:high],
            reals[UPLIFT, low:high],
            seg.shield_decay,
            seg.lift_decay,
            seg.uplift_decay,
        )
        fits = fits and welcome(tables, work, a, d, s, month, key, leads_factor, flows[s], gone)
        low, high = span(work, s)
        book.close_month(flows[s], reals, whole, low, high, seg.adoption_weight)
        if month % 12 == 0:
            book.close_year(cohorts[s], reals, low, high)
    return fits
