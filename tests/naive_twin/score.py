"""The observed score: late, biased and noisy, and none at all before telemetry."""

from __future__ import annotations

import math
from typing import Any

from tests.naive_twin import luck as purposes
from tests.naive_twin.account import Account

NOISE_SD = 0.1
"""Noise where the file states none."""
LEAST_FRAILTY = 2.0**-126


def own_score(account: Account, health: Any, then: float, month: int) -> float:
    """Score of an account whose health was `then`, not yet clipped."""
    luck, who = account.luck, account.who
    noise = NOISE_SD if health.noise_sd is None else health.noise_sd
    score = then + noise * luck.normal(purposes.SCORE_NOISE, who, (month - 1) // 4, (month - 1) % 4)
    if health.bias_sd:
        score += health.bias_sd * luck.normal(purposes.SCORE_BIAS, who)
    if health.frailty_loading:
        score -= health.frailty_loading * math.log(max(account.frailty, LEAST_FRAILTY))
    return float(score)


def observe(accounts: list[Account], health: Any, month: int) -> None:
    """Write down health, and give each account its score of the month."""
    known = {}
    for account in accounts:
        account.health_then[month] = account.health
        known[account.who] = account.health_then.get(month - health.lag_months, account.health_at_entry)
    for account in accounts:
        score = own_score(account, health, known[account.who], month)
        if month < health.telemetry_from_month:
            alike = [known[other.who] for other in accounts if other.segment is account.segment]
            score = sum(alike) / len(alike)
        account.score = min(max(score, 0.0), 1.0)
