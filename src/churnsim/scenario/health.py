"""Health and the score that the team sees of it.

Latent health is H = adoption_weight a + (1 - adoption_weight) g. The observed score is

    S_t = clip(H_{t - lag} + bias_sd b - frailty_loading ln Z + noise, 0, 1),    noise ~ N(0, noise_sd^2), b ~ N(0, 1),

with one b per account and one noise per account and month, the same in every arm; the loading on frailty Z is what the
team senses of a customer beyond health. Before month `telemetry_from_month` every account has its segment's mean of
H_{t - lag}. Instead of noise_sd, `target_auc` may say how well the score must tell who leaves within 12 months: the
noise is then solved once per draw under the base arm without plays. Form: classical measurement error with a random
effect of the account (Fuller 1987); the AUC is that of Hanley & McNeil (1982).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import NonNegative, Real, Share, WholeMonths, quantity

NOISE_SD = 0.1
"""Noise of the score where the file states neither it nor a target."""


class Health(Table):
    """Weights of latent health and quality of the observed score."""

    adoption_weight: Share = 0.5
    """Weight of adoption in health; the rest is engagement's. [J] both count alike"""
    noise_sd: Share | None = None
    """Standard deviation of the monthly noise of the observed score, in points of health; left out: 0.1, or what
    target_auc asks for. [J] for an AUC of .65-.85"""
    target_auc: quantity(0.5, 1.0, open_low=True, open_high=True) | None = None  # type: ignore[valid-type]
    """Probability that an account that leaves within 12 months scores below one that stays. Excludes noise_sd."""
    bias_sd: NonNegative = 0.0
    """Standard deviation of the error of the score that stays with an account, in points of health."""
    frailty_loading: Real = 0.0
    """Points of score per unit of log frailty: above 0, frail accounts score lower than their health."""
    lag_months: WholeMonths = 0
    """Age of the observed score in months."""
    telemetry_from_month: Annotated[int, Field(strict=True, ge=1, le=6000)] = 1
    """First month of the simulation in which accounts have scores of their own. 1: from the start."""
