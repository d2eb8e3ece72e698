"""Repeated measurements: interleaved, so that a disturbance of the machine hits all cases alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np


class Spread(NamedTuple):
    """A quantity over repeats."""

    median: float
    min: float
    max: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        """Spread of measured values."""
        return cls(float(np.median(values)), min(values), max(values))


def interleaved(cases: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, list[float]]:
    """Measure each case `repeats` times, one round of all cases after another. A first round warms up, uncounted."""
    for measure in cases.values():
        measure()
    found: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(repeats):
        for name, measure in cases.items():
            found[name].append(measure())
    return found
