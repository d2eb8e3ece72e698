"""Which arm is best, how sure that is, and what it costs to have chosen another (regret).

P(best) of an arm is the share of draws in which its mean over replicates is the highest; arms that tie share the draw.
Luck in those means draws the odds of close arms towards 1/k, and arms that are truly equal have 1/k each: `luck_share`
says how much of the spread between the two highest arms is luck.

Regret of an arm in a draw is what the best arm of that draw has more. A mean of maxima over noisy means is biased
upwards, so the differences between arms are first drawn together until their covariance is that of ignorance:

    x_d -> x + A (x_d - x),   A C A' = B,   C = Cov(x_d),   B = the part of C - luck / R that is not negative

with A the symmetric map that moves them least (optimal transport between normals, Olkin & Pukelsheim 1982; exact for
normal values). What is left over when nothing is unknown still errs upwards. A bound that errs downwards only, and is 0
on average where arms are equal, is what choosing in each draw by half of the replicates gains on the other half; the
interval of a regret reaches from the low end of this bound to the high end of the estimate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from churnsim.metrics.estimates import Array, Estimate, Share, estimate, share_of_hits
from churnsim.uncertainty.resamples import Figure, figure, weights
from churnsim.uncertainty.tails import why_no_ignorance


@dataclass(frozen=True)
class Standing:
    """How an arm stands among all."""

    best: Share
    """Share of draws in which its mean is the highest; with a single draw, of paths."""
    best_of_paths: Share
    """Share of paths in which it is the highest, luck included."""
    regret: Figure | None
    """Mean over draws of what the draw's best arm has more, luck taken off; None where a run cannot tell."""
    worst_regret: float
    """The same in the draw where it is greatest; NaN where a run cannot tell."""


@dataclass(frozen=True)
class Standings:
    """Arms against each other by one value."""

    arms: dict[str, Standing]
    highest: str
    """The arm of the best mean."""
    second: str
    """The arm of the next best mean."""
    lead: Estimate
    """What the one has more than the other."""
    luck_share: float
    """Share of the variance of the draws' means of that lead that is luck; NaN where a run cannot tell."""

    @property
    def close(self) -> bool:
        """Whether P(best) says little: the lead straddles 0, or most of its spread is luck."""
        return self.lead.straddles_zero or self.luck_share > 0.5


def standings(values: xr.DataArray, *, higher_is_better: bool = True) -> Standings:
    """Compare arms by values (arm, draw, replicate); paths in which an arm has none are left out.

    Raises ValueError with fewer than two arms, or where no path is defined in all arms.
    """
    values = values.transpose("arm", "draw", "replicate")
    names = list(map(str, values["arm"].values))
    if len(names) < 2:
        raise ValueError("to ask which arm is best takes two arms at least")
    values = values.where(values.notnull().all("arm"))
    if not bool(values.notnull().any()):
        raise ValueError("no path has a value in all arms")
    signed = values if higher_is_better else -values
    paths = np.asarray(signed.values, dtype=np.float64)
    means = _means(paths)
    order = np.argsort(-means.mean(axis=1), kind="stable")
    first, second = names[order[0]], names[order[1]]
    single = values.sizes["draw"] == 1
    can_tell = why_no_ignorance(*paths.shape[1:]) is None
    regret, worst = _regret(paths) if can_tell else ([None] * len(names), np.full(len(names), math.nan))
    over_paths = first_places(paths)
    over_draws = over_paths if single else first_places(means)[:, :, None]
    return Standings(
        arms={
            name: Standing(
                best=share_of_hits(over_draws[a]),
                best_of_paths=share_of_hits(over_paths[a]),
                regret=regret[a],
                worst_regret=float(worst[a]),
            )
            for a, name in enumerate(names)
        },
        highest=first,
        second=second,
        lead=estimate(signed.sel(arm=first, drop=True) - signed.sel(arm=second, drop=True)),
        luck_share=_luck_share(paths[order[0]] - paths[order[1]]),
    )


@dataclass(frozen=True)
class RegretMatrix:
    """Arms under several scenarios: what each loses against the best arm of the scenario."""

    means: dict[str, dict[str, Estimate]]
    """Mean by scenario and arm."""
    regret: dict[str, dict[str, Estimate]]
    """Mean of the scenario's best arm less that of the arm, paired; 0 for the best arm itself."""
    best: dict[str, str]
    """Arm of the best mean by scenario."""
    expected: dict[str, float]
    """Mean regret of each arm, all scenarios alike."""
    worst: dict[str, float]
    """Greatest regret of each arm."""
    least_worst: str
    """The arm whose greatest regret is the least (minimax regret, Savage 1951)."""


