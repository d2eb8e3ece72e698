"""Expansion and contraction of accounts that reached first value:

    rate = annual_rate/12 exp(c . (state - reference) + expansion_lift + market)

Upsell adds `fraction` of ARR at each firing, contraction takes it away; the lift of plays works on upsell only.
Both count: the overshoot of the clock carries to the next firing. Form: proportional rates (Andersen & Gill 1982).
"""

from __future__ import annotations

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import NonNegative, ProperProbability, Slope


class Upsell(Table):
    """More of the same product."""

    annual_rate: NonNegative = 0.0
    """Upsells a year at the reference state."""
    fraction: NonNegative = 0.0
    """ARR added by one upsell, as a share of the account's ARR."""
    adoption: Slope = 0.0
    """Log rate per unit of adoption above the reference; usually positive."""
    engagement: Slope = 0.0
    """Log rate per unit of engagement above the reference; usually positive."""


class Contraction(Table):
    """Fewer seats or a smaller plan."""

    annual_rate: NonNegative = 0.0
    """Contractions a year at the reference state."""
    fraction: ProperProbability = 0.0
    """ARR lost by one contraction, as a share of the account's ARR."""
    adoption: Slope = 0.0
    """Log rate per unit of adoption above the reference; usually negative."""
    engagement: Slope = 0.0
    """Log rate per unit of engagement above the reference; usually negative."""


class Expansion(Table):
    """Changes of ARR within the contract."""

    upsell: Upsell = Upsell()
    contraction: Contraction = Contraction()
