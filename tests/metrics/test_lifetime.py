"""Lifetime values against the formula where it holds, and where it does not."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from churnsim.metrics.estimates import estimate
from churnsim.metrics.lifetime import (
    _pooled,
    extrapolated_share,
    lifetime_gap,
    lifetime_value,
    naive_lifetime_value,
    value_over_cost,
)
from churnsim.metrics.policy import FLOW
from tests.metrics.histories import dataset


def exponential_lives(rng: np.random.Generator, rate: float, months: int, accounts: int, arrivals: int):
    """Accounts of ARR 1200 with monthly probability `rate` of leaving: some at month 0, the same number each month."""
    lives = []
    for start in [0] * accounts + [month for month in range(1, months + 1) for _ in range(arrivals)]:
        life = [0.0] * (months + 1)
        end = start + int(rng.geometric(rate))
        life[start : min(end, months + 1)] = [1200.0] * (min(end, months + 1) - start)
        lives.append(life)
    return lives


def test_a_constant_exit_rate_has_the_lifetime_of_the_formula():
    rng = np.random.default_rng(3)
    rate = 0.03
    paths = [[exponential_lives(rng, rate, 24, 60, 3)] for _ in range(200)]
    ds = dataset(paths, gross_margin=0.5)
    found = estimate(lifetime_value(ds).squeeze("arm"))
    # 1/rate months of $50 each
    truth = 50.0 / rate
    assert abs(found.mean - truth) < 4.0 * found.se
    assert found.se < 0.02 * truth, "close enough to tell 3% a month from 2.8%"
    assert found.masked == 0
    share = estimate(extrapolated_share(ds).squeeze("arm"))
    closing = ds["accounts_closing"].sel(window="horizon").sum("segment").mean().item()
    assert abs(share.mean - closing / (60 + 3 * 24)) < 0.02, "those at the horizon have a whole life before them"


def test_a_life_that_the_horizon_sees_whole_is_added_up():
    whole = [[0.0] * 3 + [1200.0] * 6 + [0.0] * 16, [2400.0] * 15 + [0.0] * 10]
    ds = dataset([[whole]], gross_margin=0.5, annual_cost_to_serve=120.0)
    # months between entry or today and exit: mid-month to mid-month for the first, from month 0 for the second
    margin = 6.0 * (50.0 - 10.0) + 14.5 * (100.0 - 10.0)
    assert lifetime_value(ds).item() == pytest.approx(margin / 2.0)
    assert extrapolated_share(ds).item() == 0.0


def test_an_account_that_comes_back_is_one_account():
    back = [1200.0] * 3 + [0.0] * 3 + [1200.0] * 13 + [0.0] * 6
    ds = dataset([[[back]]], gross_margin=1.0)
    assert lifetime_value(ds).item() == pytest.approx(100.0 * (2.5 + 13.0))


def a_year(opening: float, now: float) -> xr.Dataset:
    """A year of customers of $100 each, of whom some renew at its end."""
    by_year, year = ("arm", "draw", "replicate", "year", "segment"), ("arm", "draw", "replicate", "year")

    def of(value: float) -> tuple[tuple[str, ...], np.ndarray]:
        return by_year, np.full((1, 1, 1, 1, 1), value)

    return xr.Dataset(
        {
            "cohort_accounts_opening": of(opening),
            "cohort_accounts_now": of(now),
            "account_months_by_year": of(12.0 * opening),
            "revenue_by_year": of(100.0 * opening),
            "gross_profit_by_year": (year, np.full((1, 1, 1, 1), 100.0 * opening)),
            "cost_by_year": ((*year, "line"), np.zeros((1, 1, 1, 1, 1))),
        },
        {"line": ["cost_to_serve"], "year": [1], "segment": ["all"]},
        {"currency": "USD"},
    )


def residual(customers: float, opening: float, now: float) -> float:
    """What customers are worth who pay at each year's start if they renew, from the next payment on, at 10%."""
    return customers * now / opening * naive_lifetime_value(a_year(opening, now), annual_discount=0.10).item()


