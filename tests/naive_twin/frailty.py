"""Frailty: the quantile functions of its laws, scaled to mean 1.

The model takes Z from a table of ln Z at normal scores 1/16 apart, from -6 to 6, and reads between them on a straight
line. The table's numbers are computed here exactly; `test_frailty.py` says how far the line is from the law.
"""

from __future__ import annotations

import functools
import math

from scipy.optimize import brentq
from scipy.special import betaincinv, digamma, gammaincinv, log_ndtr, ndtr

STEPS = 16
LAST = 6.0
LEAST = 1e-300


def beta_mean(alpha: float, beta: float) -> float:
    """Mean of -ln(1 - p) for p ~ Beta(alpha, beta)."""
    return float(digamma(alpha + beta) - digamma(beta))


@functools.cache
def log_quantile(law: str, first: float, second: float, score: float) -> float:
    """ln Z at a normal score; parameters: the variance, or alpha and beta."""
    if law == "none" or (law != "beta" and first < 1e-9):
        return 0.0
    if law == "gamma":
        return math.log(max(first * float(gammaincinv(1.0 / first, ndtr(score))), LEAST))
    if law == "lognormal":
        variance = math.log1p(first)
        return math.sqrt(variance) * score - 0.5 * variance
    if law == "beta":
        # the upper tail of Z is the lower tail of 1 - p ~ Beta(beta, alpha)
        stays = max(float(betaincinv(second, first, ndtr(-score))), LEAST)
        return math.log(max(-math.log(stays), LEAST) / beta_mean(first, second))
    if law == "inverse_gaussian":
        return inverse_gaussian(1.0 / first, score)
    raise ValueError(law)


def inverse_gaussian(shape: float, score: float) -> float:
    """ln of the quantile of the inverse Gaussian law of mean 1, by its closed distribution function."""

    def missed(log_z: float) -> float:
        root = math.sqrt(shape / math.exp(log_z))
        z = math.exp(log_z)
        # the part reflected at the mean: exp(2 shape) Phi(-root (z + 1)), without overflow
        reflected = math.exp(2.0 * shape + float(log_ndtr(-root * (z + 1.0))))
        if score < 0.0:
            return float(ndtr(root * (z - 1.0))) + reflected - float(ndtr(score))
        return float(ndtr(-score)) - (float(ndtr(-root * (z - 1.0))) - reflected)

    return float(brentq(missed, -60.0, 20.0, xtol=1e-14, rtol=1e-14))


def frailty(law: str, first: float, second: float, score: float) -> float:
    """Z at a normal score, read from the table."""
    at = (min(max(score, -LAST), LAST) + LAST) * STEPS
    point = min(int(at), int(2 * LAST * STEPS) - 1)
    low = log_quantile(law, first, second, point / STEPS - LAST)
    high = log_quantile(law, first, second, (point + 1) / STEPS - LAST)
    return math.exp(low + (at - point) * (high - low))
