"""Mean outcome along an input."""

from __future__ import annotations

import numpy as np
import pytest

from churnsim.decisions.inputs import InputError
from churnsim.uncertainty.dependence import dependence
from churnsim.uncertainty.sample import Sample, drawn
from tests.uncertainty.toys import function, ishigami, linear, noisy


def sample(values: np.ndarray, outcomes: np.ndarray) -> Sample:
    names = tuple(f"x{i + 1}" for i in range(values.shape[1]))
    return Sample(names, values, outcomes, 1, float("nan"))


def test_of_a_linear_model_the_curve_is_the_line_and_shares_are_first_order():
    found = dependence(drawn(linear(2.0, 1.0, 0.0), 4000, seed=1))
    assert [curve.input for curve in found.curves] == ["x1", "x2", "x3"]
    for curve, share in zip(found.curves, (0.8, 0.2, 0.0), strict=True):
        assert curve.explained.value == pytest.approx(share, abs=0.03)
    x = np.array(found.curves[0].values)
    assert np.abs(np.array(found.curves[0].mean) - (2.0 * x + 0.5)).max() < 0.06


def test_shares_are_the_first_indices_of_ishigami():
    found = {curve.input: curve.explained for curve in dependence(drawn(ishigami(), 4000, seed=2)).curves}
    assert found["x1"].value == pytest.approx(0.313905, abs=0.03)
    assert found["x3"].value == pytest.approx(0.0, abs=0.01)


def test_bands_and_groups_cover_the_truth():
    # a quadratic lies in the space of the spline, so that a band of 95% covers each of its points in 95% of samples
    inside, groups = [], []
    for seed in range(60):
        model = noisy(function(lambda x: 4.0 * (x[:, 0] - 0.5) ** 2, 1), 2, 0.5, seed=seed)
        curve = dependence(drawn(model, 150, seed=seed)).curves[0]
        x = np.array(curve.values)
        truth = 4.0 * (x - 0.5) ** 2
        inside.append((np.array(curve.low) <= truth) & (truth <= np.array(curve.high)))
        groups += [g.outcome.low <= 4.0 * (g.value - 0.5) ** 2 + 0.01 <= g.outcome.high for g in curve.groups]
    assert 0.90 < np.mean(inside) < 0.99
    assert np.mean(groups) > 0.90


def test_correlation_is_kept():
    # x2 does nothing, but comes with x1: it explains as much as its correlation carries
    rng = np.random.default_rng(3)
    a = rng.standard_normal(3000)
    b = 0.8 * a + 0.6 * rng.standard_normal(3000)
    found = {curve.input: curve.explained.value for curve in dependence(sample(np.stack([a, b], 1), a)).curves}
    assert found["x1"] == pytest.approx(1.0, abs=1e-3)
    assert found["x2"] == pytest.approx(0.64, abs=0.04)


def test_where_the_curve_passes_0():
    found = dependence(drawn(function(lambda x: x[:, 0] - 0.3, 1), 500)).curves[0]
    assert found.tips_at == pytest.approx([0.3], abs=1e-3)


def test_luck_explains_nothing():
    found = dependence(drawn(noisy(linear(0.0, 0.0, 0.0, 0.0, 0.0), 1, 1.0), 500, seed=4))
    for curve in found.curves:
        assert curve.explained.value < 0.04


def test_too_little_is_refused():
    with pytest.raises(InputError, match="40 draws or more, found 20"):
        dependence(drawn(linear(1.0), 20))
    with pytest.raises(InputError, match="same in every draw"):
        dependence(drawn(linear(0.0), 100))
