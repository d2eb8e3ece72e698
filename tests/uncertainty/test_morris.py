"""Morris screening."""

from __future__ import annotations

import numpy as np
import pytest

from churnsim.decisions.inputs import InputError
from churnsim.uncertainty.model import Function
from churnsim.uncertainty.morris import morris
from tests.uncertainty.toys import function, linear, noisy, uniform


def test_of_a_linear_model_mu_star_is_the_coefficient_and_sigma_is_0():
    found = {one.input: one for one in morris(linear(3.0, -2.0, 0.5, 0.0), 10, seed=0).inputs}
    for name, coefficient in (("x1", 3.0), ("x2", -2.0), ("x3", 0.5), ("x4", 0.0)):
        one = found[name]
        assert one.mu.value == pytest.approx(coefficient, abs=1e-12)
        assert one.mu_star.value == pytest.approx(abs(coefficient), abs=1e-12)
        assert one.sigma.value == pytest.approx(0.0, abs=1e-12)
        assert one.mu_star.high - one.mu_star.low < 1e-12
    assert list(found) == ["x1", "x2", "x3", "x4"]


def test_an_effect_is_per_unit_of_level():
    model = Function({"wide": uniform(10.0, 30.0), "narrow": uniform(0.0, 0.1)}, lambda x: x.sum(axis=1))
    found = {one.input: one.mu_star.value for one in morris(model, 4).inputs}
    assert found == pytest.approx({"wide": 20.0, "narrow": 0.1})


def test_interaction_and_curvature_show_in_sigma():
    found = {one.input: one for one in morris(function(lambda x: x[:, 0] * x[:, 1] + x[:, 2], 3), 200, seed=2).inputs}
    # the effect of x1 is x2, which is even over the grid .05 .35 .65 .95
    sd = np.std([0.05, 0.35, 0.65, 0.95])
    for name in ("x1", "x2"):
        assert found[name].sigma.low <= sd <= found[name].sigma.high
        assert found[name].mu.low <= 0.5 <= found[name].mu.high
        assert found[name].sigma.value == pytest.approx(sd, abs=0.05)
    assert found["x3"].sigma.value == pytest.approx(0.0, abs=1e-12)


def test_signs_that_cancel_show_in_mu_against_mu_star():
    one = morris(function(lambda x: np.abs(x[:, 0] - 0.5), 1), 100, seed=2).inputs[0]
    # steps of .6 across a grid that is even about .5: from .05 to .65 and back, from .35 to .95 and back
    assert abs(one.mu.value) < 0.15
    assert one.mu_star.value == pytest.approx(0.5)


def test_intervals_cover_the_mean_effect():
    model = function(lambda x: x[:, 0] * x[:, 1], 2)
    hits = sum(
        one.mu.low <= 0.5 <= one.mu.high for seed in range(60) for one in morris(model, 20, seed=seed).inputs[:1]
    )
    assert hits >= 48  # as in test_sobol


def test_luck_is_averaged_and_stated():
    found = morris(noisy(linear(2.0, 0.0), 9, 0.3, common=20.0), 50, seed=1)
    assert found.replicates == 9
    assert 0.0 < found.luck_left < 0.2
    one = found.inputs[0]
    assert one.mu.low <= 2.0 <= one.mu.high
    assert np.isnan(morris(linear(1.0), 4).luck_left)


def test_too_few_trajectories_are_refused():
    with pytest.raises(InputError, match="two trajectories or more, found 1"):
        morris(linear(1.0), 1)
    with pytest.raises(InputError, match="nothing in the scenario is uncertain"):
        morris(Function({}, lambda x: x), 4)
