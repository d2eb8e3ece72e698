"""Two sweeps: which points have other inputs, and how values and the best arm moved.

Points are matched by their values on the axes. A point has the same inputs where the content hash in its seal is the
same: it covers the scenario after the axes' values, arms, book, sample, seed, measures and the code. Where seed and
sample are alike, differences are taken in pairs, cluster by cluster; else their error is that of independent runs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from churnsim.decisions.changes import Change, changes_between
from churnsim.decisions.inputs import InputError
from churnsim.decisions.plain import plain
from churnsim.metrics.estimates import NORMAL, Array
from churnsim.scenario.files import parse
from churnsim.scenario.lines import Path
from churnsim.sweeps.identity import WORDS
from churnsim.sweeps.means import Means, means_of, over_points
from churnsim.sweeps.reading import Reading, read_sweep
from churnsim.sweeps.seal import HASH_BYTES
from churnsim.sweeps.standings import standings_over


@dataclass(frozen=True)
class Gap:
    """A difference with its standard error and 95% interval."""

    mean: float
    se: float
    low: float
    high: float

    @property
    def told(self) -> bool:
        """Whether it is told from 0."""
        return self.low > 0.0 or self.high < 0.0


@dataclass(frozen=True)
class Moved:
    """An arm over the points that are finished in both sweeps."""

    before: float
    after: float
    difference: Gap
    most: Gap
    """The difference at the point where it is greatest either way."""
    most_at: str


@dataclass(frozen=True)
class BestMoved:
    """A point whose best arm is not the same."""

    point: str
    before: str
    after: str
    told: bool
    """Whether the best arm leads in both sweeps by more than noise."""


@dataclass(frozen=True)
class SweepDiff:
    """What changed from one sweep to another."""

    before: str
    after: str
    measure: str
    label: str
    kind: str
    currency: str
    settings: tuple[tuple[str, str, str], ...]
    """Seed, sample, arms, versions that differ: name, before, after."""
    changes: tuple[Change, ...]
    """Values of the base scenario that differ."""
    plan: tuple[Change, ...]
    """Values of the plan file that differ; None where one of them has none."""
    matched: int
    """Points that both plans have."""
    same_inputs: int
    """Of the points finished in both, those with the same inputs."""
    other_inputs: tuple[str, ...]
    """Of the points finished in both, those with other inputs, code or sample."""
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    unfinished: tuple[str, ...]
    """Points that both plans have and one has not finished."""
    corrupt: tuple[str, ...]
    """Points with the same inputs and other values, which must not be."""
    paired: bool
    arms: Mapping[str, Moved]
    only_arms_before: tuple[str, ...]
    only_arms_after: tuple[str, ...]
    best: tuple[BestMoved, ...]

    @property
    def both(self) -> int:
        """Points finished in both."""
        return self.same_inputs + len(self.other_inputs)

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON types."""
        changes, plan = (
            [{"path": c.key, "before": plain(c.before), "after": plain(c.after)} for c in each]
            for each in (self.changes, self.plan)
        )
        settings = [{"name": n, "before": a, "after": b} for n, a, b in self.settings]
        return {**plain(self), "both": self.both, "changes": changes, "plan": plan, "settings": settings}


def diff_sweeps(
    before: xr.Dataset, after: xr.Dataset, *, names: tuple[str, str] = ("A", "B"), measure: str | None = None
) -> SweepDiff:
    """Compare two stored sweeps by a measure that both have, the first of the new one by default.

    Raises InputError where they have no axes, arm or measure in common, or other currencies.
    """
    wanted = measure or next((m for m in map(str, after["measure"].values) if m in before["measure"].values), None)
    if wanted is None:
        raise InputError("the two sweeps have no measure in common")
    a, b = read_sweep(before, wanted), read_sweep(after, wanted)
    if a.currency != b.currency:
        raise InputError(f"sweeps must have the same currency, found {a.currency} and {b.currency}")
    if {axis.name for axis in a.axes} != {axis.name for axis in b.axes}:
        found = ", ".join(axis.name for axis in a.axes), ", ".join(axis.name for axis in b.axes)
        raise InputError(f"sweeps must have the same axes for their points to be matched: {found[0]} and {found[1]}")
    one, other = _keys(a), _keys(b)
    shared = [key for key in one if key in other]
    pairs = np.array([(one[key], other[key]) for key in shared], dtype=int).reshape(-1, 2)
    done = a.finished[pairs[:, 0]] & b.finished[pairs[:, 1]]
    unfinished = tuple(b.name(j) for _, j in pairs[~done])
    pairs = pairs[done]
    hashes = _hashes(before, a)[pairs[:, 0]], _hashes(after, b)[pairs[:, 1]]
    same = (hashes[0] == hashes[1]).all(axis=1)
    arms = [arm for arm in a.arms if arm in b.arms]
    if not arms:
        raise InputError(f"the two sweeps have no arm in common: {', '.join(a.arms)} and {', '.join(b.arms)}")
    paired = (a.seed, a.draws, a.replicates) == (b.seed, b.draws, b.replicates)
    x, y = (r.values[pairs[:, side]][:, [r.arms.index(arm) for arm in arms]] for side, r in enumerate((a, b)))
    corrupt = same & ~_alike(x, y)
    return SweepDiff(
        *names,
        measure=wanted,
        label=b.label,
        kind=b.kind,
        currency=b.currency,
        settings=_settings(a, b, before, after),
        changes=_changes(before, after),
        plan=_plan(before, after),
        matched=len(shared),
        same_inputs=int(same.sum()),
        other_inputs=tuple(b.name(j) for j in pairs[~same, 1]),
        only_before=tuple(a.name(one[key]) for key in one if key not in other),
        only_after=tuple(b.name(other[key]) for key in other if key not in one),
        unfinished=unfinished,
        corrupt=tuple(b.name(j) for j in pairs[corrupt, 1]),
        paired=paired,
        arms=_moved(arms, x, y, paired, [b.name(j) for j in pairs[:, 1]]) if len(pairs) else {},
        only_arms_before=tuple(arm for arm in a.arms if arm not in arms),
        only_arms_after=tuple(arm for arm in b.arms if arm not in arms),
        best=_best(a, b, pairs) if min(len(a.arms), len(b.arms)) > 1 else (),
    )


