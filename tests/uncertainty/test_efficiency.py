"""Frontiers: the published table, and what must hold of any."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnsim.uncertainty.efficiency import cost_effectiveness, dominators, share_dominated

TABLE = {"A": (55_000, 5), "B": (35_000, 4), "C": (25_000, 3), "D": (10_000, 2), "E": (12_000, 1.5), "F": (5_000, 1)}
POINTS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=9)


@pytest.mark.parametrize("order", [list(TABLE), list(TABLE)[::-1], ["C", "A", "E", "F", "B", "D"]])
def test_published_table(order):
    found = {one.name: one for one in cost_effectiveness({name: TABLE[name] for name in order})}
    assert list(found) == order
    assert {name: one.status for name, one in found.items()} == {
        "A": "frontier",
        "B": "frontier",
        "C": "extendedly dominated",
        "D": "frontier",
        "E": "dominated",
        "F": "frontier",
    }
    assert [found[name].icer for name in "DBA"] == [5_000.0, 12_500.0, 20_000.0]
    assert (found["D"].against, found["B"].against, found["A"].against) == ("F", "D", "B")
    assert math.isnan(found["F"].icer)
    assert found["C"].by == ("D", "B")
    assert found["E"].by == ("D",)


@given(POINTS)
def test_a_frontier_is_convex_and_nothing_beats_it(points):
    found = cost_effectiveness({str(i): (float(c), float(e)) for i, (c, e) in enumerate(points)})
    kept = sorted((one for one in found if one.status == "frontier"), key=lambda one: one.effect)
    ratios = [one.icer for one in kept[1:]]
    assert all(a <= b for a, b in itertools.pairwise(ratios))
    assert all(one.cost > other.cost for other, one in itertools.pairwise(kept))
    for one in found:
        beaten = [o for o in found if o.cost <= one.cost and o.effect >= one.effect]
        strictly = any(o.cost < one.cost or o.effect > one.effect for o in beaten)
        assert (one.status == "dominated") == strictly
        if one.status == "extendedly dominated":
            low, high = (next(o for o in found if o.name == name) for name in one.by)
            share = (one.effect - low.effect) / (high.effect - low.effect)
            assert low.cost + share * (high.cost - low.cost) <= one.cost + 1e-9


def test_equal_alternatives_are_told():
    first, second = cost_effectiveness({"a": (1.0, 1.0), "b": (1.0, 1.0)})
    assert (first.status, second.status, second.by) == ("frontier", "equal", ("a",))


def test_alternatives_that_are_none():
    with pytest.raises(ValueError, match="an alternative at least"):
        cost_effectiveness({})
    with pytest.raises(ValueError, match="'b' must be finite"):
        cost_effectiveness({"a": (1.0, 1.0), "b": (math.nan, 1.0)})


def test_two_things_wanted():
    mean, cvar = [3.0, 2.0, 1.0, 3.0], [1.0, 2.0, 1.5, 1.0]
    assert dominators(mean, cvar) == [None, None, 1, None], "equals do not dominate each other"
    resampled = np.array([[1.0, 3.0], [2.0, 2.0]])
    assert share_dominated(resampled, resampled).tolist() == [0.5, 0.5]
