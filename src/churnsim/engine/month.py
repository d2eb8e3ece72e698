"""The month, in order (MODEL): 1 arrivals; 2 market; 3 drift; 4 first value; 5 team; 6 score; 7 plays; 8 intent and
exits; 9 expansion and contraction; 10 contract end; 11 ledger.

Newcomers enter in mid-month without exposure: step 1's arrivals take their columns at the month's end, where leavers
made room.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine import ledger as book
from churnsim.engine.accounts import (
    ADOPTION,
    CONTRACTION_LEFT,
    CROSS_SELL_LEFT,
    ENGAGEMENT,
    FIRST_VALUE_LEFT,
    FRAILTY,
    GAP,
    INTENT,
    INTENT_LEFT,
    LIFT,
    MISFIT,
    PRODUCTS,
    ROOM,
    SCRUTINY,
    SHIELD,
    SINCE_TOUCH,
    TENURE,
    TO_RENEWAL,
    UPLIFT,
    UPSELL_LEFT,
)
from churnsim.engine.advocacy import refer, remember_leavers, voices
from churnsim.engine.delivery import find_stages, list_candidates, open_groups, play_digital, play_team
from churnsim.engine.engagement import drift_apart, drift_to_own_ceiling
from churnsim.engine.entry import close_holes, empty, empty_behind, expect, take_places
from churnsim.engine.events import settle
from churnsim.engine.expansion import advance_contraction, advance_cross_sell, advance_upsell
from churnsim.engine.health import note_health, score, score_without_telemetry
from churnsim.engine.intent import add_scrutiny, advance_intent, gather, sum_of_causes
from churnsim.engine.jit import inline, jit, spliced
from churnsim.engine.journal import FIRST_VALUE as FIRST_VALUE_RECORD
from churnsim.engine.journal import note
from churnsim.engine.market import centred
from churnsim.engine.onboarding import REACHED, reach_first_value
from churnsim.engine.sponsor import advance_sponsors
from churnsim.engine.support import have_incidents, list_incidents
from churnsim.engine.team import close_team_month, staff_month
from churnsim.engine.vectors import LANES
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
            reals[FIRST_VALUE_LEFT, low:end],
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
            reals[FIRST_VALUE_LEFT, low:end],
            whole[INTENT, low:end],
            reals[ROOM, low:end],
            whole[MISFIT, low:end],
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
        left = work.reals[FIRST_VALUE_LEFT, low:high]
        if work.journal.shape[0] > 0:
            note_first_values(work, low, left, rate, month)
        firings, months = reach_first_value(left, work.whole[TENURE, low:high], rate)
        flow[book.FIRST_VALUES] += firings
        flow[book.MONTHS_TO_FIRST_VALUE] += months


@jit()
def note_first_values(work, low, left, rate, month):
    """Write down who reaches first value in this month, before the pass that lets them."""
    for i in range(left.shape[0]):
        if left[i] != REACHED and left[i] - rate <= _ZERO:
            note(work, month, FIRST_VALUE_RECORD, work.ids[low + i], 0, 0.0)


@inline()
def advance_clocks(tables, work, a, d, s, low, high, hazard, shift, expansion_shift):
    """Steps 8 and 9: use up the thresholds of intent, upsell and contraction of the accounts [low, high).

    Writes the sums of causes to `hazard`.
    """
    seg = tables.segment[a, d, s]
    reals, whole = work.reals, work.whole
    adoption, engagement = reals[ADOPTION, low:high], reals[ENGAGEMENT, low:high]
    first_value_left = reals[FIRST_VALUE_LEFT, low:high]
    base = work.base[: high - low]
    sum_of_causes(tables, work, a, d, s, low, high, hazard)
    by_tenure = tables.base_hazard[a, d, s, : seg.hazard_months]
    gather(base, by_tenure, whole[TENURE, low:high], work.flag[: high - low])
    add_scrutiny(base, reals[SCRUTINY, low:high], whole[TO_RENEWAL, low:high], seg.window)
    advance_intent(
        reals[INTENT_LEFT, low:high], base, reals[FRAILTY, low:high], hazard, reals[SHIELD, low:high], np.float32(shift)
    )
    if seg.upsell_rate > _ZERO:
        advance_upsell(
            reals[UPSELL_LEFT, low:high],
            adoption,
            engagement,
            first_value_left,
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
            first_value_left,
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
            first_value_left,
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


@spliced()
def drift_all(tables, work, a, d, month, key, flows):
    """Steps 1, 3 and 4: referrals, drift, sponsors, incidents, first value. False: no room."""
    segments = work.count.shape[0]
    optional = tables.extra[0] == 1
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
                found = list_incidents(tables, work, a, d, s, first, last, month, key, found)
                if found < 0:
                    return False
            first_value(tables, work, a, d, s, first, last, month, flows[s])
    work.referral_first[segments], work.incident_first[segments] = referred, found
    if optional:
        have_incidents(tables, work, a, d, month, flows)
    return True


@inline()
def observe_and_play(tables, work, a, d, s, first, last, month, key, flows, plays):
    """Steps 6 and 7 for the columns [first, last) of a tile: score, digital plays."""
    if tables.observes[0]:
        score(tables, work, a, d, s, first, last, month, key)
    for p in range(tables.play.shape[2]):
        if tables.play[a, d, p].team < 0 and tables.covers[a, p, s]:
            play_digital(tables, work, a, d, p, s, first, last, month, key, flows, plays)


@spliced()
def play_all(tables, work, a, d, month, key, flows, teams, plays):
    """Steps 6 and 7: score, stages, digital plays, then those of the teams."""
    segments, last_team = work.count.shape[0], tables.team.shape[2] - 1
    if tables.observes[0] and month < tables.telemetry_from[a]:
        for s in range(segments):
            score_without_telemetry(tables, work, a, d, s, month)
    # digital plays leave one tile and the next alone, so the first team's candidates are listed in the same visit
    for t in range(max(last_team, 0) + 1):
        groups = open_groups(tables, work, a, d, t) if t <= last_team else 0
        for s in range(segments):
            low, high = span(work, s)
            for first in range(low, high, TILE):
                last = min(first + TILE, high)
                if tables.play.shape[2] > 0:
                    find_stages(tables, work, a, d, s, first, last)
                if t == 0:
                    observe_and_play(tables, work, a, d, s, first, last, month, key, flows, plays)
                list_candidates(tables, work, a, d, s, groups, first, last, month)
        if t <= last_team:
            play_team(tables, work, a, d, t, groups, work.seconds[t], month, key, flows, teams, plays)
            close_team_month(tables, work, a, d, t, teams[t])


@inline()
def close_tile(tables, work, a, d, s, first, last, month, flow, cohort):
    """Step 11: closing sums of the columns [first, last) of a tile, and what people say."""
    health, promoters, detractors = voices(tables, work, a, d, s, first, last)
    flow[book.HEALTH_SUM] += health
    flow[book.PROMOTERS] += promoters
    flow[book.DETRACTORS] += detractors
    billing_months = tables.segment[a, d, s].billing_months
    book.close_month(flow, work.hazard, work.reals, work.whole, first, last, tables.terms, billing_months)
    if month % 12 == 0:
        book.close_year(cohort, work.hazard, work.reals, first, last)


@spliced()
def end_month(tables, work, a, d, s, shift, expansion_shift, month, key, flow, churn, cohort):
    """Steps 8 to 11 for segment `s`, a month passes, and newcomers take their places. False: no room.

    All of it tile by tile, while a tile's rows are near. Newcomers take the columns of leavers in turn, those who find
    none stand behind the last account.
    """
    reals, whole, seg = work.reals, work.whole, tables.segment[a, d, s]
    by_leads, new, coming = expect(tables, work, a, d, s, month, key, flow)
    if coming < 0:
        return False
    back = work.back_head[s, month]
    low, high = span(work, s)
    gone = np.int64(0)
    # an empty segment has one empty tile
    for first in range(low, max(high, low + 1), TILE):
        last = min(first + TILE, high)
        end = padded(first, last)
        for low_block in range(first, end, BLOCK):
            high_block = min(low_block + BLOCK, end)
            hazard = work.hazard[low_block - first : high_block - first]
            advance_clocks(tables, work, a, d, s, low_block, high_block, hazard, shift, expansion_shift)
        left = settle(tables, work, a, d, s, first, last, month, key, flow, churn, gone)
        if left < 0:
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
        if tables.extra[0] == 1:
            fade(reals[GAP, first:end], seg.gap_decay)
        placed = min(coming, left)
        if last == high:
            placed = coming
            last += max(coming - left, 0)
            end = padded(first, last)
            if last + LANES > work.offset[s + 1]:
                return False
            for c in range(left, coming):
                work.leavers[c] = high + c - left
            if last + LANES > work.reach[s]:
                empty_behind(reals, whole, max(work.reach[s], last), last + LANES)
                work.reach[s] = last + LANES
        back = take_places(tables, work, a, d, s, gone, placed, by_leads, new, back, month, key, flow)
        empty(reals, whole, work.leavers[max(gone, placed) : max(left, placed)])
        for low_tile in range(first, end, TILE):
            close_tile(tables, work, a, d, s, low_tile, min(low_tile + TILE, end), month, flow, cohort)
        gone = left
    work.count[s] += max(coming - gone, 0)
    close_holes(work, s, coming, gone)
    flow[book.ACCOUNTS_NEW] += new
    flow[book.ACCOUNTS_REACTIVATED] += coming - new
    flow[book.ACCOUNTS_CLOSING] = work.count[s]
    work.detractors[s] = np.int64(flow[book.DETRACTORS])
    remember_leavers(tables, work, a, d, s, gone)
    return True


@spliced()
def run_month(tables, work, a, d, month, key, flows, churn, teams, plays, cohorts):
    """One month of one arm. Ledger rows of the month; `cohorts` (S, columns) of the running year. False: no room."""
    market = tables.market[a, d]
    shift = centred(1.0, work.market[month], market.volatility)
    expansion_shift = centred(market.expansion_loading, work.market[month], market.volatility)

    if not drift_all(tables, work, a, d, month, key, flows):
        return False
    for t in range(tables.team.shape[2]):
        work.seconds[t] = staff_month(tables, work, a, d, t, month, key, teams[t])
    play_all(tables, work, a, d, month, key, flows, teams, plays)
    for s in range(work.count.shape[0]):
        if not end_month(tables, work, a, d, s, shift, expansion_shift, month, key, flows[s], churn[s], cohorts[s]):
            return False
        low, high = span(work, s)
        if month == work.watch[0]:
            note_health(tables, work, a, d, s, low, high, month)
    return True
