"""Draws: samples of what is not known.

A sample of an uncertain number is the quantile of its distribution at a level (`compile.levels`) that goes with its
dotted path: an arm that overrides a distribution keeps its level. Rank correlations are imposed on the levels by a
Gaussian copula (scenario/correlation.py); only numbers that are named in a correlation are moved by it.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from churnsim.compile.levels import Levels
from churnsim.scenario.correlation import copula_matrix
from churnsim.scenario.distributions import Distribution
from churnsim.scenario.model import Scenario


class Sampler:
    """Samples in the draws of the given numbers (n,). What several scenarios believe of a number is drawn once.

    `pairs` are the base arm's rank correlations: an arm that knows one number of a pair leaves the other as it was.
    """

    def __init__(self, pairs: list[tuple[str, str, float]], levels: Levels, draws: np.ndarray):
        self.levels, self.draws = levels, draws
        self.names, self.matrix = copula_matrix(pairs if levels.tied else [])
        self._known: dict[tuple[str, Distribution], np.ndarray] = {}

    def __call__(self, scenario: Scenario) -> dict[str, np.ndarray]:
        """Samples (n,) of every uncertain number of `scenario`, by dotted path."""
        return {path: self._sample(path, leaf) for path, leaf in scenario.uncertain().items()}

    def _sample(self, path: str, leaf: Distribution) -> np.ndarray:
        if (path, leaf) not in self._known:
            level = self._tied[path] if path in self._tied else self.levels(path, self.draws)
            found = np.array(leaf.quantile(level), dtype=np.float64)
            found.flags.writeable = False
            self._known[path, leaf] = found
        return self._known[path, leaf]

    @cached_property
    def _tied(self) -> dict[str, np.ndarray]:
        """Levels of the numbers that are named in a correlation."""
        if not self.names:
            return {}
        from scipy.special import ndtr, ndtri

        # the symmetric root moves every number as little as possible, whatever the order of the names
        values, vectors = np.linalg.eigh(self.matrix)
        root = vectors @ np.diag(np.sqrt(np.maximum(values, 0.0))) @ vectors.T
        tied = ndtr(root @ ndtri(np.array([self.levels(name, self.draws) for name in self.names])))
        return dict(zip(self.names, np.clip(tied, 2.0**-33, 1.0 - 2.0**-33), strict=True))


def sample(
    scenario: Scenario, pairs: list[tuple[str, str, float]], levels: Levels, draws: np.ndarray
) -> dict[str, np.ndarray]:
    """Samples (n,) of every uncertain number of one scenario, by dotted path, see `Sampler`."""
    return Sampler(pairs, levels, draws)(scenario)
