"""Monte Carlo error of what has no simple formula: a bootstrap over draws.

Draws are drawn again with replacement, each with all its replicates (cluster bootstrap: Davison & Hinkley 1997, 3.8);
with a single draw, its replicates. The same resamples serve all arms and measures of a run, so differences are paired.
Draws count as independent: for those of a Latin hypercube or of Sobol points, which lie more evenly, the error shown is
too large rather than too small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from churnsim.metrics.estimates import NORMAL, Array

NUMBER = 400
"""Resamples: the standard error of a bootstrapped standard error is then 1 / sqrt(2 x 400) = 3.5% of it."""
SEED = 20_260_101
"""Fixed, so that the same run shows the same errors."""


@dataclass(frozen=True)
class Figure:
    """A number with its standard error and 95% interval; NaN where it is not known."""

    value: float
    se: float
    low: float
    high: float


class Spread(NamedTuple):
    """Statistics of values, each (resamples + 1,): first of the sample itself, then of the resamples."""

    mean: Array
    p5: Array
    p50: Array
    p95: Array
    cvar: Array
    """Mean of the worst share of the values."""


def weights(clusters: int, number: int = NUMBER) -> Array:
    """How often each cluster is taken (number + 1, clusters): once each, then in each resample."""
    rng = np.random.Generator(np.random.Philox(SEED))
    again = rng.multinomial(clusters, np.full(clusters, 1.0 / clusters), size=number)
    return np.concatenate([np.ones((1, clusters)), again]).astype(np.float64)


def spread(values: Array, times: Array, level: float, *, worst_is_low: bool = True) -> Spread:
    """Statistics of values (clusters, members) under weights (n, clusters); NaN is left out.

    Quantiles are the least value with at least that share at or below it. CVaR is the mean of the worst `level` of the
    values, the value on the edge counted in part, so that it is coherent (Acerbi & Tasche 2002).
    """
    flat = values.ravel()
    cluster = np.repeat(np.arange(values.shape[0]), values.shape[1])
    order = np.argsort(flat, kind="stable")
    order = order[~np.isnan(flat[order])]
    x, cluster = flat[order], cluster[order]
    if not len(x):
        return Spread(*np.full((5, len(times)), np.nan))
    return Spread(*np.array([_weighted(x, w[cluster], level, worst_is_low) for w in times]).T)


def figure(sample: Array, *, normal: bool = False, least: float = -math.inf) -> Figure:
    """Value, bootstrap error and interval of a statistic (resamples + 1,).

    The interval is that of percentiles; `normal` takes value -+ 1.96 se instead, which is right where resampling shifts
    a statistic (a mean of maxima); no end of it is below `least`. NaN where resamples do not tell the error.
    """
    value, again = float(sample[0]), sample[1:]
    again = again[~np.isnan(again)]
    if len(again) < 2 or not math.isfinite(value):
        return Figure(value, math.nan, math.nan, math.nan)
    low, high = (float(q) for q in np.quantile(again, (0.025, 0.975)))
    se = float(again.std(ddof=1))
    if normal:
        low, high = value - NORMAL * se, value + NORMAL * se
    return Figure(value, se, max(low, least), max(high, least))


def _weighted(x: Array, w: Array, level: float, worst_is_low: bool) -> tuple[float, ...]:
    """Statistics of ordered values (N,) under weights (N,)."""
    counted, summed = np.cumsum(w), np.cumsum(w * x)
    total = float(counted[-1])
    if total == 0.0:  # the resample holds masked values alone
        return (math.nan,) * 5

    def at(probability: float) -> int:
        """Index of the quantile."""
        # the small allowance keeps 0.5 * 4 from becoming the third value
        return int(np.searchsorted(counted, probability * total - 1e-9))

    def below(share: float) -> float:
        """Sum of the lowest share of the values, the value on the edge counted in part."""
        edge = at(share)
        inside, so_far = (counted[edge - 1], summed[edge - 1]) if edge else (0.0, 0.0)
        return float(so_far + (share * total - inside) * x[edge])

    worst = below(level) if worst_is_low else float(summed[-1]) - below(1.0 - level)
    return float(summed[-1]) / total, *(float(x[at(p)]) for p in (0.05, 0.5, 0.95)), worst / (level * total)
