"""What tips the decision along each axis of a sweep.

Along an axis of numbers the mean of every arm is taken to be a straight line between neighbouring points, cluster by
cluster; where the best of these lines changes, the decision does. The interval of that place is the one of
`uncertainty.crossing`: the values at which the two arms cannot be told apart. Along named cases, and along axes that
walk together, a change is placed between neighbours and no finer.

Along a sampled input the difference of the two best arms is fitted by a plane in all sampled inputs, cluster by cluster
(least squares, the points as they are), and followed along the input with the others at their means.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from churnsim.decisions.drivers import drivers_of
from churnsim.metrics.estimates import Array, Estimate
from churnsim.sweeps.means import means_of, over_points
from churnsim.sweeps.reading import Axis, Reading
from churnsim.uncertainty.crossing import Curve, zero_between


@dataclass(frozen=True)
class Switch:
    """Where one arm takes over from another."""

    before: str
    after: str
    between: tuple[str, str]
    """Neighbouring values of the axis."""
    value: float
    """By interpolation; NaN where there is nothing to interpolate."""
    low: float
    """-inf where the interval is open; NaN where there is none."""
    high: float
    told: bool
    """Whether the arms are told apart on both sides."""

    @property
    def noise(self) -> bool:
        """Whether the arms are told apart on neither side, so that the change may be luck."""
        open_ended = math.isinf(self.low) and math.isinf(self.high)
        return not self.told and (open_ended or math.isnan(self.value))


@dataclass(frozen=True)
class Line:
    """The best arm along an axis, the others held."""

    at: Mapping[str, str]
    """Values of the other axes; empty for the mean over them."""
    best: tuple[str | None, ...]
    """By value of the axis, in the order in which they are walked; None where the point is missing."""
    switches: tuple[Switch, ...]


@dataclass(frozen=True)
class Along:
    """What tips the decision along an axis."""

    axis: str
    values: tuple[str, ...]
    """In the order in which they are walked: numbers rise."""
    numeric: bool
    times: str
    """"×" where values are factors of what the scenario has."""
    mean: Line | None
    """With the mean over the other axes' points that are finished at all values; None where there is none."""
    mean_of: int
    """Points of the other axes that this mean is over."""
    lines: tuple[Line, ...]
    """One for each point of the other axes."""

    @property
    def turning(self) -> int:
        """Lines along which the best arm changes by more than noise."""
        return sum(any(not switch.noise for switch in line.switches) for line in self.lines)


@dataclass(frozen=True)
class Pull:
    """A sampled input and its pull on the lead of the best arm over the second."""

    input: str
    arm: str
    against: str
    variance_share: float
    """Share of the variance of the lead between points, as of `decisions.drivers`."""
    effect_per_sd: Estimate
    sampled_low: float
    sampled_high: float
    switch: Switch | None
    """Where the fitted lead is 0 within what was sampled."""


@dataclass(frozen=True)
class Tipping:
    """What tips the decision."""

    along: tuple[Along, ...]
    pulls: tuple[Pull, ...]
    """Of sampled inputs, largest share first."""
    note: str
    """Why nothing is said of sampled inputs, where there are some; empty otherwise."""


def tipping(reading: Reading) -> Tipping:
    """Walk along every axis."""
    pulls: tuple[Pull, ...] = ()
    note, along = "", []
    for i, axis in enumerate(reading.axes):
        if axis.sampled:
            pulls, note = _pulls(reading, i)
        elif len(axis) > 1:
            along.append(_along(reading, i))
    return Tipping(tuple(along), pulls, note)


def _table(reading: Reading, i: int) -> Array:
    """Values (labels of an axis, points of the others, arms, clusters) of which more is better."""
    own = reading.values.shape[1:]
    grid = (reading.sign * reading.values).reshape(*reading.shape, *own)
    return np.moveaxis(grid, i, 0).reshape(len(reading.axes[i]), -1, *own)


def _along(reading: Reading, i: int) -> Along:
    axis, others = reading.axes[i], [a for j, a in enumerate(reading.axes) if j != i]
    order = np.argsort(axis.numbers, kind="stable") if axis.numbers is not None else np.arange(len(axis))
    table = _table(reading, i)[order]
    labels = tuple(axis.labels[k] for k in order)
    numbers = None if axis.numbers is None else axis.numbers[order]
    whole = ~np.isnan(means_of(table).mean).any(axis=(0, 2))
    mean = None
    if whole.any():
        averaged = np.stack([over_points(values) for values in table[:, whole]])
        mean = _line(reading, {}, labels, numbers, averaged)
    lines = []
    for n in range(table.shape[1]):
        index = np.unravel_index(n, tuple(len(a) for a in others)) if others else ()
        at = {a.name: a.labels[int(k)] for a, k in zip(others, index, strict=True)}
        lines.append(_line(reading, at, labels, numbers, table[:, n]))
    return Along(axis.name, labels, numbers is not None, axis.times, mean, int(whole.sum()), tuple(lines))


