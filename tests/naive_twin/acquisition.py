"""Leads, their conversion, and the entry of an account."""

from __future__ import annotations

import math
from typing import Any

from tests.naive_twin import luck as purposes
from tests.naive_twin.account import Account
from tests.naive_twin.exits import schedule
from tests.naive_twin.frailty import frailty
from tests.naive_twin.luck import Luck
from tests.naive_twin.margin import EVERYBODY, EXACT, Margin
from tests.naive_twin.philox import combine, hash_text
from tests.naive_twin.segment import Segment, misfit_cut

PIECE = 256.0
"""Largest mean that one uniform turns into a count."""


def scores(who: int, segment: Segment, luck: Luck) -> tuple[float, float, float]:
    """Normal scores of entry ARR, frailty and misfit, tied by the copula."""
    e1, e2, e3 = (luck.normal(purposes.ENTRY, who, 0, lane) for lane in range(3))
    l21, l22, l31, l32, l33 = segment.cholesky
    return e1, l21 * e1 + l22 * e2, l31 * e1 + l32 * e2 + l33 * e3


def is_misfit(who: int, segment: Segment, share: float, luck: Luck, margin: Margin) -> bool:
    """Whether a lead is the wrong customer."""
    cut = misfit_cut(share)
    if math.isinf(cut):
        return cut < 0.0
    return margin.below("misfit", who, cut, scores(who, segment, luck)[2])


def mean_leads(channel: Any, month: int, calendar_month: int) -> float:
    """Mean number of leads in a month of the simulation, before the market."""
    growth = (1.0 + channel.annual_lead_growth) ** ((month - 1) / 12.0)
    return float(channel.leads_per_month * growth * channel.seasonality.get(str(calendar_month), 1.0))


def poisson(mean: float, u: float, margin: Margin) -> int:
    """Count at `u` of the Poisson distribution function."""
    term = reached = math.exp(-mean)
    count = 0
    while not margin.below("leads", EVERYBODY, u, reached, EXACT) and count < 2000:
        count += 1
        term *= mean / count
        reached += term
    return count


def count_leads(mean: float, channel_key: int, month: int, luck: Luck, margin: Margin) -> int:
    """Leads of a month; a large mean comes in pieces, each with a uniform of its own."""
    count = piece = 0
    while mean > 0.0:
        u = luck.uniform(purposes.LEAD_COUNT, channel_key, (piece // 4 << 16) + month, piece % 4)
        count += poisson(min(mean, PIECE), u, margin)
        mean -= PIECE
        piece += 1
    return count


def channel_key(segment: Segment, name: str) -> int:
    """Who a channel's leads belong to."""
    return hash_text(f"channel {segment.name} {name}")


def lead_id(key: int, month: int, k: int) -> int:
    """Identity of the k-th lead of a channel in a month, k = 0, 1, ..."""
    return combine(combine(key, month), k)


def converts(channel: Any, misfit: bool, word_of_mouth: float, word: int, who: int, margin: Margin) -> bool:
    """Whether a lead becomes a customer; strict sales turn misfits away, and some of the right customers."""
    screened = channel.strictness * (1.0 if misfit else channel.false_rejection)
    chance = channel.conversion_probability * (1.0 - screened) * word_of_mouth
    return margin.below("conversion", who, word, chance * 2**32, EXACT)


def enter(account: Account, month: int, cohort: float, gap: float, margin: Margin) -> None:
    """Give a newcomer what it brings; `cohort`: the factor of its quarter."""
    segment, luck = account.segment, account.luck
    score_arr, score_frailty, _ = scores(account.who, segment, luck)
    account.arr = math.exp(segment.entry_log_arr + segment.entry_sigma * score_arr)
    account.frailty = frailty(segment.law, *segment.frailty, score_frailty) * cohort
    account.gap = gap
    begin(account, month, margin)


def begin(account: Account, month: int, margin: Margin) -> None:
    """Start the life of an account whose ARR, frailty, misfit and gap are known."""
    segment, own = account.segment, account.segment.own
    multiple = own.acquisition.wallet_multiple
    account.wallet = math.inf if multiple is None else multiple * account.arr
    account.ceiling = own.engagement.adoption_ceiling
    if account.misfit:
        account.ceiling *= own.engagement.misfit_ceiling_factor
    account.engagement = own.engagement.initial_engagement
    account.first_value = segment.first_value_at_once
    account.health_at_entry = account.score = account.health
    account.term = account.to_renewal = choose_term(account, margin)
    schedule(account, month, month, margin)


def choose_term(account: Account, margin: Margin) -> int:
    """Contract term in months."""
    u = account.luck.uniform(purposes.ENTRY, account.who, 0, 3)
    reached = 0.0
    for term, share in zip(account.segment.terms, account.segment.term_share, strict=True):
        reached += share
        if term == account.segment.terms[-1] or margin.below("term", account.who, u, reached):
            break
    return int(term)
