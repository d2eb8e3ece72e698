"""Where a mean that is known by simulation crosses 0, as one number is moved.

A curve holds the paired differences y_c(x) of every cluster c (a draw, or a replicate of a single draw) at some values
x. All values share draws and luck, so between them each cluster's own line is followed. A crossing is a zero of the
mean; its interval holds the values at which the mean cannot be told from 0,

    { x : mean(x)^2 <= t_{.975, n - 1}^2 var(x)/n }

mean and variance over clusters (the test of Fieller 1954, inverted): it comes from the same runs, clusters by draw,
needs no resampling and is open where the run is too small to close it. Between neighbouring values both sides are
quadratic in x, so its ends are found exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from churnsim.metrics.estimates import Array, half_width

Difference = Callable[[float], Array]
"""Paired difference of every cluster (n,) at a value; the same clusters in the same order at each."""
Verdict = Literal["identical", "noise", "above", "below", "touches", "crosses"]

MOST_REFINEMENTS = 8
"""Values that the search for one crossing adds to the grid at most."""
FINEST = 1e-3
"""A crossing is placed to this share of the range, or to a tenth of its interval where that is wider."""
ROUNDING = 1e-6
"""Share of the range, or of the way between two values, that is no difference."""


@dataclass(frozen=True)
class Crossing:
    """A value at which the mean difference is 0, with its 95% interval."""

    value: float
    low: float
    """-inf where the interval is still open at the least value tried."""
    high: float
    """inf where it is still open at the greatest value tried."""
    above_from_here: bool
    """Whether the mean difference is above 0 for greater values."""


@dataclass(frozen=True)
class Curve:
    """Differences (k, n) of n clusters at k values in rising order."""

    values: Array
    differences: Array

    @property
    def mean(self) -> Array:
        """Mean difference (k,)."""
        return np.asarray(self.differences.mean(axis=1))

    @property
    def half_width(self) -> Array:
        """Half the 95% interval of the mean (k,); NaN with a single cluster."""
        n = self.differences.shape[1]
        if n < 2:
            return np.full(len(self.values), math.nan)
        return np.asarray(half_width(1.0, n) * self.differences.std(axis=1, ddof=1) / math.sqrt(n))

    @property
    def verdict(self) -> Verdict:
        """What the range shows.

        No difference in any path, nothing but noise, one sign throughout, a sign that changes within the noise and
        comes back, or crossings.
        """
        if not self.differences.any():
            return "identical"
        if np.all(np.abs(self.mean) <= self.half_width) and not self._ends().size:
            return "noise"
        if self.crossings:
            return "crosses"
        if self._zeros():
            return "touches"
        return "above" if self.mean.sum() > 0.0 else "below"

    @property
    def clear(self) -> bool:
        """Whether the sign of the mean can be told at every value tried."""
        return bool(np.all(np.abs(self.mean) > self.half_width))

    @property
    def crossings(self) -> tuple[Crossing, ...]:
        """Crossings that differ; zeros within one interval are one crossing, or none where the sign comes back."""
        ends = self._ends()
        found: dict[tuple[float, float], list[Crossing]] = {}
        for zero in self._zeros():
            crossing = self._with_interval(zero, ends)
            unknown = math.isnan(crossing.low)
            key = (zero.value, zero.value) if unknown else (crossing.low, crossing.high)
            found.setdefault(key, []).append(crossing)
        return tuple(zeros[len(zeros) // 2] for zeros in found.values() if len(zeros) % 2)

    def at(self, value: float) -> Array:
        """Differences (n,) at a value of the range, each cluster's own line followed."""
        k = int(np.clip(np.searchsorted(self.values, value) - 1, 0, len(self.values) - 2))
        share = (value - self.values[k]) / (self.values[k + 1] - self.values[k])
        return np.asarray((1.0 - share) * self.differences[k] + share * self.differences[k + 1])

    def _zeros(self) -> list[Crossing]:
        """Zeros of the mean at which its sign changes; a stretch of exact zeros is one, in its middle."""
        x, mean = self.values, self.mean
        clear = np.flatnonzero(mean)
        zeros = []
        for i, j in pairwise(clear):
            if mean[i] * mean[j] < 0.0:
                if j == i + 1:
                    low = high = zero_between(x[i], x[j], mean[i], mean[j])
                else:
                    low, high = float(x[i + 1]), float(x[j - 1])
                zeros.append(Crossing(0.5 * (low + high), low, high, bool(mean[j] > 0.0)))
        return zeros

    def _with_interval(self, zero: Crossing, ends: Array) -> Crossing:
        n = self.differences.shape[1]
        if n < 2:
            return Crossing(zero.value, math.nan, math.nan, zero.above_from_here)
        if np.ptp(self.at(zero.value)) == 0.0:
            return zero  # no noise: the zero itself
        slip = ROUNDING * float(np.ptp(self.values))
        below, above = ends[ends <= zero.value + slip], ends[ends >= zero.value - slip]
        low = min(float(below[-1]), zero.value) if len(below) else -math.inf
        high = max(float(above[0]), zero.value) if len(above) else math.inf
        return Crossing(zero.value, low, high, zero.above_from_here)

    def _ends(self) -> Array:
        """Values at which the mean begins or ceases to be told from 0, in rising order."""
        n = self.differences.shape[1]
        if n < 2:
            return np.zeros(0)
        mean, factor = self.mean, half_width(1.0, n) ** 2 / n
        off = self.differences - mean[:, None]
        variance = (off**2).sum(axis=1) / (n - 1)
        shared = (off[:-1] * off[1:]).sum(axis=1) / (n - 1)
        ends = []
        for k, (x, width) in enumerate(zip(self.values[:-1], np.diff(self.values), strict=True)):
            # mean^2 - factor var as a + b s + c s^2, s from 0 to 1 between the two values
            rise = mean[k + 1] - mean[k]
            a = mean[k] ** 2 - factor * variance[k]
            b = 2.0 * mean[k] * rise - factor * 2.0 * (shared[k] - variance[k])
            c = rise**2 - factor * (variance[k] + variance[k + 1] - 2.0 * shared[k])
            shares = np.roots([c, b, a])
            # where there is next to no noise both ends fall on the zero, and rounding may part them from it
            real = shares[np.abs(shares.imag) < ROUNDING].real
            real = real[(real > -ROUNDING) & (real < 1.0 + ROUNDING)]
            ends += [float(x + width * share) for share in np.clip(real, 0.0, 1.0)]
        return np.sort(np.array(ends))


