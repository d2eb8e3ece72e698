"""Tables: what the engine is told, as plain arrays. Names have become indices.

Axes: A arms, D draws, S segments, K terms, C root causes, H channels, T teams, P playbooks, M months, N months of
tenure. Records hold the numbers of one segment, team or playbook; `compile` fills them, the mechanisms read them by
name.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

F4, F8, I4, I8, U8 = np.float32, np.float64, np.int32, np.int64, np.uint64

SEGMENT = np.dtype(
    [
        # onboarding and engagement
        ("first_value_rate", F4),
        ("milestones", I4),
        ("middle_threshold", F4),
        ("adoption_share", F4),
        ("adoption_ceiling", F4),
        ("misfit_ceiling", F4),
        ("initial_engagement", F4),
        ("drift", F4),
        ("rowing", F4),
        ("intent_rowing_factor", F4),
        # health and score
        ("adoption_weight", F4),
        ("score_noise", F4),
        ("bias_sd", F4),
        ("frailty_loading", F4),
        # intent
        ("cohort_volatility", F8),
        ("constant_weight", F4),
        # entries of `base_hazard` until it stays as it is
        ("hazard_months", I4),
        ("window", I4),
        # expansion: log rate at a state is log_rate + adoption a + engagement g
        ("upsell_rate", F4),
        ("upsell_constant", F4),
        ("upsell_adoption", F4),
        ("upsell_engagement", F4),
        ("upsell_fraction", F4),
        ("contraction_rate", F4),
        ("contraction_constant", F4),
        ("contraction_adoption", F4),
        ("contraction_engagement", F4),
        ("contraction_fraction", F4),
        ("cross_sell_rate", F4),
        ("cross_sell_constant", F4),
        ("cross_sell_adoption", F4),
        ("cross_sell_engagement", F4),
        ("cross_sell_fraction", F4),
        ("most_products", I4),
        ("wallet_multiple", F4),
        # contracts
        ("price_uplift", F4),
        ("uplift_decay", F4),
        ("shield_decay", F4),
        ("lift_decay", F4),
        # immediate exits
        ("closure_rate", F8),
        ("payment_lump", F8),
        ("billing_months", I4),
        ("grace_months", I4),
        # acquisition
        ("entry_log_arr", F8),
        ("entry_sigma", F8),
        # copula of the normal scores of ARR, frailty and misfit: rows 2 and 3 of its Cholesky factor
        ("copula_21", F4),
        ("copula_22", F4),
        ("copula_31", F4),
        ("copula_32", F4),
        ("copula_33", F4),
        # expectations; entry_gap is the mean over channels, which the book's accounts came by
        ("entry_gap", F4),
        ("gap_decay", F4),
        ("pushy_gap", F4),
        ("pushy_below_health", F4),
        # sponsors: hazards a month
        ("sponsor_departure", F4),
        ("sponsor_return", F4),
        ("sponsor_loss", F4),
        ("sponsor_protection", F4),
        # support
        ("incident_rate", F4),
        ("incident_misfit", F4),
        ("incident_no_first_value", F4),
        ("incident_quality_gap", F4),
        ("incident_loss", F4),
        ("first_contact", F8),
        ("reactive_hours", F8),
        # win-back: hazard of the first month, its decay a month, share of ARR
        ("win_back_hazard", F8),
        ("win_back_decay", F8),
        ("win_back_share", F4),
        # advocacy; misfit_cut as in CHANNEL
        ("promoter_health", F4),
        ("detractor_health", F4),
        ("referral_rate", F4),
        ("referral_conversion", F8),
        ("referral_misfit_cut", F4),
        ("referral_gap", F4),
        ("word_of_mouth", F8),
        ("leaver_decay", F8),
    ],
    align=True,
)

CAUSE = np.dtype(
    [
        ("log_weight", F4),
        ("weight", F4),
        ("answers", I4),
        ("adoption", F4),
        ("engagement", F4),
        ("no_first_value", F4),
        ("uplift", F4),
        # `extra`: 1 where one of those that follow is not 0
        ("extra", I4),
        ("no_sponsor", F4),
        ("misfit", F4),
        ("products", F4),
        ("expectation_gap", F4),
    ],
    align=True,
)
"""Log hazard of a cause at a state is log_weight + adoption a + engagement g + ...; log_weight holds the reference."""

CHANNEL = np.dtype(
    [
        ("conversion", F8),
        ("conversion_misfit", F8),
        ("misfit_cut", F4),
        ("gap", F4),
        ("cost_per_lead", F8),
        ("cost_elasticity", F8),
        ("reference_leads", F8),
    ],
    align=True,
)
"""`conversion`: of a right customer, `conversion_misfit` of a misfit, each after screening. A lead is a misfit when its
normal score lies above `misfit_cut` (NO_MISFIT: never). `gap`: expectation gap at entry."""

NO_MISFIT = 99.0
NO_LIMIT = 3e38
"""Wallet multiple of accounts without limit."""

DESK = np.dtype([("agents", I4), ("hours_per_agent", F8), ("handling", F8), ("patience", F8)], align=True)
"""The support desk; 0 agents: nobody waits."""

TEAM = np.dtype(
    [
        ("hours", F8),
        ("ramp_months", F8),
        ("attrition_rate", F8),
        ("months_to_fill", I4),
        ("monthly_cost", F8),
        ("wage_growth", F8),
        ("recruiting_cost", F8),
        ("severance_cost", F8),
        ("orphan_loss", F4),
        ("overload_attrition", F8),
        ("process_cost", F8),
        ("hire_overload_hours", F8),
        ("hire_months", I4),
        ("hire_most", I4),
    ],
    align=True,
)

PLAY = np.dtype(
    [
        ("team", I4),
        ("seconds", I8),
        ("cost", F8),
        ("cadence", I4),
        ("success", F8),
        ("adoption", F4),
        ("engagement", F4),
        ("shield", F4),
        ("lift", F4),
        ("first_value", F4),
        ("rescue", F8),
        # trigger
        ("stages", I4),
        ("score_min", F4),
        ("score_max", F4),
        ("renewal_min", I4),
        ("renewal_max", I4),
        ("tenure_min", I4),
        ("tenure_max", I4),
        ("touch_min", I4),
        ("touch_max", I4),
        ("arr_min", F4),
        ("arr_max", F4),
        ("sponsor_wanted", I4),
        ("random_share", F8),
        ("touches", I4),
        ("sponsor", F8),
        ("ceiling", F4),
        ("misfit", F4),
        ("health_0", F4),
        ("health_1", F4),
    ],
    align=True,
)
"""`team` is -1 on the digital channel; `stages` has one bit per stage; `sponsor_wanted`: -1 either, 0 absent, 1
present; `touches`: 1 for a play by CSMs. `hours` of TEAM hold productivity and commitment; `hire_months` 0: no rule."""

MARKET = np.dtype(
    [("volatility", F8), ("persistence", F8), ("lead_loading", F8), ("expansion_loading", F8)],
    align=True,
)


class Book(NamedTuple):
    """Existing accounts, by segment and id hash, with what the past says of them under the base arm (MODEL: history).

    F buckets of the month of first value (the last: not yet), L lines of accounts alike in segment, term and size, J
    classes alike in line, tenure and contract start.
    """

    first: np.ndarray  # (S + 1,) int64: accounts of segment s are first[s] .. first[s + 1]
    ids: np.ndarray  # (B,) uint64
    arr: np.ndarray  # (B,) float32
    tenure: np.ndarray  # (B,) int32
    term: np.ndarray  # (B,) int32, position
    renewal: np.ndarray  # (B,) int32: month of the next contract end, at least 1
    renewals: np.ndarray  # (B,) int32: renewals so far
    quarter: np.ndarray  # (B,) int64: calendar quarter of entry
    health: np.ndarray  # (B,) float32, NaN where not given
    class_of: np.ndarray  # (B,) int32
    line: np.ndarray  # (B,) int32
    first_month: np.ndarray  # (F,) int32: first month of the bucket, NOT_YET in the last of each kind
    misfit: np.ndarray  # (F,) int32: 1 for buckets of misfits, which follow those of right customers
    to_value: np.ndarray  # (D, J, F) float64: cumulated hazard of first value so far
    bucket_share: np.ndarray  # (D, J, F) float64: P(bucket | survived to the contract start), cumulated
    past_hazard: np.ndarray  # (D, J, F) float64: cumulated hazard to the contract start, Z = 1
    multiplier: np.ndarray  # (D, N, L, F) float32: sum_c w_c exp(eta_c) on the mean path
    engagement: np.ndarray  # (D, N + 1, L, F) float32: g on the mean path
    adoption: np.ndarray  # (D, N + 1, L, F) float32: a on the mean path
    rescue: np.ndarray  # (D, N, L, F) float32: P(an intent is cleared in the month); (D, 0, 0, 0) where no play does
    shield: np.ndarray  # (D, J, F) float32 at month 0
    lift: np.ndarray  # (D, J, F) float32 at month 0
    uplift: np.ndarray  # (D, J) float64: remembered price uplift at month 0
    play_rate: np.ndarray  # (P, L, F, N) float32: expected deliveries in a month of tenure
    play_chance: np.ndarray  # (P, L, F, N) float32: of a delivery in the month when the cadence allows
    play_count: np.ndarray  # (P, L, F, N + 1) float32: expected deliveries so far
    play_ever: np.ndarray  # (P, L, F, N + 1) float32: P(any delivery so far), or a little more
    products: np.ndarray  # (B,) int32
    gap: np.ndarray  # (D, J, F) float32: expectation gap at month 0
    room: np.ndarray  # (D, J, F) float32: share of the room above the ceiling that features have left by month 0
    absent: np.ndarray  # (D, N + 1, L, F) float32: P(no sponsor); (D, 0, 0, 0) where sponsors never leave
    arr_score: np.ndarray  # (B,) float32: normal score of ARR given tenure, among the segment's accounts
    arr_tie: np.ndarray  # (D, S) float64: correlation of that score with the one at entry
    # (D, J, F) float64: share of misfits among all who would have survived the bucket's hazard; (D, 0, 0) without ties
    misfit_odds: np.ndarray


class Tables(NamedTuple):
    """All inputs of a simulation for a batch of draws."""

    segment: np.ndarray  # (A, D, S) SEGMENT
    cause: np.ndarray  # (A, D, S, C) CAUSE
    base_hazard: np.ndarray  # (A, D, S, N) float32: Lambda(n + 1) - Lambda(n) with Z = 1 at the reference state
    scrutiny: (
        np.ndarray
    )  # (A, D, S, K, R) float32: monthly extra of the r-th renewal (r = 0 is the first) in its window
    # (A, D, S) int32: 1 where exits or scrutiny of the book's accounts are not those of the base arm from month 1 on
    reopens: np.ndarray
    terms: np.ndarray  # (K,) int32 months
    term_share: np.ndarray  # (A, D, S, K) float64, cumulated
    frailty_row: np.ndarray  # (A, D, S) int32: row of log_frailty, -1 where Z = 1
    log_frailty: np.ndarray  # (rows, L, Q) float32: ln Z at a normal score, given survival of Lambda
    frailty_step: np.ndarray  # (rows, 2) float64: variance v, step of ln(1 + v Lambda) between the L levels
    channel: np.ndarray  # (A, D, S, H) CHANNEL
    leads: np.ndarray  # (A, D, S, H, M + 1) float64: mean leads by month, before the market
    acquires_like: np.ndarray  # (A,) int64: first arm with the same leads, channels, misfits and market in all draws
    market: np.ndarray  # (A, D) MARKET
    team: np.ndarray  # (A, D, T) TEAM
    posts: np.ndarray  # (A, T, M + 1) int32; month 0: today's
    serves: np.ndarray  # (A, T, S) int32: 1 where the team owns the segment
    play: np.ndarray  # (A, D, P) PLAY
    strength: np.ndarray  # (A, D, P, n) float32: effect of the n-th delivery to an account; the last entry holds on
    factor: (
        np.ndarray
    )  # (A, D, P, S) float32: factor on the strength of a play in a segment (its own, the team's skill)
    quality: np.ndarray  # (A, D, M + 1) float32: product quality
    setback: np.ndarray  # (A, D, M + 1) float32: share of adoption that stays in the month of a release, 1 in others
    desk: np.ndarray  # (A, D) DESK
    desk_team: np.ndarray  # (A, S) int32: team whose hours the incidents of a segment take, -1 for none
    dilutes: np.ndarray  # (A,) int64: 1 where short hours dilute plays instead of choosing
    telemetry_from: np.ndarray  # (A,) int64: first month with a score of its own
    closed_from: np.ndarray  # (A,) int64: first month without any entries
    extra: np.ndarray  # (1,) int64: 1 where accounts have the optional rows of accounts.py
    covers: np.ndarray  # (A, P, S) int32: 1 where the play may go to the segment
    priority: np.ndarray  # (A, P, S, cells) float32
    arr_exponent: np.ndarray  # (A,) float64
    renewal_bin: np.ndarray  # (n,) int32: bin of the months to renewal
    touch_bin: np.ndarray  # (n,) int32: bin of the months since touch
    segment_key: np.ndarray  # (S,) uint64
    channel_key: np.ndarray  # (S, H) uint64
    team_key: np.ndarray  # (T,) uint64
    play_key: np.ndarray  # (P,) uint64, 32 bits used
    quarter: np.ndarray  # (M + 1,) int64: calendar quarter of a month
    lag_months: np.ndarray  # (A,) int64: age of the observed score
    observes: np.ndarray  # (1,) int64: 1 where some trigger or priority looks at the score
    book: Book
