import itertools

import numpy as np
import pytest

from churnsim.metrics.growth import new_arr_to_stand_still, quick_ratio, share_after_first_sale
from churnsim.metrics.policy import COHORT, FLOW, STANDARD
from tests.metrics.histories import dataset

# a cohort that loses 30 and gains 20, one that joins at 40 and one that comes back at 25
LIVES = [
    [100.0] * 3 + [70.0] * 10,
    [80.0] * 5 + [100.0] * 8,
    [50.0] * 2 + [0.0] * 4 + [25.0] * 7,
    [0.0] * 8 + [40.0] * 5,
]
DATA = dataset([[LIVES]])


def test_quick_ratio():
    assert quick_ratio(DATA).item() == pytest.approx((20.0 + 40.0) / (30.0 + 50.0))
    for policy in (COHORT, FLOW):
        assert quick_ratio(DATA, policy=policy).item() == pytest.approx((20.0 + 40.0 + 25.0) / (30.0 + 50.0))


def test_quick_ratio_counts_prices_on_their_side():
    rising, falling = (DATA.copy() for _ in range(2))
    rising["arr_price_by_year"] = DATA["arr_price_by_year"] + 10.0
    falling["arr_price_by_year"] = DATA["arr_price_by_year"] - 10.0
    assert quick_ratio(rising).item() == pytest.approx(70.0 / 80.0)
    assert quick_ratio(falling).item() == pytest.approx(60.0 / 90.0)


def test_quick_ratio_at_the_edges():
    nothing_lost = dataset([[[[10.0] * 5 + [12.0] * 8]]])
    assert np.isnan(quick_ratio(nothing_lost).item()), "masked, not infinite"
    nothing_gained = dataset([[[[10.0] * 5 + [8.0] * 8]]])
    assert quick_ratio(nothing_gained).item() == 0.0


def test_new_arr_to_stand_still():
    opening = 230.0
    assert new_arr_to_stand_still(DATA).item() == pytest.approx(opening - 170.0)
    assert new_arr_to_stand_still(DATA, policy=COHORT).item() == pytest.approx(opening - 195.0)
    # with all movements counted, it is what new accounts would have had to bring for closing to be opening
    needed = new_arr_to_stand_still(DATA, policy=FLOW).item()
    closing_without_new = DATA["arr_closing_by_year"].sum().item() - 40.0
    assert needed == pytest.approx(opening - closing_without_new)
    growing = dataset([[[[100.0] * 6 + [130.0] * 7]]])
    assert new_arr_to_stand_still(growing).item() == 0.0
    assert new_arr_to_stand_still(DATA).attrs["metric_policy"] == STANDARD.stamp


def test_the_treadmill_grows_with_the_base():
    small, large = (dataset([[[[scale] * 6 + [0.0] * 7, [9.0 * scale] * 13]]]) for scale in (10.0, 20.0))
    assert new_arr_to_stand_still(large).item() == pytest.approx(2.0 * new_arr_to_stand_still(small).item())
    # the ceiling of ARR at yearly new ARR of 10 and a churn of a tenth
    assert new_arr_to_stand_still(small).item() / 0.1 == pytest.approx(100.0)


def test_share_of_revenue_after_the_first_sale():
    # joins in month 8, so it pays for 4.5 months of the year
    first = 40.0 * 4.5 / 12.0
    revenue = sum((a + b) / 24.0 for life in LIVES for a, b in itertools.pairwise(life))
    assert share_after_first_sale(DATA).item() == pytest.approx(1.0 - first / revenue)
    two = dataset([[[[100.0] * 13], [[0.0] + [100.0] * 12]]])
    assert share_after_first_sale(two, by_segment=True).squeeze().values == pytest.approx([1.0, 0.0])
    assert np.isnan(share_after_first_sale(dataset([[[[0.0] * 13]]])).item())
