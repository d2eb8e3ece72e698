"""Statistics under weights against the plain way; their bootstrap."""

from __future__ import annotations

import math

import numpy as np
import pytest

from churnsim.uncertainty.resamples import NUMBER, figure, spread, weights


def plainly(values: np.ndarray, level: float, worst_is_low: bool) -> list[float]:
    """The same statistics of values, one by one."""
    ordered = sorted(v for v in values.ravel() if not math.isnan(v))
    n = len(ordered)
    quantiles = [ordered[math.ceil(p * n - 1e-9) - 1] for p in (0.05, 0.5, 0.95)]
    worst = ordered if worst_is_low else ordered[::-1]
    left, total = level * n, 0.0
    for value in worst:
        part = min(1.0, left)
        total, left = total + part * value, left - part
    return [sum(ordered) / n, *quantiles, total / (level * n)]


@pytest.mark.parametrize("worst_is_low", [True, False])
@pytest.mark.parametrize("level", [0.05, 0.13, 0.5, 0.001])
def test_statistics_of_a_sample_and_of_its_resamples(level, worst_is_low):
    rng = np.random.default_rng(3)
    values = rng.standard_normal((23, 4)).round(1)  # with ties
    values[2, 1] = math.nan
    times = weights(23, 30)
    found = np.array(spread(values, times, level, worst_is_low=worst_is_low))
    for i, w in enumerate(times):
        again = np.repeat(values, w.astype(int), axis=0)
        np.testing.assert_allclose(found[:, i], plainly(again, level, worst_is_low), rtol=1e-9, atol=1e-9)


def test_weights_begin_with_the_sample_and_keep_its_size():
    times = weights(17)
    assert times.shape == (NUMBER + 1, 17)
    assert (times[0] == 1.0).all()
    assert (times.sum(axis=1) == 17.0).all()
    np.testing.assert_array_equal(times, weights(17))


def test_the_error_of_a_mean_is_that_of_its_formula():
    values = np.random.default_rng(5).standard_normal((400, 1))
    found = figure(spread(values, weights(400, 4000), 0.05).mean)
    assert found.se == pytest.approx(values.std() / 20.0, rel=4 / math.sqrt(2 * 4000))


def test_nothing_known_of_nothing():
    found = spread(np.full((4, 2), math.nan), weights(4, 5), 0.05)
    assert np.isnan(np.array(found)).all()
    assert math.isnan(figure(found.cvar).se)


def test_an_interval_does_not_pass_the_least_value():
    sample = np.array([0.1, *np.random.default_rng(1).normal(0.1, 1.0, 400)])
    found = figure(sample, normal=True, least=0.0)
    assert found.low == 0.0
    assert found.high == pytest.approx(0.1 + 1.96 * found.se, rel=1e-3)
