"""Expectation gap: what a customer was promised beyond what is delivered.

    at entry                 gap = over_promise of the channel + handover_gap (1 - q)
    upsell or cross-sell     gap += pushy_gap    where health H < pushy_below_health
    each month               gap *= 2^(-1/half_life_months)

q is the quality of the handover (onboarding.py); causes of churn answer the gap by their `expectation_gap`. An account
of the book starts with the mean gap at entry, faded over its tenure. Form: disconfirmed expectations (Oliver 1980),
forgotten at a constant pace.
"""

from __future__ import annotations

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import NonNegative, Positive, Share


class Expectation(Table):
    """How expectation gaps arise and fade."""

    handover_gap: NonNegative = 0.0
    """Gap at entry when nothing is handed over."""
    half_life_months: Positive = 12.0
    """Months in which half of a gap is forgotten. [J] a contract year"""
    pushy_gap: NonNegative = 0.0
    """Gap from one sale to a customer in poor health."""
    pushy_below_health: Share = 0.0
    """Health below which a sale is pushy."""
