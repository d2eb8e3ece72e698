import numpy as np
import pytest

from churnsim.metrics.acquisition import (
    acquisition_against_retention,
    acquisition_cost,
    cost_per_expanded_arr,
    cost_per_kept_arr,
    cost_per_new_arr,
    gross_margin,
    payback_months,
)
from churnsim.metrics.policy import FLOW
from tests.metrics.histories import dataset

JOINS = [[0.0] * 6 + [600.0] * 7, [0.0] * 6 + [400.0] * 7]
STAYS = [[1000.0] * 13]
GROWS = [[1000.0] * 6 + [1500.0] * 7]


def test_cost_of_an_account_and_its_payback():
    ds = dataset([[[*JOINS, *STAYS]]], acquisition=100.0, gross_margin=0.8)
    assert acquisition_cost(ds).item() == pytest.approx(1200.0 / 2)
    assert gross_margin(ds).item() == pytest.approx(0.8)
    assert payback_months(ds).item() == pytest.approx(12.0 * 1200.0 / (1000.0 * 0.8))


def test_payback_with_cost_to_serve():
    ds = dataset([[[*JOINS, *STAYS]]], acquisition=100.0, gross_margin=0.8, annual_cost_to_serve=50.0)
    assert payback_months(ds).item() == pytest.approx(12.0 * 1200.0 / (1000.0 * 0.8 - 2 * 50.0))


def test_the_surveys_cost_of_a_dollar():
    # 1.18 to acquire, 0.28 to expand and 0.13 to retain a dollar make 9 times
    ds = dataset(
        [[[*JOINS, *GROWS]]],
        acquisition=1180.0 / 12.0,
        salaries=130.0 / 12.0,
        gross_margin=1.0,
        expansion_cost_share=0.28,
    )
    assert cost_per_new_arr(ds).item() == pytest.approx(1.18)
    assert cost_per_expanded_arr(ds).item() == pytest.approx(0.28)
    assert cost_per_kept_arr(ds).item() == pytest.approx(0.13)
    assert acquisition_against_retention(ds).item() == pytest.approx(1.18 / 0.13)


def test_what_is_kept_goes_by_the_policy():
    ds = dataset([[[[1000.0] * 4 + [500.0] * 3 + [1000.0] * 6]]], salaries=10.0)
    assert cost_per_kept_arr(ds).item() == pytest.approx(0.12)
    assert cost_per_kept_arr(ds, policy=FLOW).item() == pytest.approx(0.24)


def test_masked_where_nobody_joined_or_nothing_is_spent():
    ds = dataset([[STAYS], [[*STAYS, *JOINS]]], acquisition=100.0, gross_margin=0.8)
    for metric in (acquisition_cost, payback_months, cost_per_new_arr):
        assert np.isnan(metric(ds).squeeze().values).tolist() == [True, False], metric.__name__
    assert np.isnan(cost_per_expanded_arr(ds)).all()
    assert np.isnan(acquisition_against_retention(ds)).all(), "nothing is spent on customer success"
    nothing_earned = dataset([[[*JOINS, *STAYS]]], acquisition=100.0)
    assert np.isnan(payback_months(nothing_earned).item()), "never, not 0 or infinite"
    free = dataset([[[*JOINS, *STAYS]]], gross_margin=0.8)
    assert payback_months(free).item() == 0.0
