"""How bad and how good a value may be: mean, P5, P50, P95, CVaR, with ignorance and luck kept apart.

Over all paths the spread is that of ignorance and luck together: what may happen. Over draws it is that of ignorance
alone: what would still be open if luck averaged out. A draw's mean over R replicates still has some luck in it, which
widens its spread, so the means are drawn together until their variance is that of ignorance (constrained empirical
Bayes, Louis 1984; exact for normal values):

    x_d -> x + c (x_d - x),    c^2 = max(0, 1 - luck^2 / R / Var(x_d))
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from churnsim.metrics.estimates import Array, Estimate, by_path, estimate
from churnsim.uncertainty.resamples import Figure, Spread, figure, spread, weights

LEVEL = 0.05
"""Share of the values that CVaR is the mean of."""

ONE_DRAW = "there is a single draw, so ignorance is not in this run: the spread is luck alone"
ONE_REPLICATE = "there is one replicate a draw, so luck cannot be told from ignorance: run with --replicates 2 or more"


@dataclass(frozen=True)
class Quantiles:
    """Where values lie: 5%, 50% and 95% of them at or below, and the mean of the worst share of them (CVaR)."""

    p5: Figure
    p50: Figure
    p95: Figure
    cvar: Figure


@dataclass(frozen=True)
class Tails:
    """A value's mean and spread; errors are clustered by draw."""

    mean: Estimate
    paths: Quantiles
    """Over all paths: ignorance and luck together."""
    ignorance: Quantiles | None
    """Over draws, luck taken off; None where a run cannot tell."""
    tail_clusters: float
    """Draws (paths, with a single draw) that the worst share holds: with fewer than 10 its error is a guess."""


def check_level(level: float) -> None:
    """Raise ValueError unless a level of CVaR is between 0 and 1."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"the level of CVaR must be between 0 and 1, found {level}")


def why_no_ignorance(draws: int, replicates: int) -> str | None:
    """Why a run of this size cannot tell ignorance from luck, in words; None where it can."""
    if draws == 1:
        return ONE_DRAW
    return ONE_REPLICATE if replicates == 1 else None


def tails(
    values: xr.DataArray, level: float = LEVEL, *, worst_is_low: bool = True, times: Array | None = None
) -> tuple[Tails, Spread]:
    """Mean and spread of values by (draw, replicate), and the statistics over paths of every resample.

    NaN is left out, and counted in the mean. `times`: weights of resamples (see `resamples.weights`), to share them
    among arms, which pairs comparisons. Raises ValueError for a level that is not between 0 and 1.
    """
    check_level(level)
    paths = by_path(values)
    single = paths.shape[0] == 1
    clusters = paths.T if single else paths
    times = weights(len(clusters)) if times is None else times
    whole = spread(clusters, times, level, worst_is_low=worst_is_low)
    ignorance = None
    if why_no_ignorance(*paths.shape) is None:
        ignorance = _quantiles(_without_luck(paths, times, level, worst_is_low))
    return Tails(estimate(values), _quantiles(whole), ignorance, level * len(clusters)), whole


def _quantiles(found: Spread) -> Quantiles:
    return Quantiles(*(figure(found[i]) for i in range(1, 5)))


def _without_luck(paths: Array, times: Array, level: float, worst_is_low: bool) -> Spread:
    """Statistics over draws of their means, drawn together until luck's part of their variance is gone."""
    defined = ~np.isnan(paths)
    count = defined.sum(axis=1)
    known = count > 0
    filled = np.where(defined, paths, 0.0)
    means = filled.sum(axis=1)[known] / count[known]
    # variance that luck has in the mean of a draw; a draw of one defined path tells nothing of it
    within = np.where(defined[known], (paths[known] - means[:, None]) ** 2, 0.0).sum(axis=1)
    several = count[known] > 1
    noise = within[several] / ((count[known] - 1.0) * count[known])[several]
    w = times[:, known]
    found = spread(means[:, None], w, level, worst_is_low=worst_is_low)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = w.sum(axis=1)
        variance = ((w @ means**2) / total - ((w @ means) / total) ** 2) * total / (total - 1.0)
        luck = (w[:, several] @ noise) / w[:, several].sum(axis=1)
        shrink = np.sqrt(np.clip(1.0 - luck / variance, 0.0, 1.0))
    shrink = np.where(variance > 0.0, shrink, 0.0)
    return Spread(*(found.mean + shrink * (part - found.mean) for part in found))
