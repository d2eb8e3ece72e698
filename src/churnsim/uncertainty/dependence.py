"""Dependence: the mean outcome along each input, from an ordinary sample of draws.

The other inputs are as they come with the value: correlations are kept, so a curve holds what goes with the input, not
what it causes alone. The curve is a cubic regression spline with knots at quantiles (scikit-learn's basis, de Boor
1978), fitted by least squares; its 95% band takes the scatter of the draws as it is (HC3 of MacKinnon & White 1985),
luck included. Inputs are ranked by the share of variance that their curve explains, the adjusted R^2 of Ezekiel (1930):
a given-data estimate of the first-order index. Means of equal groups of draws stand beside the curve, which they do not
know of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from churnsim.decisions.inputs import InputError
from churnsim.decisions.libraries import needs
from churnsim.metrics.estimates import NORMAL, Estimate
from churnsim.uncertainty.crossing import zero_between
from churnsim.uncertainty.outcomes import Bounded, over_draws
from churnsim.uncertainty.sample import Sample

KNOTS, DEGREE = 4, 3
LEAST = 40
"""Draws that a curve needs: several to each of its coefficients."""
TOP = 6
"""Inputs that have a curve."""
GRID = 41
RESAMPLES = 200


@dataclass(frozen=True)
class Group:
    """A tenth of the draws, by the input: its mean value and outcome."""

    value: float
    outcome: Estimate


@dataclass(frozen=True)
class Curve:
    """Mean outcome along an input, between P5 and P95 of its draws."""

    input: str
    explained: Bounded
    """Share of the variance of the draws' outcomes, adjusted; at least 0."""
    values: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    groups: tuple[Group, ...]
    tips_at: tuple[float, ...]
    """Values at which the curve passes 0."""


@dataclass(frozen=True)
class Dependence:
    """Curves of the inputs that explain most, the largest share first."""

    curves: tuple[Curve, ...]
    outcome: Estimate
    draws: int
    replicates: int
    luck_left: float


def dependence(sample: Sample) -> Dependence:
    """Curves of the TOP inputs of a sample. Raises InputError where there are too few draws."""
    n, k = sample.values.shape
    if n < LEAST:
        raise InputError(f"curves need {LEAST} draws or more, found {n}")
    if not np.ptp(sample.outcomes) > 0.0:
        raise InputError("the outcome is the same in every draw: it depends on nothing")
    bases = [_basis(sample.values[:, j]) for j in range(k)]
    shares = np.array([_explained(design, sample.outcomes) for design, _ in bases])
    rng = np.random.default_rng(0)
    again = rng.integers(n, size=(RESAMPLES, n))
    curves = []
    for j in np.argsort(-shares, kind="stable")[:TOP]:
        x, (design, basis_at) = sample.values[:, j], bases[j]
        spread = np.std([_explained(design[rows], sample.outcomes[rows]) for rows in again], ddof=1)
        share, half = float(shares[j]), NORMAL * float(spread)
        at = np.linspace(np.quantile(x, 0.05), np.quantile(x, 0.95), GRID)
        mean, half_band = _fitted(design, sample.outcomes, basis_at(at))
        curves.append(
            Curve(
                input=sample.names[j],
                explained=Bounded(max(0.0, share), max(0.0, share - half), min(1.0, max(0.0, share + half))),
                values=tuple(map(float, at)),
                mean=tuple(map(float, mean)),
                low=tuple(map(float, mean - half_band)),
                high=tuple(map(float, mean + half_band)),
                groups=_groups(x, sample.outcomes),
                tips_at=_crossings(at, mean),
            )
        )
    return Dependence(tuple(curves), over_draws(sample.outcomes), n, sample.replicates, sample.luck_left)


def _basis(x: np.ndarray) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """Design (n, coefficients) of a spline in x, its mean included, and the function that gives it elsewhere."""
    with needs("sklearn"):
        from sklearn.preprocessing import SplineTransformer
    spline = SplineTransformer(n_knots=KNOTS, degree=DEGREE, knots="quantile").fit(x[:, None])
    return spline.transform(x[:, None]), lambda at: spline.transform(at[:, None])


def _explained(design: np.ndarray, y: np.ndarray) -> float:
    n, p = design.shape
    rest = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return float(1.0 - rest @ rest / (n - p) / y.var(ddof=1))


def _fitted(design: np.ndarray, y: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The curve at the rows of `at`, and half the width of its 95% band."""
    from scipy.special import stdtrit

    inverse = np.linalg.pinv(design.T @ design)
    beta = inverse @ (design.T @ y)
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    rest = (y - design @ beta) / np.maximum(1.0 - leverage, 1e-6)
    meat = design.T @ (design * (rest**2)[:, None])
    variance = np.einsum("ij,jk,ik->i", at, inverse @ meat @ inverse, at)
    return at @ beta, float(stdtrit(len(y) - design.shape[1], 0.975)) * np.sqrt(np.maximum(variance, 0.0))


def _groups(x: np.ndarray, y: np.ndarray) -> tuple[Group, ...]:
    parts = np.array_split(np.argsort(x, kind="stable"), 10)
    return tuple(Group(float(x[part].mean()), over_draws(y[part])) for part in parts)


def _crossings(x: np.ndarray, y: np.ndarray) -> tuple[float, ...]:
    at = np.flatnonzero(y[:-1] * y[1:] < 0.0)
    return tuple(zero_between(x[i], x[i + 1], y[i], y[i + 1]) for i in at)
