"""Scenario discovery."""

from __future__ import annotations

import math

import numpy as np
import pytest

from churnsim.decisions.inputs import InputError
from churnsim.uncertainty.discovery import discover
from churnsim.uncertainty.sample import drawn
from tests.uncertainty.toys import function, linear, noisy

CORNER = function(lambda x: np.where((x[:, 0] > 0.7) & (x[:, 1] <= 0.4), -1.0, 1.0), 4)


def test_a_box_is_found_in_the_inputs_own_units():
    found = discover(drawn(CORNER, 2000, seed=1))
    assert found.failing.share == pytest.approx(0.12, abs=0.03)
    assert len(found.boxes) == 1
    limits = {limit.input: limit for limit in found.boxes[0].limits}
    assert set(limits) == {"x1", "x2"}
    assert (limits["x1"].low, limits["x1"].high) == (pytest.approx(0.7, abs=0.01), math.inf)
    assert (limits["x2"].low, limits["x2"].high) == (-math.inf, pytest.approx(0.4, abs=0.01))
    box = found.boxes[0]
    assert box.density.share > 0.97
    assert box.coverage.share > 0.97
    assert box.support.share == pytest.approx(0.12, abs=0.04)
    assert box.clear
    assert found.together is None
    assert found.held_out == 1000


def test_figures_are_those_of_the_other_half():
    # failing is a coin toss: where the tree grew, its boxes are thick; on the other half they are as thin as all
    chance = clear = 0
    for seed in range(40):
        found = discover(drawn(noisy(linear(0.0, 0.0, 0.0), 1, 1.0, seed=seed), 400, seed=seed))
        if found.boxes:
            whole = found.together or found.boxes[0]
            chance += whole.seen_density > found.failing.share
            clear += found.boxes[0].clear
    assert chance == 40
    assert clear <= 8  # 2 are expected; more than 8 of 40 at 5% is a 1 in 10^4 accident


def test_densities_out_of_sample_are_honest():
    # 60% fail in the corner, 10% elsewhere
    def formula(x: np.ndarray) -> np.ndarray:
        odds = np.where((x[:, 0] > 0.5) & (x[:, 1] > 0.5), 0.6, 0.1)
        return np.where(np.random.default_rng(9).uniform(size=len(x)) < odds, -1.0, 1.0)

    found = discover(drawn(function(formula, 3), 4000, seed=2))
    whole = found.together or found.boxes[0]
    assert whole.density.low <= 0.6
    assert all(box.clear for box in found.boxes)


def test_the_other_side_and_another_threshold():
    found = discover(drawn(linear(1.0), 1000, seed=3), threshold=0.8, fails="above")
    (limit,) = found.boxes[0].limits
    assert limit.low == pytest.approx(0.8, abs=0.01)
    assert found.failing.share == pytest.approx(0.2, abs=0.05)


def test_a_decision_that_never_fails_or_always_does_has_no_box():
    for coefficient, words in ((1.0, "too few of the 200 draws fail"), (-1.0, "nearly all of the 200 draws fail")):
        found = discover(drawn(linear(coefficient), 200))
        assert not found.boxes
        assert words in found.note
    assert found.failing.share == 1.0
    assert found.failing.low < 1.0


def test_an_outcome_that_is_even_everywhere_has_no_box():
    values = drawn(linear(1.0), 400)
    alternating = np.where(np.arange(400) // 2 % 2 == 0, -1.0, 1.0)
    found = discover(type(values)(("x1",), np.ones((400, 1)), alternating, 1, math.nan))
    assert not found.boxes
    assert "no region" in found.note


def test_too_few_draws_are_refused():
    with pytest.raises(InputError, match="40 draws or more, found 30"):
        discover(drawn(linear(1.0), 30))
