"""Dimensions of a sweep: what each of their labels changes in the scenario.

An axis is a dimension, axes that are zipped are one, and a sample is one, `point`. A change is a value by dotted path,
with every `*` and every nested table resolved against the scenario.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from churnsim.scenario.distributions import Distribution
from churnsim.scenario.overrides import Change, flatten, nearest_path, put
from churnsim.scenario.places import step
from churnsim.scenario.problems import shown
from churnsim.sweeps.tables import Axis, Sample

POINT = "point"
"""Name of the dimension of a sample."""
TAKEN = (POINT, "measure", "arm", "draw", "replicate", "byte", "outcome", "seal", "book")
"""Names that no axis may have."""
EVERY_NAME = "*"
MOST_TRIED = 100
"""Numbers of an axis that are tried one by one."""

Changes = dict[str, Any]
"""Values by dotted path."""


@dataclass(frozen=True)
class Dimension:
    """One dimension of the grid of points."""

    name: str
    labels: list[Any]
    """Numbers, or texts."""
    changes: list[Changes]
    """By label."""
    along: Mapping[str, list[Any]] = field(default_factory=dict)
    """Further coordinates by name: axes that walk together, numbers at several paths, inputs of a sample."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def paths(self) -> set[str]:
        """Everything that some label changes."""
        return {path for changes in self.changes for path in changes}


def expand(document: Mapping[str, Any], pattern: str) -> list[str]:
    """Dotted paths that a pattern stands for: each `*` is every name that the document has there.

    Raises ValueError where a `*` stands for no name.
    """
    found: list[tuple[tuple[str, ...], Any]] = [((), document)]
    for part in pattern.split("."):
        if part == EVERY_NAME:
            found = [((*path, key), node[key]) for path, node in found if isinstance(node, dict) for key in node]
        else:
            found = [((*path, part), step(node, part)) for path, node in found]
    if not found:
        raise ValueError(f"no name of the scenario stands where {pattern!r} has a star")
    return [".".join(path) for path, _ in found]


def value_at(document: Mapping[str, Any], path: str) -> Any:
    """What the document holds at a path, None where nothing is."""
    node: Any = document
    for part in path.split("."):
        node = step(node, part)
    return node


def scaled(value: Any, factor: float) -> Any:
    """A number times a factor; a distribution with all its numbers times it. Raises ValueError for anything else."""
    if isinstance(value, dict) and ("dist" in value or {"low", "mode", "high"} <= set(value)):
        return {key: item if key == "dist" else scaled(item, factor) for key, item in value.items()}
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"a factor needs a number or a distribution in the scenario, found {shown(value)}")
    product = value * factor
    whole = isinstance(value, int) and math.isclose(product, round(product), abs_tol=1e-9)
    return round(product) if whole else product


def of_axis(name: str, axis: Axis, document: Mapping[str, Any]) -> Dimension:
    """The dimension of an axis. Raises ValueError where its path stands for nothing that it could change."""
    if axis.cases is not None:
        changes = [resolved(document, spelt_out(document, table)) for table in axis.cases.values()]
        return Dimension(name, list(axis.cases), changes)
    patterns = axis.paths if axis.paths is not None else [str(axis.path)]
    targets = [path for pattern in patterns for path in expand(document, pattern)]
    if axis.factors is not None:
        before = {path: _number_at(document, path) for path in targets}
        changes = [{path: scaled(value, f) for path, value in before.items()} for f in axis.factors]
        along = {path: [_expected(c[path]) for c in changes] for path in targets} if len(targets) > 1 else {}
        return Dimension(name, list(axis.factors), changes, along)
    values = _steps(axis)
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)
    labels = [float(v) for v in values] if numbers else [v if isinstance(v, str) else shown(v) for v in values]
    return Dimension(name, labels, [resolved(document, dict.fromkeys(targets, value)) for value in values])


def zipped(parts: Sequence[Dimension]) -> Dimension:
    """Axes that walk together, as one dimension. Raises ValueError where their lengths differ."""
    lengths = {part.name: len(part) for part in parts}
    if len(set(lengths.values())) != 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ValueError(f"axes that walk together need as many values each, found {told}")
    rows = list(zip(*(part.labels for part in parts), strict=True))
    labels = [", ".join(v if isinstance(v, str) else f"{v:g}" for v in row) for row in rows]
    changes = [{k: v for c in row for k, v in c.items()} for row in zip(*(p.changes for p in parts), strict=True)]
    along = {name: values for part in parts for name, values in ({part.name: part.labels} | dict(part.along)).items()}
    return Dimension("_".join(lengths), labels, changes, along)


