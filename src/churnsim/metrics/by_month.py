"""Series by month over the paths of a simulation: bands, and how much of their width is luck and how much ignorance.

    luck       = sqrt(mean over draws of the variance over replicates)
    ignorance  = sqrt(max(0, variance of the draws' means - luck^2 / replicates))     analysis of variance, one way

Errors of both are jackknifed over draws (Efron & Stein 1981). NaN where a run cannot tell: one draw knows nothing of
ignorance, one replicate a draw nothing of luck.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from churnsim.metrics.estimates import Array, by_path

PATH = {"arm", "draw", "replicate", "month"}


@dataclass(frozen=True)
class Spread:
    """Standard deviations of luck and of ignorance, each with its standard error."""

    luck: float
    luck_se: float
    ignorance: float
    ignorance_se: float


def by_month(dataset: xr.Dataset, name: str) -> xr.DataArray | None:
    """Total of a field by (arm, draw, replicate, month), or None where the run did not keep it by path and month."""
    for key in (f"total_{name}_by_month", f"{name}_by_month"):
        if key in dataset and set(map(str, dataset[key].dims)) >= PATH:
            values = dataset[key]
            return values.sum([d for d in values.dims if d not in PATH]).assign_attrs(values.attrs)
    return None


def bands(values: xr.DataArray, probabilities: Sequence[float]) -> Array:
    """Quantiles over paths (probabilities, months) of values with the dims draw, replicate, month.

    Each is the least value with at least that share of the paths at or below it, as in `estimates.quantile`.
    """
    paths = values.stack(path=("draw", "replicate")).transpose("path", "month").values
    return np.asarray(np.quantile(paths, probabilities, axis=0, method="inverted_cdf"))


def luck_and_ignorance(values: xr.DataArray) -> Spread:
    """Spread over (draw, replicate) told apart."""
    paths = by_path(values)
    draws, replicates = paths.shape
    means = paths.mean(axis=1)
    if replicates == 1:
        return Spread(math.nan, math.nan, math.nan, math.nan)
    within = paths.var(axis=1, ddof=1)
    if draws == 1:
        return Spread(math.sqrt(float(within[0])), math.nan, math.nan, math.nan)
    whole = _told_apart(means, within, replicates)
    if draws < 3:
        return Spread(whole[0], math.nan, whole[1], math.nan)
    left = np.array([_told_apart(np.delete(means, d), np.delete(within, d), replicates) for d in range(draws)])
    luck_se, ignorance_se = np.sqrt((draws - 1) * left.var(axis=0))
    return Spread(whole[0], float(luck_se), whole[1], float(ignorance_se))


def _told_apart(means: Array, within: Array, replicates: int) -> tuple[float, float]:
    luck = float(within.mean())
    return math.sqrt(luck), math.sqrt(max(0.0, float(means.var(ddof=1)) - luck / replicates))
