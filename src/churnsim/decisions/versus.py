"""One arm against another, path by path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from churnsim.metrics.estimates import Estimate, Share, estimate, share_of_draws, share_of_paths, variance_ratio


@dataclass(frozen=True)
class Versus:
    """Paired difference of one value between an arm and another arm that lived through the same luck."""

    arm: str
    against: str
    difference: Estimate
    odds: Share
    """Share of draws whose mean difference is above 0; with a single draw, of paths."""
    odds_of_paths: Share
    variance_ratio: float
    """Variance of the difference, had the arms been independent, over the variance that pairing leaves."""
    identical: bool
    """Whether the difference is exactly 0 in every path where it is defined."""


def versus(values: xr.DataArray, arm: str, against: str) -> Versus:
    """Compare two arms by values of dims (arm, draw, replicate)."""
    a, b = values.sel(arm=arm, drop=True), values.sel(arm=against, drop=True)
    difference = a - b
    defined = difference.values[difference.notnull().values]
    return Versus(
        arm=arm,
        against=against,
        difference=estimate(difference),
        odds=share_of_draws(difference),
        odds_of_paths=share_of_paths(difference),
        variance_ratio=variance_ratio(a, b),
        identical=bool(len(defined) and np.all(defined == 0.0)),
    )
