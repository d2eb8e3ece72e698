"""A sample of draws with their outcomes: the true joint distribution of what is not known, correlations kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from churnsim.decisions.inputs import InputError
from churnsim.decisions.progress import Progress
from churnsim.uncertainty.inputs import some_input
from churnsim.uncertainty.model import Model, natural
from churnsim.uncertainty.outcomes import luck_left, outcomes_of


@dataclass(frozen=True)
class Sample:
    """Independent draws: values (n, k) of the inputs by `names`, and outcomes (n,), means over replicates."""

    names: tuple[str, ...]
    values: np.ndarray
    outcomes: np.ndarray
    replicates: int
    luck_left: float
    """Share of the variance of the outcomes that is luck; NaN with a single replicate."""


def drawn(model: Model, draws: int, *, seed: int = 0, progress: Progress | None = None) -> Sample:
    """A sample of a model with independent inputs. Raises InputError."""
    some_input(model.inputs)
    levels = np.random.default_rng(seed).uniform(2.0**-33, 1.0 - 2.0**-33, (draws, len(model.inputs)))
    return _sample(tuple(model.inputs), natural(model.inputs, levels), model(levels, progress), shared=True)


def sample_of(dataset: xr.Dataset, measure: str, arm: str, against: str | None = None) -> Sample:
    """The sample that a simulated Dataset holds: a measure of an arm, or its paired difference from another.

    Raises InputError for a name that the Dataset has not, or where nothing varies.
    """
    outcomes = outcomes_of(dataset, measure, arm, against)
    inputs = dataset["inputs"].transpose("draw", "input")
    names = [str(name) for name in inputs["input"].values]
    samples = np.asarray(inputs.values, dtype=np.float64)
    if len(samples) < 2 or not names:
        raise InputError("nothing is uncertain, or there is a single draw: there is no region of inputs to look for")
    # an input that only other arms leave open is not known here
    varies = ~np.isnan(samples).any(axis=0) & (np.ptp(samples, axis=0) > 0.0)
    return _sample(tuple(np.array(names)[varies]), samples[:, varies], outcomes, shared=False)


def _sample(names: tuple[str, ...], values: np.ndarray, outcomes: np.ndarray, *, shared: bool) -> Sample:
    missing = np.isnan(outcomes)
    kept = ~missing.all(axis=1)
    if kept.sum() < 2:
        raise InputError("the measure is not defined in the draws: ask for another one")
    full = outcomes[~missing.any(axis=1)]
    return Sample(
        tuple(map(str, names)),
        values[kept],
        np.nanmean(outcomes[kept], axis=1),
        outcomes.shape[1],
        luck_left(full, shared=shared),
    )
