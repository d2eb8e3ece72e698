"""Tornado: each input moved through its distribution, the others at their medians.

Every point has the same luck, so that differences are paired over replicates. Beside the ends (P10 and P90) stand inner
levels: an input whose outcome rises and falls again between its ends is seen and marked, which the difference of the
ends alone would hide. Bars are ranked by their reach, the distance between the levels of lowest and highest outcome.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from churnsim.decisions.inputs import InputError
from churnsim.decisions.progress import Progress
from churnsim.metrics.estimates import Estimate
from churnsim.uncertainty.crossing import zero_between
from churnsim.uncertainty.inputs import some_input
from churnsim.uncertainty.model import Model, natural
from churnsim.uncertainty.outcomes import defined, over_luck

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
EXACT = 1e-9
"""Differences below this share of the outcomes are rounding, where a single replicate says nothing of luck."""


@dataclass(frozen=True)
class Point:
    """An input at one level of its distribution."""

    level: float
    value: float
    outcome: Estimate
    change: Estimate
    """From the outcome with every input at its median, paired."""


@dataclass(frozen=True)
class Bar:
    """An input moved through its distribution."""

    input: str
    points: tuple[Point, ...]
    """Lowest level first."""
    swing: Estimate
    """Outcome at the highest level less that at the lowest, paired."""
    reach: Estimate
    """Highest outcome less the lowest, wherever they lie; a little too large in the mean, being chosen."""
    turns: bool
    """Whether the outcome rises and falls, or falls and rises, beyond the Monte Carlo error."""
    tips_at: float
    """Value, between two levels, at which the outcome changes its sign beyond the error; else NaN."""


@dataclass(frozen=True)
class Tornado:
    """Bars, the widest reach first. `median`: the outcome with every input at its median."""

    median: Estimate
    bars: tuple[Bar, ...]
    replicates: int


def tornado(model: Model, levels: Sequence[float] = LEVELS, progress: Progress | None = None) -> Tornado:
    """Move each input of a model through `levels`, the others at their medians: 1 + k (number of levels) draws.

    With a single replicate outcomes are taken as exact and errors are not known (NaN). Raises InputError.
    """
    some_input(model.inputs)
    steps = sorted(set(levels))
    if len(steps) < 2 or not 0.0 < steps[0] <= steps[-1] < 1.0:
        raise InputError(f"a tornado needs two levels or more between 0 and 1, found {list(levels)}")
    k = len(model.inputs)
    grid = np.full((1 + k * len(steps), k), 0.5)
    for j in range(k):
        grid[1 + j * len(steps) : 1 + (j + 1) * len(steps), j] = steps
    outcomes = defined(model(grid, progress))
    values = natural(model.inputs, grid)
    median, rows = outcomes[0], outcomes[1:].reshape(k, len(steps), -1)
    at = np.array([values[1 + j * len(steps) : 1 + (j + 1) * len(steps), j] for j in range(k)])
    bars = [_bar(name, steps, at[j], rows[j], median, k) for j, name in enumerate(model.inputs)]
    return Tornado(over_luck(median), tuple(sorted(bars, key=lambda bar: -bar.reach.mean)), outcomes.shape[1])


def _bar(name: str, levels: list[float], values: np.ndarray, rows: np.ndarray, median: np.ndarray, k: int) -> Bar:
    means = rows.mean(axis=1)
    return Bar(
        input=name,
        points=tuple(
            Point(level, float(value), over_luck(row), over_luck(row - median))
            for level, value, row in zip(levels, values, rows, strict=True)
        ),
        swing=over_luck(rows[-1] - rows[0]),
        reach=over_luck(rows[int(means.argmax())] - rows[int(means.argmin())]),
        turns=_turns(rows, k),
        tips_at=_tips_at(values, rows),
    )


def _turns(rows: np.ndarray, inputs: int) -> bool:
    """Whether some level lies above, or below, one on either side of it.

    Both differences must be told from 0 at 5%, after Bonferroni's correction for the triples of levels of all inputs.
    """
    triples = list(itertools.combinations(range(len(rows)), 3))
    probability = 1.0 - 0.05 / max(len(triples) * inputs, 1)
    for i, j, m in triples:
        left, right = (_sign(rows[j] - rows[side], probability, rows) for side in (i, m))
        if left == right != 0:
            return True
    return False


def _tips_at(values: np.ndarray, rows: np.ndarray) -> float:
    signs = [_sign(row, 0.975, rows) for row in rows]
    means = rows.mean(axis=1)
    if not (1 in signs and -1 in signs):
        return math.nan
    i = next(i for i in range(len(means) - 1) if means[i] * means[i + 1] <= 0.0 and means[i] != means[i + 1])
    return zero_between(values[i], values[i + 1], means[i], means[i + 1])


def _sign(row: np.ndarray, probability: float, scale: np.ndarray) -> int:
    """Sign of the mean of a row (r,) where it is told from 0 one-sidedly at 1 - probability, else 0."""
    from scipy.special import stdtrit

    mean = float(row.mean())
    if len(row) < 2:
        error = EXACT * float(np.abs(scale).max())
    else:
        error = float(stdtrit(len(row) - 1, probability)) * float(row.std(ddof=1)) / math.sqrt(len(row))
    return int(np.sign(mean)) if abs(mean) > error else 0
