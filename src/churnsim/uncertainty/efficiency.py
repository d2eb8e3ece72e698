"""Which alternatives are never worth having: two things wanted at once, or cost against effect.

Of two things wanted, an alternative is dominated if another has at least as much of both and more of one. Of cost and
effect, an alternative is dominated if another does at least as much for no more money, and extendedly dominated if a
mix of two others does more for the same money. Those left are the frontier: along it every further unit of effect costs
no less than the last, and the incremental ratio (ICER) says how much (Drummond et al. 2015, ch. 4; Karlsson &
Johannesson 1996).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from churnsim.metrics.estimates import Array

Status = Literal["frontier", "dominated", "extendedly dominated", "equal"]


@dataclass(frozen=True)
class Alternative:
    """An alternative by cost and effect."""

    name: str
    cost: float
    effect: float
    status: Status
    by: tuple[str, ...]
    """What it is dominated by (a mix of two, where extendedly), or equal to; empty on the frontier."""
    against: str | None
    """On the frontier, the alternative below it; None for the lowest."""
    icer: float
    """Extra cost per extra unit of effect against that; NaN where there is none."""


def cost_effectiveness(alternatives: Mapping[str, tuple[float, float]]) -> tuple[Alternative, ...]:
    """The frontier of (cost, effect) by name, and what is dominated; in the order given.

    Of several with the same cost and effect the first stands for all. Raises ValueError where there is none, or a
    number is not finite.
    """
    if not alternatives:
        raise ValueError("a frontier needs an alternative at least")
    for name, pair in alternatives.items():
        if not all(map(math.isfinite, pair)):
            raise ValueError(f"cost and effect of {name!r} must be finite, found {pair[0]} and {pair[1]}")
    status: dict[str, tuple[Status, tuple[str, ...]]] = {}
    left: list[str] = []
    # cheapest first, and of equally cheap ones the most effective
    for name in sorted(alternatives, key=lambda n: (alternatives[n][0], -alternatives[n][1])):
        effect = alternatives[name][1]
        if left and effect <= alternatives[left[-1]][1]:
            equal = alternatives[name] == alternatives[left[-1]]
            status[name] = ("equal" if equal else "dominated", (left[-1],))
        else:
            left.append(name)

    def slope(low: str, high: str) -> float:
        (cost, effect), (more, better) = alternatives[low], alternatives[high]
        return (more - cost) / (better - effect)

    hull: list[str] = []
    for name in left:
        while len(hull) > 1 and slope(hull[-2], hull[-1]) > slope(hull[-1], name):
            hull.pop()
        hull.append(name)
    for name in left:
        if name in hull:
            status[name] = ("frontier", ())
        else:
            effect = alternatives[name][1]
            above = next(i for i, other in enumerate(hull) if alternatives[other][1] > effect)
            status[name] = ("extendedly dominated", (hull[above - 1], hull[above]))
    below = dict(zip(hull[1:], hull[:-1], strict=True))
    return tuple(
        Alternative(
            name,
            *alternatives[name],
            *status[name],
            below.get(name),
            slope(below[name], name) if name in below else math.nan,
        )
        for name in alternatives
    )


def dominators(first: npt.ArrayLike, second: npt.ArrayLike) -> list[int | None]:
    """For each alternative the one that dominates it in two things that are wanted, the best first; None for none."""
    one, two = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    above = _dominates(one, two)
    return [int(np.argmax(np.where(row, one, -np.inf))) if row.any() else None for row in above]


def share_dominated(first: Array, second: Array) -> Array:
    """Share of resamples (k,) in which each alternative is dominated, of values (k, resamples)."""
    return np.asarray(_dominates(first, second).any(axis=1).mean(axis=-1))


def _dominates(one: Array, two: Array) -> np.ndarray:
    """Whether alternative [j] dominates [i], as (i, j, ...)."""
    more, less = one[None, :], one[:, None]
    better, worse = two[None, :], two[:, None]
    return np.asarray((more >= less) & (better >= worse) & ((more > less) | (better > worse)))
