"""Arms over the points of a sweep: which is best where, what the others cost, which are never worth having.

A future is one draw at one point; all points count alike. The best arm of a point is the one of the highest mean there
(of the lowest, for a cost), so its lead errs upwards where arms are close: a lead is told from 0 where its interval is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from churnsim.decisions.inputs import InputError
from churnsim.metrics.estimates import Array, Estimate, Share, share_of_hits
from churnsim.sweeps.means import Means, means_of, over_points
from churnsim.sweeps.reading import Reading
from churnsim.uncertainty.best import first_places


@dataclass(frozen=True)
class ArmStanding:
    """How an arm does over all finished points."""

    mean: Estimate
    best_at: int
    """Points in which its mean is the best."""
    clear_at: int
    """Of these, points in which its lead over the second is told from 0."""
    futures: Share
    """Share of futures in which it is the best."""
    regret: Estimate
    """Mean over points of what the point's best arm has more."""
    worst_regret: Estimate
    """The same at the point where it is greatest."""
    worst_at: int
    """That point."""
    dominated_by: str | None
    """An arm that is nowhere worse and somewhere better, by means."""
    dominated_clearly_at: int
    """Points in which that is told from 0."""


@dataclass(frozen=True)
class Standings:
    """Arms against each other at every point."""

    arms: dict[str, ArmStanding]
    best: np.ndarray
    """Number of the best arm by point; -1 where the point is missing."""
    second: np.ndarray
    lead: Means
    """What the best has more than the second, by point."""
    regret: Means
    """What the point's best arm has more, by (point, arm)."""
    winner: str
    """The arm that is best in most futures."""
    least_regretted: str
    """The arm whose greatest regret over points is the least (minimax regret, Savage 1951)."""
    points: int
    """Finished points."""


def standings_over(reading: Reading) -> Standings:
    """Hold the arms against each other. Raises InputError with fewer than two."""
    if len(reading.arms) < 2:
        raise InputError("to ask which arm is best takes two arms at least")
    signed = reading.sign * reading.values
    mean = means_of(signed).mean
    there = np.flatnonzero(~np.isnan(mean).any(axis=1))
    if not len(there):
        raise InputError(f"no finished point has a value of {reading.measure} in all arms")
    order = np.argsort(-mean[there], axis=1, kind="stable")
    best, second = (np.full(reading.points, -1) for _ in range(2))
    best[there], second[there] = order[:, 0], order[:, 1]
    every = np.arange(reading.points)
    top = signed[every, best]
    lead = np.where(best[:, None] >= 0, top - signed[every, second], np.nan)
    lost = np.where(best[:, None, None] >= 0, top[:, None, :] - signed, np.nan)
    found, regret = means_of(lead), means_of(lost)
    dominated = [_dominated(signed[there], mean[there], arm) for arm in range(len(reading.arms))]
    shares = _futures(signed[there])
    expected = means_of(over_points(lost))
    overall = means_of(over_points(reading.values[there]))
    arms = {}
    for a, name in enumerate(reading.arms):
        worst = int(there[np.argmax(regret.mean[there, a])])
        wins = best == a
        by, clearly = dominated[a]
        arms[name] = ArmStanding(
            mean=overall.at(a),
            best_at=int(wins.sum()),
            clear_at=int((wins & found.above_zero).sum()),
            futures=shares[a],
            regret=expected.at(a),
            worst_regret=regret.at(worst, a),
            worst_at=worst,
            dominated_by=None if by is None else reading.arms[by],
            dominated_clearly_at=clearly,
        )
    return Standings(
        arms,
        best,
        second,
        found,
        regret,
        winner=max(arms, key=lambda arm: arms[arm].futures.share),
        least_regretted=min(arms, key=lambda arm: arms[arm].worst_regret.mean),
        points=len(there),
    )


def _futures(values: Array) -> list[Share]:
    """Share of futures of values (points, arms, clusters) in which each arm is best."""
    hits = first_places(np.moveaxis(values, 1, 0))
    if values.shape[2] == 1:  # points are no sample of luck
        return [Share(float(h.mean()), math.nan, math.nan, math.nan, h.size) for h in hits]
    return [_share(each) for each in hits]


def _share(hits: Array) -> Share:
    """Share of hits (points, clusters); where all clusters have the same, the futures themselves say how sure it is."""
    found = share_of_hits(hits.T)
    if found.se == 0.0 and 0.0 < found.share < 1.0:
        each = share_of_hits(hits.reshape(-1, 1))
        return Share(found.share, 0.0, each.low, each.high, found.count)
    return found


def _dominated(values: Array, mean: Array, arm: int) -> tuple[int | None, int]:
    """The arm of the best mean over points that dominates this one, and the points at which that is clear."""
    ahead = mean - mean[:, [arm]]
    others = np.flatnonzero((ahead >= 0.0).all(axis=0) & (ahead > 0.0).any(axis=0))
    if not len(others):
        return None, 0
    by = int(others[np.argmax(ahead[:, others].mean(axis=0))])
    return by, int(means_of(values[:, by] - values[:, arm]).above_zero.sum())
