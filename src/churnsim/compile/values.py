"""Values: the numbers of a scenario as vectors over draws."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from churnsim.scenario.model import Scenario
from churnsim.scenario.quantities import Distribution


class Values:
    """Reads numbers of one scenario by dotted path, each as an array (D,) of float64."""

    def __init__(
        self,
        scenario: Scenario,
        samples: dict[str, np.ndarray],
        draws: int,
        root: str = "",
        factors: Mapping[str, np.ndarray] = MappingProxyType({}),
    ):
        self.scenario, self.samples, self.draws, self.root = scenario, samples, draws, root
        self.factors = factors
        self._at = _step(scenario, root.removesuffix(".")) if root else scenario

    def under(self, path: str) -> Values:
        """The same values, with paths relative to `path`."""
        return Values(self.scenario, self.samples, self.draws, f"{self.root}{path}.", self.factors)

    def whole(self) -> Values:
        """The same values, with paths from the scenario's root."""
        return Values(self.scenario, self.samples, self.draws, factors=self.factors)

    def node(self, path: str) -> Any:
        """What stands at a dotted path: a table, a number, a distribution."""
        return _step(self._at, path)

    def __call__(self, path: str) -> np.ndarray:
        """The number at a dotted path in every draw, (D,)."""
        node, whole = _step(self._at, path), f"{self.root}{path}"
        # most are plain numbers, and to ask a number whether it is a distribution takes longer than all the rest
        if not isinstance(node, (float, int)) and isinstance(node, Distribution):
            number = self.samples[whole]
        else:
            number = np.full(self.draws, float(node))
        return number * self.factors[whole] if whole in self.factors else number


def _step(node: Any, path: str) -> Any:
    for name in path.split("."):
        node = node[name] if isinstance(node, dict) else getattr(node, name)
    return node


def responding(base: Values) -> Values:
    """The base arm's values with what its calibrated scales answer in each draw (scenario/response.py).

    Its `factors` (D,) by dotted path are those of all arms.
    """
    factors = {
        scale: np.exp(sum((r.log_slope * (base(path) - r.at) for path, r in responses.items()), np.zeros(base.draws)))
        for scale, responses in base.scenario.calibration.items()
    }
    return Values(base.scenario, base.samples, base.draws, base.root, factors)


def monthly_rate(probability: np.ndarray, months: float = 12.0) -> np.ndarray:
    """Constant hazard a month under which `probability` is reached after `months` months."""
    return np.asarray(-np.log1p(-probability) / months)


def decay(half_life: np.ndarray) -> np.ndarray:
    """Factor a month of an effect with this half-life in months."""
    return np.asarray(np.exp2(-1.0 / half_life))
