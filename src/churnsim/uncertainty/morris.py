"""Morris screening: elementary effects along random trajectories (Morris 1991, Campolongo et al. 2007), by SALib.

An elementary effect is the change of the outcome per unit of level, when one input steps by two thirds of the way
between its ENDS while the others stay. A level is a probability of the input's own distribution, so mu* reads: how far
the outcome would move if the input went through its whole distribution at that pace. For an input uniform from 0 to 1
in a linear model it is the absolute coefficient. SALib states effects per whole width between the ends; they are
divided by that width here. The ends keep clear of levels 0 and 1, at which many laws are infinite.

The mean over replicates is analysed; trajectories are the independent sample, so intervals come from resampling them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from churnsim.decisions.inputs import InputError
from churnsim.decisions.libraries import needs
from churnsim.decisions.progress import Progress
from churnsim.uncertainty.inputs import problem
from churnsim.uncertainty.model import Model
from churnsim.uncertainty.outcomes import Bounded, defined, luck_left

ENDS = (0.05, 0.95)
GRID = 4
"""Levels of the grid between the ends, the usual number."""
RESAMPLES = 2_000


@dataclass(frozen=True)
class Screened:
    """An input: `mu` mean effect, `mu_star` mean absolute effect, `sigma` their standard deviation.

    A sigma that is large beside mu* means that the effect depends on the other inputs or on where the input stands.
    """

    input: str
    mu: Bounded
    mu_star: Bounded
    sigma: Bounded


@dataclass(frozen=True)
class Morris:
    """Inputs, the largest mu* first."""

    inputs: tuple[Screened, ...]
    trajectories: int
    runs: int
    replicates: int
    luck_left: float
    """Share of the variance of the draws' means that is luck; NaN with a single replicate."""


def morris(model: Model, trajectories: int = 20, *, seed: int = 0, progress: Progress | None = None) -> Morris:
    """Screen the inputs of a model with `trajectories` (k + 1) draws. Raises InputError."""
    if trajectories < 2:
        raise InputError(f"Morris needs two trajectories or more, found {trajectories}")
    asked = problem(model.inputs, *ENDS)
    with needs("SALib"):
        from SALib.analyze import morris as analysis
        from SALib.sample import morris as sampling
    rng = np.random.default_rng(seed)
    levels = sampling.sample(asked, trajectories, num_levels=GRID, seed=rng)
    outcomes = defined(model(levels, progress))
    width = ENDS[1] - ENDS[0]
    y = outcomes.mean(axis=1)
    found = analysis.analyze(asked, levels, y / width, num_levels=GRID, num_resamples=2, seed=rng)
    intervals = _intervals(_effects(levels, y, trajectories), rng)
    order = np.argsort(-np.asarray(found["mu_star"]), kind="stable")
    names = list(model.inputs)

    def bounded(what: str, j: int) -> Bounded:
        low, high = intervals[what][:, j]
        return Bounded(float(found[what][j]), float(low), float(high))

    return Morris(
        inputs=tuple(Screened(names[j], *(bounded(what, j) for what in ("mu", "mu_star", "sigma"))) for j in order),
        trajectories=trajectories,
        runs=len(levels),
        replicates=outcomes.shape[1],
        luck_left=luck_left(outcomes),
    )


def _effects(levels: np.ndarray, y: np.ndarray, trajectories: int) -> np.ndarray:
    """Elementary effects (trajectories, k) per unit of level: each step of a trajectory moves one input."""
    k = levels.shape[1]
    steps = np.diff(levels.reshape(trajectories, k + 1, k), axis=1)
    moved = np.abs(steps).argmax(axis=2)
    rises = np.diff(y.reshape(trajectories, k + 1), axis=1)
    effects = np.empty((trajectories, k))
    np.put_along_axis(effects, moved, rises / np.take_along_axis(steps, moved[..., None], axis=2)[..., 0], axis=1)
    return effects


def _intervals(effects: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """95% intervals (2, k): percentiles over trajectories drawn again (Efron 1979)."""
    n = len(effects)
    again = effects[rng.integers(n, size=(RESAMPLES, n))]
    statistics = {"mu": again.mean(axis=1), "mu_star": np.abs(again).mean(axis=1), "sigma": again.std(axis=1, ddof=1)}
    return {name: np.quantile(values, (0.025, 0.975), axis=0) for name, values in statistics.items()}