def of_sample(sample: Sample, document: Mapping[str, Any]) -> Dimension:
    """The dimension of a sample: a point has each input at a quantile of its distribution. Raises ValueError."""
    from scipy.stats import qmc

    kind = qmc.LatinHypercube if sample.method == "latin" else qmc.Sobol
    levels = kind(len(sample.inputs), rng=np.random.default_rng(sample.seed)).random(sample.points)
    levels = np.clip(levels, 2.0**-33, 1.0 - 2.0**-33)
    columns: dict[str, list[float]] = {}
    changes: list[Changes] = [{} for _ in range(sample.points)]
    for j, (pattern, law) in enumerate(sample.inputs.items()):
        assert isinstance(law, Distribution)
        columns[pattern] = [float(v) for v in law.quantile(levels[:, j])]
        for path in expand(document, pattern):
            for change, value in zip(changes, columns[pattern], strict=True):
                change[path] = value
    return Dimension(POINT, list(range(sample.points)), changes, columns)


def spelt_out(document: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Overrides with every `*` as the paths that it stands for; what comes later counts. Raises ValueError."""
    found: dict[str, Any] = {}
    for pattern, value in values.items():
        for path in expand(document, pattern) if EVERY_NAME in pattern.split(".") else (pattern,):
            found[path] = value
    return found


def telling(labels: Sequence[Any], axis: Axis) -> list[int]:
    """Labels that say whether all are allowed: of a range, or of many numbers, its ends.

    What lies between two numbers that are allowed is allowed. Whole numbers and others are told apart, for some places
    of a scenario take whole ones only.
    """
    if axis.cases is not None or (axis.range is None and len(labels) <= MOST_TRIED):
        return list(range(len(labels)))
    written = axis.values if axis.values is not None else labels
    by_kind: dict[type, list[int]] = {}
    for i, value in enumerate(written):
        by_kind.setdefault(type(value), []).append(i)
    found: set[int] = set()
    for kind, places in by_kind.items():
        known = all(math.isfinite(written[i]) for i in places) if kind in (int, float) else False
        ends = (min(places, key=written.__getitem__), max(places, key=written.__getitem__)) if known else places
        found |= set(ends)
    return sorted(found)


def resolved(document: Mapping[str, Any], values: Mapping[str, Any]) -> Changes:
    """Overrides as changes by full path. What is wrong with them is told by `churnsim.scenario.files.override`."""
    if not any(isinstance(value, dict) for value in values.values()):
        return dict(values)
    copy = deepcopy(dict(document))
    found = {}
    for change in flatten(copy, values):
        if isinstance(change, Change):
            put(copy, change)
            found[".".join(change.target)] = change.value
    return found


def clashes(dimensions: Iterable[Dimension]) -> Iterator[tuple[str, str, str]]:
    """Pairs of dimensions that change one and the same path, with it."""
    owners: dict[str, str] = {}
    for dimension in dimensions:
        for path in sorted(dimension.paths):
            parts = path.split(".")
            above = {".".join(parts[:i]) for i in range(1, len(parts) + 1)}
            hit = next((p for p in owners if p in above or p.startswith(f"{path}.")), None)
            if hit is not None and owners[hit] != dimension.name:
                yield owners[hit], dimension.name, path
                break
        owners |= dict.fromkeys(dimension.paths, dimension.name)


def _number_at(document: Mapping[str, Any], path: str) -> Any:
    value = value_at(document, path)
    if value is None:
        near = nearest_path(document, path)
        raise ValueError(f"the scenario has no number at {path!r}" + (f"; did you mean {near!r}?" if near else ""))
    return value


def _steps(axis: Axis) -> list[Any]:
    if axis.values is not None:
        return axis.values
    ends: Any = axis.range
    return [float(v) for v in np.linspace(getattr(ends, "from"), ends.to, ends.steps)]


def _expected(value: Any) -> float:
    """A number, or the mean of a distribution."""
    if not isinstance(value, dict):
        return float(value)
    from pydantic import TypeAdapter

    from churnsim.scenario.quantities import Real

    law: Distribution = TypeAdapter(Real).validate_python(value)
    return law.expectation()
