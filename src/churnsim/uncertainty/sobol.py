"""Sobol indices: which share of the variance of an outcome each input makes, by SALib.

First order: the share that would go if the input alone were known. Total: the share that would stay if everything but
the input were known; what it exceeds the first by is interaction. Sampling: Saltelli et al. (2010) from a scrambled
Sobol sequence, N (k + 2) draws; second order is not estimated. Intervals are SALib's: the normal quantile times the
bootstrapped standard deviation over the N base points.

The mean over replicates is analysed, with the same luck in every draw: what luck all draws have in common is no
variance; what is left of it looks like interaction of all inputs, and its share is stated.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from churnsim.decisions.inputs import InputError
from churnsim.decisions.libraries import needs
from churnsim.decisions.progress import Progress
from churnsim.metrics.estimates import NORMAL
from churnsim.uncertainty.inputs import problem
from churnsim.uncertainty.model import Model
from churnsim.uncertainty.outcomes import Bounded, defined, luck_left

RESAMPLES = 500
_LEAST = 2.0**-33
"""Levels keep this far from 0 and 1, at which many laws are infinite."""


@dataclass(frozen=True)
class Indexed:
    """An input with its indices of first and total order."""

    input: str
    first: Bounded
    total: Bounded


@dataclass(frozen=True)
class Sobol:
    """Inputs, the largest total index first."""

    inputs: tuple[Indexed, ...]
    sd: Bounded
    """Standard deviation of the outcome over the inputs' distributions."""
    interaction: Bounded
    """Share of the variance that no input makes alone: 1 less the sum of the first indices."""
    samples: int
    runs: int
    replicates: int
    luck_left: float
    """Share of the variance of the draws' means that is luck; NaN with a single replicate."""


def sobol(model: Model, samples: int = 256, *, seed: int = 0, progress: Progress | None = None) -> Sobol:
    """Estimate the indices of a model's inputs, taken as independent, with `samples` (k + 2) draws.

    `samples` is a power of two, or the balance of the Sobol sequence is lost. Raises InputError, also when the outcome
    is the same in every draw.
    """
    check_samples(samples)
    asked = problem(model.inputs)
    with needs("SALib"):
        from SALib.analyze import sobol as analysis
        from SALib.sample import sobol as sampling
    rng = np.random.default_rng(seed)
    levels = sampling.sample(asked, samples, calc_second_order=False, seed=rng)
    outcomes = defined(model(np.clip(levels, _LEAST, 1.0 - _LEAST), progress))
    y = outcomes.mean(axis=1)
    if not np.ptp(y) > 0.0:
        raise InputError("the outcome is the same in every draw: there is no variance to share out")
    with warnings.catch_warnings():
        # a resample of few points may be constant; its interval is then of no width, as it should be
        warnings.simplefilter("ignore", UserWarning)
        found = analysis.analyze(
            asked, y, calc_second_order=False, num_resamples=RESAMPLES, keep_resamples=True, seed=rng
        )
    step = len(asked["names"]) + 2
    base = np.stack([y[::step], y[step - 1 :: step]])
    again = base[:, rng.integers(samples, size=(RESAMPLES, samples))]

    def bounded(what: str, j: int) -> Bounded:
        return _bounded(float(found[what][j]), float(found[f"{what}_conf"][j]))

    order = np.argsort(-np.asarray(found["ST"]), kind="stable")
    return Sobol(
        inputs=tuple(Indexed(asked["names"][j], bounded("S1", j), bounded("ST", j)) for j in order),
        sd=_bounded(float(base.std(ddof=1)), NORMAL * float(again.std(axis=(0, 2), ddof=1).std(ddof=1))),
        interaction=_bounded(
            1.0 - float(np.sum(found["S1"])), NORMAL * float(found["S1_conf_all"].sum(axis=1).std(ddof=1))
        ),
        samples=samples,
        runs=len(levels),
        replicates=outcomes.shape[1],
        luck_left=luck_left(outcomes),
    )


def check_samples(samples: int) -> None:
    """Refuse a base sample that is no power of two."""
    if samples < 2 or samples & (samples - 1):
        raise InputError(f"Sobol needs a base sample that is a power of two, such as 256, found {samples}")


def _bounded(value: float, half: float) -> Bounded:
    return Bounded(value, value - half, value + half)
