"""Series by month: totals, bands, and luck told from ignorance."""

import math

import numpy as np
import pytest
import xarray as xr

from churnsim.metrics.by_month import bands, by_month, luck_and_ignorance
from churnsim.metrics.estimates import quantile

DIMS = ("arm", "draw", "replicate", "month")


def test_a_total_and_a_sum_over_segments_are_the_same_series():
    values = np.arange(2 * 3 * 2 * 4 * 2, dtype=float).reshape(2, 3, 2, 4, 2)
    full = xr.Dataset({"billings_by_month": ((*DIMS, "segment"), values)})
    paths = xr.Dataset({"total_billings_by_month": (DIMS, values.sum(-1))})
    mine, theirs = by_month(full, "billings"), by_month(paths, "billings")
    assert mine is not None
    assert theirs is not None
    np.testing.assert_array_equal(mine.transpose(*DIMS), theirs)


def test_what_is_not_kept_by_path_is_no_series():
    pooled = xr.Dataset({"billings_by_month": (("arm", "month"), np.ones((1, 3)))})
    assert by_month(pooled, "billings") is None
    assert by_month(pooled, "revenue") is None


def test_bands_are_the_quantiles_of_each_month():
    values = xr.DataArray(np.random.default_rng(1).normal(size=(7, 3, 4)), dims=("draw", "replicate", "month"))
    found = bands(values, (0.05, 0.5, 0.95))
    assert found.shape == (3, 4)
    for i, p in enumerate((0.05, 0.5, 0.95)):
        assert found[i].tolist() == [quantile(values.isel(month=m), p).value for m in range(4)]


def test_luck_and_ignorance_are_found_again():
    """False alarm: z below 4 at fixed seeds; a missing correction for luck/replicates would be 6 errors off."""
    rng = np.random.default_rng(7)
    draws, replicates = 400, 2
    paths = 1.0 * rng.normal(size=(draws, 1)) + 3.0 * rng.normal(size=(draws, replicates))
    spread = luck_and_ignorance(xr.DataArray(paths, dims=("draw", "replicate")))
    assert abs(spread.luck - 3.0) < 4.0 * spread.luck_se
    assert abs(spread.ignorance - 1.0) < 4.0 * spread.ignorance_se
    assert spread.luck_se == pytest.approx(3.0 / math.sqrt(2 * draws), rel=0.2)
    uncorrected = paths.mean(axis=1).std(ddof=1)
    assert uncorrected > 1.0 + 4.0 * spread.ignorance_se


def test_what_a_run_cannot_tell_is_not_defined():
    one_draw = luck_and_ignorance(xr.DataArray(np.array([[1.0, 3.0]]), dims=("draw", "replicate")))
    assert one_draw.luck == pytest.approx(math.sqrt(2.0))
    assert math.isnan(one_draw.ignorance)
    one_replicate = luck_and_ignorance(xr.DataArray(np.array([[1.0], [3.0]]), dims=("draw", "replicate")))
    assert math.isnan(one_replicate.luck)
    assert math.isnan(one_replicate.ignorance)
