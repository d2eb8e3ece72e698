"""Means over clusters of many values at once, with their Monte Carlo error.

The last dimension holds clusters: draws, or the replicates of a single draw (see metrics.estimates). All points of a
sweep share them, so a difference between arms, between points, or a mean over points is taken cluster by cluster first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from churnsim.metrics.estimates import Array, Estimate, half_width


@dataclass(frozen=True)
class Means:
    """Means with their clustered standard errors and 95% intervals, all of one shape; NaN where nothing is known."""

    mean: Array
    se: Array
    low: Array
    high: Array
    clusters: np.ndarray

    @property
    def above_zero(self) -> np.ndarray:
        """Whether a mean is told from 0, and above it."""
        return np.asarray(self.low > 0.0)

    def at(self, *index: int) -> Estimate:
        """One of them."""
        mean, se, low, high = (float(of[index]) for of in (self.mean, self.se, self.low, self.high))
        return Estimate(mean, se, low, high, int(self.clusters[index]), 0)


def means_of(values: Array) -> Means:
    """Means over the last dimension; clusters that are NaN are left out."""
    known = ~np.isnan(values)
    count = known.sum(axis=-1)
    mean = mean_of_known(values, axis=-1)
    off = np.where(known, values - mean[..., None], 0.0)
    variance = (off**2).sum(axis=-1) / np.maximum(count - 1, 1)
    se = np.where(count > 1, np.sqrt(variance / np.maximum(count, 1)), np.nan)
    factor = {n: half_width(1.0, int(n)) for n in np.unique(count)}
    half = se * np.vectorize(factor.__getitem__, otypes=[float])(count) if count.size else se
    return Means(mean, se, mean - half, mean + half, count)


def over_points(values: Array) -> Array:
    """Mean (arms, clusters) of values (points, arms, clusters) over points, NaN left out."""
    return mean_of_known(values, axis=0)


def mean_of_known(values: Array, axis: int) -> Array:
    """Mean along an axis, NaN left out; NaN where nothing is left."""
    known = ~np.isnan(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))
