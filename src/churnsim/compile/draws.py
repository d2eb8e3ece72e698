"""Draws: samples of what is not known.

A sample of an uncertain number is the quantile of its distribution at a level (`compile.levels`) that goes with its
dotted path: an arm that overrides a distribution keeps its level. Rank correlations are imposed on the levels by a
Gaussian copula (scenario/correlation.py); only numbers that are named in a correlation are moved by it.
"""

from __future__ import annotations

import numpy as np

from churnsim.compile.levels import Levels
from churnsim.scenario.correlation import copula_matrix
from churnsim.scenario.model import Scenario


def sample(
    scenario: Scenario, pairs: list[tuple[str, str, float]], levels: Levels, draws: np.ndarray
) -> dict[str, np.ndarray]:
    """Samples (n,) of every uncertain number of `scenario`, by dotted path, for the draws of the given numbers (n,).

    `pairs` are the base arm's rank correlations: an arm that knows one number of a pair leaves the other as it was.
    """
    uncertain = scenario.uncertain()
    names, matrix = copula_matrix(pairs if levels.tied else [])
    uniforms = {path: levels(path, draws) for path in (*uncertain, *names)}
    if names:
        from scipy.special import ndtr, ndtri

        # the symmetric root moves every number as little as possible, whatever the order of the names
        values, vectors = np.linalg.eigh(matrix)
        root = vectors @ np.diag(np.sqrt(np.maximum(values, 0.0))) @ vectors.T
        tied = ndtr(root @ ndtri(np.array([uniforms[name] for name in names])))
        uniforms |= dict(zip(names, np.clip(tied, 2.0**-33, 1.0 - 2.0**-33), strict=True))
    return {path: np.asarray(leaf.quantile(uniforms[path]), dtype=np.float64) for path, leaf in uncertain.items()}
