"""Health and the score that the team sees of it.

Latent health is H = adoption_weight a + (1 - adoption_weight) g. The observed score is

    S_t = clip(H_{t - lag} + noise, 0, 1),   noise ~ N(0, noise_sd^2), one per account and month.

The noise of an account and month is the same in every arm. Form: classical measurement error.
"""

from __future__ import annotations

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import Share, WholeMonths


class Health(Table):
    """Weights of latent health and quality of the observed score."""

    adoption_weight: Share = 0.5
    """Weight of adoption in health; the rest is engagement's. [J] both count alike"""
    noise_sd: Share = 0.1
    """Standard deviation of the monthly noise of the observed score, in points of health. [J] for an AUC of .65-.85"""
    lag_months: WholeMonths = 0
    """Age of the observed score in months."""
