"""Formulas with known answers in the place of a scenario."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from churnsim.scenario.distributions import Uniform
from churnsim.uncertainty.model import Function


def uniform(low: float, high: float) -> Uniform:
    return Uniform(dist="uniform", low=low, high=high)


def function(formula: Callable[[np.ndarray], np.ndarray], inputs: int, low: float = 0.0, high: float = 1.0) -> Function:
    """A formula of inputs x1, x2, ... that are all uniform from low to high."""
    return Function({f"x{i + 1}": uniform(low, high) for i in range(inputs)}, formula)


def linear(*coefficients: float) -> Function:
    return function(lambda x: x @ np.array(coefficients), len(coefficients))


def ishigami(a: float = 7.0, b: float = 0.1) -> Function:
    """Ishigami & Homma (1990)."""

    def formula(x: np.ndarray) -> np.ndarray:
        return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])

    return function(formula, 3, -np.pi, np.pi)


def g_function(*a: float) -> Function:
    """Saltelli & Sobol (1995)."""
    rest = np.array(a)
    return function(lambda x: np.prod((np.abs(4.0 * x - 2.0) + rest) / (1.0 + rest), axis=1), len(a))


def noisy(model: Function, replicates: int, sd: float, *, common: float = 0.0, seed: int = 5) -> Function:
    """The model with luck: one part of its own for each draw and replicate, one that all draws of a replicate share."""

    def formula(x: np.ndarray) -> np.ndarray:
        rng = np.random.default_rng(seed)
        shared = common * rng.standard_normal(replicates)
        return model.formula(x)[:, None] + shared + sd * rng.standard_normal((len(x), replicates))

    return Function(model.inputs, formula)
