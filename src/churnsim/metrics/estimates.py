"""Estimates with their Monte Carlo error.

Values come by (draw, replicate). Replicates of one draw share what is not known, so they are no independent sample:
standard errors cluster by draw. A cluster is a draw, or, when there is only one draw, a replicate.

    mean     = mean over clusters of the cluster's mean over replicates
    se       = sd of the cluster means / sqrt(clusters)
    interval = mean -+ t_{.975, clusters - 1} se

Intervals of shares are Wilson's (1927), which do not collapse at 0 and 1; shares of paths use the effective sample size
p (1 - p) / se^2 with the clustered se (Korn & Graubard 1998); intervals of quantiles invert the interval of the
distribution function (Woodruff 1952). NaN is masked: left out and counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import xarray as xr

Array = npt.NDArray[np.float64]

CONFIDENCE = 0.95
NORMAL = 1.959963984540054
"""Normal quantile of .975."""


@dataclass(frozen=True)
class Estimate:
    """A mean with its clustered standard error and 95% interval."""

    mean: float
    se: float
    low: float
    high: float
    clusters: int
    masked: int
    """Paths that are left out because the value is not defined in them."""

    @property
    def straddles_zero(self) -> bool:
        """Whether the sign of the mean cannot be told; an exact 0 straddles, an unknown error does too."""
        return not (self.low > 0.0 or self.high < 0.0)


@dataclass(frozen=True)
class Share:
    """A share of draws or of paths with its standard error and 95% interval."""

    share: float
    se: float
    low: float
    high: float
    count: int
    """Draws or paths that the share is of."""

    @property
    def near_even(self) -> bool:
        """Whether the odds are close to a coin toss: within 5 points of 50%, or 50% inside the interval."""
        return abs(self.share - 0.5) < 0.05 or self.low <= 0.5 <= self.high


@dataclass(frozen=True)
class Quantile:
    """A quantile with its 95% interval; NaN where no value is defined, or where it is infinite."""

    value: float
    low: float
    high: float


def by_path(values: xr.DataArray) -> Array:
    """Values as an array (draw, replicate)."""
    return np.asarray(values.transpose("draw", "replicate").values, dtype=np.float64)


def clustered(values: xr.DataArray) -> xr.DataArray:
    """Values with one entry per cluster, dims kept: the mean over replicates, or the replicates of a single draw."""
    if values.sizes["draw"] == 1:
        return values
    return values.mean("replicate").expand_dims(replicate=[0])


def cluster_means(values: xr.DataArray) -> Array:
    """Mean of each cluster (clusters,); clusters without a defined value are left out."""
    return _cluster_means(by_path(values))


def _cluster_means(paths: Array) -> Array:
    if paths.shape[0] == 1:
        paths = paths.T
    defined = ~np.isnan(paths)
    count = defined.sum(axis=1)
    total = np.where(defined, paths, 0.0).sum(axis=1)
    return np.asarray(total[count > 0] / count[count > 0])


def estimate(values: xr.DataArray) -> Estimate:
    """Mean of values by (draw, replicate) with clustered error; the error of a single cluster is not known (NaN)."""
    return _estimate(by_path(values))


def _estimate(paths: Array) -> Estimate:
    masked = int(np.isnan(paths).sum())
    means = _cluster_means(paths)
    clusters = len(means)
    mean = float(means.mean()) if clusters else math.nan
    if clusters < 2:
        return Estimate(mean, math.nan, math.nan, math.nan, clusters, masked)
    se = float(means.std(ddof=1)) / math.sqrt(clusters)
    half = half_width(se, clusters)
    return Estimate(mean, se, mean - half, mean + half, clusters, masked)


def share_of_draws(values: xr.DataArray, above: float = 0.0) -> Share:
    """Share of clusters whose mean is above a threshold."""
    means = cluster_means(values)
    if not len(means):
        return Share(math.nan, math.nan, math.nan, math.nan, 0)
    share = float((means > above).mean())
    se = math.sqrt(share * (1.0 - share) / len(means))
    return Share(share, se, *_wilson(share, len(means)), len(means))


def share_of_paths(values: xr.DataArray, above: float = 0.0) -> Share:
    """Share of paths above a threshold, with its error clustered by draw."""
    paths = by_path(values)
    return share_of_hits(np.where(np.isnan(paths), np.nan, paths > above))


def quantile(values: xr.DataArray, probability: float) -> Quantile:
    """Least path value with at least `probability` of the paths at or below it; masked paths are left out.

    Infinite values take part; a quantile that falls on one is NaN.
    """
    paths = by_path(values)
    ordered = np.sort(paths[~np.isnan(paths)])
    if not len(ordered):
        return Quantile(math.nan, math.nan, math.nan)
    value = _order_statistic(ordered, probability)
    at_most = share_of_hits(np.where(np.isnan(paths), np.nan, paths <= value))
    half = 0.5 * (at_most.high - at_most.low)
    low, high = (_order_statistic(ordered, probability + step) for step in (-half, half))
    return Quantile(*(v if math.isfinite(v) else math.nan for v in (value, low, high)))


def variance_ratio(a: xr.DataArray, b: xr.DataArray) -> float:
    """What pairing buys: Var(a) + Var(b) over Var(a - b) of the cluster means; NaN when the difference never varies.

    It is the factor by which independent arms would need more draws for the same error.
    """
    both = a.notnull() & b.notnull()
    means_a, means_b, difference = (cluster_means(x.where(both)) for x in (a, b, a - b))
    if len(difference) < 2 or float(difference.var(ddof=1)) == 0.0:
        return math.nan
    return float((means_a.var(ddof=1) + means_b.var(ddof=1)) / difference.var(ddof=1))


def share_of_hits(hits: Array) -> Share:
    """Mean of hits (draw, replicate), 1 or 0, or a part where several share one, with its error clustered by draw."""
    mean = _estimate(hits)
    count = hits.size - mean.masked
    if not count:
        return Share(math.nan, math.nan, math.nan, math.nan, 0)
    effective = float(mean.clusters)
    if mean.se > 0.0:
        effective = min(mean.mean * (1.0 - mean.mean) / mean.se**2, float(count))
    return Share(mean.mean, mean.se, *_wilson(mean.mean, effective), count)


def half_width(se: float, clusters: int) -> float:
    """Half of the 95% interval of a mean of so many clusters; NaN where there is one."""
    return _t_quantile(clusters - 1) * se if clusters > 1 else math.nan


@lru_cache(maxsize=64)
def _t_quantile(df: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.5 + CONFIDENCE / 2.0))


def _wilson(share: float, count: float) -> tuple[float, float]:
    centre = (share + NORMAL**2 / (2.0 * count)) / (1.0 + NORMAL**2 / count)
    half = NORMAL / (1.0 + NORMAL**2 / count) * math.sqrt(share * (1.0 - share) / count + NORMAL**2 / (4.0 * count**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def _order_statistic(ordered: Array, probability: float) -> float:
    # the small allowance keeps 0.5 * 4 from becoming the third value
    index = math.ceil(probability * len(ordered) - 1e-9) - 1
    return float(ordered[min(max(index, 0), len(ordered) - 1)])
