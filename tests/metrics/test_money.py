import math

import numpy as np
import pytest
import xarray as xr

from churnsim.metrics.capacity import hours_per_month, load
from churnsim.metrics.money import CUSTOMER_SUCCESS_LINES, customer_success_cost, payback_month, present_value
from tests.decisions.fake import DEMAND, HOURS_PER_POST, dataset


@pytest.mark.parametrize(
    ("flow", "month"),
    [
        ([-3.0, 1.0, 2.0, 1.0], 3),  # reaches 0 exactly: that counts
        ([-3.0, 1.0, 1.0, 0.5], math.nan),  # never
        ([1.0, 1.0], 1),  # never in debt
        ([0.0, 0.0, 0.0], 1),  # nothing changes
        ([2.0, -3.0, 2.0, 0.0], 3),  # back under water once: the first month does not stand
        ([-1.0, 5.0, -9.0, 1.0], math.nan),  # paid back, then lost again
        ([-1.0, 0.0, 0.0, 1.0], 4),  # only in the last month
    ],
)
def test_payback_month(flow, month):
    found = payback_month(xr.DataArray(flow, dims="month")).item()
    assert found == pytest.approx(month, nan_ok=True)


def test_payback_month_of_many_paths_at_once():
    rng = np.random.default_rng(0)
    flows = rng.normal(0.05, 1.0, size=(200, 30))
    found = payback_month(xr.DataArray(flows, dims=("path", "month"))).values
    assert 0 < np.isnan(found).sum() < 200
    for flow, month in zip(flows, found, strict=True):
        total = np.cumsum(flow)
        good = [t + 1 for t in range(30) if (total[t:] >= 0.0).all()]
        assert month == pytest.approx(good[0] if good else math.nan, nan_ok=True)


def test_cost_of_customer_success_leaves_out_the_other_lines():
    ds = dataset({"base": 2}, [0.0] * 4, months=36)
    assert set(CUSTOMER_SUCCESS_LINES) < set(ds["line"].values)
    cost = customer_success_cost(ds).isel(arm=0, draw=0, replicate=0)
    assert cost.sel(window="horizon").item() == pytest.approx(2 * 1_000.0 * 36)
    assert cost.sel(window="first_year").item() == pytest.approx(2 * 1_000.0 * 12)


def test_process_maturity_is_a_cost_of_customer_success():
    ds = dataset({"base": 2}, [0.0] * 4, months=36)
    ds["cost"].loc[{"line": "process"}] = 500.0
    for line in ("product", "support", "fixed"):
        ds["cost"].loc[{"line": line}] = 1e9
    cost = customer_success_cost(ds).isel(arm=0, draw=0, replicate=0)
    assert cost.sel(window="horizon").item() == pytest.approx(2 * 1_000.0 * 36 + 500.0)


def test_hours_are_means_by_month_and_the_ratio_is_masked_without_hours():
    ds = dataset({"base": 0, "three": 3}, [0.0] * 4, months=30)
    demanded = hours_per_month(ds, "hours_demanded")
    assert demanded.values == pytest.approx(DEMAND)
    ratio = load(ds)
    assert np.isnan(ratio.sel(arm="base")).all()
    assert ratio.sel(arm="three").values == pytest.approx(DEMAND / (3 * HOURS_PER_POST))


def test_present_value_of_a_published_table():
    """Benefits of years 2 and 3 at 10%."""
    assert present_value([0.0, 4_224_000.0, 8_719_488.0], 0.10) == pytest.approx(10_041_989.0, abs=1.0)


def test_present_value_says_when_in_the_year():
    assert present_value([100.0, 100.0], 0.0) == 200.0
    assert present_value([110.0], 0.10) == pytest.approx(100.0)
    assert present_value([110.0], 0.10, in_year=0.0) == 110.0
    assert present_value([110.0], 0.10, in_year=0.5) == pytest.approx(110.0 / 1.1**0.5)
    assert present_value([], 0.10) == 0.0


@pytest.mark.parametrize(
    ("flows", "discount", "in_year", "message"),
    [
        ([[1.0]], 0.1, 1.0, "one finite number"),
        ([np.nan], 0.1, 1.0, "one finite number"),
        ([1.0], -1.0, 1.0, "above -1"),
        ([1.0], np.nan, 1.0, "above -1"),
        ([1.0], 0.1, 2.0, "from 0 to 1"),
    ],
)
def test_present_value_of_nonsense(flows, discount, in_year, message):
    with pytest.raises(ValueError, match=message):
        present_value(flows, discount, in_year=in_year)
