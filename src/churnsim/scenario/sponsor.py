"""Sponsors: the person at the customer who stands for the product.

    leaves with hazard   -ln(1 - annual_departure)/12          a month, while there
    returns with hazard  ln 2 / median_months_to_return        a month, while absent (0: only through a play)
    on leaving           g *= 1 - engagement_loss (1 - adoption_protection a)
    while absent         covariate no_sponsor = 1 - adoption_protection a

Causes of churn answer by their `no_sponsor`: a product that many use depends less on one person. Form: an alternating
renewal process with exponential times (Cox 1962).
"""

from __future__ import annotations

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import NonNegative, ProperProbability, Share


class Sponsor(Table):
    """How sponsors leave and are replaced."""

    annual_departure: ProperProbability = 0.0
    """Probability that a sponsor leaves within a year; 0: sponsors stay."""
    median_months_to_return: NonNegative = 0.0
    """Median months until an account has a sponsor again; 0: it finds one only through a play."""
    engagement_loss: Share = 0.0
    """Share of engagement that goes with the sponsor."""
    adoption_protection: Share = 0.0
    """Share of either harm that full adoption averts."""
