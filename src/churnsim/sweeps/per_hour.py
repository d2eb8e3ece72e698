"""What an hour brings: what arms gain over one that delivers fewer hours, by the hours that they deliver more.

    per hour = mean gain / mean of the hours that are more

Both are means over points, paired cluster by cluster. The error is that of a ratio of means, linearised (the delta
method: Cochran, Sampling Techniques, 1977, chapter 6): that of the mean of (gain - ratio x hours) / mean hours.

On the frontier are the arms that neither another arm nor a mix of two beats: none gains as much in no more hours. From
each to the next the gain of an hour more falls (the order in which programmes are funded from one budget: Weinstein &
Zeckhauser, Journal of Public Economics 2, 1973).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from churnsim.decisions.inputs import InputError, unknown
from churnsim.metrics.estimates import Array, Estimate
from churnsim.sweeps.means import means_of, over_points
from churnsim.sweeps.reading import Reading


@dataclass(frozen=True)
class ArmPerHour:
    """An arm against the one of fewer hours."""

    arm: str
    hours: Estimate
    """Hours that it delivers more."""
    gain: Estimate
    per_hour: Estimate
    beyond: str | None
    """The next arm of fewer hours on the frontier; None for an arm that is not on it."""
    next_hour: Estimate | None
    """What an hour more than that arm's brings."""


@dataclass(frozen=True)
class PerHour:
    """Arms by what an hour brings."""

    against: str
    arms: tuple[ArmPerHour, ...]
    """Highest first."""
    left_out: tuple[str, ...]
    """Arms that deliver no more hours, or not more by more than noise."""
    lead: Estimate | None
    """What an hour brings more in the first arm than in the second."""
    at: dict[int, dict[str, Estimate]]
    """The same by finished point and arm."""


def per_hour(reading: Reading, against: str | None = None) -> PerHour:
    """Divide gains by hours; `against` is the arm of the fewest hours where none is named.

    Raises InputError where the sweep stores no hours, or no arm delivers more of them.
    """
    if reading.hours is None:
        raise InputError('the sweep stores no hours: a plan with measures = [..., "hours"] does')
    if against is not None and against not in reading.arms:
        raise unknown("arm", against, reading.arms)
    values = reading.sign * reading.values
    hours = np.where(np.isnan(values), np.nan, reading.hours)
    whole = over_points(values), over_points(hours)
    base = reading.arms.index(against) if against is not None else int(np.argmin(means_of(whole[1]).mean))
    gain, more = whole[0] - whole[0][base], whole[1] - whole[1][base]
    longer = means_of(more).above_zero
    served = [a for a in range(len(reading.arms)) if longer[a]]
    if not served:
        raise InputError(f"no arm delivers more hours than {reading.arms[base]}: nothing to divide by")
    ratios = {a: _ratio(gain[a], more[a]) for a in served}
    served.sort(key=lambda a: -ratios[a].mean)
    edge = _frontier(gain, more, [base, *served])
    arms = []
    for a in served:
        before = edge.get(a)
        arms.append(
            ArmPerHour(
                reading.arms[a],
                means_of(more[a]).at(),
                means_of(gain[a]).at(),
                ratios[a],
                None if before is None else reading.arms[before],
                None if before is None else _ratio(gain[a] - gain[before], more[a] - more[before]),
            )
        )
    lead = None
    if len(served) > 1:
        first, second = (_terms(gain[a], more[a]) for a in served[:2])
        lead = means_of(first - second).at()
    left_out = tuple(name for a, name in enumerate(reading.arms) if a != base and a not in served)
    at = {int(p): _at(reading, values[p], hours[p], base, served) for p in np.flatnonzero(reading.finished)}
    return PerHour(reading.arms[base], tuple(arms), left_out, lead, at)


def _at(reading: Reading, values: Array, hours: Array, base: int, served: list[int]) -> dict[str, Estimate]:
    return {reading.arms[a]: _ratio(values[a] - values[base], hours[a] - hours[base]) for a in served}


def _terms(gain: Array, hours: Array) -> Array:
    """Values by cluster whose mean is the ratio of means, and whose spread is its error."""
    h = float(np.nanmean(hours))
    if h == 0.0:
        return np.full_like(gain, np.nan)
    ratio = float(np.nanmean(gain)) / h
    return np.asarray(ratio + (gain - ratio * hours) / h)


def _ratio(gain: Array, hours: Array) -> Estimate:
    return means_of(_terms(gain, hours)).at()


def _frontier(gain: Array, hours: Array, arms: list[int]) -> dict[int, int]:
    """Arms on the upper hull of gain over hours, by means, each with the one before it."""
    means = {a: (float(means_of(hours[a]).mean), float(means_of(gain[a]).mean)) for a in arms}
    hull: list[int] = []
    for a in sorted(arms, key=lambda a: (means[a][0], -means[a][1])):
        if hull and means[a][1] <= means[hull[-1]][1]:
            continue
        while len(hull) > 1 and _slope(means[hull[-1]], means[a]) >= _slope(means[hull[-2]], means[hull[-1]]):
            hull.pop()
        hull.append(a)
    return dict(zip(hull[1:], hull, strict=False))


def _slope(one: tuple[float, float], other: tuple[float, float]) -> float:
    return (other[1] - one[1]) / (other[0] - one[0]) if other[0] > one[0] else float("inf")
