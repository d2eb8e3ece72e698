"""Promoters, detractors, referrals, word of mouth. Equations and sources: scenario/advocacy.py."""

from __future__ import annotations

import math

import numpy as np

from churnsim.engine import ledger as book
from churnsim.engine.accounts import ADOPTION, ENGAGEMENT, FIRST_VALUE_LEFT, N_REFERRAL, REFERRAL_LEFT, TENURE
from churnsim.engine.clocks import fire
from churnsim.engine.health import health_of, latent_health
from churnsim.engine.jit import inline, jit
from churnsim.engine.journal import REFERRAL as REFERRAL_RECORD
from churnsim.engine.journal import note
from churnsim.engine.keys import REFERRAL, REFERRAL_SALT, combine
from churnsim.engine.onboarding import REACHED
from churnsim.engine.playbooks import STALLED_AFTER
from churnsim.engine.vectors import total
from churnsim.engine.workspace import flagged, padded

_ZERO = np.float32(0.0)


@inline()
def promotes(health, first_value_left, promoter_health):
    """Whether an account recommends the product."""
    return (health >= promoter_health) & (first_value_left == REACHED)


@jit()
def advance_referrals(flag, left, adoption, engagement, first_value_left, weight, promoter_health, rate):
    """Use up thresholds of promoters; flag = 1 where one refers."""
    for i in range(left.shape[0]):
        health = health_of(adoption[i], engagement[i], weight)
        left[i] -= rate if promotes(health, first_value_left[i], promoter_health) else _ZERO
        flag[i] = np.int32(left[i] <= _ZERO)


@jit()
def count_voices(health, first_value_left, tenure, promoter_health, detractor_health):
    """Promoters and detractors; nobody is a detractor while onboarding still runs as it should."""
    promoters = np.int32(0)
    detractors = np.int32(0)
    for i in range(health.shape[0]):
        promoters += np.int32(promotes(health[i], first_value_left[i], promoter_health))
        judges = (first_value_left[i] == REACHED) | (tenure[i] >= STALLED_AFTER)
        detractors += np.int32((health[i] <= detractor_health) & judges)
    return promoters, detractors


@inline()
def refer(tables, work, a, d, s, low, high, month, key, flow, n):
    """Step 1: append the leads that promoters among the accounts [low, high) bring to the first `n` of `work.referral`.

    Return how many there are then, -1: no room.
    """
    seg = tables.segment[a, d, s]
    if seg.referral_rate <= _ZERO or month >= tables.closed_from[a]:
        return n
    reals, whole, end = work.reals, work.whole, padded(low, high)
    advance_referrals(
        work.flag[: end - low],
        reals[REFERRAL_LEFT, low:end],
        reals[ADOPTION, low:end],
        reals[ENGAGEMENT, low:end],
        reals[FIRST_VALUE_LEFT, low:end],
        seg.adoption_weight,
        seg.promoter_health,
        seg.referral_rate,
    )
    start = n
    columns = work.chosen[: flagged(work, low, high, np.int32(1), work.chosen)]
    firings = 0
    while columns.shape[0] > 0:
        if n + columns.shape[0] > work.referral.shape[0]:
            return -1
        firings += 1
        for c in range(columns.shape[0]):
            i = columns[c]
            lead = combine(work.ids[i], np.uint64(whole[N_REFERRAL, i] + 1) + np.uint64(REFERRAL_SALT))
            work.referral[n] = lead
            n += 1
            note(work, month, REFERRAL_RECORD, lead, 0, 0.0)
        columns = columns[: fire(work, columns, reals[REFERRAL_LEFT], whole[N_REFERRAL], firings, key, REFERRAL, 0)]
    flow[book.REFERRALS] += n - start
    flow[book.LEADS] += n - start
    return n


@inline()
def word_of_mouth(tables, work, a, d, s):
    """Factor on conversion of what detractors and recent leavers say, from the counts of the month before."""
    seg = tables.segment[a, d, s]
    if seg.word_of_mouth == 0.0:
        return 1.0
    voices = work.detractors[s] + work.recent_leavers[s]
    return math.exp(-seg.word_of_mouth * min(1.0, voices / max(np.float64(work.heard_by[s]), 1.0)))


@inline()
def voices(tables, work, a, d, s, low, high):
    """Health of the accounts [low, high) of a tile of a segment, summed, how many promote, and how many detract."""
    seg = tables.segment[a, d, s]
    reals, health = work.reals, work.hazard[: high - low]
    latent_health(health, reals[ADOPTION, low:high], reals[ENGAGEMENT, low:high], seg.adoption_weight)
    promoters, detractors = count_voices(
        health,
        reals[FIRST_VALUE_LEFT, low:high],
        work.whole[TENURE, low:high],
        seg.promoter_health,
        seg.detractor_health,
    )
    return total(health), promoters, detractors


@inline()
def remember_leavers(tables, work, a, d, s, exits):
    """The month's end: recent leavers fade, today's are added."""
    work.recent_leavers[s] = work.recent_leavers[s] * tables.segment[a, d, s].leaver_decay + exits
    work.heard_by[s] = work.count[s]
