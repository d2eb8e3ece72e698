"""Crossings against closed forms: straight lines, parabolas, Fieller's interval of a ratio."""

import math

import numpy as np
import pytest
from scipy import stats

from churnsim.uncertainty.crossing import Curve, trace


def line(intercepts, slopes):
    """A difference that is a straight line in every cluster."""
    return lambda x: np.asarray(intercepts) + np.asarray(slopes) * x


def test_a_line_without_noise_crosses_at_minus_a_over_b():
    curve = trace(line(np.full(5, -3.0), np.full(5, 7.0)), 0.0, 1.0)
    (found,) = curve.crossings
    assert found.value == pytest.approx(3.0 / 7.0, abs=1e-12)
    assert found.low == found.high == found.value
    assert found.above_from_here
    assert curve.verdict == "crosses"


def test_the_interval_is_fiellers():
    rng = np.random.default_rng(3)
    a, b = rng.normal(-3.0, 0.8, 40), rng.normal(7.0, 1.1, 40)
    (found,) = trace(line(a, b), -1.0, 2.0).crossings
    assert found.value == pytest.approx(-a.mean() / b.mean(), abs=1e-12)
    # ends: (mean a + x mean b)^2 = t^2 (v_aa + 2 x v_ab + x^2 v_bb) / n
    (v_aa, v_ab), (_, v_bb) = np.cov(a, b)
    k = stats.t.ppf(0.975, 39) ** 2 / 40
    ends = np.sort(np.roots([b.mean() ** 2 - k * v_bb, 2 * (a.mean() * b.mean() - k * v_ab), a.mean() ** 2 - k * v_aa]))
    assert (found.low, found.high) == pytest.approx(tuple(ends), abs=1e-9)


def test_the_interval_covers_the_truth_95_times_in_100():
    """Two thousand samples of 12 clusters: 0.95 +- 4 standard errors of 0.005."""
    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(2000):
        a, b = rng.normal(-3.0, 1.0, 12), rng.normal(7.0, 2.0, 12)
        values = np.linspace(-1.0, 2.0, 4)
        (found,) = Curve(values, a + b * values[:, None]).crossings
        covered += found.low <= 3.0 / 7.0 <= found.high
    assert abs(covered / 2000 - 0.95) < 4.0 * math.sqrt(0.95 * 0.05 / 2000)


def test_a_curve_is_refined_where_it_crosses():
    calls = []

    def difference(x):
        calls.append(x)
        return np.array([1.0, -1.0]) * 1e-6 + (x**3 - 0.2)

    curve = trace(difference, 0.0, 1.0, points=5)
    (found,) = curve.crossings
    assert found.value == pytest.approx(0.2 ** (1 / 3), abs=1e-3)
    assert len(calls) == len(set(calls)) == len(curve.values), "each value is simulated once"
    assert len(calls) <= 5 + 8


def test_two_crossings_of_a_parabola():
    curve = trace(lambda x: np.full(3, (x - 0.25) * (x - 0.8)), 0.0, 1.0, points=9)
    one, other = curve.crossings
    assert (one.value, other.value) == pytest.approx((0.25, 0.8), abs=2e-3)
    assert (one.above_from_here, other.above_from_here) == (False, True)


def test_a_sign_that_comes_back_within_the_noise_is_no_crossing():
    values = np.linspace(0.0, 1.0, 21)
    luck = np.array([-1.0, 1.0, -1.0, 1.0])[None, :]
    curve = Curve(values, ((values - 0.5) ** 2 * 40.0 - 0.05)[:, None] + luck)
    assert curve.verdict == "touches"
    assert curve.crossings == ()


@pytest.mark.parametrize(("level", "verdict"), [(5.0, "above"), (-5.0, "below")])
def test_no_crossing_in_the_range(level, verdict):
    luck = np.random.default_rng(1).normal(size=30)
    curve = trace(line(level + luck, np.ones(30)), 0.0, 1.0)
    assert (curve.verdict, curve.crossings, curve.clear) == (verdict, (), True)


def test_a_range_within_the_noise_is_said_to_be():
    luck = np.random.default_rng(1).normal(size=30)
    curve = trace(line(100.0 * luck - 100.0 * luck.mean(), np.ones(30)), -0.5, 0.5)
    assert curve.verdict == "noise"


def test_equal_arms_have_no_crossing():
    curve = trace(lambda x: np.zeros(4), 0.0, 1.0)
    assert (curve.verdict, curve.crossings) == ("identical", ())


def test_a_stretch_of_exact_zeros_is_one_crossing_as_wide_as_it():
    values = np.linspace(0.0, 1.0, 11)
    flat = np.where(values < 0.25, -1.0, np.where(values > 0.65, 1.0, 0.0))
    (found,) = Curve(values, np.repeat(flat[:, None], 3, axis=1)).crossings
    assert (found.low, found.value, found.high) == pytest.approx((0.3, 0.45, 0.6))


def test_an_interval_that_the_range_does_not_close_is_open():
    luck = np.random.default_rng(2).normal(size=20)
    curve = trace(line(-0.1 + luck - luck.mean(), np.full(20, 1.0)), 0.0, 1.0)
    (found,) = curve.crossings
    assert found.value == pytest.approx(0.1)
    assert found.low == -math.inf
    assert 0.1 < found.high < 1.0


def test_one_cluster_has_no_interval():
    (found,) = trace(lambda x: np.array([x - 0.3]), 0.0, 1.0).crossings
    assert found.value == pytest.approx(0.3)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


@pytest.mark.parametrize(("low", "high", "points"), [(1.0, 1.0, 5), (2.0, 1.0, 5), (0.0, 1.0, 1)])
def test_wrong_ranges(low, high, points):
    with pytest.raises(ValueError, match=r"must rise|at least 2"):
        trace(lambda x: np.zeros(2), low, high, points=points)
