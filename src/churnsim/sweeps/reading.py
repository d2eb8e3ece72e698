"""A sweep as it is read: one measure of every finished point, arm and cluster, and which points are not there."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import xarray as xr

from churnsim.decisions.basis import Basis
from churnsim.decisions.inputs import InputError, unknown
from churnsim.decisions.measures import OF_SWEEPS
from churnsim.metrics.estimates import Array
from churnsim.scenario.files import parse
from churnsim.scenario.model import Scenario
from churnsim.sweeps.capacity import CAPACITY, Capacity, Counter, is_series
from churnsim.sweeps.means import mean_of_known, over_points
from churnsim.sweeps.seal import holds
from churnsim.uncertainty.risk import WORST_IS_HIGH

LAST = ("measure", "arm", "draw", "replicate")
"""Dimensions of an outcome after those of the axes."""
DAMAGED = "the stored numbers are not those that were sealed: run the sweep again on this store"


@dataclass(frozen=True)
class Axis:
    """A dimension of a sweep: the values of an axis, of axes that walk together, or a sample of inputs."""

    name: str
    labels: tuple[str, ...]
    """What people call its values."""
    numbers: Array | None
    """Its values in rising order or not, where they are numbers; None for named cases and for several at once."""
    inputs: Mapping[str, Array] = field(default_factory=dict)
    """Values of the inputs that are sampled or that walk together, by name."""

    times: str = ""
    """"×" where values are factors of what the scenario has."""

    @property
    def sampled(self) -> bool:
        """Whether its values are the points of a sample."""
        return bool(self.inputs) and self.name == "point"

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Reading(Basis):
    """One measure of a sweep by point, arm and cluster (draw, or replicate of a single draw)."""

    measure: str
    label: str
    kind: Literal["money", "share", "count"]
    axes: tuple[Axis, ...]
    arms: tuple[str, ...]
    values: Array
    """By (points, arms, clusters), points in the order of the axes, the last fastest; NaN where one is missing."""
    finished: np.ndarray
    """Whether a point is there (points,)."""
    failed: Mapping[int, str]
    """Why points are not there that should be, by number of the point."""
    masked: int
    """Paths left out because the measure is not defined in some arm."""
    every: Mapping[str, Array]
    """Mean over finished points of every measure that is stored, by (arms, clusters)."""
    ladder: tuple[str, tuple[int, ...]] | None = None
    """Team and numbers of posts, where the arms are rungs."""
    twins: Mapping[str, str] = field(default_factory=dict)
    """Arms that do the same as an earlier one in every path, in all that is stored, with that one."""
    hours: Array | None = None
    """Hours delivered, as `values`; None where the sweep does not store them."""
    capacity: Capacity | None = None
    """Demand against hours by month; None where the sweep does not store it."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each axis."""
        return tuple(len(axis) for axis in self.axes)

    @property
    def points(self) -> int:
        """Points of the plan, finished or not."""
        return len(self.finished)

    @property
    def sign(self) -> float:
        """1 where more is better, -1 where less is."""
        return -1.0 if self.measure in WORST_IS_HIGH else 1.0

    @cached_property
    def missing(self) -> tuple[int, ...]:
        """Points that have neither been finished nor failed."""
        return tuple(int(i) for i in np.flatnonzero(~self.finished) if int(i) not in self.failed)

    def named(self, point: int) -> dict[str, str]:
        """Label of a point on each axis."""
        index = np.unravel_index(point, self.shape)
        return {axis.name: axis.labels[int(i)] for axis, i in zip(self.axes, index, strict=True)}

    def name(self, point: int) -> str:
        """A point in words: "churn 0.12, economy recession"."""
        return ", ".join(f"{axis} {label}" for axis, label in self.named(point).items()) or "the only point"


