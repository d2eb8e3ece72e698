"""Ignorance, market and luck: where the variance of a single path's outcome comes from.

In each draw every one of m market paths is crossed with every one of c samples of the customers' luck. With Y_dij the
outcome,

    Var Y = parameters + market + customers + both,

are the variance components of a two-way layout without repetition, nested in draws (Searle, Casella & McCulloch 1992,
chapter 4): `both` is what market and customers' luck do together. Each is estimated without bias from mean squares, so
that one which is nothing comes out a little above or below 0. Standard errors are those of a jackknife over draws.

The mean over D draws of R replicates, each with a market and luck of its own, has the variance

    (parameters + (market + customers + both)/R)/D,

from which follows how much to simulate for a wanted standard error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from churnsim.metrics.estimates import Array

LEAST_DRAWS = 20
"""Fewer draws say little of what is not known."""
LEAST_REPLICATES = 4
"""With fewer the odds, which are shares of draws, speak of luck as much as of what is not known."""
TABLES = 0.4
"""Work of a draw's tables, as a multiple of a replicate's months: what a draw costs before its first path."""
MARGIN = 1.1
"""The pilot knows the variance roughly; so many times the draws are taken that it asks for."""


@dataclass(frozen=True)
class Component:
    """A part of the variance."""

    variance: float
    se: float
    share: float
    """Of the sum, parts below 0 counting as 0."""


@dataclass(frozen=True)
class Split:
    """Parts of the variance of a path's outcome; with a single draw `parameters` is NaN."""

    parameters: Component
    market: Component
    customers: Component
    both: Component

    @property
    def ignorance(self) -> float:
        """Variance of what is not known, at least 0."""
        return 0.0 if math.isnan(self.parameters.variance) else max(self.parameters.variance, 0.0)

    @property
    def luck(self) -> float:
        """Variance of what is luck, at least 0."""
        return max(self.market.variance + self.customers.variance + self.both.variance, 0.0)

    def se(self, draws: int, replicates: int) -> float:
        """Standard error of the mean of so many draws and replicates."""
        return math.sqrt((self.ignorance + self.luck / replicates) / draws)


@dataclass(frozen=True)
class Size:
    """How much to simulate."""

    draws: int
    replicates: int
    expected_se: float


def split_of(outcomes: Array) -> Split:
    """Split the variance of outcomes (draws, markets, customers), with two of each of the last two at least.

    Raises ValueError where there are fewer, or a value is not finite.
    """
    outcomes = np.asarray(outcomes, dtype=np.float64)
    if outcomes.ndim != 3 or outcomes.shape[0] < 1 or min(outcomes.shape[1:]) < 2:
        raise ValueError(f"needs outcomes (draws, markets >= 2, customers >= 2), found the shape {outcomes.shape}")
    if not np.isfinite(outcomes).all():
        raise ValueError("an outcome is not finite")
    d = len(outcomes)
    whole = _components(outcomes)
    if d > 2:
        left_out = np.array([_components(np.delete(outcomes, i, axis=0)) for i in range(d)])
        se = np.sqrt((d - 1) / d * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0))
    else:
        se = np.full(4, math.nan)
    known = np.nan_to_num(np.maximum(whole, 0.0))
    total = known.sum()
    shares = known / total if total > 0.0 else np.zeros(4)
    return Split(*(Component(float(v), float(e), float(s)) for v, e, s in zip(whole, se, shares, strict=True)))


def size_for(split: Split, target_se: float, *, uncertain: bool) -> Size:
    """Draws and replicates that bring the standard error of the mean to `target_se` at the least work.

    With costs TABLES for a draw and 1 for a replicate the best number of replicates is
    sqrt(TABLES luck/parameters), whatever the target. Raises ValueError unless the target is above 0.
    """
    if not target_se > 0.0:
        raise ValueError(f"a target standard error must be above 0, found {target_se}")
    if not uncertain:
        replicates = max(2, math.ceil(MARGIN * split.luck / target_se**2))
        return Size(1, replicates, math.sqrt(split.luck / replicates))
    best = math.sqrt(TABLES * split.luck / split.ignorance) if split.ignorance > 0.0 else math.inf
    least = split.se(1, LEAST_REPLICATES)
    if math.isinf(best):  # all is luck: so many replicates that the least number of draws will do
        best = split.luck / (LEAST_DRAWS * target_se**2) if least > 0.0 else 0.0
    replicates = max(LEAST_REPLICATES, round(best))
    draws = max(LEAST_DRAWS, math.ceil(MARGIN * split.se(1, replicates) ** 2 / target_se**2))
    return Size(draws, replicates, split.se(draws, replicates))


def _components(y: Array) -> Array:
    """Parameters, market, customers, both: unbiased, the first NaN for a single draw."""
    d, m, c = y.shape
    by_market, by_customers = y.mean(axis=2, keepdims=True), y.mean(axis=1, keepdims=True)
    by_draw = y.mean(axis=(1, 2), keepdims=True)
    rest = ((y - by_market - by_customers + by_draw) ** 2).sum() / (d * (m - 1) * (c - 1))
    of_market = c * ((by_market - by_draw) ** 2).sum() / (d * (m - 1))
    of_customers = m * ((by_customers - by_draw) ** 2).sum() / (d * (c - 1))
    market, customers = (of_market - rest) / c, (of_customers - rest) / m
    if d == 1:
        return np.array([math.nan, market, customers, rest])
    between = float(by_draw.var(ddof=1))
    return np.array([between - market / m - customers / c - rest / (m * c), market, customers, rest])
