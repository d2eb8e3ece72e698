"""A part of a sweep: the points at some values of some axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from churnsim.decisions.inputs import unknown
from churnsim.sweeps.reading import Axis, axes_of, failures


def picked(dataset: xr.Dataset, at: Mapping[str, Sequence[str]]) -> xr.Dataset:
    """The points of a stored sweep at values of axes, as people write them, in the order of the sweep.

    Raises InputError for an axis or a value that is not one of it.
    """
    if not at:
        return dataset
    axes = axes_of(dataset)
    names = [axis.name for axis in axes]
    chosen = {axis.name: list(range(len(axis))) for axis in axes}
    for name, values in at.items():
        if name not in names:
            raise unknown("axis of this sweep", name, names)
        chosen[name] = sorted({_place(axes[names.index(name)], value) for value in values})
    shape = tuple(map(len, axes))
    failed = {}
    for point, error in failures(dataset, shape).items():
        index = [int(i) for i in np.unravel_index(point, shape)]
        if all(i in chosen[name] for name, i in zip(names, index, strict=True)):
            failed[",".join(str(chosen[n].index(i)) for n, i in zip(names, index, strict=True))] = error
    return dataset.isel({name: chosen[name] for name in at}).assign_attrs(failed=failed)


def _place(axis: Axis, value: str) -> int:
    """Number of the value of an axis that is written so."""
    plain = [label.removeprefix(axis.times) for label in axis.labels]
    wanted = value.removeprefix(axis.times)
    if wanted in plain:
        return plain.index(wanted)
    try:
        number = float(wanted)
    except ValueError:
        number = math.nan
    numbers = np.full(len(axis), math.nan) if axis.numbers is None else axis.numbers
    near = np.isclose(numbers, number, rtol=1e-9, atol=0.0)
    if not near.any():
        raise unknown(f"value of {axis.name}", value, list(axis.labels))
    return int(near.argmax())


def in_words(at: Mapping[str, Sequence[str]]) -> str:
    """What was picked: "at economy calm, churn 0.1 or 0.2"."""
    return "at " + ", ".join(f"{name} {' or '.join(values)}" for name, values in at.items())