def read_sweep(dataset: xr.Dataset, measure: str | None = None) -> Reading:
    """Reduce a stored sweep to one measure, the first by default, point by point, so that memory stays small.

    Paths in which an arm has no value are left out of all arms, so that arms stay paired. Raises InputError for an
    unknown measure, and where no point is finished.
    """
    outcome = dataset["outcome"]
    axes = axes_of(dataset)
    names = [str(name) for name in dataset["measure"].values]
    measures = [name for name in names if not is_series(name)]
    measure = measures[0] if measure is None else measure
    if measure not in measures:
        raise unknown("measure of this sweep", measure, measures)
    shape = tuple(len(axis) for axis in axes)
    count = int(np.prod(shape, dtype=int))
    outcome = outcome.transpose(*(axis.name for axis in axes), *LAST)
    seals = dataset["seal"].transpose(*(axis.name for axis in axes), "byte").values.reshape(count, -1)
    finished = np.asarray(seals.any(axis=1))
    failed = failures(dataset, shape)
    chosen = measures.index(measure)
    draws, replicates = outcome.sizes["draw"], outcome.sizes["replicate"]
    clusters = draws if draws > 1 else replicates
    values = np.full((count, outcome.sizes["arm"], clusters), np.nan)
    total, known = (np.zeros((len(measures), outcome.sizes["arm"], clusters)) for _ in range(2))
    hours = np.full_like(values, np.nan) if "hours" in measures else None
    counter = None
    if CAPACITY in measures:
        counter = Counter(outcome.sizes["arm"], clusters, len(names) - len(measures) - 2)
    arms = tuple(map(str, dataset["arm"].values))
    alike = {(a, b) for a in range(len(arms)) for b in range(a)}
    masked = 0
    for point in np.flatnonzero(finished):
        paths = _sound(outcome, np.unravel_index(point, shape), seals[point])
        if paths is None:
            finished[point], failed[int(point)] = False, DAMAGED
            continue
        alike = {(a, b) for a, b in alike if np.array_equal(paths[:, a], paths[:, b], equal_nan=True)}
        paths, series = paths[: len(measures)], paths[len(measures) :]
        if counter is not None:
            counter.add(int(point), series[:2], series[2:])
        undefined = np.asarray(np.isnan(paths).any(axis=1, keepdims=True))
        masked += int(undefined[chosen].sum())
        means = _clustered(np.where(undefined, np.nan, paths))
        values[point] = means[chosen]
        if hours is not None:
            hours[point] = _clustered(paths[measures.index("hours")])
        total += np.nan_to_num(means)
        known += ~np.isnan(means)
    if not finished.any():
        why = f": {next(iter(failed.values()))}" if failed else ""
        raise InputError(f"the sweep has no finished point yet, 0 of {count:,}{why}")
    scenario = _scenario(dataset)
    return Reading(
        scenario=scenario.name,
        currency=scenario.money.currency,
        horizon_months=scenario.run.horizon_months,
        seed=int(dataset.attrs["seed"]),
        draws=draws,
        replicates=replicates,
        measure=measure,
        label=OF_SWEEPS[measure].label,
        kind=OF_SWEEPS[measure].kind,
        axes=axes,
        arms=arms,
        values=values,
        finished=finished,
        failed={p: e for p, e in sorted(failed.items()) if not finished[p]},
        masked=masked,
        every={n: np.where(known[i] > 0, total[i] / np.maximum(known[i], 1), np.nan) for i, n in enumerate(measures)},
        ladder=_ladder(dataset, arms),
        twins={arms[a]: arms[min(b for c, b in alike if c == a)] for a in sorted({a for a, _ in alike})},
        hours=hours,
        capacity=None if counter is None else counter.result(),
    )


def axes_of(dataset: xr.Dataset) -> tuple[Axis, ...]:
    """The axes of a stored sweep."""
    factors = _factors(dataset)
    return tuple(_axis(dataset, str(name), factors) for name in dataset["outcome"].dims if name not in LAST)


def once(reading: Reading) -> Reading:
    """The sweep without the arms that do the same as an earlier one, so that no arm counts twice."""
    kept = [a for a, name in enumerate(reading.arms) if name not in reading.twins]
    found = reading.capacity
    if found is not None:
        at = {point: tuple(arms[a] for a in kept) for point, arms in found.at.items()}
        found = replace(found, arms=tuple(found.arms[a] for a in kept), at=at)
    return replace(
        reading,
        arms=tuple(reading.arms[a] for a in kept),
        values=reading.values[:, kept],
        every={name: means[kept] for name, means in reading.every.items()},
        hours=None if reading.hours is None else reading.hours[:, kept],
        capacity=found,
    )


