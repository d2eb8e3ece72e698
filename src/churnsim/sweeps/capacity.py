"""When capacity runs out: hours that plays ask for against hours that teams have, all teams together.

Where a plan names the measure `capacity`, these are kept of each path besides it:

    short_first      first month in which demand exceeds the hours there are
    short_for_good   first month from which on every twelve months in a row ask for more hours than they have
    load_month_M     hours demanded in month M over hours there are

Infinite are a month that does not come within the horizon, and a load where nobody has hours; a load is 0 where nobody
asks. A team that starts short, or is short in a busy month now and then, has a first month and not yet one for good.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from churnsim.decisions.measures import OF_SWEEPS
from churnsim.metrics.by_month import by_month
from churnsim.metrics.estimates import Array, Quantile, Share, share_of_hits

CAPACITY = "capacity"
FIRST, FOR_GOOD = "short_first", "short_for_good"
LOAD = "load_month_"
YEAR = 12
FAN = (0.05, 0.25, 0.5, 0.75, 0.95)
_EDGES = np.concatenate([np.arange(0.01, 2.0, 0.01), np.arange(2.0, 10.0, 0.05), [math.inf]])
"""Upper ends of the bins that loads are counted in: steps of a hundredth of the hours, above 2 of a twentieth."""


def stored_names(measures: Iterable[str], months: int) -> tuple[str, ...]:
    """Names of all that is kept of a path: the measures, and what `capacity` keeps by month."""
    names = tuple(measures)
    if CAPACITY not in names:
        return names
    return (*names, FIRST, FOR_GOOD, *(f"{LOAD}{m}" for m in range(1, months + 1)))


def is_series(name: str) -> bool:
    """Whether a stored name is a part of what `capacity` keeps, and no measure by itself."""
    return name in (FIRST, FOR_GOOD) or name.startswith(LOAD)


def kept(dataset: xr.Dataset, names: Sequence[str]) -> Array:
    """Values (names, arm, draw, replicate) of a simulation; `capacity` needs one at the level `paths`."""
    plain = [OF_SWEEPS[n].of(dataset).transpose("arm", "draw", "replicate").values for n in names if not is_series(n)]
    found = np.stack(plain).astype(np.float64)
    if CAPACITY not in names:
        return found
    demanded, available = (_monthly(dataset, f"hours_{what}") for what in ("demanded", "available"))
    short = first_short(demanded, available), short_for_good(demanded, available)
    return np.concatenate([found, np.stack(short), np.moveaxis(loads_of(demanded, available), -1, 0)])


def _monthly(dataset: xr.Dataset, name: str) -> Array:
    values = by_month(dataset, name)
    assert values is not None, "capacity is kept at the level paths"
    return np.asarray(values.transpose("arm", "draw", "replicate", "month").values, dtype=np.float64)


def loads_of(demanded: Array, available: Array) -> Array:
    """Hours demanded over hours available (..., months)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(demanded > 0.0, demanded / available, 0.0))


def first_short(demanded: Array, available: Array) -> Array:
    """First month (...) in which demand exceeds hours (..., months); infinite where none does."""
    return _first(demanded > available)


def short_for_good(demanded: Array, available: Array) -> Array:
    """First month (...) from which on every twelve months in a row, or the whole of a shorter horizon, are short."""
    window = min(YEAR, demanded.shape[-1])
    asked, there = (np.lib.stride_tricks.sliding_window_view(v, window, axis=-1).sum(-1) for v in (demanded, available))
    to_the_end = np.logical_and.accumulate((asked > there)[..., ::-1], axis=-1)[..., ::-1]
    return _first(to_the_end)


def _first(hits: np.ndarray) -> Array:
    return np.where(hits.any(axis=-1), hits.argmax(axis=-1) + 1.0, math.inf)


@dataclass(frozen=True)
class When:
    """In which month something comes, over futures."""

    quantiles: tuple[Quantile, ...]
    """Of the month, at FAN; a value or an end that is infinite lies behind the horizon."""
    within: Share
    """Share of futures in which it comes within the horizon."""


@dataclass(frozen=True)
class ArmCapacity:
    """An arm over all finished points."""

    first: When
    for_good: When
    load: Array
    """Quantiles over futures (FAN, months) of the load."""
    short: tuple[Share, ...]
    """Share of futures in which demand exceeds the hours there are, by month."""
    year_ends: dict[int, tuple[Quantile, ...]]
    """Quantiles of the load at FAN with their intervals, in months 12, 24 ... and the last."""


@dataclass(frozen=True)
class Capacity:
    """Demand against hours of a sweep."""

    months: int
    arms: tuple[ArmCapacity, ...]
    at: dict[int, tuple[When, ...]]
    """The month for good of every arm, by finished point."""


