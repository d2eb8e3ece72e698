"""What would change the decision: marginal NPV of each draw regressed on what is not known.

    y_d = mean + sum_j beta_j (x_jd - mean_j)/sd_j + rest

y_d is the draw's mean marginal NPV, x_jd the draw's sample of input j. The share of variance of input j is
beta_j corr(x_j, y)/sd(y) (Pratt 1987); the shares add up to R^2. R^2 counts luck as explained, the more so the more
inputs there are: in pure noise it is k/(n - 1) on average. So the adjusted R^2 of Ezekiel (1930) is stated,
1 - (1 - R^2)(n - 1)/(n - k - 1), no less than 0, and all shares are shrunk alike to add up to it; the rest is luck and
what is not linear. Where the fitted line, other inputs at their means, meets 0 the decision tips. No simulation is run
again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from churnsim.metrics.estimates import Array

DRAWS_PER_COEFFICIENT = 2
"""Fewer draws than this per coefficient and the regression is not attempted."""


@dataclass(frozen=True)
class Driver:
    """An uncertain input and its pull on the marginal NPV."""

    input: str
    variance_share: float
    """Share of the variance of the marginal NPV, shrunk for luck as R^2 is."""
    effect_per_sd: float
    """Change of the marginal NPV per standard deviation of the input, in money."""
    se: float
    clear: bool
    """Whether the effect is told from 0 at 5%, after Bonferroni's correction for the number of inputs."""
    mean: float
    sampled_low: float
    sampled_high: float
    tips_at: float
    """Value at which the fitted marginal NPV is 0, if within the sampled range; else NaN."""

    @property
    def side(self) -> Literal["above", "below"]:
        """Side of `tips_at` on which the fitted marginal NPV is above 0."""
        return "above" if self.effect_per_sd > 0.0 else "below"


@dataclass(frozen=True)
class Drivers:
    """Uncertain inputs, largest share of variance first, and how much they explain together."""

    inputs: tuple[Driver, ...]
    explained: float
    """Adjusted R^2 of the regression, at least 0."""
    note: str
    """Why there are no inputs, if there are none."""

    @property
    def top(self) -> tuple[Driver, ...]:
        """The two inputs with the largest share of variance."""
        return self.inputs[:2]


def drivers_of(marginal: Array, inputs: xr.DataArray) -> Drivers:
    """Regress `marginal` (draws,) on `inputs` with dims (input, draw)."""
    samples = inputs.transpose("draw", "input").values.astype(np.float64)
    names = [str(name) for name in inputs["input"].values]
    if not names:
        return Drivers((), math.nan, "nothing in the scenario is uncertain")
    spread = samples.std(axis=0, ddof=1) if len(samples) > 1 else np.zeros(len(names))
    varies = spread > 1e-12 * np.abs(samples).max(axis=0)
    names, samples, spread = [n for n, v in zip(names, varies, strict=True) if v], samples[:, varies], spread[varies]
    draws, k = samples.shape
    needed = DRAWS_PER_COEFFICIENT * (k + 1)
    if draws < needed or draws < 3:
        return Drivers((), math.nan, f"too few draws ({draws}) to tell {inputs.sizes['input']} uncertain inputs apart")
    if not np.ptp(marginal) > 0.0:
        return Drivers((), math.nan, "the marginal NPV is the same in every draw")
    means, mean = samples.mean(axis=0), float(marginal.mean())
    z, y = (samples - means) / spread, marginal - mean
    inverse = np.linalg.pinv(z.T @ z)  # perfectly correlated inputs share their effect
    beta = inverse @ (z.T @ y)
    rest = y - z @ beta
    degrees = draws - k - 1
    se = np.sqrt(np.diag(inverse) * float(rest @ rest) / degrees)
    shares = beta * (z.T @ y) / float(y @ y)
    raw = float(shares.sum())
    explained = max(0.0, 1.0 - (1.0 - raw) * (draws - 1) / degrees)
    shrink = explained / raw if raw > 0.0 else 0.0
    found = [
        Driver(
            input=names[j],
            variance_share=shrink * float(shares[j]),
            effect_per_sd=float(beta[j]),
            se=float(se[j]),
            clear=bool(abs(beta[j]) > _threshold(k, degrees) * se[j]),
            mean=float(means[j]),
            sampled_low=float(samples[:, j].min()),
            sampled_high=float(samples[:, j].max()),
            tips_at=_tipping(mean, float(beta[j]), float(means[j]), float(spread[j]), samples[:, j]),
        )
        for j in np.argsort(-shares, kind="stable")  # by what is not shrunk, which may be 0 for all
    ]
    return Drivers(tuple(found), explained, "")


def _threshold(inputs: int, degrees: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 1.0 - 0.025 / inputs))


def _tipping(mean: float, beta: float, centre: float, spread: float, samples: Array) -> float:
    if beta == 0.0:
        return math.nan
    at = centre - mean / beta * spread
    return at if samples.min() <= at <= samples.max() else math.nan