def _line(
    reading: Reading, at: Mapping[str, str], labels: tuple[str, ...], numbers: Array | None, values: Array
) -> Line:
    """Walk along values (k, arms, clusters), missing ones left out."""
    known = np.flatnonzero(~np.isnan(means_of(values).mean).any(axis=1))
    best: list[str | None] = [None] * len(labels)
    switches = []
    means = means_of(values[known]).mean
    current = int(np.argmax(means[0])) if len(known) else 0
    for n, k in enumerate(known):
        best[k] = reading.arms[int(np.argmax(means[n]))]
        if n == 0:
            continue
        between = (labels[known[n - 1]], labels[k])
        if numbers is None:
            after = int(np.argmax(means[n]))
            if after != current:
                switches.append(_step(reading, between, current, after, values[known[n - 1]], values[k]))
                current = after
            continue
        for share, after in takeovers(means[n - 1], means[n], current):
            left, right = numbers[known[n - 1]], numbers[k]
            value = float(left + share * (right - left))
            curve = _curve(numbers[known], values[known][:, after] - values[known][:, current])
            names = (reading.arms[current], reading.arms[after])
            switches.append(_placed(*names, between, value, curve))
            current = after
    return Line(dict(at), tuple(best), tuple(switches))


def takeovers(left: Array, right: Array, current: int) -> list[tuple[float, int]]:
    """Where the highest of straight lines from `left` to `right` (arms,) changes, as (share of the way, arm)."""
    found: list[tuple[float, int]] = []
    here = 0.0
    while True:
        gap, rise = left[current] - left, (right - left) - (right[current] - left[current])
        rising = rise > 0.0
        at = np.where(rising, np.maximum(gap / np.where(rising, rise, 1.0), here), np.inf)
        nearest = float(at.min())
        if not nearest < 1.0:
            return found
        # of several that meet here the steepest goes on
        current = int(np.argmax(np.where(at == nearest, rise, -np.inf)))
        here = nearest
        found.append((nearest, current))


def _curve(numbers: Array, differences: Array) -> Curve:
    return Curve(numbers, differences[:, ~np.isnan(differences).any(axis=0)])


def _placed(before: str, after: str, between: tuple[str, str], value: float, curve: Curve) -> Switch:
    """A switch with the interval of the crossing that it is."""
    if curve.differences.shape[1] < 2:
        return Switch(before, after, between, value, math.nan, math.nan, False)
    slip = 1e-9 * float(np.ptp(curve.values))
    own = [c for c in curve.crossings if c.low - slip <= value <= c.high + slip]
    low, high = (own[0].low, own[0].high) if own else (-math.inf, math.inf)
    return Switch(before, after, between, value, low, high, math.isfinite(low) and math.isfinite(high))


def _step(reading: Reading, between: tuple[str, str], before: int, after: int, left: Array, right: Array) -> Switch:
    ends = means_of(np.stack([left[before] - left[after], right[after] - right[before]]))
    names = reading.arms[before], reading.arms[after]
    return Switch(*names, between, math.nan, math.nan, math.nan, bool(ends.above_zero.all()))


def _pulls(reading: Reading, i: int) -> tuple[tuple[Pull, ...], str]:
    """Pull of every sampled input on the difference of the two arms of the best means."""
    axis = reading.axes[i]
    table = _table(reading, i)
    whole = ~np.isnan(means_of(table).mean).any(axis=(1, 2))
    if not whole.any():
        return (), "no point of the sample is finished"
    values = np.stack([over_points(each) for each in table[whole]])
    order = np.argsort(-means_of(over_points(values)).mean, kind="stable")
    lead = values[:, order[0]] - values[:, order[1]]
    lead = lead[:, ~np.isnan(lead).any(axis=0)]
    names = list(axis.inputs)
    samples = np.stack([axis.inputs[name][whole] for name in names], axis=1)
    known = drivers_of(lead.mean(axis=1), xr.DataArray(samples, dims=("draw", "input"), coords={"input": names}))
    if not known.inputs:
        why = f"too few points ({len(lead)}) to tell the sampled inputs apart"
        return (), why if "too few" in known.note else "the sampled inputs change nothing that decides"
    spread = samples.std(axis=0, ddof=1)
    z = (samples - samples.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
    slopes, middle = np.linalg.pinv(z.T @ z) @ (z.T @ (lead - lead.mean(axis=0))), lead.mean(axis=0)
    arm, against = reading.arms[order[0]], reading.arms[order[1]]
    pulls = []
    for driver in known.inputs:
        j = names.index(driver.input)
        pulls.append(
            Pull(
                driver.input,
                arm,
                against,
                driver.variance_share,
                means_of(slopes[j]).at(),
                driver.sampled_low,
                driver.sampled_high,
                _crossing(axis, j, z[:, j], samples[:, j], slopes[j], middle, (arm, against)),
            )
        )
    return tuple(pulls), ""


def _crossing(
    axis: Axis, j: int, z: Array, sample: Array, slope: Array, middle: Array, arms: tuple[str, str]
) -> Switch | None:
    """Where the fitted lead is 0 along an input, the others at their means."""
    ends = np.array([sample.min(), sample.max()])
    curve = Curve(ends, np.stack([middle + z.min() * slope, middle + z.max() * slope]))
    mean = curve.mean
    if not mean[0] * mean[1] < 0.0:
        return None
    value = zero_between(*ends, *mean)
    before, after = arms if mean[0] > 0.0 else arms[::-1]
    return _placed(before, after, (f"{ends[0]:.3g}", f"{ends[1]:.3g}"), value, curve)