def test_ignoring_heterogeneity_undervalues_those_who_stay():
    # Fader & Hardie (2010): a third of customers with a yearly retention of .9, the rest of .5; five cohorts of 10,000
    sizes = [round(3334 * 0.9**k + 6666 * 0.5**k) for k in range(5)]
    assert sizes == [10_000, 6_334, 4_367, 3_264, 2_604]
    opening, now = sum(sizes[:-1]), sum(sizes[1:])
    assert now / opening == pytest.approx(0.69138, abs=5e-6)
    assert residual(sum(sizes), opening, now) == pytest.approx(4_945_049, abs=1.0)
    parts = ((10_000 / 3.0, 0.9), (20_000 / 3.0, 0.5))
    true = sum(residual(sum(n * r**k for k in range(5)), 1.0, r) for n, r in parts)
    assert true == pytest.approx(7_940_943, abs=1.0)


@pytest.mark.parametrize(("churn", "years"), [(0.10, 10.0), (0.11, 9.0909)])
def test_a_point_of_churn(churn, years):
    stays, leaves = round(100 * (1.0 - churn)), round(100 * churn)
    ds = dataset([[[[1.0] * 13] * stays + [[1.0] * 12 + [0.0]] * leaves]], gross_margin=1.0)
    margin = ds["gross_profit_by_year"].item() / (ds["account_months_by_year"].sum().item() / 12.0)
    assert naive_lifetime_value(ds).item() / margin == pytest.approx(years, rel=1e-4)


def test_the_formula_follows_the_policy_and_the_gap_is_the_difference():
    rng = np.random.default_rng(4)
    ds = dataset([[exponential_lives(rng, 0.08, 24, 30, 4)] for _ in range(20)], gross_margin=0.7)
    standard, flow = naive_lifetime_value(ds), naive_lifetime_value(ds, policy=FLOW)
    assert estimate((standard - flow).squeeze("arm")).se > 0.0
    xr.testing.assert_allclose(lifetime_gap(ds, policy=FLOW), flow - lifetime_value(ds))
    assert standard.attrs["metric_policy"].startswith("standard")


def test_value_over_cost():
    rng = np.random.default_rng(4)
    ds = dataset([[exponential_lives(rng, 0.08, 24, 30, 4)]], gross_margin=0.7, acquisition=100.0)
    cac = 1200.0 / 48.0
    assert value_over_cost(ds, 2).item() == pytest.approx(lifetime_value(ds).item() / cac)


def test_masked_without_an_end_a_year_or_accounts():
    forever = dataset([[[[100.0] * 13]]], gross_margin=1.0)
    short = dataset([[[[100.0] * 3 + [0.0] * 4]]], gross_margin=1.0)
    empty = dataset([[[[0.0] * 13]]], gross_margin=1.0)
    for ds in (forever, short, empty):
        for metric in (lifetime_value, naive_lifetime_value, lifetime_gap):
            assert np.isnan(metric(ds)).all(), metric.__name__
    assert np.isnan(naive_lifetime_value(forever, annual_discount=0.1)).all()


def test_an_empty_segment_changes_nothing():
    lives = [[1200.0] * 6 + [0.0] * 7, [1200.0] * 13]
    one, two = dataset([[lives]], gross_margin=0.5), dataset([[lives, [[0.0] * 13]]], gross_margin=0.5)
    assert lifetime_value(two).item() == pytest.approx(lifetime_value(one).item())


def test_linearised_paths_have_the_ratio_as_mean_and_its_error_as_spread():
    rng = np.random.default_rng(11)
    shape = (1, 4000, 50)
    top, bottom = (
        xr.DataArray(rng.poisson(mean, shape).astype(float), dims=("arm", "draw", "replicate")) for mean in (40.0, 8.0)
    )
    found = _pooled([top], [bottom])
    by_draw = (top.mean("replicate") / bottom.mean("replicate")).squeeze()
    np.testing.assert_allclose(found.mean("replicate").squeeze(), by_draw)
    # the spread of the linearised paths tells that of the ratio over many sets of 50 replicates
    told = float(found.std("replicate", ddof=1).mean()) / np.sqrt(50.0)
    assert told == pytest.approx(float(by_draw.std(ddof=1)), rel=0.05)
    assert abs(float(by_draw.mean()) / 5.0 - 1.0) < 0.005, "path by path it would be 1 / 8 = 13% off"