def zero_between(left: float, right: float, at_left: float, at_right: float) -> float:
    """Where the straight line between two values is 0."""
    return float(left + (right - left) * at_left / (at_left - at_right))


def trace(difference: Difference, low: float, high: float, *, points: int = 5) -> Curve:
    """The curve between two values: on an even grid, then refined where the mean crosses 0.

    `difference` is called once for each value. The refinement is Brent's (1973), by scipy.
    """
    from scipy.optimize import brentq

    if not low < high:
        raise ValueError(f"the range must rise, found {low:g} to {high:g}")
    if points < 2:
        raise ValueError(f"a curve needs at least 2 points, found {points}")
    known = {float(x): difference(float(x)) for x in np.linspace(low, high, points)}

    def mean(x: float) -> float:
        if x not in known:
            known[x] = difference(x)
        return float(known[x].mean())

    for crossing in _curve(known).crossings:
        tolerance = FINEST * (high - low)
        if math.isfinite(crossing.low) and math.isfinite(crossing.high):
            tolerance = max(tolerance, 0.1 * (crossing.high - crossing.low))
        elif not math.isnan(crossing.low):
            continue  # an interval that the range does not close: a finer place would say nothing more
        grid = np.array(sorted(known))
        k = int(np.clip(np.searchsorted(grid, crossing.value) - 1, 0, len(grid) - 2))
        left, right = float(grid[k]), float(grid[k + 1])
        if mean(left) * mean(right) < 0.0:
            brentq(mean, left, right, xtol=tolerance, maxiter=MOST_REFINEMENTS, disp=False)
    return _curve(known)


def _curve(known: dict[float, Array]) -> Curve:
    values = np.array(sorted(known))
    return Curve(values, np.stack([known[float(x)] for x in values]))
