"""Where arms stand between two things: mean against CVaR, and what customer success costs against closing ARR."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from churnsim.decisions.measures import MEASURES
from churnsim.metrics.estimates import Estimate, estimate
from churnsim.uncertainty.efficiency import Alternative, cost_effectiveness, dominators, share_dominated
from churnsim.uncertainty.resamples import Figure, Spread, figure
from churnsim.uncertainty.tails import Tails


@dataclass(frozen=True)
class Place:
    """An arm between mean and CVaR of the value that decides."""

    arm: str
    mean: Estimate
    cvar: Figure
    dominated_by: str | None
    """An arm with a mean and a CVaR at least as good; None where no arm has both."""
    share_dominated: float
    """Share of resamples of the draws in which some arm dominates it."""


@dataclass(frozen=True)
class Bought:
    """An arm between what customer success costs and the closing ARR."""

    alternative: Alternative
    cost: Estimate
    arr: Estimate
    icer: Figure
    """Extra cost per extra unit of closing ARR along the frontier; NaN off it. Its error is not known where some
    resample has no more ARR."""
    share_on_frontier: float
    """Share of resamples of the draws in which the arm is on the frontier."""


def frontier(found: Mapping[str, tuple[Tails, Spread]], higher_is_better: bool) -> tuple[Place, ...]:
    """Places of arms from their tails and resampled statistics, which share their resamples."""
    side = 1.0 if higher_is_better else -1.0
    mean = side * np.array([resampled.mean for _, resampled in found.values()])
    cvar = side * np.array([resampled.cvar for _, resampled in found.values()])
    names = list(found)
    by = [None if other is None else names[other] for other in dominators(mean[:, 0], cvar[:, 0])]
    share = share_dominated(mean[:, 1:], cvar[:, 1:])
    return tuple(
        Place(arm, tails.mean, tails.paths.cvar, by[a], float(share[a]))
        for a, (arm, (tails, _)) in enumerate(found.items())
    )


def spending(dataset: xr.Dataset, arms: Sequence[str], times: np.ndarray) -> tuple[Bought, ...]:
    """Arms of a Dataset by cost of customer success and closing ARR; `times` as in `resamples.weights`."""
    cost, arr = (MEASURES[name].of(dataset).sel(arm=list(arms)) for name in ("cost", "arr"))
    means = {}
    for name, values in (("cost", cost), ("arr", arr)):
        paths = values.transpose("arm", "draw", "replicate").values
        clusters = paths.swapaxes(1, 2) if paths.shape[1] == 1 else paths
        means[name] = clusters.mean(axis=2) @ times.T / times.sum(axis=1)
    samples = [
        cost_effectiveness({arm: (means["cost"][a, i], means["arr"][a, i]) for a, arm in enumerate(arms)})
        for i in range(times.shape[0])
    ]
    place = {arm: a for a, arm in enumerate(arms)}

    def ratio(one: Alternative) -> Figure:
        if one.against is None:
            return Figure(one.icer, one.icer, one.icer, one.icer)
        a, b = place[one.name], place[one.against]
        more = means["arr"][a] - means["arr"][b]
        if (more[1:] <= 0.0).any():
            return Figure(one.icer, math.nan, math.nan, math.nan)
        return figure((means["cost"][a] - means["cost"][b]) / more)

    return tuple(
        Bought(
            one,
            estimate(cost.sel(arm=one.name, drop=True)),
            estimate(arr.sel(arm=one.name, drop=True)),
            ratio(one),
            float(np.mean([sample[a].status == "frontier" for sample in samples[1:]])),
        )
        for a, one in enumerate(samples[0])
    )
