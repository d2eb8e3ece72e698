"""Scenario discovery: the region of inputs in which a decision fails (Bryant & Lempert 2010).

A draw fails when its outcome, the mean over replicates, is on the wrong side of a threshold. A shallow
classification tree (Breiman et al. 1984, scikit-learn) is grown on one half of the draws; its leaves in which failing
draws are thicker than elsewhere are boxes in the inputs' own units. All figures of a box come from the other half,
which the tree has not seen: coverage (share of the failing draws that lie in the box), density (share of its draws that
fail), support (share of all draws that lie in it). A density of a box that was looked for is otherwise too good.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from churnsim.decisions.inputs import InputError
from churnsim.decisions.libraries import needs
from churnsim.metrics.estimates import Share, share_of_draws
from churnsim.uncertainty.sample import Sample

DEPTH = 3
"""Cuts on the way to a box at most: a rule that can be kept in mind."""
SMALLEST = 0.05
"""Share of the draws that a box must hold."""
BOXES = 3
LEAST = 40
"""Draws below which nothing is looked for."""
FEWEST = 5
"""Failing draws, and draws that do not fail, below which nothing is looked for in a half."""


@dataclass(frozen=True)
class Limit:
    """An input of a box, within (low, high]; infinite where the box has no limit."""

    input: str
    low: float
    high: float


@dataclass(frozen=True)
class Box:
    """A region in which the decision fails more often, judged on draws that it was not made from."""

    limits: tuple[Limit, ...]
    coverage: Share
    """Share of the failing draws that lie in the box."""
    density: Share
    """Share of the box's draws that fail."""
    support: Share
    """Share of all draws that lie in the box."""
    seen_density: float
    """Density in the half that the box was made from: too good."""
    clear: bool
    """Whether the density is told from the share that fails outside the box, by Fisher's exact test at 5%."""


@dataclass(frozen=True)
class Discovery:
    """Boxes, the thickest first by the half they were made from; `failing` is the share of all draws that fail."""

    threshold: float
    fails: str
    """"below" or "above": the side of the threshold that is failure."""
    failing: Share
    boxes: tuple[Box, ...]
    together: Box | None
    """All boxes taken together (its limits are empty); None where there is none or a single one."""
    note: str
    """Why there is no box, if there is none."""
    draws: int
    held_out: int
    replicates: int
    luck_left: float


def discover(sample: Sample, threshold: float = 0.0, fails: str = "below") -> Discovery:
    """Look for boxes of a sample in which the outcome lies below (or `fails` = above) a threshold.

    Raises InputError where there are too few draws.
    """
    n = len(sample.outcomes)
    if n < LEAST:
        raise InputError(f"scenario discovery needs {LEAST} draws or more, found {n}")
    failed = sample.outcomes < threshold if fails == "below" else sample.outcomes > threshold
    # every other draw: draws are exchangeable, and a design that is balanced stays so in both halves
    seen = np.arange(n) % 2 == 0
    note = _too_few(failed[seen], failed[~seen], n)
    found = [] if note else _boxes(sample, failed, seen)
    if not note and not found:
        note = "no region of the inputs holds more failing draws than the rest"
    held, hits = sample.values[~seen], failed[~seen]
    boxes, within = [], np.zeros(len(held), dtype=bool)
    for limits, density in found[:BOXES]:
        inside = _inside(held, limits, sample.names)
        boxes.append(_judged(limits, inside, hits, density))
        within |= inside
    together = None
    if len(boxes) > 1:
        made = np.any([_inside(sample.values[seen], limits, sample.names) for limits, _ in found[:BOXES]], axis=0)
        together = _judged((), within, hits, float(failed[seen][made].mean()))
    return Discovery(
        threshold,
        fails,
        _share(failed),
        tuple(boxes),
        together,
        note,
        n,
        len(held),
        sample.replicates,
        sample.luck_left,
    )


def _too_few(seen: np.ndarray, held: np.ndarray, n: int) -> str:
    fewest = min(seen.sum(), held.sum())
    if fewest < FEWEST:
        return f"too few of the {n} draws fail to look for a region"
    if min((~seen).sum(), (~held).sum()) < FEWEST:
        return f"nearly all of the {n} draws fail: there is no region to tell apart"
    return ""


def _boxes(sample: Sample, failed: np.ndarray, seen: np.ndarray) -> list[tuple[tuple[Limit, ...], float]]:
    """Leaves in which failing draws are thicker than in the whole half, each with its density there."""
    with needs("sklearn"):
        from sklearn.tree import DecisionTreeClassifier
    half = sample.values[seen]
    least = max(10, math.ceil(SMALLEST * len(half)))
    tree = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=least, random_state=0).fit(half, failed[seen])
    base = failed[seen].mean()
    leaves = _leaves(tree.tree_, sample.names, 0, {})
    rated = [(limits, float(failed[seen][_inside(half, limits, sample.names)].mean())) for limits in leaves if limits]
    return sorted((pair for pair in rated if pair[1] > base), key=lambda pair: -pair[1])


def _leaves(
    tree: Any, names: tuple[str, ...], node: int, limits: dict[str, tuple[float, float]]
) -> list[tuple[Limit, ...]]:
    """Boxes of the leaves under a node of scikit-learn's tree."""
    left, right = int(tree.children_left[node]), int(tree.children_right[node])
    if left == right:
        return [tuple(Limit(name, *ends) for name, ends in limits.items())]
    name, cut = names[int(tree.feature[node])], float(tree.threshold[node])
    low, high = limits.get(name, (-math.inf, math.inf))
    return [
        *_leaves(tree, names, left, limits | {name: (low, min(high, cut))}),
        *_leaves(tree, names, right, limits | {name: (max(low, cut), high)}),
    ]


def _inside(values: np.ndarray, limits: tuple[Limit, ...], names: tuple[str, ...]) -> np.ndarray:
    inside = np.ones(len(values), dtype=bool)
    for limit in limits:
        # scikit-learn cuts at 32-bit values
        x = values[:, names.index(limit.input)].astype(np.float32)
        inside &= (x > limit.low) & (x <= limit.high)
    return inside


def _judged(limits: tuple[Limit, ...], inside: np.ndarray, failed: np.ndarray, seen_density: float) -> Box:
    from scipy.stats import fisher_exact

    table = [
        [int((inside & failed).sum()), int((inside & ~failed).sum())],
        [int((~inside & failed).sum()), int((~inside & ~failed).sum())],
    ]
    p = float(fisher_exact(table, alternative="greater").pvalue)
    return Box(limits, _share(inside[failed]), _share(failed[inside]), _share(inside), seen_density, p < 0.05)


def _share(hits: np.ndarray) -> Share:
    return share_of_draws(xr.DataArray(hits[:, None].astype(np.float64), dims=("draw", "replicate")), above=0.5)
