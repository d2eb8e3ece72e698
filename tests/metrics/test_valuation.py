import numpy as np
import pytest

from churnsim.metrics.valuation import discount_to_horizon, implied_multiple, multiple_at_horizon
from tests.metrics.histories import dataset

DATA = dataset([[[[1000.0] * 25, [500.0] * 25]]], gross_margin=0.8, annual_discount=0.10)


def test_the_discount_is_read_off_the_contribution():
    assert discount_to_horizon(DATA).item() == pytest.approx(1.1**-2)


def test_multiples():
    ds = DATA.copy()
    # 6 times the 1,200 of ARR that has not decided to leave, two years ahead
    ds["arr_intending"] = ds["arr_intending"] + 300.0
    ds["value_after_horizon"] = ds["value_after_horizon"] + 6.0 * 1200.0 * 1.1**-2
    assert multiple_at_horizon(ds).item() == pytest.approx(6.0)
    npv = ds["npv"].sel(window="horizon").item()
    assert implied_multiple(ds).item() == pytest.approx((npv + 7200.0 * 1.1**-2) / 1500.0)


def test_masked_without_a_value_after_the_horizon_or_arr():
    assert np.isnan(multiple_at_horizon(DATA).item())
    assert implied_multiple(DATA).item() > 0.0
    assert np.isnan(implied_multiple(dataset([[[[0.0] * 5 + [10.0] * 8]]], gross_margin=1.0)).item())