def regret_matrix(scenarios: Mapping[str, xr.DataArray], *, higher_is_better: bool = True) -> RegretMatrix:
    """Regret by scenario and arm of values (arm, draw, replicate) by scenario; every scenario has the same arms.

    Raises ValueError with no scenario, fewer than two arms, or arms that differ.
    """
    if not scenarios:
        raise ValueError("a regret matrix needs a scenario at least")
    names = [str(arm) for arm in next(iter(scenarios.values()))["arm"].values]
    if len(names) < 2:
        raise ValueError("regret takes two arms at least")
    for scenario, values in scenarios.items():
        if set(map(str, values["arm"].values)) != set(names):
            raise ValueError(f"the scenario {scenario!r} has other arms than the first")
    means, regret, best = {}, {}, {}
    for scenario, values in scenarios.items():
        means[scenario] = {arm: estimate(values.sel(arm=arm, drop=True)) for arm in names}
        signed = values if higher_is_better else -values
        top = max(names, key=lambda arm: means[scenario][arm].mean * (1.0 if higher_is_better else -1.0))
        lead = signed.sel(arm=top, drop=True) - signed
        regret[scenario] = {arm: estimate(lead.sel(arm=arm, drop=True)) for arm in names}
        best[scenario] = top
    each = {arm: [regret[scenario][arm].mean for scenario in scenarios] for arm in names}
    worst = {arm: max(lost) for arm, lost in each.items()}
    expected = {arm: float(np.mean(lost)) for arm, lost in each.items()}
    return RegretMatrix(means, regret, best, expected, worst, min(worst, key=lambda arm: worst[arm]))


def _means(paths: Array) -> Array:
    """Means over replicates (k, draws); draws without a defined path are left out."""
    defined = ~np.isnan(paths[0])
    count = defined.sum(axis=1)
    return np.asarray(np.where(defined, paths, 0.0).sum(axis=2)[:, count > 0] / count[count > 0])


def first_places(values: Array) -> Array:
    """Part of the first place that each arm takes (k, ...), ties sharing one; NaN where an arm has no value."""
    top = values == values.max(axis=0)
    return np.where(np.isnan(values).any(axis=0), np.nan, top / np.maximum(top.sum(axis=0), 1))


def _luck_share(lead: Array) -> float:
    draws, replicates = lead.shape
    if draws == 1 or replicates == 1:
        return math.nan
    means, noise = _moments(lead[None, ~np.isnan(lead).any(axis=1)])
    variance = float(means[0].var(ddof=1)) if means.shape[1] > 1 else 0.0
    return min(1.0, float(noise.mean()) / variance) if variance > 0.0 else math.nan


def _moments(paths: Array) -> tuple[Array, Array]:
    """Means (k, draws) of paths (k, draws, replicates), and the covariance (draws, k, k) that luck has in them."""
    means = paths.mean(axis=2)
    off = paths - means[:, :, None]
    replicates = paths.shape[2]
    return means, np.einsum("adr,bdr->dab", off, off) / ((replicates - 1.0) * replicates)


def _regret(paths: Array) -> tuple[list[Figure] | list[None], Array]:
    """Mean regret of each arm, and its greatest regret (k,) over draws."""
    paths = paths[:, ~np.isnan(paths[0]).any(axis=1)]
    arms, draws, _ = paths.shape
    if draws < 2:
        return [None] * arms, np.full(arms, math.nan)
    # what all arms share is no matter of choice
    means, noise = _moments(paths - paths.mean(axis=0))
    flat = noise.reshape(draws, -1)
    sample, worst = [], np.zeros(arms)
    times = weights(draws)
    for i, w in enumerate(times):
        middle = means @ w / draws
        off = means - middle[:, None]
        # the weights of a resample add up to the number of draws
        covariance = (w * off) @ off.T / (draws - 1.0)
        moved = middle[:, None] + _least_move(covariance, (w @ flat / draws).reshape(arms, arms)) @ off
        lost = moved.max(axis=0) - moved
        sample.append(lost @ w / draws)
        if i == 0:
            worst = lost.max(axis=1)
    halves = [paths[:, :, half::2].mean(axis=2) for half in range(2)]
    gained = [np.take_along_axis(b, a.argmax(axis=0)[None], axis=0) - b for a, b in (halves, halves[::-1])]
    bound = times @ np.mean(gained, axis=0).T / draws
    return [_bracketed(np.array(sample)[:, a], bound[:, a]) for a in range(arms)], worst


def _bracketed(sample: Array, bound: Array) -> Figure:
    found, least = figure(sample, normal=True, least=0.0), figure(bound, normal=True, least=0.0)
    return Figure(found.value, found.se, min(found.value, least.low), found.high)


def _least_move(covariance: Array, luck: Array) -> Array:
    """Symmetric map A with A C A' = the part of C - luck that is not negative."""
    values, vectors = np.linalg.eigh(covariance - luck)
    ignorance = (vectors * np.maximum(values, 0.0)) @ vectors.T
    values, vectors = np.linalg.eigh(covariance)
    live = values > 1e-12 * max(values[-1], 0.0)
    vectors, roots = vectors[:, live], np.sqrt(values[live])
    root, inverse = (vectors * roots) @ vectors.T, (vectors / roots) @ vectors.T
    values, inner = np.linalg.eigh(root @ ignorance @ root)
    return np.asarray(inverse @ ((inner * np.sqrt(np.maximum(values, 0.0))) @ inner.T) @ inverse)
