import math

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from churnsim.metrics.estimates import (
    cluster_means,
    estimate,
    quantile,
    share_of_draws,
    share_of_paths,
    variance_ratio,
)

NAN = math.nan


def paths(values):
    return xr.DataArray(np.asarray(values, dtype=float), dims=("draw", "replicate"))


def test_error_is_that_of_the_draws_means_by_hand():
    e = estimate(paths([[1.0, 3.0], [4.0, 6.0], [8.0, 8.0]]))
    # draw means 2, 5, 8: sd 3, se 3/sqrt(3), t(2 df) = 4.302653
    assert e.mean == pytest.approx(5.0)
    assert e.se == pytest.approx(math.sqrt(3.0))
    assert e.high - e.mean == pytest.approx(4.3026527 * math.sqrt(3.0))
    assert (e.clusters, e.masked) == (3, 0)


def test_error_of_a_single_draw_is_that_of_its_replicates():
    values = [1.0, 2.0, 3.0, 6.0]
    e = estimate(paths([values]))
    assert e.mean == pytest.approx(3.0)
    assert e.se == pytest.approx(np.std(values, ddof=1) / 2.0)
    assert e.clusters == 4


def test_dims_may_come_in_any_order():
    values = paths([[1.0, 3.0], [4.0, 6.0], [8.0, 9.0]])
    assert estimate(values.transpose("replicate", "draw")) == estimate(values)


def test_interval_covers_only_because_errors_cluster():
    # 30 draws x 20 replicates, all the variance between draws: errors over paths would be 4.5 times too small
    rng = np.random.default_rng(3)
    runs, covered, covered_unclustered = 400, 0, 0
    for _ in range(runs):
        values = np.repeat(rng.standard_normal((30, 1)), 20, axis=1) + 0.01 * rng.standard_normal((30, 20))
        e = estimate(paths(values))
        covered += e.low <= 0.0 <= e.high
        covered_unclustered += abs(values.mean()) <= 1.96 * values.std(ddof=1) / math.sqrt(values.size)
    sd = math.sqrt(0.95 * 0.05 / runs)
    assert abs(covered / runs - 0.95) < 4.0 * sd
    assert covered_unclustered / runs < 0.6


def test_one_cluster_has_an_unknown_error():
    e = estimate(paths([[7.0]]))
    assert e.mean == 7.0
    assert math.isnan(e.se)
    assert e.straddles_zero, "an unknown error tells no sign"


def test_masked_values_are_left_out_and_counted():
    e = estimate(paths([[1.0, NAN], [NAN, NAN], [3.0, 5.0]]))
    assert e.mean == pytest.approx((1.0 + 4.0) / 2.0)
    assert (e.clusters, e.masked) == (2, 3)
    empty = estimate(paths([[NAN, NAN]]))
    assert math.isnan(empty.mean)
    assert (empty.clusters, empty.masked) == (0, 2)


def test_cluster_means_of_several_draws_and_of_one():
    assert cluster_means(paths([[1.0, 3.0], [5.0, 5.0]])).tolist() == [2.0, 5.0]
    assert cluster_means(paths([[1.0, 3.0]])).tolist() == [1.0, 3.0]


def test_share_of_draws_counts_means_not_paths():
    values = paths([[3.0, -1.0], [3.0, -1.0], [-3.0, 1.0], [3.0, -1.0]])
    s = share_of_draws(values)
    assert s.share == 0.75
    assert s.se == pytest.approx(math.sqrt(0.75 * 0.25 / 4.0))
    assert s.count == 4
    interval = stats.binomtest(3, 4).proportion_ci(method="wilson")
    assert (s.low, s.high) == pytest.approx((interval.low, interval.high), rel=1e-9)
    assert share_of_paths(values).share == 0.5


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_unanimous_share_still_has_an_interval(sign):
    s = share_of_draws(paths(sign * np.ones((20, 2))))
    wilson = stats.binomtest(20 if sign > 0 else 0, 20).proportion_ci(method="wilson")
    assert (s.low, s.high) == pytest.approx((wilson.low, wilson.high), abs=1e-12)
    assert s.high - s.low > 0.1


def test_zero_is_not_above_zero():
    assert share_of_draws(paths(np.zeros((5, 2)))).share == 0.0


def test_share_of_paths_has_an_error_clustered_by_draw():
    same = paths(np.repeat([[1.0], [1.0], [-1.0], [-1.0]], 50, axis=1))
    s = share_of_paths(same)
    assert (s.share, s.count) == (0.5, 200)
    assert s.se == pytest.approx(np.std([1, 1, 0, 0], ddof=1) / 2.0), "200 paths, but only 4 draws"
    # effective sample size p (1 - p)/se^2 = 3 of the clustered error, not 200
    assert s.high - s.low > 0.6


def test_near_even_odds():
    assert share_of_draws(paths(np.where(np.arange(100) < 56, 1.0, -1.0)[:, None])).near_even
    assert not share_of_draws(paths(np.where(np.arange(100) < 80, 1.0, -1.0)[:, None])).near_even


def test_quantile_is_an_order_statistic_with_woodruffs_interval():
    values = paths(np.arange(1.0, 101.0)[:, None])
    q = quantile(values, 0.5)
    assert q.value == 50.0
    interval = stats.binomtest(50, 100).proportion_ci(method="wilson")
    half = 50.0 * (interval.high - interval.low)
    assert (q.low, q.high) == (pytest.approx(50.0 - half, abs=1.0), pytest.approx(50.0 + half, abs=1.0))


def test_quantile_that_falls_on_never_is_masked():
    some = paths([[3.0], [9.0], [np.inf], [np.inf]])
    assert quantile(some, 0.5).value == 9.0
    assert math.isnan(quantile(some, 0.5).high)
    assert math.isnan(quantile(some, 0.75).value)
    assert math.isnan(quantile(paths([[NAN]]), 0.5).value)


def test_variance_ratio_by_hand():
    a = paths([[1.0], [2.0], [3.0]])
    b = paths([[1.0], [2.0], [4.0]])
    # var(a) = 1, var(b) = 7/3, var(a - b) = var(0, 0, -1) = 1/3
    assert variance_ratio(a, b) == pytest.approx((1.0 + 7.0 / 3.0) / (1.0 / 3.0))
    assert math.isnan(variance_ratio(a, a))


def test_variance_ratio_uses_the_same_paths_on_both_sides():
    a, b = paths([[1.0], [2.0], [3.0], [1e6]]), paths([[1.0], [2.0], [4.0], [NAN]])
    assert variance_ratio(a, b) == pytest.approx(10.0)