def mean_over(reading: Reading, *kept: int) -> Array:
    """Mean (kept axes..., arms, clusters) over the other axes, all points alike."""
    values = reading.values.reshape(*reading.shape, *reading.values.shape[1:])
    others = tuple(i for i in range(len(reading.axes)) if i not in kept)
    moved = np.moveaxis(values, others, range(len(others)))
    return over_points(moved.reshape(-1, *moved.shape[len(others) :]))


def failures(dataset: xr.Dataset, shape: tuple[int, ...]) -> dict[int, str]:
    """Errors by number of the point."""
    found: Any = dataset.attrs.get("failed", {})
    found = json.loads(found) if isinstance(found, str) else found
    result = {}
    for key, error in found.items():
        index = tuple(int(part) for part in str(key).strip("()").replace(",", " ").split())
        point = index[0] if len(index) != len(shape) else int(np.ravel_multi_index(index, shape)) if shape else 0
        result[int(point)] = str(error)
    return result


def _sound(outcome: xr.DataArray, index: tuple[Any, ...], seal: np.ndarray) -> Array | None:
    """Numbers (measures, arms, draws, replicates) of a point; None where they are not those that were sealed."""
    try:
        paths = np.ascontiguousarray(outcome[tuple(int(i) for i in index)].values, dtype="<f8")
    except OSError:
        raise
    except Exception:  # a chunk cut short, or another checksum: Zarr has no error of its own for it
        return None
    return paths if holds(paths, seal) else None


def _clustered(paths: Array) -> Array:
    """Means of each cluster (..., clusters) of paths (..., draw, replicate)."""
    return paths[..., 0, :] if paths.shape[-2] == 1 else mean_of_known(paths, axis=-1)


def _ladder(dataset: xr.Dataset, arms: tuple[str, ...]) -> tuple[str, tuple[int, ...]] | None:
    """Team and rungs, by the plan that was stored."""
    if "csm" not in tomllib.loads(str(dataset.attrs.get("plan_text", ""))):
        return None
    rungs = [arm.rpartition(" ") for arm in arms[1:]]
    return rungs[0][0], tuple(int(posts) for _, _, posts in rungs)


def _factors(dataset: xr.Dataset) -> set[str]:
    """Axes whose values are factors, by the plan that was stored."""
    axes = tomllib.loads(str(dataset.attrs.get("plan_text", ""))).get("axes", {})
    return {name for name, axis in axes.items() if "factors" in axis}


def _axis(dataset: xr.Dataset, name: str, factors: set[str]) -> Axis:
    """An axis by its coordinate, with what runs along it."""
    own = dataset.coords.get(name)
    along = {
        str(key): np.asarray(coordinate.values)
        for key, coordinate in dataset.coords.items()
        if coordinate.dims == (name,) and key != name
    }
    inputs = {key: v.astype(np.float64) for key, v in along.items() if v.dtype.kind in "fiu"}
    if name == "point":
        return Axis(name, tuple(str(i) for i in range(dataset.sizes[name])), None, inputs)
    if own is None:
        return Axis(name, tuple(map(str, range(dataset.sizes[name]))), None, inputs)
    values = own.values
    numbers = values.astype(np.float64) if values.dtype.kind in "fiu" and len(set(values.tolist())) > 1 else None
    times = "×" if numbers is not None and name in factors else ""
    return Axis(name, tuple(f"{times}{label(v)}" for v in values), numbers, inputs, times)


def label(value: Any) -> str:
    """A value of an axis: as short as it can be said."""
    if isinstance(value, (float, np.floating)):
        value = float(value)
        return f"{value:,.0f}" if abs(value) >= 1e4 and value == round(value) else f"{value:.6g}"
    return str(value)


def _scenario(dataset: xr.Dataset) -> Scenario:
    return parse(str(dataset.attrs["scenario_text"]), name="the scenario of the sweep").scenario