def _keys(reading: Reading) -> dict[tuple[Any, ...], int]:
    """Number of each point by what it is: values on the axes, of a sample the inputs."""
    found = {}
    for point in range(reading.points):
        index = np.unravel_index(point, reading.shape)
        parts: dict[str, Any] = {}
        for axis, i in zip(reading.axes, index, strict=True):
            drawn = tuple((name, float(v[i])) for name, v in sorted(axis.inputs.items()))
            parts[axis.name] = drawn if axis.sampled else axis.labels[int(i)]
        found[tuple(sorted(parts.items()))] = point
    return found


def _hashes(dataset: xr.Dataset, reading: Reading) -> np.ndarray:
    seal = dataset["seal"].transpose(*(axis.name for axis in reading.axes), "byte").values
    return np.asarray(seal.reshape(reading.points, -1)[:, :HASH_BYTES])


def _alike(x: Array, y: Array) -> np.ndarray:
    """Whether all values (points, arms, clusters) of a point are the same."""
    if x.shape != y.shape:
        return np.zeros(len(x), dtype=bool)
    return np.asarray(((x == y) | (np.isnan(x) & np.isnan(y))).all(axis=(1, 2)))


def _moved(arms: list[str], x: Array, y: Array, paired: bool, names: list[str]) -> dict[str, Moved]:
    each, whole = _gaps(x, y, paired), _gaps(over_points(x), over_points(y), paired)
    before, after = means_of(over_points(x)), means_of(over_points(y))
    found = {}
    for a, arm in enumerate(arms):
        most = int(np.nanargmax(np.abs(each.mean[:, a])))
        found[arm] = Moved(
            float(before.mean[a]), float(after.mean[a]), _gap(whole, a), _gap(each, most, a), names[most]
        )
    return found


def _gaps(x: Array, y: Array, paired: bool) -> Means:
    """Differences of means (..., clusters)."""
    if paired:
        return means_of(y - x)
    one, other = means_of(x), means_of(y)
    mean, se = other.mean - one.mean, np.hypot(one.se, other.se)
    half = NORMAL * se  # both means rest on many clusters, or their error is large anyway
    return Means(mean, se, mean - half, mean + half, np.minimum(one.clusters, other.clusters))


def _gap(found: Means, *index: int) -> Gap:
    e = found.at(*index)
    return Gap(e.mean, e.se, e.low, e.high)


def _best(a: Reading, b: Reading, pairs: np.ndarray) -> tuple[BestMoved, ...]:
    one, other = standings_over(a), standings_over(b)
    moved = []
    for i, j in pairs:
        before, after = int(one.best[i]), int(other.best[j])
        if min(before, after) >= 0 and a.arms[before] != b.arms[after]:
            told = bool(one.lead.above_zero[i] and other.lead.above_zero[j])
            moved.append(BestMoved(b.name(j), a.arms[before], b.arms[after], told))
    return tuple(moved)


def _settings(a: Reading, b: Reading, before: xr.Dataset, after: xr.Dataset) -> tuple[tuple[str, str, str], ...]:
    def of(reading: Reading, dataset: xr.Dataset) -> dict[str, str]:
        own = {"seed": str(reading.seed), "draws": f"{reading.draws:,}", "replicates": f"{reading.replicates:,}"}
        told = {"plan_text", "scenario_text", "seed", "failed", "created_with", "coordinates"}
        rest = {k.replace("_", " "): str(v) for k, v in dataset.attrs.items() if k not in told}
        return own | {"arms": ", ".join(reading.arms)} | rest

    one, other = of(a, before), of(b, after)
    names = dict.fromkeys([*one, *other])
    rows = [(name, one.get(name, "none"), other.get(name, "none")) for name in names]
    return tuple(row for row in rows if row[1] != row[2])


def _changes(before: xr.Dataset, after: xr.Dataset) -> tuple[Change, ...]:
    one, other = (parse(str(d.attrs["scenario_text"]), name="the scenario").scenario for d in (before, after))
    return changes_between(one, other)


def _plan(before: xr.Dataset, after: xr.Dataset) -> tuple[Change, ...]:
    one, other = (dict(_flat(tomllib.loads(str(d.attrs.get("plan_text", ""))))) for d in (before, after))
    rows = [Change(path, one.get(path), other.get(path)) for path in dict.fromkeys([*one, *other])]
    return tuple(row for row in rows if row.before != row.after and row.path[0] not in WORDS)


def _flat(table: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of a file by its keys."""
    for key, value in table.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, (*path, key))
        else:
            yield (*path, key), value
