"""Outcomes (n, r) of a model, by draw and replicate, as sensitivity analyses need them.

Where all draws have the same luck by replicate, y_dr = f(x_d) + luck_r + rest_dr: the luck that is common to all draws
shifts every draw alike and moves no analysis; what is left in the mean over replicates is the rest, of variance
MS_rest / r by the two-way analysis of variance (Fisher 1925).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import xarray as xr

from churnsim.decisions.inputs import InputError, unknown
from churnsim.decisions.measures import every
from churnsim.metrics.estimates import Estimate, estimate


@dataclass(frozen=True)
class Bounded:
    """A value with its 95% interval."""

    value: float
    low: float
    high: float


def outcomes_of(dataset: xr.Dataset, measure: str, arm: str, against: str | None = None) -> np.ndarray:
    """Outcomes (n, r) of a simulated Dataset: a measure of an arm, or its paired difference from another.

    Raises InputError for a name that the Dataset has not.
    """
    known = every(dataset)
    if measure not in known:
        raise unknown("measure", measure, known)
    arms = [str(name) for name in dataset["arm"].values]
    for name in (arm, against):
        if name is not None and name not in arms:
            raise unknown("arm", name, arms)
    values = known[measure].of(dataset).transpose("arm", "draw", "replicate")
    of = values.sel(arm=arm).values
    return np.asarray(of if against is None else of - values.sel(arm=against).values)


def defined(outcomes: np.ndarray) -> np.ndarray:
    """Outcomes of the replicates (n, r') in which every draw has one, so that pairs stay pairs.

    Raises InputError when there is none.
    """
    kept = outcomes[:, ~np.isnan(outcomes).any(axis=0)]
    if not kept.shape[1]:
        raise InputError("the measure is not defined in some draw of every replicate: ask for another one")
    return kept


def luck_left(outcomes: np.ndarray, *, shared: bool = True) -> float:
    """Share of the variance of the draws' means (n,) that is luck, from 0 to 1; NaN with a single replicate.

    `shared`: all draws have the same luck by replicate, so that what is common to them is no part of it.
    """
    n, r = outcomes.shape
    if n < 2 or r < 2:
        return math.nan
    between = float(outcomes.mean(axis=1).var(ddof=1))
    if between == 0.0:
        return math.nan
    rest = outcomes - outcomes.mean(axis=1, keepdims=True)
    degrees = n * (r - 1)
    if shared:
        rest = rest - rest.mean(axis=0, keepdims=True)
        degrees = (n - 1) * (r - 1)
    return float(min(1.0, (rest**2).sum() / degrees / r / between))


def over_luck(row: np.ndarray) -> Estimate:
    """Mean of one draw's outcomes (r,), its error over replicates."""
    return estimate(xr.DataArray(row[None, :], dims=("draw", "replicate")))


def over_draws(values: np.ndarray) -> Estimate:
    """Mean of the draws' values (n,), its error over draws."""
    return estimate(xr.DataArray(values[:, None], dims=("draw", "replicate")))