class Counter:
    """Counts the futures of a sweep point by point, so that memory stays small."""

    def __init__(self, arms: int, clusters: int, months: int) -> None:
        self.months, self.points, self.each = months, 0, 1
        self.ends = [*range(YEAR, months, YEAR), months]
        self.by = {name: np.zeros((arms, clusters, months)) for name in (FIRST, FOR_GOOD)}
        self.short = np.zeros((arms, clusters, months))
        self.load = np.zeros((arms, months, len(_EDGES)))
        self.at_ends = np.zeros((arms, len(self.ends), clusters, len(_EDGES)), dtype=np.float32)
        self.at: dict[int, tuple[When, ...]] = {}

    def add(self, point: int, months: Array, loads: Array) -> None:
        """Count a point: months (2, arms, draws, replicates) of FIRST and FOR_GOOD, loads (months, arms, ...)."""
        if months.shape[2] == 1:  # the replicates of a single draw are clusters
            months, loads = (np.swapaxes(v, 2, 3) for v in (months, loads))
        self.each = months.shape[3]
        every = np.arange(1, self.months + 1)
        by = (months[..., None] <= every).mean(axis=3)  # (2, arms, clusters, months)
        for name, share in zip((FIRST, FOR_GOOD), by, strict=True):
            self.by[name] += share
        self.short += np.moveaxis((loads > 1.0).mean(axis=3), 0, -1)
        bins = np.searchsorted(_EDGES, loads)
        self._count(bins)
        self.at[point] = tuple(_when(share, self.each) for share in by[1])
        self.points += 1

    def _count(self, bins: np.ndarray) -> None:
        months, arms, clusters, _ = bins.shape
        size = len(_EDGES)
        rows = (np.arange(arms)[None, :, None, None] * months + np.arange(months)[:, None, None, None]) * size
        self.load += np.bincount((rows + bins).ravel(), minlength=arms * months * size).reshape(self.load.shape)
        ends = bins[[end - 1 for end in self.ends]]
        places = np.arange(arms)[None, :, None] * len(self.ends) + np.arange(len(self.ends))[:, None, None]
        rows = ((places * clusters + np.arange(clusters)) * size)[..., None]
        counted = np.bincount((rows + ends).ravel(), minlength=self.at_ends.size)
        self.at_ends += counted.reshape(self.at_ends.shape)

    def result(self) -> Capacity:
        """What was counted."""
        return Capacity(self.months, tuple(self._arm(a) for a in range(len(self.short))), self.at)

    def _arm(self, a: int) -> ArmCapacity:
        first, good, short = (v[a] / self.points for v in (self.by[FIRST], self.by[FOR_GOOD], self.short))
        below = np.cumsum(self.load[a], axis=-1)
        wanted = np.array(FAN)[:, None, None] * below[:, -1:] - 1e-9
        load = _EDGES[(below >= wanted).argmax(axis=-1)]
        shares = np.cumsum(self.at_ends[a], axis=-1) / self.at_ends[a].sum(axis=-1, keepdims=True)
        ends = {end: tuple(_quantile(shares[i], p, _EDGES, self.each) for p in FAN) for i, end in enumerate(self.ends)}
        odds = tuple(_share(of_month, self.each) for of_month in short.T)
        return ArmCapacity(_when(first, self.each), _when(good, self.each), load, odds, ends)


def _when(by: Array, each: int) -> When:
    """From shares (clusters, months) of futures in which it has come by a month."""
    months = np.arange(1.0, by.shape[1] + 1.0)
    return When(tuple(_quantile(by, p, months, each) for p in FAN), _share(by[:, -1], each))


def _quantile(by: Array, probability: float, values: Array, each: int) -> Quantile:
    """The least value with at least that share of futures at or below it, its interval as in `estimates.quantile`.

    `by` (clusters, values) are shares at or below each value; infinite where too few are at or below any.
    """
    mean = by.mean(axis=0)

    def at(p: float) -> float:
        # the small allowance is that of estimates.quantile
        reached = mean >= max(min(p, 1.0) - 1e-9, 1e-9)
        return float(values[reached.argmax()]) if reached.any() else math.inf

    value = at(probability)
    known = _share(by[:, min(int(np.searchsorted(values, value)), len(values) - 1)], each)
    half = 0.5 * (known.high - known.low)
    return Quantile(value, at(probability - half), at(probability + half))


def _share(of_clusters: Array, each: int) -> Share:
    """Share of futures from that of each cluster, which has so many replicates."""
    return share_of_hits(np.broadcast_to(of_clusters[:, None], (len(of_clusters), each)))
