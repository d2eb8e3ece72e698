"""The market and the cohorts: what all customers share."""

from __future__ import annotations

import math
from typing import Any

from tests.naive_twin.luck import COHORT, MARKET, Luck


def market_path(market: Any, months: int, luck: Luck) -> list[float]:
    """Log shift of months 0 to `months`: an AR(1) that is stationary from month 1 on."""
    path = [0.0]
    for month in range(1, months + 1):
        news = market.volatility * luck.normal(MARKET, 0, month)
        if month == 1:
            path.append(news)
        else:
            keeps = market.monthly_persistence
            path.append(keeps * path[-1] + math.sqrt(1.0 - keeps**2) * news)
    return path


def log_factor(loading: float, shift: float, market: Any) -> float:
    """Log factor of a shift under a loading, so centred that the factor has mean 1."""
    return loading * shift - 0.5 * (loading * market.volatility) ** 2


def cohort_factor(volatility: float, segment_key: int, quarter: int, luck: Luck) -> float:
    """Factor on the hazard of those who enter a segment in a calendar quarter."""
    if volatility == 0.0:
        return 1.0
    return math.exp(volatility * luck.normal(COHORT, segment_key, quarter) - 0.5 * volatility**2)
