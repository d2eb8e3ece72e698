"""Metric policies against what they say, life by life."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
import xarray as xr

from churnsim.metrics.policy import COHORT, FLOW, POLICIES, STANDARD, MetricPolicy
from churnsim.metrics.retention import (
    gross_revenue_churn,
    gross_revenue_retention,
    logo_churn,
    net_revenue_churn,
    net_revenue_retention,
)
from churnsim.results.after_horizon import METRIC_POLICY
from tests.metrics.histories import dataset, random_lives

MONTHS = 30
RNG = np.random.default_rng(5)
PATHS = [[random_lives(RNG, 25, MONTHS), random_lives(RNG, 10, MONTHS)] for _ in range(4)]
DATA = dataset(PATHS)
BRIDGE = dataclasses.replace(FLOW, name="bridge of a year", window="year")
OVER_MEAN = dataclasses.replace(STANDARD, name="over the mean", denominator="mean")


def of(values: xr.DataArray, r: int, year: int) -> float:
    return float(values.isel(arm=0, draw=0, replicate=r).sel(year=year))


def years():
    """Lives of each path and full year, from the opening to the closing, and whether they were customers before."""
    for r, path in enumerate(PATHS):
        for year in (1, 2):
            lives = [life for segment in path for life in segment]
            yield r, year, [(life[12 * year - 12 : 12 * year + 1], any(life[: 12 * year - 11])) for life in lives]


def stayed(life: list[float]) -> bool:
    return all(arr > 0.0 for arr in life)


def returns(life: list[float], known: bool) -> float:
    """ARR of every return within the year."""
    out = 0.0
    for then, now in itertools.pairwise(life):
        if then == 0.0 < now and known:
            out += now
        known = known or now > 0.0
    return out


def test_the_lives_have_what_the_policies_differ_in():
    assert all(any(returns(*one) for one in lives) for _, _, lives in years())
    assert any(life[0] == 0.0 == life[-1] and any(life) for _, _, lives in years() for life, _ in lives)


def test_standard_and_cohort():
    for r, year, lives in years():
        then = sum(life[0] for life, _ in lives)
        now = sum(life[-1] for life, _ in lives if stayed(life))
        kept = sum(min(life[0], life[-1]) for life, _ in lives if stayed(life))
        back = sum(returns(*one) for one in lives)
        count = sum(life[0] > 0.0 for life, _ in lives)
        assert of(net_revenue_retention(DATA), r, year) == pytest.approx(now / then)
        assert of(net_revenue_retention(DATA, policy=COHORT), r, year) == pytest.approx((now + back) / then)
        for policy in (STANDARD, COHORT):
            assert of(gross_revenue_retention(DATA, policy=policy), r, year) == pytest.approx(kept / then)
            lost = 1.0 - sum(stayed(life) for life, _ in lives) / count
            assert of(logo_churn(DATA, policy=policy), r, year) == pytest.approx(lost)


def test_flow_multiplies_the_months():
    for r, year, lives in years():
        net = gross = logos = 1.0
        for month in range(1, 13):
            steps = [(life[month - 1], life[month]) for life, _ in lives]
            opening = sum(then for then, _ in steps)
            # what was no customer before: everything that appears is new unless it was known
            new = sum(
                life[month] for life, known in lives if life[month - 1] == 0.0 and not (known or any(life[:month]))
            )
            net *= (sum(now for _, now in steps) - new) / opening
            gross *= sum(min(step) for step in steps) / opening
            logos *= sum(min(step) > 0.0 for step in steps) / sum(then > 0.0 for then, _ in steps)
        assert of(net_revenue_retention(DATA, policy=FLOW), r, year) == pytest.approx(net)
        assert of(gross_revenue_retention(DATA, policy=FLOW), r, year) == pytest.approx(gross)
        assert of(logo_churn(DATA, policy=FLOW), r, year) == pytest.approx(1.0 - logos)


def test_the_bridge_of_a_year_is_its_movements_over_its_opening():
    total = DATA.sum("segment")
    moves = total.arr_upsell_by_year + total.arr_reactivated_by_year - total.arr_contraction_by_year
    bridge = 1.0 + (moves - total.arr_churned_by_year) / total.cohort_arr_opening
    xr.testing.assert_allclose(net_revenue_retention(DATA, policy=BRIDGE), bridge)
    left = 1.0 - (total.arr_contraction_by_year + total.arr_churned_by_year) / total.cohort_arr_opening
    xr.testing.assert_allclose(gross_revenue_retention(DATA, policy=BRIDGE), left)
    lost = total.accounts_churned_by_year / total.cohort_accounts_opening
    xr.testing.assert_allclose(logo_churn(DATA, policy=BRIDGE), lost)


def test_a_mean_denominator():
    total = DATA.sum("segment")
    mean = 0.5 * (total.cohort_arr_opening + total.arr_closing_by_year)
    expected = 1.0 + (total.cohort_arr_now - total.cohort_arr_opening) / mean
    xr.testing.assert_allclose(net_revenue_retention(DATA, policy=OVER_MEAN), expected)


@pytest.mark.parametrize("policy", [*POLICIES.values(), BRIDGE], ids=lambda policy: policy.name)
def test_gross_retention_is_never_above_net_nor_above_one(policy):
    gross, net = gross_revenue_retention(DATA, policy=policy), net_revenue_retention(DATA, policy=policy)
    assert (gross <= np.minimum(net, 1.0) + 1e-12).all()
    xr.testing.assert_allclose(gross_revenue_churn(DATA, policy=policy), 1.0 - gross)
    xr.testing.assert_allclose(net_revenue_churn(DATA, policy=policy), 1.0 - net)
    assert (logo_churn(DATA, policy=policy) >= 0.0).all()


def test_a_customer_who_shrinks_and_regrows_is_a_loss_by_movements_alone():
    ds = dataset([[[[100.0] * 4 + [50.0] * 4 + [100.0] * 5]]])
    found = {name: gross_revenue_retention(ds, policy=policy).item() for name, policy in POLICIES.items()}
    assert found == {"standard": 1.0, "cohort": 1.0, "flow": 0.5}


def test_the_worked_month_of_a_billing_tool():
    # ChartMogul's example: of $100, $10 churn and $10 contract while one customer adds $10: gross 20%, net 10%
    lives = [[10.0] + [0.0] * 12, [20.0] + [10.0] * 12, [70.0] + [80.0] * 12]
    ds = dataset([[lives]])
    assert gross_revenue_churn(ds, policy=FLOW).item() == pytest.approx(0.2)
    assert net_revenue_churn(ds, policy=FLOW).item() == pytest.approx(0.1)


def test_prices_that_fall_are_losses():
    ds = DATA.copy()
    cut = ds["arr_upsell_by_year"]
    ds["arr_price_by_year"] = -cut
    total = ds.sum("segment")
    lost = total.arr_contraction_by_year + total.arr_churned_by_year + cut.sum("segment")
    xr.testing.assert_allclose(
        gross_revenue_retention(ds, policy=BRIDGE), 1.0 - lost / total.cohort_arr_opening, check_dim_order=False
    )


def test_an_empty_opening_is_masked_under_every_policy():
    ds = dataset([[[[0.0] * 5 + [100.0] * 8]], [[[100.0] * 13]]])
    for policy in (*POLICIES.values(), BRIDGE, OVER_MEAN):
        for metric in (net_revenue_retention, gross_revenue_retention, logo_churn):
            assert metric(ds, policy=policy).isnull().squeeze().values.tolist() == [True, False], policy.name


def test_every_output_is_stamped():
    for policy in POLICIES.values():
        assert net_revenue_retention(DATA, policy=policy).attrs["metric_policy"].startswith(policy.name)
    assert STANDARD.name == METRIC_POLICY
    assert list(POLICIES) == ["standard", "cohort", "flow"]


def test_months_are_chained_for_all_segments_together():
    with pytest.raises(ValueError, match="segments"):
        net_revenue_retention(DATA, policy=FLOW, by_segment=True)
    by_segment = net_revenue_retention(DATA, policy=BRIDGE, by_segment=True)
    assert by_segment.sizes["segment"] == 2


@pytest.mark.parametrize("change", [{"joins": "left_out"}, {"denominator": "mean"}])
def test_a_policy_that_makes_no_sense_is_refused(change):
    with pytest.raises(ValueError, match="windows of a month"):
        dataclasses.replace(FLOW, **change)
    assert MetricPolicy("own", "counted", "left_out").stamp == "own"
